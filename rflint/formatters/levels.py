"""Where the boxes of a network stand, block by block: each block is laid out for itself, as if those in it were folded.

Whoever draws opens one block inside another without laying out anything: a box that grows moves what is around it.
"""

from __future__ import annotations

from typing import Any, Final

from rflint.drawing import ROOT, Node, Tree, connected, grouped, lay_out, scale
from rflint.model import SpecReport

#: What stands in a level: a layer or input, a block, a map that comes in, one that leaves.
_NODE, _GROUP, _ENTRY, _EXIT = range(4)
_HEIGHT: Final = 36
_LEAST, _MOST, _CHARACTER = 84, 200, 7
_PORT: Final = 2

#: Kind and number of an item.
_Item = tuple[int, int]


def drawing(spec: SpecReport) -> dict[str, Any]:
    """Groups and levels of a spec; nodes are numbered inputs first, then layers, in the order of the report.

    A level is the inside of a group, the first one that of all: `items` are `[kind, number, left, top, width, height]`,
    `routes` `[from item, to item, [x, y, …], node whose map it carries]`, in pixels from the upper left corner.  `scales` has for each
    input what the colours say.
    """
    names, edges = connected(spec)
    tree = grouped(names, edges)
    members = tree.members()
    levels = _levels(spec, tree, members, names, edges)
    groups = [
        {
            "name": name,
            "parent": parent,
            "nodes": nodes,
            "end": _end(spec, name, nodes, names),
            "times": _times(tree, number),
            "level": number + 1,
        }
        for number, (name, parent, nodes) in enumerate(zip(tree.names, tree.parents, members, strict=True))
    ]
    return {"groups": groups, "around": tree.group_of, "levels": levels, "scales": [_scale(spec, item.name) for item in spec.inputs]}


def _end(spec: SpecReport, group: str, nodes: tuple[int, ...], names: tuple[str, ...]) -> int:
    """The node that stands for a block: its output, or else the last one inside."""
    output = spec.instances.get(group)
    return next((node for node in nodes if names[node] == output), nodes[-1])


def _scale(spec: SpecReport, name: str) -> dict[str, Any]:
    """What colours of layers say: a role of the palette for each step, and the receptive field from which on it is that one."""
    held = scale(spec, name)
    return {"roles": held.roles, "words": held.words, "marks": [mark.size for mark in held.marks]}


def _times(tree: Tree, group: int) -> int:
    """How many copies a group holds, where it holds nothing else."""
    inside = [name.rpartition("/")[2] for name, parent in zip(tree.names, tree.parents, strict=True) if parent == group]
    alone = group not in tree.group_of
    return len(inside) if alone and len(inside) > 1 and all(map(str.isdecimal, inside)) else 1


def _levels(
    spec: SpecReport, tree: Tree, members: tuple[tuple[int, ...], ...], names: tuple[str, ...], edges: list[tuple[int, int]]
) -> list[dict[str, Any]]:
    around = [tree.chain(group) for group in tree.group_of]
    # By level: its items in order, and its links with the node whose map each carries.
    items: list[dict[_Item, None]] = [{} for _ in range(len(tree.names) + 1)]
    links: list[dict[tuple[_Item, _Item], int]] = [{} for _ in items]
    for node, groups in enumerate(around):
        for outer, inner in zip((ROOT, *groups), (*((_GROUP, group) for group in groups), (_NODE, node)), strict=True):
            items[outer + 1].setdefault(inner)
    for source, target in edges:
        here, there = around[source], around[target]
        common = next(
            (place for place, (one, other) in enumerate(zip(here, there, strict=False)) if one != other), min(len(here), len(there))
        )
        leaving = [(_NODE, source), *((_GROUP, group) for group in reversed(here[common:]))]
        coming = [(_NODE, target), *((_GROUP, group) for group in reversed(there[common:]))]
        for item, group in zip(leaving, reversed(here[common:]), strict=False):
            links[group + 1].setdefault((item, (_EXIT, source)), source)
        for item, group in zip(coming, reversed(there[common:]), strict=False):
            links[group + 1].setdefault(((_ENTRY, source), item), source)
        level = here[common - 1] if common else ROOT
        links[level + 1].setdefault((leaving[-1], coming[-1]), source)
    for own, joined in zip(items, links, strict=True):
        for pair in joined:
            for item in pair:
                own.setdefault(item)
    titles = [_title(name) for name in names]
    blocks = [f"{_title(name)} ×{_times(tree, number)}" for number, name in enumerate(tree.names)]
    details = [*(" " * 12 for _ in spec.inputs), *(f"{layer.op} · RF 0,000…0,000" for layer in spec.layers)]
    counts = [f"{len(nodes)} layers · RF 0,000…0,000" for nodes in members]
    made = []
    for own, joined in zip(items, links, strict=True):
        places = {item: place for place, item in enumerate(own)}
        boxes = []
        for kind, number in own:
            if kind == _NODE:
                boxes.append(Node(names[number], _width(titles[number], details[number]), _HEIGHT))
            elif kind == _GROUP:
                boxes.append(Node(tree.names[number], _width(blocks[number], counts[number]), _HEIGHT + 4))
            else:
                boxes.append(Node(f"{kind} {names[number]}", _PORT, _PORT))
        layout = lay_out(boxes, [(places[source], places[target]) for source, target in joined])
        carried = {(places[source], places[target]): node for (source, target), node in joined.items()}
        made.append(
            {
                "width": round(layout.width, 1),
                "height": round(layout.height, 1),
                "items": [
                    [*item, *(round(value, 1) for value in rect)] for item, rect in zip(own, layout.nodes, strict=True) if rect is not None
                ],
                "routes": [
                    [
                        route.source,
                        route.target,
                        [round(value, 1) for point in route.points for value in point],
                        carried[route.source, route.target],
                    ]
                    for route in layout.routes
                ],
            }
        )
    return made


def _title(name: str) -> str:
    return name.rpartition("/")[2] or name


def _width(title: str, detail: str) -> float:
    return min(max(len(title) * _CHARACTER + 16, len(detail) * (_CHARACTER - 1) + 12, _LEAST), _MOST)
