"""Words for windows that are off-centre, shared by the rules of padding."""

from __future__ import annotations

from collections.abc import Sequence

from rflint.engine import Analysis
from rflint.questions.borders import Border, OffCenter, other_readings
from rflint.words import axes_text, listing, readable, samples


def off_center(border: Border) -> str:
    """How far features are off, and to which side: `0.5 samples after the centre of its input`.

    Where strides stand before the layer, the distance in samples of the network's input is added.
    With more padding before than after, the map's centre lies before that of its input.
    """
    shift, scale = border.shift, border.before
    far = samples(abs(shift)) if scale in (None, 1) else f"{samples(abs(shift))} ({readable(abs(shift) * scale)} of the network's input)"
    return f"{far} {'after' if shift > 0 else 'before'} the centre of its input"


def where_it_is(names: Sequence[str], window: OffCenter) -> str:
    """The size that a finding speaks of: `at 64 samples`, `at 64 samples on y and 96 on x`."""
    return "at every size" if window.border.virtual else f"at {per_axis(names, window, [str(size) for size, _ in window.sizes], 'sample')}"


def from_to(names: Sequence[str], window: OffCenter) -> str:
    """What becomes of the size: ` from 64 to 32 samples`, axis by axis where they differ."""
    return "" if window.border.virtual else f" from {per_axis(names, window, [f'{size} to {out}' for size, out in window.sizes], 'sample')}"


def per_axis(names: Sequence[str], window: OffCenter, texts: Sequence[str], unit: str) -> str:
    """Numbers on the axes of a window, once where they are equal: `64 samples`, `64 samples on y and 96 on x`."""
    units = unit if texts[0] == "1" else f"{unit}s"
    axes: dict[str, list[str]] = {}
    for axis, text in zip(window.axes, texts, strict=True):
        axes.setdefault(text, []).append(names[axis])
    if len(axes) == 1:
        return f"{texts[0]} {units}"
    return listing([f"{text}{'' if place else f' {units}'} on {axes_text(on)}" for place, (text, on) in enumerate(axes.items())])


def other_reading(analysis: Analysis, border: Border) -> str:
    """What else the padding may mean; empty where it can mean nothing else."""
    if border.node not in other_readings(analysis):
        return ""
    return "; or, if it is to read only what has come, say so with `padding: causal`"


def border_data(border: Border) -> dict[str, object]:
    """Numbers for the JSON report, in samples of the layer's input."""
    return {
        "kernel": border.kernel,
        "stride": border.stride,
        "padding": [border.low, border.high],
        "leftover": border.leftover,
        "shift": float(border.shift),
        "input_shift": None if border.before is None else float(border.shift * border.before),
    }
