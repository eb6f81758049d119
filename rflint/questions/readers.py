"""Samples of maps that no layer reads: those that all readers step over, and the last ones that none reaches."""

from collections.abc import Iterator
from functools import lru_cache
from math import lcm
from typing import NamedTuple

from rflint.algebra import Window
from rflint.engine import Analysis, AxisAnalysis, Sizing
from rflint.questions.axes import alike
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


@lru_cache(maxsize=1)  # two rules ask it
def _unread(analysis: Analysis) -> tuple[_Gaps, _Gaps]:
    """Maps with samples that all consumers step over, at the first size; and others whose last ones none reaches, as many at every size."""
    read_outside = frozenset(analysis.graph.outputs) | {target.node for target in analysis.graph.targets}
    skipped: _Gaps = []
    dropped: _Gaps = []
    for part, axes in analysis.distinct:
        sizings = decided_sizings(part)
        unread = [gap for sizing in sizings[:1] for gap in _unread_at(part, sizing, read_outside)]
        lost = [gap for gap in unread if gap.dropped and not gap.skipped]
        for sizing in sizings[1:] if lost else ():
            same = {(gap.node, gap.dropped) for gap in _unread_at(part, sizing, read_outside)}
            lost = [gap for gap in lost if (gap.node, gap.dropped) in same]
        skipped += [(gap, axes) for gap in unread if gap.skipped]
        dropped += [(gap, axes) for gap in lost]
    return skipped, dropped


def _unread_at(axis: AxisAnalysis, sizing: Sizing, read_outside: frozenset[int]) -> Iterator[Unread]:
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
            if (out := sizing.sizes[reader]) is not None:
                reached = taps[-1] + advance * (out - 1)
                last = reached if last is None else max(last, reached)
        if whole:
            continue
        skipped = tuple(residue for residue in range(pattern) if residue not in residues)
        dropped = max(size - 1 - last, 0) if size is not None and last is not None else 0
        if skipped or dropped:
            yield Unread(node, tuple(consumers), skipped, pattern, dropped)
