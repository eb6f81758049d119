"""RF402: holes in the exact support that a run of dilated windows leaves."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Example, Finding, Note, Rule
from rflint.questions.gridding import griddings
from rflint.words import axes_text

#: Dilations that a finding lists.
LISTED = 8


def _check(analysis: Analysis) -> Iterator[Finding]:
    graph = analysis.graph
    for gridding, axes in griddings(analysis):
        layer = graph.layer(gridding.window)
        start = graph.node_name(gridding.start)
        listed = ", ".join(map(str, gridding.dilations[-LISTED:]))
        many = len(gridding.dilations) > 1
        yield Finding(
            "RF402",
            f"behind `{layer.name}` a feature sees {gridding.seen} of the {gridding.width} samples between its ends on {axes_text(axes)}: "
            f"{'dilations' if many else 'a dilation of'} {listed} {'leave' if many else 'leaves'} a grid of holes in `{start}`",
            layer.field_site("dilation"),
            help="vary the dilations so that they have no common factor (1, 2, 3 or 1, 2, 5), or end the run with an undilated window",
            layer=layer.name,
            axes=axes,
            related=(Note(f"the run of equal stride begins behind `{start}`", graph.site(gridding.start)),),
            data={"seen": gridding.seen, "width": gridding.width, "dilations": list(gridding.dilations)},
        )


RULE = Rule(
    code="RF402",
    name="gridding",
    severity="warning",
    summary="holes in the support that a run of dilated windows leaves",
    docs="""
At the end of a run of layers of equal stride, features do not see every sample between the ends of their receptive
field: dilated windows step over some of them, and no other layer of the run fills them in.

## Why it matters

Dilations with a common factor `g` and nothing else in the run split the map into `g` interleaved grids that never
exchange information: neighbouring features are computed from disjoint samples, and predictions show a grid pattern. The
receptive field *size* looks the same as without holes, which is why no formula of sizes finds this. The exact set of
samples is followed here, relative to where the run of equal stride begins: a stride before it mixes neighbours, which
is why dilated backbones of segmentation networks, atrous pyramids behind them and WaveNet are fine.

## How to mend it

Choose dilations without a common factor (hybrid dilated convolution: 1, 2, 5), or put an undilated window at the end of
the run.

## References

Wang et al.: Understanding Convolution for Semantic Segmentation, WACV 2018; Yu, Koltun, Funkhouser: Dilated Residual
Networks, CVPR 2017.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: a, op: conv, kernel: 3, dilation: 2, padding: 2}
  - {name: b, op: conv, kernel: 3, dilation: 2, padding: 2}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: a, op: conv, kernel: 3, padding: 1}
  - {name: b, op: conv, kernel: 3, dilation: 2, padding: 2}
""",
    ),
    check=_check,
)
