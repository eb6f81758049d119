"""The report on one spec: what was analysed, and the findings in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from rflint.engine import Analysis
from rflint.model import EMPTY, Diagnostic, InputReport, SpecReport, TargetReport
from rflint.reading.document import Document
from rflint.verdict.loaded import Loaded

if TYPE_CHECKING:
    from rflint.model.geometry import Geometry
    from rflint.model.layers import LayerReport

#: Characters of a line that a report has the text of.
_LONGEST_LINE: Final = 300


def report(
    loaded: Loaded, analysis: Analysis | None, findings: tuple[Diagnostic, ...], *, layers: bool, pictured: bool = False
) -> SpecReport:
    """Report on a spec, with the table of its layers, and with what pictures need of them, where that is asked for."""
    shown = {each.path for each in findings} | {note.path for each in findings for note in each.related}
    sources = {path: each.text for path, each in loaded.documents.items() if path in shown} or {loaded.path: loaded.text}
    files = (*loaded.documents,) or (loaded.path,)
    if analysis is None:
        return SpecReport(loaded.path, loaded.name, (), (), (), (), (), findings, sources, files=files, bases=loaded.bases)
    graph = analysis.graph
    made = _layers(analysis, loaded.documents) if layers else ()
    return SpecReport(
        loaded.path,
        graph.name,
        graph.axes,
        tuple(InputReport(item.name, item.size, item.channels) for item in graph.inputs),
        tuple(graph.node_name(node) for node in graph.outputs),
        made,
        _targets(analysis, first=layers) if graph.targets else (),
        findings,
        sources,
        files=files,
        bases=loaded.bases,
        hints=loaded.hints,
        instances={name: graph.node_name(node) for name, node in graph.aliases.items()} if layers else EMPTY,
        metadata=_metadata(loaded) if layers else EMPTY,
        geometry=_geometry(analysis, loaded.documents, made, findings) if pictured else None,
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


def _geometry(
    analysis: Analysis, documents: Mapping[str, Document], layers: tuple[LayerReport, ...], findings: tuple[Diagnostic, ...]
) -> Geometry:
    from rflint.model.geometry import Geometry, LayerGeometry  # noqa: PLC0415 - start-up
    from rflint.questions.geometry import forks, readings  # noqa: PLC0415 - start-up

    paths = [layer.site.file for layer in analysis.graph.layers]
    named = {(path, layer.line) for path, layer in zip(paths, layers, strict=True)}
    named |= {place for layer in layers for place in layer.origin}
    named |= {(each.path, each.span.line) for each in findings}
    named |= {(note.path, note.span.line) for each in findings for note in each.related}
    lines: dict[str, dict[int, str]] = {}
    for path, number in sorted(named):
        if path in documents and number > 0:
            lines.setdefault(path, {})[number] = _cut(documents[path].lines.text(number))
    names = (layer.name for layer in layers)
    return Geometry(dict(zip(names, map(LayerGeometry, paths, readings(analysis)), strict=True)), forks(analysis), lines)


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
