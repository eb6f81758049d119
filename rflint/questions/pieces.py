"""A network run on a piece of an image, on one axis: which pieces give the values of the whole, and what one must hold (DESIGN 4.8).

A piece `[A, B)` of an image starts on a multiple of a modulus, so that every map of the piece is a stretch of the same
map of the image: of a map with `σ` features per input sample, feature `i` is feature `i - σ A` in the piece.  It has
the value of the whole if all features that it is computed from are there as well.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor, lcm
from typing import TYPE_CHECKING, NamedTuple

from rflint.algebra.axis import PERIOD_CAP, Facts, Step
from rflint.algebra.field import SOURCE, Field, through, union
from rflint.engine.program import STEP
from rflint.questions.image_classes import (
    LARGE,
    WORK_CAP,
    Cause,
    Image,
    Known,
    Measured,
    Ruler,
    aligned,
    measure,
    measures,
    reading,
    ruler_of,
    sizing_at,
    traced,
    why,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rflint.engine.program import Program

#: Longest advance of an op for which the samples are looked for without which its features end.
LARGEST_ADVANCE = 1 << 12

_SCATTERED = Field(None, 1, 1, (), (), why="position-dependent")


class Pieces(NamedTuple):
    """Pieces of an image, in samples of the input that is asked about."""

    #: What the layer sees of the input; None: nothing, or nothing is known.
    seen: Field | None
    #: Pieces start on its multiples.
    modulus: int
    #: Residues of `modulus` that the size of a piece may have, that of the image among them; none where there is a cause.
    residues: frozenset[int]
    #: What a piece must hold for each feature of the layer; None where there is a cause.
    extent: Field | None
    cause: Cause | None
    #: Image sizes, as `(residue, modulus)`, for which there would be no cause.
    instead: tuple[int, int] | None = None


def pieces(program: Program, image: Image, node: int, known: Known) -> Pieces:
    """Pieces that give the values of `node`: of an image of the declared size, or where it is open, of one that suits best.

    That is the first residue of the size for which merges align, else the first that has no cause.
    """
    ruler = ruler_of(program, image, node, known)
    size = image.sizes[image.source]
    if size is not None:
        answer = _pieces(measure(ruler, size % ruler.hop), ruler)
        return answer._replace(instead=_instead(ruler)) if _depends_on_size(answer.cause) else answer
    best: Measured | None = None
    for found in measures(ruler):
        if found is None:
            continue
        if best is None or (best.cause is not None and found.cause is None):
            best = found
        if found.cause is None and aligned(found):
            best = found
            break
        if found.cause is not None and not _depends_on_size(found.cause):
            break
    return _pieces(best, ruler)


def _depends_on_size(cause: Cause | None) -> bool:
    """Whether there may be no cause at another image size."""
    return cause is not None and cause.why in ("size-dependent", "position-dependent")


def _instead(declared: Ruler) -> tuple[int, int] | None:
    """Sizes without a cause, where the declared one has one."""
    image = declared.image._replace(sizes=(None,) * len(declared.image.sizes))
    ruler = ruler_of(declared.program, image, declared.node, declared.known)
    for residue, found in enumerate(measures(ruler)):
        if found is not None and found.cause is None:
            return residue * image.multiple_of[image.source], ruler.hop
    return None


def _pieces(found: Measured | None, ruler: Ruler) -> Pieces:
    if found is None:
        return Pieces(None, 1, frozenset(), None, Cause(ruler.node, "size-dependent"))
    seen = traced(found).fields[ruler.node]
    modulus = _modulus(found)
    extent = None if found.cause is not None else _extent(found)
    if extent is None:
        return Pieces(seen, modulus, frozenset(), None, found.cause or Cause(ruler.node, "position-dependent"))
    return Pieces(seen, modulus, _residues(found, modulus), extent, None)


def _modulus(found: Measured) -> int:
    """Pieces that start on its multiples start with a whole period of every map that scales with the image."""
    total = 1
    for node in found.local | found.sized:
        scale, step = found.scales[node], found.sizing.steps[node]
        if scale:
            period = step.period if step is not None and node in found.local and not why(found, node) else 1
            total = lcm(total, (scale / period).denominator)
    return total


def _residues(found: Measured, modulus: int) -> frozenset[int]:
    """Sizes of pieces, modulo `modulus`, at which all layers do what they do in the image, and no sizes clash."""
    program, own = found.ruler.program, found.size % modulus
    if modulus * len(program.kinds) > WORK_CAP:
        return frozenset((own,))
    base = found.size - found.size % lcm(modulus, found.ruler.hop)
    needed = found.local | found.sized
    sensitive = [node for node in program.sensitive if node in found.local]
    residues = {own}
    for residue in range(modulus):
        other = sizing_at(found.ruler, base + residue)
        if (
            other is not None
            and not any(problem.node in needed for problem in other.problems)
            and all(reading(found.sizing.steps[node]) == reading(other.steps[node]) for node in sensitive)
        ):
            residues.add(residue)
    return frozenset(residues)


def _extent(found: Measured) -> Field | None:
    """What a piece must hold for the features of the layer; None past the caps on periods.

    Two sweeps in one: the sample of the input without which a feature is cut off at the high side (a crop drops the
    last ones), and all that its value is computed from, the places of those features themselves counted in.
    """
    ruler = found.ruler
    program, source = ruler.program, ruler.image.source
    key = (found.sizing.inputs, source, ruler.rates, ruler.image.sizes)
    last, values = ruler.known.extents.setdefault(key, ({}, {}))
    for node in sorted(found.local | found.sized):
        if node not in last:
            last[node] = _last(found, node, last)
        if last[node].why:
            return None
        if node in found.local and node not in values:
            origins = [values[origin] for origin in program.sources[node] if origin in found.local]
            step = found.sizing.steps[node]
            behind = origins if step is None else [_moved(step, origins[0])]
            values[node] = union((_place(found, node, last[node]), *behind), 0)
        if node in found.local and values[node].why:
            return None
    return values[ruler.node]


def _last(found: Measured, node: int, last: Mapping[int, Field]) -> Field:
    """For every feature the one sample of the input without which the map would end before it."""
    program = found.ruler.program
    if node < program.input_count:
        if node == found.ruler.image.source:
            return SOURCE
        rate, lead = found.ruler.rates[node], found.ruler.lead(node)
        if rate.numerator > PERIOD_CAP:
            return _SCATTERED
        ends = tuple(floor((index - lead) / rate) for index in range(rate.numerator))
        return Field(None, rate.numerator, rate.denominator, ends, ends)
    like, op = program.likes[node], program.ops[node]
    if like is not None:
        return last[like]
    if program.kinds[node] != STEP or op is None:
        longest = union([last[origin] for origin in program.sources[node] if origin in found.local or origin in found.sized], 0)
        return longest._replace(low=longest.high)
    origin = program.sources[node][0]
    # So many features for so many samples before the layer, however it pads: none of it depends on the size.
    ratio = (found.scales[node] or Fraction(1)) / (found.scales[origin] or Fraction(1))
    period, advance = ratio.numerator, ratio.denominator
    if advance > LARGEST_ADVANCE or period > PERIOD_CAP:
        return _SCATTERED
    taps = [range(0)] * period
    size = op.step(Facts(LARGE)).size or 0
    for more in range(advance):
        # With one more sample there are these more features.
        next_size = op.step(Facts(LARGE + more + 1)).size or 0
        for turn, phase in (divmod(index, period) for index in range(size, next_size)):
            taps[phase] = range(LARGE + more - turn * advance, LARGE + more - turn * advance + 1)
        size = next_size
    return _moved(Step(None, None, period, advance, tuple(taps)), last[origin])


def _place(found: Measured, node: int, last: Field) -> Field:
    """What the features of a map need to be there at all: the piece starts at their place or before, and does not end too soon."""
    scale = found.scales[node] or Fraction(1)
    period = lcm(last.period, scale.numerator)
    if period > PERIOD_CAP:
        return _SCATTERED
    highs = tuple(None if (region := last.region(index)) is None else region[1] for index in range(period))
    return Field(None, period, int(period / scale), tuple(floor(index / scale) for index in range(period)), highs)


def _moved(step: Step, field: Field) -> Field:
    """The field behind a step, as supports go: without grids and gates."""
    return through(step._replace(grid=None, gated=False), field)
