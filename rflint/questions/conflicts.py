"""Sizes that do not go together: maps that differ at a merge, maps that shrink to nothing, maps that an op cannot take."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from rflint.algebra import Window
from rflint.engine import MERGE, Analysis, AxisAnalysis, Program, SizeProblem, Sizing, stands_in
from rflint.questions.alignment import other_strides
from rflint.questions.nearest import nearest_sizes
from rflint.questions.paths import NOWHERE, part_ways
from rflint.questions.size_mends import SizeSearch, mend_merge, new_budget
from rflint.search import SIZE_PATHS, Budget, UsedUpError

Kind = Literal["mismatch", "empty", "refused"]


class Branch(NamedTuple):
    """A branch of a merge; its size is None where that of the input is unknown."""

    node: int
    size: int | None


class Disagreement(NamedTuple):
    """Branches of a merge that differ in size."""

    branches: tuple[Branch, ...]
    #: The node of the largest, and of the smallest.
    largest: int
    smallest: int
    #: By how many samples these two differ: least and most, over all sizes of the inputs.
    surplus: tuple[int, int]

    @property
    def grows(self) -> bool:
        """Whether they differ by more, the larger the input is: the surplus is then that of the size that stands for all."""
        return all(branch.size is None for branch in self.branches) and stands_in(2 * max(map(abs, self.surplus)))


class SmallMap(NamedTuple):
    """A map of which an op leaves nothing: its samples; and, of a window, the padding of both sides and the effective kernel."""

    size: int
    padding: int = 0
    kernel: int | None = None


class AxisConflict(NamedTuple):
    """What is wrong with the sizes at one node, on one axis."""

    node: int
    kind: Kind
    #: Of all inputs of the node, those of a merge in the order in which they are written; None where unknown.
    sizes: tuple[int | None, ...]
    #: What the op says of a size that it refuses.
    refusal: str
    disagreement: Disagreement | None
    small_map: SmallMap | None
    #: Sizes of the only input, next to the declared one, that suit every layer; none where none is near.
    fitting: tuple[int, ...]


class Change(NamedTuple):
    """A layer that changes the size of its map, by how many samples; from and to how many, None where unknown."""

    node: int
    by: int
    before: int | None
    after: int | None


class SizePath(NamedTuple):
    """A branch from the fork on: its last layer, and the layers of it that change the size, in order."""

    end: int
    changes: tuple[Change, ...]
    #: All layers of it, last first.
    nodes: tuple[int, ...]


class Fork(NamedTuple):
    """Where the largest and the smallest branch of a merge part, and how their sizes go on from there."""

    #: Last layer of both, and its size; None where they have none in common, or where its size is unknown.
    node: int | None
    size: int | None
    paths: tuple[SizePath, ...]


class Conflict(NamedTuple):
    """What is wrong with the sizes at one node, by axis."""

    node: int
    kind: Kind
    axes: Mapping[int, AxisConflict]
    #: Of a mismatch, on the first of the axes; None where the network is too large to look for it.
    fork: Fork | None
    #: Of a mismatch: one layer's change that mends it, on all of the axes.
    mend: SizeSearch = SizeSearch(None, complete=False)


def size_conflicts(analysis: Analysis) -> tuple[Conflict, ...]:
    """Conflicts at the declared sizes; where a size is unknown, those that no size of the input avoids.

    Merges whose branches differ because their strides do are left to the questions of alignment.
    """
    by_node: dict[tuple[int, Kind], dict[int, AxisConflict]] = {}
    for part, axes in analysis.distinct:
        for conflict in _on_axis(part):
            by_node.setdefault((conflict.node, conflict.kind), {}).update(dict.fromkeys(axes, conflict))
    if not by_node:
        return ()
    budget = Budget(SIZE_PATHS)
    found = [Conflict(node, kind, axes, _fork(analysis, axes, budget)) for (node, kind), axes in sorted(by_node.items())]
    mends = new_budget()
    return tuple(conflict._replace(mend=_mend(analysis, conflict, mends)) for conflict in found)


def _mend(analysis: Analysis, conflict: Conflict, budget: Budget) -> SizeSearch:
    disagreement = conflict.axes[min(conflict.axes)].disagreement
    if conflict.fork is None or disagreement is None or not all(analysis.axes[axis].decided for axis in conflict.axes):
        return conflict.mend
    if not budget.covers(analysis.axes[0].program.work):
        return conflict.mend
    paths = [path.nodes for path in conflict.fork.paths]
    between = [branch.node for branch in disagreement.branches if branch.node not in (disagreement.largest, disagreement.smallest)]
    branches = (disagreement.largest, *between, disagreement.smallest)
    return mend_merge(analysis, conflict.node, tuple(conflict.axes), branches, paths, budget)


def _on_axis(part: AxisAnalysis) -> list[AxisConflict]:
    unexplained = tuple(_unexplained(part))
    fitting = nearest_sizes(part).sizes if unexplained else ()
    return [
        AxisConflict(
            problem.node,
            problem.kind,
            tuple(_shown(part.sizings[0], size) for size in _ordered(part, problem)),
            problem.text,
            disagreement,
            _small_map(part, problem) if problem.kind == "empty" else None,
            fitting,
        )
        for problem, disagreement in unexplained
    ]


def _ordered(part: AxisAnalysis, problem: SizeProblem) -> Sequence[int | None]:
    """The sizes of a problem, those of a merge in the order of the graph."""
    if problem.kind != "mismatch":
        return problem.sizes
    by_node = dict(zip(part.program.sources[problem.node], problem.sizes, strict=True))
    return [by_node[node] for node in sorted(part.program.sources[problem.node])]


def _unexplained(part: AxisAnalysis) -> Iterator[tuple[SizeProblem, Disagreement | None]]:
    """Lasting problems; of merges, those that no difference of strides explains."""
    problems = _lasting(part)
    explained = other_strides(part) if problems else {}
    for problem in problems:
        if problem.kind != "mismatch":
            yield problem, None
        elif disagreement := _disagreement(part, problem, explained.get(problem.node, frozenset())):
            yield problem, disagreement


def _lasting(part: AxisAnalysis) -> Sequence[SizeProblem]:
    """Problems at the declared sizes; where a size is unknown, those that no size of the input avoids."""
    sizings = part.sizings
    least = min(sizings, key=lambda sizing: len(sizing.problems)).problems
    everywhere = set.intersection(*({problem.node for problem in sizing.problems} for sizing in sizings))
    # Layers that each work at some size, but not at the same one: then any of them is to blame.
    return [problem for problem in least if problem.node in everywhere] or least


def _disagreement(part: AxisAnalysis, problem: SizeProblem, explained: frozenset[int]) -> Disagreement | None:
    """Branches of a merge that differ in size, apart from those whose size is explained; None where they agree."""
    spreads = part.program.broadcasts(problem.node)
    sizes = {
        origin: size
        for origin, size in sorted(zip(part.program.sources[problem.node], problem.sizes, strict=True))
        if size is not None and not (spreads and size == 1) and origin not in explained
    }
    if part.sizings[0].virtual:
        # Sizes that scale with the input and sizes that do not cannot be compared.
        scaling = {origin: size for origin, size in sizes.items() if stands_in(size)}
        sizes = scaling if len(set(scaling.values())) > 1 else {origin: size for origin, size in sizes.items() if origin not in scaling}
    if len(set(sizes.values())) < 2:
        return None
    largest, smallest = max(sizes, key=sizes.__getitem__), min(sizes, key=sizes.__getitem__)
    surplus = [
        large - small
        for sizing in part.sizings
        if (large := sizing.sizes[largest]) is not None and (small := sizing.sizes[smallest]) is not None
    ]
    branches = tuple(Branch(node, _shown(part.sizings[0], size)) for node, size in sizes.items())
    return Disagreement(branches, largest, smallest, (min(surplus), max(surplus)))


def _small_map(part: AxisAnalysis, problem: SizeProblem) -> SmallMap:
    op, size = part.program.ops[problem.node], problem.sizes[0] or 0
    return SmallMap(size, sum(op.padding(size) or ()), op.effective_kernel) if isinstance(op, Window) else SmallMap(size)


def _shown(sizing: Sizing, size: int | None) -> int | None:
    """The size where it is one: not where it stands for a class of unknown sizes."""
    return None if size is None or (sizing.virtual and stands_in(size)) else size


def _fork(analysis: Analysis, axes: Mapping[int, AxisConflict], budget: Budget) -> Fork | None:
    first = min(axes)
    if (disagreement := axes[first].disagreement) is None:
        return None
    program, sizing = analysis.axes[first].program, analysis.axes[first].sizings[0]
    one, other = disagreement.largest, disagreement.smallest
    try:
        parting = part_ways(one, other, lambda node: _size_from(program, sizing, node), budget)
    except UsedUpError:
        return None
    node = None if parting.fork == NOWHERE else parting.fork
    paths = tuple(
        SizePath(end, tuple(_changes(program, sizing, nodes)), nodes) for end, nodes in ((one, parting.one), (other, parting.other))
    )
    return Fork(node, None if node is None else _shown(sizing, sizing.sizes[node]), paths)


def _size_from(program: Program, sizing: Sizing, node: int) -> int:
    """The input of a node that its size comes from; of several the first written."""
    sources = program.sources[node]
    if program.kinds[node] != MERGE:
        return next(iter(sources), NOWHERE)
    return min(sources, key=lambda origin: (sizing.sizes[origin] != sizing.sizes[node], origin))


def _changes(program: Program, sizing: Sizing, nodes: Sequence[int]) -> Iterator[Change]:
    """Changes along a path whose nodes are given last first; those by an unknown amount are left out."""
    for node in reversed(nodes):
        before, after = sizing.sizes[program.sources[node][0]], sizing.sizes[node]
        if before is None or after is None or before == after:
            continue
        if _shown(sizing, max(before, after)) is not None:
            yield Change(node, after - before, before, after)
        elif not stands_in(2 * abs(after - before)):
            yield Change(node, after - before, None, None)
