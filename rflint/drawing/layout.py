"""Where the boxes of a network stand, and how the lines run between them: top to bottom, one block inside another.

Each group is laid out by itself and is then one box of the group around it, so that a change inside moves nothing else
but by its size; lines enter and leave it at ports in its border.  The same network gives the same picture, whatever the
order its layers are written in: what decides is which output a layer leads to, and in which order a merge reads.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from rflint.drawing.level import Arranged, Item, Link, Point, Spacing, arrange
from rflint.drawing.ranking import rank

#: The group around everything.
ROOT: Final = -1


class Node(NamedTuple):
    """A box of a given size, in pixels."""

    name: str
    width: float
    height: float
    #: Number of the innermost group it stands in.
    group: int = ROOT


class Group(NamedTuple):
    """A box around nodes and groups; folded, it is a box of the given size that shows nothing of them."""

    name: str
    #: Number of the group around it.
    parent: int = ROOT
    #: Folded: its size; else `width` is the least it may have, for its name.
    width: float = 0
    height: float = 0
    folded: bool = False


class Rect(NamedTuple):
    """Where a box stands, in pixels from the upper left corner of the picture."""

    left: float
    top: float
    width: float
    height: float


class Route(NamedTuple):
    """A line; ends are numbered nodes first, then groups: item `i` is node `i` for `i < len(nodes)`, else group `i - len(nodes)`."""

    source: int
    target: int
    #: From the bottom of one box to the top of the other; y never falls.
    points: tuple[Point, ...]


class Layout(NamedTuple):
    """A picture; what stands inside a folded group is nowhere (None)."""

    width: float
    height: float
    nodes: tuple[Rect | None, ...]
    groups: tuple[Rect | None, ...]
    #: One for each pair of visible boxes that some edge joins.
    routes: tuple[Route, ...]


def lay_out(
    nodes: Sequence[Node], edges: Sequence[tuple[int, int]], groups: Sequence[Group] = (), spacing: Spacing | None = None
) -> Layout:
    """Lay out a graph without circles.

    `edges` are pairs of node numbers, those into one node in the order in which it reads; groups stand after the group around
    them.  Raises ValueError for a circle, also one between groups (`tree.grouped` makes none).  Linear in nodes, groups and
    edges, up to logarithms, but for lines that pass many layers, which are bounded.
    """
    return _Picture(nodes, edges, groups, spacing or Spacing()).layout()


class _Level:
    """A group in the making: its items and links, by key."""

    def __init__(self) -> None:
        #: (visible item, 0), or a port: (item outside or inside, 1: it comes in here, 2: it leaves).
        self.items: dict[tuple[int, int], int] = {}
        self.links: dict[tuple[tuple[int, int], tuple[int, int], int], tuple[int, int]] = {}

    def item(self, key: tuple[int, int]) -> int:
        return self.items.setdefault(key, len(self.items))

    def link(self, source: tuple[int, int], target: tuple[int, int], port: int, rank: int) -> int:
        """Number of a link; one that is there already keeps its rank."""
        self.item(source)
        self.item(target)
        return self.links.setdefault((source, target, port), (len(self.links), rank))[0]


class _Picture:
    def __init__(self, nodes: Sequence[Node], edges: Sequence[tuple[int, int]], groups: Sequence[Group], spacing: Spacing) -> None:
        self.nodes, self.groups, self.spacing = nodes, groups, spacing
        self.count = count = len(nodes)
        #: Groups, outermost first, around each group; and the folded one that hides it, if any, as an item.
        self.around: list[tuple[int, ...]] = []
        hidden: list[int | None] = []
        for number, group in enumerate(groups):
            outer = self.around[group.parent] if group.parent >= 0 else ()
            self.around.append((*outer, number))
            above = hidden[group.parent] if group.parent >= 0 else None
            hidden.append(above if above is not None else count + number if group.folded else None)
        self.hidden = hidden
        shown = [node.group >= 0 and hidden[node.group] for node in nodes]
        self.shown = [number if each is None or each is False else each for number, each in enumerate(shown)]
        joined = list(dict.fromkeys((self.shown[a], self.shown[b]) for a, b in edges if self.shown[a] != self.shown[b]))
        items = sorted(set(self.shown))
        names = {item: self._name(item) for item in items}
        self.ranks, edge_ranks = rank(items, joined, names)
        self.edges = sorted(zip(edge_ranks, joined, strict=True))
        self.above, self.below = self._reaches()
        self.levels: dict[int, _Level] = {ROOT: _Level(), **{number: _Level() for number, each in enumerate(hidden) if each is None}}
        self.arranged: dict[int, Arranged] = {}
        #: Left and top of what is inside, from the corner of the group; its whole size.
        self.inset: dict[int, Point] = {}
        self.sizes: dict[int, tuple[float, float]] = {}

    def _name(self, item: int) -> str:
        return self.nodes[item].name if item < self.count else self.groups[item - self.count].name

    def _chain(self, item: int) -> tuple[int, ...]:
        """Visible groups around an item, outermost first."""
        group = self.nodes[item].group if item < self.count else self.groups[item - self.count].parent
        return self.around[group] if group >= 0 else ()

    def _reaches(self) -> tuple[dict[int, float], dict[int, float]]:
        """Heights of the boxes on the longest way to each visible box, and on from it, both with its own."""
        height = {item: (self.nodes[item] if item < self.count else self.groups[item - self.count]).height for item in self.ranks}
        above, below = dict(height), dict(height)
        # An edge ranks between what it comes from and what it leads to.
        for _, (source, target) in self.edges:
            above[target] = max(above[target], above[source] + height[target])
        for _, (source, target) in reversed(self.edges):
            below[source] = max(below[source], below[target] + height[source])
        return above, below

    def layout(self) -> Layout:
        for item in sorted(self.ranks, key=self.ranks.__getitem__):
            chain = self._chain(item)
            for group, inner in pairwise((ROOT, *chain)):
                self.levels[group].item((self.count + inner, 0))
            self.levels[chain[-1] if chain else ROOT].item((item, 0))
        ways = [self._way(*edge, rank) for rank, edge in self.edges]
        for group in sorted(self.levels, key=lambda each: -len(self.around[each]) if each >= 0 else 0):
            self._arrange(group)
        return self._absolute(ways)

    def _way(self, source: int, target: int, rank: int) -> list[tuple[int, int]]:
        """The levels that a line passes and its link in each of them, from the source on."""
        here, there = self._chain(source), self._chain(target)
        common = next((place for place, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), min(len(here), len(there)))
        way, last = [], (source, 0)
        for group in reversed(here[common:]):
            way.append((group, self.levels[group].link(last, (source, 2), source, rank)))
            last = (self.count + group, 0)
        inner = [(self.count + group, 0) for group in there[common:]] + [(target, 0)]
        meeting = here[common - 1] if common else ROOT
        way.append((meeting, self.levels[meeting].link(last, inner[0], source, rank)))
        for group, item in zip(there[common:], inner[1:], strict=True):
            way.append((group, self.levels[group].link((source, 1), item, source, rank)))
        return way

    def _arrange(self, group: int) -> None:
        level = self.levels[group]
        ranks = {key: self._rank(key) for key in level.items}
        items = [self._item(key, ranks[key]) for key in level.items]
        links = [
            Link(
                level.items[source],
                level.items[target],
                self._port(source, (port, 2), items[level.items[source]]),
                self._port(target, (port, 1), items[level.items[target]]),
                rank,
                port,
            )
            for (source, target, port), (_, rank) in level.links.items()
        ]
        arranged = self.arranged[group] = arrange(items, links, self.spacing)
        if group == ROOT:
            self.inset[group], self.sizes[group] = (0.0, 0.0), (arranged.width, arranged.height)
            return
        inset = self.spacing.inset
        width = max(arranged.width + 2 * inset, self.groups[group].width)
        self.inset[group] = (width - arranged.width) / 2, self.spacing.title
        self.sizes[group] = width, self.spacing.title + arranged.height + inset

    def _rank(self, key: tuple[int, int]) -> int:
        item, kind = key
        if kind or item in self.ranks:
            return self.ranks[item]
        return min(map(self._rank, (key for key in self.levels[item - self.count].items if key[1] == 0)))

    def _item(self, key: tuple[int, int], rank: int) -> Item:
        item, kind = key
        if kind:
            return Item(0, 0, rank, *(("entry", self.above[item]) if kind == 1 else ("exit", self.below[item])))
        if item in self.ranks:
            box = self.nodes[item] if item < self.count else self.groups[item - self.count]
            return Item(box.width, box.height, rank)
        return Item(*self.sizes[item - self.count], rank)

    def _port(self, key: tuple[int, int], port: tuple[int, int], item: Item) -> float:
        """Where a line meets an item, from the left of it."""
        if key[1] or key[0] in self.ranks:
            return item.width / 2
        group = key[0] - self.count
        return self.inset[group][0] + self.arranged[group].corners[self.levels[group].items[port]][0]

    def _absolute(self, ways: Sequence[Sequence[tuple[int, int]]]) -> Layout:
        origins: dict[int, Point] = {ROOT: (0.0, 0.0)}
        nodes: list[Rect | None] = [None] * self.count
        groups: list[Rect | None] = [None] * len(self.groups)
        for group in sorted(self.levels, key=lambda each: len(self.around[each]) if each >= 0 else 0):
            left, top = origins[group]
            for (item, kind), (x, y) in zip(self.levels[group].items, self.arranged[group].corners, strict=True):
                if kind:
                    continue
                if item < self.count:
                    nodes[item] = Rect(left + x, top + y, *self.nodes[item][1:3])
                    continue
                inner = item - self.count
                box = self.groups[inner]
                size = (box.width, box.height) if item in self.ranks else self.sizes[inner]
                groups[inner] = Rect(left + x, top + y, *size)
                if item not in self.ranks:
                    origins[inner] = left + x + self.inset[inner][0], top + y + self.inset[inner][1]
        routes = []
        for (_, (source, target)), way in zip(self.edges, ways, strict=True):
            points: list[Point] = []
            for group, link in way:
                left, top = origins[group]
                points += [(left + x, top + y) for x, y in self.arranged[group].ways[link]]
            routes.append(Route(source, target, _straightened(points)))
        return Layout(*self.sizes[ROOT], tuple(nodes), tuple(groups), tuple(routes))


def _straightened(points: Sequence[Point]) -> tuple[Point, ...]:
    """Leave out points between two others on one vertical line, and those that stand twice."""
    kept: list[Point] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and kept[-2][0] == kept[-1][0] == point[0]:
            kept.pop()
        kept.append(point)
    return tuple(kept)
