"""Beyond the hull: the exact set of input samples that features see, its density, and how path weight spreads over it.

Sets are Python integers as bit sets, one per phase (design.md#beyond-the-hull).  A set without holes is kept as its interval alone, so
ordinary networks cost nothing here.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import NamedTuple

from rflint.algebra.axis import LARGEST_COMPUTED, Step
from rflint.algebra.periodic import PERIOD_CAP, behind, common, smallest

#: Widest set, in samples, that is kept exactly.
WIDTH_CAP = 1 << 20


class Seen(NamedTuple):
    """Samples that one phase sees: `low … low + width - 1`, with holes where `bits` has a zero; width 0: nothing."""

    low: int
    width: int
    #: Bit `j` stands for sample `low + j`; None: no holes.
    bits: int | None = None

    @property
    def samples(self) -> int:
        """How many it sees."""
        return self.width if self.bits is None else self.bits.bit_count()


_NOTHING = Seen(0, 0)


class SupportSet(NamedTuple):
    """The exact support of a map, a periodic family of sets."""

    period: int
    advance: int
    phases: tuple[Seen, ...]

    @property
    def holes(self) -> int:
        """Most samples that one phase leaves out between its ends."""
        return max(seen.width - seen.samples for seen in self.phases)

    @property
    def density(self) -> Fraction | None:
        """Share of the hull that is seen, over all phases; None where nothing is."""
        width = sum(seen.width for seen in self.phases)
        return Fraction(sum(seen.samples for seen in self.phases), width) if width else None


SOURCE_SET = SupportSet(1, 1, (Seen(0, 1),))


def union_of(parts: Sequence[tuple[Seen, int]]) -> Seen:
    """Union of several sets, each moved by some samples."""
    if not (parts := [part for part in parts if part[0].width]):
        return _NOTHING
    low = min(seen.low + move for seen, move in parts)
    end = max(seen.low + move + seen.width for seen, move in parts)
    reach = low
    for seen, move in sorted(parts, key=lambda part: part[0].low + part[1]):
        if seen.bits is not None or seen.low + move > reach:
            break
        reach = max(reach, seen.low + move + seen.width)
    if reach == end:
        return Seen(low, end - low)
    bits = 0
    for seen, move in parts:
        own = seen.bits if seen.bits is not None else (1 << seen.width) - 1
        bits |= own << (seen.low + move - low)
    full = (1 << (end - low)) - 1
    return Seen(low, end - low, None if bits == full else bits)


def _repeated(seen: Seen, times: int, hop: int) -> Seen:
    """Union of a set, moved by 0, 1, … hops: each round doubles what is there."""
    width = seen.width and seen.width + (times - 1) * hop
    if seen.bits is None and (times == 1 or hop <= seen.width):
        return Seen(seen.low, width)
    bits, there = (1 << seen.width) - 1 if seen.bits is None else seen.bits, 1
    while there < times:
        more = min(there, times - there)
        bits |= bits << more * hop
        there += more
    return Seen(seen.low, width, None if bits.bit_count() == width else bits)


def through_set(step: Step, inner: SupportSet) -> SupportSet | None:
    """The set behind a step: the union over all taps; None past the caps or where the step has no taps."""
    if step.why or not step.taps:
        return None
    period, advance = behind(step, inner)
    if period > PERIOD_CAP or advance > LARGEST_COMPUTED:
        return None
    phases = []
    for index in range(period):
        turn, phase = divmod(index, step.period)
        taps = step.taps[phase]
        base = step.advance * turn
        if inner.period == 1 and inner.phases[0].bits is None and inner.phases[0].width >= inner.advance * taps.step and taps:
            # Steps no wider than the set: no hole can open.
            only = inner.phases[0]
            first, last = base + taps[0], base + taps[-1]
            phases.append(Seen(only.low + first * inner.advance, only.width + (last - first) * inner.advance))
            continue
        widest = max(seen.width for seen in inner.phases)
        if taps and (taps[-1] - taps[0] + 1) * inner.advance + widest > WIDTH_CAP:
            return None
        # Taps that read one phase of the set are equally far apart.
        cycle = inner.period // gcd(inner.period, taps.step)
        parts = []
        for first in taps[:cycle]:
            far, own = divmod(base + first, inner.period)
            hop = cycle * taps.step // inner.period * inner.advance
            parts.append((_repeated(inner.phases[own], -(-(taps[-1] + 1 - first) // (cycle * taps.step)), hop), far * inner.advance))
        phases.append(union_of(parts))
    return _support_set(period, advance, tuple(phases))


def merge_sets(sets: Sequence[SupportSet]) -> SupportSet | None:
    """Union of several sets of one stride; None where strides differ or past the cap."""
    if (together := common(sets)) is None:
        return None
    period, advance = together
    seen = [phase for each in sets for phase in each.phases]
    reach = max(phase.low + phase.width for phase in seen) - min(phase.low for phase in seen)
    if period > PERIOD_CAP or reach > WIDTH_CAP:
        return None
    phases = tuple(
        union_of([(each.phases[index % each.period], index // each.period * each.advance) for each in sets]) for index in range(period)
    )
    return _support_set(period, advance, phases)


def _support_set(period: int, advance: int, phases: tuple[Seen, ...]) -> SupportSet:
    """These phases with their smallest period."""

    def repeats(short: int, hop: int) -> bool:
        return all(
            (late.width, late.bits) == (early.width, early.bits) and (not late.width or late.low - early.low == hop)
            for early, late in zip(phases, phases[short:], strict=False)
        )

    period, advance = smallest(period, advance, repeats)
    return SupportSet(period, advance, phases[:period])
