"""Where features sit whose paths disagree: the mean over the paths, the earliest and the latest (design.md#alignment)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import fsum
from typing import Final, NamedTuple

from rflint.algebra import Field, Grid, compose
from rflint.engine.program import MERGE, Program
from rflint.engine.sizing import Sizing

#: Strides of the paths to one map that are told apart; where there are more, the extremes are unknown.
STRIDES: Final = 32


class Centers(NamedTuple):
    """The grids of all paths to a map, summed up, in input samples."""

    #: Mean stride and mean centre of feature 0; merges mix their branches equally.
    stride: float
    center: float
    #: For each stride that a path has, the grids of earliest and latest centre; None: too many strides.
    extremes: tuple[tuple[Grid, Grid], ...] | None

    @property
    def range(self) -> tuple[Grid, Grid] | None:
        """The grids of the earliest and of the latest centre of feature 0."""
        if self.extremes is None:
            return None
        earliest = min((low for low, _ in self.extremes), key=lambda own: own.center)
        return earliest, max((high for _, high in self.extremes), key=lambda own: own.center)

    def at(self, index: int) -> float:
        """Mean centre of feature `index`."""
        return self.center + self.stride * index

    def range_at(self, index: int) -> tuple[Fraction, Fraction] | None:
        """Earliest and latest centre of feature `index`, which not the same paths have at every feature."""
        if self.extremes is None:
            return None
        return min(low.at(index) for low, _ in self.extremes), max(high.at(index) for _, high in self.extremes)


def centers(program: Program, sizing: Sizing, fields: tuple[Field | None, ...], via: Mapping[int, int]) -> dict[int, Centers]:
    """By node, for those with a violation at them or behind them: one sweep, whatever the number of paths."""
    found: dict[int, Centers] = {}
    for node in range(program.input_count, len(program.kinds)):
        field = fields[node]
        if field is None or field.aligned is not False or field.grid is None:
            continue
        if program.kinds[node] == MERGE and sizing.sizes[node] != 1:
            arriving = [origin for origin in program.sources[node] if not sizing.spreads(program, node, origin)]
            known = [of for origin in arriving if (of := _centers(found, fields, origin)) is not None]
        else:
            known = [of for origin in (via.get(node, program.sources[node][0]),) if (of := _centers(found, fields, origin)) is not None]
        if not known:
            continue
        step = sizing.steps[node]
        if step is not None and step.grid is not None:
            (own,) = known
            center = own.center + own.stride * float(step.grid.center)
            extremes = own.extremes and tuple((compose(step.grid, low), compose(step.grid, high)) for low, high in own.extremes)
            found[node] = Centers(own.stride * float(step.grid.stride), center, extremes)
        else:
            found[node] = _mixed(known)
    return found


def _centers(found: dict[int, Centers], fields: tuple[Field | None, ...], node: int) -> Centers | None:
    """Of one node; None where it has no local path."""
    field = fields[node]
    if node in found or field is None or field.grid is None:
        return found.get(node)
    return Centers(float(field.grid.stride), float(field.grid.center), ((field.grid, field.grid),))


def _mixed(branches: list[Centers]) -> Centers:
    if len(branches) == 1:
        return branches[0]
    count = len(branches)
    stride, center = fsum(own.stride for own in branches) / count, fsum(own.center for own in branches) / count
    return Centers(stride, center, _extremes(own.extremes for own in branches))


def _extremes(branches: Iterable[tuple[tuple[Grid, Grid], ...] | None]) -> tuple[tuple[Grid, Grid], ...] | None:
    widest: dict[tuple[int, int], tuple[Grid, Grid]] = {}
    for extremes in branches:
        if extremes is None:
            return None
        for low, high in extremes:
            stride = low.stride.as_integer_ratio()
            least, most = widest.get(stride, (low, high))
            widest[stride] = min(least, low, key=lambda own: own.center), max(most, high, key=lambda own: own.center)
    return tuple(widest[stride] for stride in sorted(widest)) if len(widest) <= STRIDES else None
