"""The pipe: bytes of one spec in, its report out.  Pure: files and the terminal are the caller's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.engine.analysis import analyze
from rflint.model.finding import Finding, Remedy, SiteEdit
from rflint.model.report import InputReport, SpecReport
from rflint.model.site import Note, Site, Span
from rflint.questions.targets import target_reports
from rflint.verdict import Options, is_enabled, load_bytes, settle, suppress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rflint.engine.analysis import Analysis
    from rflint.model.graph import Graph
    from rflint.model.layers import LayerReport
    from rflint.model.rule import Rule
    from rflint.reading.document import Document
    from rflint.verdict import Loaded, Vocabulary


def lint_bytes(data: bytes, path: str, options: Options | None = None) -> SpecReport:
    """Lint one spec: its report, with all findings; raises as `load_bytes` does."""
    options = options or Options()
    return lint_loaded(load_bytes(data, path, options), options)[0]


def lint_loaded(loaded: Loaded, options: Options) -> tuple[SpecReport, Analysis | None]:
    """Lint a spec that was loaded with these options: its report, and the analysis that it rests on, if there is one."""
    path, graph, analysis = loaded.path, loaded.graph, None
    findings = [*loaded.findings, *_failed_plugins(loaded, options.vocabulary)]
    if graph is not None:
        analysis = analyze(graph)
        if not options.vocabulary.failures:
            # Else what is unknown may be a rule of the plug-in that failed.
            findings.extend(_unknown_rules(graph, path, options.vocabulary.rule_by))
        findings.extend(_with_origins(_run_rules(analysis, loaded, options), analysis.graph, loaded.documents))
    settled = settle(findings, loaded, options)
    shown = {each.path for each in settled} | {note.path for each in settled for note in each.related}
    files = (*loaded.documents,) or (path,)
    texts = {name: each.text for name, each in loaded.documents.items() if name in shown} or {path: loaded.text}
    if graph is None or analysis is None:
        return SpecReport(path, _name(loaded), (), (), (), (), (), settled, texts, files=files), None
    report = SpecReport(
        path,
        graph.name,
        graph.axes,
        tuple(InputReport(item.name, item.size, item.channels) for item in graph.inputs),
        tuple(graph.node_name(node) for node in graph.outputs),
        _layers(analysis, loaded.documents) if options.layers else (),
        target_reports(analysis),
        settled,
        texts,
        files=files,
    )
    return report, analysis


def _layers(analysis: Analysis, documents: Mapping[str, Document]) -> tuple[LayerReport, ...]:
    from rflint.questions.layers import layer_reports  # noqa: PLC0415 - start-up: `check` does not list layers

    return layer_reports(analysis, documents)


def _name(loaded: Loaded) -> str:
    """What a spec without a graph is called: its `name`, or its file."""
    data = loaded.documents[loaded.path].data if loaded.path in loaded.documents else None
    name = data.get("name") if isinstance(data, dict) else None
    return name if isinstance(name, str) else loaded.path.rpartition("/")[2].rpartition(".")[0] or loaded.path


def _unknown_rules(graph: Graph, path: str, known: Mapping[str, Rule]) -> Iterator[Finding]:
    """Keys of the spec's `rules` that name no rule: a severity that nobody obeys."""
    for number, key in enumerate(graph.rules):
        if key not in known:
            from rflint.words.spelling import certain, misspelt, suggest  # noqa: PLC0415 - start-up

            guesses = known if number < suppress.MOST_GUESSES else ()
            meant = suggest(key, guesses)
            more = f"; did you mean `{meant}`?" if meant else ""
            where = Site(path, ("rules", key), key=True)
            name = certain(key, guesses)
            remedy = Remedy((SiteEdit(where, name),), safe=name == misspelt(key, known)) if name else None
            yield Finding(
                "RF002", f"`{key}` is not a rule that rflint knows{more}", where, None, "`rflint rules` lists them", remedy=remedy
            )


def _failed_plugins(loaded: Loaded, vocabulary: Vocabulary) -> Iterator[Finding]:
    """What is wrong with plug-ins is said at each spec: what they would have found there is not known."""
    for failure in vocabulary.failures:
        advice = "mend or uninstall it, or set RFLINT_PLUGINS=off to run without plug-ins"
        yield Finding("RF902", failure, _head(loaded), help=advice, data={"kind": failure})


def _head(loaded: Loaded) -> Site | Span:
    """Where to speak of a spec as a whole: its first key."""
    document = loaded.documents.get(loaded.path)
    if document is None:
        return Span(1, 1, 1, 1)
    first = next(iter(document.data), None) if isinstance(document.data, dict) else None
    return Site(loaded.path) if first is None else Site(loaded.path, (first,), key=True)


def _run_rules(analysis: Analysis, loaded: Loaded, options: Options) -> Iterator[Finding]:
    """Findings of all rules that are not off; a rule, or an op of a plug-in, that fails becomes a finding itself."""
    vocabulary = options.vocabulary
    if analysis.crashes:
        from rflint.extensions import guard  # noqa: PLC0415 - start-up

        yield from guard.crashed_ops(analysis)
    shown = None
    for rule in vocabulary.rules:
        if rule.check is None or not is_enabled(rule, analysis.graph.rules, options):
            continue
        if rule.code in vocabulary.providers:
            from rflint.extensions import guard  # noqa: PLC0415 - start-up

            shown = shown or guard.read_only(analysis)
            yield from guard.findings_of(rule, vocabulary.providers[rule.code], shown, loaded.documents, _head(loaded))
            continue
        try:
            yield from list(rule.check(analysis))
        except Exception as error:  # a broken rule must not hide the findings of the others
            text = f"rule {rule.code} ({rule.name}) failed: {type(error).__name__}: {error}"
            advice = "this is a bug of the rule; the other rules ran"
            yield Finding("RF902", text, _head(loaded), help=advice, data={"kind": rule.code, "rule": rule.code})


def _with_origins(findings: Iterable[Finding], graph: Graph, documents: Mapping[str, Document]) -> Iterator[Finding]:
    """Findings about layers of blocks also name where the blocks are used, outermost first."""
    origins: dict[str, tuple[Site, ...]] = {}

    def completed(finding: Finding) -> Finding:
        if not origins:
            origins.update((layer.name, layer.origin) for layer in graph.layers)
        notes = [
            Note(f"block `{used}` is used here", site)
            for site in origins.get(finding.layer or "", ())
            if (used := _used_block(documents[site.file], site)) is not None
        ]
        part = finding.part
        return finding._replace(related=(*finding.related, *notes), part=None if part is None else lambda names: completed(part(names)))

    return map(completed, findings)


def _used_block(document: Document, site: Site) -> str | None:
    """Name of the block that an item uses; None for an item with branches, which stand where they are written."""
    used = document.value(site.path).get("use")
    return used if isinstance(used, str) else None
