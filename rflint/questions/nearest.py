"""Input sizes near the declared one that suit."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rflint.engine import AxisAnalysis
from rflint.search import NEAREST_SIZES, Budget, OtherSize, Trial, first_that

#: Samples, either way, within which a size is near.
FURTHEST = 256


class NearestSizes(NamedTuple):
    """At most one size below the declared one and one above."""

    sizes: tuple[int, ...]
    #: Whether all sizes nearer than these, or all near ones, were tried.
    complete: bool


def nearest_sizes(
    part: AxisAnalysis, fits: Callable[[int, list[int | None]], bool] = lambda _node, _sizes: True, furthest: int = FURTHEST
) -> NearestSizes:
    """The sizes of the only input next below and next above the declared one that suit every layer and `fits`.

    `fits` is asked at every layer with a window, given its node and the map sizes so far.
    """
    inputs = part.sizings[0].inputs
    declared = inputs[0]
    if len(inputs) != 1 or declared is None:
        return NearestSizes((), complete=False)
    below = map(OtherSize, range(declared - 1, max(declared - furthest - 1, 0), -1))
    above = map(OtherSize, range(declared + 1, declared + furthest + 1))
    searches = [
        first_that(lambda _, there: there.suits(fits), candidates, [Trial.of(part, Budget(NEAREST_SIZES))]) for candidates in (below, above)
    ]
    return NearestSizes(tuple(mend.size for mend, _ in searches if mend is not None), all(complete for _, complete in searches))
