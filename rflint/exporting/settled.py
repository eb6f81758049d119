"""A graph with all numbers filled in that a runnable network needs: sizes, channels, padding, partners of unpooling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rflint.algebra import AxisOp
from rflint.engine import analyze
from rflint.model import MISSING, ChannelError, CostQuestion, Graph, InputSpec, Layer
from rflint.ops import OPS

#: Channels of an input of which the spec does not say any.
_NOMINAL_CHANNELS = 3
_MAKES_CHANNELS = frozenset(("conv", "separable_conv", "deformable_conv", "conv_transpose", "dense", "rnn"))


class ExportFailure(Exception):  # noqa: N818 - a failure of the spec, which a line tells
    """The network cannot be exported; the message says which layer, and why."""


class Settled(NamedTuple):
    """One layer with all its numbers."""

    name: str
    #: Of the ops table; of a variant, the op that it is one of.
    op: str
    fields: Mapping[str, Any]
    #: Names of inputs and layers.
    sources: tuple[str, ...]
    #: What it does on each axis.
    axes: tuple[AxisOp, ...]
    #: Samples of each source, one entry per axis; None: unknown.
    sizes_in: tuple[tuple[int | None, ...], ...]
    size: tuple[int | None, ...]
    channels_in: tuple[int, ...]
    channels: int
    #: Samples of the map that gives a size; empty: there is none.
    like: tuple[int | None, ...] = ()
    #: The map that gives a size.
    like_name: str | None = None
    #: The layer whose weights it shares.
    weights: str | None = None
    #: Of unpooling: the pooling that it undoes.
    partner: str | None = None
    #: Samples of the map in which that found its maxima.
    partner_size: tuple[int | None, ...] = ()


class Network(NamedTuple):
    """All layers, in topological order."""

    name: str
    axes: tuple[str, ...]
    #: With channels.
    inputs: tuple[InputSpec, ...]
    layers: tuple[Settled, ...]
    outputs: tuple[str, ...]
    #: Poolings whose places an unpooling needs.
    partners: frozenset[str]
    #: What the user should know, one sentence each.
    notes: tuple[str, ...]
    #: The graph that it was made of, with channels.
    graph: Graph


def settle(graph: Graph) -> Network:
    """Fill in what a spec may leave open; raises ExportFailure for what no network can be made of."""
    for layer in graph.layers:
        _refuse(graph, layer)
    filled, notes = _with_channels(graph)
    analysis = analyze(filled)
    if analysis.costs.problems:
        problem = analysis.costs.problems[0]
        raise ExportFailure(f"layer `{filled.node_name(problem.node)}` {problem.text}")
    sizes = [tuple(axis.size(node) for axis in analysis.axes) for node in range(len(filled.inputs) + len(filled.layers))]
    channels = [each or 1 for each in analysis.costs.channels]
    partners = _partners(filled, sizes, channels)
    pooled = {layer.name: layer.sources[0] for layer in filled.layers if layer.name in partners.values()}
    layers = tuple(
        Settled(
            name=layer.name,
            op=filled.kind(layer),
            fields=layer.fields,
            sources=tuple(map(filled.node_name, layer.sources)),
            axes=tuple(filled.ops[layer.op].lower(layer.fields, axis, filled.axes) for axis in range(len(filled.axes))),
            sizes_in=tuple(sizes[source] for source in layer.sources),
            size=sizes[node],
            channels_in=tuple(channels[source] for source in layer.sources),
            channels=channels[node],
            like=() if layer.like is None else sizes[layer.like],
            like_name=None if layer.like is None else filled.node_name(layer.like),
            weights=None if layer.weights in (None, node) else filled.node_name(layer.weights or 0),
            partner=partners.get(layer.name),
            partner_size=sizes[pooled[partners[layer.name]]] if layer.name in partners else (),
        )
        for node, layer in enumerate(filled.layers, len(filled.inputs))
    )
    outputs = tuple(dict.fromkeys(map(filled.node_name, filled.outputs)))
    return Network(filled.name, filled.axes, filled.inputs, layers, outputs, frozenset(partners.values()), notes, filled)


def _refuse(graph: Graph, layer: Layer) -> None:
    if layer.broken or MISSING in layer.sources:
        raise ExportFailure(f"layer `{layer.name}` is broken; `rflint check` tells how")
    kind = graph.kind(layer)
    if kind not in OPS:
        raise ExportFailure(f"layer `{layer.name}`: nobody said what op `{layer.op}` of a plug-in does, only how far it reaches")
    if kind == "unknown":
        original = layer.fields.get("original")
        raise ExportFailure(f"layer `{layer.name}` is unknown" + (f": `{original}` of the model it was imported from" if original else ""))
    if kind == "stack":
        raise ExportFailure(f"layer `{layer.name}`: `stack` makes an axis that the layers behind it, as written, know nothing of")


def _with_channels(graph: Graph) -> tuple[Graph, tuple[str, ...]]:
    """Give channels to inputs and layers of which the spec does not say any: a few, or as many as come in."""
    inputs = tuple(each if each.channels else each._replace(channels=_NOMINAL_CHANNELS) for each in graph.inputs)
    channels = [each.channels for each in inputs]
    layers: list[Layer] = []
    opened: list[str] = []
    for layer in graph.layers:
        given = tuple(channels[source] for source in layer.sources)
        if graph.kind(layer) in _MAKES_CHANNELS and "channels" not in layer.fields:
            opened.append(layer.name)
            layer = layer._replace(fields={**layer.fields, "channels": given[0] or _NOMINAL_CHANNELS})  # noqa: PLW2901 - the same layer, in full
        layers.append(layer)
        try:
            cost = graph.ops[layer.op].cost(CostQuestion(layer.fields, given, 1, len(graph.axes), None, None))
            channels.append(cost.channels)
        except ChannelError as error:
            raise ExportFailure(f"layer `{layer.name}` {error}") from None
    notes = []
    if inputs != graph.inputs:
        notes.append(f"inputs without channels have {_NOMINAL_CHANNELS}")
    if opened:
        names = ", ".join(f"`{name}`" for name in opened[:3]) + (", …" if len(opened) > 3 else "")
        notes.append(f"layers without channels ({names}) make as many as they read")
    return graph._replace(inputs=inputs, layers=tuple(layers)), tuple(notes)


def _partners(graph: Graph, sizes: Sequence[tuple[int | None, ...]], channels: Sequence[int]) -> Mapping[str, str]:
    """Find the pooling that each unpooling undoes: the nearest before it, of the same geometry, that no other one undoes."""
    count = len(graph.inputs)
    found: dict[str, str] = {}
    pools: list[tuple[int, Layer]] = []
    for node, layer in enumerate(graph.layers, count):
        kind = graph.kind(layer)
        if kind == "max_pool":
            pools.append((node, layer))
        if kind != "max_unpool":
            continue
        source = layer.sources[0]
        for place in reversed(range(len(pools))):
            pooled, pool = pools[place]
            same = all(pool.fields.get(name) == layer.fields.get(name) for name in ("kernel", "stride"))
            if same and sizes[pooled] == sizes[source] and channels[pooled] == channels[source]:
                found[layer.name] = pool.name
                del pools[place]
                break
        else:
            raise ExportFailure(
                f"layer `{layer.name}`: `max_unpool` needs the places that a `max_pool` of the same kernel, stride and channels found, "
                "and there is none before it"
            )
    return found


def whole(sizes: Sequence[int | None], layer: Settled) -> tuple[int, ...]:
    """Return sizes that have to be known; raises ExportFailure where they are not."""
    known = tuple(size for size in sizes if size is not None)
    if len(known) != len(sizes):
        raise ExportFailure(f"layer `{layer.name}`: `{layer.op}` needs the size of its input; give one to the network with --size")
    return known
