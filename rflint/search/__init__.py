"""What if: a network with some ops changed, or at other sizes, within a budget of work.

A suggestion is a generator of `Candidate`s and a judgement of the `Trial`s that they make; `first_that` does the rest.
"""

from rflint.search.budget import EDITS, NEAREST_SIZES, SIZE_PATHS, SMALLEST_SIZE, TARGET_LAYERS, Budget, UsedUpError
from rflint.search.candidate import Candidate, first_that
from rflint.search.trial import Trial

__all__ = [
    "EDITS",
    "NEAREST_SIZES",
    "SIZE_PATHS",
    "SMALLEST_SIZE",
    "TARGET_LAYERS",
    "Budget",
    "Candidate",
    "Trial",
    "UsedUpError",
    "first_that",
]
