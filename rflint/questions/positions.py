"""Exact regions of single features, position by position: on unbounded maps, and in the finite network.

What a feature nominally sees extends past the borders of every map on its way (the paper's convention).  In the finite
network padding holds nothing: taps in a layer's padding are dropped, taps of a resize are clamped to the map.  This is
also the answer where the receptive field depends on the position and no periodic family exists.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import Final, NamedTuple

from rflint.algebra import Past, Resize, Step
from rflint.engine import COPY, GATE, JOIN, MERGE, OPAQUE, STEP, Moments, Program, Sizing

#: Most cells (positions summed over all maps on the way) that one question may cost.
CELL_CAP = 4_000_000
#: The same for what is worked out for reports and targets without being asked for.
EXTENT_CAP = 400_000
#: Most samples that all cells together may read, for each cell that a question may cost.
READS_PER_CELL = 16

_UNSIZED: Final = "the size of a map on the way is not known"

Region = tuple[int, int] | None


class TooLargeError(Exception):
    """The question covers more positions than it may."""


class UndefinedError(Exception):
    """The feature's region is not defined; the message says why, in words for the user."""


def regions(
    program: Program, sizing: Sizing, source: int, node: int, first: int, last: int, *, clipped: bool, past: bool = False
) -> list[Region]:
    """`(low, high)` in samples of `source` for the features `first … last` of a node; None where one sees nothing.

    Local paths only; with `past`, also through ops that read all that has come, from the first sample of their map on.
    Raises TooLargeError, and UndefinedError where an op on the way is not known, has no support at this size, or (clipped)
    has a map of unknown size.
    """
    return _Walk(program, sizing, clipped=clipped, past=past).regions(source, node, first, last)


def clipped_regions(program: Program, sizing: Sizing, source: int, nodes: Collection[int]) -> dict[int, list[Region]]:
    """All features of several nodes in the finite network, as `regions` has them, in one sweep; raises as it does."""
    sizes = {node: size for node in nodes if (size := sizing.sizes[node])}
    return _Walk(program, sizing, clipped=True).several(source, {node: (0, size - 1) for node, size in sizes.items()})


def clipped_supports(program: Program, sizing: Sizing, source: int, nodes: Collection[int]) -> dict[int, list[int]]:
    """All features of several nodes in the finite network, sample by sample, holes left out: sample `i` is bit `i`; raises as `regions`."""
    sizes = {node: size for node in nodes if (size := sizing.sizes[node])}
    return _Walk(program, sizing, clipped=True).supports(source, {node: (0, size - 1) for node, size in sizes.items()})


class Extent(NamedTuple):
    """What the features of a map see, over all positions that it has; in samples of the source map."""

    #: Receptive field size, largest and smallest; the latter None where a position sees nothing.
    size: int
    size_min: int | None
    #: `-low(0)`; None where feature 0 sees nothing.
    padding: int | None
    #: The largest object that some feature sees whole wherever it stands between the first and the last feature.
    guaranteed: int


def extents(program: Program, sizing: Sizing, source: int, nodes: Collection[int]) -> dict[int, Extent]:
    """Of those of the nodes for which it can be told, in one sweep that is bounded by `EXTENT_CAP`: none past it."""
    sizes = {node: size for node in nodes if (size := sizing.sizes[node])}
    try:
        found = _Walk(program, sizing, clipped=False, cap=EXTENT_CAP).several(source, {node: (0, size - 1) for node, size in sizes.items()})
    except (TooLargeError, UndefinedError):
        return {}
    return {node: _extent(seen) for node, seen in found.items() if any(seen)}


def _extent(seen: Sequence[Region]) -> Extent:
    known = [region for region in seen if region is not None]
    lengths = [high - low + 1 for low, high in known]
    # As in `guaranteed_size`: an object that begins just before the next feature does is the hardest to see.
    (start, furthest), *others = sorted(known)
    guaranteed = max(lengths)
    for low, high in others:
        if low > start:
            guaranteed = min(guaranteed, furthest - low + 2)
        furthest = max(furthest, high)
    first = seen[0]
    return Extent(max(lengths), min(lengths) if len(known) == len(seen) else None, None if first is None else -first[0], max(guaranteed, 0))


def furthest_ahead(program: Program, sizing: Sizing, source: int, node: int, moments: Moments) -> int | None:
    """Look-ahead of a map over all its positions; None where that is too much to follow, or not defined."""
    size = sizing.sizes[node]
    try:
        walk = _Walk(program, sizing, clipped=False, cap=EXTENT_CAP)
        seen = walk.regions(source, node, 0, size - 1) if size else []
    except (TooLargeError, UndefinedError):
        return None
    return max((region[1] - moments.at(index) for index, region in enumerate(seen) if region is not None), default=None)


