"""What a feature sees of a map, as a picture: two axes as a plane, one as a strip, three as a strip and a slice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rflint.drawing.svg import Drawing
from rflint.words import counted

#: The most room that a map may take, and the largest sample; in pixels.
ROOM: Final = 320.0
_CELL: Final = 24.0
#: Smaller samples have no lines between them.
_LINED: Final = 7.0
#: More rectangles than this make a picture slow: then the hull stands for its samples.
_MOST: Final = 400
_STRIP: Final = 26.0
_LEFT: Final = 34.0
_MARGIN: Final = 14.0

#: First and last sample.
Run = tuple[int, int]


class Extent(NamedTuple):
    """One axis of a region, in samples of the map; those before 0 and from `size` on are padding."""

    axis: str
    #: None: unknown.
    size: int | None
    #: What is seen, ascending; some samples between are not.
    runs: tuple[Run, ...]
    center: float | None = None

    @property
    def low(self) -> int:
        """First sample that is seen."""
        return self.runs[0][0]

    @property
    def high(self) -> int:
        """Last sample that is seen."""
        return self.runs[-1][1]

    @property
    def inside(self) -> Run | None:
        """First and last sample of the map; None where its size is unknown."""
        return None if self.size is None else (0, self.size - 1)

    @property
    def shown(self) -> Run:
        """First and last sample of the picture."""
        if self.size is None:
            room = max(1, (self.high - self.low + 1) // 8)
            return self.low - room, self.high + room
        return min(self.low, 0), max(self.high, self.size - 1)

    @property
    def words(self) -> str:
        """`y: -3 … 5, 3 in padding, centre 1`."""
        parts = [f"{self.axis}: {self.low} … {self.high}" if self.low != self.high else f"{self.axis}: {self.low}"]
        seen = sum(last - first + 1 for first, last in self.runs)
        if seen < self.high - self.low + 1:
            parts.append(f"{seen} of {counted(self.high - self.low + 1, 'sample')}")
        if self.size is not None:
            inside = sum(max(min(last, self.size - 1) - max(first, 0) + 1, 0) for first, last in self.runs)
            parts += [f"{seen - inside} in padding"] if inside < seen else []
        if self.center is not None:
            # All digits: the place of a sample of sound has seven.
            parts.append(f"centre {round(self.center, 3):.15g}")
        return ", ".join(parts)


def runs(low: int, high: int, bits: int | None = None) -> tuple[Run, ...]:
    """Stretches of a region; bit `j` says whether sample `low + j` is seen, None: all are."""
    if bits is None:
        return ((low, high),)
    found: list[Run] = []
    place = 0
    while bits:
        gap = (bits & -bits).bit_length() - 1
        bits >>= gap
        length = (~bits & (bits + 1)).bit_length() - 1
        found.append((low + place + gap, low + place + gap + length - 1))
        bits >>= length
        place += gap + length
    return tuple(found) or ((low, high),)


def region(extents: Sequence[Extent], heading: str, others: Sequence[Sequence[Extent]] = ()) -> str:
    """Draw what a feature sees of a map of one to three axes, in words below the heading, too.

    `others`: what its neighbours see, as outlines: of a decoder, each phase sees another stretch.
    """
    told = [extent.words for extent in extents]
    wide = max(len(heading) * 7.5, *(len(line) * 6.2 for line in told), ROOM) + _LEFT + _MARGIN
    drawing = Drawing(round(wide))
    drawing.name(_MARGIN, 22, heading, "strong")
    y = 30.0
    for line in told:
        y += 16
        drawing.name(_MARGIN, y, line, "small dim")
    y += 20
    for place in range(len(extents) - 2):
        y = _strip(drawing, extents[place], [other[place] for other in others], y) + 10
    if len(extents) > 1:
        y = _plane(drawing, extents[-2:], [other[-2:] for other in others], y)
    else:
        y = _strip(drawing, extents[0], [other[0] for other in others], y)
    return drawing.document(y + _MARGIN, heading, "; ".join(told))


class _Ruler(NamedTuple):
    """Where samples of an axis stand."""

    start: float
    first: int
    cell: float

    def at(self, sample: float) -> float:
        """The edge before a sample."""
        return self.start + (sample - self.first) * self.cell

    def span(self, run: Run) -> tuple[float, float]:
        """Begin and length of a stretch."""
        return self.at(run[0]), (run[1] - run[0] + 1) * self.cell


def _cell(shown: Sequence[Run]) -> float:
    return min(_CELL, *(ROOM / (last - first + 1) for first, last in shown))


def _plane(drawing: Drawing, extents: Sequence[Extent], others: Sequence[Sequence[Extent]], top: float) -> float:
    """Draw two axes, the first downwards; returns where the picture ends."""
    down, across = extents
    shown = [_together(extent, [other[place] for other in others]) for place, extent in enumerate(extents)]
    cell = _cell(shown)
    rows, columns = _Ruler(top, shown[0][0], cell), _Ruler(_LEFT, shown[1][0], cell)
    drawing.name(_LEFT - 8, top + 11, down.axis, "small end dim code")
    height, width = rows.span(shown[0])[1], columns.span(shown[1])[1]
    _map(drawing, columns, rows, across.inside or shown[1], down.inside or shown[0])
    pieces = [(one, other) for one in down.runs for other in across.runs] if len(down.runs) * len(across.runs) <= _MOST else []
    for one, other in pieces:
        _rect(drawing, columns.span(other), rows.span(one), "one")
    hull = (across.low, across.high), (down.low, down.high)
    if not pieces:
        _rect(drawing, columns.span(hull[0]), rows.span(hull[1]), "faint")
    for run in _outside(down):
        _rect(drawing, columns.span(hull[0]), rows.span(run), "pad")
    for run in _outside(across):
        inner = max(down.low, 0), min(down.high, down.high if down.size is None else down.size - 1)
        if inner[0] <= inner[1]:
            _rect(drawing, columns.span(run), rows.span(inner), "pad")
    for neighbour in others:
        beside, below = neighbour[1], neighbour[0]
        _rect(drawing, columns.span((beside.low, beside.high)), rows.span((below.low, below.high)), "outline")
    if down.center is not None and across.center is not None:
        x, y = columns.at(across.center + 0.5), rows.at(down.center + 0.5)
        arm = max(6.0, cell / 2)
        drawing.line(x - arm, y, x + arm, y, "ink")
        drawing.line(x, y - arm, x, y + arm, "ink")
        drawing.dot(x, y, "one", 3)
    drawing.name(_LEFT + width, top + height + 14, across.axis, "small end dim code")
    return top + height + 18


def _strip(drawing: Drawing, extent: Extent, others: Sequence[Extent], top: float) -> float:
    """Draw one axis; returns where the picture ends."""
    shown = _together(extent, others)
    columns, rows = _Ruler(_LEFT, shown[0], _cell([shown])), _Ruler(top, 0, _STRIP)
    drawing.name(_LEFT - 8, top + _STRIP / 2 + 5, extent.axis, "small end dim code")
    _map(drawing, columns, rows, extent.inside or shown, (0, 0))
    for run in extent.runs if len(extent.runs) <= _MOST else ((extent.low, extent.high),):
        _rect(drawing, columns.span(run), rows.span((0, 0)), "one")
    for run in _outside(extent):
        _rect(drawing, columns.span(run), rows.span((0, 0)), "pad")
    bottom = top + _STRIP
    for other in others:
        bottom += 5
        drawing.line(columns.at(other.low), bottom, columns.at(other.high + 1), bottom, "one thick")
    if extent.center is not None:
        x = columns.at(extent.center + 0.5)
        drawing.line(x, top - 4, x, top + _STRIP + 4, "ink")
        drawing.dot(x, top + _STRIP / 2, "one", 3)
    return bottom + 8


def _together(extent: Extent, others: Sequence[Extent]) -> Run:
    shown = [extent.shown, *((other.low, other.high) for other in others)]
    return min(first for first, _ in shown), max(last for _, last in shown)


def _map(drawing: Drawing, columns: _Ruler, rows: _Ruler, across: Run, down: Run) -> None:
    """Draw the map itself, with a line between samples where they are large enough."""
    (left, width), (top, height) = columns.span(across), rows.span(down)
    drawing.rect(left, top, width, height, "cell")
    if columns.cell < _LINED:
        return
    for sample in range(across[0] + 1, across[1] + 1):
        drawing.line(columns.at(sample), top, columns.at(sample), top + height, "hair")
    for sample in range(down[0] + 1, down[1] + 1):
        drawing.line(left, rows.at(sample), left + width, rows.at(sample), "hair")


def _outside(extent: Extent) -> Iterator[Run]:
    """Stretches of a region that lie in padding."""
    if extent.size is None:
        return
    if extent.low < 0:
        yield extent.low, min(extent.high, -1)
    if extent.high >= extent.size:
        yield max(extent.low, extent.size), extent.high


def _rect(drawing: Drawing, across: tuple[float, float], down: tuple[float, float], role: str) -> None:
    drawing.rect(across[0], down[0], across[1], down[1], role)
