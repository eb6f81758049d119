"""Layers at which a computed number becomes larger than any that is computed with (configuration.md#limits)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from rflint.algebra import excess, unlimited
from rflint.engine import Analysis, AxisAnalysis, Trace
from rflint.questions.axes import per_axis

#: What can be too large: of a map, of what its features see, of the layer as a whole.
Quantity = Literal["size", "stride", "centre", "fraction", "reach", "channels", "params", "macs"]


class Excess(NamedTuple):
    """A layer at which a quantity passes the limit, and on which axes; none for what is counted over all."""

    node: int
    quantity: Quantity
    axes: tuple[str, ...]


def excesses(analysis: Analysis) -> list[Excess]:
    """All of them, in the graph's order: the first on each path, and not what depends on them."""
    axes: dict[tuple[int, Quantity], tuple[str, ...]] = dict.fromkeys(analysis.costs.beyond, ())
    for name, found in zip(analysis.graph.axes, per_axis(analysis, _on_axis), strict=True):
        for at in found:
            axes[at] = (*axes.get(at, ()), name)
    return sorted(Excess(*at, names) for at, names in axes.items())


def _on_axis(axis: AxisAnalysis) -> dict[tuple[int, Quantity], None]:
    """As keys, in the order found."""
    found: dict[tuple[int, Quantity], None] = {}
    for case in axis.cases:
        found |= dict.fromkeys((node, "size") for sizing in case.sizings for node in sizing.beyond)
        for trace in case.traces.values():
            found |= dict.fromkeys(_first(axis, trace, case.sizings[0].beyond))
    return found


def _first(axis: AxisAnalysis, trace: Trace, sizes: tuple[int, ...]) -> Iterator[tuple[int, Quantity]]:
    """Where a field is the first of its path that is beyond the limits, but not for its size."""
    program = axis.program
    for node, field in enumerate(trace.fields):
        if field is None or field.why != "beyond-limits" or node in sizes:
            continue
        behind = [before for origin in program.sources[node] if (before := trace.fields[origin]) is not None]
        if any(before.why == "beyond-limits" for before in behind):
            continue
        step = axis.cases[0].sizings[0].steps[node]
        # A merge of fields within the limits can only reach too far.
        yield node, (None if step is None else excess(unlimited(step, behind[0]))) or "reach"
