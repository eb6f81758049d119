"""RF203: the expected effective receptive field is smaller than a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.model.finding import Finding
from rflint.model.rule import Example, Rule
from rflint.questions.inside import spreads
from rflint.questions.targets import judge_targets
from rflint.words.numbers import axes_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rflint.engine.analysis import Analysis


def _check(analysis: Analysis) -> Iterable[Finding]:
    graph = analysis.graph
    names = [item.name for item in graph.inputs]
    for verdict in judge_targets(analysis):
        source = names.index(verdict.input)
        small: list[int] = []
        least: float | None = None
        for axis, part in enumerate(analysis.axes):
            spread = spreads(part.program, part.valid_cases[0].sizings[0], source)[verdict.target.node]
            effective = None if spread is None else spread.effective
            judged = verdict.axes[axis]
            if effective is not None and judged.receptive_field is not None and effective < judged.needed <= judged.receptive_field:
                small.append(axis)
                least = effective if least is None else min(least, effective)
        if not small or least is None:
            continue
        axes = tuple(graph.axes[axis] for axis in small)
        layer = graph.node_name(verdict.target.node)
        needed = verdict.axes[small[0]].needed
        yield Finding(
            "RF203",
            f"target `{verdict.target.name}` needs {needed} samples on {axes_text(axes)}; `{layer}` reaches "
            f"{verdict.axes[small[0]].receptive_field}, but most of its weight falls on about {least:.0f}",
            verdict.target.site,
            help="the estimate (4 sigma of equal path weights, Luo et al. 2016) is for an untrained network: "
            "training widens it, so take it as a hint",
            layer=layer,
            input=verdict.input,
            axes=axes,
            data={"effective": round(least, 1), "needed": needed},
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
