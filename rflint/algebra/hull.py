"""Families of intervals: the hull of what each feature sees, carried through steps and merges (design.md#periodic-families).

Everything is exact integer arithmetic.  The common case, period 1, is written out first in each function; the general
case states the definition.
"""

from collections.abc import Sequence
from math import gcd
from typing import NamedTuple

from rflint.algebra.axis import Step
from rflint.algebra.periodic import PERIOD_CAP, behind, common, shortest, smallest

#: Phases worked out at most, to fold a period past the cap into an outer bound.
_FOLDED_CAP = 64 * PERIOD_CAP

Region = tuple[int, int] | None
#: One end of each phase; None where a phase sees nothing.
Ends = tuple[int | None, ...]


class Family(NamedTuple):
    """Feature `p + m * period` sees the input samples `low[p] + m * advance … high[p] + m * advance`.

    Both ends of a phase that sees nothing are None.
    """

    period: int
    advance: int
    low: Ends
    high: Ends
    #: Both ends never step back from one feature to the next, and every phase sees something.
    monotone: bool = True
    #: False: the intervals are a sound outer bound.
    exact: bool = True

    @property
    def phases(self) -> tuple[Region, ...]:
        """`(low, high)` of each phase; None for one that sees nothing."""
        return tuple(None if low is None or high is None else (low, high) for low, high in zip(self.low, self.high, strict=True))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Samples between the ends, of each phase that sees something."""
        return tuple(region[1] - region[0] + 1 for region in self.phases if region is not None)

    def region(self, index: int) -> Region:
        """`(low, high)` of a feature, in input samples; None where it sees nothing."""
        turns, phase = divmod(index, self.period)
        low, high = self.low[phase], self.high[phase]
        return None if low is None or high is None else (low + turns * self.advance, high + turns * self.advance)


def through(step: Step, family: Family) -> Family | None:
    """The family behind a step with taps; None where its shortest possible period is past the cap."""
    if step.period == 1 and family.period == 1 and family.monotone:
        (low,), (high,), (taps,), advance = family.low, family.high, step.taps, family.advance
        return Family(1, advance * step.advance, (low + advance * taps[0],), (high + advance * taps[-1],), True, family.exact)  # type: ignore[operator] # it sees something
    period, advance = behind(step, family)
    if not _can_be_kept(period, advance):
        return None
    hulls = []
    for index in range(period):
        turn, phase = divmod(index, step.period)
        hulls.append(_hull(step.taps[phase], step.advance * turn, family))
    return _family(period, advance, hulls, exact=family.exact)


def union(families: Sequence[Family]) -> Family | None:
    """Union of families; None where their strides differ (the union drifts) or its period is past the cap."""
    head = families[0]
    exact = all([family.exact for family in families])
    if all([family.period == 1 and family.advance == head.advance for family in families]):
        low = min([family.low[0] for family in families if family.low[0] is not None], default=None)
        high = max([family.high[0] for family in families if family.high[0] is not None], default=None)
        return Family(1, head.advance, (low,), (high,), low is not None, exact)
    together = common(families)
    if together is None or not _can_be_kept(*together):
        return None
    regions = [[region for family in families if (region := family.region(index)) is not None] for index in range(together[0])]
    return _family(*together, [_around(seen) for seen in regions], exact=exact)


def _can_be_kept(period: int, advance: int) -> bool:
    """Whether phase by phase, or folded into an outer bound."""
    return period <= PERIOD_CAP or (period <= _FOLDED_CAP and shortest(period, advance)[0] <= PERIOD_CAP)


def _around(regions: Sequence[tuple[int, int]]) -> Region:
    return (min(low for low, _ in regions), max(high for _, high in regions)) if regions else None


def _hull(taps: range, base: int, family: Family) -> Region:
    """Least low and largest high over all taps.

    End taps suffice for a monotone family.  Otherwise phases recur every `period / gcd` taps, each time further on, so
    the first and the last such cycle hold the extremes.
    """
    cycle = 1 if family.monotone else family.period // gcd(family.period, taps.step)
    lows = [region[0] for tap in taps[:cycle] if (region := family.region(base + tap)) is not None]
    highs = [region[1] for tap in taps[max(len(taps) - cycle, 0) :] if (region := family.region(base + tap)) is not None]
    return (min(lows), max(highs)) if lows else None


def _family(period: int, advance: int, regions: Sequence[Region], *, exact: bool) -> Family:
    """These phases with their smallest period; past the cap, folded into the shortest family that contains them."""
    if period > PERIOD_CAP:
        exact = False
        short, hop = shortest(period, advance)
        folded: list[list[tuple[int, int]]] = [[] for _ in range(short)]
        for index, region in enumerate(regions):
            if region is not None:
                turn, phase = divmod(index, short)
                folded[phase].append((region[0] - turn * hop, region[1] - turn * hop))
        period, advance, regions = short, hop, [_around(seen) for seen in folded]
    else:
        period, advance = smallest(period, advance, lambda short, hop: _repeats(regions, short, hop))
    low = tuple(region and region[0] for region in regions[:period])
    high = tuple(region and region[1] for region in regions[:period])
    return Family(period, advance, low, high, monotone=_is_monotone(low, advance) and _is_monotone(high, advance), exact=exact)


def _repeats(regions: Sequence[Region], period: int, advance: int) -> bool:
    return all(
        early is late if early is None or late is None else (late[0] - early[0], late[1] - early[1]) == (advance, advance)
        for early, late in zip(regions, regions[period:], strict=False)
    )


def _is_monotone(ends: Ends, advance: int) -> bool:
    known = [end for end in ends if end is not None]
    return len(known) == len(ends) and all(early <= late for early, late in zip(known, [*known[1:], known[0] + advance], strict=True))
