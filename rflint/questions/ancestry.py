"""Where representative paths part, and the coarsest map on them: asked of a tree, in the logarithm of its depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Meeting(NamedTuple):
    """Two paths of a tree, followed back from their ends."""

    #: Last node that they have in common.
    fork: int
    #: First node of each behind the fork; the fork itself where a path is empty.
    starts: tuple[int, int]
    #: Largest weight of a node on either, the fork among them.
    heaviest: int


class Ancestry:
    """A tree whose nodes have a number and a weight; a parent has a smaller number than its children."""

    def __init__(self, parents: Sequence[int], weights: Sequence[int]) -> None:
        """`parents` by node, that of a root is the root itself; `weights` by node, whole numbers."""
        self._weights = weights
        self._depths = depths = [0] * len(parents)
        for node, parent in enumerate(parents):
            depths[node] = depths[parent] + 1
        #: By level `k`: the ancestor `2^k` steps back, and the largest weight of the nodes before it.
        self._levels: list[tuple[Sequence[int], Sequence[int]]] = [(parents, weights)]

    def meet(self, one: int, other: int) -> Meeting:
        """Where the paths to two nodes part; both lie in one tree."""
        heaviest = 0
        starts = [one, other]
        deeper = self._depths[one] - self._depths[other]
        # The deeper one first goes back to just before the level of the other.
        if deeper:
            side = 0 if deeper > 0 else 1
            starts[side], heaviest = self._back(starts[side], abs(deeper) - 1)
            up, weight = self._levels[0][0][starts[side]], self._weights[starts[side]]
            heaviest = max(heaviest, weight)
            if up == starts[1 - side]:
                return Meeting(up, (starts[0], starts[1]), max(heaviest, self._weights[up]))
            starts[side] = up
        if starts[0] == starts[1]:
            return Meeting(one, (one, one), max(heaviest, self._weights[one]))
        level = 0
        while self._level(level)[0][starts[0]] != self._level(level)[0][starts[1]]:
            level += 1
        for step in range(level, -1, -1):
            parents, weights = self._level(step)
            if parents[starts[0]] != parents[starts[1]]:
                heaviest = max(heaviest, weights[starts[0]], weights[starts[1]])
                starts = [parents[starts[0]], parents[starts[1]]]
        fork = self._levels[0][0][starts[0]]
        return Meeting(fork, (starts[0], starts[1]), max(heaviest, *(self._weights[node] for node in (*starts, fork))))

    def _back(self, node: int, steps: int) -> tuple[int, int]:
        """The ancestor so many steps back, and the largest weight of the nodes before it."""
        heaviest = level = 0
        while steps:
            if steps & 1:
                parents, weights = self._level(level)
                heaviest, node = max(heaviest, weights[node]), parents[node]
            steps >>= 1
            level += 1
        return node, heaviest

    def _level(self, level: int) -> tuple[Sequence[int], Sequence[int]]:
        while len(self._levels) <= level:
            parents, weights = self._levels[-1]
            heavier = [max(weight, weights[parent]) for weight, parent in zip(weights, parents, strict=True)]
            self._levels.append(([parents[parent] for parent in parents], heavier))
        return self._levels[level]
