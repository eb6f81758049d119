"""From a document to the graph it describes: blocks, repeats, branches and `${}` are gone, every layer knows its origin."""

import gc
from collections.abc import Mapping
from typing import NamedTuple

from rflint.language.assembly import Assembler, axes_of, inputs_of
from rflint.language.budget import Budget, StopExpansionError
from rflint.language.collector import Collector
from rflint.language.instances import Instantiator
from rflint.language.item_compiler import Compiler
from rflint.language.library import Block, File, Importer, OpenImport, is_usable
from rflint.language.operators import UNKNOWN
from rflint.language.ordering import arrange
from rflint.language.usage import report_unused_blocks, report_unused_inside
from rflint.language.wiring import Scope
from rflint.model import DataPath, Finding, Graph, Limits, Site
from rflint.reading.source import Document
from rflint.validation.schema import PUBLISHED, SpecSchema

__all__ = ["Expansion", "OpenImport", "expand"]


class Expansion(NamedTuple):
    """What a document expands to."""

    #: None for a library, for a document without usable layers, and where a limit is exceeded.
    graph: Graph | None
    findings: tuple[Finding, ...]
    #: The document and all that it imports, by path.
    documents: Mapping[str, Document]
    #: Blocks for others and no layers.
    is_library: bool
    #: Specs that it extends, the nearest first, by path: they are judged through it.
    bases: tuple[str, ...] = ()


def expand(
    document: Document,
    bad: frozenset[DataPath],
    open_import: OpenImport,
    limits: Limits | None = None,
    schema: SpecSchema = PUBLISHED,
) -> Expansion:
    """Expand a document, of which the values at `bad` must not be used; every mistake is a finding.

    `open_import` gives (path, bytes) of what a file imports, or says why it is refused.
    `schema` holds the ops, and is what imported files are checked against.
    """
    if not is_usable(document, bad):
        return Expansion(None, (), {document.path: document}, is_library=False)
    # Layers by the hundred thousand, none of them garbage: looking for some among them would take twice as long as all else.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _expand(document, bad, open_import, limits or Limits(), schema)
    finally:
        if collecting:
            gc.enable()


def _expand(
    document: Document,
    bad: frozenset[DataPath],
    open_import: OpenImport,
    limits: Limits,
    schema: SpecSchema,
) -> Expansion:
    collector = Collector()
    budget = Budget(limits)
    importer = Importer(schema, open_import, budget, collector)
    is_library = "blocks" in document.data and "layers" not in document.data
    graph = None
    bases: tuple[str, ...] = ()
    try:
        own = importer.load(document, bad)
        *_, file = chain = own.chain
        bases = tuple(base.path for base in chain[1:])
        axes = axes_of(file)
        compiler = Compiler(schema, axes, collector, limits)
        if isinstance(file.data.get("layers"), list):
            graph = _expand_layers(chain, axes, compiler, collector, budget)
        elif bases and "layers" not in importer.documents[file.path].data and "extends" not in file.data:
            collector.add("RF004", f"`{file.path}` has no layers: there is no network to extend", Site(chain[-2].path, ("extends",)))
        _try_blocks(file, compiler, collector, budget)
        report_unused_inside(file, compiler, collector)
    except StopExpansionError as stop:
        collector.extend((stop.finding,))
        graph = None
    return Expansion(graph, collector.findings(), importer.documents, is_library, bases)


def _expand_layers(chain: tuple[File, ...], axes: tuple[str, ...], compiler: Compiler, collector: Collector, budget: Budget) -> Graph:
    file = chain[-1]
    inputs = inputs_of(chain, axes, collector)
    items = compiler.items(file, file.data["layers"], ("layers",))
    instantiator = Instantiator(compiler, collector, budget)
    nodes = {declared.name: instantiator.wiring.add_input(declared.name) for declared in inputs}
    scope = Scope("", items, {}, nodes, None, file)
    last = instantiator.run(scope, 0)
    assembler = Assembler(compiler.checker.schema.ops, chain, scope, instantiator.wiring, instantiator.references, collector)
    graph = assembler.assemble(axes, inputs, last)
    report_unused_blocks(file, items, compiler, collector)
    return graph


def _try_blocks(file: File, compiler: Compiler, collector: Collector, budget: Budget) -> None:
    """Look at the blocks that nothing has instantiated, each by itself, without values for what must be given."""
    collector.naming = False
    for block in file.blocks.values():
        if block.layers is not None and not block.used:
            _try_block(compiler.compile(block), compiler, collector, budget)


def _try_block(block: Block, compiler: Compiler, collector: Collector, budget: Budget) -> None:
    instantiator = Instantiator(compiler, collector, budget, trial=True)
    values = {name: UNKNOWN if default is None else default for name, default in block.params.items()}
    nodes = {name: instantiator.wiring.add_input(name) for name in block.inputs}
    instantiator.run(Scope("", block.items, values, nodes, None, block.file, depth=1, blocks=(block,)), 0, block)
    arrange(instantiator.wiring, len(nodes), collector)
