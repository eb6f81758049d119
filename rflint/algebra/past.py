"""Reach on one side only: recurrences that run forward, attention that is masked (design.md#global-reach)."""

from fractions import Fraction
from typing import NamedTuple

from rflint.algebra.axis import Facts, Step
from rflint.algebra.grid import IDENTITY


class Past(NamedTuple):
    """Output i reads input i, and all samples before it."""

    @property
    def sensitive(self) -> bool:
        """Never."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """One."""
        return Fraction(1)

    def step(self, facts: Facts) -> Step:
        """No local support; unlike behind other global ops, features stay where they are."""
        return Step(facts.size, IDENTITY, why="global", gated=True)
