"""RF009: channels that a layer cannot take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.engine.analysis import layer_of
from rflint.model.finding import Finding
from rflint.model.graph import field_site
from rflint.model.rule import Example, Rule
from rflint.model.site import Note
from rflint.rules._paths import node_site
from rflint.words.axes import LISTED, quoted
from rflint.words.numbers import axes_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rflint.engine.analysis import Analysis


def _check(analysis: Analysis) -> Iterable[Finding]:
    channels = analysis.costs.channels
    for problem in analysis.costs.problems:
        layer = layer_of(analysis, problem.node)
        merges = analysis.graph.ops[layer.op].merges
        by_count: dict[int, list[str]] = {}
        for source in layer.sources:
            if (count := channels[source]) is not None:
                by_count.setdefault(count, []).append(analysis.graph.node_name(source))
        if merges:
            said = [f"{count} from {quoted(names)}" for count, names in by_count.items()]
            more = [f"{len(said) - LISTED} more"] if len(said) > LISTED else []
            message = f"`{layer.name}` merges maps of different channels: {axes_text([*said[:LISTED], *more])}"
        else:
            message = f"`{layer.name}` {problem.text}"
        yield Finding(
            "RF009",
            message,
            field_site(layer, *(("from",) if merges else ("groups", "channels", "block", "from"))),
            help="project one of them with a 1×1 convolution, or `concat` them"
            if merges
            else "choose numbers of channels and groups that divide",
            layer=layer.name,
            related=tuple(
                Note(f"`{analysis.graph.node_name(source)}` has {channels[source]} channels", node_site(analysis, source))
                for source in dict.fromkeys(layer.sources[:LISTED])
                if channels[source] is not None
            ),
            data={"channels": [channels[source] for source in layer.sources]},
        )


RULE = Rule(
    code="RF009",
    name="channel-mismatch",
    severity="error",
    summary="channels that a merge or `groups` cannot take",
    docs="""
An elementwise merge of maps with different numbers of channels, or a number of channels that a layer's `groups`,
`block` or depthwise filters do not divide. Checked where channels are given, from the inputs on.

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
