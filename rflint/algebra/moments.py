"""How path weight spreads over what is seen: mean and variance of each phase, carried through steps and merges."""

from collections.abc import Sequence
from math import gcd, sqrt
from typing import NamedTuple

from rflint.algebra.axis import LARGEST_COMPUTED, Step
from rflint.algebra.periodic import PERIOD_CAP, behind, common


class Spread(NamedTuple):
    """Mean and variance of the path weight of each phase, in input coordinates; None for a phase that sees nothing."""

    period: int
    advance: int
    phases: tuple[tuple[float, float] | None, ...]

    @property
    def effective(self) -> float | None:
        """Expected effective receptive field, 4σ of the widest phase (Luo et al. 2016): at least one sample."""
        return max((4 * sqrt(variance) for each in self.phases if each is not None for variance in each[1:]), default=None)


def through_spread(step: Step, inner: Spread) -> Spread | None:
    """The spread behind a step, whose taps weigh the same; None past the cap."""
    if step.period == 1 and inner.period == 1:
        only = inner.phases[0]
        taps = step.taps[0]
        if only is None or inner.advance * step.advance > LARGEST_COMPUTED:
            return None
        # Equally spaced taps: the variance of a discrete uniform distribution.
        mean = only[0] + inner.advance * (taps[0] + taps[-1]) / 2
        variance = only[1] + (inner.advance * taps.step) ** 2 * (len(taps) ** 2 - 1) / 12
        return Spread(1, inner.advance * step.advance, ((mean, variance),))
    period, advance = behind(step, inner)
    if period > PERIOD_CAP or advance > LARGEST_COMPUTED:
        return None
    phases: list[tuple[float, float] | None] = []
    for index in range(period):
        turn, phase = divmod(index, step.period)
        taps = step.taps[phase]
        # Taps that read one phase of the spread are equally far apart.
        cycle = inner.period // gcd(inner.period, taps.step)
        hop = cycle * taps.step // inner.period * inner.advance
        parts = []
        for position, first in enumerate(taps[:cycle]):
            far, own = divmod(step.advance * turn + first, inner.period)
            part = inner.phases[own]
            if part is not None:
                times = (len(taps) - 1 - position) // cycle + 1
                mean = part[0] + far * inner.advance + hop * (times - 1) / 2
                parts.append((mean, part[1] + hop**2 * (times**2 - 1) / 12, times))
        phases.append(_mixture(parts))
    return Spread(period, advance, tuple(phases))


def _mixture(parts: Sequence[tuple[float, float, int]]) -> tuple[float, float] | None:
    """Mean and variance of spreads side by side: the mean and variance of each, and its weight."""
    if not parts:
        return None
    total = sum(weight for _, _, weight in parts)
    mean = sum(weight * part for part, _, weight in parts) / total
    variance = sum(weight * (variance + (part - mean) ** 2) for part, variance, weight in parts) / total
    return mean, variance


def mix_spreads(spreads: Sequence[Spread]) -> Spread | None:
    """The spread behind a merge, whose branches weigh the same; None where their strides differ, or past the cap."""
    together = common(spreads)
    if together is None or together[0] > PERIOD_CAP:
        return None
    phases: list[tuple[float, float] | None] = []
    for index in range(together[0]):
        here: list[tuple[float, float, int]] = []
        for spread in spreads:
            turn, own = divmod(index, spread.period)
            part = spread.phases[own]
            if part is not None:
                here.append((part[0] + turn * spread.advance, part[1], 1))
        phases.append(_mixture(here))
    return Spread(*together, tuple(phases))
