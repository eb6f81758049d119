"""RF302: an odd kernel padded unevenly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from rflint.engine import Analysis
from rflint.model import Advice, Example, Finding, Remedy, Rule, together
from rflint.questions.borders import Border, OffCenter, decided_windows, other_readings
from rflint.questions.padding import better_padding
from rflint.rules._advice import padding_advice
from rflint.rules._borders import border_data, from_to, off_center, other_reading
from rflint.rules._paths import field_edit, padded
from rflint.words import axes_text, counted, samples


def _check(analysis: Analysis) -> Iterable[Finding]:
    names = analysis.graph.axes
    by_word: dict[tuple[int, ...], list[OffCenter]] = {}
    for window in decided_windows(analysis):
        border = window.border
        if border.kernel % 2 == 0 or border.low == border.high or not border.shift:
            continue
        if border.window.word and abs(border.best_shift) == abs(border.shift):
            by_word.setdefault(window.axes, []).append(window)
            continue
        layer = analysis.graph.layer(border.node)
        axes = tuple(names[axis] for axis in window.axes)
        settable = analysis.graph.takes(layer, "padding")
        better = settable and abs(border.best_shift) < abs(border.shift)
        yield Finding(
            "RF302",
            f"`{layer.name}` is padded {border.low} before and {border.high} after on {axes_text(axes)}: "
            f"its features sit {off_center(border)}",
            layer.field_site("padding"),
            severity="warning" if better else "info",
            help=_help(border) + other_reading(analysis, border) if better else _no_help(names, window) if settable else None,
            advice=_advice(analysis, window) if better else (),
            layer=layer.name,
            axes=axes,
            data=border_data(border),
            remedy=_remedy(analysis, window) if better and border.node not in other_readings(analysis) else None,
        )
    for group in by_word.values():
        yield together(group, lambda window: analysis.graph.node_name(window.border.node), partial(_same, analysis))


def _same(analysis: Analysis, group: Sequence[OffCenter]) -> Finding:
    """One finding for all windows that `same` pads unevenly at this size: they have one cause."""
    worst = max(group, key=lambda window: abs(window.border.shift * (window.border.before or 1)))
    layer = analysis.graph.layer(worst.border.node)
    axes = tuple(analysis.graph.axes[axis] for axis in worst.axes)
    when = "every admitted size" if worst.border.virtual else "this input size"
    others = f" and {counted(len(group) - 1, 'more window')}" if len(group) > 1 else ""
    return Finding(
        "RF302",
        f"`{worst.border.window.word}` pads `{layer.name}`{others} unevenly at {when} on {axes_text(axes)}: "
        f"{worst.border.low} before and {worst.border.high} after; its features sit {off_center(worst.border)}",
        layer.field_site("padding"),
        severity="info",
        help="no padding of the same output size is closer to centre; where it meets another path, RF102 says which padding aligns the two",
        layer=layer.name,
        axes=axes,
        data=border_data(worst.border),
    )


def _help(border: Border) -> str:
    low, high = border.best
    rest = (
        "which centres it" if not border.best_shift else f"which leaves {samples(abs(border.best_shift))}, the least that is possible here"
    )
    return f"pad {low} before and {high} after: the same output size, {rest}"


def _no_help(names: Sequence[str], window: OffCenter) -> str:
    border = window.border
    return (
        f"no padding centres a kernel of {border.kernel} at stride {border.stride}{from_to(names, window)}: "
        f"{samples(abs(border.best_shift))} off is the least that is possible here"
    )


def _advice(analysis: Analysis, window: OffCenter) -> tuple[Advice, ...]:
    better = better_padding(analysis, window)
    return () if better is None else (padding_advice(analysis, better.node, window.axes, (better.low, better.high)),)


def _remedy(analysis: Analysis, window: OffCenter) -> Remedy | None:
    if (better := better_padding(analysis, window)) is None:
        return None
    layer = analysis.graph.layer(better.node)
    changed = dict.fromkeys(window.axes, (better.low, better.high))
    return Remedy((field_edit(layer, "padding", padded(layer, changed, len(analysis.axes))),), safe=False, layers=(layer.name,))


RULE = Rule(
    code="RF302",
    name="off-center-padding",
    severity="graded",
    summary="an odd kernel padded unevenly",
    docs="""
A window with an odd effective kernel has more padding on one side than on the other, by hand or because `same` had to
at this size, and its output map is off-centre.

## Why it matters

The centre of the map lies off the centre of the layer's input by `(high - low - r) / 2` samples of that input, where
`r` is what floor division leaves over at the high edge; times the stride before it that is samples of the network's
input. `same` (TensorFlow, ONNX SAME_UPPER) at stride 2 on an even size pads `[0, 1]` for a 3×3 window where PyTorch's
`padding: 1` pads `[1, 1]`: weights moved from one to the other see the image half a cell off.

It is a **warning** where another padding of the same output size would be closer to centre, and **info** where none is.

## How to mend it

Use the padding that the finding names. Where none is closer, `rflint sizes` lists the input sizes at which the network as a
whole is centred; or accept it, as most published networks do. Where the layer meets another path, RF102 says which padding
aligns the two.

## References

Araujo, Norris, Sim: Distill 2019, doi 10.23915/distill.00021; Alsallakh et al.: Mind the Pad, ICLR 2021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: shifted, op: conv, kernel: 3, padding: [[0, 2], [0, 2]]}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: centred, op: conv, kernel: 3, padding: 1}
""",
    ),
    check=_check,
)
