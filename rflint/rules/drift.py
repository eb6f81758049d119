"""RF104: an output off-centre with respect to the input."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rflint.model.finding import Finding, together
from rflint.model.rule import Example, Rule
from rflint.questions.borders import misfit
from rflint.questions.view import view
from rflint.words.numbers import axes_text, measured, samples, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from rflint.engine.analysis import Analysis


class _Drift(NamedTuple):
    """One output on the axes that drift alike."""

    position: int
    drift: Fraction
    stride: Fraction

    @property
    def cells(self) -> Fraction:
        """The drift in cells of the output."""
        return abs(self.drift) / self.stride


def _check(analysis: Analysis) -> Iterable[Finding]:
    graph = analysis.graph
    if misfit(analysis):
        return
    for item in graph.inputs:
        groups: dict[tuple[int, ...], list[_Drift]] = {}
        for position, node in enumerate(graph.outputs):
            if node < len(graph.inputs):
                continue
            alike: dict[tuple[Fraction, Fraction], list[int]] = {}
            for axis, part in enumerate(analysis.axes):
                seen = view(part, item.name, node)
                if seen is not None and seen.drift and seen.stride:
                    alike.setdefault((seen.drift, seen.stride), []).append(axis)
            for (drift, stride), same in alike.items():
                groups.setdefault(tuple(same), []).append(_Drift(position, drift, stride))
        for axes, group in groups.items():
            tell = partial(_finding, analysis, item.name, tuple(graph.axes[axis] for axis in axes))
            yield together(group, lambda each: graph.node_name(graph.outputs[each.position]), tell)


def _finding(analysis: Analysis, source: str, axes: tuple[str, ...], group: Sequence[_Drift]) -> Finding:
    """One finding for all outputs: they share the windows that are off-centre."""
    graph = analysis.graph
    worst = max(group, key=lambda each: abs(each.drift))
    name = graph.node_name(graph.outputs[worst.position])
    side, sign = ("after", "+") if worst.drift > 0 else ("before", "−")
    really = f"p {sign} {show(abs(worst.drift))}"
    others = f"; {len(group) - 1} more output{'s are' if len(group) > 2 else ' is'} off-centre too" if len(group) > 1 else ""
    return Finding(
        "RF104",
        f"the map of output `{name}` is centred {samples(abs(worst.drift))} {side} the centre of `{source}` "
        f"on {axes_text(axes)} ({measured(worst.cells, 'cell')}){others}",
        graph.output_sites[worst.position],
        help=f"where features are mapped back to the input, one that a centred map would have at p lies at {really}; "
        "flipping the input moves the features by twice as much",
        layer=name,
        input=source,
        axes=axes,
        data={"drift": float(worst.drift), "cells": float(worst.cells)},
    )


RULE = Rule(
    code="RF104",
    name="drift",
    severity="info",
    summary="an output off-centre with respect to the input",
    docs="""
The centre of an output map does not lie over the centre of the input.

## Why it matters

The centre of the output is at `c((n_out - 1) / 2)`, that of the input at `(n - 1) / 2`; their difference, the drift, is
what all off-centre windows of the network add up to. A detector that assumes centred cells is off by it, and flipping
the input horizontally moves its features by twice the drift: averaging the heat maps of a flipped and an unflipped
image without correcting for it costs accuracy.

## How to mend it

Look at RF301, RF302 and RF305, which name the windows that are off-centre and what would centre them; or keep the
network and correct for the drift wherever features are mapped back to the input: `rflint sizes` prints it with its
sign, `rflint locate` the exact centres.

## References

Araujo, Norris, Sim: Distill 2019, doi 10.23915/distill.00021; Alsallakh et al.: Mind the Pad, ICLR 2021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {size: 64}
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: same}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {size: 65}
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: same}
""",
    ),
    check=_check,
)
