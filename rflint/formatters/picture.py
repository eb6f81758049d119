"""A region drawn with characters: the map that is looked at, what a feature sees of it, and what lies in its padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor
from typing import Final, NamedTuple

from rflint.words import Style, listing

_MOST_ROWS: Final = 18
_MOST_COLUMNS: Final = 72


class Extent(NamedTuple):
    """One axis of a picture, in samples of the map."""

    axis: str
    size: int
    #: First and last sample of the region, which may lie outside of the map.
    region: tuple[int, int]
    center: float | None
    #: Bit `j`: sample `region[0] + j` is seen; None: all are.
    bits: int | None = None


class _Mark(NamedTuple):
    """One step along an axis, as coarse as the picture."""

    inside: bool
    seen: bool
    centre: bool


def picture(extents: Sequence[Extent], style: Style) -> Iterator[str]:
    """Draw the last two axes (or the only one), the first of them downwards; a mark is as many samples on either axis."""
    across, wide = extents[-1], 2 if len(extents) > 1 else 1
    down = extents[-2] if len(extents) > 1 else None
    room = min(style.width, _MOST_COLUMNS) // wide
    unit = max(_unit(across, room), 1 if down is None else _unit(down, _MOST_ROWS))
    columns = _marks(across, unit)
    rows = [_Mark(inside=True, seen=True, centre=True)] if down is None else _marks(down, unit)
    drawn: set[str] = set()
    for row in rows:
        cells = [_cell(row, column, wide) for column in columns]
        drawn.update(kind for kind, _ in cells)
        yield "".join(style.paint(_ROLES[kind], text) for kind, text in cells).rstrip()
    told = [f"{_MARKS[kind] * wide} {meaning}" for kind, meaning in _MEANINGS.items() if kind in drawn]
    each = f"{unit:,} × {unit:,} samples" if down is not None else "1 sample" if unit == 1 else f"{unit:,} samples"
    names = f"{down.axis} down, {across.axis} across" if down is not None else across.axis
    legend = (listing(told, len(told)), f"a mark is {each if unit > 1 or down is None else '1 sample'} ({names})")
    together = "; ".join(legend)
    yield from (style.paint("faint", line) for line in ([together] if len(together) <= style.width else legend))


def strips(rows: Sequence[tuple[str, Extent]], style: Style) -> Iterator[str]:
    """Draw what several features of one axis see, one under the other on the same samples."""
    widest = max(len(name) for name, _ in rows)
    whole = min(min(extent.region[0], 0) for _, extent in rows), max(max(extent.region[1], extent.size - 1) for _, extent in rows)
    unit = max(1, -(-(whole[1] - whole[0] + 1) // max(min(style.width, _MOST_COLUMNS) - widest - 3, 1)))
    row = _Mark(inside=True, seen=True, centre=True)
    for name, extent in rows:
        cells = [_cell(row, column, 1) for column in _marks(extent, unit, whole)]
        yield f"{name:<{widest}}  {''.join(style.paint(_ROLES[kind], text) for kind, text in cells)}".rstrip()


def _unit(extent: Extent, room: int) -> int:
    """Samples of a mark, so that no more than `room` of them cover the axis; no mark lies across the border at 0."""
    first, last = min(extent.region[0], 0), max(extent.region[1], extent.size - 1)
    unit = -(-(last - first + 1) // room)
    while last // unit - first // unit >= room:
        unit += 1
    return unit


def _marks(extent: Extent, unit: int, whole: tuple[int, int] | None = None) -> list[_Mark]:
    low, high = extent.region
    first, last = whole or (min(low, 0), max(high, extent.size - 1))
    marks = []
    for start in range(first // unit * unit, last + 1, unit):
        begin, end = max(start, low), min(start + unit - 1, high)
        seen = begin <= end
        if seen and extent.bits is not None:
            seen = bool(extent.bits >> (begin - low) & ((1 << (end - begin + 1)) - 1))
        # Half a sample is on the side of the lower one.
        centre = extent.center is not None and start <= floor(extent.center) < start + unit
        marks.append(_Mark(inside=start < extent.size and start + unit > 0, seen=seen, centre=centre))
    return marks


def _cell(row: _Mark, column: _Mark, wide: int) -> tuple[str, str]:
    inside, seen = row.inside and column.inside, row.seen and column.seen
    kind = "seen" if inside and seen else "padding" if seen else "map" if inside else ""
    if row.centre and column.centre:
        return "centre", "+" if wide == 1 else "()"
    return kind, _MARKS[kind] * wide


_MARKS: Final = {"seen": "█", "padding": "░", "map": "·", "centre": "+", "": " "}
_ROLES: Final = {"seen": "frame", "padding": "warning", "map": "faint", "centre": "strong", "": ""}
_MEANINGS: Final = {"seen": "seen", "map": "not seen", "padding": "outside of the map"}
