"""RF403: a transposed convolution whose kernel is not a multiple of its stride."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.algebra.axis import Transposed
from rflint.model.finding import Finding
from rflint.model.rule import Example, Rule
from rflint.words.numbers import axes_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rflint.engine.analysis import Analysis


def _check(analysis: Analysis) -> Iterable[Finding]:
    found: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for axis, part in enumerate(analysis.axes):
        steps = part.sizings[0].steps
        for node, op in enumerate(part.program.ops):
            step = steps[node]
            if isinstance(op, Transposed) and step is not None and analysis.graph.kind(analysis.graph.layer(node)) == "conv_transpose":
                counts = tuple(len(taps) for taps in step.taps)
                if len(set(counts)) > 1:
                    found.setdefault((node, counts), []).append(axis)
    for (node, counts), axes in found.items():
        layer = analysis.graph.layer(node)
        op = analysis.axes[axes[0]].program.ops[node]
        assert isinstance(op, Transposed)
        names = tuple(analysis.graph.axes[axis] for axis in axes)
        blind = counts.count(0)
        head = f"`{layer.name}` spreads a kernel of {op.kernel} at stride {op.stride} on {axes_text(names)}"
        if blind:
            text = f"{head}: {blind} of every {len(counts)} outputs {'sees' if blind == 1 else 'see'} nothing but the bias"
        else:
            text = f"{head}: its outputs see {min(counts)} or {max(counts)} inputs in turn, which shows as a checkerboard"
        upper = -(-op.kernel // op.stride) * op.stride
        yield Finding(
            "RF403",
            text,
            layer.field_site("kernel"),
            severity="error" if blind else "warning",
            help=f"use a kernel that is a multiple of the stride ({upper}), or a resize followed by a convolution",
            layer=layer.name,
            axes=names,
            data={"taps": list(counts)},
        )


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
