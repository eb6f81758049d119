"""Layers on causal axes that read what has not come yet, and by how much (design.md#look-ahead-and-causal-axes)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache, partial
from typing import NamedTuple

from rflint.algebra import AxisOp, CropLike, Pad, PadLike, Slice, Step, Transposed, Window
from rflint.engine import GATE, STEP, Analysis, AxisAnalysis, Case, Partners, partners
from rflint.model import Graph, Site
from rflint.questions.alignment import Misalignment, came_through
from rflint.questions.axes import alike, per_axis
from rflint.questions.paths import part_ways
from rflint.search import EDITS, Budget, Trial, UsedUpError


class ReadingAhead(NamedTuple):
    """A layer on one axis; None: without bound."""

    node: int
    #: How far past its own moment it reads, in samples of its input.
    by: int | None
    #: The same in samples of the network's input.
    shift: Fraction | None
    #: Padding of a window, its partners' counted in; None for other ops.
    padding: tuple[int, int] | None = None
    #: The one of the same sum that reads nothing ahead, and by which no output reads further nor any merge is put apart.
    causal: tuple[int, int] | None = None
    #: Whether the word `causal` says the same as the latter.
    word: bool = False
    #: Whether the layer alone makes up its padding.
    alone: bool = True
    #: Whether the spec says that nothing is to look ahead on this axis.
    declared: bool = False


def readers_ahead(analysis: Analysis) -> list[tuple[ReadingAhead, tuple[str, ...]]]:
    """All of them, in the graph's order, each with the axes on which it does so alike."""
    found = [
        (own._replace(declared=part.name in analysis.graph.causal), (axis,))
        for axis, part in enumerate(analysis.axes)
        for own in _ahead(analysis)[axis].values()
    ]
    return sorted(alike(analysis, found), key=lambda each: each[0].node)


def from_look_ahead(analysis: Analysis, misalignment: Misalignment) -> tuple[int, ...]:
    """The layers on both paths of a merge that read ahead, where its shift is what they do; none where it is not."""
    axis = misalignment.axes[0]
    part = analysis.axes[axis]
    if not part.program.causal:
        return ()
    trace = part.valid_cases[0].traces[misalignment.input]
    amounts = {node: own.shift for node, own in _ahead(analysis)[axis].items() if own.shift is not None}
    parting = part_ways(misalignment.reference.end, misalignment.branch.end, partial(came_through, part.program, trace))
    branch, reference = (sum(amounts.get(node, 0) for node in nodes) for nodes in (parting.other, parting.one))
    if branch - reference != misalignment.branch.center - misalignment.reference.center:
        return ()
    return tuple(sorted(amounts.keys() & {*parting.one, *parting.other}))


@lru_cache(maxsize=1)  # two rules ask it
def _ahead(analysis: Analysis) -> tuple[Mapping[int, ReadingAhead], ...]:
    """By axis, and by node; none on axes that are not causal."""
    return per_axis(analysis, partial(_ahead_on, analysis.graph))


def _ahead_on(graph: Graph, part: AxisAnalysis) -> dict[int, ReadingAhead]:
    worst = _worst(part)
    by_site: dict[Site, dict[int, AxisOp]] = {}
    for node, own in worst.items():
        if (op := _mended(part, own)) is not None:
            by_site.setdefault(graph.site(node), {})[node] = op
    as_it_is = Trial.of(part, Budget(EDITS), part.valid_cases[0])
    confirmed = {node for ops in by_site.values() if _mends(as_it_is, ops) for node in ops}
    return {node: own if node in confirmed else own._replace(causal=None, word=False) for node, own in worst.items()}


def _mended(part: AxisAnalysis, own: ReadingAhead) -> AxisOp | None:
    """The window with the padding that reads nothing ahead, that of its partners left as it is."""
    op, step = part.program.ops[own.node], part.valid_cases[0].sizings[0].steps[own.node]
    if not isinstance(op, (Window, Transposed)) or own.causal is None or own.padding is None or step is None or step.padding is None:
        return None
    low, high = (now + wanted - old for now, wanted, old in zip(step.padding, own.causal, own.padding, strict=True))
    return op._replace(word="", low=low, high=high)


