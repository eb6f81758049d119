"""RF205: a target smaller than the effective stride."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Example, Finding, Note, Rule
from rflint.questions.targets import judge_targets
from rflint.rules._targets import size_site
from rflint.words import axis_by_axis, readable, samples, show


def _check(analysis: Analysis) -> Iterator[Finding]:
    for verdict in judge_targets(analysis):
        target = verdict.target
        small = {
            axis.axis: (size, axis.stride)
            for axis, size in zip(verdict.axes, target.size, strict=True)
            if axis.stride is not None and size < axis.stride
        }
        if not small:
            continue
        layer = analysis.graph.node_name(target.node)
        said = axis_by_axis(
            {axis: f"it spans {samples(size)}, features are {readable(stride)} apart" for axis, (size, stride) in small.items()}
        )
        yield Finding(
            "RF205",
            f"target `{target.name}` can fall between the features of `{layer}`: {said}",
            size_site(target),
            help="look for it on a map of smaller stride; on this one, two of them side by side can share a cell",
            layer=layer,
            input=verdict.input,
            axes=tuple(small),
            related=(Note(f"`{layer}` is computed here", analysis.graph.site(target.node)),),
            data={
                "target": target.name,
                "size": [size for size, _ in small.values()],
                "stride": [show(stride) for _, stride in small.values()],
            },
        )


RULE = Rule(
    code="RF205",
    name="target-too-small",
    severity="info",
    summary="a target smaller than the effective stride: it can fall between cells",
    docs="""
An object of a `targets` entry is smaller than the effective stride of the layer that is to see it.

## Why it matters

Features are centred every `S` input samples, and an object of fewer samples can lie wholly between two centres. It is
still seen, from the outer part of two receptive fields, where the weights of a trained network are small; several such
objects can belong to one cell, which most detectors cannot tell apart.

## How to mend it

Look for small objects on an earlier, finer map, or bring resolution back with a decoder (feature pyramids do both), or
use dilation in place of the last stride.

## When it is fine

Where counting or separating the objects does not matter, as in classifying whole images.

## References

Lin et al.: Feature Pyramid Networks for Object Detection, CVPR 2017.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: down1, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: down2, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: down3, op: conv, kernel: 3, stride: 2, padding: 1}
targets:
  - {name: pupil, size: 6, layer: down3}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: down1, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: down2, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: refine, op: conv, kernel: 3, padding: 1}
targets:
  - {name: pupil, size: 6, layer: refine}
""",
    ),
    check=_check,
)
