"""The report on one spec: what was analysed, and the findings in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rflint.engine import Analysis
from rflint.model import EMPTY, Diagnostic, InputReport, SpecReport, TargetReport
from rflint.reading.document import Document
from rflint.verdict.loaded import Loaded

if TYPE_CHECKING:
    from rflint.model.layers import LayerReport


def report(loaded: Loaded, analysis: Analysis | None, findings: tuple[Diagnostic, ...], *, layers: bool) -> SpecReport:
    """Report on a spec, with the table of its layers where that is asked for."""
    shown = {each.path for each in findings} | {note.path for each in findings for note in each.related}
    sources = {path: each.text for path, each in loaded.documents.items() if path in shown} or {loaded.path: loaded.text}
    files = (*loaded.documents,) or (loaded.path,)
    if analysis is None:
        return SpecReport(loaded.path, loaded.name, (), (), (), (), (), findings, sources, files=files, bases=loaded.bases)
    graph = analysis.graph
    return SpecReport(
        loaded.path,
        graph.name,
        graph.axes,
        tuple(InputReport(item.name, item.size, item.channels) for item in graph.inputs),
        tuple(graph.node_name(node) for node in graph.outputs),
        _layers(analysis, loaded.documents) if layers else (),
        _targets(analysis, first=layers) if graph.targets else (),
        findings,
        sources,
        files=files,
        bases=loaded.bases,
        hints=loaded.hints,
        instances={name: graph.node_name(node) for name, node in graph.aliases.items()} if layers else EMPTY,
        metadata=_metadata(loaded) if layers else EMPTY,
    )


def _metadata(loaded: Loaded) -> Mapping[str, Any]:
    document = loaded.documents.get(loaded.path)
    held = document.data.get("metadata") if document is not None and isinstance(document.data, Mapping) else None
    return held if isinstance(held, Mapping) else EMPTY


def _layers(analysis: Analysis, documents: Mapping[str, Document]) -> tuple[LayerReport, ...]:
    from rflint.questions.layers import layer_reports  # noqa: PLC0415 - start-up: `check` does not list layers

    return layer_reports(analysis, documents)


def _targets(analysis: Analysis, *, first: bool) -> tuple[TargetReport, ...]:
    from rflint.questions.targets import target_reports  # noqa: PLC0415 - start-up

    return target_reports(analysis, first=first)
