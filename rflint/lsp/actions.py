"""What an editor can do about findings: apply their fixes, suppress them where they stand, or mend the whole document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rflint import fixing
from rflint.lsp.keys import can_be_suppressed
from rflint.lsp.marks import Mark, marks
from rflint.lsp.snapshot import Spot
from rflint.reading import suppress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rflint.diagnostics import Diagnostic, Fix
    from rflint.lsp.snapshot import Snapshot
    from rflint.reading.document import Document

Kind = Literal["quickfix", "source.fixAll.rflint"]
FIX_ALL: Final = "source.fixAll.rflint"

#: Characters of an edit that a title shows.
_SHOWN: Final = 40
#: What stands for the reason until the person writes it.
_REASON: Final = "why"


class Change(NamedTuple):
    """Put a text in the place of another."""

    spot: Spot
    text: str


class Action(NamedTuple):
    """Something to choose from a menu."""

    title: str
    kind: Kind
    changes: tuple[Change, ...]
    #: What it mends; empty: many things.
    marks: tuple[Mark, ...] = ()
    #: The one to take where nobody chooses.
    preferred: bool = False


def quick_fixes(snapshot: Snapshot, start: int, end: int) -> list[Action]:
    """Return what can be done about the findings between two offsets: fixes first, then suppressions."""
    touched = [mark for mark in marks(snapshot) if mark.start <= end and start <= mark.end]
    return [*_fixes(snapshot, touched), *_suppressions(snapshot, touched)]


def fix_all(snapshot: Snapshot) -> Action | None:
    """Return the document after all safe fixes that do it good, as one action; None where there are none."""
    if not snapshot.is_spec or not fixing.choose(snapshot.report.findings, snapshot.path, unsafe=False):
        return None
    mended = fixing.mend(snapshot.data, snapshot.path, snapshot.options, unsafe=False, lint=snapshot.lint)
    change = _difference(snapshot, mended.data.decode("utf-8", "surrogatepass"))
    if change is None:
        return None
    count = sum(mended.fixed.values())
    return Action(f"Apply {count} safe fix{'es' if count != 1 else ''} of rflint", FIX_ALL, (change,))


def _difference(snapshot: Snapshot, text: str) -> Change | None:
    """Return the one stretch in which two versions of a document differ."""
    old = snapshot.text
    if old == text:
        return None
    limit = min(len(old), len(text))
    head = next((place for place in range(limit) if old[place] != text[place]), limit)
    tail = next((place for place in range(limit - head) if old[-1 - place] != text[-1 - place]), limit - head)
    # A line break of two characters is not to be torn apart.
    while head and old[head - 1] == "\r":
        head -= 1
    while tail and old[len(old) - tail] == "\n":
        tail -= 1
    return Change(Spot(snapshot.path, head, len(old) - tail), text[head : len(text) - tail])


def _fixes(snapshot: Snapshot, touched: Sequence[Mark]) -> Iterator[Action]:
    """Yield each fix once, however many findings it mends."""
    offered: dict[tuple[str, Fix], list[Mark]] = {}
    for mark in touched:
        if mark.diagnostic.fix is not None and mark.diagnostic.fix.edits:
            offered.setdefault((mark.diagnostic.path, mark.diagnostic.fix), []).append(mark)
    for (path, fix), mended in offered.items():
        changes = tuple(Change(snapshot.spot(path, edit.span), edit.text) for edit in fix.edits)
        codes = ", ".join(dict.fromkeys(mark.diagnostic.code for mark in mended))
        title = f"{codes}: {_words(snapshot, changes)}{'' if fix.safe else ' (unsafe: changes the network)'}"
        yield Action(title, "quickfix", changes, tuple(mended), preferred=fix.safe)


def _words(snapshot: Snapshot, changes: Sequence[Change]) -> str:
    """Say what the edits of a fix do."""
    if len(changes) > 1:
        return f"apply {len(changes)} edits"
    ((spot, new),) = changes
    text = snapshot.text_of(spot.path) or ""
    old = text[spot.start : spot.end]
    where = "" if spot.path == snapshot.path else f" in {spot.path}"
    if not new.strip():
        return f"remove {_short(old)}{where}"
    return f"replace {_short(old)} by {_short(new)}{where}" if old.strip() else f"insert {_short(new)}{where}"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return f"`{words if len(words) <= _SHOWN else words[: _SHOWN - 1] + '…'}`"


def _suppressions(snapshot: Snapshot, touched: Sequence[Mark]) -> Iterator[Action]:
    offered = set()
    for mark in touched:
        finding = mark.diagnostic
        key = finding.code, finding.span.line
        document = snapshot.document(finding.path)
        if finding.path != snapshot.path or document is None or key in offered or not can_be_suppressed(finding.code):
            continue
        offered.add(key)
        yield Action(f"Ignore {finding.code} here", "quickfix", (_suppression(snapshot, document, finding),), (mark,))


def _suppression(snapshot: Snapshot, document: Document, finding: Diagnostic) -> Change:
    """Name the rule in the comment that covers the line of a finding, or write one above it."""
    line = finding.span.line
    known = {key: rule.code for key, rule in snapshot.options.vocabulary.rule_by.items()}
    for directive in suppress.directives(document, known)[0]:
        if directive.line == line:
            spot = snapshot.spot(document.path, directive.codes[-1].span)
            return Change(spot._replace(start=spot.end), f", {finding.code}")
    text = document.line(line)
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    start = snapshot.lines.offset(line, 1)
    return Change(Spot(document.path, start, start), f"{indent}# rflint: ignore[{finding.code}] {_REASON}{_line_break(snapshot.text)}")


def _line_break(text: str) -> str:
    """Return the line break that a text uses."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"
