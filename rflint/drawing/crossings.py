"""The order of what stands in a layer, with few lines that cross."""

from bisect import bisect_right, insort
from collections.abc import Sequence
from typing import Final, NamedTuple

from rflint.drawing.columns import Cell, Segment

#: Times that the layers are gone through, down and up again.
_SWEEPS: Final = 4


class _Piece(NamedTuple):
    """A line between two cells, and where it meets them: 0 at the left, 1 at the right."""

    upper: int
    lower: int
    leave: float
    enter: float


def untangle(rows: list[list[int]], segments: Sequence[Segment], cells: Sequence[Cell]) -> list[list[int]]:
    """Reorder cells within their rows by the means of their neighbours; what has no crossing stays as it is."""
    gaps: list[list[_Piece]] = [[] for _ in rows]
    for upper, lower, leave, enter in segments:
        ports = (leave / cells[upper].width if cells[upper].width else 0.5, enter / cells[lower].width if cells[lower].width else 0.5)
        gaps[cells[upper].layer].append(_Piece(upper, lower, *ports))
    place = [0] * len(cells)
    best, fewest = rows, _crossings(rows, gaps, place)
    current = rows
    for sweep in range(2 * _SWEEPS):
        if not fewest:
            break
        current = _swept(current, gaps, place, down=sweep % 2 == 0)
        crossings = _crossings(current, gaps, place)
        if crossings < fewest:
            best, fewest = current, crossings
    return best


def _swept(rows: Sequence[Sequence[int]], gaps: Sequence[Sequence[_Piece]], place: list[int], *, down: bool) -> list[list[int]]:
    result = [list(row) for row in rows]
    numbers = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
    for number in numbers:
        near: dict[int, list[float]] = {}
        for upper, lower, leave, enter in gaps[number - 1 if down else number]:
            if down:
                near.setdefault(lower, []).append(place[upper] + leave)
            else:
                near.setdefault(upper, []).append(place[lower] + enter)
        row = result[number]
        # What has no neighbours there keeps its place, relative to others as long.
        means = {cell: sum(near[cell]) / len(near[cell]) if cell in near else place[cell] + 0.5 for cell in row}
        row.sort(key=lambda cell: (means[cell], place[cell]))
        for index, cell in enumerate(row):
            place[cell] = index
    return result


def _crossings(rows: Sequence[Sequence[int]], gaps: Sequence[Sequence[_Piece]], place: list[int]) -> int:
    """Count the crossings, and note the place of each cell in its row."""
    for row in rows:
        for index, cell in enumerate(row):
            place[cell] = index
    total = 0
    for gap in gaps:
        if len(gap) < 2:
            continue
        ends: list[float] = []
        for _, end in sorted((place[upper] + leave, place[lower] + enter) for upper, lower, leave, enter in gap):
            total += len(ends) - bisect_right(ends, end)
            insort(ends, end)
    return total
