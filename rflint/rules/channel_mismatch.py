"""RF009: channels that a layer cannot take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rflint.engine import Analysis
from rflint.model import Example, Finding, Graph, Layer, Note, Rule
from rflint.words import LISTED, counted, listing, quoted


def _check(analysis: Analysis) -> Iterator[Finding]:
    graph = analysis.graph
    for node, text, inputs, owner in analysis.costs.problems:
        layer = graph.layer(node)
        if owner is not None:
            yield _unshared(graph, layer, text, owner)
            continue
        merges = graph.ops[layer.op].merges
        yield Finding(
            "RF009",
            f"`{layer.name}` {_merged_channels(graph, inputs) if merges else text}",
            layer.field_site(*(("from",) if merges else ("groups", "channels", "block", "from"))),
            help=_merge_help(graph, layer, inputs) if merges else "choose numbers of channels and groups that divide",
            layer=layer.name,
            related=tuple(
                Note(f"`{graph.node_name(source)}` has {counted(channels, 'channel')}", graph.site(source))
                for source, channels in dict.fromkeys(inputs[:LISTED])
                if channels is not None
            ),
            data={"channels": [channels for _, channels in inputs]},
        )


def _unshared(graph: Graph, layer: Layer, text: str, owner: int) -> Finding:
    name = graph.node_name(owner)
    return Finding(
        "RF009",
        f"`{layer.name}` cannot share the weights of `{name}`: it {text}",
        layer.field_site("weights"),
        help="give both the same op, kernel, groups and channels, or each its own weights",
        layer=layer.name,
        related=(Note(f"`{name}` is here", graph.site(owner)),),
        data={"weights": name},
    )


def _merge_help(graph: Graph, layer: Layer, inputs: Iterable[tuple[int, int | None]]) -> str:
    channels = {channels for _, channels in inputs if channels is not None}
    if 1 in channels and len(channels) == 2 and graph.takes(layer, "broadcast"):
        return "`broadcast: true` where the one channel stands for all, as a gate does; else project it with a 1×1 convolution"
    return "project one of them with a 1×1 convolution, or `concat` them"


def _merged_channels(graph: Graph, inputs: Iterable[tuple[int, int | None]]) -> str:
    by_channels: dict[int, list[str]] = {}
    for source, channels in inputs:
        if channels is not None:
            by_channels.setdefault(channels, []).append(graph.node_name(source))
    said = [f"{channels} from {quoted(names)}" for channels, names in by_channels.items()]
    more = [f"{len(said) - LISTED} more"] if len(said) > LISTED else []
    return f"merges maps of different channels: {listing([*said[:LISTED], *more])}"


RULE = Rule(
    code="RF009",
    name="channel-mismatch",
    severity="error",
    summary="channels that a merge or `groups` cannot take",
    docs="""
An elementwise merge of maps with different numbers of channels, or a number of channels that a layer's `groups`,
`block` or depthwise filters do not divide; or `weights` of a layer of another shape. Checked where channels are given,
from the inputs on.

## Why it matters

No framework runs such a network. In a design it mostly means that a projection is missing, or that a width was changed
in one place of two.

## How to mend it

The message names the channels of each path. Project the shortcut with a 1×1 convolution where a block widens (the
`project` parameter of a residual block), use `concat` where both are to be kept, and choose `groups` that divide the
channels on both sides.

## When it is fine

Never: this cannot be suppressed or switched off. Leave `channels` out where they are not decided: what is not given is
not checked.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {channels: 64}
layers:
  - {name: narrow, op: conv, kernel: 1, channels: 64}
  - {name: wide, op: conv, kernel: 1, channels: 256}
  - {name: sum, op: add, from: [wide, image]}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {channels: 64}
layers:
  - {name: narrow, op: conv, kernel: 1, channels: 64}
  - {name: wide, op: conv, kernel: 1, channels: 256}
  - {name: project, op: conv, kernel: 1, channels: 256, from: image}
  - {name: sum, op: add, from: [wide, project]}
""",
    ),
    check=_check,
)
