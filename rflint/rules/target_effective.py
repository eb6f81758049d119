"""RF203: the expected effective receptive field is smaller than a target."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Example, Finding, Rule
from rflint.questions.effective import underweighted_targets
from rflint.words import axes_text


def _check(analysis: Analysis) -> Iterator[Finding]:
    for verdict, small, effective in underweighted_targets(analysis):
        target, first = verdict.target, small[0]
        axes = tuple(axis.axis for axis in small)
        layer = analysis.graph.node_name(target.node)
        yield Finding(
            "RF203",
            f"target `{target.name}` needs {first.needed} samples on {axes_text(axes)}; `{layer}` reaches "
            f"{first.receptive_field}, but most of its weight falls on about {effective:.0f}",
            target.site,
            help="the estimate (4 sigma of equal path weights, Luo et al. 2016) is for an untrained network: "
            "training widens it, so take it as a hint",
            layer=layer,
            input=verdict.input,
            axes=axes,
            data={"effective": round(effective, 1), "needed": first.needed},
        )


RULE = Rule(
    code="RF203",
    name="target-effective",
    severity="info",
    summary="the expected effective receptive field is smaller than a target",
    docs="""
The receptive field reaches as far as a target is large, but the expected *effective* receptive field does not.

## Why it matters

The influence of input samples on a feature is nowhere near uniform: it is the sum over all paths, which crowds around
the centre like a Gaussian. Its standard deviation grows with the square root of depth only. With equal weights in every
window (the taps of a kernel weigh `1/k` each, merging branches mix equally) mean and variance follow exactly, and four
standard deviations are taken as the effective size.

## How to mend it

Read the target at a deeper or coarser layer, use larger strides or dilations before it, or accept it: trained networks
have wider effective receptive fields than untrained ones. That is why this is only **info**.

## References

Luo, Li, Urtasun, Zemel: Understanding the Effective Receptive Field in Deep Convolutional Neural Networks, NeurIPS 2016.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: body, op: conv, kernel: 3, padding: 1, repeat: 20}
targets:
  - {name: face, size: 40, layer: body}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: body, op: conv, kernel: 3, padding: 1, repeat: 20}
targets:
  - {name: eye, size: 10, layer: body}
""",
    ),
    check=_check,
)
