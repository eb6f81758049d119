"""All sizes of an undeclared input at once: which suit every layer, which align, which centre (design.md#input-sizes)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rflint.engine.sizing import Memo, size_up

if TYPE_CHECKING:
    from rflint.engine.analysis import AxisAnalysis
    from rflint.engine.sizing import Sizing


class SizeClasses(NamedTuple):
    """The sizes of one undeclared input on one axis, by residue modulo `modulus`; every larger size repeats them."""

    input: str
    position: int
    modulus: int
    #: Residues that were tried: all, or the multiples of a declared `multiple_of`.
    tried: tuple[int, ...]
    #: Residues that suit every layer (with several undeclared inputs: for some sizes of the others).
    valid: tuple[int, ...]
    #: Valid residues for which every merge is aligned.
    aligned: tuple[int, ...]


def size_classes(part: AxisAnalysis, names: tuple[str, ...]) -> tuple[SizeClasses, ...]:
    """One entry per undeclared input; none where the classes are too many to try."""
    found: list[SizeClasses] = []
    if not part.decided:
        return ()
    for position, name in enumerate(names):
        modulus = part.moduli[position]
        if modulus is None:
            continue
        tried: set[int] = set()
        valid: set[int] = set()
        aligned: set[int] = set()
        for case in part.cases:
            clean = not any(trace.violations for trace in case.traces.values())
            for sizing in case.sizings:
                residue = sizing.residues[position]
                assert residue is not None
                tried.add(residue)
                if not sizing.problems:
                    valid.add(residue)
                    if clean:
                        aligned.add(residue)
        found.append(SizeClasses(name, position, modulus, tuple(sorted(tried)), tuple(sorted(valid)), tuple(sorted(aligned))))
    return tuple(found)


def smallest_size(part: AxisAnalysis, sizing: Sizing, modulus: int) -> int | None:
    """The smallest size of the only input in a class from which on every size of the class suits every layer.

    A larger size of the same class makes every map that scales larger, so a bisection finds it.
    """
    residue = sizing.residues[0]
    if len(sizing.inputs) != 1 or residue is None or sizing.problems:
        return None
    scales = part.program.scales(0)
    ratios = part.program.ratios(scales)
    scaling = tuple(scale is not None for scale in scales)
    memo: Memo = {}

    def works(turns: int) -> bool:
        size = residue + turns * modulus
        return size > 0 and not size_up(part.program, (size,), (residue,), ratios, scaling, memo).problems

    low, high = -1, ((sizing.inputs[0] or 0) - residue) // modulus
    while high - low > 1:
        middle = (low + high) // 2
        if works(middle):
            high = middle
        else:
            low = middle
    return residue + high * modulus
