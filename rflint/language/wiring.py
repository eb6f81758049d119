"""Nodes while a spec is expanded, and what their names mean.

A node is an input, a layer, or a wire: something that has a name, or may be named later, and only passes on what
another node gives (an item left out, the input of a block).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from rflint.language.items import Item, ItemList
from rflint.language.library import Block, File
from rflint.model import MISSING, Note, Site
from rflint.words import clip

#: Slashes in a path that are looked at one by one; a bound for hostile names.
_DEEPEST_PATH: Final = 200


class LayerRecord(NamedTuple):
    """What a layer will be, its connections apart."""

    op: str
    fields: Mapping[str, Any]
    site: Site
    origin: tuple[Site, ...]
    #: Uses of the blocks around it, innermost first.
    uses: tuple[Note, ...]
    ignore: tuple[str, ...]


class Scope:
    """Where an item stands: which names and values it sees."""

    __slots__ = (
        "blocks",
        "depth",
        "file",
        "ignore",
        "inputs",
        "items",
        "origin",
        "outer",
        "prefix",
        "uses",
        "values",
    )

    def __init__(
        self,
        prefix: str,
        items: ItemList,
        values: Mapping[str, Any],
        inputs: Mapping[str, int],
        outer: Scope | None,
        file: File,
        origin: tuple[Site, ...] = (),
        uses: tuple[Note, ...] = (),
        ignore: tuple[str, ...] = (),
        depth: int = 0,
        blocks: tuple[Block, ...] = (),
    ) -> None:
        #: Before the names of its layers: empty, or `block1/0/`.
        self.prefix = prefix
        self.items = items
        #: Parameters, `index`, `count`.
        self.values = values
        #: Inputs of the network or the block; empty in a branch.
        self.inputs = inputs
        #: The scope around a branch.
        self.outer = outer
        self.file = file
        self.origin = origin
        #: Uses of the blocks around it, innermost first.
        self.uses = uses
        self.ignore = ignore
        self.depth = depth
        #: The blocks around it, outermost first.
        self.blocks = blocks

    def with_values(self, values: Mapping[str, Any]) -> Scope:
        """Return the same place with other values: that of one copy."""
        return Scope(
            self.prefix,
            self.items,
            values,
            self.inputs,
            self.outer,
            self.file,
            self.origin,
            self.uses,
            self.ignore,
            self.depth,
            self.blocks,
        )

    def branch(self, prefix: str, items: ItemList, item: Item) -> Scope:
        """Return the scope of a branch of an item."""
        return Scope(
            prefix,
            items,
            self.values,
            {},
            self,
            self.file,
            (*self.origin, item.site),
            self.uses,
            self.ignore + item.ignore,
            self.depth + 1,
            self.blocks,
        )

    def block(self, prefix: str, block: Block, item: Item, values: Mapping[str, Any], inputs: Mapping[str, int]) -> Scope:
        """Return the scope of an instance of a block."""
        return Scope(
            prefix,
            block.items,
            values,
            inputs,
            None,
            block.file,
            (*self.origin, item.site),
            (Note(f"block `{clip(block.name)}` is used here as `{clip(prefix[:-1])}`", item.head), *self.uses),
            self.ignore + item.ignore,
            self.depth + 1,
            (*self.blocks, block),
        )

    def outwards(self) -> Iterator[Scope]:
        """Yield the scope itself, then those around it."""
        at: Scope | None = self
        while at is not None:
            yield at
            at = at.outer


class Wiring:
    """All nodes, by number, and all names."""

    def __init__(self) -> None:
        self.names: list[str] = []
        #: None for inputs and wires.
        self.layers: list[LayerRecord | None] = []
        #: Nodes that each node reads; MISSING among them.
        self.sources: list[tuple[int, ...]] = []
        #: Node -> the node that gives its size.
        self.likes: dict[int, int] = {}
        #: Layer -> the node whose weights it shares.
        self.weights: dict[int, int] = {}
        #: Layers of which something is wrong.
        self.broken: set[int] = set()
        #: Wire -> the item that it belongs to.
        self.wires: dict[int, Site] = {}
        #: Wires that stand for items left out.
        self.left_out: set[int] = set()
        self.layer_count = 0
        #: Full name -> node.
        self.table: dict[str, int] = {}
        #: Names in the table that are not the name of a layer, and the items that have them.
        self.aliases: dict[str, Site] = {}
        #: Full name of a repeated item -> number of copies.
        self.copies: dict[str, int] = {}
        #: Full names of items of unknown content, prefixes of lists with unknown names: what is not found there is no mistake
        #: of who looks for it.
        self.opaque: set[str] = set()
        #: Names that give way to another item's: of items left out, or perhaps left out.
        self._yielding: set[str] = set()
        #: Name -> how many there are of it, where there is more than one.
        self._taken: dict[str, int] = {}
        #: Full names of items whose own name has a slash: they are found as items of their list, not only as paths.
        self.slashed: set[str] = set()

    def add_input(self, name: str) -> int:
        """Add an input; it is looked up through the inputs of a scope."""
        return self._add(name, None, ())

    def add_wire(self, name: str, site: Site) -> int:
        """Add a node that passes on what its source gives, which is to be set later."""
        self.wires[len(self.names)] = site
        return self._add(name, None, (MISSING,))

    def add_layer(self, name: str, record: LayerRecord, sources: tuple[int, ...]) -> int:
        """Add a layer."""
        self.layer_count += 1
        return self._add(name, record, sources)

    def _add(self, name: str, record: LayerRecord | None, sources: tuple[int, ...]) -> int:
        self.names.append(name)
        self.layers.append(record)
        self.sources.append(sources)
        return len(self.names) - 1

    def holder(self, name: str, *, yielding: bool = False) -> int | None:
        """Return the node that has a name already, where taking the name as well would be a mistake."""
        return None if yielding or name in self._yielding else self.table.get(name)

    def register(self, name: str, node: int, *, alias: Site | None = None, yielding: bool = False) -> None:
        """Give a node its full name; one that is yielding takes it only as long as nobody else does."""
        if yielding:
            if name in self.table:
                return
            self._yielding.add(name)
        elif name in self._yielding:
            self._yielding.discard(name)
            self.aliases.pop(name, None)
        self.table[name] = node
        if alias is not None:
            self.aliases[name] = alias

    def spare(self, name: str) -> str:
        """Make a name for what has the name of something else: `conv (2)`."""
        while True:
            number = self._taken[name] = self._taken.get(name, 1) + 1
            if f"{name} ({number})" not in self.table:
                return f"{name} ({number})"

    def also(self, name: str, node: int, site: Site) -> None:
        """Give a node one more name, unless something has it."""
        if name not in self.table:
            self.table[name] = node
            self.aliases[name] = site

    def find(self, reference: str, scope: Scope) -> int | None:
        """Return the node that a name means: layer of this list, input, enclosing lists; then a path."""
        table = self.table
        plain = "/" not in reference
        node = table.get(scope.prefix + reference)
        if node is not None and plain:
            return node
        for at in scope.outwards():
            name = at.prefix + reference
            node = table.get(name)
            if node is not None and (plain or name in self.slashed):
                return node
            node = at.inputs.get(reference)
            if node is not None:
                return node
        if plain:
            return None
        paths = (table.get(at.prefix + reference) for at in scope.outwards())
        return next((node for node in paths if node is not None), None)

    def is_opaque(self, reference: str, scope: Scope) -> bool:
        """Whether a name leads into an item of unknown content, or is looked for among names not all known."""
        if not self.opaque:
            return False
        heads = [reference]
        while len(heads) <= _DEEPEST_PATH and "/" in heads[-1]:
            heads.append(heads[-1].rpartition("/")[0])
        return any(at.prefix + head in self.opaque for at in scope.outwards() for head in [*heads, ""])

    def find_all(self, pattern: str, scope: Scope) -> list[str] | None:
        """Full names that a pattern with `*` stands for, in order; None where what stands before `*` is not repeated.

        The names are not looked up.
        """
        head, *rest = pattern.split("*")
        if not head.endswith("/") or any(part[:1] not in {"", "/"} for part in rest) or any(not part.endswith("/") for part in rest[:-1]):
            return None
        repeated = next((name for at in scope.outwards() if (name := at.prefix + head[:-1]) in self.copies), None)
        if repeated is None:
            return None
        names = [f"{repeated}/{index}" for index in range(self.copies[repeated])]
        for part in rest[:-1]:
            inner = [name + part[:-1] for name in names]
            if any(name not in self.copies for name in inner):
                return None
            names = [f"{name}/{index}" for name in inner for index in range(self.copies[name])]
        return [name + rest[-1] for name in names]
