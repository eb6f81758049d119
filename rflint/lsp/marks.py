"""Findings as an editor shows them: all in the document at hand, those of an imported file where it is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rflint.formatters import prose
from rflint.lsp.snapshot import Snapshot, Spot
from rflint.model import DataPath, Diagnostic, Severity

#: What findings of these rules point at could go.
_UNNECESSARY = frozenset({"RF006", "RF901"})


class Related(NamedTuple):
    """A second place that belongs to a finding."""

    message: str
    spot: Spot


class Mark(NamedTuple):
    """One finding in this document, in offsets."""

    start: int
    end: int
    severity: Severity
    message: str
    related: tuple[Related, ...]
    unnecessary: bool
    #: The finding itself.
    diagnostic: Diagnostic


def marks(snapshot: Snapshot) -> list[Mark]:
    """Return what is to be shown in a document; of one that is no spec, nothing."""
    if not snapshot.is_spec:
        return []
    found = [each for each in snapshot.report.findings if not each.suppressed]
    entries = _import_entries(snapshot) if any(each.path != snapshot.path for each in found) else {}
    return [_mark(snapshot, each, entries) for each in found]


def _mark(snapshot: Snapshot, finding: Diagnostic, entries: Mapping[str, DataPath]) -> Mark:
    spot = snapshot.spot(finding.path, finding.span)
    related = [Related(note.message, snapshot.spot(note.path, note.span)) for note in finding.related]
    message = finding.message
    if finding.path != snapshot.path:
        related.insert(0, Related("the finding is about this", spot))
        message = f"{finding.path}, line {finding.span.line}: {message}"
        spot = snapshot.place(snapshot.path, entries.get(finding.path, ()))
        if finding.path not in entries:
            spot = Spot(snapshot.path, 0, 0)
    if len(finding.instances) > 1:
        message += f"\n{prose.shared(finding.instances)}"
    if finding.help:
        message += f"\nhelp: {finding.help}"
    return Mark(spot.start, spot.end, finding.severity, message, tuple(related), finding.code in _UNNECESSARY, finding)


def _import_entries(snapshot: Snapshot) -> dict[str, DataPath]:
    """Map each imported file, also one that is imported by imports only, to the entry of this document's `import` that leads to it."""
    found: dict[str, DataPath] = {}
    for path, target in snapshot.import_entries(snapshot.path):
        waiting = [] if target is None else [target]
        for file in waiting:
            if file not in found and file != snapshot.path:
                found[file] = path
                waiting += snapshot.imports(file)
    return found
