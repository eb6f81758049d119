"""Tiles of large images: how far their outputs look beyond them, and what must be read for the values of the whole.

The outputs of a tile `[a, b)`, in input samples, are those whose centre lies in `[a - 1/2, b - 1/2)`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import gcd, lcm, prod
from typing import NamedTuple

from rflint.algebra.axis import NoSupport
from rflint.algebra.field import Field
from rflint.algebra.grid import Grid
from rflint.engine.analysis import Analysis
from rflint.questions.image_classes import Image, Known
from rflint.questions.pieces import Pieces, pieces

#: Most places of a border that are tried.
TRIES = 1 << 20
#: Tiles that are priced where none is asked for: so many, each twice the last, the first at least so large.
PRICED, SMALLEST = 4, 64

#: Samples before a tile, and after it.
Sides = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TilesOnAxis:
    """Tiles on one axis, in samples of one input; None where a value does not exist."""

    axis: str
    #: Pieces start on its multiples.
    modulus: int
    #: How far outputs look beyond a tile whose borders are multiples of `modulus`, and beyond any tile.
    reach: Sides | None
    reach_any: Sides | None
    #: What to read beyond a tile whose borders are multiples of `modulus`, and at most beyond any tile.
    halo: Sides | None
    halo_any: Sides | None
    #: Residues of `modulus` that sizes may have, of pieces and of the image; none where there is no halo.
    residues: tuple[int, ...]
    #: False: halos are upper bounds.
    exact: bool = True
    #: Why there is no reach, and no halo.
    reach_why: NoSupport = ""
    halo_why: NoSupport = ""
    #: The layer that is the reason why there is no halo.
    culprit: str = ""
    #: Image sizes, as `(residue, modulus)`, that have a halo where the declared one has none.
    instead: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What tiles of one size cost; sizes have one entry per axis."""

    tile: tuple[int, ...]
    #: What has to be read for one: the largest piece, where tiles stand side by side.
    piece: tuple[int, ...]
    #: Share of a piece's samples that lie outside its tile: that work is done for other tiles as well.
    repeated: Fraction


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles for one layer, cut from one input."""

    layer: str
    input: str
    axes: tuple[TilesOnAxis, ...]
    #: None where an axis has no halo.
    prices: tuple[Price, ...]


def tiles(analysis: Analysis, nodes: Sequence[int], tile: tuple[int, ...] | None = None) -> tuple[Tiles, ...]:
    """Tiles for layers, an entry for each and every input that it depends on; `tile`: the size to price, in samples of the input.

    Declared input sizes are those of the image, up to what its borders change.  Inputs are cut at the same places, so
    that a piece of one goes with a piece of another.
    """
    graph = analysis.graph
    known = {id(part.program): Known({}, {}, {}, {}) for part in analysis.axes}
    found: list[Tiles] = []
    for node in nodes:
        for source, item in enumerate(graph.inputs):
            cuts: dict[tuple[int, Image], tuple[Pieces, _Cut | None]] = {}
            by_axis = []
            for axis, part in enumerate(analysis.axes):
                sizes = tuple(other.size[axis] for other in graph.inputs)
                image = Image(sizes, tuple(other.multiple_of[axis] for other in graph.inputs), source)
                key = id(part.program), image
                if key not in cuts:
                    each = pieces(part.program, image, node, known[key[0]])
                    cuts[key] = each, _cut(each)
                by_axis.append(cuts[key])
            if any(each.seen is not None for each, _ in by_axis):
                axes = tuple(_answer(part.name, *cut, analysis) for part, cut in zip(analysis.axes, by_axis, strict=True))
                found.append(Tiles(graph.node_name(node), item.name, axes, _prices([cut for _, cut in by_axis], tile)))
    return tuple(found)


class _Cut(NamedTuple):
    """One axis of one input, cut into pieces that give the values of the whole."""

    modulus: int
    #: Sorted; sizes that pieces may have.
    residues: tuple[int, ...]
    #: Of the layer; one period of its outputs, and how far that advances.
    grid: Grid
    period: int
    advance: int
    #: The first sample that a piece must hold for an output and all behind it; the last for an output and all before it.
    first: tuple[int, ...]
    last: tuple[int, ...]
    exact: bool

    def start(self, at: int) -> int:
        """Where a piece begins that serves outputs from `at` on."""
        turn, phase = divmod(self._output(at), self.period)
        return min(at, self.first[phase] + turn * self.advance) // self.modulus * self.modulus

    def end(self, at: int) -> int:
        """Where a piece ends, exclusively, that serves outputs before `at`."""
        turn, phase = divmod(self._output(at) - 1, self.period)
        whole, rest = divmod(max(at, self.last[phase] + turn * self.advance + 1), self.modulus)
        # The next residue that fits: in this multiple of the modulus, else in the next.
        place = bisect_left(self.residues, rest)
        return whole * self.modulus + (*self.residues, self.residues[0] + self.modulus)[place]

    def halo_any(self) -> Sides:
        """What to read at most beyond a tile anywhere; beyond `TRIES` places, what one that ends at multiples of the modulus needs."""
        if self.modulus > TRIES:
            return self.modulus - 1 - self.start(0), self.modulus - 1 + self.end(0)
        places = range(self.modulus)
        return max(at - self.start(at) for at in places), max(self.end(at) - at for at in places)

    def piece(self, length: int) -> int:
        """The largest piece for tiles of this length that stand side by side from 0 on."""
        starts = range(0, self.modulus, gcd(length, self.modulus))
        if len(starts) > TRIES:
            return length + sum(self.halo_any())
        return max(self.end(at + length) - self.start(at) for at in starts)

    def _output(self, at: int) -> int:
        """The first output whose centre is at `at - 1/2` or behind."""
        return -((2 * self.grid.c - (2 * at - 1) * self.grid.d) // (2 * self.grid.s))


def _cut(found: Pieces) -> _Cut | None:
    extent, grid = found.extent, None if found.seen is None else found.seen.grid
    if extent is None or grid is None:
        return None
    phases = [extent.region(phase) or (0, 0) for phase in range(extent.period)]
    # A turn further on all is larger by the same, so that the outputs of one turn decide.
    least = tuple(accumulate((low for low, _ in reversed(phases)), min))[::-1]
    most = tuple(accumulate((high for _, high in phases), max))
    return _Cut(
        found.modulus,
        tuple(sorted(found.residues)),
        grid,
        extent.period,
        extent.advance,
        tuple(min(low, least[0] + extent.advance) for low in least),
        tuple(max(high, most[-1] - extent.advance) for high in most),
        extent.exact and found.modulus <= TRIES,
    )


def _answer(axis: str, found: Pieces, cut: _Cut | None, analysis: Analysis) -> TilesOnAxis:
    seen, cause = found.seen, found.cause
    why: NoSupport = "size-dependent" if seen is None else seen.why or ("" if seen.exact else "position-dependent")
    return TilesOnAxis(
        axis,
        found.modulus,
        None if why or seen is None else _reach(seen, found.modulus),
        None if why or seen is None else _reach(seen, 1),
        None if cut is None else (-cut.start(0), cut.end(0)),
        None if cut is None else cut.halo_any(),
        tuple(sorted(found.residues)),
        cut is None or cut.exact,
        why,
        "" if cause is None else cause.why,
        "" if cause is None else analysis.graph.node_name(cause.node),
        found.instead,
    )


def _reach(seen: Field, modulus: int) -> Sides:
    """The largest `a - low(i)` and `high(i) - (b - 1)` over the outputs of tiles with borders on multiples of `modulus`.

    Of each phase the output nearest to the border counts.  How near one comes repeats with the greatest common divisor
    of the modulus and the advance of the phases.
    """
    assert seen.grid is not None
    assert seen.family is not None
    step, low, high = gcd(modulus, seen.family.advance), 0, 0
    for phase, region in enumerate(seen.family.phases):
        if region is not None:
            center = seen.grid.at(phase)
            inside = (center + Fraction(1, 2)) % step
            low = max(low, int(center - region[0] + Fraction(1, 2) - inside))
            high = max(high, int(region[1] - center - Fraction(1, 2) + inside) - step + 1)
    return low, high


def _prices(cuts: Sequence[_Cut | None], tile: tuple[int, ...] | None) -> tuple[Price, ...]:
    whole = [cut for cut in cuts if cut is not None]
    if len(whole) < len(cuts):
        return ()
    if tile is not None:
        return (_price(whole, tile),)
    least = max(SMALLEST, *(cut.end(0) - cut.start(0) for cut in whole))
    # All axes alike, in whole steps of each.
    step = lcm(*(cut.modulus for cut in whole))
    first = step * (1 << (-(-least // step) - 1).bit_length())
    return tuple(_price(whole, (first << power,) * len(whole)) for power in range(PRICED))


def _price(cuts: Sequence[_Cut], tile: tuple[int, ...]) -> Price:
    piece = tuple(cut.piece(length) for cut, length in zip(cuts, tile, strict=True))
    return Price(tile, piece, 1 - Fraction(prod(tile), prod(piece)))
