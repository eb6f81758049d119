"""From wiring to order: wires give way to what they stand for, cycles are found and cut, layers sorted."""

from collections import deque
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from rflint.language.collector import Collector
from rflint.language.wiring import Wiring
from rflint.model import MISSING, Note, Site
from rflint.words import clip

#: Marks of wires while it is found out what they stand for.
_UNKNOWN: Final = -2
_ASKED: Final = -3
#: Layers of a cycle that are named.
_MOST_NAMED: Final = 20


class Arrangement(NamedTuple):
    """Layers in topological order, in the order written where that is one."""

    order: list[int]
    #: For each node, its number in the graph; MISSING where it stands for nothing.
    numbers: list[int]

    def number(self, node: int) -> int:
        """Return the number of a node in the graph."""
        return MISSING if node == MISSING else self.numbers[node]


def arrange(wiring: Wiring, inputs: int, collector: Collector) -> Arrangement:
    """Arrange the layers; those that feed themselves lose the connections by which they do, and are broken."""
    targets, circular = _targets(wiring)
    order = None if circular else _sorted(wiring, inputs, targets)
    if order is None:
        for component in _components(wiring):
            _report(_cycle(wiring, component), wiring, collector)
            _cut(wiring, component)
        targets, _ = _targets(wiring)
        order = _sorted(wiring, inputs, targets)
        assert order is not None
    numbers = [MISSING] * len(targets)
    numbers[:inputs] = range(inputs)
    for number, node in enumerate(order, inputs):
        numbers[node] = number
    for wire in wiring.wires:
        target = targets[wire]
        numbers[wire] = MISSING if target == MISSING else numbers[target]
    return Arrangement(order, numbers)


def _targets(wiring: Wiring) -> tuple[list[int], bool]:
    """Find for each node the layer or input that it stands for, and whether there are wires that lead back to themselves."""
    targets = list(range(len(wiring.names)))
    circular = False
    for wire in wiring.wires:
        targets[wire] = _UNKNOWN
    for wire in wiring.wires:
        trail = []
        at = wire
        while at != MISSING and targets[at] == _UNKNOWN:
            targets[at] = _ASKED
            trail.append(at)
            (at,) = wiring.sources[at]
        end = MISSING if at == MISSING else targets[at]
        if end == _ASKED:
            circular = True
            end = MISSING
        for passed in trail:
            targets[passed] = end
    return targets, circular


def _reads(wiring: Wiring, node: int) -> tuple[int, ...]:
    """List what a node depends on, MISSING among it."""
    like = wiring.likes.get(node)
    return wiring.sources[node] if like is None else (*wiring.sources[node], like)


def _sorted(wiring: Wiring, inputs: int, targets: list[int]) -> list[int] | None:
    """Sort the layers, each after what it reads, otherwise as written; None where that cannot be."""
    layers = [node for node in range(inputs, len(targets)) if wiring.layers[node] is not None]
    # `targets` has the last node under MISSING, which is harmless here: at worst layers are sorted that are in order.
    if all(targets[source] < node for node in layers for source in _reads(wiring, node)):
        return layers
    readers: dict[int, list[int]] = {}
    waits: dict[int, int] = {}
    for node in layers:
        sources = {targets[source] for source in _reads(wiring, node) if source != MISSING}
        sources.discard(MISSING)
        waits[node] = 0
        for source in sources:
            if source >= inputs:
                readers.setdefault(source, []).append(node)
                waits[node] += 1
    ready = [node for node in layers if not waits[node]]
    heapify(ready)
    order = []
    while ready:
        node = heappop(ready)
        order.append(node)
        for reader in readers.get(node, ()):
            waits[reader] -= 1
            if not waits[reader]:
                heappush(ready, reader)
    return order if len(order) == len(layers) else None


def _components(wiring: Wiring) -> list[set[int]]:
    """Find the sets of nodes that all feed each other, the first first."""
    import networkx as nx  # type: ignore[import-untyped] # has no types  # noqa: PLC0415 - start-up

    graph = nx.DiGraph()
    for node in range(len(wiring.names)):
        graph.add_edges_from((source, node) for source in _reads(wiring, node) if source != MISSING)
    components = nx.strongly_connected_components(graph)
    return sorted((found for found in components if len(found) > 1 or graph.has_edge(*found, *found)), key=min)


def _cycle(wiring: Wiring, component: set[int]) -> list[int]:
    """Find the shortest cycle through the first layer of a component, from there on; without the wires that carry it into blocks."""
    start = min((node for node in component if wiring.layers[node] is not None), default=min(component))
    before: dict[int, int] = {}
    waiting = deque([start])
    while start not in before:
        node = waiting.popleft()
        for source in sorted({*_reads(wiring, node)} & component):
            if source not in before:
                before[source] = node
                waiting.append(source)
    # `before` leads from a node to one that reads it: in the direction of the signal.
    cycle = [start]
    while (following := before[cycle[-1]]) != start:
        cycle.append(following)
    return [node for node in cycle if wiring.layers[node] is not None or node in wiring.left_out] or cycle


def _report(cycle: list[int], wiring: Wiring, collector: Collector) -> None:
    first = cycle[0]
    names = [f"`{clip(wiring.names[node])}`" for node in [*cycle, first]]
    if len(cycle) == 1:
        message = f"{names[0]} reads itself"
    else:
        shown = [*names[:_MOST_NAMED], f"… ({len(cycle) - _MOST_NAMED} more)", names[-1]] if len(cycle) > _MOST_NAMED else names
        message = f"{names[0]} feeds itself: {' → '.join(shown)}"
    collector.add(
        "RF005",
        message,
        Site(_site(wiring, first).file, (*_site(wiring, first).path, "from")),
        layer=wiring.names[first],
        related=tuple(Note(f"{name} is here", _site(wiring, node)) for name, node in zip(names[1:-1], cycle[1:_MOST_NAMED], strict=False)),
        uses=() if (record := wiring.layers[first]) is None else record.uses,
    )


def _site(wiring: Wiring, node: int) -> Site:
    record = wiring.layers[node]
    return wiring.wires[node] if record is None else record.site


def _cut(wiring: Wiring, component: set[int]) -> None:
    """Take away the connections inside a component."""
    for node in component:
        wiring.sources[node] = tuple(MISSING if source in component else source for source in wiring.sources[node])
        if wiring.likes.get(node) in component:
            wiring.likes[node] = MISSING
        if wiring.layers[node] is not None:
            wiring.broken.add(node)
