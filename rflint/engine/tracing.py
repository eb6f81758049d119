"""Receptive fields and alignment of every map with respect to one input, on one axis: one forward sweep (design.md#alignment)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rflint.algebra.field import SOURCE, UNKNOWN, Field, agree, representative, through, union
from rflint.engine.program import COPY, GATE, JOIN, MERGE, OPAQUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rflint.algebra.axis import Step
    from rflint.engine.program import Program
    from rflint.engine.sizing import Sizing

_GLOBAL = Field(None, 1, 1, (), (), is_global=True, why="global")
_SCATTERED = Field(None, 1, 1, (), (), exact=False, why="position-dependent")


class Violation(NamedTuple):
    """A branch of a merge whose grid is not the representative one; positions count the merge's inputs."""

    node: int
    position: int
    chosen: int


class Trace(NamedTuple):
    """What every node sees of one input."""

    #: By node; None where nothing of the input arrives.
    fields: tuple[Field | None, ...]
    violations: tuple[Violation, ...]
    #: Merge node -> the input node that represents it.
    via: Mapping[int, int]


def trace(program: Program, sizing: Sizing, source: int) -> Trace:
    """Follow node `source` (an input, or any layer) through all nodes behind it: O(nodes + edges), never per path."""
    kinds, sources, steps, sizes = program.kinds, program.sources, sizing.steps, sizing.sizes
    fields: list[Field | None] = [None] * len(kinds)
    fields[source] = SOURCE
    violations: list[Violation] = []
    via: dict[int, int] = {}
    for node in range(max(program.input_count, source + 1), len(kinds)):
        kind = kinds[node]
        origins = sources[node]
        if kind in (MERGE, JOIN):
            arriving = [(position, field) for position, origin in enumerate(origins) if (field := fields[origin]) is not None]
            if not arriving:
                continue
            if kind == JOIN:
                fields[node] = UNKNOWN if any(field.why == "unknown-op" for _, field in arriving) else _SCATTERED
                continue
            first = arriving[0][1]
            if all(field is first for _, field in arriving) and not _spreads(program, node, sizes):
                fields[node] = first
                via[node] = origins[arriving[0][0]]
                continue
            fields[node] = _merge(program, node, sizes, arriving, violations, via)
            continue
        if not origins or kind == OPAQUE:
            if kind == OPAQUE and (not origins or any(fields[origin] is not None for origin in origins)):
                fields[node] = UNKNOWN
            continue
        field = fields[origins[0]]
        if field is None:
            continue
        if kind == COPY:
            fields[node] = field
        elif kind == GATE:
            fields[node] = field if field.is_global or field.why == "unknown-op" else field._replace(is_global=True)
        else:
            step: Step | None = steps[node]
            assert step is not None
            fields[node] = through(step, field)
    return Trace(tuple(fields), tuple(violations), via)


def _spreads(program: Program, node: int, sizes: tuple[int | None, ...]) -> bool:
    return bool(getattr(program.ops[node], "broadcast", False)) and sizes[node] != 1


def _merge(
    program: Program,
    node: int,
    sizes: tuple[int | None, ...],
    arriving: list[tuple[int, Field]],
    violations: list[Violation],
    via: dict[int, int],
) -> Field:
    """Union of the branches; every branch off the representative grid is a violation."""
    origins = program.sources[node]
    spreads = _spreads(program, node, sizes)
    # A map of one sample that spreads is seen whole everywhere: global, and no part of the alignment.
    branches = [
        _GLOBAL if spreads and sizes[origins[position]] == 1 and field.why != "unknown-op" else field for position, field in arriving
    ]
    chosen = representative(branches)
    if chosen >= 0:
        head = branches[chosen]
        via[node] = origins[arriving[chosen][0]]
        violations.extend(
            Violation(node, position, arriving[chosen][0])
            for (position, _), branch in zip(arriving, branches, strict=True)
            if branch.why != "global" and not agree(head, branch)
        )
    return union(branches, chosen)