def _mends(as_it_is: Trial, ops: Mapping[int, AxisOp]) -> bool:
    """Whether with these ops no output reads further ahead, and no merge that was aligned is not."""
    changed = as_it_is.with_ops(ops)
    try:
        names = as_it_is.names
        apart = any(len(changed.trace(name).violations) > len(as_it_is.trace(name).violations) for name in names)
        return not apart and changed.sizing.sizes == as_it_is.sizing.sizes and changed.looks_no_further(as_it_is)
    except UsedUpError:
        return False


def _worst(part: AxisAnalysis) -> dict[int, ReadingAhead]:
    """At open sizes, as it is where it is worst."""
    worst: dict[int, ReadingAhead] = {}
    for case in part.valid_cases if part.program.causal else ():
        for own in _at(part, case):
            known = worst.get(own.node)
            # What reads ahead without bound does so at every size.
            if known is None or (own.by or 0) > (known.by or 0):
                worst[own.node] = own
    return worst


def _at(part: AxisAnalysis, case: Case) -> Iterator[ReadingAhead]:
    program, sizing = part.program, case.sizings[0]
    together = partners(program, sizing.sizes, sizing.steps)
    reached = {node for trace in case.traces.values() for node, field in enumerate(trace.fields) if field is not None}
    for node, op in enumerate(program.ops):
        step = sizing.steps[node]
        if node not in reached:
            continue
        if program.kinds[node] == GATE or (step is not None and step.why == "global" and step.grid is None):
            yield ReadingAhead(node, None, None)
        elif program.kinds[node] == STEP and step is not None and step.taps and not step.floating:
            own: ReadingAhead | None = None
            if isinstance(op, Window):
                own = _window(op, together, step, node)
            elif op is not None and not isinstance(op, (Pad, CropLike, PadLike, Slice)):
                own = _resampling(op, together, step, node)
            if own is not None:
                yield own._replace(shift=(own.by or 0) * _stride_before(case, program.sources[node][0]))


def _window(op: Window, together: Partners, step: Step, node: int) -> ReadingAhead | None:
    if (padding := together.padding(op, step, node)) is None:
        return None
    (low, high), reach = padding, op.effective_kernel - 1
    # Only padding at the high side stands in for what has not come: a window without it shortens its map.
    by = min(high, reach - low - (op.stride - 1))
    if by <= 0:
        return None
    first = min(low + high, reach)
    causal = first, low + high - first
    return ReadingAhead(node, by, None, padding, causal, causal == (reach, 0), padding == step.padding)


def _resampling(op: AxisOp, together: Partners, step: Step, node: int) -> ReadingAhead | None:
    """Of windows that are transposed or attended in, and of what resamples: by how much the newest sample is too late."""
    before, after = (sides.get(node, (0, 0))[0] for sides in (together.before, together.after))
    period, advance = step.period, step.advance
    by = 0
    for index in range(-after, period - after):
        turn, phase = divmod(index, period)
        if taps := step.taps[phase]:
            here = index + after
            due = here * advance // period if advance <= period else -(-(here + 1) * advance // period) - 1
            by = max(by, taps[-1] + turn * advance - before - due)
    if by <= 0:
        return None
    if not isinstance(op, Transposed) or (padding := together.padding(op, step, node)) is None:
        return ReadingAhead(node, by, None)
    causal = 0, sum(padding)
    word = causal == op._replace(word="causal").padding()
    return ReadingAhead(node, by, None, padding, causal, word, padding == step.padding)


def _stride_before(case: Case, node: int) -> Fraction:
    fields = (trace.fields[node] for trace in case.traces.values())
    return max((field.grid.stride for field in fields if field is not None and field.grid is not None), default=Fraction(1))
