"""Outputs whose maps are off-centre with respect to an input."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from rflint.engine import Analysis, AxisAnalysis
from rflint.questions.axes import alike
from rflint.questions.borders import misfit
from rflint.questions.view import common_drift


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
    """Outputs that are off-centre with respect to an input, each with the axes that drift alike; none where no size suits the network.

    On causal axes nothing is to be centred.
    """
    drifting: list[tuple[Drift, tuple[str, ...]]] = []
    for output, node in enumerate(() if misfit(analysis) else analysis.graph.outputs):
        if node >= len(analysis.graph.inputs):
            parts = [(part, axes) for part, axes in analysis.distinct if not part.program.causal]
            found = [(drift, axes) for part, axes in parts for drift in _drift(part, source, node, output)]
            drifting += alike(analysis, found)
    return drifting


def _drift(part: AxisAnalysis, source: str, node: int, output: int) -> Iterator[Drift]:
    if drift := common_drift(part, source, node):
        grids = [field.grid for case in part.valid_cases if (field := case.traces[source].fields[node]) is not None]
        strides = {grid.stride for grid in grids if grid is not None}
        if len(strides) == 1 and (stride := strides.pop()):
            yield Drift(output, drift, stride)
