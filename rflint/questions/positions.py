"""Exact regions of single features, position by position: on unbounded maps, and in the finite network.

What a feature nominally sees extends past the borders of every map on its way (the paper's convention).  In the finite
network padding holds nothing: taps in a layer's padding are dropped, taps of a resize are clamped to the map.  This is
also the answer where the receptive field depends on the position and no periodic family exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.algebra.resampling import Resize
from rflint.engine.program import COPY, GATE, JOIN, MERGE, OPAQUE, STEP

if TYPE_CHECKING:
    from rflint.algebra.axis import Step
    from rflint.engine.program import Program
    from rflint.engine.sizing import Sizing

#: Most cells (positions summed over all maps on the way) that one question may cost.
CELL_CAP = 4_000_000

Region = tuple[int, int] | None


class TooLargeError(Exception):
    """The question covers more positions than `CELL_CAP`."""


class UndefinedError(Exception):
    """The feature's region is not defined; the message says why, in words for the user."""


def regions(program: Program, sizing: Sizing, source: int, node: int, first: int, last: int, *, clipped: bool) -> list[Region]:
    """`(low, high)` in samples of `source` for the features `first … last` of a node; None where one sees nothing.

    Local paths only.  Raises TooLargeError, and UndefinedError where an op on the way is not known, has no support at
    this size, or (clipped) has a map of unknown size.
    """
    reached = _behind(program, sizing, source, node)
    if node not in reached:
        raise UndefinedError("no local path leads there")
    needed = _needed(program, sizing, reached, source, node, first, last, clipped=clipped)
    if source not in needed:
        # Padding only, or phases that read nothing.
        return [None] * (last - first + 1)
    low, high = needed[source]
    known: dict[int, tuple[int, list[Region]]] = {source: (low, [(index, index) for index in range(low, high + 1)])}
    for here in sorted(needed):
        if here == source:
            continue
        start, end = needed[here]
        known[here] = (start, _evaluate(program, sizing, here, start, end, known, clipped=clipped))
    start, found = known[node]
    return found[first - start : last - start + 1]


def _needed(
    program: Program, sizing: Sizing, reached: set[int], source: int, node: int, first: int, last: int, *, clipped: bool
) -> dict[int, tuple[int, int]]:
    """Backward sweep: which stretch of each map the question depends on."""
    needed: dict[int, tuple[int, int]] = {node: (first, last)}
    cells = 0
    for here in range(node, source, -1):
        if here not in needed or here not in reached:
            continue
        start, end = needed[here]
        cells += end - start + 1
        if cells > CELL_CAP:
            raise TooLargeError
        for origin in program.sources[here]:
            if origin not in reached or _spread(program, sizing, here, origin):
                continue
            stretch = _stretch(program, sizing, here, origin, start, end, clipped=clipped)
            if stretch is None:
                continue
            known = needed.get(origin)
            needed[origin] = stretch if known is None else (min(known[0], stretch[0]), max(known[1], stretch[1]))
    return {here: stretch for here, stretch in needed.items() if here in reached}


def _behind(program: Program, sizing: Sizing, source: int, node: int) -> set[int]:
    """Nodes that local paths from `source` reach, up to `node`; raises where `node` depends on an op that is not known."""
    reached, opaque = {source}, set()
    for here in range(max(program.input_count, source + 1), node + 1):
        origins = program.sources[here]
        if any(origin in opaque for origin in origins):
            opaque.add(here)
        elif any(origin in reached for origin in origins):
            step = sizing.steps[here]
            if program.kinds[here] == OPAQUE:
                opaque.add(here)
            elif step is None or step.why != "global":
                reached.add(here)
    if node in opaque:
        raise UndefinedError("an op that is not known stands on the way")
    return reached


def _spread(program: Program, sizing: Sizing, node: int, origin: int) -> bool:
    """Whether a branch of one sample spreads over the merged map: global, no local path."""
    return bool(getattr(program.ops[node], "broadcast", False)) and sizing.sizes[origin] == 1 and sizing.sizes[node] != 1


