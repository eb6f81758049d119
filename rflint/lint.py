"""The pipe: bytes of one spec in, its report out.  Pure: files and the terminal are the caller's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rflint.diagnostics import (
    EMPTY,
    LANGUAGE_ERRORS,
    Diagnostic,
    Finding,
    Fix,
    Note,
    RelatedDiagnostic,
    Remedy,
    Site,
    SiteEdit,
    Span,
    SpanEdit,
)
from rflint.engine.analysis import analyze
from rflint.engine.targets import target_reports
from rflint.identity import Subjects
from rflint.language import expand
from rflint.reading import source, suppress
from rflint.report import InputReport, SpecReport
from rflint.rules._grouping import grouped
from rflint.rules._rule import selects
from rflint.vocabulary import BUILTIN, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rflint.diagnostics import Severity
    from rflint.engine.analysis import Analysis
    from rflint.graph import Graph
    from rflint.layers import LayerReport
    from rflint.reading.source import Document
    from rflint.rules._rule import Rule

#: `--size`: input name (None: every input) and its size per axis (one entry: all axes; None: unknown).
SizeOverride = tuple[str | None, tuple[int | None, ...]]


def no_imports(path: str, target: str) -> tuple[str, bytes] | str:
    """An `open_import` that opens nothing."""
    return f"`{target}` is not imported: {path} is read on its own"


class Options(NamedTuple):
    """What a run asks for."""

    sizes: tuple[SizeOverride, ...] = ()
    #: Fill `SpecReport.layers`.
    layers: bool = False
    #: Rule code or name -> off, info, warning, error; beats the spec's own `rules`.
    severities: Mapping[str, str] = EMPTY
    #: Codes, prefixes, names or ALL; empty: all rules.
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    #: (importing file, target as written) -> (display path, bytes), or why it is refused.
    open_import: Callable[[str, str], tuple[str, bytes] | str] = no_imports
    source_limits: source.Limits = source.Limits()
    limits: expand.Limits = expand.Limits()
    #: Report suppressed findings as if nothing suppressed them.
    no_ignores: bool = False
    #: The ops and rules that there are.
    vocabulary: Vocabulary = BUILTIN


class OptionError(Exception):
    """The options do not fit the spec (an override of an input that does not exist)."""


class Loaded(NamedTuple):
    """One spec as far as it can be understood."""

    path: str
    #: Findings of reading, checking and expanding.
    findings: tuple[Finding, ...]
    #: Every file by display path, the spec's own last.
    documents: Mapping[str, Document]
    #: The spec's text, as far as it could be decoded.
    text: str
    #: None where there is nothing to analyse: unreadable, or a library of blocks.
    graph: Graph | None


def load_bytes(data: bytes, path: str, options: Options) -> Loaded:
    """Read, check and expand one spec, at the sizes that the options ask for.

    Raises OptionError where a `--size` does not fit the spec; every flaw of the spec itself is a finding.
    """
    reading = source.read(data, path, options.source_limits)
    document = reading.document
    if document is None:
        return Loaded(path, reading.findings, {}, reading.text, None)
    schema = options.vocabulary.schema
    checked = schema.check(document)
    expansion = expand.expand(document, checked.bad, options.open_import, options.limits, options.source_limits, schema)
    findings = (*reading.findings, *checked.findings, *expansion.findings)
    documents = {name: each for name, each in expansion.documents.items() if name != path}
    documents[path] = document
    graph = None if expansion.graph is None else resize(expansion.graph, options.sizes)
    return Loaded(path, findings, documents, reading.text, graph)


def lint_bytes(data: bytes, path: str, options: Options | None = None) -> SpecReport:
    """Lint one spec: its report, with all findings; raises as `load_bytes` does."""
    options = options or Options()
    loaded = load_bytes(data, path, options)
    findings, graph, analysis = list(loaded.findings), loaded.graph, None
    findings.extend(_failed_plugins(loaded, options.vocabulary))
    if graph is not None:
        analysis = analyze(graph)
        findings.extend(_unknown_rules(graph, path, options.vocabulary.rule_by))
        findings.extend(_with_origins(_run_rules(analysis, loaded, options), analysis.graph, loaded.documents))
    settled = settle(findings, loaded, options)
    shown = {each.path for each in settled} | {note.path for each in settled for note in each.related}
    files = (*loaded.documents,) or (path,)
    texts = {name: each.text for name, each in loaded.documents.items() if name in shown} or {path: loaded.text}
    if graph is None or analysis is None:
        return SpecReport(path, _name(loaded), (), (), (), (), (), settled, texts, files=files)
    return SpecReport(
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


def _layers(analysis: Analysis, documents: Mapping[str, Document]) -> tuple[LayerReport, ...]:
    from rflint.build_report import layer_reports  # noqa: PLC0415 - start-up: `check` does not list layers

    return layer_reports(analysis, documents)


def _name(loaded: Loaded) -> str:
    """What a spec without a graph is called: its `name`, or its file."""
    data = loaded.documents[loaded.path].data if loaded.path in loaded.documents else None
    name = data.get("name") if isinstance(data, dict) else None
    return name if isinstance(name, str) else loaded.path.rpartition("/")[2].rpartition(".")[0] or loaded.path


def resize(graph: Graph, overrides: tuple[SizeOverride, ...]) -> Graph:
    """The graph at other input sizes; its expectations, which hold at the declared ones, are dropped."""
    if not overrides:
        return graph
    inputs = list(graph.inputs)
    for name, sizes in overrides:
        matching = [index for index, item in enumerate(inputs) if name in (None, item.name)]
        if not matching:
            known = ", ".join(item.name for item in inputs)
            raise OptionError(f"--size: no input is named `{name}` (inputs: {known})")
        if len(sizes) not in (1, len(graph.axes)):
            raise OptionError(f"--size: {len(sizes)} sizes for {len(graph.axes)} axes ({', '.join(graph.axes)})")
        spread = sizes * len(graph.axes) if len(sizes) == 1 else sizes
        for index in matching:
            inputs[index] = inputs[index]._replace(size=spread)
    return graph._replace(inputs=tuple(inputs), expectations=())


def settle(findings: Sequence[Finding], loaded: Loaded, options: Options) -> tuple[Diagnostic, ...]:
    """Suppress, join what copies of a block share, add what suppressions themselves deserve, and sort."""
    spec, documents, graph = loaded.path, loaded.documents, loaded.graph
    rules = graph.rules if graph is not None else {}
    subjects = Subjects(documents, graph)
    known = {key: rule.code for key, rule in options.vocabulary.rule_by.items()}
    found: list[suppress.Directive] = []
    flaws: tuple[Finding, ...] = ()
    for name, document in documents.items():
        directives, malformed = suppress.directives(document, known)
        if not options.no_ignores:
            found.extend(directives)
        if name == spec:
            # A library's own flaws are told when it is linted itself.
            flaws = malformed
    if not found:
        return tuple(_locate([*grouped(findings, graph), *flaws], subjects, spec, documents, rules, options))
    sites = {} if graph is None else {layer.name: (layer.site, *layer.origin) for layer in graph.layers}
    single = {id(finding): _locate([finding], subjects, spec, documents, rules, options) for finding in findings}
    ran = [rule.code for rule in options.vocabulary.rules if _enabled(rule, rules, options)] if graph is not None else []
    marked, unused = suppress.apply([each for located in single.values() for each in located], found, sites, ran)
    judged = iter(marked)
    reasons = {key: next(judged) for key, located in single.items() if located}
    suppressed = {key: each.reason or "" for key, each in reasons.items() if each.suppressed}
    # At other sizes than the declared ones nobody knows which suppressions are needed.
    own = [] if options.sizes else [finding for directive, finding in unused if directive.file == spec]
    if any(finding.code in LANGUAGE_ERRORS and finding.severity in (None, "error") for finding in findings):
        # Nor where the spec is not understood.
        own = [finding._replace(remedy=None) for finding in own]
    kept = [finding for finding in findings if id(finding) not in suppressed]
    hidden = [finding for finding in findings if id(finding) in suppressed]
    shown = _locate([*grouped(kept, graph), *flaws, *own], subjects, spec, documents, rules, options)
    for group in grouped(hidden):
        # A group of one is the finding itself; of several, any member's reason will do.
        reason = suppressed.get(id(group)) or next((suppressed[id(each)] for each in hidden if each.where == group.where), "")
        located = _locate([group], subjects, spec, documents, rules, options)
        shown.extend(each._replace(suppressed=True, reason=reason or None) for each in located)
    return tuple(sorted(shown, key=Diagnostic.sort_key))


def _enabled(rule: Rule, spec_rules: Mapping[str, str], options: Options) -> bool:
    """Whether findings of a rule would be reported."""
    return _severity(Finding(rule.code, "", Site("")), spec_rules, options) is not None


def _unknown_rules(graph: Graph, path: str, known: Mapping[str, Rule]) -> Iterator[Finding]:
    """Keys of the spec's `rules` that name no rule: a severity that nobody obeys."""
    for number, key in enumerate(graph.rules):
        if key not in known:
            from rflint.words import certain, misspelt, suggest  # noqa: PLC0415 - start-up

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
        from rflint.plugins.guard import crashed_ops  # noqa: PLC0415 - start-up

        yield from crashed_ops(analysis)
    for rule in vocabulary.rules:
        if rule.check is None or not _enabled(rule, analysis.graph.rules, options):
            continue
        if rule.code in vocabulary.providers:
            from rflint.plugins.guard import findings_of  # noqa: PLC0415 - start-up

            yield from findings_of(rule, vocabulary.providers[rule.code], analysis, loaded.documents, _head(loaded))
            continue
        try:
            yield from list(rule.check(analysis))
        except Exception as error:  # a broken rule must not hide the findings of the others
            text = f"rule {rule.code} ({rule.name}) failed: {type(error).__name__}: {error}"
            advice = "this is a bug of the rule; the other rules ran"
            yield Finding("RF902", text, _head(loaded), help=advice, data={"kind": rule.code, "rule": rule.code})


