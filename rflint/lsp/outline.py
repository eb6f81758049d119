"""Any text to a tree: what a person who is in the middle of typing can be taken to mean.

The reader of specs refuses what is not YAML; an editor asks what may stand at the cursor of a text that seldom is.  This
reader never refuses: it goes by indentation, leaves an open bracket or quote behind where a line cannot belong to it, and
passes over what it does not understand.  Of sound specs it makes the tree that `rflint.lsp.tree` makes, but for
scalars, which stay text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rflint.lsp.tree import Entry, Node
from rflint.reading.document import BREAK, REST_OF_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Collections inside one another; what lies deeper is passed over.
_DEEPEST: Final = 64
#: Characters of a line among which its key is looked for.
_LONGEST_KEY: Final = 1_000

_INDENT: Final = re.compile("[ \t]*")
_COMMENT: Final = re.compile("(?:^|(?<=[ \t]))#")
_COLON: Final = re.compile(":(?=[ \t]|$)")
_QUOTED: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""", re.DOTALL)
_PROPERTY: Final = re.compile("[&!][^ \t\n\r,\\[\\]{}]*[ \t]*")
_BLOCK_SCALAR: Final = re.compile("[|>][-+0-9]*[ \t]*(?:#.*)?$")
#: What can begin neither a key nor a plain scalar.
_SPECIAL: Final = frozenset("[]{}\"'#|>@`,%")
#: A line that goes on outside of a bracket or quote that was never closed.
_OUTSIDE: Final = re.compile("-(?:[ \t]|$)|[^\\[\\]{},\"'#&*!|>%@`\\s][^:,\\[\\]{}#]{0,200}:(?:[ \t]|$)")
_FLOW_PLAIN: Final = re.compile("(?:(?!:[ \t\n\r,\\[\\]{}]|:$|[ \t]#)[^,\\[\\]{}\n\r\x85\u2028\u2029])+")


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
            at = _next_line(self._text, self._line(at))
        root = self._top.entries[0].node
        _close(root)
        return root

    def _line(self, start: int) -> int:
        """Read a line, and the lines that belong to a value it begins; return an offset on the last of them."""
        stop = _end_of_line(self._text, start)
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
        while (prefix := _PROPERTY.match(self._text, at, stop)) is not None:
            at = prefix.end()
        if at == stop:
            return stop
        key = self._key(at, stop)
        if key is None:
            return self._word(at, stop, column, fresh=fresh)
        name, end, colon = key
        if not self._open("map", column, at, fresh=fresh):
            return stop
        self._frames[-1].node.entries.append(Entry(name, at, end, Node("empty", colon, colon)))
        value = self._skip(colon, stop)
        return stop if value == stop else self._value(value, stop, column)

    def _skip(self, at: int, stop: int) -> int:
        """Pass over blanks; a comment is the end of the line."""
        match = _INDENT.match(self._text, at, stop)
        assert match
        at = match.end()
        return stop if self._text.startswith("#", at, stop) and (at == 0 or self._text[at - 1] in " \t\n\r\x85\u2028\u2029") else at

    def _key(self, at: int, stop: int) -> tuple[str, int, int] | None:
        """Read a key: its name, its end, and the offset behind its colon; None where the line holds none."""
        text = self._text
        if text[at] in "\"'":
            quoted = _QUOTED.match(text, at, stop)
            if quoted is None:
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
            if len(frames) > _DEEPEST:
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
        while (prefix := _PROPERTY.match(text, at, stop)) is not None:
            at = prefix.end()
        if self._skip(at, stop) == stop:
            return stop
        first = text[at]
        if first in "[{":
            node, end = _Flow(text, indent).read(at)
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
        match = _QUOTED.match(self._text, at)
        if match is None:
            return stop
        return stop if any(_is_outside(self._text, line, indent) for line in _lines(self._text, at, match.end())) else match.end()

    def _block_scalar_end(self, stop: int, indent: int) -> int:
        """End of the last line that is indented deeper, or blank."""
        end, line = stop, _next_line(self._text, stop)
        while line < len(self._text):
            close = _end_of_line(self._text, line)
            match = _INDENT.match(self._text, line, close)
            assert match
            if match.end() < close:
                if match.end() - line <= indent:
                    break
                end = close
            line = _next_line(self._text, close)
        return end


