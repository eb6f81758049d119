"""Samples of maps that no layer reads: those that all readers step over, and the last ones that none reaches."""

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache
from math import lcm
from typing import NamedTuple

from rflint.algebra import Pad, Step, Window
from rflint.engine import JOIN, OPAQUE, STEP, Analysis, AxisAnalysis, Program, Sizing
from rflint.questions.axes import alike, per_axis
from rflint.questions.borders import decided_sizings, misfit

#: Longest common advance of a map's consumers for which unread samples are looked for.
PATTERN_CAP = 4096


class Unread(NamedTuple):
    """A map whose consumers, windows all of them, leave samples unread."""

    node: int
    #: The consumers.
    readers: tuple[int, ...]
    #: Residues modulo `pattern` that none reads.
    skipped: tuple[int, ...]
    pattern: int
    #: Samples after the last one that any consumer reads; 0 where the size is unknown.
    dropped: int


#: With the axes that they are found on.
_Gaps = list[tuple[Unread, tuple[int, ...]]]


def skipped_samples(analysis: Analysis) -> list[tuple[Unread, tuple[str, ...]]]:
    """Maps with samples that all consumers step over, with the axes on which the number is the same."""
    return alike(analysis, _unread(analysis)[0], lambda unread: (unread.node, len(unread.skipped), unread.pattern))


def dropped_borders(analysis: Analysis) -> list[tuple[Unread, tuple[str, ...]]]:
    """Maps whose last samples no consumer reaches, in the graph's order, with the axes on which the number is the same.

    Maps with skipped samples too are left to `skipped_samples`; where no size suits the network there are none.
    """
    if misfit(analysis):
        return []
    dropped = alike(analysis, _unread(analysis)[1], lambda unread: (unread.node, unread.dropped))
    return sorted(dropped, key=lambda pair: pair[0].node)


def explains(analysis: Analysis, axis: str, node: int, lost: int, dropped: Iterable[Unread]) -> bool:
    """Whether what these maps lose makes up for all that an input loses; else crops and merges behind them drop the rest."""
    part = next(part for part in analysis.axes if part.name == axis)
    fields = part.valid_cases[0].traces[analysis.graph.node_name(node)].fields
    shares = [
        unread.dropped * field.grid.stride for unread in dropped if (field := fields[unread.node]) is not None and field.grid is not None
    ]
    return sum(shares) >= lost


def lost_samples(analysis: Analysis) -> tuple[Mapping[int, int], ...]:
    """By axis: of each input the last samples that reach no output, as many at every size; inputs that lose none are left out."""
    wanted = frozenset(analysis.graph.outputs) | {target.node for target in analysis.graph.targets}

    def on_axis(axis: AxisAnalysis) -> dict[int, int]:
        counts = [_lost(axis.program, sizing, wanted) for sizing in decided_sizings(axis)]
        return {
            node: lost for node, lost in (counts[0] if counts else {}).items() if lost and all(each.get(node) == lost for each in counts)
        }

    return per_axis(analysis, on_axis)


def _lost(program: Program, sizing: Sizing, wanted: Container[int]) -> dict[int, int]:
    """Last samples of each input that reach none of the wanted maps: one sweep back over what each map has to have."""
    needed: list[int | None] = [None] * len(program.kinds)
    sizes = sizing.sizes
    for node in range(len(program.kinds) - 1, program.input_count - 1, -1):
        size, step = sizes[node], sizing.steps[node]
        here = size - 1 if node in wanted and size is not None else needed[node]
        if here is None and size is not None:
            continue
        for origin in program.sources[node]:
            whole = sizes[origin]
            if whole is None:
                continue
            reached = whole - 1
            if program.kinds[node] == STEP and step is not None and step.taps and here is not None and not step.floating:
                ends = [_last_tap(step, index) for index in range(max(here - step.period + 1, 0), here + 1)]
                reached = min(max((end for end in ends if end is not None), default=0), reached)
            elif program.kinds[node] not in (STEP, OPAQUE, JOIN) and here is not None:
                reached = min(here, reached)
            needed[origin] = max(reached, needed[origin] or 0)
    return {node: size - 1 - last for node in range(program.input_count) if (size := sizes[node]) and (last := needed[node]) is not None}


