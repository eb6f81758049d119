"""RF403: a transposed convolution whose kernel is not a multiple of its stride."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Advice, Example, Finding, Graph, Rule
from rflint.questions.checkerboard import Checkerboard, Evened, checkerboards
from rflint.rules._paths import padded
from rflint.words import axes_text, listing


def _check(analysis: Analysis) -> Iterator[Finding]:
    for board, axes in checkerboards(analysis):
        layer = analysis.graph.layer(board.node)
        blind, turns = board.taps.count(0), len(board.taps)
        head = f"`{layer.name}` spreads a kernel of {board.kernel} at stride {board.stride} on {axes_text(axes)}"
        if blind:
            text = f"{head}: {blind} of every {turns} outputs {'sees' if blind == 1 else 'see'} nothing but the bias"
        else:
            text = f"{head}: its outputs see {min(board.taps)} or {max(board.taps)} inputs in turn, which shows as a checkerboard"
        yield Finding(
            "RF403",
            text,
            layer.field_site("kernel"),
            severity="error" if blind else "warning",
            help=f"use a kernel that is a multiple of the stride: {_evened_words(board.even)}; or {_instead(board)}",
            advice=(_advice(analysis.graph, board, axes),),
            layer=layer.name,
            axes=axes,
            data={"taps": list(board.taps)},
        )


def _instead(board: Checkerboard) -> str:
    return "a nearest resize followed by a causal convolution" if board.causal else "a resize followed by a convolution"


def _advice(graph: Graph, board: Checkerboard, axes: tuple[str, ...]) -> Advice:
    layer, even = graph.layer(board.node), board.even
    values = {"kernel": even.kernel, "padding": even.padding, "output_padding": even.output_padding}
    on = [graph.axes.index(axis) for axis in axes]
    changed = {name: value for name, value in values.items() if value is not None}
    return Advice({layer.name: {name: padded(layer, dict.fromkeys(on, value), len(graph.axes), name) for name, value in changed.items()}})


def _evened_words(even: Evened) -> str:
    """`4 with `output_padding: 0``: all that has to change for the map to keep its size."""
    fields = []
    if even.padding is not None:
        low, high = even.padding
        fields.append(f"`padding: {low}`" if low == high else f"{low} of padding before and {high} after")
    if even.output_padding is not None:
        fields.append(f"`output_padding: {even.output_padding}`")
    return f"{even.kernel} with {listing(fields)} keeps the size of the map" if fields else f"{even.kernel} keeps the size of the map"


RULE = Rule(
    code="RF403",
    name="checkerboard",
    severity="warning",
    summary="a transposed convolution whose kernel is not a multiple of its stride",
    docs="""
The windows of a transposed convolution overlap unevenly: neighbouring outputs add up different numbers of inputs.

## Why it matters

Output `i` of a transposed convolution sums the taps `j` with `i = s·n - low + d·j`. Unless the kernel is a multiple of
the stride, some phases get more taps than others, and what the network draws carries a pattern of period `s` that
training only partly removes. With a kernel smaller than the stride some outputs see no input at all (an **error**).

A fixed low-pass filter right behind it evens the phases again, and there is no finding: `blur_pool` at stride 2, as in
StyleGAN2, or `avg_pool` of a multiple of the stride.

## How to mend it

A kernel that is a multiple of the stride (4 for stride 2), or nearest or linear resizing followed by a convolution,
which never does this.

## References

Odena, Dumoulin, Olah: Deconvolution and Checkerboard Artifacts, Distill 2016, doi 10.23915/distill.00003.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: up, op: conv_transpose, kernel: 3, stride: 2, padding: 1, output_padding: 1}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: up, op: conv_transpose, kernel: 4, stride: 2, padding: 1}
""",
    ),
    check=_check,
)
