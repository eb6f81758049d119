"""All sizes of an undeclared input at once: which suit every layer, which align, which centre (design.md#input-sizes)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rflint.engine import AxisAnalysis, Sizing, Trace
from rflint.search import SMALLEST_SIZE, Budget, Trial, UsedUpError


class SizeClasses(NamedTuple):
    """The sizes of one undeclared input on one axis, by residue modulo `modulus`; every larger size repeats them."""

    input: str
    position: int
    modulus: int
    #: Residues that were tried: all, or the multiples of a declared `multiple_of`.
    tried: tuple[int, ...]
    #: Residues that suit every layer (with several undeclared inputs: for some sizes of the others).
    valid: tuple[int, ...]
    #: Valid residues for which every merge is aligned, whatever the size.
    aligned: tuple[int, ...]


def size_classes(part: AxisAnalysis, names: tuple[str, ...]) -> tuple[SizeClasses, ...]:
    """One entry per undeclared input; none where the classes are too many to try."""
    classes: list[SizeClasses] = []
    if not part.decided:
        return ()
    for position, name in enumerate(names):
        if (modulus := part.moduli[position]) is None:
            continue
        tried: set[int] = set()
        valid: set[int] = set()
        aligned: set[int] = set()
        for case in part.cases:
            clean = not any(trace.violations or _undecided(trace) for trace in case.traces.values())
            for sizing in case.sizings:
                residue = sizing.residues[position]
                assert residue is not None
                tried.add(residue)
                if not sizing.problems:
                    valid.add(residue)
                    if clean:
                        aligned.add(residue)
        classes.append(SizeClasses(name, position, modulus, tuple(sorted(tried)), tuple(sorted(valid)), tuple(sorted(aligned))))
    return tuple(classes)


def _undecided(trace: Trace) -> bool:
    """Whether the alignment of some merge depends on more than the residue."""
    return any(field is not None and field.aligned is None for field in trace.fields)


#: Sizes up to which single ones are looked for where no class of sizes suits the network.
SMALL: Final = 1024


class SmallSizes(NamedTuple):
    """Single sizes of the only input, up to `SMALL`, that suit every layer; and those of them at which every merge is aligned."""

    valid: tuple[int, ...] = ()
    aligned: tuple[int, ...] = ()


def small_sizes(part: AxisAnalysis) -> SmallSizes:
    """Maps of a sample or two may fit where larger ones never do: a merge of one sample each, say.

    None where there are several inputs, or too many layers to try all.
    """
    if len(part.sizings[0].inputs) != 1:
        return SmallSizes()
    here, (name,) = Trial.of(part, Budget(SMALLEST_SIZE)), part.cases[0].traces
    trials = {size: here.at((size,), (None,)) for size in range(1, SMALL + 1)}
    try:
        valid = [size for size, trial in trials.items() if trial.suits()]
        return SmallSizes(tuple(valid), tuple(size for size in valid if not trials[size].trace(name).violations))
    except UsedUpError:
        return SmallSizes()


def smallest_size(part: AxisAnalysis, sizings: Sequence[Sizing], modulus: int) -> int | None:
    """The smallest size of the only input from which on every size of its class suits every layer, over some of the classes.

    A larger size of the same class makes every map that scales larger, so a bisection finds it.  None where there are
    several inputs, where the classes suit no size, and where they are too many to try.
    """
    here, smallest = Trial.of(part, Budget(SMALLEST_SIZE)), None
    try:
        for sizing in sizings:
            residue = sizing.residues[0]
            if len(sizing.inputs) != 1 or residue is None or sizing.problems:
                return None
            smallest = _smaller(here, sizing, residue, modulus, smallest)
    except UsedUpError:
        return None
    return smallest


def _smaller(here: Trial, sizing: Sizing, residue: int, modulus: int, known: int | None) -> int:
    """The smallest size of one class, or `known` where that is smaller: most classes take one look only."""

    def suits(turns: int) -> bool:
        size = residue + turns * modulus
        return size > 0 and here.at((size,), (residue,)).suits()

    low, high = -1, ((sizing.inputs[0] or 0) - residue) // modulus
    if known is not None:
        below = (known - 1 - residue) // modulus
        if not suits(below):
            return known
        high = below
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suits(middle) else (middle, high)
    return residue + high * modulus