def _with_origins(findings: Iterable[Finding], graph: Graph, documents: Mapping[str, Document]) -> Iterator[Finding]:
    """Findings about layers of blocks also name where the blocks are used, outermost first."""
    origins: dict[str, tuple[Site, ...]] | None = None
    for finding in findings:
        if origins is None:
            origins = {layer.name: layer.origin for layer in graph.layers if layer.origin}
        notes = [
            Note(f"block `{used}` is used here", site)
            for site in origins.get(finding.layer or "", ())
            if (used := _used_block(documents[site.file], site)) is not None
        ]
        yield finding._replace(related=(*finding.related, *notes)) if notes else finding


def _used_block(document: Document, site: Site) -> str | None:
    """Name of the block that an item uses; None for an item with branches, which stand where they are written."""
    value = document.data
    for key in site.path:
        value = value[key]
    used = value.get("use")
    return used if isinstance(used, str) else None


def _severity(finding: Finding, spec_rules: Mapping[str, str], options: Options) -> Severity | None:
    """Severity after the spec's `rules` and the options; None where the finding is switched off."""
    rule = options.vocabulary.rule_by[finding.code]
    chosen: str = finding.severity or ("error" if rule.severity == "graded" else rule.severity)
    # Findings about an unreadable or invalid spec cannot be switched off: the gate would pass what nobody checked.
    if finding.code.startswith("RF0") and chosen == "error":
        return "error"
    if not _selected(rule.code, rule.name, options):
        return None
    for settings in (spec_rules, options.severities):
        for key in (rule.name, rule.code):
            if key in settings:
                chosen = settings[key]
    return None if chosen == "off" else chosen  # type: ignore[return-value] # checked by schema and config


