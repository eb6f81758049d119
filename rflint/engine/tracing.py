"""Receptive fields and alignment of every map with respect to one input, on one axis: one forward sweep (design.md#alignment)."""

from collections.abc import Mapping
from typing import NamedTuple

from rflint.algebra import Grid, Step
from rflint.algebra.field import BEYOND, GLOBAL, LOST, SCATTERED, SOURCE, UNKNOWN, Field, agree, representative, through, union
from rflint.engine.program import COPY, GATE, JOIN, MERGE, OPAQUE, Program
from rflint.engine.sizing import Sizing


class Violation(NamedTuple):
    """A branch of a merge whose grid is not the representative one; positions count the merge's inputs."""

    node: int
    position: int
    #: The branch whose grid is the representative one.
    chosen: int
    #: The grids of the representative branch and of this one.
    reference: Grid
    grid: Grid
    #: Whether on either of them a scale comes from map sizes; or the offset is unknown.
    sized: bool
    floating: bool


class Trace(NamedTuple):
    """What every node sees of one input."""

    #: By node; None where nothing of the input arrives.
    fields: tuple[Field | None, ...]
    violations: tuple[Violation, ...]
    #: Merge node -> the input node that represents it.
    via: Mapping[int, int]


def trace(program: Program, sizing: Sizing, source: int) -> Trace:
    """Follow node `source` (an input, or any layer) through all nodes behind it: O(nodes + edges), never per path."""
    kinds, sources, steps = program.kinds, program.sources, sizing.steps
    fields: list[Field | None] = [None] * len(kinds)
    fields[source] = SOURCE
    violations: list[Violation] = []
    via: dict[int, int] = {}
    beyond = frozenset(sizing.beyond)
    for node in range(max(program.input_count, source + 1), len(kinds)):
        kind = kinds[node]
        origins = sources[node]
        if kind in (MERGE, JOIN):
            arriving = [(position, field) for position, origin in enumerate(origins) if (field := fields[origin]) is not None]
            if not arriving:
                continue
            if kind == JOIN:
                lost = next((field for _, field in arriving if field.why in LOST), None)
                fields[node] = BEYOND if node in beyond else lost or SCATTERED
                continue
            first = arriving[0][1]
            if all(field is first for _, field in arriving) and not any(sizing.spreads(program, node, origin) for origin in origins):
                fields[node] = first
                via[node] = origins[arriving[0][0]]
                continue
            fields[node] = _merge(program, sizing, node, arriving, violations, via)
            continue
        if not origins or kind == OPAQUE:
            if kind == OPAQUE and (not origins or any(fields[origin] is not None for origin in origins)):
                fields[node] = UNKNOWN
            continue
        if (field := fields[origins[0]]) is None:
            continue
        if kind == COPY:
            fields[node] = field
        elif kind == GATE:
            fields[node] = field if field.is_global or field.why in LOST else field._replace(is_global=True)
        else:
            step: Step | None = steps[node]
            assert step is not None
            fields[node] = BEYOND if node in beyond else through(step, field)
    return Trace(tuple(fields), tuple(violations), via)


def _merge(
    program: Program,
    sizing: Sizing,
    node: int,
    arriving: list[tuple[int, Field]],
    violations: list[Violation],
    via: dict[int, int],
) -> Field:
    """Union of the branches; every branch off the representative grid is a violation."""
    origins = program.sources[node]
    # A map of one sample that spreads is global, and no part of the alignment.
    branches = [
        GLOBAL if sizing.spreads(program, node, origins[position]) and field.why not in LOST else field for position, field in arriving
    ]
    chosen = representative(branches)
    if chosen >= 0:
        head = branches[chosen]
        via[node] = origins[arriving[chosen][0]]
        violations.extend(
            Violation(
                node,
                position,
                arriving[chosen][0],
                head.grid,
                branch.grid,
                sized=head.sized or branch.sized,
                floating=head.floating or branch.floating,
            )
            for (position, _), branch in zip(arriving, branches, strict=True)
            if head.grid is not None and branch.grid is not None and branch.why != "global" and not agree(head, branch)
        )
    return union(branches, chosen)
