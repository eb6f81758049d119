"""RF303: `same` padding of a strided window while the size is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rflint.engine import Analysis
from rflint.model import Example, Finding, Graph, Rule, together
from rflint.questions.size_dependence import VaryingPadding, varying_paddings
from rflint.words import axes_text, counted

#: Paddings that a message lists.
LISTED = 4


def _check(analysis: Analysis) -> Iterator[Finding]:
    graph = analysis.graph
    if windows := varying_paddings(analysis):
        yield together(windows, lambda window: graph.node_name(window[0].node), partial(_finding, graph))


def _finding(graph: Graph, windows: Sequence[tuple[VaryingPadding, tuple[str, ...]]]) -> Finding:
    (node, paddings), axes = windows[0]
    layer = graph.layer(node)
    others = f" and {counted(len(windows) - 1, 'more strided window')}" if len(windows) > 1 else ""
    listed = " or ".join(f"[{low}, {high}]" for low, high in paddings[:LISTED])
    return Finding(
        "RF303",
        f"the `same` padding of `{layer.name}`{others} depends on the input size, which is not declared: {listed} on {axes_text(axes)}",
        layer.field_site("padding"),
        help="declare the input size or `multiple_of`, or pad explicitly; "
        "frameworks that pad evenly (PyTorch) see another place than TensorFlow",
        layer=layer.name,
        axes=axes,
        data={"paddings": [list(pair) for pair in paddings]},
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