class _Flow:
    """A value in brackets, over as many lines as it takes."""

    def __init__(self, text: str, indent: int) -> None:
        self._text = text
        self._indent = indent
        self._open: list[Node] = []
        #: Of each open mapping: its last entry waits for a value.
        self._waits: list[bool] = []

    def read(self, at: int) -> tuple[Node, int]:
        """Read from an opening bracket; return the node and its end."""
        text = self._text
        root = self._enter(at)
        at += 1
        while at < len(text):
            character = text[at]
            if character in "[{":
                if len(self._open) <= _DEEPEST:
                    self._enter(at)
                at += 1
            elif character in "]}":
                at += 1
                self._leave(character, at)
                if not self._open:
                    return root, at
            elif character == ",":
                self._waits[-1] = False
                at += 1
            elif character in "\n\r\x85\u2028\u2029":
                line = _next_line(text, at)
                if _is_outside(text, line, self._indent):
                    break
                at = line
            elif character == "#" and text[at - 1] in " \t\n\r\x85\u2028\u2029":
                at = _end_of_line(text, at)
            elif character == ":" and text[at + 1 : at + 2] in ("", " ", "\t", "\n", "\r", ",", "[", "]", "{", "}"):
                self._colon(at)
                at += 1
            elif character in " \t?":
                at += 1
            else:
                at = self._scalar(at)
        for node in self._open:
            node.end = at
        return root, at

    def _enter(self, at: int) -> Node:
        node = Node("list" if self._text[at] == "[" else "map", at, at + 1)
        if self._open:
            self._add(node)
        self._open.append(node)
        self._waits.append(False)
        return node

    def _leave(self, bracket: str, end: int) -> None:
        """Close the innermost bracket of this kind, and those inside it; the innermost at all where there is none."""
        kind = "list" if bracket == "]" else "map"
        place = next((place for place in range(len(self._open) - 1, -1, -1) if self._open[place].kind == kind), len(self._open) - 1)
        for node in self._open[place:]:
            node.end = end
        del self._open[place:], self._waits[place:]

    def _add(self, node: Node) -> None:
        """Put a value where it belongs: an item of a list, the value of a key; else it is a key itself."""
        inner = self._open[-1]
        if inner.kind == "list":
            inner.entries.append(Entry(len(inner.entries), node.start, node.start, node))
        elif self._waits[-1]:
            inner.entries[-1] = inner.entries[-1]._replace(node=node)
            self._waits[-1] = False
        elif isinstance(node.value, str):
            inner.entries.append(Entry(node.value, node.start, node.end, Node("empty", node.end, node.end)))

    def _colon(self, at: int) -> None:
        inner = self._open[-1]
        if inner.kind == "map" and inner.entries and inner.entries[-1].node.kind == "empty":
            inner.entries[-1] = inner.entries[-1]._replace(node=Node("empty", at + 1, at + 1))
            self._waits[-1] = True

    def _scalar(self, at: int) -> int:
        text = self._text
        prefix = _PROPERTY.match(text, at)
        if prefix is not None:
            return prefix.end()
        first = text[at]
        if first in "\"'":
            match = _QUOTED.match(text, at)
            stop = _end_of_line(text, at)
            if match is None or any(_is_outside(text, line, self._indent) for line in _lines(text, at, match.end())):
                # Never closed: at most the line is lost.
                self._add(Node("scalar", at, stop, text[at + 1 : stop]))
                return stop
            self._add(Node("scalar", at, match.end(), match[0][1:-1]))
            return match.end()
        match = _FLOW_PLAIN.match(text, at)
        if match is None:
            return at + 1
        word = match[0].rstrip()
        self._add(Node("scalar", at, at + len(word), word))
        return match.end()


def _next_line(text: str, at: int) -> int:
    """Offset at which the line after the one of an offset begins; the end of the text after the last."""
    match = BREAK.search(text, at)
    return match.end() if match else len(text)


def _end_of_line(text: str, at: int) -> int:
    match = REST_OF_LINE.match(text, at)
    assert match
    return match.end()


def _lines(text: str, start: int, stop: int) -> Iterator[int]:
    """Offsets of the lines that begin between two places."""
    line = _next_line(text, start)
    while line < stop:
        yield line
        line = _next_line(text, line)


def _is_outside(text: str, line: int, indent: int) -> bool:
    """Whether a line, by its indentation and its look, is an entry of what holds the open bracket or quote."""
    match = _INDENT.match(text, line)
    assert match
    if match.end() - line > indent:
        return False
    return _OUTSIDE.match(text, match.end(), _end_of_line(text, line)) is not None


def _close(node: Node) -> None:
    """Set the ends of block collections: that of their last entry."""
    for entry in node.entries:
        _close(entry.node)
    if node.entries:
        last = node.entries[-1]
        node.end = max(node.end, last.end, last.node.end if last.node.kind != "empty" else last.end)
