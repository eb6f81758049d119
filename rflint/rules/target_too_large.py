"""RF201: a target that no feature can see."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Example, Finding, Note, Rule
from rflint.questions.targets import judged
from rflint.rules._targets import needed_words, size_site
from rflint.words import axis_by_axis


def _check(analysis: Analysis) -> Iterator[Finding]:
    for verdict, seer in judged(analysis, "too-large"):
        target, axes = verdict.target, [axis for axis in verdict.axes if axis.verdict == "too-large"]
        layer = analysis.graph.node_name(target.node)
        said = axis_by_axis({axis.axis: f"{needed_words(verdict, axis)}, its receptive field is {axis.receptive_field}" for axis in axes})
        yield Finding(
            "RF201",
            f"no feature of `{layer}` can see target `{target.name}`: {said}",
            size_site(target),
            help=(f"look for it at `{seer}`, the first layer that sees it wherever it stands; or " if seer else "")
            + f"give `{layer}` a larger receptive field: a dilation, a larger kernel, or a stride further up",
            layer=layer,
            input=verdict.input,
            axes=tuple(axis.axis for axis in axes),
            related=(Note(f"`{layer}` is computed here", analysis.graph.site(target.node)),),
            data={
                "target": target.name,
                "needed": [axis.needed for axis in axes],
                "receptive_field": [axis.receptive_field for axis in axes],
                "sees_it": seer,
            },
        )


RULE = Rule(
    code="RF201",
    name="target-too-large",
    severity="error",
    summary="a target no feature can see",
    docs="""
An object of a `targets` entry is larger than the receptive field of the layer that is to see it.

## Why it matters

A feature depends on `r` input samples and no others. If the part of the object that must be seen,
`t = ⌈size · coverage⌉`, is larger than `r`, then no feature of the layer ever gets to see it: what lies outside cannot
influence the decision, whatever the weights. Global gates (`squeeze_excite`, …) do not help to locate anything and do
not count.

## How to mend it

Look for the object at a deeper layer (the finding names the first one that is sure to see it), or enlarge the receptive
field where it is cheap: one more stride before the layer doubles what every later window adds; a dilation `d` makes a
window add `d·(k - 1)` for the price of `k - 1`. If seeing a part is enough, say so with `coverage`.

## When it is fine

Where the size in the spec is that of a whole scene of which the layer decides only texture, lower `coverage`, or
`# rflint: ignore[RF201] why` at the target.

## References

Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, doi
10.23915/distill.00021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: conv1, op: conv, kernel: 3, padding: 1}
  - {name: conv2, op: conv, kernel: 3, padding: 1}
  - {name: head, op: conv, kernel: 3, padding: 1}
targets:
  - {name: sign, size: 12, layer: head}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: conv1, op: conv, kernel: 3, padding: 1}
  - {name: conv2, op: conv, kernel: 3, padding: 2, dilation: 2}
  - {name: head, op: conv, kernel: 3, padding: 3, dilation: 3}
targets:
  - {name: sign, size: 12, layer: head}
""",
    ),
    check=_check,
)
