"""One level of a picture: boxes in layers, top to bottom, and the lines between them.

Boxes stand in the layer of their longest way from the top, a line that passes layers takes a place in each of them, and
what follows each other stands in one straight column (`columns`).  After Sugiyama, Tagawa, Toda: Methods for visual
understanding of hierarchical system structures (1981).
"""

from collections.abc import Sequence
from heapq import heappush, heapreplace
from itertools import pairwise
from typing import Literal, NamedTuple

from rflint.drawing.columns import Cell, Segment, place
from rflint.drawing.crossings import untangle

Point = tuple[float, float]


class Spacing(NamedTuple):
    """Room between things, in pixels."""

    #: Between boxes of a layer, and between lines.
    boxes: float = 24
    lines: float = 14
    #: Between layers.
    layers: float = 26
    #: Between the first or last layer of a group and its border.
    ports: float = 14
    #: Inside of a group: at its sides and bottom, and at its top, where its name stands.
    inset: float = 14
    title: float = 22


class Item(NamedTuple):
    """A box of a level, or a place at its edge where a line comes in or leaves."""

    width: float
    height: float
    #: Where it would stand among its neighbours.
    rank: int
    kind: Literal["box", "entry", "exit"] = "box"
    #: Heights of the boxes above what comes in, or below what leaves.
    beyond: float = 0


class Link(NamedTuple):
    """A line from one item of a level to another."""

    source: int
    target: int
    #: Where it leaves and enters, from the left of the items.
    leave: float
    enter: float
    rank: int
    #: Lines that leave an item by one port carry the same, and share their way.
    port: int


class Arranged(NamedTuple):
    """Where everything of a level is, from its upper left corner."""

    width: float
    height: float
    #: Left and top of each item.
    corners: tuple[Point, ...]
    #: Of each link, from the bottom of one item to the top of the other.
    ways: tuple[tuple[Point, ...], ...]


def arrange(items: Sequence[Item], links: Sequence[Link], spacing: Spacing) -> Arranged:
    """Place the items of a level; raises ValueError where the links run in a circle."""
    if not items:
        return Arranged(0, 0, (), ())
    layer_of = _layers(items, links)
    outside = _outside(items, links, layer_of)
    cells = [
        Cell(item.width, item.height, 0.0 if item.kind == "box" else 0.5, layer, item.beyond)
        for item, layer in zip(items, layer_of, strict=True)
    ]
    ranks = [item.rank for item in items]
    chains: dict[tuple[int, int], list[int]] = {}
    segments: dict[tuple[int, int, int], Segment] = {}
    passing: list[Sequence[int]] = []
    for number, link in enumerate(links):
        if number in outside:
            passing.append(())
            continue
        chain = chains.setdefault((link.source, link.port), [])
        start, end = layer_of[link.source], layer_of[link.target]
        while start + len(chain) + 1 < end:
            chain.append(len(cells))
            cells.append(Cell(0, 0, 1, start + len(chain)))
            ranks.append(link.rank)
        way = [link.source, *chain[: end - start - 1], link.target]
        for upper, lower in pairwise(way):
            leave = link.leave if upper == link.source else 0.0
            enter = link.enter if lower == link.target else 0.0
            segments.setdefault((upper, lower, link.port), Segment(upper, lower, leave, enter))
        passing.append(way[1:-1])
    rows: list[list[int]] = [[] for _ in range(max(layer_of) + 1)]
    for number in sorted(range(len(cells)), key=lambda each: (ranks[each], each)):
        rows[cells[number].layer].append(number)
    joints = list(segments.values())
    rows = untangle(rows, joints, cells)
    lefts = place(rows, cells, joints, spacing.boxes, spacing.lines)
    return _measured(items, links, spacing, layer_of, lefts, passing, outside)


