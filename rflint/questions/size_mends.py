"""Changes of one layer that give a map another size: of merged maps that differ, the same one; of a stated size, that one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rflint.algebra import AxisOp, Transposed, Window
from rflint.engine import STEP, Analysis, AxisAnalysis
from rflint.model import Site
from rflint.search import EDITS, Budget, Trial, first_that


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

    def applied_to(self, trial: Trial) -> Trial:
        """The trial with this value."""
        values: dict[str, Any] = {self.field: self.value}
        if isinstance(self.value, tuple):
            values = {"word": "", "low": self.value[0], "high": self.value[1]}
        ops = {node: op._replace(**values) for node in self.copies if isinstance(op := trial.program.ops[node], (Window, Transposed))}
        return trial.with_ops(ops)


class SizeSearch(NamedTuple):
    """What a search for a mend came to."""

    mend: SizeMend | None
    #: Whether all changes that come into question were tried.
    complete: bool


def mend_merge(analysis: Analysis, node: int, axes: Iterable[int], paths: Iterable[Sequence[int]], budget: Budget) -> SizeSearch:
    """A change behind the fork of two paths (nodes, last first) by which the maps at a merge get one size."""
    return _search(analysis, axes, [each for path in paths for each in path], lambda trial, _: _fits(trial, node), budget)


def mend_size(analysis: Analysis, node: int, wanted: Mapping[int, int], budget: Budget) -> SizeSearch:
    """A change on the way to a node by which its map gets the wanted size, by axis."""

    def has_size(trial: Trial, axis: int) -> bool:
        return trial.sizing.sizes[node] == wanted[axis]

    return _search(analysis, wanted, path_to(analysis.axes[min(wanted)], node), has_size, budget)


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


def size_losses(part: AxisAnalysis, node: int) -> tuple[SizeLoss, ...]:
    """Those on the path to a node, last first."""
    sizes = part.cases[0].sizings[0].sizes
    lost: list[SizeLoss] = []
    for here in path_to(part, node):
        op = part.program.ops[here]
        if part.program.kinds[here] != STEP:
            continue
        assert op is not None
        before, after, factor = sizes[part.program.sources[here][0]], sizes[here], op.factor(None)
        if before is not None and after is not None and factor is not None and after != before * factor:
            lost.append(SizeLoss(here, before, after))
    return tuple(lost)


def _fits(trial: Trial, node: int) -> bool:
    return all(problem.node != node for problem in trial.sizing.problems)


def _search(
    analysis: Analysis, axes: Iterable[int], path: Sequence[int], holds: Callable[[Trial, int], bool], budget: Budget
) -> SizeSearch:
    numbers = {id(part): axis for axis in axes if (part := analysis.axes[axis])}
    trials = {axis: Trial.of(analysis.axes[axis], budget) for axis in numbers.values()}
    order = list(trials.values())

    def mends(as_it_is: Trial, changed: Trial) -> bool:
        axis = list(trials)[next(place for place, each in enumerate(order) if each is as_it_is)]
        known = {problem.node for problem in as_it_is.sizing.problems}
        if not holds(changed, axis) or not known.issuperset(problem.node for problem in changed.sizing.problems):
            return False
        # Nothing as bad may come: no merge that was aligned is not.
        names = analysis.axes[axis].cases[0].traces
        return all(len(changed.trace(name).violations) <= len(as_it_is.trace(name).violations) for name in names)

    mend, complete = first_that(mends, _candidates(analysis, analysis.axes[min(trials)], path), order)
    return SizeSearch(mend, complete)


def _candidates(analysis: Analysis, part: AxisAnalysis, path: Sequence[int]) -> Iterator[SizeMend]:
    """Output padding and rounding first, which move nothing; then padding; those nearest to the end of the path first."""
    sizes, graph = part.cases[0].sizings[0].sizes, analysis.graph
    by_site: dict[Site, list[int]] = {}
    for node, layer in enumerate(graph.layers, len(graph.inputs)):
        by_site.setdefault(layer.site, []).append(node)
    for values in (_roundings, _paddings):
        for node in dict.fromkeys(path):
            before, after = sizes[part.program.sources[node][0]] if part.program.sources[node] else None, sizes[node]
            if node < part.program.input_count or before is None or after is None:
                continue
            for field, value in values(part.program.ops[node]):
                if graph.takes(graph.layer(node), field):
                    copies = tuple(by_site[graph.site(node)])
                    yield SizeMend(node, field, value, before, after, copies, alone=False)
                    if len(copies) > 1:
                        yield SizeMend(node, field, value, before, after, (node,), alone=True)


def _roundings(op: AxisOp | None) -> Iterator[tuple[str, int | bool]]:
    if isinstance(op, Transposed) and not op.word:
        # Frameworks take no more than this.
        yield from (("output_padding", more) for more in range(max(op.stride, op.dilation)) if more != op.output_padding)
    elif isinstance(op, Window):
        yield "ceil_mode", not op.ceil_mode


def _paddings(op: AxisOp | None) -> Iterator[tuple[str, tuple[int, int]]]:
    """A sample more or less, at both sides first; or what keeps the size at stride 1."""
    if not isinstance(op, (Window, Transposed)) or op.word:
        return
    reach = op.dilation * (op.kernel - 1)
    pairs = [(op.low + more, op.high + more) for more in (1, -1)] + [(op.low, op.high + more) for more in (1, -1)]
    if op.stride == 1:
        pairs = [(reach // 2, reach - reach // 2), *pairs]
    for low, high in dict.fromkeys(pairs):
        if (low, high) != (op.low, op.high) and min(low, high) >= 0 and max(low, high) <= reach:
            yield "padding", (low, high)


def new_budget() -> Budget:
    """For all mends of a spec together."""
    return Budget(EDITS)
