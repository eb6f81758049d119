"""One layer as reported: the fields of all valid cases on one axis, brought to one set of numbers, or null and why."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rflint.algebra.field import Field
    from rflint.engine.analysis import AxisAnalysis
    from rflint.model.layers import Why

Phases = tuple[tuple[int, int] | None, ...]


class AxisView(NamedTuple):
    """What a layer sees of one input on one axis; None where a value does not exist, and `why` names the reason.

    Lengths are input samples; `center` and `drift` are input coordinates.
    """

    size: int | None
    size_min: int | None
    #: Effective stride `S`.
    stride: Fraction | None
    #: Effective padding `-low(0)`.
    padding: int | None
    #: Centre of feature 0, `c0`.
    center: Fraction | None
    aligned: bool | None
    is_global: bool
    period: int | None
    advance: int | None
    phases: Phases | None
    #: How far the centre of the map lies off the centre of the input.
    drift: Fraction | None
    exact: bool
    why: dict[str, Why]


_NAMES = ("size", "size_min", "stride", "padding", "center", "aligned", "is_global", "period", "advance", "phases", "drift")


def view(axis: AxisAnalysis, source: str, node: int) -> AxisView | None:
    """The view of a node; None where the input does not reach it."""
    cases = axis.valid_cases()
    views: list[AxisView] = []
    for case in cases:
        field = case.traces[source].fields[node]
        if field is None:
            return None
        views.append(_of_field(field))
    position = next(index for index, name in enumerate(axis.cases[0].traces) if name == source)
    drifts = _drifts(axis, position, source, node)
    known = drifts.pop() if len(drifts) == 1 else None
    first = views[0]
    if len(views) == 1:
        why = first.why
        if known is None and first.stride is not None:
            why = {**why, "drift": "size-dependent"}
        return first._replace(drift=known, why=why)
    merged: dict[str, object] = {}
    why = {}
    for place, name in enumerate(_NAMES[:-1]):
        values = {other[place] for other in views}
        merged[name] = values.pop() if len(values) == 1 else None
        if merged[name] is None:
            why[name] = next((other.why[name] for other in views if name in other.why), "size-dependent")
    merged["is_global"] = any(other.is_global for other in views)
    if known is None:
        why["drift"] = "size-dependent"
    return AxisView(**merged, drift=known, exact=all(other.exact for other in views), why=why)  # type: ignore[arg-type] # by name, from views


def _of_field(field: Field) -> AxisView:
    why: dict[str, Why] = {}
    if field.why in ("global", "unknown-op"):
        reason: Why = "global" if field.why == "global" else "unknown-op"
        why = dict.fromkeys((name for name in _NAMES if name != "is_global"), reason)
        if field.why == "global":
            return AxisView(None, None, None, None, None, None, True, None, None, None, None, True, why)
        return AxisView(None, None, None, None, None, None, field.is_global, None, None, None, None, False, why)
    grid = field.grid
    stride = None if grid is None else grid.stride
    center = None if grid is None or field.floating else grid.center
    size, size_min = field.size, field.size_min
    region = field.region(0)
    padding = None if region is None or field.floating else -region[0]
    period: int | None = field.period
    advance: int | None = field.advance
    phases: Phases | None = tuple(
        None if low is None or high is None else (low, high) for low, high in zip(field.low, field.high, strict=True)
    )
    if field.why:
        cause: Why = field.why
        why.update(dict.fromkeys(("size", "size_min", "padding", "period", "advance", "phases"), cause))
        period = advance = phases = None
    else:
        if size is None:
            why["size"] = "empty-phase"
        if size_min is None:
            why["size_min"] = "empty-phase"
        if region is None:
            why["padding"] = "empty-phase"
        if not field.exact:
            # The outer bound bounds the largest size only.
            size_min = None
            why["size_min"] = "position-dependent"
        if field.floating:
            why["padding"] = why["phases"] = "size-dependent"
            phases = None
    if grid is None:
        why["stride"] = why["center"] = field.why or "position-dependent"
    elif field.floating:
        why["center"] = "size-dependent"
    if field.aligned is None:
        why["aligned"] = "size-dependent"
    return AxisView(
        size, size_min, stride, padding, center, field.aligned, field.is_global, period, advance, phases, None, field.exact, why
    )


def _drifts(axis: AxisAnalysis, position: int, source: str, node: int) -> set[Fraction | None]:
    """Drift (design.md#borders-and-drift) at every valid size: `c((n_out - 1) / 2) - (n - 1) / 2`."""
    drifts: set[Fraction | None] = set()
    for case in axis.valid_cases():
        field = case.traces[source].fields[node]
        if field is None or field.grid is None or field.floating:
            return {None}
        for sizing in case.sizings:
            size, out = sizing.inputs[position], sizing.sizes[node]
            if size is None or out is None:
                return {None}
            if sizing.problems and len(case.sizings) > 1:
                continue
            drifts.add(field.grid.at(Fraction(out - 1, 2)) - Fraction(size - 1, 2))
            if len(drifts) > 1:
                return drifts
    return drifts