class _Walk:
    """From features back to the samples that they read, map by map, at given sizes."""

    def __init__(self, program: Program, sizing: Sizing, *, clipped: bool, cap: int = CELL_CAP, past: bool = False) -> None:
        self._cap = cap
        self._past = past
        self._program = program
        self._sizing = sizing
        #: Maps end at their borders, as in the finite network.
        self._clipped = clipped

    def regions(self, source: int, node: int, first: int, last: int) -> list[Region]:
        """See the function."""
        return self.several(source, {node: (first, last)})[node]

    def several(self, source: int, wanted: Mapping[int, tuple[int, int]]) -> dict[int, list[Region]]:
        """See the function: of the first to the last feature of several nodes."""
        reached = self._behind(source, wanted)
        if not reached.issuperset(wanted):
            raise UndefinedError("no local path leads there")
        needed = self._needed(reached, source, wanted)
        if source not in needed:
            # Padding only, or phases that read nothing.
            return {node: [None] * (last - first + 1) for node, (first, last) in wanted.items()}
        known: dict[int, tuple[int, list[Region]]] = {}
        for here in sorted(needed):
            if here != source:
                known[here] = (needed[here][0], self._evaluate(here, source, needed, known))
        return {
            node: [(index, index) for index in range(first, last + 1)]
            if node == source
            else known[node][1][first - known[node][0] : last - known[node][0] + 1]
            for node, (first, last) in wanted.items()
        }

    def supports(self, source: int, wanted: Mapping[int, tuple[int, int]]) -> dict[int, list[int]]:
        """See the function: of the first to the last feature of several nodes."""
        reached = self._behind(source, wanted)
        if not reached.issuperset(wanted):
            raise UndefinedError("no local path leads there")
        needed = self._needed(reached, source, wanted)
        if source not in needed:
            return {node: [0] * (last - first + 1) for node, (first, last) in wanted.items()}
        low, high = needed[source]
        known = {source: (low, [1 << index if index >= 0 else 0 for index in range(low, high + 1)])}
        for here in sorted(needed.keys() - {source}):
            start, end = needed[here]
            found = [0] * (end - start + 1)
            for origin, offset in self._parts(here, needed):
                base, values = known[origin]
                for index in self._real(here, origin, start, end, offset):
                    for tap in self._read(here, origin, index - offset):
                        if base <= tap < base + len(values):
                            found[index - start] |= values[tap - base]
            known[here] = start, found
        return {node: known[node][1][first - known[node][0] : last - known[node][0] + 1] for node, (first, last) in wanted.items()}

    def _behind(self, source: int, nodes: Collection[int]) -> set[int]:
        """Nodes that local paths from `source` reach, up to the last of `nodes`; raises where one depends on an op that is not known."""
        program = self._program
        reached, opaque = {source}, set()
        for here in range(max(program.input_count, source + 1), max(nodes, default=source) + 1):
            origins = program.sources[here]
            if any(origin in opaque for origin in origins):
                opaque.add(here)
            elif any(origin in reached for origin in origins):
                step = self._sizing.steps[here]
                if program.kinds[here] == OPAQUE:
                    opaque.add(here)
                elif step is None or step.why != "global" or self._reads_past(here):
                    reached.add(here)
        if not opaque.isdisjoint(nodes):
            raise UndefinedError("an op that is not known stands on the way")
        return reached

    def _needed(self, reached: set[int], source: int, wanted: Mapping[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
        """Backward sweep: which stretch of each map the question depends on."""
        needed: dict[int, tuple[int, int]] = dict(wanted)
        cells = reads = 0
        for here in range(max(wanted, default=source), source, -1):
            if here not in needed or here not in reached:
                continue
            start, end = needed[here]
            cells += end - start + 1
            if source not in self._program.sources[here]:
                reads += (end - start + 1) * self._most_taps(here)
            if cells > self._cap or reads > self._cap * READS_PER_CELL:
                raise TooLargeError
            for origin, offset in self._parts(here, reached):
                if (stretch := self._stretch(here, origin, start - offset, end - offset)) is not None:
                    low, high = needed.get(origin, stretch)
                    needed[origin] = min(low, stretch[0]), max(high, stretch[1])
        return {here: stretch for here, stretch in needed.items() if here in reached}

    def _stretch(self, node: int, origin: int, start: int, end: int) -> Region:
        """Stretch of the map `origin` that positions `start … end` of `node`, counted from where this part of it begins, read."""
        kind = self._program.kinds[node]
        if kind in (COPY, GATE, MERGE):
            return start, end
        if kind == JOIN:
            return _overlap((start, end), (0, self._size(origin) - 1))
        if self._reads_past(node):
            return (0, end) if end >= 0 else None
        step = self._step(node)
        # Taps move on with the index: the first and the last period hold the extremes.
        edges = chain(range(start, min(start + step.period, end + 1)), range(max(end - step.period + 1, start), end + 1))
        if not (read := [taps for index in edges if (taps := _taps(step, index))]):
            return None
        low, high = min(taps[0] for taps in read), max(taps[-1] for taps in read)
        if self._clipped:
            last = self._size(origin) - 1
            if self._clamps(node):
                return min(max(low, 0), last), min(max(high, 0), last)
            low, high = max(low, 0), min(high, last)
        return (low, high) if low <= high else None

    def _evaluate(
        self, node: int, source: int, needed: Mapping[int, tuple[int, int]], known: Mapping[int, tuple[int, list[Region]]]
    ) -> list[Region]:
        """Regions of the positions of a node that are needed, from those of its inputs, and from what is needed of the source map."""
        (start, end), (low, high) = needed[node], needed[source]
        parts = list(self._parts(node, needed))
        found: list[Region] = [None] * (end - start + 1)
        if self._reads_past(node):
            base, values = (low, [(index, index) for index in range(low, high + 1)]) if parts[0][0] == source else known[parts[0][0]]
            far = list(accumulate(values[max(-base, 0) :], _hull))
            return [
                far[index - max(base, 0)] if max(base, 0) <= index < max(base, 0) + len(far) else None for index in range(start, end + 1)
            ]
        for origin, offset in parts:
            for index in self._real(node, origin, start, end, offset):
                region = found[index - start]
                taps = self._read(node, origin, index - offset)
                if origin == source:
                    region = _hull(region, _within(taps, low, high))
                else:
                    base, values = known[origin]
                    for tap in taps:
                        if base <= tap < base + len(values):
                            region = _hull(region, values[tap - base])
                found[index - start] = region
        return found

    def _real(self, node: int, origin: int, start: int, end: int, offset: int) -> range:
        """Those of the positions `start … end` that are there, and belong to `origin` in a map joined along this axis."""
        size = self._sizing.sizes[node]
        real = (start, end) if not self._clipped or size is None else _overlap((start, end), (0, size - 1))
        if real is not None and self._program.kinds[node] == JOIN:
            real = _overlap(real, (offset, offset + self._size(origin) - 1))
        return range(0) if real is None else range(real[0], real[1] + 1)

    def _read(self, node: int, origin: int, index: int) -> range:
        """Positions of the map `origin` that a position reads."""
        if self._program.kinds[node] != STEP:
            return range(index, index + 1)
        taps = _taps(self._step(node), index)
        if self._clipped and self._clamps(node):
            last = self._size(origin) - 1
            ends = [min(max(tap, 0), last) for tap in (*taps[:1], *taps[-1:])]
            # A resize reads neighbours.
            return range(ends[0], ends[-1] + 1) if ends else taps
        return taps

    def _most_taps(self, node: int) -> int:
        step = self._sizing.steps[node]
        return 1 if step is None else max(map(len, step.taps), default=1)

    def _reads_past(self, node: int) -> bool:
        return self._past and isinstance(self._program.ops[node], Past)

    def _clamps(self, node: int) -> bool:
        """Whether taps past a border read the sample at the border, rather than padding."""
        return isinstance(self._program.ops[node], Resize)

    def _step(self, node: int) -> Step:
        step = self._sizing.steps[node]
        if step is not None and step.taps and not step.floating:
            return step
        if step is not None and (step.taps or step.why == "size-dependent"):
            raise UndefinedError("it depends on the input size, which is not declared")
        raise UndefinedError("an op on the way has no support of its own")

    def _size(self, node: int) -> int:
        if (size := self._sizing.sizes[node]) is None:
            raise UndefinedError(_UNSIZED)
        return size

    def _parts(self, node: int, among: Container[int]) -> Iterator[tuple[int, int]]:
        """Those of its inputs that a node has local paths from; and where each begins in a map joined along this axis, else 0."""
        joined = self._program.kinds[node] == JOIN
        offset: int | None = 0
        for origin in self._program.sources[node]:
            if origin in among and not self._sizing.spreads(self._program, node, origin):
                if offset is None:
                    raise UndefinedError(_UNSIZED)
                yield origin, offset
            size = self._sizing.sizes[origin]
            if joined:
                offset = None if size is None or offset is None else offset + size


def _taps(step: Step, index: int) -> range:
    turn, phase = divmod(index, step.period)
    taps = step.taps[phase]
    move = turn * step.advance
    return range(taps.start + move, taps.stop + move, taps.step)


def _within(taps: range, low: int, high: int) -> Region:
    """First and last of ascending taps that lie in `low … high`."""
    inside = taps[max(-(-(low - taps.start) // taps.step), 0) : max((high - taps.start) // taps.step + 1, 0)]
    return (inside[0], inside[-1]) if inside else None


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> Region:
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def _hull(one: Region, other: Region) -> Region:
    if one is None or other is None:
        return one if other is None else other
    return min(one[0], other[0]), max(one[1], other[1])
