"""Blocks, parameters and inputs of blocks that nothing needs: read off the text, not off one of its instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rflint.diagnostics import Site
from rflint.language.expression import UNKNOWN
from rflint.language.items import Item, ItemList, Listed, Scalar
from rflint.language.phrases import clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.language.collector import Collector
    from rflint.language.item_compiler import Compiler
    from rflint.language.library import Block, File


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
            block = at.find(item.target)
            if block is None:
                return
            if block not in reached:
                reached.add(block)
                lists.append((block.file, compiler.compile(block).items))
    for block in file.blocks.values():
        if block not in reached and block.layers is not None:
            collector.add("RF006", f"block `{clip(block.name)}` is used by nothing", block.site, help="remove it, or use it")


def report_unused_inside(file: File, compiler: Compiler, collector: Collector) -> None:
    """Report parameters and inputs of a file's blocks that nothing in their block reads."""
    doubtful = collector.blocks_with_findings(file.path)
    for block in file.blocks.values():
        # A misspelt name elsewhere in the block may be the one that is missed here.
        if block.layers is None or block.name in doubtful:
            continue
        read = _Reads(compiler.compile(block).items)
        if read.unclear:
            continue
        for name in block.params:
            if name not in read.values:
                site = Site(file.path, (*block.path, "params", name), key=True)
                message = f"parameter `{clip(name)}` of block `{clip(block.name)}` is used by nothing"
                collector.add("RF006", message, site, help="remove it here and where it is given")
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
            self._read([item.label, item.when, item.repeat, *given])

    def _read(self, values: list[Any]) -> None:
        for value in values:
            if value is UNKNOWN:
                self.unclear = True
            elif type(value) is Scalar:
                self.values.update(value.template.names)
            elif type(value) is Listed:
                values.extend(value.entries)
