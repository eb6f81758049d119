"""From findings to diagnostics: severities, suppressions, one finding for all copies of a block, and places in the text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rflint.model import Diagnostic, Finding, Fix, Graph, RelatedDiagnostic, Severity, Site, Span, SpanEdit
from rflint.reading.document import Document
from rflint.verdict.grouping import grouped
from rflint.verdict.identity import Subjects
from rflint.verdict.loaded import Loaded
from rflint.verdict.options import Options
from rflint.verdict.severity import Severities

if TYPE_CHECKING:
    from rflint.verdict.directives import Directive


def settle(findings: Sequence[Finding], loaded: Loaded, severities: Severities, options: Options) -> tuple[Diagnostic, ...]:
    """Suppress, join what copies of a block share, add what suppressions themselves deserve, and sort."""
    locator = _Locator(loaded, severities)
    suppressions, flaws = _suppressions(loaded, options)
    if not suppressions:
        return tuple(locator.located([*grouped(findings, loaded.graph), *flaws]))
    from rflint.verdict import suppress  # noqa: PLC0415 - start-up

    pieces = list(_taken_apart(findings, {code.code for directive in suppressions for code in directive.codes}))
    located = [(piece, diagnostic) for piece in pieces for diagnostic in locator.located([piece.finding])]
    ran = [] if loaded.graph is None else [rule.code for rule in severities.speaking]
    marked, unused = suppress.apply([diagnostic for _, diagnostic in located], suppressions, _sites(loaded), ran)
    reasons = {piece: each.reason or "" for (piece, _), each in zip(located, marked, strict=True) if each.suppressed}
    joined = _joined(findings, [piece for piece in pieces if piece not in reasons])
    # A library's own are told when it is linted itself.
    needless = [finding for directive, finding in unused if directive.file == loaded.path and _is_complete(findings, marked, options)]
    shown = locator.located([*grouped(joined, loaded.graph), *flaws, *needless])
    hidden = _hidden(findings, reasons, loaded.graph, locator)
    return tuple(sorted([*shown, *hidden], key=Diagnostic.sort_key))


def _sites(loaded: Loaded) -> Mapping[str, Sequence[Site]]:
    """Name of each layer -> the items that wrote it and brought it in."""
    return {} if loaded.graph is None else {layer.name: (layer.site, *layer.origin) for layer in loaded.graph.layers}


def _is_complete(findings: Iterable[Finding], marked: Iterable[Diagnostic], options: Options) -> bool:
    """Whether a suppression that covers nothing is not needed; at other sizes, or where something hides findings, it may be."""
    hidden = any(finding.code == "RF902" for finding in findings) or any(each.hides_others for each in marked)
    return not hidden and not options.sizes


def _hidden(findings: Sequence[Finding], reasons: Mapping[_Piece, str], graph: Graph | None, locator: _Locator) -> Iterator[Diagnostic]:
    """Put together what is suppressed for the same reason."""
    for reason in dict.fromkeys(reasons.values()):
        joined = _joined(findings, [piece for piece, why in reasons.items() if why == reason])
        yield from (each._replace(suppressed=True, reason=reason or None) for each in locator.located(grouped(joined, graph)))


class _Piece(NamedTuple):
    """What a finding says of one layer, so that this can be suppressed and the rest not."""

    #: Place of the finding in the list of all.
    number: int
    #: The layer, where the finding is about several.
    layer: str | None
    finding: Finding

    def __hash__(self) -> int:
        return hash((self.number, self.layer))


def _taken_apart(findings: Sequence[Finding], codes: Collection[str]) -> Iterator[_Piece]:
    """Take the findings that a suppression may be about apart."""
    for number, finding in enumerate(findings):
        if finding.part is None or finding.code not in codes:
            yield _Piece(number, None, finding)
            continue
        yield from (_Piece(number, layer, finding.part((layer,))) for layer in dict.fromkeys(finding.instances))


def _joined(findings: Sequence[Finding], pieces: Iterable[_Piece]) -> Iterator[Finding]:
    """Put pieces together again; a finding none of whose pieces is missing is as it was."""
    layers: dict[int, list[str]] = {}
    for piece in pieces:
        layers.setdefault(piece.number, []).extend([piece.layer] if piece.layer is not None else [])
    for number, wanted in layers.items():
        finding = findings[number]
        part = finding.part
        yield finding if part is None or len(wanted) in (0, len(set(finding.instances))) else part(wanted)


def _suppressions(loaded: Loaded, options: Options) -> tuple[list[Directive], tuple[Finding, ...]]:
    """Read the suppressions of all files that count, and what is wrong with those of the spec itself."""
    found: list[Directive] = []
    flaws: tuple[Finding, ...] = ()
    globs: set[str | None] = set()
    if not any("#" in document.text or "ignore" in document.text for document in loaded.documents.values()):
        return found, flaws
    from rflint.verdict import directives  # noqa: PLC0415 - start-up

    known = {key: rule.code for key, rule in options.vocabulary.entry_by.items()}
    for name, document in loaded.documents.items():
        written, malformed = directives.read(document, known)
        if not options.no_ignores:
            # A spec's own word for a glob replaces that of what it extends.
            found.extend(each for each in written if each.glob is None or each.glob not in globs)
            globs.update(each.glob for each in written)
        # A library's own flaws are told when it is linted itself; what is extended is judged through this spec.
        if name == loaded.path:
            flaws += malformed
        elif name in loaded.bases:
            flaws += tuple(_elsewhere(name, each, loaded.path) for each in malformed)
    if options.vocabulary.failures:
        # What is unknown may be a rule of the plug-in that failed.
        flaws = tuple(flaw for flaw in flaws if flaw.data.get("kind") != directives.UNKNOWN_RULE)
    return found, flaws


def _elsewhere(file: str, flaw: Finding, spec: str) -> Finding:
    """Tell of a place in what a spec extends, of which there is only the span, in words."""
    place = f"`{file}`, line {flaw.where.line}: " if isinstance(flaw.where, Span) else ""
    return flaw._replace(message=place + flaw.message, where=Site(spec, ("extends",)), remedy=None)


class _Locator:
    """Turns sites into spans, and defaults into severities."""

    def __init__(self, loaded: Loaded, severities: Severities) -> None:
        self._spec = loaded.path
        self._documents = loaded.documents
        self._severities = severities
        self._subjects = Subjects(loaded.documents, loaded.graph)

    def located(self, findings: Iterable[Finding]) -> list[Diagnostic]:
        """Return the diagnostics of findings that are not switched off, sorted, without duplicates."""
        loud = [(finding, self._severities.of(finding.code, finding.severity)) for finding in findings]
        diagnostics = [self._diagnostic(finding, severity) for finding, severity in loud if severity is not None]
        seen: dict[tuple[object, ...], Diagnostic] = {}
        for diagnostic in diagnostics:
            seen.setdefault((*diagnostic.sort_key(), diagnostic.input), diagnostic)
        return sorted(seen.values(), key=Diagnostic.sort_key)

    def _diagnostic(self, finding: Finding, severity: Severity) -> Diagnostic:
        path, span = self._place(finding.where)
        subject, subjects = self._subjects.of(finding)
        return Diagnostic(
            code=finding.code,
            name=self._severities.entry_by[finding.code].name,
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
            advice=finding.advice,
            subject=subject,
            subjects=subjects,
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
