"""Tiles of large images: how far their outputs look beyond them, and what must be read for the values of the whole (DESIGN 4.8).

The outputs of a tile `[a, b)`, in input samples, are those whose centre lies in `[a - 1/2, b - 1/2)`.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import gcd, lcm, prod
from typing import TYPE_CHECKING, NamedTuple

from rflint.questions.image_classes import Image, Known
from rflint.questions.pieces import Pieces, pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rflint.algebra.axis import NoSupport
    from rflint.algebra.field import Field
    from rflint.algebra.grid import Grid
    from rflint.engine.analysis import Analysis

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
            cuts: dict[tuple[int, Image], _Cut] = {}
            keys = []
            for axis, part in enumerate(analysis.axes):
                sizes = tuple(each.size[axis] for each in graph.inputs)
                image = Image(sizes, tuple(each.multiple_of[axis] for each in graph.inputs), source)
                key = id(part.program), image
                if key not in cuts:
                    cuts[key] = _cut(pieces(part.program, image, node, known[key[0]]))
                keys.append(key)
            by_axis = [cuts[key] for key in keys]
            if any(cut.pieces.seen is not None for cut in by_axis):
                axes = tuple(_answer(part.name, cut, analysis) for part, cut in zip(analysis.axes, by_axis, strict=True))
                found.append(Tiles(graph.node_name(node), item.name, axes, _prices(by_axis, axes, tile)))
    return tuple(found)


class _Cut(NamedTuple):
    """One axis of one input, cut."""

    pieces: Pieces
    #: The least that a piece must hold for a phase of the layer and all outputs behind it, and the most for those before.
    lows: tuple[int, ...] = ()
    highs: tuple[int, ...] = ()
    residues: tuple[int, ...] = ()


def _cut(found: Pieces) -> _Cut:
    extent = found.extent
    if extent is None:
        return _Cut(found)
    # A turn further on all is larger, so that the outputs of one turn decide.
    turn = range(extent.period)
    lows = accumulate((low for phase in turn[::-1] if (low := extent.low[phase]) is not None), min)
    highs = accumulate((high for phase in turn if (high := extent.high[phase]) is not None), max)
    least, most = tuple(lows)[::-1], tuple(highs)
    return _Cut(
        found,
        tuple(min(low, least[0] + extent.advance) for low in least),
        tuple(max(high, most[-1] - extent.advance) for high in most),
        tuple(sorted(found.residues)),
    )


def _answer(axis: str, cut: _Cut, analysis: Analysis) -> TilesOnAxis:
    modulus, seen, extent, cause = cut.pieces.modulus, cut.pieces.seen, cut.pieces.extent, cut.pieces.cause
    why: NoSupport = "size-dependent" if seen is None else seen.why or ("" if seen.exact else "position-dependent")
    halo, halo_any, exact = None, None, True
    if extent is not None and seen is not None and seen.grid is not None:
        exact = modulus <= TRIES
        halo = halo_any = -_start(cut, extent, seen.grid, 0), _end(cut, extent, seen.grid, 0)
        for at in range(1, modulus) if exact else ():
            halo_any = (
                max(halo_any[0], at - _start(cut, extent, seen.grid, at)),
                max(halo_any[1], _end(cut, extent, seen.grid, at) - at),
            )
        if not exact:
            # As for the next multiple of the modulus outside.
            halo_any = halo[0] + modulus - 1, halo[1] + modulus - 1
        exact = exact and extent.exact
    return TilesOnAxis(
        axis,
        modulus,
        None if why or seen is None else _reach(seen, modulus),
        None if why or seen is None else _reach(seen, 1),
        halo,
        halo_any,
        cut.residues,
        exact,
        why,
        "" if cause is None else cause.why,
        "" if cause is None else analysis.graph.node_name(cause.node),
        cut.pieces.instead,
    )


def _reach(seen: Field, modulus: int) -> Sides | None:
    """The largest `a - low(i)` and `high(i) - (b - 1)` over the outputs of tiles with borders on multiples of `modulus`.

    Of each phase the output nearest to the border counts.  How near one comes repeats with the greatest common divisor
    of the modulus and the advance of the phases.
    """
    if seen.grid is None:
        return None
    step, low, high = gcd(modulus, seen.advance), 0, 0
    for phase in range(seen.period):
        region = seen.region(phase)
        if region is not None:
            center = seen.grid.at(phase)
            inside = (center + Fraction(1, 2)) % step
            low = max(low, int(center - region[0] + Fraction(1, 2) - inside))
            high = max(high, int(region[1] - center - Fraction(1, 2) + inside) - step + 1)
    return low, high


def _start(cut: _Cut, extent: Field, grid: Grid, at: int) -> int:
    """Where a piece begins that serves outputs from `at` on."""
    turn, phase = divmod(_first(grid, at), extent.period)
    return min(at, cut.lows[phase] + turn * extent.advance) // cut.pieces.modulus * cut.pieces.modulus


def _end(cut: _Cut, extent: Field, grid: Grid, at: int) -> int:
    """Where a piece ends, exclusively, that serves outputs before `at`."""
    turn, phase = divmod(_first(grid, at) - 1, extent.period)
    need = max(at, cut.highs[phase] + turn * extent.advance + 1)
    whole, rest = divmod(need, cut.pieces.modulus)
    place = bisect_left(cut.residues, rest)
    # Else the smallest one of the next multiple.
    return whole * cut.pieces.modulus + (cut.residues[place] if place < len(cut.residues) else cut.residues[0] + cut.pieces.modulus)


def _first(grid: Grid, at: int) -> int:
    """The first output whose centre is at `at - 1/2` or behind."""
    return -((2 * grid.c - (2 * at - 1) * grid.d) // (2 * grid.s))


def _prices(cuts: Sequence[_Cut], axes: Sequence[TilesOnAxis], tile: tuple[int, ...] | None) -> tuple[Price, ...]:
    halos = [answer.halo for answer in axes if answer.halo is not None]
    if len(halos) < len(axes):
        return ()
    if tile is not None:
        return (_price(cuts, axes, tile),)
    least = max(SMALLEST, *map(sum, halos))
    # All axes alike, in whole steps of each.
    step = lcm(*(answer.modulus for answer in axes))
    first = step * (1 << (-(-least // step) - 1).bit_length())
    return tuple(_price(cuts, axes, (first << power,) * len(axes)) for power in range(PRICED))


def _price(cuts: Sequence[_Cut], axes: Sequence[TilesOnAxis], tile: tuple[int, ...]) -> Price:
    piece = tuple(_piece(cut, answer, length) for cut, answer, length in zip(cuts, axes, tile, strict=True))
    return Price(tile, piece, 1 - Fraction(prod(tile), prod(piece)))


def _piece(cut: _Cut, answer: TilesOnAxis, length: int) -> int:
    """The largest piece for tiles of this length that stand side by side from 0 on."""
    seen, extent = cut.pieces.seen, cut.pieces.extent
    assert answer.halo is not None
    assert answer.halo_any is not None
    if length % answer.modulus == 0:
        return length + sum(answer.halo)
    if not answer.exact or seen is None or extent is None or seen.grid is None:
        return length + sum(answer.halo_any)
    ends = range(0, answer.modulus, gcd(length, answer.modulus))
    return max(_end(cut, extent, seen.grid, at + length) - _start(cut, extent, seen.grid, at) for at in ends)
