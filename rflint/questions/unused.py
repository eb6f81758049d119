"""Layers that lead nowhere, and what else nothing needs without them."""

from collections.abc import Iterator
from typing import NamedTuple

from rflint.model import Graph


class DeadEnd(NamedTuple):
    """A layer that nothing reads and nothing names."""

    node: int
    #: The layer, and the layers that only it reads.
    removable: tuple[int, ...]


def dead_ends(graph: Graph) -> Iterator[DeadEnd]:
    """All of them, in the graph's order; of a block only what no copy of it needs.

    None where `outputs` is not written, or where a layer is broken: whatever nothing reads may be what it means to read.
    """
    if not any(site.path[:1] == ("outputs",) for site in graph.output_sites) or any(layer.broken for layer in graph.layers):
        return
    count = len(graph.inputs)
    needed = [False] * (count + len(graph.layers))
    for node in (*graph.outputs, *(target.node for target in graph.targets), *(expectation.node for expectation in graph.expectations)):
        needed[node] = True
    readers = [0] * len(needed)
    for node in range(len(needed) - 1, count - 1, -1):
        for source in _read(graph, node):
            readers[source] += 1
            needed[source] = needed[source] or needed[node]
    if all(needed[count:]):
        return
    useful = {layer.site for node, layer in enumerate(graph.layers, count) if needed[node]}
    yield from (
        DeadEnd(node, tuple(_removable(graph, node, needed, readers)))
        for node, layer in enumerate(graph.layers, count)
        if not needed[node] and not readers[node] and layer.site not in useful
    )


def _read(graph: Graph, node: int) -> Iterator[int]:
    """Nodes that a layer reads, for their values or for their size."""
    layer = graph.layer(node)
    yield from layer.sources
    if layer.like is not None:
        yield layer.like


def _removable(graph: Graph, node: int, needed: list[bool], readers: list[int]) -> list[int]:
    """A layer that nothing reads, and what only it reads, directly or through others of these."""
    left: dict[int, int] = {}
    removed = [node]
    for reader in removed:
        for source in _read(graph, reader):
            left[source] = left.get(source, readers[source]) - 1
            if not left[source] and not needed[source] and source >= len(graph.inputs):
                removed.append(source)
    return removed
