"""What an editor can do about findings: apply their fixes, suppress them where they stand, or mend the whole document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from rflint.fixing import mending as fixing
from rflint.formatters import fixes
from rflint.lsp.marks import Mark, marks
from rflint.lsp.names import item_around
from rflint.lsp.snapshot import Snapshot, Spot
from rflint.lsp.tree import find
from rflint.model import DataPath, Diagnostic, Fix
from rflint.reading.document import Document
from rflint.reading.lines import BREAK
from rflint.verdict import directives
from rflint.words import counted

Kind = Literal["quickfix", "source.fixAll.rflint"]
FIX_ALL: Final = "source.fixAll.rflint"

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
    if (change := _difference(snapshot, mended.data.decode("utf-8", "surrogatepass"))) is None:
        return None
    fixes = counted(sum(mended.fixed.values()), "safe fix", "safe fixes")
    return Action(f"Apply {fixes} of rflint", FIX_ALL, (change,))


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
        told = fixes.words(fix, BREAK.split(snapshot.text_of(path) or ""), mended[0].diagnostic.span.line)
        where = "" if path == snapshot.path else f" in {path}"
        title = f"{codes}: {told}{where}{'' if fix.safe else ' (unsafe: changes what the spec says)'}"
        yield Action(title, "quickfix", changes, tuple(mended), preferred=fix.safe)


def _suppressions(snapshot: Snapshot, touched: Sequence[Mark]) -> Iterator[Action]:
    offered = set()
    for mark in touched:
        finding = mark.diagnostic
        key = finding.code, finding.span.line
        document = snapshot.document(finding.path)
        if finding.path != snapshot.path or document is None or key in offered or not directives.can_be_suppressed(finding.code):
            continue
        offered.add(key)
        if (change := _suppression(snapshot, document, finding)) is not None:
            yield Action(f"Ignore {finding.code} here", "quickfix", (change,), (mark,))


def _suppression(snapshot: Snapshot, document: Document, finding: Diagnostic) -> Change | None:
    """Name the rule in a comment that covers the line or the layer of a finding, or write one above; None where none can stand."""
    line, item = finding.span.line, _item(snapshot, finding)
    known = {key: rule.code for key, rule in snapshot.options.vocabulary.entry_by.items()}
    covering = [each for each in directives.read(document, known)[0] if each.line == line or (each.site is None and item in each.items)]
    if covering:
        nearest = next((each for each in covering if each.line == line), covering[0])
        spot = snapshot.spot(document.path, nearest.codes[-1].span)
        return Change(spot._replace(start=spot.end), f", {finding.code}")
    first = () if item is None else (document.extent(item)[0],)
    if (number := next((number for number in (line, *first) if not _goes_on(snapshot, number)), None)) is None:
        return None
    text = document.line(number)
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    start = snapshot.lines.offset(number, 1)
    line_break = next((each for each in ("\r\n", "\n", "\r") if each in snapshot.text), "\n")
    return Change(Spot(document.path, start, start), f"{indent}# rflint: ignore[{finding.code}] {_REASON}{line_break}")


def _item(snapshot: Snapshot, finding: Diagnostic) -> DataPath | None:
    """Return the item that a finding stands in, if it is about a layer that the item makes."""
    item = item_around(find(snapshot.tree, snapshot.spot(finding.path, finding.span).start).path)
    if item is None or finding.layer not in {instance.name for instance in snapshot.instances(finding.path, item)}:
        return None
    return item


def _goes_on(snapshot: Snapshot, number: int) -> bool:
    """Whether a line begins within a text of several lines, where a comment is none."""
    start = snapshot.lines.offset(number, 1)
    found = find(snapshot.tree, start)
    return found.start < start and (found.is_key or found.node.kind == "scalar")
