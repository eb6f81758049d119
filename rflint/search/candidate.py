"""Changes that might mend something, tried in order until one does or the budget is used up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from rflint.algebra import AxisOp
from rflint.engine import Program
from rflint.search.budget import UsedUpError
from rflint.search.trial import Trial


class Change(Protocol):
    """What can be tried."""

    def applied_to(self, trial: Trial) -> Trial:
        """The trial with this change."""


class Candidate(NamedTuple):
    """Another op for a layer, and with it for all layers that the same text stands for."""

    node: int
    op: AxisOp
    #: By axis that is tried, and node, the layer itself among them. Not all get the same op: an edit of the text sets some
    #: of its fields.
    copies: tuple[tuple[Program, Mapping[int, AxisOp]], ...]

    def applied_to(self, trial: Trial) -> Trial:
        """The trial with these ops."""
        return trial.with_ops(next(ops for program, ops in self.copies if program is trial.program))


C = TypeVar("C", bound=Change)


def first_that(mends: Callable[[Trial, Trial], bool], candidates: Iterable[C], trials: Sequence[Trial]) -> tuple[C | None, bool]:
    """The first candidate that mends all trials, and whether the search was complete: only then does None say that there is none.

    `mends` judges a trial as it is and with the change. The budget ends the search, whoever spends from it: the trials,
    `mends`, or the generator of candidates.
    """
    try:
        for candidate in candidates:
            if all(mends(trial, candidate.applied_to(trial)) for trial in trials):
                return candidate, True
    except UsedUpError:
        return None, False
    return None, True
