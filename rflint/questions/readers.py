"""Who reads which samples of a map: residues that no consumer reads, and edges that none reaches."""

from __future__ import annotations

from functools import lru_cache
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from rflint.algebra.axis import Window
from rflint.questions.axes import alike, per_axis
from rflint.questions.borders import decided_sizings, misfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.engine.analysis import Analysis, AxisAnalysis
    from rflint.engine.sizing import Sizing

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


class _OnAxis(NamedTuple):
    """Maps with samples that no consumer steps on, at the first size; and those whose end none reaches, as far from it at every size."""

    skipped: tuple[Unread, ...]
    dropped: tuple[Unread, ...]


def skipped_samples(analysis: Analysis) -> list[tuple[Unread, tuple[int, ...]]]:
    """Maps with samples that all consumers step over, each with the axes on which as many are."""
    return alike(
        (unread.skipped for unread in _unread_by_axis(analysis)), lambda unread: (unread.node, len(unread.skipped), unread.pattern)
    )


def dropped_borders(analysis: Analysis) -> list[tuple[Unread, tuple[int, ...]]]:
    """Maps whose last samples no consumer reaches, in the graph's order, each with the axes on which as many are.

    Maps with skipped samples too are left to `skipped_samples`; where no size suits the network there are none.
    """
    if misfit(analysis):
        return []
    dropped = alike((unread.dropped for unread in _unread_by_axis(analysis)), lambda unread: (unread.node, unread.dropped))
    return sorted(dropped, key=lambda pair: pair[0].node)


@lru_cache(maxsize=1)  # two rules ask it
def _unread_by_axis(analysis: Analysis) -> tuple[_OnAxis, ...]:
    read_outside = _read_outside(analysis)

    def on_axis(axis: AxisAnalysis) -> _OnAxis:
        sizings = decided_sizings(axis)
        first = tuple(unread for sizing in sizings[:1] for unread in _unread(axis, sizing, read_outside))
        dropped = [unread for unread in first if unread.dropped and not unread.skipped]
        for sizing in sizings[1:] if dropped else ():
            same = {(unread.node, unread.dropped) for unread in _unread(axis, sizing, read_outside)}
            dropped = [unread for unread in dropped if (unread.node, unread.dropped) in same]
        return _OnAxis(tuple(unread for unread in first if unread.skipped), tuple(dropped))

    return per_axis(analysis, on_axis)


def _read_outside(analysis: Analysis) -> frozenset[int]:
    """Maps that are read from outside: outputs and targets."""
    return frozenset(analysis.graph.outputs) | {target.node for target in analysis.graph.targets}


def _unread(axis: AxisAnalysis, sizing: Sizing, read_outside: frozenset[int]) -> Iterator[Unread]:
    """Maps with unread samples at one set of sizes; those that are `read_outside` are read whole."""
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
            out = sizing.sizes[reader]
            if out is not None:
                reached = taps[-1] + advance * (out - 1)
                last = reached if last is None else max(last, reached)
        if whole:
            continue
        skipped = tuple(residue for residue in range(pattern) if residue not in residues)
        dropped = max(size - 1 - last, 0) if size is not None and last is not None else 0
        if skipped or dropped:
            yield Unread(node, tuple(consumers), skipped, pattern, dropped)
