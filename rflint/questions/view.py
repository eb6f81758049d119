"""One layer as reported: the fields of all valid cases on one axis, brought to one set of numbers, or null and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from rflint.algebra import LOST, Field
from rflint.engine import Ahead, AxisAnalysis, Centers
from rflint.model import EMPTY

if TYPE_CHECKING:
    from rflint.model.layers import Why
    from rflint.questions.positions import Extent

Phases = tuple[tuple[int, int] | None, ...]


class AxisView(NamedTuple):
    """What a layer sees of one input on one axis; None where a value does not exist, and `why` names the reason.

    Lengths are input samples; `center` and `drift` are input coordinates.
    """

    size: int | None = None
    size_min: int | None = None
    #: Effective stride `S`.
    stride: Fraction | None = None
    #: Effective padding `-low(0)`.
    padding: int | None = None
    #: Centre of feature 0, `c0`; the mean over paths that disagree, as a decimal, and the earliest and latest of them.
    center: Fraction | float | None = None
    center_range: tuple[Fraction, Fraction] | None = None
    aligned: bool | None = None
    is_global: bool = False
    period: int | None = None
    advance: int | None = None
    phases: Phases | None = None
    #: How far the centre of the map lies off the centre of the input.
    drift: Fraction | None = None
    #: How much of the future its features read; only where it is asked for.
    lookahead: int | None = None
    exact: bool = True
    #: `c0` of the representative path.
    grid_center: Fraction | None = None
    why: Mapping[str, Why] = EMPTY


#: No values; those that exist are put in with `_replace`.
ABSENT: Final = AxisView()
#: What `why` may speak of.
_VALUES: Final = tuple(name for name in AxisView._fields if name not in ("is_global", "exact", "grid_center", "why", "lookahead"))


def view(axis: AxisAnalysis, source: str, node: int, known: Mapping[int, Extent] | None = None, *, ahead: bool = False) -> AxisView | None:
    """The view of a node; None where the input does not reach it.

    `known` are the extents of fields that depend on the position (`extents_of`); without it, that of the node is worked out.
    With `ahead`, its look-ahead is among the values.
    """
    views: list[AxisView] = []
    misaligned: list[bool] = []
    for case in axis.valid_cases:
        trace = case.traces[source]
        field = trace.fields[node]
        if field is None:
            return None
        misaligned.append(field.aligned is False)
        seen = _of_field(field, trace.centers.get(node) if field.aligned is False else None)
        views.append(_looking_ahead(seen, trace.ahead[node]) if ahead else seen)
    merged = views[0] if len(views) == 1 else _merged(views, (*_VALUES, "lookahead") if ahead else _VALUES)
    if merged.why.get("size") == "position-dependent":
        extent = (extents_of(axis, source, (node,)) if known is None else known).get(node)
        merged = merged if extent is None else _over_positions(merged, extent)
    if ahead and merged.why.get("lookahead") == "position-dependent" and axis.known:
        newest, own = axis.cases[0].traces[source].newest, axis.cases[0].traces[source].ahead[node]
        position = list(axis.cases[0].traces).index(source)
        if own is not None and own.moments is not None:
            from rflint.questions.positions import furthest_ahead  # noqa: PLC0415 - start-up

            merged = _with_lookahead(merged, furthest_ahead(newest.program, newest.sizing, position, node, own.moments))
    drift = common_drift(axis, source, node)
    if drift is None and (merged.stride is not None or len(views) > 1):
        return merged._replace(why={**merged.why, "drift": "misaligned" if all(misaligned) else "size-dependent"})
    return merged._replace(drift=drift)


def extents_of(axis: AxisAnalysis, source: str, nodes: Iterable[int]) -> dict[int, Extent]:
    """What the nodes see over all their positions, of those of them for which that depends on the position and can be told."""
    if not axis.known:
        return {}
    case = axis.cases[0]
    fields, position = case.traces[source].fields, list(case.traces).index(source)
    scattered = [node for node in nodes if (field := fields[node]) is not None and field.why == "position-dependent"]
    if not scattered:
        return {}
    from rflint.questions.positions import extents  # noqa: PLC0415 - start-up: few networks have such fields

    return extents(axis.program, case.sizings[0], position, scattered)


def _looking_ahead(seen: AxisView, ahead: Ahead | None) -> AxisView:
    if ahead is None or ahead.samples is None:
        return seen._replace(why={**seen.why, "lookahead": cast("Why", ahead.why if ahead else "global")})
    return seen._replace(lookahead=ahead.samples)


def _with_lookahead(seen: AxisView, samples: int | None) -> AxisView:
    """A view with the largest look-ahead over all positions, where that can be told."""
    if samples is None:
        return seen
    return seen._replace(lookahead=samples, why={name: reason for name, reason in seen.why.items() if name != "lookahead"})


def _over_positions(seen: AxisView, extent: Extent) -> AxisView:
    """A view with what holds over all positions."""
    values = {"size": extent.size, "size_min": extent.size_min, "padding": extent.padding}
    why = {name: reason for name, reason in seen.why.items() if values.get(name) is None}
    why |= {name: "empty-phase" for name, value in values.items() if value is None}
    return seen._replace(size=extent.size, size_min=extent.size_min, padding=extent.padding, exact=True, why=why)


def _merged(views: list[AxisView], names: tuple[str, ...]) -> AxisView:
    """The values that all views share."""
    shared = {name: values.pop() for name in (*names, "grid_center") if len(values := {getattr(seen, name) for seen in views}) == 1}
    missing = [name for name in names if shared.get(name) is None and name != "drift"]
    why: dict[str, Why] = {name: next((seen.why[name] for seen in views if name in seen.why), "size-dependent") for name in missing}
    merged = ABSENT._replace(is_global=any(seen.is_global for seen in views), exact=all(seen.exact for seen in views), why=why)
    return merged._replace(**shared)


def drift_at(field: Field, size: int | None, out: int | None) -> Fraction | None:
    """How far a map of `out` features is centred off an input of `size` samples (design.md#borders-and-drift).

    `c((out - 1) / 2) - (size - 1) / 2`, in input samples; None where paths disagree, and where that is unknown.
    """
    if field.grid is None or field.floating or field.aligned is False or size is None or out is None:
        return None
    return field.grid.at(Fraction(out - 1, 2)) - Fraction(size - 1, 2)


def common_drift(axis: AxisAnalysis, source: str, node: int) -> Fraction | None:
    """The drift that a node has at every valid size; None where it differs, or is unknown."""
    common: Fraction | None = None
    position = list(axis.cases[0].traces).index(source)
    for case in axis.valid_cases:
        field = case.traces[source].fields[node]
        for sizing in case.sizings:
            drift = None if field is None else drift_at(field, sizing.inputs[position], sizing.sizes[node])
            if drift is None:
                return None
            if sizing.problems and len(case.sizings) > 1:
                continue
            if common not in (None, drift):
                return None
            common = drift
    return common


def _of_field(field: Field, mixed: Centers | None) -> AxisView:
    if field.why == "global" and field.grid is None:
        return ABSENT._replace(is_global=True, why=dict.fromkeys(_VALUES, "global"))
    if field.why in LOST:
        return ABSENT._replace(is_global=field.is_global, exact=False, why=dict.fromkeys(_VALUES, field.why))
    grid, family, region = field.grid, field.family, field.region(0)
    ends = (grid, grid) if mixed is None else mixed.range
    seen = AxisView(
        size=field.size,
        size_min=field.size_min,
        stride=None if grid is None else grid.stride,
        padding=None if region is None else -region[0],
        center=mixed.center if mixed is not None else None if grid is None else grid.center,
        center_range=None if ends is None or ends[0] is None or ends[1] is None else (ends[0].center, ends[1].center),
        grid_center=None if grid is None else grid.center,
        aligned=field.aligned,
        is_global=field.is_global,
        period=None if family is None else family.period,
        advance=None if family is None else family.advance,
        phases=None if family is None else family.phases,
        exact=field.exact,
    )
    why = dict(_missing(field, seen))
    missing: dict[str, Any] = dict.fromkeys(why)
    return seen._replace(why=why, **missing)


def _missing(field: Field, seen: AxisView) -> Iterator[tuple[str, Why]]:
    """Values that a field does not have, or not for every size, and why; of two reasons the last counts."""
    if field.family is None:
        for name in ("size", "size_min", "padding", "period", "advance", "phases"):
            yield name, field.why or "position-dependent"
    else:
        yield from ((name, "empty-phase") for name in ("size", "size_min", "padding") if getattr(seen, name) is None)
        if not field.exact:
            # The outer bound bounds the largest size only.
            yield "size_min", "position-dependent"
        if field.floating:
            yield "padding", "size-dependent"
            yield "phases", "size-dependent"
    if seen.stride is None:
        yield "stride", field.why or "position-dependent"
        yield "center", field.why or "position-dependent"
        yield "center_range", field.why or "position-dependent"
    elif field.floating:
        yield "center", "size-dependent"
        yield "center_range", "size-dependent"
        yield "grid_center", "size-dependent"
    elif seen.center_range is None:
        yield "center_range", "position-dependent"
    if seen.aligned is None:
        yield "aligned", "size-dependent"
