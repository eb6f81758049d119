"""The tree of blocks that names make: `stage1/0/conv1` stands in `stage1/0`, which stands in `stage1`."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from rflint.model import SpecReport


class Tree(NamedTuple):
    """Groups of nodes, each after the group around it."""

    #: Path of each group, and the number of the one around it (-1: none).
    names: tuple[str, ...]
    parents: tuple[int, ...]
    #: Number of the innermost group of each node.
    group_of: tuple[int, ...]

    @property
    def depths(self) -> tuple[int, ...]:
        """How many groups stand around each group."""
        depths: list[int] = []
        for parent in self.parents:
            depths.append(0 if parent < 0 else depths[parent] + 1)
        return tuple(depths)

    def chain(self, group: int) -> tuple[int, ...]:
        """A group and those around it, outermost first; of none (-1), none."""
        chain: list[int] = []
        while group >= 0:
            chain.append(group)
            group = self.parents[group]
        return tuple(reversed(chain))

    def members(self) -> tuple[tuple[int, ...], ...]:
        """Nodes inside each group, at any depth."""
        found: list[list[int]] = [[] for _ in self.names]
        for node, innermost in enumerate(self.group_of):
            group = innermost
            while group >= 0:
                found[group].append(node)
                group = self.parents[group]
        return tuple(map(tuple, found))


def connected(spec: SpecReport) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """Names of all inputs, then layers, and pairs of their numbers: who is read, and by whom, in the order in which each reads."""
    names = (*(item.name for item in spec.inputs), *(layer.name for layer in spec.layers))
    edges: list[tuple[int, int]] = []
    # What a layer reads stands before it; one that is called like an input is a flaw that findings tell of.
    before = {item.name: number for number, item in enumerate(spec.inputs)}
    for number, layer in enumerate(spec.layers, len(spec.inputs)):
        edges += [(before[source], number) for source in dict.fromkeys(layer.sources) if source in before]
        before[layer.name] = number
    return names, edges


def grouped(names: Sequence[str], edges: Sequence[tuple[int, int]]) -> Tree:
    """Make the tree of the names of nodes; one that is called like a block stands in it: `mixed`, which joins `mixed/a` and `mixed/b`.

    A group through which paths would run in a circle, out and in again, is no box that can be drawn: its members stand in the
    group around it, under their full names.
    """
    apart: set[str] = set()
    while True:
        tree = _tree(names, apart)
        circling = _circling(tree, edges)
        if not circling:
            return tree
        apart |= circling


def _tree(names: Sequence[str], apart: set[str]) -> Tree:
    blocks = {name[:place] for name in names for place, character in enumerate(name) if character == "/"}
    numbers: dict[str, int] = {}
    parents: list[int] = []
    group_of = []
    for name in names:
        parent, path = -1, ""
        parts = name.split("/")
        for part in parts if name in blocks else parts[:-1]:
            path = f"{path}/{part}" if path else part
            if path in apart:
                continue
            if path not in numbers:
                numbers[path] = len(parents)
                parents.append(parent)
            parent = numbers[path]
        group_of.append(parent)
    return Tree(tuple(numbers), tuple(parents), tuple(group_of))


def _circling(tree: Tree, edges: Sequence[tuple[int, int]]) -> set[str]:
    """Names of groups on a circle, at the levels where there is one: the larger half of them, as the others may then be boxes."""
    sizes = [len(members) for members in tree.members()]
    count = len(tree.group_of)
    chains = {group: tuple(count + outer for outer in tree.chain(group)) for group in range(-1, len(tree.names))}
    levels: dict[int, dict[int, set[int]]] = {}
    for source, target in edges:
        here, there = (chains[group] for group in (tree.group_of[source], tree.group_of[target]))
        one, other = (*here, source), (*there, target)
        place = next(place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
        around = one[place - 1] if place else -1
        levels.setdefault(around, {}).setdefault(other[place], set()).add(one[place])
    circling = set[str]()
    for level in levels.values():
        for items in () if _is_ordered(level) else _circles(level):
            found = sorted((-sizes[item - count], tree.names[item - count]) for item in items if item >= count)
            circling |= {name for _, name in found[: (len(found) + 1) // 2]}
    return circling


def _is_ordered(level: Mapping[int, set[int]]) -> bool:
    try:
        TopologicalSorter(level).prepare()
    except CycleError:
        return False
    return True


def _circles(level: Mapping[int, set[int]]) -> Iterable[set[int]]:
    import networkx as nx  # type: ignore[import-untyped] # has no types  # noqa: PLC0415 - few networks have such groups

    graph = nx.DiGraph()
    graph.add_edges_from((source, target) for target, sources in level.items() for source in sources)
    return (items for items in nx.strongly_connected_components(graph) if len(items) > 1)
