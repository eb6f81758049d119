"""Channels, parameters and multiply-adds of every layer, where channels are given."""

from collections.abc import Container, Mapping, Sequence
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
    inputs: tuple[tuple[int, int | None], ...] = ()
    #: The node whose weights it cannot share; the text says why.
    owner: int | None = None


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
    problems += _share(graph, params)
    return Costs(tuple(channels), tuple(params), tuple(macs), tuple(problems), tuple(crashes), tuple(beyond))


def _share(graph: Graph, params: list[int | None]) -> list[ChannelProblem]:
    """Count the parameters of shared weights at the layer that has them, and nowhere else; return the layers that cannot share."""
    count = len(graph.inputs)
    shared = {
        node: weights for node, layer in enumerate(graph.layers, count) if (weights := layer.weights or 0) >= count and weights != node
    }
    owners = _owners(shared)
    problems = [
        # Of a circle, the layer that is written first has them after all.
        ChannelProblem(node, "is itself the layer whose weights that shares", owner=shared[node])
        if owner == node
        else ChannelProblem(node, reason, owner=owner)
        for node, owner in owners.items()
        if (reason := "" if owner in shared else _difference(graph, params, node, owner)) or owner == node
    ]
    for node, owner in owners.items():
        if owner != node:
            params[node] = 0
    return sorted(problems, key=lambda problem: problem.node)


def _owners(shared: Mapping[int, int]) -> dict[int, int]:
    """Follow who shares with whom to the end; of a circle that is its first node."""
    owners: dict[int, int] = {}
    for node in shared:
        passed: dict[int, None] = {}
        at = node
        while at in shared and at not in passed and at not in owners:
            passed[at] = None
            at = shared[at]
        circle = list(passed)[list(passed).index(at) :] if at in passed else [at]
        owners |= dict.fromkeys(passed, owners.get(at, min(circle)))
    return owners


def _difference(graph: Graph, params: Sequence[int | None], node: int, owner: int) -> str:
    """Why a layer cannot have the weights of another; empty where it can, and where that is not known."""
    layer, other = graph.layer(node), graph.layer(owner)
    if layer.broken or other.broken:
        return ""
    kinds = {graph.kind(layer), graph.kind(other)}
    # An autoencoder may decode with the weights that it encodes with.
    tied = kinds == {"conv", "conv_transpose"}
    if len(kinds) > 1 and not tied:
        return f"is no `{other.op}`"
    axes = len(graph.axes)
    (own, theirs) = (_kernel(each, axes) for each in (layer, other))
    if own != theirs:
        return f"has a kernel of {own} where that has {theirs}"
    if not tied and None not in (params[node], params[owner]) and params[node] != params[owner]:
        return f"would have {params[node]:,} parameters where that has {params[owner]:,}"
    return ""


def _kernel(layer: Layer, axes: int) -> str:
    kernel = layer.fields.get("kernel", 1)
    return "×".join(map(str, kernel if isinstance(kernel, (list, tuple)) else [kernel] * axes))


def _taps(layer: Layer, axes: int) -> int:
    if (kernel := layer.fields.get("kernel")) is None:
        return 1
    return prod(kernel) if isinstance(kernel, (list, tuple)) else kernel**axes