def _last_tap(step: Step, index: int) -> int | None:
    turn, phase = divmod(index, step.period)
    taps = step.taps[phase]
    return taps[-1] + turn * step.advance if taps else None


@lru_cache(maxsize=1)  # two rules ask it
def _unread(analysis: Analysis) -> tuple[_Gaps, _Gaps]:
    """Maps with samples that all consumers step over, at the first size; and others whose last ones none reaches, as many at every size."""
    graph = analysis.graph
    read_outside = frozenset(graph.outputs) | {target.node for target in graph.targets}
    pooling = {name for name, op in graph.ops.items() if op.pools}
    pooled = frozenset([node for node, layer in enumerate(graph.layers, len(graph.inputs)) if layer.op in pooling])
    skipped: _Gaps = []
    dropped: _Gaps = []
    for part, axes in analysis.distinct:
        sizings = decided_sizings(part)
        unread = [gap for sizing in sizings[:1] for gap in _unread_at(part, sizing, read_outside, pooled)]
        lost = [gap for gap in unread if gap.dropped and not gap.skipped]
        for sizing in sizings[1:] if lost else ():
            same = {(gap.node, gap.dropped) for gap in _unread_at(part, sizing, read_outside, pooled)}
            lost = [gap for gap in lost if (gap.node, gap.dropped) in same]
        skipped += [(gap, axes) for gap in unread if gap.skipped]
        dropped += [(gap, axes) for gap in lost]
    return skipped, dropped


def _unread_at(axis: AxisAnalysis, sizing: Sizing, read_outside: frozenset[int], pooled: frozenset[int]) -> Iterator[Unread]:
    """What is unread of maps with readers, at one set of sizes.

    Those that are `read_outside` are read whole, those `pooled` come from pooling.
    """
    program = axis.program
    readers: dict[int, list[int]] = {}
    for node in range(program.input_count, len(program.kinds)):
        for origin in program.sources[node]:
            readers.setdefault(origin, []).append(node)
    for node, consumers in readers.items():
        if node in read_outside or not all(isinstance(program.ops[reader], Window) for reader in consumers):
            continue
        steps = [sizing.steps[reader] for reader in consumers]
        pattern = 1
        residues: set[int] = set()
        last: int | None = None
        size = sizing.sizes[node]
        whole = False
        for reader, step in zip(consumers, steps, strict=True):
            if step is None or step.floating or not step.taps:
                whole = True
                break
            taps, advance = step.taps[0], step.advance
            wider = lcm(pattern, advance)
            if wider > PATTERN_CAP:
                whole = True
                break
            if wider == 1:
                residues = {0}
            else:
                residues = {residue + pattern * turn for residue in residues for turn in range(wider // pattern)}
                residues |= {(tap + advance * turn) % wider for tap in taps[:advance] for turn in range(wider // advance)}
            pattern = wider
            if (out := sizing.sizes[reader]) is not None:
                reached = taps[-1] + advance * (out - 1)
                last = reached if last is None else max(last, reached)
        if whole:
            continue
        op = program.ops[node]
        # A pooling window at stride 1 has summed up what is stepped over in what is not: both are one strided pooling.
        summed_up = node in pooled and isinstance(op, Window) and op.stride == op.dilation == 1 and op.kernel >= pattern
        skipped = () if summed_up else tuple([residue for residue in range(pattern) if residue not in residues])
        # What a `pad` adds at the high side is no sample of anything.
        real = None if size is None else size - (max(op.high, 0) if isinstance(op, Pad) else 0)
        dropped = max(real - 1 - last, 0) if real is not None and last is not None else 0
        yield Unread(node, tuple(consumers), skipped, pattern, dropped)
