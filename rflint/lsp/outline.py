"""Any text to a tree: what a person who is in the middle of typing can be taken to mean.

The reader of specs refuses what is not YAML; an editor asks what may stand at the cursor of a text that seldom is.  This
reader never refuses: it goes by indentation, leaves an open bracket or quote behind where a line cannot belong to it, and
passes over what it does not understand.  Of sound specs it makes the tree that `rflint.lsp.tree` makes, but for
scalars, which stay text.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rflint.lsp.brackets import DEEPEST, INDENT, PROPERTY, QUOTED, Flow, end_of_line, is_outside, line_starts, next_line
from rflint.lsp.tree import Entry, Node

#: Characters of a line among which its key is looked for.
_LONGEST_KEY: Final = 1_000

_COMMENT: Final = re.compile("(?:^|(?<=[ \t]))#")
_COLON: Final = re.compile(":(?=[ \t]|$)")
_BLOCK_SCALAR: Final = re.compile("[|>][-+0-9]*[ \t]*(?:#.*)?$")
#: What can begin neither a key nor a plain scalar.
_SPECIAL: Final = frozenset("[]{}\"'#|>@`,%")


class _Frame(NamedTuple):
    """A block collection that is open, and the column of its entries."""

    indent: int
    node: Node


def outline(text: str) -> Node:
    """Make the tree of a text; its root is a mapping, a list, a scalar, or empty."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        #: Holds the root as its only entry, as a key would its value.
        self._top = Node("map", 0, 0)
        self._top.entries.append(Entry("", 0, 0, Node("empty", 0, 0)))
        self._frames = [_Frame(-1, self._top)]

    def read(self) -> Node:
        at = 0
        while at < len(self._text):
            at = next_line(self._text, self._line(at))
        root = self._top.entries[0].node
        _close(root)
        return root

    def _line(self, start: int) -> int:
        """Read a line, and the lines that belong to a value it begins; return an offset on the last of them."""
        stop = end_of_line(self._text, start)
        at = self._skip(start, stop)
        if at == stop or (start == at and self._text.startswith(("---", "...", "%"), at)):
            return stop
        column, fresh = at - start, False
        while self._text[at] == "-" and self._text[at + 1 : at + 2] in ("", " ", "\t", "\n", "\r"):
            if not self._open("list", column, at, fresh=fresh):
                return stop
            items = self._frames[-1].node.entries
            items.append(Entry(len(items), at, at + 1, Node("empty", at + 1, at + 1)))
            inner = self._skip(at + 1, stop)
            if inner == stop:
                return stop
            column, at, fresh = column + inner - at, inner, True
        while (prefix := PROPERTY.match(self._text, at, stop)) is not None:
            at = prefix.end()
        if at == stop:
            return stop
        if (key := self._key(at, stop)) is None:
            return self._word(at, stop, column, fresh=fresh)
        name, end, colon = key
        if not self._open("map", column, at, fresh=fresh):
            return stop
        self._frames[-1].node.entries.append(Entry(name, at, end, Node("empty", colon, colon)))
        value = self._skip(colon, stop)
        return stop if value == stop else self._value(value, stop, column)

    def _skip(self, at: int, stop: int) -> int:
        """Pass over blanks; a comment is the end of the line."""
        match = INDENT.match(self._text, at, stop)
        assert match
        at = match.end()
        return stop if self._text.startswith("#", at, stop) and (at == 0 or self._text[at - 1] in " \t\n\r\x85\u2028\u2029") else at

    def _key(self, at: int, stop: int) -> tuple[str, int, int] | None:
        """Read a key: its name, its end, and the offset behind its colon; None where the line holds none."""
        text = self._text
        if text[at] in "\"'":
            if (quoted := QUOTED.match(text, at, stop)) is None:
                return None
            colon = self._skip(quoted.end(), stop)
            return (quoted[0][1:-1], quoted.end(), colon + 1) if _COLON.match(text, colon, stop) else None
        if text[at] in _SPECIAL:
            return None
        limit = min(stop, at + _LONGEST_KEY)
        found = _COLON.search(text, at, limit)
        comment = _COMMENT.search(text, at + 1, limit)
        if found is None or (comment and comment.start() < found.start()):
            return None
        name = text[at : found.start()].rstrip()
        return name, at + len(name), found.end()

    def _open(self, kind: str, column: int, at: int, *, fresh: bool) -> bool:
        """Make the innermost frame one that takes an entry of this kind at this column; False where nothing does."""
        frames = self._frames
        if not fresh:
            while frames[-1].indent > column:
                frames.pop()
            if kind == "map" and frames[-1].indent == column and frames[-1].node.kind == "list":
                frames.pop()
        frame = frames[-1]
        if frame.node.kind == kind and frame.indent == column and not fresh:
            return True
        last = frame.node.entries[-1].node
        if last.kind == "empty" and (frame.indent < column or kind == "list"):
            if len(frames) > DEEPEST:
                return False
            node = Node("map" if kind == "map" else "list", at, at)
            self._put(node)
            frames.append(_Frame(column, node))
            return True
        # An indentation that slipped: what it was before.
        if frame.node.kind == kind and frame.indent >= 0:
            return True
        if last.kind == kind:
            frames.append(_Frame(column, last))
            return True
        return False

    def _put(self, node: Node) -> None:
        """Give the last entry of the innermost frame its value."""
        entries = self._frames[-1].node.entries
        entries[-1] = entries[-1]._replace(node=node)

    def _word(self, at: int, stop: int, column: int, *, fresh: bool) -> int:
        """Read a line without a key: a value, or a key that is still being typed."""
        frames = self._frames
        if not fresh:
            while frames[-1].indent > column:
                frames.pop()
            if frames[-1].indent == column and frames[-1].node.kind == "list":
                frames.pop()
            frame = frames[-1]
            if frame.node.kind == "map" and frame.indent == column:
                word = self._plain(at, stop)
                if self._text[at] not in _SPECIAL:
                    frame.node.entries.append(Entry(word, at, at + len(word), Node("empty", stop, stop)))
                return stop
        if frames[-1].node.entries[-1].node.kind != "empty":
            # A scalar of several lines goes on.
            return stop
        return self._value(at, stop, column if fresh else frames[-1].indent)

    def _value(self, at: int, stop: int, indent: int) -> int:
        """Read a value that begins on this line; `indent`: the column of what holds it."""
        text = self._text
        while (prefix := PROPERTY.match(text, at, stop)) is not None:
            at = prefix.end()
        if self._skip(at, stop) == stop:
            return stop
        first = text[at]
        if first in "[{":
            node, end = Flow(text, indent).read(at)
            self._put(node)
            return end
        if first in "\"'":
            end = self._quote_end(at, stop, indent)
            self._put(Node("scalar", at, end, text[at + 1 : end].removesuffix(first)))
            return end
        if first in "|>" and _BLOCK_SCALAR.match(text, at, stop):
            end = self._block_scalar_end(stop, indent)
            self._put(Node("scalar", at, end, text[stop:end]))
            return end
        word = self._plain(at, stop)
        self._put(Node("scalar", at, at + len(word), word))
        return stop

    def _plain(self, at: int, stop: int) -> str:
        comment = _COMMENT.search(self._text, at + 1, stop)
        return self._text[at : comment.start() if comment else stop].rstrip()

    def _quote_end(self, at: int, stop: int, indent: int) -> int:
        """End of a quoted scalar; where none of the lines that can belong to it closes it, the end of its own."""
        if (match := QUOTED.match(self._text, at)) is None:
            return stop
        return stop if any(is_outside(self._text, line, indent) for line in line_starts(self._text, at, match.end())) else match.end()

    def _block_scalar_end(self, stop: int, indent: int) -> int:
        """End of the last line that is indented deeper, or blank."""
        end, line = stop, next_line(self._text, stop)
        while line < len(self._text):
            close = end_of_line(self._text, line)
            match = INDENT.match(self._text, line, close)
            assert match
            if match.end() < close:
                if match.end() - line <= indent:
                    break
                end = close
            line = next_line(self._text, close)
        return end


def _close(node: Node) -> None:
    """Set the ends of block collections: that of their last entry."""
    for entry in node.entries:
        _close(entry.node)
    if node.entries:
        last = node.entries[-1]
        node.end = max(node.end, last.end, last.node.end if last.node.kind != "empty" else last.end)
