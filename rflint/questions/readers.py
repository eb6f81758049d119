"""Who reads which samples of a map: residues that no consumer reads, and edges that none reaches."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from rflint.algebra.axis import Window
from rflint.engine.program import STEP

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


def unread(part: AxisAnalysis, sizing: Sizing, kept: frozenset[int]) -> Iterator[Unread]:
    """Maps with unread samples at one set of sizes.  Nodes in `kept` (outputs, targets) are read whole."""
    program = part.program
    readers: dict[int, list[int]] = {}
    for node in range(program.input_count, len(program.kinds)):
        for origin in program.sources[node]:
            readers.setdefault(origin, []).append(node)
    for node, consumers in readers.items():
        if node in kept or not all(program.kinds[reader] == STEP and isinstance(program.ops[reader], Window) for reader in consumers):
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


def kept_nodes(analysis: Analysis) -> frozenset[int]:
    """Maps that are read from outside: outputs and targets."""
    return frozenset(analysis.graph.outputs) | {target.node for target in analysis.graph.targets}
