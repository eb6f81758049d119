"""RF206: a target that cannot be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rflint.engine import Analysis
from rflint.model import Example, Finding, Note, Rule
from rflint.questions.targets import judge_targets
from rflint.rules._targets import size_site
from rflint.words import axes_text

#: Why a target cannot be judged -> what is said of the layer, and what to do.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "position-dependent": (
        "what it sees differs from position to position",
        "declare the size of the input (every position can be looked at then), or mend the merge where paths of different stride meet",
    ),
    "size-dependent": ("what it sees depends on the size of the input, which is not declared", "declare the size of the input"),
    "unknown-op": (
        "an op on the way to it is not known",
        "describe that op, with `op: window` for instance; or state the target at a layer before it",
    ),
    "empty-phase": ("its features see nothing", "state the target at a layer that sees the input"),
    "beyond-limits": ("numbers on the way to it are too large to be computed with", "mend what RF013 says first"),
    "no-path": ("it does not depend on this input", "name the `input` that the layer sees, or another layer"),
}


def _check(analysis: Analysis) -> Iterator[Finding]:
    for verdict in judge_targets(analysis):
        undecided = [axis for axis in verdict.axes if axis.verdict == "unknown"]
        if verdict.verdict != "unknown" or not undecided:
            continue
        target, layer, names = verdict.target, analysis.graph.node_name(verdict.target.node), tuple(axis.axis for axis in undecided)
        why = undecided[0].why or "size-dependent"
        if why == "unknown-op" and any(layer.broken for layer in analysis.graph.layers):
            # What keeps it from being known has its own finding, which says how to mend it.
            continue
        reason, way_out = _WORDS.get(why, _WORDS["size-dependent"])
        yield Finding(
            "RF206",
            f"whether `{layer}` sees target `{target.name}` of `{verdict.input}` is not decided on {axes_text(names)}: {reason}",
            size_site(target),
            help=way_out,
            layer=layer,
            input=verdict.input,
            axes=names,
            related=(Note(f"`{layer}` is computed here", analysis.graph.site(target.node)),),
            data={"target": target.name, "why": why},
        )


RULE = Rule(
    code="RF206",
    name="target-undecided",
    severity="warning",
    summary="a target that cannot be judged, and why",
    docs="""
What the layer sees is not known well enough to say whether it sees the target: an op on the way is not known, paths of
different stride meet at an input size that is not declared, or the layer does not depend on the input that the target
names.

## Why it matters

A target is written down so that a change which loses it is noticed. One that nobody judges looks like one that holds.

## How to mend it

The finding says what is missing. Mostly it is the size of the input: where it is declared, what differs from position
to position is followed position by position, and the largest, the smallest and the guaranteed size hold for all of
them.

## When it is fine

While an op of an imported network is not described yet. Suppress the finding there, with the reason.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
axes: [t]
layers:
  - {name: near, op: conv, kernel: 3, padding: 1}
  - {name: far, op: conv, kernel: 7, padding: 3, from: input}
  - {name: joined, op: concat, axis: t, from: [near, far]}
targets:
  - {name: face, size: 4, layer: joined}
""",
        passing="""\
rflint: 1
name: toy
axes: [t]
layers:
  - {name: near, op: conv, kernel: 3, padding: 1}
  - {name: far, op: conv, kernel: 7, padding: 3, from: input}
  - {name: stacked, op: concat, from: [near, far]}
targets:
  - {name: face, size: 4, layer: stacked}
""",
    ),
    check=_check,
)
