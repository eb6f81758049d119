"""Outputs whose maps are off-centre with respect to an input."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import NamedTuple

from rflint.engine import Analysis, AxisAnalysis
from rflint.questions.axes import alike, per_axis
from rflint.questions.borders import misfit
from rflint.questions.view import view


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


def drifts(analysis: Analysis, source: str) -> list[tuple[Drift, tuple[str, ...]]]:
    """Outputs that are off-centre with respect to an input, each with the axes that drift alike; none where no size suits the network."""
    drifting: list[tuple[Drift, tuple[str, ...]]] = []
    for output, node in enumerate(() if misfit(analysis) else analysis.graph.outputs):
        if node >= len(analysis.graph.inputs):
            drifting += alike(analysis, per_axis(analysis, partial(_drift, source=source, node=node, output=output)), lambda drift: drift)
    return drifting


def _drift(axis: AxisAnalysis, source: str, node: int, output: int) -> tuple[Drift, ...]:
    seen = view(axis, source, node)
    return (Drift(output, seen.drift, seen.stride),) if seen is not None and seen.drift and seen.stride else ()
