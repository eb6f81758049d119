"""Beyond the hull: the exact set of input samples that features see, its density, and how path weight spreads over it.

Sets are Python integers as bit sets, one per phase (DESIGN 4.1).  A set without holes is kept as its interval alone, so
ordinary networks cost nothing here.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm, sqrt
from typing import TYPE_CHECKING, NamedTuple

from rflint.engine.axis import PERIOD_CAP
from rflint.engine.program import JOIN, MERGE, OPAQUE, STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rflint.engine.axis import Step
    from rflint.engine.program import Program
    from rflint.engine.sizing import Sizing

#: Widest set, in samples, that is kept exactly.
WIDTH_CAP = 1 << 20


class Seen(NamedTuple):
    """Samples that one phase sees: `low … low + width - 1`, with holes where `bits` has a zero; width 0: nothing."""

    low: int
    width: int
    #: Bit `j` stands for sample `low + j`; None: no holes.
    bits: int | None = None

    @property
    def samples(self) -> int:
        """How many it sees."""
        return self.width if self.bits is None else self.bits.bit_count()


_NOTHING = Seen(0, 0)


class SupportSet(NamedTuple):
    """The exact support of a map: phases as in `rflint.engine.field.Field`."""

    period: int
    advance: int
    phases: tuple[Seen, ...]

    @property
    def holes(self) -> int:
        """Most samples that one phase leaves out between its ends."""
        return max(seen.width - seen.samples for seen in self.phases)

    @property
    def density(self) -> Fraction | None:
        """Share of the hull that is seen, over all phases; None where nothing is."""
        width = sum(seen.width for seen in self.phases)
        return Fraction(sum(seen.samples for seen in self.phases), width) if width else None


_SOURCE = SupportSet(1, 1, (Seen(0, 1),))


def union_of(parts: Sequence[tuple[Seen, int]]) -> Seen:
    """Union of several sets, each moved by some samples."""
    parts = [part for part in parts if part[0].width]
    if not parts:
        return _NOTHING
    low = min(seen.low + move for seen, move in parts)
    end = max(seen.low + move + seen.width for seen, move in parts)
    reach = low
    for seen, move in sorted(parts, key=lambda part: part[0].low + part[1]):
        if seen.bits is not None or seen.low + move > reach:
            break
        reach = max(reach, seen.low + move + seen.width)
    if reach == end:
        return Seen(low, end - low)
    bits = 0
    for seen, move in parts:
        own = seen.bits if seen.bits is not None else (1 << seen.width) - 1
        bits |= own << (seen.low + move - low)
    full = (1 << (end - low)) - 1
    return Seen(low, end - low, None if bits == full else bits)


def through_set(step: Step, inner: SupportSet) -> SupportSet | None:
    """The set behind a step: the union over all taps; None past the caps or where the step has no taps."""
    if step.why or not step.taps:
        return None
    period = step.period * (inner.period // gcd(inner.period, step.advance))
    if period > PERIOD_CAP:
        return None
    turns = period // step.period
    advance = inner.advance * (step.advance * turns // inner.period)
    phases = []
    for index in range(period):
        turn, phase = divmod(index, step.period)
        taps = step.taps[phase]
        base = step.advance * turn
        if inner.period == 1 and inner.phases[0].bits is None and inner.phases[0].width >= inner.advance * taps.step and taps:
            # Steps no wider than the set: no hole can open.
            only = inner.phases[0]
            first, last = base + taps[0], base + taps[-1]
            phases.append(Seen(only.low + first * inner.advance, only.width + (last - first) * inner.advance))
            continue
        widest = max(seen.width for seen in inner.phases)
        if taps and (taps[-1] - taps[0] + 1) * inner.advance + widest > WIDTH_CAP:
            return None
        parts = []
        for tap in taps:
            far, own = divmod(base + tap, inner.period)
            parts.append((inner.phases[own], far * inner.advance))
        phases.append(union_of(parts))
    return _shortest(period, advance, tuple(phases))


def merge_sets(sets: Sequence[SupportSet]) -> SupportSet | None:
    """Union of several sets of one stride; None where strides differ or past the cap."""
    head = sets[0]
    if any(other.advance * head.period != head.advance * other.period for other in sets):
        return None
    period = lcm(*(each.period for each in sets))
    seen = [phase for each in sets for phase in each.phases]
    reach = max(phase.low + phase.width for phase in seen) - min(phase.low for phase in seen)
    if period > PERIOD_CAP or reach > WIDTH_CAP:
        return None
    phases = tuple(
        union_of([(each.phases[index % each.period], index // each.period * each.advance) for each in sets]) for index in range(period)
    )
    return _shortest(period, head.advance * (period // head.period), phases)


def _shortest(period: int, advance: int, phases: tuple[Seen, ...]) -> SupportSet:
    for short in range(1, period // 2 + 1):
        if period % short or advance * short % period:
            continue
        hop = advance * short // period
        if all(
            (late.width, late.bits) == (early.width, early.bits) and (not late.width or late.low - early.low == hop)
            for early, late in zip(phases, phases[short:], strict=False)
        ):
            return SupportSet(short, hop, phases[:short])
    return SupportSet(period, advance, phases)


def support_sets(program: Program, sizing: Sizing, source: int, restarts: Callable[[int], bool] | None = None) -> list[SupportSet | None]:
    """Exact supports of all maps with respect to an input.

    With `restarts`, a node for which it holds counts as the start of a new run: what follows is seen relative to it.
    """
    sets: list[SupportSet | None] = [None] * len(program.kinds)
    sets[source] = _SOURCE
    for node, origins in _reached(program, sizing, source):
        known = [found for origin in origins if (found := sets[origin]) is not None]
        if restarts is not None and restarts(node):
            sets[node] = _SOURCE
        elif len(known) < len(origins):
            continue
        elif program.kinds[node] == STEP:
            step = sizing.steps[node]
            sets[node] = None if step is None else through_set(step, known[0])
        else:
            first = known[0]
            sets[node] = first if all(each is first for each in known) else merge_sets(known)
    return sets


def _reached(program: Program, sizing: Sizing, source: int) -> Iterator[tuple[int, list[int]]]:
    """Nodes on local paths from `source`, each with its inputs on such paths; an unknown op or a joined axis ends a path."""
    reached = [False] * len(program.kinds)
    reached[source] = True
    for node in range(max(program.input_count, source + 1), len(program.kinds)):
        kind = program.kinds[node]
        spreads = kind == MERGE and getattr(program.ops[node], "broadcast", False) and sizing.sizes[node] != 1
        origins = [origin for origin in program.sources[node] if reached[origin] and not (spreads and sizing.sizes[origin] == 1)]
        step = sizing.steps[node]
        if not origins or (step is not None and step.why == "global"):
            continue
        reached[node] = True
        if kind not in (OPAQUE, JOIN):
            yield node, origins


class Spread(NamedTuple):
    """Mean and variance of the path weight of each phase, in input coordinates; None for a phase that sees nothing."""

    period: int
    advance: int
    phases: tuple[tuple[float, float] | None, ...]

    @property
    def effective(self) -> float | None:
        """Expected effective receptive field, 4σ of the widest phase (Luo et al. 2016): at least one sample."""
        return max((4 * sqrt(variance) for each in self.phases if each is not None for variance in each[1:]), default=None)


def spreads(program: Program, sizing: Sizing, source: int) -> list[Spread | None]:
    """How path weight spreads, for every map: taps of a window weigh the same, merging branches mix equally."""
    found: list[Spread | None] = [None] * len(program.kinds)
    found[source] = Spread(1, 1, ((0.0, 0.0),))
    for node, origins in _reached(program, sizing, source):
        known = [spread for origin in origins if (spread := found[origin]) is not None]
        if len(known) < len(origins):
            continue
        if program.kinds[node] == STEP:
            step = sizing.steps[node]
            found[node] = None if step is None or step.why or not step.taps else _spread(step, known[0])
        else:
            found[node] = known[0] if len(known) == 1 else _mixed(known)
    return found


def _spread(step: Step, inner: Spread) -> Spread | None:
    if step.period == 1 and inner.period == 1:
        only = inner.phases[0]
        taps = step.taps[0]
        if only is None:
            return None
        # Equally spaced taps: the variance of a discrete uniform distribution.
        mean = only[0] + inner.advance * (taps[0] + taps[-1]) / 2
        variance = only[1] + (inner.advance * taps.step) ** 2 * (len(taps) ** 2 - 1) / 12
        return Spread(1, inner.advance * step.advance, ((mean, variance),))
    period = step.period * (inner.period // gcd(inner.period, step.advance))
    if period > PERIOD_CAP:
        return None
    phases: list[tuple[float, float] | None] = []
    for index in range(period):
        turn, phase = divmod(index, step.period)
        parts = []
        for tap in step.taps[phase]:
            far, own = divmod(step.advance * turn + tap, inner.period)
            part = inner.phases[own]
            if part is not None:
                parts.append((part[0] + far * inner.advance, part[1]))
        phases.append(_mixture(parts))
    turns = period // step.period
    return Spread(period, inner.advance * (step.advance * turns // inner.period), tuple(phases))


def _mixture(parts: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    if not parts:
        return None
    mean = sum(part[0] for part in parts) / len(parts)
    variance = sum(part[1] + (part[0] - mean) ** 2 for part in parts) / len(parts)
    return mean, variance


def _mixed(parts: Sequence[Spread]) -> Spread | None:
    head = parts[0]
    if any(other.advance * head.period != head.advance * other.period for other in parts):
        return None
    period = lcm(*(each.period for each in parts))
    if period > PERIOD_CAP:
        return None
    phases: list[tuple[float, float] | None] = []
    for index in range(period):
        here: list[tuple[float, float]] = []
        for each in parts:
            turn, own = divmod(index, each.period)
            part = each.phases[own]
            if part is not None:
                here.append((part[0] + turn * each.advance, part[1]))
        phases.append(_mixture(here))
    return Spread(period, head.advance * (period // head.period), tuple(phases))
