"""RF402: holes in the exact support that a run of dilated windows leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.algebra.axis import Window
from rflint.engine.program import STEP
from rflint.model.finding import Finding
from rflint.model.rule import Example, Rule
from rflint.model.site import Note
from rflint.questions.borders import decided_sizings
from rflint.questions.inside import support_sets
from rflint.words.numbers import axes_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rflint.algebra.support import SupportSet
    from rflint.engine.analysis import Analysis, AxisAnalysis
    from rflint.engine.sizing import Sizing

#: Dilations that a finding lists.
LISTED = 8


def _restarts(part: AxisAnalysis, sizing: Sizing, node: int) -> bool:
    """Whether a layer changes the stride, so that a new run begins behind it."""
    step = sizing.steps[node]
    return part.program.kinds[node] == STEP and (step is None or step.advance != step.period or bool(step.why))


def _ends(analysis: Analysis, part: AxisAnalysis, sizing: Sizing) -> set[int]:
    """Last layers of runs: read by a layer that changes the stride, by nobody, or from outside."""
    program = part.program
    ends = set(range(len(program.kinds)))
    going_on = {origin for node, origins in enumerate(program.sources) if not _restarts(part, sizing, node) for origin in origins}
    ends -= going_on
    ends |= set(analysis.graph.outputs)
    ends |= {origin for node, origins in enumerate(program.sources) if _restarts(part, sizing, node) for origin in origins}
    return ends


def _run(part: AxisAnalysis, sizing: Sizing, node: int) -> tuple[int, list[int]]:
    """Start of the run that a node stands in, and the dilated windows on the way to it, first to last."""
    program = part.program
    dilated: list[int] = []
    while node >= program.input_count and not _restarts(part, sizing, node):
        op = program.ops[node]
        if isinstance(op, Window) and op.dilation > 1 and op.kernel > 1:
            dilated.append(node)
        if not program.sources[node]:
            break
        # The widest way back: the branch with the most windows stands for all.
        node = max(program.sources[node], key=lambda origin: origin)
    return node, dilated[::-1]


def _holes(analysis: Analysis, part: AxisAnalysis) -> Iterator[tuple[int, list[int], SupportSet]]:
    program = part.program
    if not any(isinstance(op, Window) and op.dilation > 1 and op.kernel > 1 for op in program.ops):
        return
    for sizing in decided_sizings(part)[:1]:
        ends = _ends(analysis, part, sizing)
        told: set[int] = set()
        for source in range(program.input_count):
            sets = support_sets(program, sizing, source, lambda node: _restarts(part, sizing, node))  # noqa: B023 - used at once
            for node in sorted(ends):
                found = sets[node]
                if found is None or not found.holes:
                    continue
                start, dilated = _run(part, sizing, node)
                if dilated and dilated[-1] not in told:
                    told.add(dilated[-1])
                    yield start, dilated, found


def _check(analysis: Analysis) -> Iterable[Finding]:
    grouped: dict[tuple[int, int], tuple[int, list[int], SupportSet, list[int]]] = {}
    for axis, part in enumerate(analysis.axes):
        for start, dilated, found in _holes(analysis, part):
            grouped.setdefault((dilated[-1], found.holes), (start, dilated, found, []))[3].append(axis)
    for start, dilated, found, axes in grouped.values():
        layer = analysis.graph.layer(dilated[-1])
        names = tuple(analysis.graph.axes[axis] for axis in axes)
        ops = [analysis.axes[axes[0]].program.ops[node] for node in dilated]
        dilations = [str(op.dilation) for op in ops if isinstance(op, Window)]
        listed = ", ".join(dilations[-LISTED:])
        worst = max(found.phases, key=lambda seen: seen.width - seen.samples)
        many = len(dilations) > 1
        yield Finding(
            "RF402",
            f"behind `{layer.name}` a feature sees {worst.samples} of the {worst.width} samples between its ends on {axes_text(names)}: "
            f"{'dilations' if many else 'a dilation of'} {listed} {'leave' if many else 'leaves'} "
            f"a grid of holes in `{analysis.graph.node_name(start)}`",
            layer.field_site("dilation"),
            help="vary the dilations so that they have no common factor (1, 2, 3 or 1, 2, 5), or end the run with an undilated window",
            layer=layer.name,
            axes=names,
            related=(Note(f"the run of equal stride begins behind `{analysis.graph.node_name(start)}`", analysis.graph.site(start)),),
            data={"seen": worst.samples, "width": worst.width, "dilations": [int(each) for each in dilations]},
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
