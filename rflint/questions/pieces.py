"""A network run on a piece of an image, on one axis: which pieces give the values of the whole, and what one must hold (docs/tiles.md).

A piece `[A, B)` of an image starts on a multiple of a modulus, so that every map of the piece is a stretch of the same
map of the image: of a map with `σ` features per input sample, feature `i` is feature `i - σ A` in the piece.  It has
the value of the whole if all features that it is computed from are there as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor, lcm
from typing import NamedTuple

from rflint.algebra import Facts, Field, Step, hull
from rflint.algebra.hull import Family
from rflint.algebra.periodic import PERIOD_CAP
from rflint.engine import STEP, Program
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
    ruler_of,
    sizing_at,
    traced,
    why,
)

#: Longest advance of an op for which the samples are looked for without which its features end.
LARGEST_ADVANCE = 1 << 12


class Pieces(NamedTuple):
    """Pieces of an image, in samples of the input that is asked about."""

    #: What the layer sees of the input; None: nothing, or nothing is known.
    seen: Field | None
    #: Pieces start on its multiples.
    modulus: int
    #: Residues of `modulus` that the size of a piece may have, that of the image among them; none where there is a cause.
    residues: frozenset[int]
    #: What a piece must hold for each feature of the layer; None where there is a cause.
    extent: Family | None
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
    seen = _seen(found)
    modulus = _modulus(found)
    extent = None if found.cause is not None else _extent(found)
    if extent is None:
        return Pieces(seen, modulus, frozenset(), None, found.cause or Cause(ruler.node, "position-dependent"))
    return Pieces(seen, modulus, _residues(found, modulus), extent, None)


def _seen(found: Measured) -> Field | None:
    """What the layer sees of the input; without a family where that is more, or less, at another size of the image."""
    seen, later = (traced(each).fields[found.ruler.node] for each in (found, found._replace(sizing=found.later)))
    if seen is None or later is None or seen.grid is None or later.grid is None:
        return seen
    if (seen.grid.stride, seen.size, seen.size_min) == (later.grid.stride, later.size, later.size_min):
        return seen
    return seen._replace(family=None, why="size-dependent")


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
            and all(_alike(found.sizing.steps[node], other.steps[node]) for node in sensitive)
        ):
            residues.add(residue)
    return frozenset(residues)


def _alike(one: Step | None, other: Step | None) -> bool:
    return one is not None and other is not None and one.reading == other.reading


def _extent(found: Measured) -> Family | None:
    """What a piece must hold for the features of the layer; None past the caps on periods.

    Two sweeps in one: the sample of the input without which a feature is cut off at the high side (a crop drops the
    last ones), and all that its value is computed from, the places of those features themselves counted in.
    """
    ruler = found.ruler
    key = (found.sizing.inputs, ruler.image.source, ruler.rates, ruler.image.sizes)
    last, values = ruler.known.extents.setdefault(key, ({}, {}))
    for node in sorted(found.local | found.sized):
        if node not in last:
            last[node] = _last(found, node, last)
        if node in found.local and node not in values:
            values[node] = _value(found, node, last[node], values)
        if last[node] is None or (node in found.local and values[node] is None):
            return None
    return values[ruler.node]


def _value(found: Measured, node: int, last: Family | None, values: Mapping[int, Family | None]) -> Family | None:
    """All that the value of a feature is computed from, and the feature itself."""
    own, step = None if last is None else _place(found, node, last), found.sizing.steps[node]
    origins = [known for origin in found.ruler.program.sources[node] if origin in found.local and (known := values[origin]) is not None]
    if step is not None:
        origins = [behind for origin in origins if (behind := hull.through(step, origin)) is not None]
    return None if own is None or not (origins or node < found.ruler.program.input_count) else hull.union([own, *origins])


def _last(found: Measured, node: int, last: Mapping[int, Family | None]) -> Family | None:
    """For every feature the one sample of the input without which the map would end before it."""
    program = found.ruler.program
    if node < program.input_count:
        rate, lead = found.ruler.rates[node], found.ruler.lead(node)
        if rate.numerator > PERIOD_CAP:
            return None
        ends = tuple(floor((index - lead) / rate) for index in range(rate.numerator))
        return Family(rate.numerator, rate.denominator, ends, ends)
    like, op = program.likes[node], program.ops[node]
    if like is not None:
        return last[like]
    if program.kinds[node] != STEP or op is None:
        branches = [last[origin] for origin in program.sources[node] if origin in found.local or origin in found.sized]
        longest = hull.union([branch for branch in branches if branch is not None])
        return None if longest is None else longest._replace(low=longest.high)
    origin = program.sources[node][0]
    before = last[origin]
    # So many features for so many samples before the layer, however it pads: none of it depends on the size.
    ratio = (found.scales[node] or Fraction(1)) / (found.scales[origin] or Fraction(1))
    period, advance = ratio.numerator, ratio.denominator
    if before is None or advance > LARGEST_ADVANCE or period > PERIOD_CAP:
        return None
    taps = [range(0)] * period
    size = op.step(Facts(LARGE)).size or 0
    for more in range(advance):
        # With one more sample there are these more features.
        next_size = op.step(Facts(LARGE + more + 1)).size or 0
        for turn, phase in (divmod(index, period) for index in range(size, next_size)):
            taps[phase] = range(LARGE + more - turn * advance, LARGE + more - turn * advance + 1)
        size = next_size
    return hull.through(Step(None, None, period, advance, tuple(taps)), before)


def _place(found: Measured, node: int, last: Family) -> Family | None:
    """What the features of a map need to be there at all: the piece starts at their place or before, and does not end too soon."""
    scale = found.scales[node] or Fraction(1)
    period = lcm(last.period, scale.numerator)
    if period > PERIOD_CAP:
        return None
    highs = tuple(None if (region := last.region(index)) is None else region[1] for index in range(period))
    return Family(period, int(period / scale), tuple(floor(index / scale) for index in range(period)), highs)
