"""Input sizes at which windows divide their maps exactly (design.md#borders-and-drift)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rflint.engine import Analysis, AxisAnalysis
from rflint.questions.borders import Border, OffCenter, borders
from rflint.questions.nearest import FURTHEST, nearest_sizes


class EvenSizes(NamedTuple):
    """Input sizes near the declared one at which windows divide their maps exactly."""

    #: Those that suit every layer: at most one below and one above.
    sizes: tuple[int, ...]
    #: Where there are none: those at which the windows divide, but others no longer do; or else another layer does not fit.
    others_uneven: tuple[int, ...] = ()
    unsuitable: tuple[int, ...] = ()
    #: How far the search went, and whether nothing can be found further away: divisions repeat.
    furthest: int = FURTHEST
    complete: bool = False
    #: Whether all sizes so far away were tried: with several inputs none are.
    searched: bool = False


def even_sizes(analysis: Analysis, windows: Sequence[OffCenter], axes: Sequence[int]) -> Mapping[int, EvenSizes]:
    """Axis -> the input sizes nearest to the declared one at which all these windows divide their maps exactly.

    So do all others that do now.  The borders are those of the first axis; axes on which the windows are others are left out.
    """
    asked = {window.border.node: window.border for window in windows}
    first = analysis.axes[axes[0]]
    even = _evenly_padded(first, asked)
    nearest: dict[int, EvenSizes] = {}
    for part, equal in analysis.distinct:
        wanted = [axis for axis in equal if axis in axes]
        if wanted and all(part.program.ops[node] == first.program.ops[node] for node in even):
            nearest |= dict.fromkeys(wanted, _on_axis(part, asked, even))
    return {axis: nearest[axis] for axis in axes if axis in nearest}


def _on_axis(axis: AxisAnalysis, asked: Mapping[int, Border], even: Mapping[int, Border]) -> EvenSizes:
    def divides(node: int, sizes: list[int | None]) -> bool:
        if (window := even.get(node)) is None:
            return True
        before, out = sizes[window.source], sizes[node]
        return before is not None and out is not None and not window.leftover_at(before, out)

    def as_asked(node: int, sizes: list[int | None]) -> bool:
        return node not in asked or divides(node, sizes)

    # Divisions repeat with the total stride: no search for exact ones need go further.
    modulus = axis.program.modulus(axis.program.scales(0))
    furthest = min(modulus, FURTHEST)
    found = nearest_sizes(axis, divides, furthest)
    uneven = () if found.sizes else nearest_sizes(axis, as_asked, furthest).sizes
    other = () if found.sizes or uneven else nearest_sizes(axis, as_asked, furthest, set(asked)).sizes
    return EvenSizes(found.sizes, uneven, other, furthest, found.complete and furthest == modulus, found.complete)


def _evenly_padded(part: AxisAnalysis, asked: Mapping[int, Border]) -> Mapping[int, Border]:
    """Windows that ought to divide their maps: those that are asked about, and strided ones that do now."""
    every = borders(part, part.sizings[0], part.program.readers(), every=True)
    dividing = (border for border in every if border.stride > 1 and border.low == border.high and not border.leftover)
    return {**{border.node: border for border in dividing if not border.window.word}, **asked}
