"""Receptive fields and alignment of every map with respect to one input, on one axis: one forward sweep (design.md#alignment)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rflint.algebra import Grid, Step
from rflint.algebra.field import BEYOND, GLOBAL, LOST, SCATTERED, SOURCE, UNKNOWN, Branch, Field, agree, representative, through, union
from rflint.algebra.grid import IDENTITY
from rflint.engine.centers import Centers, centers
from rflint.engine.lookahead import Ahead, lookaheads, newest_program
from rflint.engine.program import COPY, GATE, JOIN, MERGE, OPAQUE, Program
from rflint.engine.sizing import Sizing


class Violation(NamedTuple):
    """Two branches of a merge, by node, that differ in their grids; the first represents the merge."""

    node: int
    chosen: int
    branch: int
    #: The grids of the representative branch and of the other.
    reference: Grid
    grid: Grid
    #: Whether on either of them a scale comes from map sizes; or the offset is unknown.
    sized: bool
    floating: bool

    @property
    def pair(self) -> tuple[int, int, int]:
        """The merge and its two branches, whichever of them represents it."""
        return self.node, min(self.chosen, self.branch), max(self.chosen, self.branch)


class _Trace(NamedTuple):
    program: Program
    sizing: Sizing

    #: By node; None where nothing of the input arrives.
    fields: tuple[Field | None, ...]
    violations: tuple[Violation, ...]
    #: Merge node -> the branch, an input of it, that represents it.
    via: Mapping[int, int]


class Trace(_Trace):
    """What every node sees of one input."""

    @cached_property
    def centers(self) -> Mapping[int, Centers]:
        """By node, where features sit whose paths disagree: of interest to reports only."""
        return centers(self.program, self.sizing, self.fields, self.via)

    @cached_property
    def newest(self) -> Trace:
        """The same without what is past: where one-sided ops have the newest sample of pointwise ones."""
        program = newest_program(self.program)
        source = next(node for node, field in enumerate(self.fields) if field is not None)
        return self if program is self.program else trace(program, self.sizing, source)

    @cached_property
    def ahead(self) -> Sequence[Ahead | None]:
        """By node, how much of the future its features read."""
        newest = self.newest
        return lookaheads(newest.program, newest.sizing, newest.fields, newest.via)


def trace(program: Program, sizing: Sizing, source: int, start: Field = SOURCE) -> Trace:
    """Follow node `source` (an input, or any layer) through all nodes behind it: O(nodes + edges), never per path.

    From `GRID` on, grids and their violations are followed alone, which takes half the time.
    """
    kinds, sources, steps = program.kinds, program.sources, sizing.steps
    fields: list[Field | None] = [None] * len(kinds)
    fields[source] = start
    # Of the representative path to each node: the grid of largest stride, and how many layers.
    coarsest = [IDENTITY] * len(kinds)
    lengths = [0] * len(kinds)
    violations: list[Violation] = []
    via: dict[int, int] = {}
    beyond = frozenset(sizing.beyond)
    for node in range(max(program.input_count, source + 1), len(kinds)):
        kind = kinds[node]
        origins = sources[node]
        if kind in (MERGE, JOIN):
            arriving = [origin for origin in origins if fields[origin] is not None]
            if not arriving:
                continue
            seen = [field for origin in arriving if (field := fields[origin]) is not None]
            if kind == JOIN:
                lost = next((field for field in seen if field.why in LOST), None)
                fields[node] = BEYOND if node in beyond else lost or SCATTERED
                continue
            if sizing.sizes[node] != 1 and program.broadcasts(node):
                # A map of one sample that spreads is global, and no part of the alignment.
                seen = [
                    GLOBAL if sizing.sizes[origin] == 1 and field.why not in LOST else field
                    for origin, field in zip(arriving, seen, strict=True)
                ]
            first, largest = seen[0], coarsest[arriving[0]]
            one, grid = all(field is first for field in seen), first.grid
            if one or (
                grid is not None and all(field.grid == grid for field in seen) and all(coarsest[origin] == largest for origin in arriving)
            ):
                # Most merges: whichever represents the others, it has their grid.
                chosen = min([(lengths[origin], origin) for origin in arriving])[1]
                fields[node] = first if one else union(seen, fields[chosen])
            else:
                branches = list(
                    map(Branch, arriving, seen, [coarsest[origin] for origin in arriving], [lengths[origin] for origin in arriving])
                )
                head = representative(branches)
                single = sizing.sizes[node] == 1
                fields[node] = union(seen, head and head.field, single=single)
                if head is None:
                    continue
                chosen = head.node
                if not single:
                    violations.extend(_violations(node, head, branches))
            via[node] = chosen
            coarsest[node], lengths[node] = coarsest[chosen], lengths[chosen] + 1
            continue
        if not origins or kind == OPAQUE:
            if kind == OPAQUE and (not origins or any(fields[origin] is not None for origin in origins)):
                fields[node] = UNKNOWN
            continue
        origin = origins[0]
        field = fields[origin]
        if field is None:
            continue
        largest = coarsest[origin]
        if kind == COPY:
            fields[node] = field
        elif kind == GATE:
            fields[node] = field if field.is_global or field.why in LOST else field._replace(is_global=True)
        else:
            step: Step | None = steps[node]
            assert step is not None
            fields[node] = behind = BEYOND if node in beyond else through(step, field)
            own = behind.grid
            if own is not None and own.s * largest.d > largest.s * own.d:
                largest = own
        coarsest[node], lengths[node] = largest, lengths[origin] + 1
    return Trace(program, sizing, tuple(fields), tuple(violations), via)


def _violations(node: int, head: Branch, branches: list[Branch]) -> list[Violation]:
    """One for each branch off the grid of the representative, in the order of the graph."""
    own = head.field
    off = {
        branch.node: Violation(
            node,
            head.node,
            branch.node,
            own.grid,
            field.grid,
            sized=own.sized or field.sized,
            floating=own.floating or field.floating,
        )
        for branch in branches
        if (field := branch.field).grid is not None and own.grid is not None and not agree(own, field)
    }
    return [off[origin] for origin in sorted(off)]
