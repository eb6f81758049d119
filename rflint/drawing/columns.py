"""Where things stand sideways: what follows each other in one straight column.

Chains are taken out of the level, those of most boxes first, and each becomes a column whose members share one vertical
line; columns that would cross are cut where they do.  They are packed to the left as closely as they may, then each
moves towards its neighbours.  After Brandes, Koepf: Fast and simple horizontal coordinate assignment (2001), with long
chains in place of medians: the trunk of a residual network is the longest.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple


class Cell(NamedTuple):
    """A place in a layer: of a box, or of a line that passes."""

    width: float
    #: Of a box: its height; 0: a line.
    length: float
    #: How much of a line it is: 1; 0: a box.
    thin: float
    layer: int
    #: Where a line comes in: the boxes above it, by their heights; where one leaves: those below it.
    beyond: float = 0


class Segment(NamedTuple):
    """A piece of a line from one layer to the next, between places counted from the left of its cells."""

    upper: int
    lower: int
    leave: float
    enter: float


class _Columns(NamedTuple):
    #: Column of each cell, and how far right of the column's line the cell begins.
    of: list[int]
    at: list[float]
    #: Cells of each column, from the top.
    members: list[list[int]]


def place(rows: Sequence[Sequence[int]], cells: Sequence[Cell], segments: Sequence[Segment], boxes: float, lines: float) -> list[float]:
    """Return the left of each cell; 0 is the left of all.  `boxes`, `lines`: the room between two of them."""
    columns = _columns(rows, cells, segments)
    room = _room(rows, cells, columns, boxes, lines)
    lines_at = _packed(room)
    _balance(lines_at, room, cells, columns, segments)
    lefts = [lines_at[columns.of[cell]] + columns.at[cell] for cell in range(len(cells))]
    first = min(lefts)
    return [left - first for left in lefts]


def _columns(rows: Sequence[Sequence[int]], cells: Sequence[Cell], segments: Sequence[Segment]) -> _Columns:
    count = len(cells)
    index = [0] * count
    for row in rows:
        for number, cell in enumerate(row):
            index[cell] = number
    above: list[list[Segment]] = [[] for _ in range(count)]
    below: list[list[Segment]] = [[] for _ in range(count)]
    for segment in segments:
        above[segment.lower].append(segment)
        below[segment.upper].append(segment)
    # Boxes, by their heights, on the longest way to each cell, and from it on, with its own.
    rise, reach = [0.0] * count, [0.0] * count
    for row in rows:
        for cell in row:
            rise[cell] = max((rise[each.upper] + cells[each.upper].length for each in above[cell]), default=cells[cell].beyond)
    for row in reversed(rows):
        for cell in row:
            reach[cell] = cells[cell].length + max((reach[each.lower] for each in below[cell]), default=cells[cell].beyond)
    joined: list[list[tuple[int, int]]] = [[] for _ in rows]
    of, at = [-1] * count, [0.0] * count
    columns: list[list[int]] = []
    for start in sorted(range(count), key=lambda each: (-rise[each] - reach[each], cells[each].layer, index[each])):
        cell = start
        if of[cell] >= 0:
            continue
        of[cell] = len(columns)
        column = [cell]
        line: float | None = None
        while (step := _step(below[cell], of, reach, index, joined[cells[cell].layer], line)) is not None:
            of[step.lower] = len(columns)
            column.append(step.lower)
            at[step.lower] = at[cell] + step.leave - step.enter
            cell, line = step.lower, step.enter
        columns.append(column)
    return _Columns(of, at, columns)


def _step(
    ahead: Sequence[Segment],
    of: Sequence[int],
    reach: Sequence[float],
    index: Sequence[int],
    joined: list[tuple[int, int]],
    line: float | None,
) -> Segment | None:
    """The segment by which a column goes straight on from a cell that it came into at `line`; none that crosses another column.

    Where there is a choice: by the longest way, then nearest to the middle.  A box with
    several ways into it is where those want it, not below one of them.
    """
    ways = Counter(each.lower for each in ahead)
    ports = Counter(lower for lower, _ in {(each.lower, each.enter) for each in ahead})
    ahead = [each for each in ahead if ports[each.lower] == 1 and (ways[each.lower] == 1 if line is None else each.leave == line)]
    middle = sum(index[each.lower] for each in ahead) / len(ahead) if ahead else 0
    for step in sorted(ahead, key=lambda each: (-reach[each.lower], abs(index[each.lower] - middle), index[each.lower])):
        if of[step.lower] >= 0:
            continue
        pair = index[step.upper], index[step.lower]
        slot = bisect_left(joined, pair)
        if (slot and joined[slot - 1][1] > pair[1]) or (slot < len(joined) and joined[slot][1] < pair[1]):
            continue
        joined.insert(slot, pair)
        return step
    return None


#: Column -> column further right -> least distance of their lines.
_Room = list[dict[int, float]]


def _room(rows: Sequence[Sequence[int]], cells: Sequence[Cell], columns: _Columns, boxes: float, lines: float) -> _Room:
    room: _Room = [{} for _ in columns.members]
    of, at = columns.of, columns.at
    for row in rows:
        for left, right in pairwise(row):
            thin = (cells[left].thin + cells[right].thin) / 2
            distance = at[left] + cells[left].width + boxes + (lines - boxes) * thin - at[right]
            known = room[of[left]]
            known[of[right]] = max(known.get(of[right], distance), distance)
    return room


def _packed(room: _Room) -> list[float]:
    """Lines of the columns, as far left as they may be."""
    waiting = [0] * len(room)
    for others in room:
        for other in others:
            waiting[other] += 1
    lines = [0.0] * len(room)
    ready = [column for column, count in enumerate(waiting) if not count]
    for column in ready:
        for other, distance in room[column].items():
            lines[other] = max(lines[other], lines[column] + distance)
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return lines


def _balance(lines: list[float], room: _Room, cells: Sequence[Cell], columns: _Columns, segments: Sequence[Segment]) -> None:
    """Move each column to the median of where its neighbours would have it, as far as there is room."""
    of, at = columns.of, columns.at
    pulls: list[list[tuple[int, float]]] = [[] for _ in lines]
    hangs: list[list[tuple[int, float]]] = [[] for _ in lines]
    bundles: dict[tuple[int, int], list[Segment]] = {}
    for segment in segments:
        if of[segment.upper] != of[segment.lower]:
            bundles.setdefault((segment.upper, segment.lower), []).append(segment)
    for (upper, lower), bundle in bundles.items():
        # Boxes with several lines between them stand middle below middle.
        first = bundle[0]
        leave, enter = (first.leave, first.enter) if len(bundle) == 1 else (cells[upper].width / 2, cells[lower].width / 2)
        gap = at[upper] + leave - at[lower] - enter
        pulls[of[upper]].append((of[lower], -gap))
        pulls[of[lower]].append((of[upper], gap))
        hangs[of[lower]].append((of[upper], gap))
    lefts: _Room = [{} for _ in lines]
    for column, others in enumerate(room):
        for other, distance in others.items():
            lefts[other][column] = distance
    tops = [cells[members[0]].layer for members in columns.members]
    sideways = sorted(range(len(lines)), key=lambda column: (-lines[column], column))
    downwards = sorted(range(len(lines)), key=lambda column: (tops[column], column))
    for order, held in ((sideways, pulls), (downwards, hangs), (sideways, pulls)):
        for column in order:
            if not held[column]:
                continue
            wishes = sorted(lines[other] + gap for other, gap in held[column])
            low, high = wishes[(len(wishes) - 1) // 2], wishes[len(wishes) // 2]
            wish = min(max(lines[column], low), high)
            least = max((lines[other] + distance for other, distance in lefts[column].items()), default=-inf)
            most = min((lines[other] - distance for other, distance in room[column].items()), default=inf)
            lines[column] = max(min(wish, most), least)
