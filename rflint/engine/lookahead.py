"""How much of the future a feature reads: behind its newest sample, over all paths (design.md#look-ahead-and-causal-axes)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor
from typing import Final, NamedTuple

from rflint.algebra import LOST, CropLike, Field, Pad, PadLike, Past, Slice, Window
from rflint.engine.partners import partners
from rflint.engine.program import COPY, STEP, Program
from rflint.engine.sizing import Sizing


class Moments(NamedTuple):
    """Feature `i` stands for the sample `floor(stride * i + start)` of the network's input."""

    stride: Fraction
    start: Fraction

    def at(self, index: int) -> int:
        """The sample that a feature stands for."""
        return floor(self.stride * index + self.start)


class Ahead(NamedTuple):
    """Look-ahead of a map, in samples of the network's input; None, and why, where it has none."""

    samples: int | None
    why: str = ""
    #: None where the features have no place.
    moments: Moments | None = None


_GLOBAL: Final = Ahead(None, "global")


def newest_program(program: Program) -> Program:
    """The program without what is past: a one-sided op has the newest sample of a pointwise one."""
    if not any(isinstance(op, Past) for op in program.ops):
        return program
    kinds = tuple(COPY if isinstance(op, Past) else kind for kind, op in zip(program.kinds, program.ops, strict=True))
    return program._replace(kinds=kinds)


def lookaheads(program: Program, sizing: Sizing, fields: tuple[Field | None, ...], via: Mapping[int, int]) -> list[Ahead | None]:
    """By node, of what `newest_program` sees; None where nothing of the input arrives.  One sweep: O(nodes + edges + phases)."""
    found: list[Ahead | None] = [None] * len(fields)
    missing = shortened(program, sizing)
    starts = [Fraction(0)] * len(fields)
    for node, field in enumerate(fields):
        if field is None:
            continue
        if program.sources[node]:
            origin = via.get(node)
            if origin is None:
                origin = next((each for each in program.sources[node] if fields[each] is not None), program.sources[node][0])
            start, before = starts[origin], fields[origin]
            if (own := missing.get(node)) and before is not None and before.grid is not None:
                start += before.grid.stride * own
            starts[node] = start
        found[node] = _ahead(field, starts[node])
    return found


def _ahead(field: Field, start: Fraction) -> Ahead:
    if field.why in LOST:
        return Ahead(None, field.why)
    if field.is_global:
        return _GLOBAL
    grid, family = field.grid, field.family
    moments = None if grid is None else Moments(grid.stride, start)
    if family is None or moments is None or field.floating:
        return Ahead(None, field.why or "size-dependent", None if field.floating else moments)
    if family.period == 1 and start.denominator == 1 and family.high[0] is not None:
        return Ahead(family.high[0] - int(start), "", moments)
    known = [high - moments.at(phase) for phase, high in enumerate(family.high) if high is not None]
    return Ahead(max(known), "", moments) if known else Ahead(None, "empty-phase", moments)


def shortened(program: Program, sizing: Sizing) -> dict[int, int]:
    """By node, samples of its input that a layer takes from the start of its map, for those that do."""
    together = partners(program, sizing.sizes, sizing.steps)
    found: dict[int, int] = {}
    for node, op in enumerate(program.ops):
        step = sizing.steps[node]
        if program.kinds[node] != STEP or node in together.counted:
            continue
        taken: int | None = 0
        if isinstance(op, Window):
            padding = together.padding(op, step, node)
            taken = None if padding is None else op.effective_kernel - op.stride - sum(padding)
        elif isinstance(op, Pad):
            taken = -op.low
        elif isinstance(op, (CropLike, PadLike, Slice)) and step is not None and step.grid is not None and not step.floating:
            taken = step.grid.c
        if taken and taken > 0:
            found[node] = taken
    return found
