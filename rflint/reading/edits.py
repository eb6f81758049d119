"""What an edit of the data is as an edit of the text: fields replaced and added, entries taken out, layout and comments kept.

An edit that cannot be made without touching what it is not about (a value that is computed or shared, a comment in the
middle of what goes) is not made at all.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from rflint.model import DataPath, Edit, FieldEdit, Removal, SiteEdit, SpanEdit
from rflint.reading.document import Document
from rflint.reading.lines import BREAK

_DASHES: Final = re.compile(r"[ ]*(?:-[ ]+)*")


class _Change(NamedTuple):
    """The text between two offsets becomes another."""

    start: int
    end: int
    text: str = ""


def located(document: Document, edits: Iterable[SiteEdit | SpanEdit | FieldEdit | Removal]) -> tuple[Edit, ...] | None:
    """Edits of one document as edits of its text, in order; None where one of them cannot be made."""
    made: list[_Change] = []
    removals: list[DataPath] = []
    for edit in edits:
        if isinstance(edit, Removal):
            removals.append(edit.site.path)
            continue
        if isinstance(edit, SpanEdit):
            span = edit.span
            start = document.lines.offset(span.line, span.column)
            change: _Change | None = _Change(start, document.lines.offset(span.end_line, span.end_column), edit.text)
        else:
            change = (
                _replaced(document, edit.site.path, edit.text, key=edit.site.key)
                if not isinstance(edit, FieldEdit)
                else _field(document, edit)
            )
        if change is None or change.end < change.start:
            return None
        made.append(change)
    if (gone := _removed(document, removals)) is None:
        return None
    joined = _joined([*made, *gone])
    return None if joined is None else tuple(Edit(document.lines.span(each.start, each.end), each.text) for each in joined)


def is_computed(value: Any) -> bool:
    """Whether there is an expression in a value."""
    if isinstance(value, str):
        return "${" in value
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(is_computed(entry) for entry in entries)


def _joined(changes: Sequence[_Change]) -> list[_Change] | None:
    """Changes in order, those that touch made one; None where they overlap and are not just deletions."""
    joined: list[_Change] = []
    for change in sorted(dict.fromkeys(changes), key=lambda each: (each.start, each.end)):
        last = joined[-1] if joined else None
        if last is None or last.end < change.start:
            joined.append(change)
        elif last.end == change.start or not (last.text or change.text):
            joined[-1] = _Change(last.start, max(last.end, change.end), last.text + change.text)
        else:
            return None
    return joined


def _replaced(document: Document, path: DataPath, text: str, *, key: bool = False) -> _Change | None:
    """Another value (or key) in the place of one that is written here, for itself alone."""
    place = document.offsets(path, key)
    if place is None or document.value_span(path, key) is None:
        return None
    if key:
        # Two keys of one name would make the file unreadable.
        return None if text.strip('"') in document.value(path[:-1]) else _Change(*place, text)
    value = document.value(path)
    if is_computed(value):
        return None
    start, end = place
    if isinstance(value, (dict, list)):
        before = document.offsets(path, key=True)
        if before is not None and BREAK.search(document.text, before[1], start):
            # What took lines of its own goes to that of its key.
            start, text = before[1], f": {text}"
        if "#" in document.text[start:end]:
            return None
    return _Change(start, end, _apart(document, end, text))


def _apart(document: Document, end: int, text: str) -> str:
    """Keep a value clear of the comment behind it: `[1, 2]# why` may do without a blank, `1# why` is all one word."""
    return f"{text} " if document.text.startswith("#", end) else text


def _is_shared(document: Document, path: DataPath) -> bool:
    """Whether a value, or what it stands in, has an anchor or a tag: it may stand elsewhere, too."""
    for length in range(1, len(path) + 1):
        place = document.offsets(path[:length])
        if place is None or document.text[place[0]] in "&!":
            return True
    return False


def _field(document: Document, edit: FieldEdit) -> _Change | None:
    path = edit.site.path
    if document.offsets(path) is None or _is_shared(document, path) or document.dropped:
        return None
    mapping = document.value(path)
    if not isinstance(mapping, dict) or not mapping:
        return None
    if edit.name in mapping:
        return _replaced(document, (*path, edit.name), edit.text)
    neighbours = [name for name in mapping if name in edit.after] or list(mapping)
    return _added(document, path, neighbours[-1], f"{edit.name}: {edit.text}")


def _added(document: Document, path: DataPath, neighbour: str, pair: str) -> _Change | None:
    """A pair after another one."""
    whole, key, value = document.offsets(path), document.offsets((*path, neighbour), key=True), document.offsets((*path, neighbour))
    assert whole
    assert key
    assert value
    if document.text.startswith("{", whole[0]):
        return None if value[0] == value[1] else _Change(value[1], value[1], _apart(document, value[1], f", {pair}"))
    line, column = document.lines.position(key[0])
    if not _DASHES.fullmatch(document.line(line)[: column - 1]):
        return None
    end = document.lines.end(max(key[1], value[1]))
    return _Change(end, end, f"{_break_of(document, end)}{' ' * (column - 1)}{pair}")


def _break_of(document: Document, end: int) -> str:
    """Return the line break at an offset; at the end of the text, the first one of the file."""
    match = BREAK.match(document.text, end) or BREAK.search(document.text)
    return match[0] if match else "\n"


def _removed(document: Document, paths: Sequence[DataPath]) -> list[_Change] | None:
    """Text to delete for these entries, collection by collection."""
    if not paths:
        return []
    if document.dropped:
        return None
    by_parent: dict[DataPath, set[str | int]] = {}
    for path in paths:
        if document.offsets(path) is None or not path:
            return None
        by_parent.setdefault(path[:-1], set()).add(path[-1])
    changes: list[_Change] = []
    for parent, steps in by_parent.items():
        if (found := _entries_removed(document, parent, steps)) is None:
            return None
        changes += found
    return changes


def _entries_removed(document: Document, parent: DataPath, steps: set[str | int]) -> list[_Change] | None:
    collection = document.value(parent)
    whole = document.offsets(parent)
    if whole is None or _is_shared(document, parent):
        return None
    if len(steps) == len(collection):
        return _all_removed(document, parent)
    flow = document.text[whole[0]] in "{["
    changes = []
    for first, last in _runs(sorted(document.place((*parent, step)) for step in steps)):
        change = _cut(document, parent, first, last) if flow else _lines_cut(document, parent, first, last)
        if change is None:
            return None
        changes.append(change)
    return changes


def _all_removed(document: Document, path: DataPath) -> list[_Change] | None:
    """An emptied collection goes whole; in a list, where places count, it stays empty."""
    if not path:
        return None
    if isinstance(path[-1], str):
        return _entries_removed(document, path[:-1], {path[-1]})
    change = _replaced(document, path, "{}" if isinstance(document.value(path), dict) else "[]")
    return None if change is None else [change]


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = runs[-1][0], place
        else:
            runs.append((place, place))
    return runs


def _cut(document: Document, parent: DataPath, first: int, last: int) -> _Change | None:
    """Entries of a flow collection, with the commas that they leave over."""
    if first:
        start, end = document.entry(parent, first - 1)[1], document.entry(parent, last)[1]
    else:
        start, end = document.entry(parent, 0)[0], document.entry(parent, last + 1)[0]
    return None if "#" in document.text[start:end] else _Change(start, end)


def _lines_cut(document: Document, parent: DataPath, first: int, last: int) -> _Change | None:
    """Entries of a block collection: whole lines, with the comments above that stand as far in."""
    listed = isinstance(document.value(parent), list)
    top, column = document.lines.position(document.entry(parent, first)[0])
    bottom = document.lines.number(document.entry(parent, last)[1])
    before = document.line(top)[: column - 1]
    indent = _indent(before)
    if before[indent:].rstrip(" ") == ("-" if listed else ""):
        # What stands above the first key of a file is about the file.
        is_head = not first and not parent
        return _whole_lines(document, top, bottom, indent, is_first=not first and not is_head, keep_head=is_head)
    if listed or first or not _DASHES.fullmatch(before):
        return None
    # The first pair of an entry of a list shares its line with the dash.
    return _cut(document, parent, first, last)


def _whole_lines(document: Document, top: int, bottom: int, indent: int, *, is_first: bool, keep_head: bool) -> _Change:
    """The lines of entries that stand `indent` columns in; `keep_head`: comments above are the file's own."""
    text, lines = document.text, document.lines
    count = lines.number(len(text))

    def is_comment(number: int) -> bool:
        return document.line(number).lstrip(" ").startswith("#")

    def is_blank(number: int) -> bool:
        return not document.line(number).strip(" \t")

    while top > 1 and not keep_head and is_comment(top - 1) and _indent(document.line(top - 1)) == indent:
        top -= 1
    while bottom < count and is_comment(bottom + 1) and _indent(document.line(bottom + 1)) > indent:
        bottom += 1
    if top > 1 and (is_blank(top - 1) or is_first):
        # Of the blank lines around, those above are enough.
        while bottom < count and is_blank(bottom + 1):
            bottom += 1
    if bottom < count:
        return _Change(lines.offset(top, 1), lines.offset(bottom + 1, 1))
    while top > 1 and is_blank(top - 1):
        top -= 1
    # The file ends as it did, with a line break or without.
    ends = _break_before(text, len(text))
    return _Change(_break_before(text, lines.offset(top, 1)), ends)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _break_before(text: str, offset: int) -> int:
    """Offset of the line break that ends at an offset; the offset itself where none does."""
    if text.endswith("\r\n", 0, offset):
        return offset - 2
    return offset - 1 if offset and BREAK.match(text, offset - 1) else offset
