"""Analysis -> the layers of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rflint.model.layers import LayerReport, ReceptiveField
from rflint.questions.inside import spreads, support_sets
from rflint.questions.view import view

if TYPE_CHECKING:
    from fractions import Fraction

    from rflint.engine.analysis import Analysis, AxisAnalysis
    from rflint.model.layers import Why
    from rflint.questions.view import AxisView
    from rflint.reading.source import Document

#: Phases are listed up to this period.
LISTED_PHASES = 64


def layer_reports(analysis: Analysis, documents: Mapping[str, Document]) -> tuple[LayerReport, ...]:
    """All layers, in the graph's order."""
    graph, costs = analysis.graph, analysis.costs
    count = len(graph.inputs)
    inner = _inner(analysis)
    return tuple(
        LayerReport(
            name=layer.name,
            op=layer.op,
            sources=tuple(graph.node_name(source) if source >= 0 else "?" for source in layer.sources),
            line=documents[layer.site.file].span(layer.site.path).line,
            origin=tuple((site.file, documents[site.file].span(site.path).line) for site in layer.origin),
            size=tuple(axis.size(node) for axis in analysis.axes),
            channels=costs.channels[node],
            params=costs.params[node],
            macs=costs.macs[node],
            receptive_field=receptive_fields(analysis, node, inner),
        )
        for node, layer in enumerate(graph.layers, count)
    )


#: Per input, per axis, per node: density of the exact support and expected effective receptive field.
_Inner = Mapping[str, "tuple[list[tuple[float | None, float | None]] | None, ...]"]

#: Cases (sizes that share all supports) up to which density and effective receptive field are compared.
COMPARED_CASES = 8


def _inner(analysis: Analysis) -> _Inner:
    """What lies inside the hulls; None where it differs between the sizes of an undeclared input."""
    found: dict[str, tuple[list[tuple[float | None, float | None]] | None, ...]] = {}
    for source, item in enumerate(analysis.graph.inputs):
        per_axis: list[list[tuple[float | None, float | None]] | None] = []
        for axis, part in enumerate(analysis.axes):
            twin = next((earlier for earlier in range(axis) if analysis.axes[earlier].cases is part.cases), None)
            per_axis.append(_inner_axis(part, source) if twin is None else per_axis[twin])
        found[item.name] = tuple(per_axis)
    return found


def _inner_axis(part: AxisAnalysis, source: int) -> list[tuple[float | None, float | None]] | None:
    cases = part.valid_cases
    if len(cases) > COMPARED_CASES:
        return None
    merged: list[tuple[float | None, float | None]] | None = None
    for case in cases:
        sets = support_sets(part.program, case.sizings[0], source)
        spread = spreads(part.program, case.sizings[0], source)
        own = [
            (
                None if seen is None or seen.density is None else round(float(seen.density), 6),
                None if weight is None or weight.effective is None else round(weight.effective, 3),
            )
            for seen, weight in zip(sets, spread, strict=True)
        ]
        if merged is None:
            merged = own
        else:
            merged = [
                (one[0] if one[0] == other[0] else None, one[1] if one[1] == other[1] else None)
                for one, other in zip(merged, own, strict=True)
            ]
    return merged


def receptive_fields(analysis: Analysis, node: int, inner: _Inner) -> dict[str, ReceptiveField]:
    """What a node sees, by input; inputs that do not reach it are left out."""
    fields: dict[str, ReceptiveField] = {}
    for item in analysis.graph.inputs:
        views = [view(axis, item.name, node) for axis in analysis.axes]
        known = [each for each in views if each is not None]
        if len(known) == len(views):
            inside = [(None, None) if each is None else each[node] for each in inner[item.name]]
            fields[item.name] = _receptive_field(known, inside)
    return fields


def number(value: Fraction | None) -> int | float | None:
    """An exact integer where it is one."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)


def _receptive_field(views: list[AxisView], inside: list[tuple[float | None, float | None]]) -> ReceptiveField:
    why: dict[str, Why] = {}
    for each in views:
        for name, reason in each.why.items():
            why.setdefault(name, reason)
    why.pop("is_global", None)
    for place, name in enumerate(("density", "effective")):
        if any(each[place] is None for each in inside):
            why[name] = why.get("size", "position-dependent" if "padding" not in why else "size-dependent")
    phases = tuple(None if each.phases is not None and len(each.phases) > LISTED_PHASES else each.phases for each in views)
    return ReceptiveField(
        size=tuple(each.size for each in views),
        size_min=tuple(each.size_min for each in views),
        stride=tuple(number(each.stride) for each in views),
        padding=tuple(each.padding for each in views),
        center=tuple(None if each.center is None else float(each.center) for each in views),
        grid_stride=tuple(None if each.stride is None else str(each.stride) for each in views),
        grid_center=tuple(None if each.center is None else str(each.center) for each in views),
        aligned=tuple(each.aligned for each in views),
        is_global=any(each.is_global for each in views),
        period=tuple(each.period for each in views),
        advance=tuple(each.advance for each in views),
        phases=phases,
        density=tuple(each[0] for each in inside),
        effective=tuple(each[1] for each in inside),
        drift=tuple(None if each.drift is None else float(each.drift) for each in views),
        exact=all(each.exact for each in views),
        why=why,
    )
