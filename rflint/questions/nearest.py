"""Input sizes near the declared one that suit."""

from collections.abc import Callable, Container
from typing import NamedTuple

from rflint.engine import AxisAnalysis, InputSizes, Memo, size_up
from rflint.search import NEAREST_SIZES, Budget, Trial, UsedUpError

#: Samples, either way, within which a size is near.
FURTHEST = 256


class NearestSizes(NamedTuple):
    """At most one size below the declared one and one above."""

    sizes: tuple[int, ...]
    #: Whether all sizes nearer than these, or all near ones, were tried.
    complete: bool


def nearest_sizes(
    part: AxisAnalysis,
    fits: Callable[[int, list[int | None]], bool] = lambda _node, _sizes: True,
    furthest: int = FURTHEST,
    only: Container[int] | None = None,
) -> NearestSizes:
    """The sizes of the only input next below and next above the declared one that suit every layer and `fits`.

    `fits` is asked at every layer with a window, given its node and the map sizes so far.  With `only`, other layers need not
    suit, and `fits` is asked at these nodes.  Sizes at which an output would read more of the future are passed over where
    nothing is to look ahead.
    """

    def suits(size: int) -> bool:
        return has_room(size) and (not program.sensitive or looks_no_further(size))

    def looks_no_further(size: int) -> bool:
        try:
            return here.at((size,)).looks_no_further(here)
        except UsedUpError:
            return False

    def has_room(size: int) -> bool:
        if only is None:
            return not size_up(program, InputSizes((size,)), memo, fits).problems
        sizes = list(size_up(program, InputSizes((size,)), memo).sizes)
        return all(fits(node, sizes) for node in range(len(sizes)) if node in only)

    inputs, program = part.sizings[0].inputs, part.program
    declared = inputs[0]
    if len(inputs) != 1 or declared is None or part.sizings[0].virtual:
        return NearestSizes((), complete=False)
    memo: Memo = {}
    here = Trial.of(part, Budget(NEAREST_SIZES))
    # How many sizes either way are within the budget.
    most = NEAREST_SIZES // program.work
    below = range(declared - 1, max(declared - furthest - 1, 0), -1)
    above = range(declared + 1, declared + furthest + 1)
    found = [next((size for size in near[:most] if suits(size)), None) for near in (below, above)]
    complete = all(size is not None or len(near) <= most for size, near in zip(found, (below, above), strict=True))
    return NearestSizes(tuple(size for size in found if size is not None), complete)
