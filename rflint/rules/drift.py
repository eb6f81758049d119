"""RF104: an output off-centre with respect to the input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rflint.engine import Analysis
from rflint.model import Example, Finding, Graph, Rule, together
from rflint.questions.drift import Drift, drifts
from rflint.words import axes_text, measured, readable, samples


def _check(analysis: Analysis) -> Iterator[Finding]:
    graph = analysis.graph
    for item in graph.inputs:
        groups: dict[tuple[str, ...], list[Drift]] = {}
        for drift, axes in drifts(analysis, item.name):
            groups.setdefault(axes, []).append(drift)
        for axes, outputs in groups.items():
            tell = partial(_finding, graph, item.name, axes)
            yield together(outputs, lambda drift: graph.node_name(graph.outputs[drift.output]), tell)


def _finding(graph: Graph, source: str, axes: tuple[str, ...], outputs: Sequence[Drift]) -> Finding:
    """One finding for all outputs: they share the windows that are off-centre."""
    worst = max(outputs, key=lambda drift: abs(drift.drift))
    name = graph.node_name(graph.outputs[worst.output])
    cells = worst.cells
    side, sign = ("after", "+") if worst.drift > 0 else ("before", "−")
    really = f"p {sign} {readable(abs(worst.drift))}"
    more = len(outputs) - 1
    others = f"; {more} more output{'s are' if more > 1 else ' is'} off-centre too" if more else ""
    return Finding(
        "RF104",
        f"the map of output `{name}` is centred {samples(abs(worst.drift))} {side} the centre of `{source}` "
        f"on {axes_text(axes)} ({measured(cells, 'cell')}){others}",
        graph.output_sites[worst.output],
        help=f"where features are mapped back to the input, one that a centred map would have at p lies at {really}; "
        "flipping the input moves the features by twice as much",
        layer=name,
        input=source,
        axes=axes,
        data={"drift": float(worst.drift), "cells": float(cells)},
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
