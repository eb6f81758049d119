"""Input sizes at which windows divide their maps exactly (design.md#borders-and-drift)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rflint.engine import Analysis, AxisAnalysis
from rflint.questions.borders import Border, OffCenter
from rflint.questions.nearest import FURTHEST, nearest_sizes


class EvenSizes(NamedTuple):
    """Input sizes near the declared one at which windows divide their maps exactly."""

    #: Those that suit every layer: at most one below and one above.
    sizes: tuple[int, ...]
    #: Where there are none: those at which the windows divide, but another layer does not fit.
    unsuitable: tuple[int, ...] = ()
    #: How far the search went, and whether nothing can be found further away: divisions repeat.
    furthest: int = FURTHEST
    complete: bool = False


def even_sizes(analysis: Analysis, windows: Sequence[OffCenter], axes: Sequence[int]) -> Mapping[int, EvenSizes]:
    """Axis -> the input sizes nearest to the declared one at which all these windows divide their maps exactly.

    The borders are those of the first axis; axes on which the windows are others are left out.
    """
    borders = {window.border.node: window.border for window in windows}
    first = analysis.axes[axes[0]].program
    nearest: dict[int, EvenSizes] = {}
    for part, equal in analysis.distinct:
        asked = [axis for axis in equal if axis in axes]
        if asked and all(part.program.ops[node] == first.ops[node] for node in borders):
            nearest |= dict.fromkeys(asked, _on_axis(part, borders))
    return {axis: nearest[axis] for axis in axes if axis in nearest}


def _on_axis(axis: AxisAnalysis, borders: Mapping[int, Border]) -> EvenSizes:
    def divides(node: int, sizes: list[int | None]) -> bool:
        if (border := borders.get(node)) is None:
            return True
        before, out = sizes[border.source], sizes[node]
        return before is not None and out is not None and not border.leftover_at(before, out)

    # Divisions repeat with the total stride: no search for exact ones need go further.
    modulus = axis.program.modulus(axis.program.scales(0))
    furthest = min(modulus, FURTHEST)
    found = nearest_sizes(axis, divides, furthest)
    other = () if found.sizes else nearest_sizes(axis, divides, furthest, set(borders)).sizes
    return EvenSizes(found.sizes, other, furthest, found.complete and furthest == modulus)
