"""Holes in the exact support that runs of dilated windows leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rflint.algebra import Global, Past, Resize, Window
from rflint.algebra.support import SOURCE_SET, SupportSet, through_set
from rflint.engine import STEP, Analysis, AxisAnalysis, Program, Sizing
from rflint.questions.axes import alike
from rflint.questions.borders import decided_sizings
from rflint.questions.inside import support_sets


class Gridding(NamedTuple):
    """A run of layers of one stride with dilated windows, on one axis, and what a feature behind it sees of the map before it."""

    #: The map that the run begins at, and the last of its dilated windows.
    start: int
    window: int
    #: Of its dilated windows, first to last.
    dilations: tuple[int, ...]
    #: Samples that the feature with the most holes sees, and samples between its ends.
    seen: int
    width: int

    @property
    def holes(self) -> int:
        """Samples between the ends that are not seen."""
        return self.width - self.seen


class _Seen(NamedTuple):
    """How much of the samples between its ends a feature misses: the more, the worse."""

    holes: int
    width: int


class _Run(NamedTuple):
    """The run that a layer stands in, and the dilated windows on the way to it."""

    start: int
    #: What tells its branch from others, whatever their order in the spec: samples that its dilated windows reach in all, the number
    #: of these, and the dilation of the last.
    rank: tuple[int, int, int] = (0, 0, 0)
    #: The last dilated window, and the one before that.
    window: int | None = None
    before: int | None = None


def griddings(analysis: Analysis) -> list[tuple[Gridding, tuple[str, ...]]]:
    """All such runs, with the axes on which they leave the same number of holes."""
    outputs = frozenset(analysis.graph.outputs)
    runs = [(run, axes) for part, axes in analysis.distinct for run in _griddings(part, outputs)]
    return alike(analysis, runs, lambda gridding: (gridding.window, gridding.holes))


def _griddings(axis: AxisAnalysis, outputs: frozenset[int]) -> Iterator[Gridding]:
    program = axis.program
    if not any(_dilation(program, node) for node in range(len(program.ops))):
        return
    for sizing in decided_sizings(axis)[:1]:
        restarts = _starts(program, sizing)
        begun = {node: _begun(program, sizing, node) for node in restarts}
        filled = _filled(program, sizing)
        runs = _runs(program, restarts)
        ends = _ends(program, restarts) | outputs
        found: dict[int, tuple[_Seen, _Run]] = {}
        for source in range(program.input_count):
            sets = support_sets(program, sizing, source, begun.get)
            for node in ends:
                support, run = sets[node], runs[node]
                if support is None or not support.holes or filled[node] or run is None or run.window is None:
                    continue
                # Several ends may have one last window: that with the most holes stands for all.
                seen = max(_Seen(phase.width - phase.samples, phase.width) for phase in support.phases)
                if run.window not in found or seen > found[run.window][0]:
                    found[run.window] = seen, run
        for window, (seen, run) in sorted(found.items(), key=lambda each: each[0]):
            start = run.start if begun.get(run.start, SOURCE_SET) is SOURCE_SET else program.sources[run.start][0]
            dilations = tuple(_dilation(program, each) for each in _windows(runs, window))
            yield Gridding(start, window, dilations, seen.width - seen.holes, seen.width)


def _dilation(program: Program, node: int) -> int:
    """Dilation of a window that leaves holes between its taps; 0 for all other nodes."""
    op = program.ops[node]
    return op.dilation if isinstance(op, Window) and op.dilation > 1 and op.kernel > 1 else 0


def _starts(program: Program, sizing: Sizing) -> set[int]:
    """Layers behind which a new run begins: they change the stride, or merge what began at different layers."""
    starts: set[int] = set()
    begun: list[int | None] = [*range(program.input_count), *[None] * (len(program.kinds) - program.input_count)]
    for node in range(program.input_count, len(program.kinds)):
        origins = {start for origin in program.sources[node] if (start := begun[origin]) is not None}
        op = program.ops[node]
        if isinstance(op, Global) and not op.keeps:
            # One summary for all has no run: it is merged into that of another branch.
            continue
        if _changes_stride(program, sizing, node) or len(origins) > 1:
            starts.add(node)
            begun[node] = node
        elif origins:
            begun[node] = origins.pop()
    return starts


def _begun(program: Program, sizing: Sizing, node: int) -> SupportSet | None:
    """What a run that begins at a layer is seen relative to: its map, or, of a map with more samples than it was made of, the one before.

    Nothing is lost where a dilated window steps over samples that were interpolated. None where it is not known how many lie between.
    """
    step = sizing.steps[node]
    if program.kinds[node] != STEP or step is None:
        return SOURCE_SET
    if step.why or step.floating or not step.taps:
        return None if isinstance(program.ops[node], Resize) else SOURCE_SET
    return SOURCE_SET if step.advance >= step.period else through_set(step, SOURCE_SET)


def _changes_stride(program: Program, sizing: Sizing, node: int) -> bool:
    """Whether supports on both sides of a layer cannot be compared: another stride, or an unknown offset."""
    step = sizing.steps[node]
    return program.kinds[node] == STEP and (step is None or step.advance != step.period or bool(step.why) or step.floating)


def _filled(program: Program, sizing: Sizing) -> list[bool]:
    """By node, whether its features have seen the whole map since the stride last changed: no hole can be left then.

    Attention and recurrences do that; gates, norms and pooled maps bring one summary for all, which fills nothing.
    """
    filled = [False] * len(program.kinds)
    for node in range(program.input_count, len(program.kinds)):
        op = program.ops[node]
        if isinstance(op, (Global, Past)):
            filled[node] = isinstance(op, Past) or op.keeps
        elif not _changes_stride(program, sizing, node):
            filled[node] = any(filled[origin] for origin in program.sources[node])
    return filled


def _ends(program: Program, restarts: set[int]) -> set[int]:
    """Last layers of runs: read by a layer that changes the stride, or by nobody."""
    read_on = {origin for node, origins in enumerate(program.sources) if node not in restarts for origin in origins}
    read_last = {origin for node in restarts for origin in program.sources[node]}
    return (set(range(len(program.kinds))) - read_on) | read_last


def _runs(program: Program, restarts: set[int]) -> list[_Run | None]:
    """By node, the run that it stands in, by way of the branch whose dilated windows reach furthest; None behind a summary."""
    runs: list[_Run | None] = [_Run(node) for node in range(program.input_count)]
    for node in range(program.input_count, len(program.kinds)):
        op = program.ops[node]
        summary = isinstance(op, Global) and not op.keeps
        origins = [] if summary else [(run.rank, origin, run) for origin in program.sources[node] if (run := runs[origin]) is not None]
        if node in restarts:
            runs.append(_Run(node))
        elif not origins:
            runs.append(None)
        else:
            best = max(origins)[2]
            dilation = _dilation(program, node)
            reach = dilation * (op.kernel - 1) if isinstance(op, Window) else 0
            rank = (best.rank[0] + reach, best.rank[1] + 1, dilation)
            runs.append(_Run(best.start, rank, node, best.window) if dilation else best)
    return runs


def _windows(runs: Sequence[_Run | None], last: int) -> list[int]:
    """Dilated windows of a run, first to last."""
    windows: list[int] = []
    node: int | None = last
    while node is not None:
        windows.append(node)
        run = runs[node]
        assert run is not None  # a window of a run
        node = run.before
    return windows[::-1]
