"""RF307: padding at stride 1 that makes the map grow."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Advice, Example, Finding, Layer, Remedy, Rule
from rflint.questions.growth import Growth, growing_windows
from rflint.rules._advice import padding_advice
from rflint.rules._paths import field_edit, padded
from rflint.words import axes_text, samples


def _check(analysis: Analysis) -> Iterator[Finding]:
    for growth, axes in growing_windows(analysis):
        layer = analysis.graph.layer(growth.node)
        sizes = "" if growth.size is None else f": {growth.size} become {growth.size + growth.grows}"
        yield Finding(
            "RF307",
            f"`{layer.name}` pads {growth.padding} on both sides of an even kernel of {growth.kernel} on {axes_text(axes)}, and its map "
            f"grows by {samples(growth.grows)}{sizes}",
            layer.field_site("padding"),
            help=_help(growth),
            advice=_advice(analysis, growth, axes),
            layer=layer.name,
            axes=axes,
            data={"grows": growth.grows, "kernel": growth.kernel, "padding": growth.padding},
            remedy=_remedy(analysis, growth, layer, axes),
        )


def _help(growth: Growth) -> str:
    low, high = growth.even
    if growth.causal:
        return f"pad {low} before and {high} after (or `causal`), which keeps the size"
    if low == high:
        return f"pad {low} on both sides (or `same`), which keeps the size"
    return (
        f"pad {low} before and {high} after (or `same`), which keeps the size and leaves the features half a sample off-centre (RF301), "
        "or use an odd kernel, which can be padded evenly"
    )


def _advice(analysis: Analysis, growth: Growth, axes: tuple[str, ...]) -> tuple[Advice, ...]:
    if not growth.own or not analysis.graph.takes(analysis.graph.layer(growth.node), "padding"):
        return ()
    return (padding_advice(analysis, growth.node, [analysis.graph.axes.index(axis) for axis in axes], growth.even),)


def _remedy(analysis: Analysis, growth: Growth, layer: Layer, axes: tuple[str, ...]) -> Remedy | None:
    names = analysis.graph.axes
    # Padding that has to be uneven is off-centre: a trade that a person has to make.
    if growth.even[0] != growth.even[1] or not growth.own or not analysis.graph.takes(layer, "padding"):
        return None
    value = padded(layer, {names.index(axis): growth.even for axis in axes}, len(names))
    return Remedy((field_edit(layer, "padding", value),), safe=False, layers=(layer.name,))


RULE = Rule(
    code="RF307",
    name="growing-map",
    severity="warning",
    summary="padding at stride 1 that makes the map grow",
    docs="""
A window with an even kernel at stride 1 that is padded by half its kernel on both sides: its map has one sample more
than its input (a dilated one, as many as its dilation). Nothing is said where a crop behind it takes these samples off
again, or where a strided window without padding divides the grown map and not the map before: a blur before a stride, as
in StyleGAN2's discriminator, is padded so on purpose.

## Why it matters

`padding = kernel // 2` keeps the size of an odd kernel; of an even one it does not. The map is longer than what it is
compared with, so a mask, a target or a skip connection is off by a sample, and each such layer adds one.

## How to mend it

Pad one sample less on one side, as `same` does, or choose an odd kernel. With an even kernel one side has to have more
than the other, so that the features sit half a sample off (RF301).

## References

Araujo, Norris, Sim: Distill 2019, doi 10.23915/distill.00021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
axes: [t]
inputs:
  text: {size: 16}
layers:
  - {name: words, op: conv, kernel: 4, padding: 2}
""",
        passing="""\
rflint: 1
name: toy
axes: [t]
inputs:
  text: {size: 16}
layers:
  - {name: words, op: conv, kernel: 5, padding: 2}
""",
    ),
    check=_check,
)
