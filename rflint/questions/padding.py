"""What padding does to a window: windows that see nothing else, and the layer at which better padding is to be written."""

from typing import NamedTuple

from rflint.engine import Analysis
from rflint.questions.borders import Border, OffCenter


class BetterPadding(NamedTuple):
    """Padding to write at a layer: the window itself, or a `pad` before it that does too much."""

    node: int
    low: int
    high: int


def better_padding(analysis: Analysis, window: OffCenter) -> BetterPadding | None:
    """How to give a window the padding that is closest to centre; None where no padding of one layer does it."""
    border = window.border
    axis = analysis.axes[window.axes[0]]
    step = axis.valid_cases[0].sizings[0].steps[border.node]
    if step is None or step.padding is None:
        return None
    low, high = border.best
    own = step.padding
    others = border.low - own[0], border.high - own[1]
    if low < others[0] or high < others[1]:
        better = BetterPadding(axis.program.sources[border.node][0], low - own[0], high - own[1])
    else:
        better = BetterPadding(border.node, low - others[0], high - others[1])
    return None if better.low < 0 or better.high < 0 else better


def blind_windows(border: Border) -> tuple[int, int]:
    """How many of the first and of the last windows reach no real sample.

    Window `i` covers `s i - low … s i - low + k - 1`.
    """
    before = -(-(border.low - border.kernel + 1) // border.stride)
    reached = (border.size - 1 + border.low) // border.stride + 1
    return min(max(before, 0), border.out), max(border.out - reached, 0)
