"""RF305: even padding whose high side floor division leaves unused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from rflint.engine import Analysis
from rflint.model import Example, Finding, Rule, together
from rflint.questions.borders import Border, OffCenter, decided_windows, misfit
from rflint.questions.even_sizes import EvenSizes, even_sizes
from rflint.rules._advice import sizes_advice
from rflint.rules._borders import border_data, off_center, where_it_is
from rflint.words import axes_text, counted, either, listing, samples


def _is_uneven(border: Border) -> bool:
    return border.low == border.high and border.leftover != 0 and (border.low > 0 or border.leftover < 0)


def _check(analysis: Analysis) -> Iterable[Finding]:
    if misfit(analysis):
        return
    groups: dict[tuple[int, ...], list[OffCenter]] = {}
    for window in decided_windows(analysis):
        if _is_uneven(window.border):
            groups.setdefault(window.axes, []).append(window)
    for axes, group in groups.items():
        yield together(group, lambda window: analysis.graph.layer(window.border.node).name, partial(_finding, analysis, axes))


def _finding(analysis: Analysis, axes: tuple[int, ...], group: Sequence[OffCenter]) -> Finding:
    """One finding for all such windows: the input size is their common cause, and another size mends them all."""
    worst = max(group, key=lambda window: abs(window.border.shift * (window.border.before or 1)))
    border, layer = worst.border, analysis.graph.layer(worst.border.node)
    names = tuple(analysis.graph.axes[axis] for axis in axes)
    others = f"; {counted(len(group) - 1, 'more window')} {'are' if len(group) > 2 else 'is'} like it" if len(group) > 1 else ""
    where = where_it_is(analysis.graph.axes, worst)
    if border.leftover > 0:
        what = f"`{layer.name}` pads {border.low} on both sides on {axes_text(names)}, but {where} {_used(border)} the high side"
    else:
        what = (
            f"`{layer.name}` rounds its size up on {axes_text(names)}: its last window hangs {-border.leftover} over the high edge {where}"
        )
    even = {analysis.graph.axes[axis]: each for axis, each in even_sizes(analysis, group, axes).items()}
    sizes = {axis: each.sizes for axis, each in even.items()}
    return Finding(
        "RF305",
        f"{what}; its features sit {off_center(border)}{others}",
        layer.field_site("padding", "ceil_mode"),
        help=_mend(sizes, len(sizes) == len(axes), analysis.graph.inputs[0].name, len(group))
        if all(sizes.values())
        else _none(even, every=border.virtual),
        advice=sizes_advice(analysis.graph.inputs[0].name, sizes) if all(sizes.values()) else (),
        layer=layer.name,
        axes=names,
        data={**border_data(border), "even_sizes": {axis: list(nearest) for axis, nearest in sizes.items()}},
    )


def _mend(sizes: Mapping[str, tuple[int, ...]], every_axis: bool, source: str, count: int) -> str:
    """Say which input sizes mend it: once where they are the same on all axes."""
    by_size: dict[tuple[int, ...], list[str]] = {}
    for axis, nearest in sizes.items():
        by_size.setdefault(nearest, []).append(axis)
    named = len(by_size) > 1 or not every_axis
    choices = [" or ".join(map(str, nearest)) + (f" on {axes_text(axes)}" if named else "") for nearest, axes in by_size.items()]
    used = "all of them use their padding" if count > 1 else "it uses its padding"
    return f"{used} evenly at an input size of {listing(choices)} for `{source}`"


def _none(even: Mapping[str, EvenSizes], *, every: bool) -> str:
    """Say how far was looked for a size, and what kept those from being one that came nearest."""
    if every:
        return "no admitted input size uses it evenly"
    axis, worst = next((axis, each) for axis, each in even.items() if not each.sizes)
    on = f" on {axis}" if len(set(even.values())) > 1 else ""
    if worst.others_uneven:
        return f"an input size of {either(worst.others_uneven)}{on} would use it evenly, but other windows no longer theirs"
    if worst.unsuitable:
        return f"an input size of {either(worst.unsuitable)}{on} would use it evenly, but other layers do not fit there: see `rflint sizes`"
    if not worst.searched:
        return f"choose input sizes at which the stride divides what the padded map exceeds the kernel by{on}: see `rflint sizes`"
    if worst.complete:
        return f"no input size uses it evenly{on}: sizes repeat every {samples(worst.furthest)}, and all of these were tried"
    return f"no input size within {samples(worst.furthest)} uses it evenly{on}"


def _used(border: Border) -> str:
    used = border.high - border.leftover
    return f"only {used} of {border.high} is read on" if used > 0 else "nothing is read of"


RULE = Rule(
    code="RF305",
    name="uneven-border",
    severity="info",
    summary="even padding not used at the high side at this input size",
    docs="""
A strided window is padded by the same number of samples on both sides, but at this size floor division leaves some of
the high side unused (or, with `ceil_mode`, the last window hangs over it).

## Why it matters

`r = n + low + high - k - s·(n_out - 1)` samples are left over at the high edge. The map's centre then lies `r / 2`
samples before that of its input, and padding acts on one side of the image only: feature maps of such networks carry
visible artefacts at one border, which weaken the detection of small objects there (Alsallakh et al.). At 224 every
stride-2 3×3 convolution with padding 1 does this; at 225 none does.

## How to mend it

Use one of the input sizes that the finding names. All strided maps of the network then divide exactly.

## References

Alsallakh, Kokhlikyan, Miglani, Yuan, Reblitz-Richardson: Mind the Pad: CNNs can develop blind spots, ICLR 2021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {size: 224}
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: 1}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {size: 225}
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: 1}
""",
    ),
    check=_check,
)