def _selected(code: str, name: str, options: Options) -> bool:
    def matches(patterns: tuple[str, ...]) -> bool:
        return any(selects(pattern, code, name) for pattern in patterns)

    # What a selected rule would have found is not known where it crashed: that is told unless it is itself ignored.
    return (not options.select or code == "RF902" or matches(options.select)) and not matches(options.ignore)


def _locate(
    findings: Iterable[Finding],
    subjects: Subjects,
    spec: str,
    documents: Mapping[str, Document],
    spec_rules: Mapping[str, str],
    options: Options,
) -> list[Diagnostic]:
    """Sites become spans, defaults become severities; sorted, without duplicates."""
    seen: dict[tuple[object, ...], Diagnostic] = {}
    for finding in findings:
        severity = _severity(finding, spec_rules, options)
        if severity is None:
            continue
        path, span = _place(finding.where, spec, documents)
        subject = subjects.of(finding)
        diagnostic = Diagnostic(
            code=finding.code,
            name=options.vocabulary.rule_by[finding.code].name,
            severity=severity,
            message=finding.message,
            path=path,
            span=span,
            help=finding.help,
            layer=finding.layer,
            input=finding.input,
            axes=finding.axes,
            related=tuple(RelatedDiagnostic(note.message, *_place(note.site, spec, documents)) for note in finding.related),
            instances=finding.instances,
            data=finding.data,
            fix=_fix(finding, path, documents),
            subject=subject,
            fingerprint=_fingerprint(finding, path, subject),
        )
        seen.setdefault((*diagnostic.sort_key(), diagnostic.input), diagnostic)
    return sorted(seen.values(), key=Diagnostic.sort_key)


def _place(where: Site | Span, spec: str, documents: Mapping[str, Document]) -> tuple[str, Span]:
    """File and span; a bare span belongs to the spec itself."""
    if isinstance(where, Span):
        return spec, where
    return where.file, documents[where.file].span(where.path, where.key)


def _fix(finding: Finding, path: str, documents: Mapping[str, Document]) -> Fix | None:
    """The remedy as edits of the finding's file; None where it cannot be had by editing that text alone."""
    remedy = finding.remedy
    if remedy is None or any(not isinstance(edit, SpanEdit) and edit.site.file != path for edit in remedy.edits):
        return None
    from rflint.reading.edits import located  # noqa: PLC0415 - start-up

    edits = located(documents[path], remedy.edits)
    return Fix(edits, remedy.safe) if edits else None


def _fingerprint(finding: Finding, path: str, subject: str) -> str:
    """Hash of what the finding is about, without lines or counts: stable while the file around it changes."""
    import hashlib  # noqa: PLC0415 - start-up: only findings need it

    where = finding.where
    keys = where.path if isinstance(where, Site) and finding.layer is not None else ()
    inside = "/".join(key for key in keys[-2:] if isinstance(key, str))
    about = (str(finding.data.get(key, "")) for key in ("kind", "target", "fact"))
    parts = (finding.code, path, subject, inside, finding.input or "", ",".join(finding.axes or ()), *about)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]
