"""A spec as a tree of nodes with places: what stands at an offset, and where a data path leads.

Two builders make it: this module from a document that could be read, exactly; `rflint.lsp.outline` from any text, as well
as can be told.  Offsets are code points of the text without its byte-order mark, ends exclusive.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from rflint.model import DataPath
from rflint.reading.document import COLLECTION, Document


class Node:
    """A mapping, a list or a scalar; `empty` where no value is written yet."""

    __slots__ = ("end", "entries", "kind", "start", "value")

    def __init__(self, kind: Literal["map", "list", "scalar", "empty"], start: int, end: int, value: Any = None) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        #: Of a scalar: the plain value, or its text where the tree is an outline; an alias has none.
        self.value = value
        #: Of a collection, in the order of the text.
        self.entries: list[Entry] = []

    def get(self, key: str | int) -> Node | None:
        """Return what a mapping has under a key, or a list at a place."""
        if self.kind == "list":
            return self.entries[key].node if isinstance(key, int) and 0 <= key < len(self.entries) else None
        return next((entry.node for entry in self.entries if entry.key == key), None)

    def at(self, path: DataPath) -> Node | None:
        """Return the node that a path leads to from here."""
        node: Node | None = self
        for step in path:
            node = None if node is None else node.get(step)
        return node

    @property
    def text(self) -> str | None:
        """The value of a scalar that is text."""
        return self.value if isinstance(self.value, str) else None

    @property
    def shown(self) -> str:
        """A value as YAML writes it, of a collection the brackets; empty where there is none."""
        if self.kind in ("list", "map"):
            return "[…]" if self.kind == "list" else "{…}"
        if self.value in (None, "null", "~"):
            return ""
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)

    @property
    def items(self) -> list[Entry]:
        """The entries of a list; of anything else none."""
        return self.entries if self.kind == "list" else []

    @property
    def pairs(self) -> list[Entry]:
        """The entries of a mapping; of anything else none."""
        return self.entries if self.kind == "map" else []


class Entry(NamedTuple):
    """One entry of a collection: its key, or its place in the list, and where that is written."""

    key: str | int
    start: int
    end: int
    node: Node


class Found(NamedTuple):
    """The innermost thing at an offset: the key itself, or the value that the path leads to."""

    path: DataPath
    is_key: bool
    start: int
    end: int
    node: Node


def find(root: Node, offset: int) -> Found:
    """Return what stands at an offset; between things, the collection that they stand in."""
    node = root
    path: DataPath = ()
    while True:
        inner = None
        for entry in node.entries:
            if entry.start > offset:
                break
            if isinstance(entry.key, str) and offset <= entry.end:
                return Found((*path, entry.key), True, entry.start, entry.end, entry.node)
            if entry.node.start <= offset <= entry.node.end and entry.node.kind != "empty":
                # Of two that touch, the one that begins here.
                inner = entry
        if inner is None:
            return Found(path, False, node.start, node.end, node)
        node, path = inner.node, (*path, inner.key)


def from_document(document: Document) -> Node:
    """Make the tree of a document; what stands behind an alias is not in it."""
    return _node(document, 0, document.data)


def _node(document: Document, word: int, data: Any) -> Node:
    start, end = document.node_offsets(word)
    if not document.nodes[word] & COLLECTION:
        if isinstance(data, (dict, list)):
            return Node("scalar", start, end)
        return Node("empty" if start == end else "scalar", start, end, data)
    node = Node("map" if isinstance(data, dict) else "list", start, end)
    if isinstance(data, list):
        for place, (child, value) in enumerate(zip(document.content(word), data, strict=False)):
            inner = _node(document, child, value)
            node.entries.append(Entry(place, inner.start, inner.start, inner))
        return node
    for child, (key, value) in zip(document.keys(word), data.items(), strict=True):
        node.entries.append(Entry(key, *document.node_offsets(child), _node(document, child + 1, value)))
    return node
