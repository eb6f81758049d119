"""Outputs whose maps are off-centre with respect to an input."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rflint.questions.axes import alike, per_axis
from rflint.questions.borders import misfit
from rflint.questions.view import view

if TYPE_CHECKING:
    from fractions import Fraction

    from rflint.engine.analysis import Analysis, AxisAnalysis


class Drift(NamedTuple):
    """One output on the axes that drift alike, in input samples."""

    #: Place among the outputs of the graph.
    output: int
    drift: Fraction
    stride: Fraction

    @property
    def cells(self) -> Fraction:
        """The drift in cells of the output."""
        return abs(self.drift) / self.stride


class Drifts(NamedTuple):
    """The outputs that drift off one input on the same axes: as a rule they share the windows that are off-centre."""

    input: str
    #: Numbers of the axes.
    axes: tuple[int, ...]
    outputs: tuple[Drift, ...]


def drifts(analysis: Analysis) -> list[Drifts]:
    """By input and by axes; none where no size suits the network."""
    graph = analysis.graph
    drifting: list[Drifts] = []
    if misfit(analysis):
        return drifting
    for item in graph.inputs:
        groups: dict[tuple[int, ...], list[Drift]] = {}
        for output, node in enumerate(graph.outputs):
            if node >= len(graph.inputs):
                on_axes = per_axis(analysis, partial(_drift, source=item.name, node=node, output=output))
                for drift, axes in alike(on_axes, lambda drift: drift):
                    groups.setdefault(axes, []).append(drift)
        drifting += [Drifts(item.name, axes, tuple(outputs)) for axes, outputs in groups.items()]
    return drifting


def _drift(axis: AxisAnalysis, source: str, node: int, output: int) -> tuple[Drift, ...]:
    seen = view(axis, source, node)
    return (Drift(output, seen.drift, seen.stride),) if seen is not None and seen.drift and seen.stride else ()
