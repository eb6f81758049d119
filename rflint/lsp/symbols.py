"""The outline of a document for an editor: inputs, layers with their branches, blocks with their layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from rflint.lsp.names import kind_of, label_of
from rflint.lsp.snapshot import Snapshot
from rflint.lsp.tree import Entry, Node

#: Symbols of one document; an editor cannot show more, and chokes on a hundred thousand.
MOST: Final = 10_000

Kind = Literal["input", "layer", "use", "branches", "branch", "block", "section"]


class Symbol(NamedTuple):
    """A named thing: all of it, and its name, in offsets."""

    name: str
    detail: str
    kind: Kind
    start: int
    end: int
    name_start: int
    name_end: int
    inner: tuple[Symbol, ...] = ()


def symbols(snapshot: Snapshot) -> tuple[Symbol, ...]:
    """Return the symbols of a document, also of one that is not YAML at the moment."""
    if not snapshot.is_spec:
        return ()
    left = [MOST]
    return tuple(_sections(snapshot.tree, left))


def _sections(root: Node, left: list[int]) -> Iterator[Symbol]:
    for entry in root.pairs:
        if entry.key == "inputs":
            inner = tuple(_of_entry(each, "", "input") for each in entry.node.pairs if _take(left))
        elif entry.key == "layers":
            inner = tuple(_items(entry.node, left))
        elif entry.key == "blocks":
            inner = tuple(_block(each, left) for each in entry.node.pairs if _take(left))
        else:
            continue
        yield _of_entry(entry, "", "section", inner)


def _take(left: list[int]) -> bool:
    left[0] -= 1
    return left[0] >= 0


def _of_entry(entry: Entry, detail: str, kind: Kind, inner: tuple[Symbol, ...] = ()) -> Symbol:
    return Symbol(str(entry.key) or "?", detail, kind, entry.start, max(entry.end, entry.node.end), entry.start, entry.end, inner)


def _block(entry: Entry, left: list[int]) -> Symbol:
    layers = entry.node.get("layers")
    return _of_entry(entry, "block", "block", tuple(_items(layers, left)) if layers is not None else ())


def _items(listed: Node, left: list[int]) -> Iterator[Symbol]:
    for entry in listed.items:
        if not _take(left):
            return
        node = entry.node
        if node.kind != "map":
            continue
        assert isinstance(entry.key, int)
        branches = node.get("branches")
        pairs = branches.pairs if branches is not None else ()
        inner = tuple(_of_entry(each, "branch", "branch", tuple(_items(each.node, left))) for each in pairs if _take(left))
        kind: Kind = "branches" if branches is not None else "use" if node.get("use") is not None else "layer"
        called = next(
            (each for key in ("name", "op", "use", "join") if (each := node.get(key)) is not None and each.kind == "scalar"), node
        )
        name = (called.start, called.end) if called is not node else (node.start, node.start)
        yield Symbol(label_of(node, entry.key), kind_of(node), kind, node.start, node.end, *name, inner)
