"""RF305: even padding whose high side floor division leaves unused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.diagnostics import Finding
from rflint.engine.borders import misfit, nearest_sizes
from rflint.rules._borders import border_data, distance, shift_words
from rflint.rules._rule import Example, Rule, axes_text, field_site, layer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rflint.engine.analysis import Analysis
    from rflint.engine.borders import Border, Settled


def _is_uneven(border: Border) -> bool:
    return border.low == border.high and border.leftover != 0 and (border.low > 0 or border.leftover < 0)


def _check(analysis: Analysis) -> Iterable[Finding]:
    if misfit(analysis):
        return
    groups: dict[tuple[int, ...], list[Settled]] = {}
    for settled in analysis.borders:
        if _is_uneven(settled.border):
            groups.setdefault(settled.axes, []).append(settled)
    for axes, group in groups.items():
        yield _finding(analysis, axes, group)


def _finding(analysis: Analysis, axes: tuple[int, ...], group: list[Settled]) -> Finding:
    """One finding for all such windows: the input size is their common cause, and another size mends them all."""
    worst = max(group, key=lambda each: abs(each.border.shift * (each.border.before or 1)))
    border, layer = worst.border, layer_of(analysis, worst.border.node)
    names = tuple(analysis.graph.axes[axis] for axis in axes)
    others = (
        f", and so {'do' if len(group) > 2 else 'does'} {len(group) - 1} more window{'s' if len(group) > 2 else ''}"
        if len(group) > 1
        else ""
    )
    where = "at every size" if border.virtual else f"at {border.size} samples"
    if border.leftover > 0:
        what = f"`{layer.name}` pads {border.low} on both sides on {axes_text(names)}, but {where} {_used(border)} the high side{others}"
    else:
        what = (
            f"`{layer.name}` rounds its size up on {axes_text(names)}: its last window hangs {-border.leftover} over the high edge "
            f"{where}{others}"
        )
    sizes = nearest_sizes(analysis, axes[0], _stays_even(group), _period(analysis, axes[0]))
    source = analysis.graph.inputs[0].name
    if sizes:
        mend = (
            f"all of them are even at an input size of {' or '.join(map(str, sizes))}"
            if len(group) > 1
            else f"it is even at an input size of {' or '.join(map(str, sizes))}"
        )
        mend += f" for `{source}`"
    else:
        mend = "no input size nearby makes every border even: the windows' kernels and strides differ in parity"
    return Finding(
        "RF305",
        f"{what}; its features sit {distance(border)} {shift_words(border)}",
        field_site(layer, "padding", "ceil_mode"),
        help=mend,
        layer=layer.name,
        axes=names,
        instances=tuple(layer_of(analysis, each.border.node).name for each in group) if len(group) > 1 else (),
        data={**border_data(border), "even_sizes": list(sizes)},
    )


def _used(border: Border) -> str:
    used = border.high - border.leftover
    return f"only {used} of {border.high} is read on" if used > 0 else "nothing is read of"


def _period(analysis: Analysis, axis: int) -> int:
    """Divisions repeat with the total stride: no search for exact ones need go further."""
    program = analysis.axes[axis].program
    return min(program.modulus(program.scales(0)), 256)


def _stays_even(group: list[Settled]) -> Callable[[int, list[int | None]], bool]:
    """Whether a window of the group divides its input exactly at other map sizes; others always do."""
    borders = {each.border.node: each.border for each in group}

    def fits(node: int, sizes: list[int | None]) -> bool:
        border = borders.get(node)
        if border is None:
            return True
        before, out = sizes[border.source], sizes[node]
        return before is not None and out is not None and not border.leftover_at(before, out)

    return fits


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