def _step(sizing: Sizing, node: int) -> Step:
    step = sizing.steps[node]
    if step is None or not step.taps:
        why = "" if step is None else step.why
        raise UndefinedError(
            "it depends on the input size, which is not declared"
            if why == "size-dependent"
            else "an op on the way has no support of its own"
        )
    if step.floating:
        raise UndefinedError("it depends on the input size, which is not declared")
    return step


def _size(sizing: Sizing, node: int) -> int:
    size = sizing.sizes[node]
    if size is None:
        raise UndefinedError("the size of a map on the way is not known")
    return size


def _stretch(program: Program, sizing: Sizing, node: int, origin: int, start: int, end: int, *, clipped: bool) -> tuple[int, int] | None:
    """Stretch of the map `origin` that positions `start … end` of `node` read."""
    kind = program.kinds[node]
    if kind in (COPY, GATE, MERGE):
        return start, end
    if kind == JOIN:
        offset = _offset(program, sizing, node, origin)
        low, high = max(start - offset, 0), min(end - offset, _size(sizing, origin) - 1)
        return (low, high) if low <= high else None
    step = _step(sizing, node)
    ends = [
        value
        for index in {*range(start, min(start + step.period, end + 1)), *range(max(end - step.period + 1, start), end + 1)}
        for taps in (_taps(step, index),)
        if taps
        for value in (taps[0], taps[-1])
    ]
    if not ends:
        return None
    low, high = min(ends), max(ends)
    if clipped:
        size = _size(sizing, origin)
        if isinstance(program.ops[node], Resize):
            return min(max(low, 0), size - 1), min(max(high, 0), size - 1)
        low, high = max(low, 0), min(high, size - 1)
    return (low, high) if low <= high else None


def _taps(step: Step, index: int) -> range:
    turn, phase = divmod(index, step.period)
    taps = step.taps[phase]
    move = turn * step.advance
    return range(taps.start + move, taps.stop + move, taps.step)


def _offset(program: Program, sizing: Sizing, node: int, origin: int) -> int:
    """Where the part of `origin` begins in a map joined along this axis."""
    offset = 0
    for other in program.sources[node]:
        if other == origin:
            break
        offset += _size(sizing, other)
    return offset


def _evaluate(
    program: Program, sizing: Sizing, node: int, start: int, end: int, known: dict[int, tuple[int, list[Region]]], *, clipped: bool
) -> list[Region]:
    """Regions of positions `start … end` of a node from those of its inputs."""
    kind = program.kinds[node]
    origins = [origin for origin in program.sources[node] if origin in known and not _spread(program, sizing, node, origin)]
    found: list[Region] = []
    size = sizing.sizes[node]
    for index in range(start, end + 1):
        region: Region = None
        if not clipped or size is None or 0 <= index < size:
            for origin in origins:
                base, values = known[origin]
                for tap in _read(program, sizing, node, origin, index, kind, clipped=clipped):
                    if base <= tap < base + len(values):
                        region = _hull(region, values[tap - base])
        found.append(region)
    return found


def _read(program: Program, sizing: Sizing, node: int, origin: int, index: int, kind: int, *, clipped: bool) -> range | tuple[int, ...]:
    """Positions of the map `origin` that a position reads."""
    if kind == JOIN:
        index -= _offset(program, sizing, node, origin)
        return (index,) if 0 <= index < _size(sizing, origin) else ()
    if kind != STEP:
        return (index,)
    taps = _taps(_step(sizing, node), index)
    if clipped and isinstance(program.ops[node], Resize):
        size = _size(sizing, origin)
        return tuple(dict.fromkeys(min(max(tap, 0), size - 1) for tap in taps))
    return taps


def _hull(one: Region, other: Region) -> Region:
    if one is None or other is None:
        return one if other is None else other
    return min(one[0], other[0]), max(one[1], other[1])
