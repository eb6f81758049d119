"""The affine map from an output index to the input coordinate of its centre, in exact rationals (design.md#grids)."""

from fractions import Fraction
from math import gcd
from typing import NamedTuple


class Grid(NamedTuple):
    """`c(i) = (s * i + c) / d` in input samples, in lowest terms with `d > 0`.

    Integers over one denominator rather than two `Fraction`s: grids are composed at every layer.
    """

    s: int
    c: int
    d: int

    @property
    def stride(self) -> Fraction:
        """Effective stride `S`."""
        return Fraction(self.s, self.d)

    @property
    def center(self) -> Fraction:
        """Centre of feature 0, `c0`."""
        return Fraction(self.c, self.d)

    def at(self, index: Fraction | int) -> Fraction:
        """Centre of a feature; the index may be fractional."""
        return (self.s * Fraction(index) + self.c) / self.d


IDENTITY = Grid(1, 0, 1)


def grid(s: int, c: int, d: int) -> Grid:
    """A grid in lowest terms."""
    common = gcd(s, c, d)
    return Grid(s // common, c // common, d // common) if common != 1 else Grid(s, c, d)


def compose(outer: Grid, inner: Grid) -> Grid:
    """Grid of `outer` laid over `inner`: `i -> inner(outer(i))`."""
    s, c, d = outer
    if d == 1:
        common = gcd(inner.s * s, inner.s * c + inner.c, inner.d)
        if common == 1:
            return Grid(inner.s * s, inner.s * c + inner.c, inner.d)
    return grid(inner.s * s, inner.s * c + inner.c * d, inner.d * d)


def deviation(one: Grid, other: Grid, last: int | None) -> Fraction | None:
    """Largest `|c1(i) - c2(i)|` over `0 <= i <= last`, in input samples.

    With `last` None (size unknown) the distance is that of every feature if the strides are equal, and has no bound
    (None) if they differ.
    """
    first = abs(one.center - other.center)
    if one.stride == other.stride:
        return first
    if last is None:
        return None
    # The difference is affine in i: its extremes stand at the ends.
    return max(first, abs(one.at(last) - other.at(last)))
