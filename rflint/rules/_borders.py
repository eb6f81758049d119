"""Words for windows that are off-centre, shared by the rules of padding."""

from __future__ import annotations

from rflint.engine import Analysis
from rflint.questions.borders import Border, other_readings
from rflint.words import samples, show


def off_center(border: Border) -> str:
    """How far features are off, and to which side: `0.5 samples after the centre of its input`.

    Where strides stand before the layer, the distance in samples of the network's input is added.
    With more padding before than after, the map's centre lies before that of its input.
    """
    shift, scale = border.shift, border.before
    far = samples(abs(shift)) if scale in (None, 1) else f"{samples(abs(shift))} ({show(abs(shift) * scale)} of the network's input)"
    return f"{far} {'after' if shift > 0 else 'before'} the centre of its input"


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
