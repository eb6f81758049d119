"""What pictures of a network need: what every layer reads of every map, exactly, and both paths of every misaligned merge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from rflint.algebra import Resize, Step
from rflint.engine import JOIN, OPAQUE, STEP, Analysis, AxisAnalysis
from rflint.model.geometry import AxisTaps, ForkGeometry, PathGeometry, Reading
from rflint.questions.alignment import Misalignment, Path, came_through, misalignments
from rflint.questions.axes import per_axis

#: Phases that are listed of all layers of an axis together: as many as a page still opens with.  What lies past it is left out.
LISTED: Final = 200_000

_SAME: Final = AxisTaps()
_GLOBAL: Final = AxisTaps(taps=None, why="global")
_UNKNOWN: Final = AxisTaps(taps=None, why="unknown-op")


def readings(analysis: Analysis) -> tuple[tuple[Reading, ...], ...]:
    """By layer, what it reads of each of its inputs; of maps that only give a size, nothing."""
    graph, axes = analysis.graph, per_axis(analysis, _taps_of_axis)
    programs = [axis.program for axis in analysis.axes]
    return tuple(
        tuple(
            Reading(
                graph.node_name(source),
                tuple(taps[node][place] for taps in axes),
                any(isinstance(program.ops[node], Resize) for program in programs),
            )
            for place, source in enumerate(programs[0].sources[node])
        )
        for node in range(len(graph.inputs), len(programs[0].kinds))
    )


def _taps_of_axis(axis: AxisAnalysis) -> list[tuple[AxisTaps, ...]]:
    """By node, of each of its inputs."""
    room = LISTED
    found: list[tuple[AxisTaps, ...]] = []
    for node in range(len(axis.program.kinds)):
        taps = tuple(_taps(axis, node))
        listed = sum(len(each.taps or ()) for each in taps)
        room -= listed
        found.append(taps if room >= 0 or listed <= len(taps) else (AxisTaps(taps=None, why="beyond-limits"),) * len(taps))
    return found


def _taps(axis: AxisAnalysis, node: int) -> Iterator[AxisTaps]:
    program, sizing = axis.program, axis.valid_cases[0].sizings[0]
    kind, start = program.kinds[node], 0
    for source in program.sources[node]:
        if kind == OPAQUE:
            yield _UNKNOWN
        elif kind == STEP:
            yield _of_step([case.sizings[0].steps[node] for case in axis.valid_cases])
        elif kind == JOIN:
            if (size := axis.size(source)) is None or start < 0:
                start = -1
                yield AxisTaps(taps=None, why="size-dependent")
                continue
            yield AxisTaps(taps=(range(-start, 1 - start),), span=(start, start + size - 1))
            start += size
        else:
            yield _GLOBAL if sizing.spreads(program, node, source) else _SAME


def _of_step(steps: Sequence[Step | None]) -> AxisTaps:
    """The taps of a step that are the same at all sizes that an input of unknown size may have."""
    first, *others = steps
    assert first is not None
    if first.why:
        return AxisTaps(taps=None, why=first.why)
    if first.floating or any(other is None or (other.period, other.advance, other.taps) != first[2:5] for other in others):
        return AxisTaps(first.period, first.advance, None, "size-dependent")
    return AxisTaps(first.period, first.advance, first.taps)


def forks(analysis: Analysis) -> tuple[ForkGeometry, ...]:
    """Both paths of every merge that is misaligned."""
    return tuple(_fork(analysis, each) for each in misalignments(analysis))


def _fork(analysis: Analysis, found: Misalignment) -> ForkGeometry:
    graph, part = analysis.graph, analysis.axes[found.axes[0]]
    trace = part.valid_cases[0].traces[found.input]
    before = partial(came_through, part.program, trace)

    def path(one: Path) -> PathGeometry:
        nodes, node = [], one.end
        while node not in (found.fork, one.start):
            nodes.append(node)
            node = before(node)
        if node != found.fork:
            nodes.append(node)
        return PathGeometry(graph.node_name(one.end), tuple(map(graph.node_name, reversed(nodes))), one.stride, one.center)

    axes = tuple(graph.axes[axis] for axis in found.axes)
    names = graph.node_name(found.node), found.input, axes, graph.node_name(found.fork)
    return ForkGeometry(found.kind, *names, path(found.reference), path(found.branch))
