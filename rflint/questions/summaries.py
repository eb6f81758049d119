"""Where a summary of a whole map, a gate or a pooled branch, meets a local path."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.algebra import LOST, Merge
from rflint.engine import GATE, MERGE, Analysis, AxisAnalysis, Trace
from rflint.questions.axes import alike


def summaries(analysis: Analysis) -> list[tuple[int, tuple[str, ...]]]:
    """Nodes that mix a summary of the whole map into every feature, in the graph's order, with the axes on which they do."""
    return sorted(alike(analysis, [(node, axes) for part, axes in analysis.distinct for node in _mixing(part)]))


def _mixing(axis: AxisAnalysis) -> set[int]:
    return {node for trace in axis.valid_cases[0].traces.values() for node in _mixing_of(axis, trace)}


def _mixing_of(axis: AxisAnalysis, trace: Trace) -> Iterator[int]:
    """Nodes where a global result meets a local path from one input: gates, and merges with a global branch."""
    program, sizes = axis.program, axis.valid_cases[0].sizings[0].sizes
    for node, kind in enumerate(program.kinds):
        field = trace.fields[node]
        if field is None or field.why in ("global", *LOST):
            continue
        if kind == GATE:
            yield node
        elif kind == MERGE and field.is_global:
            op = program.ops[node]
            spreads = isinstance(op, Merge) and op.broadcast and sizes[node] != 1
            arriving = [(origin, branch) for origin in program.sources[node] if (branch := trace.fields[origin]) is not None]
            if any((branch.why == "global" and branch.grid is None) or (spreads and sizes[origin] == 1) for origin, branch in arriving):
                yield node
