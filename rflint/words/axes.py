"""Words for values that may differ from axis to axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from rflint.words.numbers import axes_text

T = TypeVar("T")


def by_axis(texts: Mapping[str, str]) -> str:
    """Equal texts once, followed by their axes: `45 on y and x`; `45 on y, 60 on x`."""
    return ", ".join(f"{text} on {axes_text(names)}" for text, names in _axes_by_text(texts).items())


def axis_by_axis(texts: Mapping[str, str]) -> str:
    """Equal clauses once, led by their axes: `on y it spans 45; on x it spans 60`."""
    return "; ".join(f"on {axes_text(names)} {text}" for text, names in _axes_by_text(texts).items())


def _axes_by_text(texts: Mapping[str, str]) -> dict[str, list[str]]:
    axes: dict[str, list[str]] = {}
    for axis, text in texts.items():
        axes.setdefault(text, []).append(axis)
    return axes


def either(values: Iterable[object]) -> str:
    """`88`, `88 or 92`."""
    return " or ".join(map(str, values))


def per_axis(values: Sequence[T], show: Callable[[T], str], between: str = "x") -> str:
    """One text where all axes agree, else one per axis: `7`, `7x3`, `varies x 3`."""
    texts = [show(value) for value in values]
    if len(set(texts)) == 1:
        return texts[0]
    has_words = any(character.isalpha() for text in texts for character in text)
    return (f" {between} " if has_words else between).join(texts)
