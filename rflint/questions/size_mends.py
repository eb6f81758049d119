"""Changes of one layer that give a map another size: of merged maps that differ, the same one; of a stated size, that one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from math import prod
from typing import Any, Literal, NamedTuple

from rflint.algebra import AxisOp, CropLike, PadLike, Resize, Transposed, Window
from rflint.engine import STEP, Addition, Analysis, AxisAnalysis
from rflint.model import Graph, Site
from rflint.search import EDITS, Budget, Trial, UsedUpError, first_that


class SizeMend(NamedTuple):
    """Another value for one field of a layer, on some axes."""

    node: int
    #: `output_padding`, `ceil_mode` or `padding`.
    field: str
    #: As an axis op has it; of `padding` both sides.
    value: int | bool | tuple[int, int]
    #: Samples of its map before and after the layer, as it is, on the first of the axes.
    before: int
    after: int
    #: The layers that get it: all that the same item stands for, or this one alone.
    copies: tuple[int, ...]
    #: Whether there are others that the item stands for.
    alone: bool
    #: Names of the axes that get it; on others it stays as it is.
    axes: tuple[str, ...]

    def applied_to(self, trial: Trial) -> Trial:
        """The trial with this value."""
        if trial.axis not in self.axes:
            return trial
        values: dict[str, Any] = {self.field: self.value}
        if isinstance(self.value, tuple):
            values = {"word": "", "low": self.value[0], "high": self.value[1]}
        ops = {node: op._replace(**values) for node in self.copies if isinstance(op := trial.program.ops[node], (Window, Transposed))}
        return trial.with_ops(ops, scaled=True)


class Insertion(NamedTuple):
    """A layer between a merge and one of its inputs, by which this input gets the size of another one."""

    #: `crop_like`, `pad_like` or `resize_like`, and its fields.
    op: str
    fields: Mapping[str, str]
    merge: int
    #: Places among the inputs of the merge.
    branch: int
    reference: int
    #: All merges that get it: copies of one item.
    copies: tuple[int, ...]
    lowered: AxisOp

    def nodes(self, graph: Graph) -> tuple[int, int]:
        """The input that gets another size, and the one that has it."""
        sources = graph.layer(self.merge).sources
        return sources[self.branch], sources[self.reference]

    def places(self, graph: Graph) -> Iterator[tuple[int, int, int]]:
        """Of the merge and each copy of it: itself, the input that the layer is put behind, and the one that has the size."""
        for merge in self.copies:
            sources = graph.layer(merge).sources
            yield merge, sources[self.branch], sources[self.reference]

    def applied_to(self, trial: Trial) -> Trial:
        """The trial with these layers."""
        return trial.with_layers(Addition(merge, self.branch, self.reference, self.lowered) for merge in self.copies)


class SizeSearch(NamedTuple):
    """What a search for a mend came to."""

    mend: SizeMend | None
    #: Whether all changes that come into question were tried.
    complete: bool
    #: Of a merge: a layer that makes its maps one size.
    insertion: Insertion | None = None


def mend_merge(
    analysis: Analysis, node: int, axes: tuple[int, ...], branches: Sequence[int], paths: Sequence[Sequence[int]], budget: Budget
) -> SizeSearch:
    """A change behind the fork of two paths, and a layer at the end of one of them, by which these branches of a merge get one size.

    The largest branch comes first, the smallest last; the paths are theirs, each with its nodes, last first.
    """
    largest, *_, smallest = branches
    places = [place for place, origin in enumerate(analysis.axes[0].program.sources[node]) if origin in branches]

    def fits(trial: Trial, _axis: int) -> bool:
        merge, sizes = trial.now(node), trial.sizing.sizes
        origins = trial.program.sources[merge]
        return all(problem.node != merge for problem in trial.sizing.problems) or len({sizes[origins[place]] for place in places}) == 1

    def aligns(trial: Trial, axis: int) -> bool:
        names = analysis.axes[axis].cases[0].traces
        return fits(trial, axis) and all(violation.node != trial.now(node) for name in names for violation in trial.trace(name).violations)

    part = analysis.axes[min(axes)]
    found = _search(analysis, _candidates(analysis, axes, [each for path in paths for each in path]), fits, budget)
    insertions = _insertions(analysis, node, largest, smallest, rounded=_is_rounded(part, largest, smallest, paths[1]))
    for holds in (aligns, fits):
        inserted = _search(analysis, insertions, holds, budget)
        if inserted.insertion is not None:
            return found._replace(insertion=inserted.insertion)
    return found._replace(complete=found.complete and inserted.complete)


def mend_size(analysis: Analysis, node: int, wanted: Mapping[int, int], budget: Budget) -> SizeSearch:
    """A change on the way to a node by which its map gets the wanted size, by axis."""

    def has_size(trial: Trial, axis: int) -> bool:
        return trial.sizing.sizes[node] == wanted.get(axis, analysis.axes[axis].size(node))

    part = analysis.axes[min(wanted)]
    return _search(analysis, _candidates(analysis, tuple(wanted), path_to(part, node)), has_size, budget)


def path_to(part: AxisAnalysis, node: int) -> list[int]:
    """Layers of the path to a node through the first input of each, last first."""
    path: list[int] = []
    while node >= part.program.input_count:
        path.append(node)
        if not part.program.sources[node]:
            break
        node = part.program.sources[node][0]
    return path


class SizeLoss(NamedTuple):
    """A layer whose map has not as many samples as its scale alone would give it."""

    node: int
    before: int
    after: int


def size_losses(part: AxisAnalysis, node: int, budget: Budget) -> tuple[SizeLoss, ...]:
    """Those on the path to a node, last first; none where the budget is used up."""
    sizes = part.cases[0].sizings[0].sizes
    lost: list[SizeLoss] = []
    path = path_to(part, node)
    try:
        budget.spend(len(path))
    except UsedUpError:
        return ()
    for here in path:
        op = part.program.ops[here]
        if part.program.kinds[here] != STEP:
            continue
        assert op is not None
        before, after, factor = sizes[part.program.sources[here][0]], sizes[here], op.factor(None)
        if before is not None and after is not None and factor is not None and after != before * factor:
            lost.append(SizeLoss(here, before, after))
    return tuple(lost)


def _search(
    analysis: Analysis,
    candidates: Iterable[SizeMend | Insertion],
    holds: Callable[[Trial, int], bool],
    budget: Budget,
) -> SizeSearch:
    axes = {part.name: axis for axis, part in enumerate(analysis.axes)}
    # Those that are to change are the first to say no.
    trials = sorted((at_its_best(part, budget) for part in analysis.axes), key=lambda trial: not trial.sizing.problems)

    def mends(as_it_is: Trial, changed: Trial) -> bool:
        axis = axes[as_it_is.axis]
        known = {changed.now(problem.node) for problem in as_it_is.sizing.problems}
        if not holds(changed, axis) or not known.issuperset(problem.node for problem in changed.sizing.problems):
            return False
        # Nothing as bad may come: no merge that was aligned is not.
        names = analysis.axes[axis].cases[0].traces
        if not all(len(changed.trace(name).violations) <= len(as_it_is.trace(name).violations) for name in names):
            return False
        return changed.looks_no_further(as_it_is)

    mend, complete = first_that(mends, candidates, trials)
    return SizeSearch(mend, complete) if not isinstance(mend, Insertion) else SizeSearch(None, complete, mend)


def at_its_best(part: AxisAnalysis, budget: Budget) -> Trial:
    """The axis as it is; at open sizes, at those that suit the most layers: no size suits them all."""
    case, sizing = min(((case, sizing) for case in part.cases for sizing in case.sizings), key=lambda each: len(each[1].problems))
    return Trial.of(part, budget, case, sizing)


def _is_rounded(part: AxisAnalysis, largest: int, smallest: int, path: Sequence[int]) -> bool:
    """Whether what the smaller map lacks is no more than halving and doubling loses, so that its missing samples are to be made up."""
    factors = [op.factor(None) for node in path if part.program.kinds[node] == STEP and (op := part.program.ops[node]) is not None]
    grown = prod((factor for factor in factors if factor is not None and factor > 1), start=Fraction(1))
    sizes = min(part.sizings, key=lambda sizing: len(sizing.problems)).sizes
    large, small = sizes[largest], sizes[smallest]
    return large is not None and small is not None and 0 < large - small < grown


def _insertions(analysis: Analysis, merge: int, largest: int, smallest: int, *, rounded: bool) -> list[Insertion]:
    """The larger map cut, the smaller one padded, that first which is usual; and, at last, the smaller one resized."""
    sources = analysis.axes[0].program.sources[merge]
    if sources.count(largest) != 1 or sources.count(smallest) != 1:
        return []
    copies = copies_of(analysis)[merge]
    large, small = sources.index(largest), sources.index(smallest)
    aligns: tuple[Literal["center", "start", "end"], ...] = ("center", "start", "end")
    pads = [Insertion("pad_like", {"align": align}, merge, small, large, copies, PadLike(align)) for align in aligns]
    cuts = [
        Insertion("crop_like", {}, merge, large, small, copies, CropLike()),
        Insertion("crop_like", {"start": "0"}, merge, large, small, copies, CropLike(0)),
    ]
    resized = Insertion("resize_like", {"mode": "linear"}, merge, small, large, copies, Resize("linear", "half_pixel"))
    return [*pads, *cuts, resized] if rounded else [*cuts, *pads, resized]


@lru_cache(maxsize=1)  # all mends of a spec ask it
def copies_of(analysis: Analysis) -> Mapping[int, tuple[int, ...]]:
    """Layer -> all layers that its item stands for, itself among them: an edit of its text changes them all."""
    graph = analysis.graph
    by_site: dict[Site, list[int]] = {}
    for node, layer in enumerate(graph.layers, len(graph.inputs)):
        by_site.setdefault(layer.site, []).append(node)
    return {node: copies for copies in map(tuple, by_site.values()) for node in copies}


def _candidates(analysis: Analysis, axes: tuple[int, ...], path: Sequence[int]) -> Iterator[SizeMend]:
    """Output padding and rounding first, which move nothing; then padding; those nearest to the end of the path first."""
    part, graph = analysis.axes[min(axes)], analysis.graph
    sizes, names = part.cases[0].sizings[0].sizes, tuple(graph.axes[axis] for axis in axes)
    by_item = copies_of(analysis)
    for values in (_roundings, partial(_paddings, causal=part.program.causal)):
        for node in dict.fromkeys(path):
            before, after = sizes[part.program.sources[node][0]] if part.program.sources[node] else None, sizes[node]
            if node < part.program.input_count or before is None or after is None:
                continue
            for field, value in values(part.program.ops[node]):
                if graph.takes(graph.layer(node), field):
                    copies = by_item[node]
                    on = graph.axes if field == "ceil_mode" else names
                    mend = SizeMend(node, field, value, before, after, copies, alone=False, axes=on)
                    yield mend
                    if len(copies) > 1:
                        yield mend._replace(copies=(node,), alone=True)


def _roundings(op: AxisOp | None) -> Iterator[tuple[str, int | bool]]:
    if isinstance(op, Transposed) and not op.word:
        # Frameworks take no more than this.
        yield from (("output_padding", more) for more in range(max(op.stride, op.dilation)) if more != op.output_padding)
    elif isinstance(op, Window):
        yield "ceil_mode", not op.ceil_mode


def _paddings(op: AxisOp | None, *, causal: bool) -> Iterator[tuple[str, tuple[int, int]]]:
    """A sample more or less, at both sides first; or what keeps the size at stride 1; at the start where nothing is to look ahead."""
    if not isinstance(op, (Window, Transposed)) or op.word:
        return
    reach = op.dilation * (op.kernel - 1)
    pairs = [(op.low + more, op.high + more) for more in (1, -1)] + [(op.low, op.high + more) for more in (1, -1)]
    if op.stride == 1:
        pairs = [(reach // 2, reach - reach // 2), *pairs]
    if causal and isinstance(op, Window):
        pairs = [*([(reach, 0)] if op.stride == 1 else []), (op.low + 1, op.high), (op.low - 1, op.high), *pairs]
    for low, high in dict.fromkeys(pairs):
        if (low, high) != (op.low, op.high) and min(low, high) >= 0 and max(low, high) <= reach:
            yield "padding", (low, high)


def new_budget() -> Budget:
    """For all mends of a spec together."""
    return Budget(EDITS)
