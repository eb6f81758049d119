"""From findings to diagnostics: severities, suppressions, one finding for all copies of a block, and places in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rflint.model.diagnostic import Diagnostic, Fix, RelatedDiagnostic
from rflint.model.finding import Finding, SpanEdit
from rflint.model.site import Site, Span
from rflint.verdict import suppress
from rflint.verdict.grouping import grouped
from rflint.verdict.identity import Subjects
from rflint.verdict.severity import selects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from rflint.model.finding import Severity
    from rflint.model.rule import Rule
    from rflint.reading.document import Document
    from rflint.verdict.loading import Loaded, Options


def settle(findings: Sequence[Finding], loaded: Loaded, options: Options) -> tuple[Diagnostic, ...]:
    """Suppress, join what copies of a block share, add what suppressions themselves deserve, and sort."""
    graph, locator = loaded.graph, _Locator(loaded, options)
    directives, flaws = _directives(loaded, options)
    if not directives:
        return tuple(locator.located([*grouped(findings, graph), *flaws]))
    pieces = list(_pieces(findings, {code.code for directive in directives for code in directive.codes}))
    alone = [(piece, diagnostic) for piece in pieces for diagnostic in locator.located([piece.finding])]
    sites = {} if graph is None else {layer.name: (layer.site, *layer.origin) for layer in graph.layers}
    ran = [] if graph is None else [rule.code for rule in options.vocabulary.rules if is_enabled(rule, graph.rules, options)]
    marked, unused = suppress.apply([diagnostic for _, diagnostic in alone], directives, sites, ran)
    reasons = {piece: each.reason or "" for (piece, _), each in zip(alone, marked, strict=True) if each.suppressed}
    # Which suppressions are needed nobody knows at other sizes than the declared ones, nor while something hides findings.
    crashed = any(finding.code == "RF902" for finding in findings)
    unknown = bool(options.sizes) or crashed or any(each.hides_others for each in marked)
    own = [] if unknown else [finding for directive, finding in unused if directive.file == loaded.path]
    kept = _joined(findings, [piece for piece in pieces if piece not in reasons])
    shown = locator.located([*grouped(kept, graph), *flaws, *own])
    for reason in dict.fromkeys(reasons.values()):
        hidden = _joined(findings, [piece for piece, why in reasons.items() if why == reason])
        located = locator.located(grouped(hidden, graph))
        shown.extend(each._replace(suppressed=True, reason=reason or None) for each in located)
    return tuple(sorted(shown, key=Diagnostic.sort_key))


class _Piece(NamedTuple):
    """What a finding says of one layer, so that this can be suppressed and the rest not."""

    #: Place of the finding in the list of all.
    number: int
    #: The layer, where the finding is about several.
    layer: str | None
    finding: Finding

    def __hash__(self) -> int:
        return hash((self.number, self.layer))


def _pieces(findings: Sequence[Finding], codes: Collection[str]) -> Iterator[_Piece]:
    """Take the findings that a suppression may be about apart."""
    for number, finding in enumerate(findings):
        if finding.part is None or finding.code not in codes:
            yield _Piece(number, None, finding)
            continue
        for layer in dict.fromkeys(finding.instances):
            yield _Piece(number, layer, finding.part((layer,)))


def _joined(findings: Sequence[Finding], pieces: Iterable[_Piece]) -> Iterator[Finding]:
    """Put pieces together again; a finding none of whose pieces is missing is as it was."""
    layers: dict[int, list[str]] = {}
    for piece in pieces:
        layers.setdefault(piece.number, []).extend([piece.layer] if piece.layer is not None else [])
    for number, wanted in layers.items():
        finding = findings[number]
        part = finding.part
        yield finding if part is None or len(wanted) in (0, len(set(finding.instances))) else part(wanted)


def _directives(loaded: Loaded, options: Options) -> tuple[list[suppress.Directive], tuple[Finding, ...]]:
    """Read the suppressions of all files that count, and what is wrong with those of the spec itself."""
    known = {key: rule.code for key, rule in options.vocabulary.rule_by.items()}
    found: list[suppress.Directive] = []
    flaws: tuple[Finding, ...] = ()
    for name, document in loaded.documents.items():
        directives, malformed = suppress.directives(document, known)
        if not options.no_ignores:
            found.extend(directives)
        if name == loaded.path:
            # A library's own flaws are told when it is linted itself.
            flaws = malformed
    if options.vocabulary.failures:
        # What is unknown may be a rule of the plug-in that failed.
        flaws = tuple(flaw for flaw in flaws if flaw.data.get("kind") != suppress.UNKNOWN_RULE)
    return found, flaws


def is_enabled(rule: Rule, spec_rules: Mapping[str, str], options: Options) -> bool:
    """Whether findings of a rule would be reported."""
    return _severity(Finding(rule.code, "", Site("")), spec_rules, options) is not None


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


class _Locator:
    """Turns sites into spans, and defaults into severities."""

    def __init__(self, loaded: Loaded, options: Options) -> None:
        self._spec = loaded.path
        self._documents = loaded.documents
        self._rules: Mapping[str, str] = {} if loaded.graph is None else loaded.graph.rules
        self._options = options
        self._subjects = Subjects(loaded.documents, loaded.graph)

    def located(self, findings: Iterable[Finding]) -> list[Diagnostic]:
        """Return the diagnostics of findings that are not switched off, sorted, without duplicates."""
        seen: dict[tuple[object, ...], Diagnostic] = {}
        for finding in findings:
            severity = _severity(finding, self._rules, self._options)
            if severity is not None:
                diagnostic = self._diagnostic(finding, severity)
                seen.setdefault((*diagnostic.sort_key(), diagnostic.input), diagnostic)
        return sorted(seen.values(), key=Diagnostic.sort_key)

    def _diagnostic(self, finding: Finding, severity: Severity) -> Diagnostic:
        path, span = self._place(finding.where)
        subject = self._subjects.of(finding)
        return Diagnostic(
            code=finding.code,
            name=self._options.vocabulary.rule_by[finding.code].name,
            severity=severity,
            message=finding.message,
            path=path,
            span=span,
            help=finding.help,
            layer=finding.layer,
            input=finding.input,
            axes=finding.axes,
            related=tuple(RelatedDiagnostic(note.message, *self._place(note.site)) for note in finding.related),
            instances=finding.instances,
            data=finding.data,
            fix=_fix(finding, path, self._documents),
            subject=subject,
            subjects=self._subjects.each(finding),
            fingerprint=_fingerprint(finding, path, subject),
        )

    def _place(self, where: Site | Span) -> tuple[str, Span]:
        """File and span; a bare span belongs to the spec itself."""
        if isinstance(where, Span):
            return self._spec, where
        return where.file, self._documents[where.file].span(where.path, where.key)


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
