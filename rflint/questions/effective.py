"""Targets that the receptive field of a layer spans, but not its effective receptive field."""

from collections.abc import Iterator
from functools import partial
from typing import Final, NamedTuple

from rflint.algebra.moments import Spread
from rflint.engine import Analysis, AxisAnalysis
from rflint.questions.axes import per_axis
from rflint.questions.inside import spreads
from rflint.questions.targets import AxisVerdict, TargetVerdict, judge_targets

#: Standard deviations are binary: so many samples short of a target are none.
_ROUNDING: Final = 1e-6


class Underweighted(NamedTuple):
    """A target that is mostly outside of what a layer effectively sees, on some axes."""

    target: TargetVerdict
    #: Of these axes.
    axes: tuple[AxisVerdict, ...]
    #: The least expected effective receptive field among the axes, in input samples.
    effective: float


def underweighted_targets(analysis: Analysis) -> Iterator[Underweighted]:
    """All of them, in the order of the targets."""
    names = [item.name for item in analysis.graph.inputs]
    spreads_from: dict[str, tuple[list[Spread | None], ...]] = {}
    for verdict in judge_targets(analysis):
        spread = spreads_from.get(verdict.input)
        if spread is None:
            spread = spreads_from[verdict.input] = per_axis(analysis, partial(_spreads, source=names.index(verdict.input)))
        effective = [None if (own := maps[verdict.target.node]) is None else own.effective for maps in spread]
        small = [
            (axis, size)
            for axis, size in zip(verdict.axes, effective, strict=True)
            if size is not None and axis.receptive_field is not None and size + _ROUNDING < axis.needed <= axis.receptive_field
        ]
        if small:
            yield Underweighted(verdict, tuple(axis for axis, _ in small), min(size for _, size in small))


def _spreads(axis: AxisAnalysis, source: int) -> list[Spread | None]:
    return spreads(axis.program, axis.valid_cases[0].sizings[0], source)