def _layers(items: Sequence[Item], links: Sequence[Link]) -> list[int]:
    """Longest path from the top; what comes in stands above all, what leaves below."""
    waiting = [0] * len(items)
    readers: list[list[int]] = [[] for _ in items]
    for link in links:
        readers[link.source].append(link.target)
        waiting[link.target] += 1
    top = int(any(item.kind == "entry" for item in items))
    layer_of = [0 if item.kind == "entry" else top for item in items]
    ready = [number for number, count in enumerate(waiting) if not count]
    for number in ready:
        below = layer_of[number] + 1
        for reader in readers[number]:
            layer_of[reader] = max(layer_of[reader], below)
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    if len(ready) < len(items):
        raise ValueError("what is drawn runs in a circle")
    exits = [number for number, item in enumerate(items) if item.kind == "exit"]
    if exits:
        last = max(layer + (items[number].kind != "exit") for number, layer in enumerate(layer_of))
        for number in exits:
            layer_of[number] = last
    return layer_of


def _outside(items: Sequence[Item], links: Sequence[Link], layer_of: Sequence[int]) -> dict[int, int]:
    """Choose lines that pass at the side of everything, where there were too many to pass between: link -> lane.

    What stands in the layers grows with the length of lines, so without this a picture could take the square of its size.
    """
    spans: dict[tuple[int, int], int] = {}
    for link in links:
        key = link.source, link.port
        spans[key] = max(spans.get(key, 0), layer_of[link.target] - layer_of[link.source] - 1)
    excess = sum(spans.values()) - 20 * len(items) - 1000
    leaving = []
    for key in sorted(spans, key=lambda each: (-spans[each], each)):
        if excess <= 0:
            break
        leaving.append(key)
        excess -= spans[key]
    #: Where the line in a lane ends, and the lane; all lines of one port share theirs.
    lanes: list[tuple[int, int]] = []
    lane_of = {}
    for key in sorted(leaving, key=lambda each: (layer_of[each[0]], each)):
        start = layer_of[key[0]]
        lane = lanes[0][1] if lanes and lanes[0][0] < start else len(lanes)
        (heapreplace if lane < len(lanes) else heappush)(lanes, (start + spans[key] + 1, lane))
        lane_of[key] = lane
    return {
        number: lane_of[link.source, link.port]
        for number, link in enumerate(links)
        if (link.source, link.port) in lane_of and layer_of[link.target] - layer_of[link.source] > 1
    }


def _measured(
    items: Sequence[Item],
    links: Sequence[Link],
    spacing: Spacing,
    layer_of: Sequence[int],
    lefts: Sequence[float],
    passing: Sequence[Sequence[int]],
    outside: dict[int, int],
) -> Arranged:
    """Give layers their heights, and lines their points."""
    heights = [0.0] * (max(layer_of) + 1)
    for item, layer in zip(items, layer_of, strict=True):
        heights[layer] = max(heights[layer], item.height)
    entered = any(item.kind == "entry" for item in items)
    left = any(item.kind == "exit" for item in items)
    tops = [0.0]
    for layer, height in enumerate(heights):
        near_border = (entered and layer == 0) or (left and layer == len(heights) - 2)
        tops.append(tops[-1] + height + (spacing.ports if near_border else spacing.layers))
    inner = max(left + (items[number].width if number < len(items) else 0) for number, left in enumerate(lefts))
    ways = []
    for number, link in enumerate(links):
        start, end = layer_of[link.source], layer_of[link.target]
        above, below = lefts[link.source] + link.leave, lefts[link.target] + link.enter
        way = [(above, tops[start] + items[link.source].height), (above, tops[start] + heights[start])]
        for offset, cell in enumerate(passing[number], start + 1):
            way += [(lefts[cell], tops[offset]), (lefts[cell], tops[offset] + heights[offset])]
        if number in outside:
            lane = inner + spacing.boxes + outside[number] * spacing.lines
            way += [(lane, tops[start + 1]), (lane, tops[end - 1] + heights[end - 1])]
        way.append((below, tops[end]))
        ways.append(tuple(way))
    width = inner if not outside else inner + spacing.boxes + max(outside.values()) * spacing.lines
    corners = tuple((lefts[number], tops[layer]) for number, layer in enumerate(layer_of))
    return Arranged(width, tops[-2] + heights[-1], corners, tuple(ways))
