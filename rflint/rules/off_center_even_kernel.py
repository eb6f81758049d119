"""RF301: an even effective kernel, padded unevenly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rflint.engine import Analysis
from rflint.model import Advice, Example, Finding, Rule
from rflint.questions.borders import OffCenter, decided_windows
from rflint.questions.padding import better_padding
from rflint.rules._advice import padding_advice
from rflint.rules._borders import border_data, off_center, other_reading, where_it_is
from rflint.words import axes_text


def _check(analysis: Analysis) -> Iterable[Finding]:
    names = analysis.graph.axes
    for window in decided_windows(analysis):
        border = window.border
        if border.kernel % 2 or border.low == border.high or not border.shift:
            continue
        layer = analysis.graph.layer(border.node)
        axes = tuple(names[axis] for axis in window.axes)
        dilated = f" ({border.window.kernel} taps, dilation {border.window.dilation})" if border.window.dilation > 1 else ""
        yield Finding(
            "RF301",
            f"`{layer.name}` has an even effective kernel of {border.kernel}{dilated} padded {border.low} before and {border.high} after "
            f"on {axes_text(axes)}: its features sit {off_center(border)}",
            layer.field_site("kernel"),
            severity="warning" if border.stride == 1 else "info",
            help=_help(names, window) + other_reading(analysis, border),
            advice=_advice(analysis, window),
            layer=layer.name,
            axes=axes,
            data=border_data(border),
        )


def _advice(analysis: Analysis, window: OffCenter) -> tuple[Advice, ...]:
    if window.border.stride == 1 or window.border.best_shift or (better := better_padding(analysis, window)) is None:
        return ()
    return (padding_advice(analysis, better.node, window.axes, (better.low, better.high)),)


def _help(names: Sequence[str], window: OffCenter) -> str:
    border = window.border
    odd = f"an odd effective kernel ({border.kernel - 1} or {border.kernel + 1})"
    if border.stride == 1:
        return (
            f"use {odd}, which can be padded evenly; or pad a second even kernel the other way around, which takes the shift back, and "
            "accept both findings"
        )
    if border.best_shift:
        where = "at any size that suits the network" if border.virtual else where_it_is(names, window)
        return f"no padding of the same output size centres it {where}: that takes {odd}"
    low, high = border.best
    padding = f"{low} on both sides" if low == high else f"{low} before and {high} after"
    return f"pad {padding}: the same output size, which centres it; or use {odd}"


RULE = Rule(
    code="RF301",
    name="off-center-even-kernel",
    severity="warning",
    summary="an even effective kernel whose features are off-centre",
    docs="""
A window with an even effective kernel `d(k-1)+1` has more padding on one side than on the other, as `same` must, and
its output map is off-centre.

## Why it matters

The centre of the map lies off the centre of the layer's input by `(high - low - r) / 2` samples, where `r` is what
floor division leaves over at the high edge. For an even kernel at stride 1 that keeps the size, the best possible is
half a sample. Shifts add up: each such layer moves all features further, by half a sample times the stride before it,
and flipping the input no longer flips the features. Against a path without the shift it becomes RF102.

At stride 1 this is a **warning**; at larger strides (where one odd sample is the price of an exact division) **info**.

## How to mend it

Use an odd kernel. Where the kernel must be even (a `2×2` in a decoder), let pairs cancel: pad one `[0, 1]` and the next
`[1, 0]`. `valid` convolutions are centred, and so are 2×2 stride-2 pooling and a 4×4 stride-2 convolution with
padding 1 where the division is exact.

## References

Araujo, Norris, Sim: Distill 2019, doi 10.23915/distill.00021; Wu et al.: Convolution with even-sized kernels and
symmetric padding, NeurIPS 2019.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: even, op: conv, kernel: 4, padding: same}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: odd, op: conv, kernel: 5, padding: same}
""",
    ),
    check=_check,
)
