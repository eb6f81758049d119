"""Slices that together are `space_to_depth`: every phase of a step, concatenated in full (Focus, patch merging)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from rflint.algebra.axis import AxisOp, Merge
from rflint.algebra.resampling import Slice, SpaceToDepth
from rflint.model import Graph


class Folded(NamedTuple):
    """A concatenation that folds a map, and what it does with it on each axis."""

    node: int
    source: int
    ops: tuple[AxisOp, ...]


def folded(graph: Graph, lowered: Sequence[tuple[AxisOp, ...]]) -> Iterator[Folded]:
    """All of them; `lowered` has the ops of each layer by axis."""
    count = len(graph.inputs)
    slices = {node: ops for node, ops in enumerate(lowered, count) if isinstance(ops[0], Slice)}
    if not slices:
        return
    for node, layer in enumerate(graph.layers, count):
        if not slices.keys() >= set(layer.sources) or not all(isinstance(op, Merge) for op in lowered[node - count]):
            continue
        sources = {graph.layer(origin).sources for origin in layer.sources}
        phases = [tuple(op for op in slices[origin] if isinstance(op, Slice) and op.stop is None) for origin in layer.sources]
        steps = {tuple(op.step_size for op in phase) for phase in phases}
        if graph.kind(layer) != "concat" or len(sources) > 1 or len(steps) > 1:
            continue
        (step,), (whole,) = steps, sources
        starts = sorted(tuple(op.start for op in phase) for phase in phases)
        if len(step) == len(graph.axes) and len(starts) > 1 and starts == sorted(product(*map(range, step))):
            # One object for equal axes, so that equal programs are recognised by identity.
            ops = {size: SpaceToDepth(size) for size in step}
            yield Folded(node, whole[0], tuple(ops[size] for size in step))
