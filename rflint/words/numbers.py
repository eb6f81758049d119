"""Numbers as sentences have them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import floor, log10
from typing import Final

from rflint.words.wording import listing

#: Largest denominator of a fraction that sentences have.
LEGIBLE: Final = 16
#: Decimals that a sentence has at most.
_MOST_DIGITS: Final = 12


def show(value: Fraction | int | float | None) -> str:
    """A number for people: `3`, `0.5`, `-1.5`, `1/3`."""
    if value is None:
        return "?"
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    text = f"{float(exact):.4f}".rstrip("0")
    return text if Fraction(text) == exact else f"{exact.numerator}/{exact.denominator}"


def measured(value: Fraction | int, unit: str) -> str:
    """`1 cell`, `2.5 cells`."""
    return f"{readable(value)} {unit}{'' if value == 1 else 's'}"


def readable(value: Fraction | int | float | None) -> str:
    """As `show`, but for fractions that nobody reads as a number: `252/127` is 1.98, with digits enough to tell it from a whole one."""
    exact = show(value)
    if value is None or "/" not in exact or Fraction(value).denominator <= LEGIBLE:
        return exact
    digits = max(2 - floor(log10(abs(value))), 1)
    while Fraction(text := f"{float(value):.{digits}f}").denominator == 1 and digits < _MOST_DIGITS:
        digits += 1
    return text


def samples(value: Fraction | int) -> str:
    """`1 sample`, `2.5 samples`."""
    return measured(value, "sample")


def amount(value: int | None) -> str:
    """Write a large count in three or four digits: `9.41k`, `25.6M`; empty where unknown."""
    if value is None:
        return ""
    rest = float(value)
    for unit in ("", "k", "M", "G", "T"):
        if rest < 999.5:
            return f"{rest:.3g}{unit}"
        rest /= 1000
    return f"{rest:.3g}P"


def axes_text(names: Iterable[str]) -> str:
    """`y`, `y and x`, `z, y and x`."""
    return listing(list(names))
