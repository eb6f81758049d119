"""Values in brackets of any text, and the lines of a text: what `rflint.lsp.outline` reads by indentation it reads by brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rflint.lsp.tree import Entry, Node
from rflint.reading.lines import BREAK, REST_OF_LINE

#: Collections inside one another; what lies deeper is passed over.
DEEPEST: Final = 64
INDENT: Final = re.compile("[ \t]*")
QUOTED: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""", re.DOTALL)
PROPERTY: Final = re.compile("[&!][^ \t\n\r,\\[\\]{}]*[ \t]*")
#: A line that goes on outside of a bracket or quote that was never closed.
_OUTSIDE: Final = re.compile("-(?:[ \t]|$)|[^\\[\\]{},\"'#&*!|>%@`\\s][^:,\\[\\]{}#]{0,200}:(?:[ \t]|$)")
_FLOW_PLAIN: Final = re.compile("(?:(?!:[ \t\n\r,\\[\\]{}]|:$|[ \t]#)[^,\\[\\]{}\n\r\x85\u2028\u2029])+")


class Flow:
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
                if len(self._open) <= DEEPEST:
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
                line = next_line(text, at)
                if is_outside(text, line, self._indent):
                    break
                at = line
            elif character == "#" and text[at - 1] in " \t\n\r\x85\u2028\u2029":
                at = end_of_line(text, at)
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
        if (prefix := PROPERTY.match(text, at)) is not None:
            return prefix.end()
        first = text[at]
        if first in "\"'":
            match = QUOTED.match(text, at)
            stop = end_of_line(text, at)
            if match is None or any(is_outside(text, line, self._indent) for line in line_starts(text, at, match.end())):
                # Never closed: at most the line is lost.
                self._add(Node("scalar", at, stop, text[at + 1 : stop]))
                return stop
            self._add(Node("scalar", at, match.end(), match[0][1:-1]))
            return match.end()
        if (match := _FLOW_PLAIN.match(text, at)) is None:
            return at + 1
        word = match[0].rstrip()
        self._add(Node("scalar", at, at + len(word), word))
        return match.end()


def next_line(text: str, at: int) -> int:
    """Offset at which the line after the one of an offset begins; the end of the text after the last."""
    match = BREAK.search(text, at)
    return match.end() if match else len(text)


def end_of_line(text: str, at: int) -> int:
    """Offset at which the line of an offset ends, its break not included."""
    match = REST_OF_LINE.match(text, at)
    assert match
    return match.end()


def line_starts(text: str, start: int, stop: int) -> Iterator[int]:
    """Offsets of the lines that begin between two places."""
    line = next_line(text, start)
    while line < stop:
        yield line
        line = next_line(text, line)


def is_outside(text: str, line: int, indent: int) -> bool:
    """Whether a line, by its indentation and its look, is an entry of what holds the open bracket or quote."""
    match = INDENT.match(text, line)
    assert match
    return match.end() - line <= indent and _OUTSIDE.match(text, match.end(), end_of_line(text, line)) is not None
