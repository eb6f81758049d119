"""RF103: a merge that is aligned for some input sizes only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rflint.engine import Analysis
from rflint.model import Example, Finding, Graph, Layer, Rule, together
from rflint.questions.size_dependence import AlignedSizes, UndecidedMerge, aligned_sizes, undecided_merges
from rflint.words import axes_text, counted, in_words


def _check(analysis: Analysis) -> Iterator[Finding]:
    graph = analysis.graph
    for sizes in aligned_sizes(analysis):
        yield together([graph.layer(node) for node in sizes.nodes], lambda layer: layer.name, partial(_aligned_for, sizes))
    if merges := undecided_merges(analysis):
        yield together(merges, lambda merge: graph.node_name(merge[0].node), partial(_undecided, graph))


def _aligned_for(sizes: AlignedSizes, layers: Sequence[Layer]) -> Finding:
    what = f"`{layers[0].name}` is" if len(layers) == 1 else f"`{layers[0].name}` and {counted(len(layers) - 1, 'more merge')} are"
    where = f"of `{sizes.input}` on {axes_text(sizes.axes)}"
    if sizes.aligned:
        message = f"{what} aligned only for some sizes {where}: {in_words(sizes.aligned, sizes.modulus)}"
    else:
        message = f"{what} aligned at no size {where}: which of the paths are apart changes with the size"
    return Finding(
        "RF103",
        message,
        layers[0].field_site("from"),
        help="declare the input size or a `multiple_of`, or make padding and cropping the same at every size: "
        "explicit padding instead of `same`, crops whose difference is even",
        layer=layers[0].name,
        input=sizes.input,
        axes=sizes.axes,
        data={"aligned": list(sizes.aligned), "modulus": sizes.modulus},
    )


def _undecided(graph: Graph, merges: Sequence[tuple[UndecidedMerge, tuple[str, ...]]]) -> Finding:
    (node, source), axes = merges[0]
    layer = graph.layer(node)
    others = f" and of {counted(len(merges) - 1, 'more merge')}" if len(merges) > 1 else ""
    return Finding(
        "RF103",
        f"the alignment of `{layer.name}`{others} on {axes_text(axes)} cannot be decided while the input size is unknown: "
        "a branch is resized, cropped or padded by an amount that follows from the sizes",
        layer.field_site("from"),
        help="declare the input size, or try one with `--size`",
        layer=layer.name,
        input=source,
        axes=axes,
        data={"aligned": None, "modulus": None},
    )


RULE = Rule(
    code="RF103",
    name="size-dependent-alignment",
    severity="info",
    summary="size unknown: a merge is aligned for some input sizes only",
    docs="""
The input size is not declared, and whether the paths of a merge are aligned depends on it.

## Why it matters

`same` padding of a strided layer puts its odd sample on the high side for some sizes and pads evenly for others; a path
that pads explicitly does not follow. All sizes are decided at once: alignment depends on the size only modulo the
total stride, and the finding states the congruence.

## How to mend it

Declare `inputs: {image: {size: …}}` or `multiple_of` if only such sizes occur, or use explicit padding on both paths:
`padding: 1` for a 3×3 window is the same at every size.

## References

Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, doi 10.23915/distill.00021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {channels: 3}
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: same}
  - {name: side, op: conv, kernel: 1, stride: 2, from: image}
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
