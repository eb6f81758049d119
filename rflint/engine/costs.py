"""Channels, parameters and multiply-adds of every layer, where channels are given."""

from collections.abc import Container, Sequence
from math import prod
from typing import Final, Literal, NamedTuple, get_args

from rflint.algebra import LARGEST_COMPUTED
from rflint.model import MISSING, ChannelError, Cost, CostQuestion, Graph, Layer, OpCrash

Count = Literal["channels", "params", "macs"]
COUNTS: Final[tuple[Count, ...]] = get_args(Count)


class ChannelProblem(NamedTuple):
    """A layer that cannot take its channels; `text` continues "layer `x` …"."""

    node: int
    text: str
    #: Nodes that it reads, and the channels of each; None where unknown.
    inputs: tuple[tuple[int, int | None], ...]


class Costs(NamedTuple):
    """Tuples are indexed by node."""

    channels: tuple[int | None, ...]
    #: Learnt numbers of each layer.
    params: tuple[int | None, ...]
    #: Multiply-adds of each layer for one input.
    macs: tuple[int | None, ...]
    problems: tuple[ChannelProblem, ...]
    #: Nodes whose op failed to count, and how: ops of plug-ins only.
    crashes: tuple[tuple[int, str], ...] = ()
    #: Nodes of which a count, by its name here, is larger than any that is computed with: it counts as unknown.
    beyond: tuple[tuple[int, Count], ...] = ()


def count_costs(graph: Graph, samples: Sequence[int | None], opaque: Container[int] = ()) -> Costs:
    """One forward sweep over maps of so many samples; of the layers at the nodes `opaque` nothing can be counted."""
    count = len(graph.inputs)
    total = count + len(graph.layers)
    channels: list[int | None] = [item.channels for item in graph.inputs] + [None] * len(graph.layers)
    params: list[int | None] = [0] * total
    macs: list[int | None] = [0] * total
    problems: list[ChannelProblem] = []
    crashes: list[tuple[int, str]] = []
    beyond: list[tuple[int, Count]] = []
    for node, layer in enumerate(graph.layers, count):
        op = graph.ops.get(layer.op)
        if op is None or layer.broken or MISSING in layer.sources or node in opaque:
            params[node] = macs[node] = None
            continue
        question = CostQuestion(
            layer.fields,
            tuple([channels[source] for source in layer.sources]),
            _taps(layer, len(graph.axes)),
            len(graph.axes),
            samples[layer.sources[0]] if layer.sources else None,
            samples[node],
        )
        try:
            cost = op.cost(question)
        except ChannelError as error:
            problems.append(ChannelProblem(node, str(error), tuple(zip(layer.sources, question.channels, strict=True))))
            cost = Cost(layer.fields.get("channels"), None, None)
        except OpCrash as crash:
            crashes.append((node, str(crash)))
            cost = Cost(None, None, None)
        if max(cost.channels or 0, cost.params or 0, cost.macs or 0) > LARGEST_COMPUTED:
            large = [name for name in COUNTS if (getattr(cost, name) or 0) > LARGEST_COMPUTED]
            beyond += [(node, name) for name in large]
            cost = cost._replace(**dict.fromkeys(large))
        channels[node], params[node], macs[node] = cost.channels, cost.params, cost.macs
    return Costs(tuple(channels), tuple(params), tuple(macs), tuple(problems), tuple(crashes), tuple(beyond))


def _taps(layer: Layer, axes: int) -> int:
    if (kernel := layer.fields.get("kernel")) is None:
        return 1
    return prod(kernel) if isinstance(kernel, (list, tuple)) else kernel**axes
