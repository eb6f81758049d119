"""The order of what stands in a layer, with few lines that cross."""

from bisect import bisect_right, insort
from collections.abc import Sequence
from typing import Final

from rflint.drawing.columns import Segment

#: Times that the layers are gone through, down and up again.
_SWEEPS: Final = 4


def untangle(rows: list[list[int]], segments: Sequence[Segment], count: int) -> list[list[int]]:
    """Reorder cells within their rows by the means of their neighbours; what has no crossing stays as it is."""
    gaps: list[list[tuple[int, int]]] = [[] for _ in rows]
    row_of = [0] * count
    for number, row in enumerate(rows):
        for cell in row:
            row_of[cell] = number
    for segment in segments:
        gaps[row_of[segment.upper]].append((segment.upper, segment.lower))
    place = [0] * count
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


def _swept(rows: Sequence[Sequence[int]], gaps: Sequence[Sequence[tuple[int, int]]], place: list[int], *, down: bool) -> list[list[int]]:
    result = [list(row) for row in rows]
    numbers = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
    for number in numbers:
        near: dict[int, list[int]] = {}
        for upper, lower in gaps[number - 1 if down else number]:
            moved, fixed = (lower, upper) if down else (upper, lower)
            near.setdefault(moved, []).append(place[fixed])
        row = result[number]
        # What has no neighbours there keeps its place, relative to others as long.
        means = {cell: sum(near[cell]) / len(near[cell]) if cell in near else place[cell] for cell in row}
        row.sort(key=lambda cell: (means[cell], place[cell]))
        for index, cell in enumerate(row):
            place[cell] = index
    return result


def _crossings(rows: Sequence[Sequence[int]], gaps: Sequence[Sequence[tuple[int, int]]], place: list[int]) -> int:
    """Count the crossings, and note the place of each cell in its row."""
    for row in rows:
        for index, cell in enumerate(row):
            place[cell] = index
    total = 0
    for gap in gaps:
        if len(gap) < 2:
            continue
        ends: list[int] = []
        for _, lower in sorted((place[upper], place[lower]) for upper, lower in gap):
            total += len(ends) - bisect_right(ends, lower)
            insort(ends, lower)
    return total
