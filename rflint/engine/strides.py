"""Map sizes behind merges whose branches differ in stride: there the size of the representative goes on (design.md#alignment)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rflint.engine.program import Program
from rflint.engine.sizing import InputSizes, Memo, Sizing, size_up
from rflint.engine.tracing import trace


def size_up_by_stride(program: Program, inputs: InputSizes, memo: Memo) -> Sizing:
    """`size_up`, and again where merges of different sizes differ in stride at every size: those know which branch goes on."""
    sizing = size_up(program, inputs, memo)
    mismatched = {problem.node for problem in sizing.problems if problem.kind == "mismatch"}
    if mismatched and not mismatched.isdisjoint(chosen := _representatives(program)):
        sizing = size_up(program, inputs, memo, chosen=chosen)
    return sizing


@lru_cache(maxsize=4)
def _representatives(program: Program) -> Mapping[int, int]:
    """Merges whose branches differ in stride, whatever the sizes -> the branch that represents them."""
    sizing = size_up(program, InputSizes((None,) * program.input_count), {})
    violations = [each for source in range(program.input_count) for each in trace(program, sizing, source).violations]
    return {each.node: each.chosen for each in violations[::-1] if not each.sized and each.reference.stride != each.grid.stride}
