"""How much a search may do, whatever the network: one unit of work is a node or an edge that is visited."""

from __future__ import annotations

from typing import Final

#: Edits that would align the merges of a spec, all merges together.
EDITS: Final = 500_000
#: Sizes below, and as much for those above, the declared one of the only input, on one axis: hundreds are tried where none suits.
NEAREST_SIZES: Final = 500_000
#: Sizes of an undeclared input, on one axis, all residue classes together: about what the analysis of as many classes takes.
SMALLEST_SIZE: Final = 20_000_000
#: Paths that are gone back over to say where branches of unequal size part, or a stated size was lost, all of a spec together.
SIZE_PATHS: Final = 200_000
#: Layers that are asked whether they see a target, once per axis and case of sizes, all targets of a spec together.
TARGET_LAYERS: Final = 200_000


class UsedUpError(Exception):
    """There is less left of a budget than the next step of a search takes: the search is not complete."""


class Budget:
    """Work that a search may still do, in nodes and edges visited."""

    def __init__(self, work: int) -> None:
        self._left = work

    def covers(self, work: int) -> bool:
        """Whether so much may still be done: else a search need not begin."""
        return work <= self._left

    def spend(self, work: int) -> None:
        """Account for work that is about to be done; raise UsedUpError, and keep what is left, where it is more than that."""
        if work > self._left:
            raise UsedUpError
        self._left -= work
