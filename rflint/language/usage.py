"""Blocks, parameters and inputs of blocks that nothing needs: read off the text, not off one of its instances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rflint.language.collector import Collector
from rflint.language.item_compiler import Compiler
from rflint.language.items import Item, ItemList, Listed, Scalar
from rflint.language.library import Block, File
from rflint.language.operators import UNKNOWN
from rflint.model import DataPath, Remedy, Removal, Site
from rflint.words import clip


def report_unused_blocks(file: File, items: ItemList, compiler: Compiler, collector: Collector) -> None:
    """Report blocks of a file that its layers do not lead to."""
    if not file.blocks:
        return
    reached: set[Block] = set()
    lists = [(file, items)]
    for at, found in lists:
        for item in every_item(found):
            if item.kind != "use":
                if item.op is None:
                    # What cannot be read may be the use of any block.
                    return
                continue
            # Of a use that an expression names, it may be any block.
            if (block := at.find(item.target)) is None:
                return
            if block not in reached:
                reached.add(block)
                lists.append((block.file, compiler.compile(block).items))
    unused = [block for block in file.blocks.values() if block not in reached and block.layers is not None]
    whole = Site(file.path, ("blocks",)) if len(unused) == len(file.blocks) else None
    for block in unused:
        message, remedy = f"block `{clip(block.name)}` is used by nothing", Remedy((Removal(whole or block.site),), safe=False)
        collector.add("RF006", message, block.site, help="remove it, or use it", remedy=remedy)


def report_unused_inside(file: File, compiler: Compiler, collector: Collector) -> None:
    """Report parameters and inputs of a file's blocks that nothing in their block reads."""
    doubtful = collector.blocks_with_findings(file.path)
    uses = _Uses(file)
    for block in file.blocks.values():
        # A misspelt name elsewhere in the block may be the one that is missed here.
        if block.layers is None or block.name in doubtful:
            continue
        read = _Reads(compiler.compile(block).items)
        if read.unclear:
            continue
        unused = [name for name in block.params if name not in read.values]
        whole = Site(file.path, (*block.path, "params")) if len(unused) == len(block.params) else None
        for name in unused:
            site = Site(file.path, (*block.path, "params", name), key=True)
            message = f"parameter `{clip(name)}` of block `{clip(block.name)}` is used by nothing"
            given = uses.given(block.name, name)
            remedy = Remedy((Removal(whole or site), *map(Removal, given)), safe=False)
            collector.add("RF006", message, site, help="remove it here and where it is given", remedy=remedy)
        named = {name for name, _ in block.outputs or ()}
        for place, name in enumerate(block.inputs):
            implied = place == 0 and block.items.items[0].sources is None
            if name not in read.names and name not in named and not implied:
                message = f"input `{clip(name)}` of block `{clip(block.name)}` is read by nothing"
                collector.add("RF006", message, Site(file.path, (*block.path, "inputs", place)))


def every_item(items: ItemList) -> Iterator[Item]:
    """Yield the items of a list and of all branches in it."""
    waiting = [items]
    for found in waiting:
        for item in found.items:
            yield item
            waiting += [inner for _, inner in item.branches if inner is not None]


class _Uses:
    """Uses of blocks in a file, as they are written; looked for once, and only when something is found."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._given: dict[tuple[str, str], list[Site]] | None = None

    def given(self, block: str, parameter: str) -> Sequence[Site]:
        """Where a parameter of a block is given."""
        if self._given is None:
            self._given = {}
            for path, item in self._items():
                if isinstance(used := item.get("use"), str):
                    for name, site in self._arguments((*path, "with"), item.get("with")):
                        self._given.setdefault((used, name), []).append(site)
        return self._given.get((block, parameter), ())

    def _arguments(self, path: DataPath, arguments: Any) -> Iterator[tuple[str, Site]]:
        """Yield what a use gives, or each of its rows."""
        if isinstance(arguments, list):
            for row, each in enumerate(arguments):
                if not isinstance(each, list):
                    yield from self._arguments((*path, row), each)
        elif isinstance(arguments, dict):
            yield from ((name, Site(self._file.path, (*path, name))) for name in arguments)

    def _items(self) -> Iterator[tuple[DataPath, dict[str, Any]]]:
        lists: list[tuple[DataPath, Any]] = [(("layers",), self._file.data.get("layers"))]
        lists += [((*block.path, "layers"), block.layers) for block in self._file.blocks.values()]
        for path, items in lists:
            for place, item in enumerate(items if isinstance(items, list) else ()):
                if isinstance(item, dict):
                    yield (*path, place), item
                    branches = item.get("branches")
                    if isinstance(branches, dict):
                        lists += [((*path, place, "branches", name), branch) for name, branch in branches.items()]


class _Reads:
    """What the items of a block read."""

    def __init__(self, items: ItemList) -> None:
        #: Parameters.
        self.values: set[str] = set()
        #: Layers and inputs.
        self.names: set[str] = set()
        #: Something cannot be read, or names are made up by expressions.
        self.unclear = False
        for item in every_item(items):
            self.unclear = self.unclear or item.broken or any(branch is None for _, branch in item.branches)
            for name in (*(item.sources or ()), *((item.like,) if item.like is not None else ())):
                if isinstance(name, str):
                    self.names.add(name)
                else:
                    self.unclear = True
            rows = item.rows or ()
            given = [value for mapping in (item.fields, item.arguments, *rows) for value in mapping.values()]
            self._read([item.label, item.choice, item.when, item.repeat, *given])

    def _read(self, values: list[Any]) -> None:
        for value in values:
            if value is UNKNOWN:
                self.unclear = True
            elif type(value) is Scalar:
                self.values.update(value.template.names)
            elif type(value) is Listed:
                values.extend(value.entries)
