"""Periodic families: what one period says of every feature, and how periods carry through steps and merges (design.md#periodic-families).

Feature `p + m * period` of a family is phase `p`, moved on by `m * advance` input samples.  Steps, hulls, exact supports
and spreads are such families; these formulas are the same for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import gcd, lcm
from typing import Final, Protocol

#: Longest period, in features, for which families are kept phase by phase.  Past it a sound outer bound is kept where
#: one exists (`exact: false`), else the size is null; `rflint locate` still answers position by position.
PERIOD_CAP: Final = 1024


class Periodic(Protocol):
    """What repeats every `period` features, `advance` input samples further on."""

    @property
    def period(self) -> int:
        """Number of phases."""

    @property
    def advance(self) -> int:
        """Input samples from one period to the next."""


def behind(step: Periodic, inner: Periodic) -> tuple[int, int]:
    """Period and advance of a family read through a step: whole turns of the step that are whole turns of the family."""
    turns = inner.period // gcd(inner.period, step.advance)
    return step.period * turns, inner.advance * (step.advance * turns // inner.period)


def common(families: Sequence[Periodic]) -> tuple[int, int] | None:
    """Period and advance of families side by side; None where their strides differ, as nothing repeats then."""
    head = families[0]
    if any(other.advance * head.period != head.advance * other.period for other in families):
        return None
    period = lcm(*(family.period for family in families))
    return period, head.advance * (period // head.period)


def shortest(period: int, advance: int) -> tuple[int, int]:
    """The shortest period that a family of this stride can have."""
    turns = gcd(period, advance)
    return period // turns, advance // turns


def smallest(period: int, advance: int, repeats: Callable[[int, int], bool]) -> tuple[int, int]:
    """The smallest period of a family, where `repeats(short, hop)` tells whether it has the period `short`, advancing by `hop`.

    Periods of one family are multiples of the smallest, so taking out one prime after the other leads there.
    """
    rest, prime = period, 2
    while rest > 1:
        if rest % prime:
            prime = prime + 1 if prime * prime <= rest else rest
            continue
        rest //= prime
        if advance % prime == 0 and repeats(period // prime, advance // prime):
            period, advance = period // prime, advance // prime
    return period, advance


def reduce_residues(residues: Collection[int], modulus: int) -> tuple[tuple[int, ...], int]:
    """The same set of integers with the smallest modulus: `{0, 2}` mod 4 is `{0}` mod 2."""
    kept = set(residues)

    def repeats(short: int, _: int) -> bool:
        return len({residue % short for residue in kept}) * (modulus // short) == len(kept)

    short, _ = smallest(modulus, 0, repeats)
    return tuple(sorted({residue % short for residue in kept})), short
