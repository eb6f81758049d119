"""Two versions of a network: which layer is which, what changed, how grave that is."""

from rflint.comparing.comparison import compare
from rflint.comparing.values import KINDS, WORKING_TREE, Change, Diff, Effect, Kind, Move, Side, SpecDiff
from rflint.comparing.verdict import tally, verdict, word

__all__ = [
    "KINDS",
    "WORKING_TREE",
    "Change",
    "Diff",
    "Effect",
    "Kind",
    "Move",
    "Side",
    "SpecDiff",
    "compare",
    "tally",
    "verdict",
    "word",
]
