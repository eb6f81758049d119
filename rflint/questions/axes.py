"""Questions about one axis, asked of all: equal axes once, and equal answers together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from rflint.engine import Analysis, AxisAnalysis

T = TypeVar("T")


def per_axis(analysis: Analysis, ask: Callable[[AxisAnalysis], T]) -> tuple[T, ...]:
    """Answers for all axes, in their order; axes that are equal are asked once."""
    answers = {axis: answer for part, axes in analysis.distinct for answer in (ask(part),) for axis in axes}
    return tuple(answers[axis] for axis in range(len(analysis.axes)))


def causal_axes(analysis: Analysis) -> frozenset[str]:
    """Names of the axes on which nothing is to look ahead."""
    return frozenset(part.name for part in analysis.axes if part.program.causal)


def alike(
    analysis: Analysis, answers: Iterable[tuple[T, tuple[int, ...]]], same: Callable[[T], Hashable] | None = None
) -> list[tuple[T, tuple[str, ...]]]:
    """Answers for axes by number, first axes first: each once, with the names of all axes on which it, or `same` of it, is equal."""
    groups: dict[Hashable, tuple[T, list[int]]] = {}
    for answer, axes in answers:
        groups.setdefault(same(answer) if same else answer, (answer, []))[1].extend(axes)
    return [(answer, tuple([analysis.axes[axis].name for axis in sorted(axes)])) for answer, axes in groups.values()]
