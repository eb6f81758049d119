"""Layers that cannot take their channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.engine.analysis import Analysis


class ChannelConflict(NamedTuple):
    """One such layer."""

    node: int
    #: What is wrong, for a sentence that begins with the layer.
    text: str
    #: Whether it is a merge, which wants the same number from all it reads.
    merges: bool
    #: Nodes that it reads, and the channels of each; None where unknown.
    inputs: tuple[tuple[int, int | None], ...]


def channel_conflicts(analysis: Analysis) -> Iterator[ChannelConflict]:
    """All of them, in the graph's order."""
    graph, costs = analysis.graph, analysis.costs
    for problem in costs.problems:
        layer = graph.layer(problem.node)
        inputs = tuple((source, costs.channels[source]) for source in layer.sources)
        yield ChannelConflict(problem.node, problem.text, graph.ops[layer.op].group == "merging", inputs)
