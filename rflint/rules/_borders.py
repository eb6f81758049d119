"""Words for windows that are off-centre, shared by the rules of padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.words.numbers import samples, show

if TYPE_CHECKING:
    from rflint.questions.borders import Border


def distance(border: Border) -> str:
    """`0.5 samples`, or in input samples too where strides stand before the layer."""
    size = abs(border.shift)
    if border.before is None or border.before == 1:
        return f"{samples(size)}"
    return f"{samples(size)} ({show(size * border.before)} of the network's input)"


def shift_words(border: Border) -> str:
    """The side to which features are off.

    With more padding before than after, the map's centre lies before that of its input.
    """
    return "after the centre of its input" if border.shift > 0 else "before the centre of its input"


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
