"""Questions about one axis, asked of all: equal axes once, and equal answers together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from rflint.engine import Analysis, AxisAnalysis

T = TypeVar("T")


def per_axis(analysis: Analysis, ask: Callable[[AxisAnalysis], T]) -> tuple[T, ...]:
    """Answers for all axes, in their order; axes that are equal share their cases, and are asked once."""
    answers: dict[int, T] = {}
    for axis in analysis.axes:
        if id(axis.cases) not in answers:
            answers[id(axis.cases)] = ask(axis)
        answers[id(axis)] = answers[id(axis.cases)]
    return tuple(map(answers.__getitem__, map(id, analysis.axes)))


def alike(analysis: Analysis, answers: Sequence[Iterable[T]], same: Callable[[T], Hashable]) -> list[tuple[T, tuple[str, ...]]]:
    """The answers of all axes, each once, with the names of the axes on which `same` is equal; in the order of the first axis."""
    groups: dict[Hashable, tuple[T, tuple[str, ...]]] = {}
    for axis, of_axis in zip(analysis.graph.axes, answers, strict=True):
        for answer in of_axis:
            first, axes = groups.get(key := same(answer), (answer, ()))
            groups[key] = first, (*axes, axis)
    return list(groups.values())
