"""Where the paths to two nodes part, as a walk back node by node finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from rflint.questions.ancestry import Ancestry, Meeting

if TYPE_CHECKING:
    from collections.abc import Sequence


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Parents and weights of one tree: wide, or with paths so long that they take several powers of two."""
    count = draw(st.integers(1, 40))
    back = draw(st.sampled_from([1, 2, 3, count]))
    parents = [0, *(draw(st.integers(max(node - back, 0), node - 1)) for node in range(1, count))]
    return parents, draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))


def walked(parents: Sequence[int], weights: Sequence[int], one: int, other: int) -> Meeting:
    """The same, a step at a time: the later node is never an ancestor of the earlier."""
    starts, passed = [one, other], [one, other]
    ends = [one, other]
    while ends[0] != ends[1]:
        side = 0 if ends[0] > ends[1] else 1
        starts[side], ends[side] = ends[side], parents[ends[side]]
        passed.append(ends[side])
    fork = ends[0]
    first = tuple(fork if end == fork else start for end, start in zip((one, other), starts, strict=True))
    return Meeting(fork, (first[0], first[1]), max(weights[node] for node in passed))


@given(trees())
def test_every_pair_of_nodes(tree: tuple[list[int], list[int]]) -> None:
    parents, weights = tree
    found = Ancestry(parents, weights)
    for one in range(len(parents)):
        for other in range(len(parents)):
            assert found.meet(one, other) == walked(parents, weights, one, other)


def test_several_trees_in_one() -> None:
    """Roots are their own parents; each tree is asked for itself."""
    found = Ancestry([0, 1, 0, 1, 2, 3], [5, 1, 2, 7, 3, 4])
    assert found.meet(4, 0) == Meeting(0, (2, 0), 5)
    assert found.meet(1, 5) == Meeting(1, (1, 3), 7)
    assert found.meet(1, 1) == Meeting(1, (1, 1), 1)
