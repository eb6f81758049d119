"""Receptive fields on one axis: a grid and a periodic family of intervals, carried through steps and merges (design.md#periodic-families).

Everything is exact integer arithmetic.  The common case, period 1, is written out first in each function; the general
case states the definition.
"""

from __future__ import annotations

from math import gcd, lcm
from typing import TYPE_CHECKING, NamedTuple

from rflint.algebra.axis import PERIOD_CAP, NoSupport, Step
from rflint.algebra.grid import IDENTITY, Grid, compose

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Interval ends of a phase that sees nothing.
NOTHING = None

Ends = tuple[int | None, ...]


class Field(NamedTuple):
    """What the features of one map see of one input, on one axis.

    Feature `p + m * period` sees the input samples `low[p] + m * advance … high[p] + m * advance`; both are None for a
    phase that sees nothing.  Without support (`why` set) both are empty.
    """

    #: None: no local path to the input, or unknown.
    grid: Grid | None
    period: int
    advance: int
    low: Ends
    high: Ends
    #: Both ends never step back from one feature to the next, and every phase sees something.
    monotone: bool = True
    #: All local paths from the input have one grid (design.md#alignment); None: that depends on an unknown size.
    aligned: bool | None = True
    #: Some path sees the whole input.
    is_global: bool = False
    #: False: the intervals are a sound outer bound.
    exact: bool = True
    #: The offset depends on an unknown size: only stride and size mean something.
    floating: bool = False
    #: The stride comes from map sizes (resize to a size): it is nominal.
    sized: bool = False
    #: A resampling op stands on the representative path.
    resampled: bool = False
    why: NoSupport = ""

    @property
    def size(self) -> int | None:
        """Receptive field size: the largest over the phases, in input samples."""
        sizes = (high - low + 1 for low, high in zip(self.low, self.high, strict=True) if low is not None and high is not None)
        return max(sizes, default=None)

    @property
    def size_min(self) -> int | None:
        """The smallest over the phases; None where a phase sees nothing."""
        if not self.low or None in self.low:
            return None
        return min(high - low + 1 for low, high in zip(self.low, self.high, strict=True) if low is not None and high is not None)

    def region(self, index: int) -> tuple[int, int] | None:
        """`(low, high)` of a feature, in input samples; None where it sees nothing or there is no support."""
        if not self.low:
            return None
        turns, phase = divmod(index, self.period)
        low, high = self.low[phase], self.high[phase]
        if low is None or high is None:
            return None
        return low + turns * self.advance, high + turns * self.advance


#: The input itself: feature i sees sample i.
SOURCE = Field(IDENTITY, 1, 1, (0,), (0,))

#: Nothing can be said (an op that is not known, a broken layer).
UNKNOWN = Field(None, 1, 1, (), (), aligned=True, exact=False, why="unknown-op")


def through(step: Step, field: Field) -> Field:
    """The field behind one more step."""
    if step.why == "global":
        return field if field.why == "unknown-op" else Field(None, 1, 1, (), (), is_global=True, why="global")
    if step.why == "unknown-op" or field.why == "unknown-op":
        return UNKNOWN
    if field.why == "global":
        return field
    outer, inner = step.grid, field.grid
    is_global = field.is_global or step.gated
    resampled = field.resampled or step.period != 1 or step.sized
    floating = field.floating or step.floating
    sized = field.sized or step.sized
    centre = None if outer is None or inner is None else compose(outer, inner)
    why = field.why or step.why
    if why or not step.taps:
        return Field(centre, 1, 1, (), (), True, field.aligned, is_global, False, floating, sized, resampled, why or "position-dependent")
    low, high = field.low[0], field.high[0]
    if step.period == 1 and field.period == 1 and low is not None and high is not None:
        taps = step.taps[0]
        advance = field.advance
        return Field(
            centre,
            1,
            advance * step.advance,
            (low + advance * taps[0],),
            (high + advance * taps[-1],),
            True,
            field.aligned,
            is_global,
            field.exact,
            floating,
            sized,
            resampled,
        )
    family = _through(step, field)
    if family is None:
        return Field(centre, 1, 1, (), (), True, field.aligned, is_global, False, floating, sized, resampled, "position-dependent")
    period, advance_, lows, highs, exact = family
    monotone = _is_monotone(lows, highs, advance_)
    return Field(
        centre, period, advance_, lows, highs, monotone, field.aligned, is_global, exact and field.exact, floating, sized, resampled
    )


