"""Layers with a window that add no context: even the narrowest path to their input sees the whole image."""

from collections.abc import Iterator
from typing import NamedTuple

from rflint.algebra import Step, Window
from rflint.engine import COPY, GATE, MERGE, STEP, Analysis, AxisAnalysis, Trace


class Unproductive(NamedTuple):
    """Layers with a window that read a map of which every feature sees the whole image."""

    nodes: tuple[int, ...]
    #: How many layers of the network learn from a neighbourhood, these among them.
    windows: int


class _Narrowest(NamedTuple):
    """What feature `i` sees on every path: the samples `low + i * advance … high + i * advance`."""

    low: int
    high: int
    advance: int


def unproductive(analysis: Analysis) -> Unproductive:
    """Layers that add no context; none where a size is not declared."""
    if not all(axis.known for axis in analysis.axes):
        return Unproductive((), 0)
    windows = tuple(_learning_windows(analysis))
    whole = [all(axes) for axes in zip(*[_sees_everything(part) for part, _ in analysis.distinct], strict=True)]
    return Unproductive(tuple(node for node in windows if whole[analysis.axes[0].program.sources[node][0]]), len(windows))


def _learning_windows(analysis: Analysis) -> Iterator[int]:
    """Nodes that learn from a neighbourhood: pooling gathers what is there, transposed convolutions spread it."""
    learning = {name for name, op in analysis.graph.ops.items() if op.learns}
    programs = [axis.program for axis in analysis.axes]
    yield from (
        node
        for node, layer in enumerate(analysis.graph.layers, len(analysis.graph.inputs))
        if layer.op in learning and any(isinstance(op, Window) and op.kernel > 1 for program in programs if (op := program.ops[node]))
    )


def _sees_everything(axis: AxisAnalysis) -> list[bool]:
    """By node: whether every feature sees all of every input that reaches it, on its narrowest path."""
    sizing = axis.sizings[0]
    reached, whole = [False] * len(sizing.sizes), [True] * len(sizing.sizes)
    for size, trace in zip(sizing.inputs, axis.cases[0].traces.values(), strict=True):
        for node, narrowest in enumerate(_narrowest(axis, trace)):
            if trace.fields[node] is not None:
                reached[node] = True
                whole[node] = whole[node] and _covers(narrowest, sizing.sizes[node], size)
    return [there and everything for there, everything in zip(reached, whole, strict=True)]


def _covers(narrowest: _Narrowest | None, size: int | None, whole: int | None) -> bool:
    """Whether the first and the last of `size` features, and so all, see `whole` samples."""
    if narrowest is None or size is None or whole is None:
        return False
    return narrowest.low + (size - 1) * narrowest.advance <= 0 and narrowest.high >= whole - 1


def _narrowest(axis: AxisAnalysis, trace: Trace) -> list[_Narrowest | None]:
    """By node: what the narrowest of its local paths sees; None where that differs between features, or is not known.

    A residual network passes what its first layers saw along its shortcuts: there the layers after them add context,
    however wide the widest path is.
    """
    program, steps = axis.program, axis.sizings[0].steps
    narrowest: list[_Narrowest | None] = [None] * len(program.kinds)
    for node, kind in enumerate(program.kinds):
        field = trace.fields[node]
        origins = program.sources[node]
        if field is None or field.why:
            continue
        if not origins:
            narrowest[node] = _Narrowest(0, 0, 1)
        elif kind in (COPY, GATE):
            narrowest[node] = narrowest[origins[0]]
        elif kind == MERGE:
            local = [narrowest[origin] for origin in origins if (branch := trace.fields[origin]) is not None and branch.why != "global"]
            narrowest[node] = _meet([branch for branch in local if branch is not None]) if None not in local else None
        elif kind == STEP and (step := steps[node]) is not None and (before := narrowest[origins[0]]) is not None:
            narrowest[node] = _behind(step, before)
    return narrowest


def _behind(step: Step, before: _Narrowest) -> _Narrowest | None:
    if step.period != 1 or not step.taps or not step.taps[0]:
        return None
    low, high = step.taps[0][0], step.taps[0][-1]
    return _Narrowest(before.low + before.advance * low, before.high + before.advance * high, before.advance * step.advance)


def _meet(branches: list[_Narrowest]) -> _Narrowest | None:
    if len({branch.advance for branch in branches}) != 1:
        return None
    return _Narrowest(max(branch.low for branch in branches), min(branch.high for branch in branches), branches[0].advance)
