"""Layers in numbers, as reports list them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from rflint.engine import Analysis, AxisAnalysis, Sizing
from rflint.model import EMPTY
from rflint.model.layers import LayerReport, ReceptiveField, Why
from rflint.questions.axes import per_axis
from rflint.questions.inside import spreads, support_sets
from rflint.questions.positions import Extent
from rflint.questions.view import AxisView, extents_of, view
from rflint.reading.source import Document

#: Phases are listed up to this period.
LISTED_PHASES = 64

#: Cases (sizes that share all supports) up to which density and effective receptive field are compared.
COMPARED_CASES = 8


class Inside(NamedTuple):
    """What lies inside the hull of a layer on one axis; None where it is unknown, or differs between the sizes of an undeclared input."""

    #: Share of the hull that is seen.
    density: float | None = None
    #: Expected effective receptive field, in input samples.
    effective: float | None = None


def layer_reports(analysis: Analysis, documents: Mapping[str, Document]) -> tuple[LayerReport, ...]:
    """All layers, in the graph's order."""
    graph, costs = analysis.graph, analysis.costs
    insides = {item.name: per_axis(analysis, partial(_insides, source=source)) for source, item in enumerate(graph.inputs)}
    nodes = range(len(graph.inputs) + len(graph.layers))
    spans = {item.name: per_axis(analysis, partial(extents_of, source=item.name, nodes=nodes)) for item in graph.inputs}
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
            receptive_field=receptive_fields(analysis, node, insides, spans),
            pointwise=layer.op in graph.ops and graph.ops[layer.op].group == "pointwise",
        )
        for node, layer in enumerate(graph.layers, len(graph.inputs))
    )


def receptive_fields(
    analysis: Analysis,
    node: int,
    insides: Mapping[str, Sequence[Sequence[Inside]]] = EMPTY,
    spans: Mapping[str, Sequence[Mapping[int, Extent]]] = EMPTY,
) -> dict[str, ReceptiveField]:
    """What a node sees, by input; inputs that do not reach it are left out.

    `insides` has, by input, axis and node, what lies inside the hulls; without it, that is left out too.  `spans` has, likewise,
    the extents of fields that depend on the position; without it they are worked out.
    """
    fields: dict[str, ReceptiveField] = {}
    for item in analysis.graph.inputs:
        known = spans.get(item.name) or (None,) * len(analysis.axes)
        # Equal axes look alike: once for all of them.
        views = {
            axis: seen
            for part, axes in analysis.distinct
            for seen in (view(part, item.name, node, known[axes[0]], ahead=True),)
            for axis in axes
        }
        reached = [seen for axis in range(len(views)) if (seen := views[axis]) is not None]
        if len(reached) == len(views):
            inside = [of_axis[node] for of_axis in insides[item.name]] if insides else [Inside()] * len(views)
            # Branches that can lie anywhere beside one another have no hull, so there is nothing inside it.
            fields[item.name] = _receptive_field(
                reached, [Inside() if seen.size is None else own for seen, own in zip(reached, inside, strict=True)]
            )
    return fields


def _insides(axis: AxisAnalysis, source: int) -> list[Inside]:
    """By node, with respect to one input."""
    cases = axis.valid_cases
    if len(cases) > COMPARED_CASES:
        return [Inside()] * len(axis.program.kinds)
    first, *others = (_insides_at(axis, case.sizings[0], source) for case in cases)
    for other in others:
        first = [
            Inside(
                one.density if one.density == two.density else None,
                one.effective if one.effective == two.effective else None,
            )
            for one, two in zip(first, other, strict=True)
        ]
    return first


def _insides_at(axis: AxisAnalysis, sizing: Sizing, source: int) -> list[Inside]:
    return [
        Inside(
            None if support is None or support.density is None else round(float(support.density), 6),
            None if spread is None or spread.effective is None else round(spread.effective, 3),
        )
        for support, spread in zip(support_sets(axis.program, sizing, source), spreads(axis.program, sizing, source), strict=True)
    ]


def _number(value: Fraction | None) -> int | float | None:
    """An exact integer where it is one."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)


def _receptive_field(views: Sequence[AxisView], insides: Sequence[Inside]) -> ReceptiveField:
    why: dict[str, Why] = {}
    for seen in views:
        for name, reason in seen.why.items():
            why.setdefault(name, reason)
    for name in ("density", "effective"):
        if any(getattr(inside, name) is None for inside in insides):
            why[name] = why.get("size", "position-dependent" if "padding" not in why else "size-dependent")
    return ReceptiveField(
        size=tuple(seen.size for seen in views),
        size_min=tuple(seen.size_min for seen in views),
        stride=tuple(_number(seen.stride) for seen in views),
        padding=tuple(seen.padding for seen in views),
        center=tuple(None if seen.center is None else float(seen.center) for seen in views),
        center_range=tuple(seen.center_range and (float(seen.center_range[0]), float(seen.center_range[1])) for seen in views),
        grid_stride=tuple(None if seen.stride is None else str(seen.stride) for seen in views),
        grid_center=tuple(None if seen.grid_center is None else str(seen.grid_center) for seen in views),
        aligned=tuple(seen.aligned for seen in views),
        is_global=any(seen.is_global for seen in views),
        period=tuple(seen.period for seen in views),
        advance=tuple(seen.advance for seen in views),
        phases=tuple(None if seen.phases is not None and len(seen.phases) > LISTED_PHASES else seen.phases for seen in views),
        density=tuple(inside.density for inside in insides),
        effective=tuple(inside.effective for inside in insides),
        drift=tuple(None if seen.drift is None else float(seen.drift) for seen in views),
        lookahead=tuple(seen.lookahead for seen in views),
        exact=all(seen.exact for seen in views),
        why=why,
    )