_Family = tuple[int, int, Ends, Ends, bool]


def _through(step: Step, field: Field) -> _Family | None:
    """Periodic family behind a step; None where its shortest possible period is past the cap."""
    period = step.period * (field.period // gcd(field.period, step.advance))
    turns = period // step.period
    advance = field.advance * (step.advance * turns // field.period)
    exact = period <= PERIOD_CAP
    if not exact:
        shortest = period // gcd(period, advance)
        if shortest > PERIOD_CAP or period > 64 * PERIOD_CAP:
            return None
    lows: list[int | None] = []
    highs: list[int | None] = []
    for index in range(period):
        turn, phase = divmod(index, step.period)
        low, high = _hull(step.taps[phase], step.advance * turn, field)
        lows.append(low)
        highs.append(high)
    if not exact:
        return (*_fold(period, advance, lows, highs), False)
    return (*_reduce(period, advance, tuple(lows), tuple(highs)), True)


def _hull(taps: range, base: int, field: Field) -> tuple[int | None, int | None]:
    """Least low and largest high over all taps.

    End taps suffice for a monotone family.  Otherwise phases recur every `period / gcd` taps, each time further on, so
    the first and the last such cycle hold the extremes.
    """
    if not taps:
        return NOTHING, NOTHING
    count = len(taps)
    cycle = 1 if field.monotone else field.period // gcd(field.period, taps.step)
    first = taps[: min(cycle, count)]
    final = taps[max(count - cycle, 0) :]
    low: int | None = None
    high: int | None = None
    for tap in first:
        turn, phase = divmod(base + tap, field.period)
        start = field.low[phase]
        if start is not None and (low is None or start + turn * field.advance < low):
            low = start + turn * field.advance
    for tap in final:
        turn, phase = divmod(base + tap, field.period)
        end = field.high[phase]
        if end is not None and (high is None or end + turn * field.advance > high):
            high = end + turn * field.advance
    return low, high


def _is_monotone(lows: Ends, highs: Ends, advance: int) -> bool:
    if None in lows:
        return False
    for ends in (lows, highs):
        last = ends[0]
        for end in (*ends[1:], ends[0] + advance):  # type: ignore[operator] # no None here, checked above
            if end < last:  # type: ignore[operator]
                return False
            last = end
    return True


def _reduce(period: int, advance: int, lows: Ends, highs: Ends) -> tuple[int, int, Ends, Ends]:
    """The same family with its smallest period."""
    rest, prime = period, 2
    while rest > 1:
        if rest % prime:
            prime = prime + 1 if prime * prime <= rest else rest
            continue
        rest //= prime
        short, hop = period // prime, advance // prime
        if advance % prime == 0 and _repeats(lows, short, hop) and _repeats(highs, short, hop):
            period, advance, lows, highs = short, hop, lows[:short], highs[:short]
    return period, advance, lows, highs


def _repeats(ends: Ends, period: int, advance: int) -> bool:
    for early, late in zip(ends, ends[period:], strict=False):
        if early is None or late is None:
            if early is not late:
                return False
        elif late - early != advance:
            return False
    return True


def _fold(period: int, advance: int, lows: Sequence[int | None], highs: Sequence[int | None]) -> tuple[int, int, Ends, Ends]:
    """The shortest family of the same stride that contains this one: the outer bound past the cap."""
    common = gcd(period, advance)
    short, hop = period // common, advance // common
    low: list[int | None] = [None] * short
    high: list[int | None] = [None] * short
    for index in range(period):
        turn, phase = divmod(index, short)
        start, end = lows[index], highs[index]
        if start is None or end is None:
            continue
        start, end = start - turn * hop, end - turn * hop
        known_low, known_high = low[phase], high[phase]
        low[phase] = start if known_low is None else min(known_low, start)
        high[phase] = end if known_high is None else max(known_high, end)
    return short, hop, tuple(low), tuple(high)


def representative(fields: Sequence[Field]) -> int:
    """Position of the field whose grid most of the local fields have (ties: the first); -1 if none has a grid."""
    best, votes = -1, 0
    tally: dict[Grid, int] = {}
    for field in fields:
        if field.grid is not None and field.why != "global":
            tally[field.grid] = tally.get(field.grid, 0) + 1
    for position, field in enumerate(fields):
        if field.grid is not None and tally.get(field.grid, 0) > votes:
            best, votes = position, tally[field.grid]
    return best


def agree(one: Field, other: Field) -> bool:
    """Whether two local fields are aligned as far as can be known: equal grids, or equal strides where one floats."""
    if one.grid is None or other.grid is None or one.grid == other.grid:
        return True
    if one.floating or other.floating:
        return one.grid.s * other.grid.d == other.grid.s * one.grid.d
    return False


def union(fields: Sequence[Field], chosen: int) -> Field:
    """The field behind a merge of several; `chosen` is the representative's position.

    Whether the branches are aligned is the caller's to record; here `aligned` is that of the branches themselves and
    between them.
    """
    if any(field.why == "unknown-op" for field in fields):
        return UNKNOWN
    is_global = any(field.is_global for field in fields)
    local = [field for field in fields if field.why != "global"]
    if not local:
        return fields[0]
    head = fields[chosen] if chosen >= 0 else local[0]
    floating = any(field.floating for field in local)
    aligned: bool | None = True
    if any(field.aligned is False or not agree(head, field) for field in local):
        aligned = False
    elif any(field.aligned is None for field in local) or (floating and any(field != head for field in local)):
        aligned = None
    sized = any(field.sized for field in local)
    resampled = any(field.resampled for field in local)
    exact = all(field.exact for field in local)
    why: NoSupport = next((field.why for field in local if field.why), "")
    family: _Family | None = None
    if not why:
        if floating and any(field[1:5] != head[1:5] for field in local):
            why = "size-dependent"
        else:
            family = _union(local)
            why = "" if family else "position-dependent"
    if family is None:
        return Field(head.grid, 1, 1, (), (), True, aligned, is_global, False, floating, sized, resampled, why)
    period, advance, lows, highs, whole = family
    monotone = period == 1 or _is_monotone(lows, highs, advance)
    return Field(head.grid, period, advance, lows, highs, monotone, aligned, is_global, exact and whole, floating, sized, resampled)


def _union(fields: Sequence[Field]) -> _Family | None:
    """Union of families; None where their strides differ (the union drifts) or its period is past the cap."""
    head = fields[0]
    if all(field.period == 1 and field.advance == head.advance for field in fields):
        low = min((field.low[0] for field in fields if field.low[0] is not None), default=None)
        high = max((field.high[0] for field in fields if field.high[0] is not None), default=None)
        return 1, head.advance, (low,), (high,), True
    if any(field.advance * head.period != head.advance * field.period for field in fields):
        return None
    period = lcm(*(field.period for field in fields))
    advance = head.advance * (period // head.period)
    if period > 64 * PERIOD_CAP:
        return None
    lows: list[int | None] = []
    highs: list[int | None] = []
    for index in range(period):
        regions = [region for field in fields if (region := field.region(index)) is not None]
        lows.append(min((low for low, _ in regions), default=None))
        highs.append(max((high for _, high in regions), default=None))
    if period > PERIOD_CAP:
        if period // gcd(period, advance) > PERIOD_CAP:
            return None
        return (*_fold(period, advance, lows, highs), False)
    return (*_reduce(period, advance, tuple(lows), tuple(highs)), True)
