"""Geometry that a plug-in brings: an axis op of its own, asked as rflint's are, which can do no more than be unknown."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from fractions import Fraction
from typing import Any, Final

from rflint.algebra import AxisOp, Facts, Step
from rflint.algebra.contract import step_problem
from rflint.extensions.contract import described


class _Unusable(Exception):  # noqa: N818 - a verdict, not an error
    """What is wrong with a geometry, in words."""


def is_geometry(made: Any) -> bool:
    """Whether something has what an axis op has."""
    return (
        not isinstance(made, type)
        and callable(getattr(made, "step", None))
        and callable(getattr(made, "factor", None))
        and hasattr(made, "sensitive")
    )


class GuardedGeometry:
    """An `AxisOp` of a plug-in.  Where it fails, its step says how, and what depends on it is unknown."""

    __slots__ = ("_fixed", "_hash", "_made", "_who")

    #: It may fail at one size and not at another.
    sensitive: Final = True

    def __init__(self, who: str, made: AxisOp) -> None:
        """Take a geometry over from a plug-in; raises what `made` raises, and TypeError where it cannot be worked with."""
        self._who = who
        self._made = made
        self._hash = hash(made)
        sensitive: object = made.sensitive
        if type(sensitive) is not bool:
            raise TypeError("`sensitive` must be True or False")
        self._fixed = not sensitive

    def __eq__(self, other: object) -> bool:
        """Equal geometries of one op: what they say at one size is asked once."""
        if not isinstance(other, GuardedGeometry) or self._who != other._who:
            return NotImplemented
        try:
            return self._made is other._made or bool(self._made == other._made)
        except KeyboardInterrupt:
            raise
        except BaseException:
            return False

    def __hash__(self) -> int:
        """As the geometry itself was, once."""
        return self._hash

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """Ask for the number of output samples per input sample; None too where that fails, which `step` tells."""
        try:
            return self._factor(ratio)
        except KeyboardInterrupt:
            raise
        except BaseException:
            return None

    def step(self, facts: Facts) -> Step:
        """Ask for the step at a size."""
        try:
            self._factor(facts.ratio)
            step = self._step(facts)
            if self._fixed and step.reading != self._step(Facts(None)).reading:
                raise _Unusable(f"it is not `sensitive`, and at {facts.size} samples it reads otherwise than at a size that is unknown")
        except KeyboardInterrupt:
            raise
        except _Unusable as unusable:
            crash = f"{self._who} gave what cannot be: {unusable}"
        except BaseException as error:
            crash = f"{self._who} failed: {described(error)}"
        else:
            return step
        return Step(None, None, why="unknown-op", crash=crash)

    def _factor(self, ratio: Fraction | None) -> Fraction | None:
        with redirect_stdout(sys.stderr):
            factor: object = self._made.factor(ratio)
        if factor is not None and (type(factor) is not Fraction or factor <= 0):
            raise _Unusable("`factor` must give a positive Fraction or None")
        return factor

    def _step(self, facts: Facts) -> Step:
        with redirect_stdout(sys.stderr):
            step = self._made.step(facts)
        if problem := step_problem(step):
            raise _Unusable(problem)
        return step._replace(crash=None)
