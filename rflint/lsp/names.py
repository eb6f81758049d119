"""What the names in a spec stand for, read off its text: layers, inputs and blocks, and who reads them.

Nothing is expanded: a name inside a block means the same in each of its instances, and has a place although the block may
have none.  The rules of look-up are those of `rflint.language.wiring`: layer of this list, input, enclosing lists, then path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from rflint.lsp.tree import Entry, Node
from rflint.model import DataPath

#: Parts of a path that are followed; a bound for hostile names, and for blocks that use themselves.
_DEEPEST: Final = 64
_DEFAULT_INPUT: Final = "input"


class Place(NamedTuple):
    """A place in a file: a data path, or its last key itself."""

    file: str
    path: DataPath
    is_key: bool = False


class ListAt(NamedTuple):
    """A list of layers around a place, and the item of it that the place lies in; -1: in none."""

    path: DataPath
    #: Place of the item in it.
    number: int


class Reference(NamedTuple):
    """A name, as it is written somewhere."""

    name: str
    where: Place
    #: The lists of layers around it, innermost first; for a name that a block or the spec itself gives, its list.
    scope: tuple[ListAt, ...]


class Visible(NamedTuple):
    """A name that can be used at some place."""

    name: str
    #: What has the name: `conv`, `block bottleneck`, `input`.
    what: str


class Files(NamedTuple):
    """The trees of a spec and of what it imports."""

    #: Tree of a file by its path; None where it cannot be read.
    root: Callable[[str], Node | None]
    #: Paths of the files that a file imports, in order.
    imports: Callable[[str], tuple[str, ...]]


def lists_around(path: DataPath) -> tuple[ListAt, ...]:
    """Return the lists of layers that a data path leads into, innermost first; those outside of a block are not among them."""
    start = 1 if path[:1] == ("layers",) else 3 if path[:1] == ("blocks",) and path[2:3] == ("layers",) else 0
    found = []
    while start and len(path) > start and isinstance(index := path[start], int):
        found.append(ListAt(path[:start], index))
        inner = path[start + 1 : start + 3]
        start = start + 3 if len(inner) == 2 and inner[0] == "branches" else 0
    return tuple(reversed(found))


def item_around(path: DataPath) -> DataPath | None:
    """Return the path of the innermost item of layers that a data path leads into."""
    lists = lists_around(path)
    return (*lists[0].path, lists[0].number) if lists else None


def scope_of(path: DataPath) -> tuple[ListAt, ...]:
    """Return the lists in which a name at a path is looked up."""
    if lists := lists_around(path):
        return lists
    return (ListAt((*path[:2], "layers"), -1),) if path[:1] == ("blocks",) and len(path) > 1 else (ListAt(("layers",), -1),)


def kind_of(item: Node) -> str:
    """Name the op of an item, the op that joins its branches, or the block that it uses; empty where it has none of them."""
    for key in ("op", "use", "join"):
        node = item.get(key)
        if node is not None and node.text:
            return node.text
    return ""


def label_of(item: Node, index: int) -> str:
    """Name an item as others may call it."""
    name = item.get("name")
    return name.text if name is not None and name.text else f"{kind_of(item)}_{index + 1}"


class Names:
    """Look-up of names in a spec; what has been found once is remembered."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._labels: dict[tuple[str, DataPath], dict[str, int]] = {}

    def node(self, file: str, path: DataPath) -> Node | None:
        """Return the node at a place."""
        root = self._files.root(file)
        return None if root is None else root.at(path)

    def blocks(self, file: str) -> Iterator[tuple[str, Place]]:
        """Yield the blocks that a file can use: its own, then those of the files it imports."""
        for path in (file, *self._files.imports(file)):
            root = self._files.root(path)
            blocks = None if root is None else root.get("blocks")
            for entry in blocks.pairs if blocks is not None else ():
                yield str(entry.key), Place(path, ("blocks", str(entry.key)), is_key=True)

    def block(self, file: str, name: str) -> Place | None:
        """Return the block that a name means in a file."""
        return next((place for known, place in self.blocks(file) if known == name), None)

    def inputs(self, file: str, scope: tuple[ListAt, ...]) -> list[tuple[str, Place | None]]:
        """Return the inputs of the network or the block that a scope belongs to; an input that goes without saying has no place."""
        outermost = scope[-1].path
        if outermost[0] == "blocks":
            listed = self.node(file, (*outermost[:2], "inputs"))
            found = [(entry.node.text, Place(file, (*outermost[:2], "inputs", entry.key))) for entry in (listed.items if listed else ())]
        else:
            declared = self.node(file, ("inputs",))
            found = [(str(entry.key), Place(file, ("inputs", entry.key), is_key=True)) for entry in (declared.pairs if declared else ())]
        named: list[tuple[str, Place | None]] = [(name, place) for name, place in found if name]
        return named or [(_DEFAULT_INPUT, None)]

    def resolve(self, file: str, name: str, scope: tuple[ListAt, ...]) -> Place | None:
        """Return the item or the input that a name means in a scope; None where it means none that is written."""
        for at in scope:
            if (index := self._table(file, at.path).get(name)) is not None:
                return Place(file, (*at.path, index))
        known = dict(self.inputs(file, scope))
        if name in known:
            return known[name]
        if "/" not in name:
            return None
        found = (self._inside(file, at.path, name, _DEEPEST) for at in scope)
        return next((place for place in found if place is not None), None)

    def visible(self, file: str, scope: tuple[ListAt, ...]) -> Iterator[Visible]:
        """Yield what can be read in a scope: the items before, the nearest first, then the inputs."""
        seen = set()
        for at in scope:
            listed = self.node(file, at.path)
            before = listed.items[: at.number] if listed is not None and at.number >= 0 else listed.items if listed is not None else []
            for entry in reversed(before):
                for name, what in self._outputs(file, entry):
                    if name not in seen:
                        seen.add(name)
                        yield Visible(name, what)
        yield from (Visible(name, "input") for name, _ in self.inputs(file, scope) if name not in seen)

    def references(self, file: str) -> Iterator[Reference]:
        """Yield every name of a layer or an input that is written in a file."""
        if (root := self._files.root(file)) is None:
            return
        for path in (("outputs",), *(("blocks", entry.key, key) for entry in _pairs(root, "blocks") for key in ("output", "outputs"))):
            yield from self._written(file, path, scope_of(path))
        for index in range(len(_items(root, "targets"))):
            for key in ("layer", "input"):
                yield from self._written(file, ("targets", index, key), scope_of(()))
        for entry in _pairs(root, "expect"):
            yield Reference(str(entry.key), Place(file, ("expect", entry.key), is_key=True), scope_of(()))
            yield from self._written(file, ("expect", entry.key, "input"), scope_of(()))
        for path, _ in self.items(file):
            for key in ("from", "like", "weights"):
                yield from self._written(file, (*path, key), lists_around(path))

    def items(self, file: str) -> Iterator[tuple[DataPath, Node]]:
        """Yield all items of layers of a file, and their paths, in the order of the text but for branches, which come last."""
        if (root := self._files.root(file)) is None:
            return
        waiting: list[DataPath] = [("layers",), *(("blocks", entry.key, "layers") for entry in _pairs(root, "blocks"))]
        for path in waiting:
            listed = root.at(path)
            for entry in listed.items if listed is not None else ():
                item: DataPath = (*path, entry.key)
                yield item, entry.node
                waiting += [(*item, "branches", branch.key) for branch in _pairs(entry.node, "branches")]

    def readers(self, target: Place) -> Iterator[Place]:
        """Yield the places in its file that read an item or input by name, or, the next item of its list, by saying nothing."""
        yield from (
            reference.where
            for reference in self.references(target.file)
            if self.resolve(target.file, reference.name, reference.scope) == target
        )
        following: DataPath | None = None
        if item_around(target.path) == target.path:
            following = (*target.path[:-1], int(target.path[-1]) + 1)
        elif target == self._first_input(target):
            following = (*("layers",), 0) if target.path[0] == "inputs" else (*target.path[:2], "layers", 0)
        node = self.node(target.file, following) if following is not None else None
        if following is not None and node is not None and node.kind == "map" and node.get("from") is None:
            yield Place(target.file, self.head(target.file, following))

    def head(self, file: str, item: DataPath) -> DataPath:
        """Return the path of what an item is called by: its name, else its op, block or join, else the item itself."""
        node = self.node(file, item)
        key = next((key for key in ("name", "op", "use", "join") if node is not None and node.get(key) is not None), None)
        return item if key is None else (*item, key)

    def _first_input(self, target: Place) -> Place | None:
        scope = scope_of(()) if target.path[0] == "inputs" else scope_of(target.path[:2])
        return self.inputs(target.file, scope)[0][1]

    def _written(self, file: str, path: DataPath, scope: tuple[ListAt, ...]) -> Iterator[Reference]:
        """Yield the name, or the names of the list, at a path."""
        if (node := self.node(file, path)) is None:
            return
        if node.text:
            yield Reference(node.text, Place(file, path), scope)
        yield from (Reference(entry.node.text, Place(file, (*path, entry.key)), scope) for entry in node.items if entry.node.text)

    def _table(self, file: str, path: DataPath) -> dict[str, int]:
        """Index the items of a list by label, the first of each."""
        if (table := self._labels.get((file, path))) is None:
            table = self._labels[file, path] = {}
            listed = self.node(file, path)
            for index, entry in enumerate(listed.items if listed is not None else ()):
                table.setdefault(label_of(entry.node, index), index)
        return table

    def _inside(self, file: str, listed: DataPath, name: str, deepest: int) -> Place | None:
        """Follow a path that begins with the label of an item of a list, which may have slashes itself."""
        table = self._table(file, listed)
        if name in table:
            return Place(file, (*listed, table[name]))
        at = name.rfind("/")
        while at > 0 and deepest > 0:
            index = table.get(name[:at])
            found = None if index is None else self._within(file, (*listed, index), name[at + 1 :], deepest - 1)
            if found is not None:
                return found
            at = name.rfind("/", 0, at)
            deepest -= 1
        return None

    def _within(self, file: str, item: DataPath, rest: str, deepest: int) -> Place | None:
        """Follow a path below an item: the index of a copy, then a layer of its block or of one of its branches."""
        if (node := self.node(file, item)) is None:
            return None
        arguments = node.get("with")
        if node.get("repeat") is not None or (arguments is not None and arguments.kind == "list"):
            index, _, inner = rest.partition("/")
            # What is no index is an output of the last copy.
            if index == "*" or (index.isascii() and index.isdigit()):
                rest = inner
                if not rest:
                    return Place(file, item)
        used = node.get("use")
        if used is not None and used.text:
            block = self.block(file, used.text)
            return None if block is None else self._inside(block.file, (*block.path, "layers"), rest, deepest)
        branch, _, rest = rest.partition("/")
        path: DataPath = (*item, "branches", branch)
        if self.node(file, path) is None:
            return None
        return self._inside(file, path, rest, deepest) if rest else Place(file, path, is_key=True)

    def _outputs(self, file: str, entry: Entry) -> Iterator[tuple[str, str]]:
        """Yield the names of an item and, where its block has several outputs, of each of them."""
        assert isinstance(entry.key, int)
        label, used = label_of(entry.node, entry.key), entry.node.get("use")
        if used is None or not used.text:
            yield label, kind_of(entry.node)
            return
        yield label, f"block {used.text}"
        block = self.block(file, used.text)
        listed = None if block is None else self.node(block.file, (*block.path, "outputs"))
        names = [each.node.text for each in listed.items if each.node.text] if listed is not None else []
        yield from ((f"{label}/{name}", f"output of block {used.text}") for name in (names if len(names) > 1 else ()))


def _pairs(node: Node, key: str) -> list[Entry]:
    inner = node.get(key)
    return inner.pairs if inner is not None else []


def _items(node: Node, key: str) -> list[Entry]:
    inner = node.get(key)
    return inner.items if inner is not None else []
