"""Where two paths to a merge part."""

from collections.abc import Callable
from typing import Final, NamedTuple

from rflint.search import Budget

#: No node: what comes before an input, and where paths part that begin at different inputs.
NOWHERE: Final = -1


class Parting(NamedTuple):
    """Two paths, followed back from their ends."""

    #: Last layer that they have in common; NOWHERE if they have none.
    fork: int
    #: Layers of each after the fork, last first.
    one: tuple[int, ...]
    other: tuple[int, ...]


def part_ways(one: int, other: int, before: Callable[[int], int], budget: Budget | None = None) -> Parting:
    """Follow two paths back to where they part; `before` gives the node that a path comes from, NOWHERE at its beginning.

    Each layer that is gone back over takes two from the budget, for itself and an edge; raises UsedUpError.

    Node numbers are topological: the larger of the two is never an ancestor of the other.
    """
    one_path: list[int] = []
    other_path: list[int] = []
    while one != other:
        if budget is not None:
            budget.spend(2)
        later = max(one, other)
        origin = before(later)
        if origin == NOWHERE:
            return Parting(NOWHERE, tuple(one_path), tuple(other_path))
        if later == one:
            one_path.append(one)
            one = origin
        else:
            other_path.append(other)
            other = origin
    return Parting(one, tuple(one_path), tuple(other_path))
