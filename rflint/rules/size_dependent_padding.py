"""RF303: `same` padding of a strided window while the size is unknown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rflint.algebra.axis import Window
from rflint.model.finding import Finding, together
from rflint.model.rule import Example, Rule
from rflint.words.numbers import axes_text
from rflint.words.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rflint.engine.analysis import Analysis


def _check(analysis: Analysis) -> Iterable[Finding]:
    found: dict[int, list[int]] = {}
    for axis, part in enumerate(analysis.axes):
        if part.known:
            continue
        for node in part.program.sensitive:
            op = part.program.ops[node]
            if (
                isinstance(op, Window)
                and len({None if (step := sizing.steps[node]) is None else step.padding for sizing in part.sizings}) > 1
            ):
                found.setdefault(node, []).append(axis)
    if found:
        yield together(sorted(found), lambda node: analysis.graph.layer(node).name, partial(_finding, analysis, found))


def _finding(analysis: Analysis, found: Mapping[int, Sequence[int]], nodes: Sequence[int]) -> Finding:
    first = nodes[0]
    layer = analysis.graph.layer(first)
    axes = tuple(analysis.graph.axes[axis] for axis in found[first])
    others = f" and {counted(len(nodes) - 1, 'more strided window')}" if len(nodes) > 1 else ""
    part = analysis.axes[found[first][0]]
    seen = sorted({step.padding for sizing in part.sizings if (step := sizing.steps[first]) is not None and step.padding is not None})
    listed = " or ".join(f"[{low}, {high}]" for low, high in seen[:4])
    return Finding(
        "RF303",
        f"the `same` padding of `{layer.name}`{others} depends on the input size, which is not declared: {listed} on {axes_text(axes)}",
        layer.field_site("padding"),
        help="declare the input size or `multiple_of`, or pad explicitly; "
        "frameworks that pad evenly (PyTorch) see another place than TensorFlow",
        layer=layer.name,
        axes=axes,
        data={"paddings": [list(pair) for pair in seen]},
    )


RULE = Rule(
    code="RF303",
    name="size-dependent-padding",
    severity="info",
    summary="`same` with a stride while the size is unknown: padding differs with the input size and between frameworks",
    docs="""
A strided window is padded `same`, and the size of the input is not declared.

## Why it matters

`same` pads `max((ceil(n/s) - 1)·s + k - n, 0)` samples, the odd one on the high side: a 3×3 window at stride 2 gets
`[0, 1]` where its map is even and `[1, 1]` where it is odd. Effective padding and the centres of all features behind it
change with the input size, and a network trained at one size and run at another looks beside the place it was trained
to look at. Frameworks differ too: PyTorch has no `same` for strided convolutions and ports pad `[1, 1]`.

## How to mend it

Declare the size, or `multiple_of`, if only such sizes occur; else pad explicitly: `padding: 1` for a 3×3 window.

## References

Araujo, Norris, Sim: Distill 2019, doi 10.23915/distill.00021 (effective padding depends on the input size).
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: same}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {multiple_of: 2}
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: same}
""",
    ),
    check=_check,
)
