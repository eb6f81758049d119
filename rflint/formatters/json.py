"""`json`: the published report format, `schemas/rflint-report.v1.schema.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rflint.formatters.exact import dumps
from rflint.model import NOWHERE, Advice, Diagnostic, Fix, InputReport, RelatedDiagnostic, Report, Span, SpecReport, TargetReport
from rflint.words import Style

if TYPE_CHECKING:
    from rflint.model.geometry import AxisTaps, Geometry, PathGeometry
    from rflint.model.layers import LayerReport, ReceptiveField


def render(report: Report, style: Style) -> str:
    """Write the report as JSON, one finding or layer a line.

    All of it is ASCII: nothing in it can act on a terminal, and no encoding can fail.
    """
    summary = report.summary
    counts = {
        "specs": summary.specs,
        "errors": summary.errors,
        "warnings": summary.warnings,
        "infos": summary.infos,
        "suppressed": summary.suppressed,
    }
    head = {"schema": "rflint-report.v1", "version": report.version}
    specs = _listed([spec_text(spec, style) for spec in report.specs], " ")
    return f'{dumps(head)[:-1]},\n"specs": {specs},\n"summary": {dumps(counts)}}}\n'


def _listed(texts: Sequence[str], indent: str) -> str:
    return f"[\n{indent}{f',{chr(10)}{indent}'.join(texts)}]" if texts else "[]"


def spec_text(spec: SpecReport, style: Style) -> str:
    """Write the report on one spec, with its layers where the style asks for them."""
    head: dict[str, Any] = {
        "path": spec.path,
        "name": spec.name,
        "axes": spec.axes,
        "inputs": {item.name: _input(item) for item in spec.inputs},
        "outputs": spec.outputs,
    }
    if spec.internal_error is not None:
        head["internal_error"] = spec.internal_error
    geometry = spec.geometry
    if geometry is not None:
        head["lines"] = {path: {str(number): text for number, text in lines.items()} for path, lines in geometry.lines.items()}
    lists: dict[str, list[dict[str, Any]]] = {}
    if style.layers:
        lists["layers"] = [{**_layer(layer), **_drawn(layer, geometry)} for layer in spec.layers]
    lists["targets"] = [{**_target(target), **({"needed": target.needed} if geometry else {})} for target in spec.targets]
    lists["findings"] = [{**finding(each), **_paths(each, geometry)} for each in spec.findings]
    written = [f'"{key}": {_listed([dumps(item, default=_plain) for item in items], "   ")}' for key, items in lists.items()]
    return ",\n  ".join([dumps(head)[:-1], *written]) + "}"


def _plain(value: object) -> object:
    """Write what a rule put among its figures and JSON does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)


def _input(item: InputReport) -> dict[str, Any]:
    return {"size": item.size, "channels": item.channels}


def _layer(layer: LayerReport) -> dict[str, Any]:
    return {
        "name": layer.name,
        "op": layer.op,
        "from": layer.sources,
        "line": layer.line or None,
        "origin": [{"path": path, "line": line} for path, line in layer.origin],
        "size": layer.size,
        "channels": layer.channels,
        "params": layer.params,
        "macs": layer.macs,
        "receptive_field": {name: _receptive_field(field) for name, field in layer.receptive_field.items()},
    }


def _drawn(layer: LayerReport, geometry: Geometry | None) -> dict[str, Any]:
    """Write what pictures need of a layer, where there is that."""
    if geometry is None:
        return {}
    own = geometry.layers[layer.name]
    reads = [{"from": each.source, "clamps": each.clamps, "axes": [_taps(axis) for axis in each.axes]} for each in own.reads]
    return {"path": own.path, "reads": reads}


def _taps(axis: AxisTaps) -> dict[str, Any]:
    taps = axis.taps and [[phase[0], phase[-1], phase.step] if phase else None for phase in axis.taps]
    span = {} if axis.span is None else {"span": axis.span}
    return {"period": axis.period, "advance": axis.advance, "taps": taps, **({"why": axis.why} if axis.why else {}), **span}


def _paths(finding: Diagnostic, geometry: Geometry | None) -> dict[str, Any]:
    """Write both paths of a misalignment, where there is one."""
    if geometry is None or (fork := geometry.fork(finding)) is None:
        return {}

    def one(path: PathGeometry) -> dict[str, Any]:
        return {"from": path.end, "layers": path.layers, "grid": {"stride": str(path.stride), "center": str(path.center)}}

    return {"paths": {"fork": fork.fork, "reference": one(fork.reference), "branch": one(fork.branch)}}


def _receptive_field(field: ReceptiveField) -> dict[str, Any]:
    return {
        "size": field.size,
        "size_min": field.size_min,
        "stride": field.stride,
        "padding": field.padding,
        "center": field.center,
        "center_range": field.center_range,
        "grid": {"stride": field.grid_stride, "center": field.grid_center},
        "aligned": field.aligned,
        "global": field.is_global,
        "period": field.period,
        "advance": field.advance,
        "phases": field.phases,
        "density": field.density,
        "effective": field.effective,
        "drift": field.drift,
        "lookahead": field.lookahead,
        "exact": field.exact,
        "why": dict(field.why),
    }


def _target(target: TargetReport) -> dict[str, Any]:
    return {
        "name": target.name,
        "layer": target.layer,
        "input": target.input,
        "size": target.size,
        "guaranteed": target.guaranteed,
        "verdict": target.verdict,
        **({"first": {"guaranteed": target.first.layer, "at_best": target.first.at_best}} if target.first else {}),
    }


def finding(each: Diagnostic) -> dict[str, Any]:
    """Write a finding as all JSON of rflint has it."""
    return {
        "code": each.code,
        "name": each.name,
        "severity": each.severity,
        "message": each.message,
        "help": each.help,
        "path": each.path,
        **_span(each.span),
        "layer": each.layer,
        "input": each.input,
        "axes": each.axes,
        "related": [_related(note) for note in each.related],
        "instances": each.instances,
        "data": dict(each.data),
        "fix": None if each.fix is None else _fix(each.fix),
        **({"advice": [_advice(advice) for advice in each.advice]} if each.advice else {}),
        "suppressed": each.suppressed,
        **({"reason": each.reason, "baselined": each.baselined} if each.suppressed else {}),
        "fingerprint": each.fingerprint,
    }


def _related(note: RelatedDiagnostic) -> dict[str, Any]:
    return {"message": note.message, "path": note.path, **_span(note.span)}


def _fix(fix: Fix) -> dict[str, Any]:
    return {"safe": fix.safe, "edits": [{**_span(edit.span), "text": edit.text} for edit in fix.edits]}


def _advice(advice: Advice) -> dict[str, Any]:
    inserted = [{**layer._asdict(), "fields": dict(layer.fields)} for layer in advice.inserted]
    return {"fields": advice.fields, "inserted": inserted, "sizes": advice.sizes}


def _span(span: Span) -> dict[str, int | None]:
    """Write a place; of what is said of a model there is none."""
    if span == NOWHERE:
        return dict.fromkeys(("line", "column", "end_line", "end_column"))
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}
