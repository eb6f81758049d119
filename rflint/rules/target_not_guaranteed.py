"""RF202: a target seen whole only at some positions."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Example, Finding, Note, Rule
from rflint.questions.targets import AxisVerdict, judged
from rflint.rules._targets import needed_words, size_site
from rflint.words import axis_by_axis, readable


def _check(analysis: Analysis) -> Iterator[Finding]:
    for verdict, seer in judged(analysis, "not-guaranteed"):
        target, axes = verdict.target, [axis for axis in verdict.axes if axis.verdict == "not-guaranteed"]
        layer = analysis.graph.node_name(target.node)
        said = axis_by_axis({axis.axis: f"{needed_words(verdict, axis)}, {_seen(axis)}" for axis in axes})
        yield Finding(
            "RF202",
            f"whether one feature of `{layer}` sees target `{target.name}` depends on where it stands: {said}",
            size_site(target),
            help=(f"`{seer}` is the first layer that is sure to see it; or " if seer else "") + _way_out(axes),
            layer=layer,
            input=verdict.input,
            axes=tuple(axis.axis for axis in axes),
            related=(Note(f"`{layer}` is computed here", analysis.graph.site(target.node)),),
            data={
                "target": target.name,
                "needed": [axis.needed for axis in axes],
                "guaranteed": [axis.guaranteed for axis in axes],
                "receptive_field": [axis.receptive_field for axis in axes],
                "sees_it": seer,
            },
        )


def _way_out(axes: list[AxisVerdict]) -> str:
    enough = [readable(axis.needed + axis.stride - 1) for axis in axes if axis.stride and _is_regular(axis)]
    if len(enough) < len(axes):
        return "enlarge the receptive field, or look for it on a map of smaller stride"
    return f"enlarge the receptive field to {' × '.join(dict.fromkeys(enough))} at this stride, or look for it on a map of smaller stride"


def _seen(axis: AxisVerdict) -> str:
    # Where features see the same samples in groups (after upsampling), their distance explains nothing.
    stride = f", features every {readable(axis.stride or 0)}" if _is_regular(axis) else ""
    return f"{axis.guaranteed} are guaranteed (receptive field {axis.receptive_field}{stride})"


def _is_regular(axis: AxisVerdict) -> bool:
    """Whether `g = r - S + 1` holds."""
    return bool(axis.stride and axis.receptive_field) and axis.guaranteed == (axis.receptive_field or 0) - (axis.stride or 0) + 1


RULE = Rule(
    code="RF202",
    name="target-not-guaranteed",
    severity="warning",
    summary="a target seen whole only at some positions",
    docs="""
The receptive field is large enough for a target, but the features are too far apart: at some positions no single
feature sees all of it.

## Why it matters

Receptive fields of size `r` stand `S` samples apart. An object that begins one sample after a receptive field does must
fit into the next one, so only `g = r - S + 1` samples are seen whole wherever they stand. Between `g` and `r` detection
depends on the position of the object: it flickers as the object, or the camera, moves. For upsampled maps, whose
features differ by phase, `g` is the least over all positions.

## How to mend it

Enlarge the receptive field to `t + S - 1`, or look for the object on a map of smaller stride. If most of the object is
enough, say how much with `coverage`.

## When it is fine

Where later layers combine neighbouring features anyway and the target is stated for an intermediate one:
`# rflint: ignore[RF202] why` at the target.

## References

Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, doi
10.23915/distill.00021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: down1, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: down2, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: head, op: conv, kernel: 3, padding: 1}
targets:
  - {name: sign, size: 14, layer: head}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: down1, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: down2, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: neck, op: conv, kernel: 3, padding: 1}
  - {name: head, op: conv, kernel: 3, padding: 1}
targets:
  - {name: sign, size: 14, layer: head}
""",
    ),
    check=_check,
)
