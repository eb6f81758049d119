"""A network at one class of image sizes, on one axis: how maps scale with the image, and what does not (docs/tiles.md).

Nothing here knows single ops: each is asked at two sizes of the class what it does.  What is the same at both, on maps
that grow with the image, does not depend on the size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from math import lcm
from typing import NamedTuple

from rflint.algebra.axis import NoSupport
from rflint.algebra.hull import Family
from rflint.engine.program import GATE, JOIN, OPAQUE, Program
from rflint.engine.sizing import InputSizes, Memo, Sizing, size_up
from rflint.engine.tracing import Trace, trace

#: Ops are asked at image sizes at least as large, so that no map is small.
LARGE = 1 << 20
#: Most nodes times image sizes that are tried: of pieces, and of images; and nodes for which a size by itself counts.
WORK_CAP = 2_000_000
SEARCH_CAP = 200_000
SIZE_WORK = 16


class Image(NamedTuple):
    """The image on one axis: what is known of the sizes of all inputs, and the input that is asked about."""

    #: None: any size, of these multiples.
    sizes: tuple[int | None, ...]
    multiple_of: tuple[int, ...]
    source: int


class Cause(NamedTuple):
    """The layer that keeps pieces from giving the values of the whole, and why."""

    node: int
    why: NoSupport


class Known(NamedTuple):
    """What has been worked out for a program: layers of one network have most of it in common."""

    memo: Memo
    #: By sizes of the inputs; traces by the input as well.
    sizings: dict[tuple[int, ...], Sizing]
    traces: dict[tuple[tuple[int | None, ...], int], Trace]
    #: What pieces must hold, by sizes of the inputs, the input, and how the others keep pace with it.
    extents: dict[tuple[object, ...], tuple[dict[int, Family | None], dict[int, Family | None]]]


class Ruler(NamedTuple):
    """What it takes to size a network up at any image size."""

    program: Program
    image: Image
    node: int
    #: Samples of each input for one sample of the input that is asked about.
    rates: tuple[Fraction, ...]
    #: Whether each input is cut: one sample beside larger inputs stands for the whole axis.
    cut: tuple[bool, ...]
    #: All that depends on the image size repeats at the size that is so much larger.
    hop: int
    known: Known

    def lead(self, position: int) -> Fraction:
        """How many samples an input has beyond what its rate says, where sizes are declared."""
        declared, own = self.image.sizes[position], self.image.sizes[self.image.source]
        return Fraction(0) if declared is None or own is None else declared - own * self.rates[position]


def ruler_of(program: Program, image: Image, node: int, known: Known) -> Ruler:
    """What it takes to size up all that `node` is computed from."""
    needed = _all_behind(program, node)
    scales = {position: program.scales(position) for position in range(program.input_count) if position in needed}
    rates = tuple(_rate(scales, image, position, node) for position in range(program.input_count))
    hop = lcm(*(program.modulus(scale) * rates[position].denominator for position, scale in scales.items()))
    single = all(image.sizes[position] == 1 for position in scales)
    return Ruler(program, image, node, rates, tuple(single or size != 1 for size in image.sizes), hop, known)


def _rate(scales: Mapping[int, Sequence[Fraction | None]], image: Image, position: int, node: int) -> Fraction:
    """As the scales of the layer say; of inputs resized to one another, as the declared sizes do."""
    if position not in scales or image.source not in scales:
        return Fraction(1)
    own, other = scales[image.source][node], scales[position][node]
    if own and other:
        return own / other
    size, another = image.sizes[image.source], image.sizes[position]
    return Fraction(1) if size is None or another is None else Fraction(another, size)


class Measured(NamedTuple):
    """The network at one class of image sizes: at a size, and at the next of its class."""

    ruler: Ruler
    size: int
    sizing: Sizing
    later: Sizing
    #: Nodes whose values the layer is computed from feature by feature, and further ones of which only the size counts.
    local: frozenset[int]
    sized: frozenset[int]
    #: Features per input sample, by node.
    scales: tuple[Fraction | None, ...]
    cause: Cause | None


def measures(ruler: Ruler) -> Iterator[Measured | None]:
    """At every class of sizes that an open image may have."""
    tries = range(0, ruler.hop, ruler.image.multiple_of[ruler.image.source])
    return (measure(ruler, residue) for residue in islice(tries, max(SEARCH_CAP // (len(ruler.program.kinds) + SIZE_WORK), 1)))


def measure(ruler: Ruler, residue: int) -> Measured | None:
    """None where another input would have no whole number of samples."""
    size = ruler.hop * (LARGE // ruler.hop + 64) + residue
    sizing, later = sizing_at(ruler, size), sizing_at(ruler, size + ruler.hop)
    if sizing is None or later is None:
        return None
    local, held, sized = _behind(ruler.program, sizing, ruler.node)
    scales = tuple(
        None if one is None or other is None else Fraction(other - one, ruler.hop)
        for one, other in zip(sizing.sizes, later.sizes, strict=True)
    )
    found = Measured(ruler, size, sizing, later, local, sized, scales, None)
    return found._replace(cause=_spread(found, held) or _cause(found))


def sizing_at(ruler: Ruler, size: int) -> Sizing | None:
    """All maps at an image size; None where another input would have no whole number of samples."""
    sizes: list[int] = []
    for position, (cut, rate) in enumerate(zip(ruler.cut, ruler.rates, strict=True)):
        own = ruler.lead(position) + size * rate
        if own.denominator != 1:
            return None
        sizes.append(int(own) if cut else 1)
    inputs = tuple(sizes)
    if inputs not in ruler.known.sizings:
        ruler.known.sizings[inputs] = size_up(ruler.program, InputSizes(inputs), ruler.known.memo)
    return ruler.known.sizings[inputs]


def _all_behind(program: Program, node: int) -> set[int]:
    """A node and all that it is computed from or sized by."""
    found = {node}
    for at in range(node, -1, -1):
        if at in found:
            like = program.likes[at]
            found.update(program.sources[at], () if like is None else (like,))
    return found


def _behind(program: Program, sizing: Sizing, node: int) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """What reaches a node feature by feature, what reaches it spread from one sample, and what only gives a size."""
    local, held, sized = {node}, set[int](), set[int]()
    for at in range(node, -1, -1):
        like = program.likes[at]
        if like is not None and (at in local or at in sized):
            sized.add(like)
        for origin in program.sources[at]:
            spread = sizing.spreads(program, at, origin)
            if at in held or (at in local and spread):
                held.add(origin)
            if at in local and not spread:
                local.add(origin)
            if at in sized:
                sized.add(origin)
    return frozenset(local), frozenset(held), frozenset(sized - local)


def _spread(found: Measured, held: frozenset[int]) -> Cause | None:
    """Why a sample that spreads over the map depends on the image that is cut; None: there is none."""
    program, sizing = found.ruler.program, found.sizing
    source = found.ruler.image.source
    if source not in held and not any(cut and position in held & found.local for position, cut in enumerate(found.ruler.cut)):
        return None
    layers = [node for node in sorted(held) if node >= program.input_count] or [found.ruler.node]
    return Cause(next((node for node in layers if (step := sizing.steps[node]) is not None and step.why == "global"), layers[0]), "global")


def _cause(found: Measured) -> Cause | None:
    wrong = {problem.node for each in (found.sizing, found.later) for problem in each.problems}
    for node in sorted(found.local | found.sized):
        reason = why(found, node) or ("size-dependent" if node in wrong else "")
        if reason:
            return Cause(node, reason)
    return None


def why(found: Measured, node: int) -> NoSupport:
    """Why a layer does not do on a piece what it does on the whole; empty: it does."""
    program, scale = found.ruler.program, found.scales[node]
    kind, step = program.kinds[node], found.sizing.steps[node]
    if kind in (OPAQUE, JOIN):
        return "unknown-op" if kind == OPAQUE else "position-dependent"
    if node in found.local and node >= program.input_count:
        if kind == GATE or (step is not None and step.why == "global"):
            return "global"
        later = found.later.steps[node]
        if step is not None and later is not None and step.reading != later.reading:
            return "size-dependent"
        before = [found.scales[origin] for origin in program.sources[node] if origin in found.local]
        if step is not None:
            if step.why:
                return step.why
            if scale is None or before[0] is None or scale * step.advance != before[0] * step.period:
                return "size-dependent"
        elif any(other != before[0] for other in before):
            return "position-dependent"
    return "" if scale else "size-dependent"


def traced(found: Measured) -> Trace:
    """What every layer sees of the input."""
    key = found.sizing.inputs, found.ruler.image.source
    if key not in found.ruler.known.traces:
        found.ruler.known.traces[key] = trace(found.ruler.program, found.sizing, found.ruler.image.source)
    return found.ruler.known.traces[key]


def aligned(found: Measured) -> bool:
    """Whether no merge on the way to the layer is misaligned."""
    return not any(violation.node in found.local for violation in traced(found).violations)
