"""RF101: a merge whose paths have different effective strides."""

from __future__ import annotations

from collections.abc import Iterable

from rflint.engine import Analysis
from rflint.model import Example, Finding, Rule
from rflint.questions.alignment import misalignments
from rflint.rules._paths import branch_name, path_data, path_notes
from rflint.words import axes_text, measured, readable, show


def _check(analysis: Analysis) -> Iterable[Finding]:
    names = analysis.graph.axes
    for misalignment in misalignments(analysis):
        if misalignment.kind != "stride":
            continue
        layer = analysis.graph.layer(misalignment.node)
        axes = tuple(names[axis] for axis in misalignment.axes)
        one, other = misalignment.reference, misalignment.branch
        low, high = sorted((one.stride, other.stride))
        yield Finding(
            "RF101",
            f"`{layer.name}` merges paths of different effective strides on {axes_text(axes)}: "
            f"{readable(one.stride)} through {branch_name(analysis, misalignment, one)}, "
            f"{readable(other.stride)} through {branch_name(analysis, misalignment, other)}; "
            f"their receptive fields drift apart by {measured(high - low, 'input sample')} a cell",
            layer.field_site("from"),
            severity=misalignment.severity,
            help=f"bring both paths to one stride before the merge: stride, pool or resize one of them by {readable(high / (low or 1))}",
            layer=layer.name,
            input=misalignment.input,
            axes=axes,
            related=tuple(path_notes(analysis, misalignment)),
            data={"strides": [show(one.stride), show(other.stride)], **path_data(analysis, misalignment)},
        )


RULE = Rule(
    code="RF101",
    name="stride-mismatch",
    severity="error",
    summary="a merge whose paths have different effective strides",
    docs="""
Two paths meet in a merge, and one step on the merged map is a different number of input samples on each of them.

## Why it matters

Feature `i` of a path is centred at `S·i + c0`. With different strides `S` the centres drift apart with every feature:
the merge combines evidence from different places, worse the further from the origin, and the receptive field has no
size, because it depends on the position (the paper's first criterion of alignment). Such a merge only has equal map
sizes at few input sizes, by accident of padding.

## How to mend it

Bring both paths to the same stride before they meet: a stride on the shortcut, a pooling layer, a resize. The finding
names the layer where the paths part and the stride of each. A resize to the *size* of the other map is not a stride
mismatch: it is judged by the deviation it leaves (RF102).

## References

Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, "Alignment",
doi 10.23915/distill.00021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {channels: 3}
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: side, op: conv, kernel: 3, padding: same, from: image}
  - {name: sum, op: add, from: [down, side]}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {channels: 3}
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: side, op: conv, kernel: 1, stride: 2, from: image}
  - {name: sum, op: add, from: [down, side]}
""",
    ),
    check=_check,
)
