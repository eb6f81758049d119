"""The files of a spec: its own and those it imports, with the blocks that each can see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rflint.language.budget import Budget, StopExpansionError
from rflint.language.collector import Collector
from rflint.language.items import NO_ITEMS, ItemList
from rflint.language.pruning import LOST, prune
from rflint.model import DataPath, Finding, Note, Site, Span
from rflint.reading import source
from rflint.reading.source import Document
from rflint.validation.schema import SpecSchema

#: (path of the importing file, target as written) -> (path, bytes), or why it is refused.
OpenImport = Callable[[str, str], tuple[str, bytes] | str]


class Block:
    """A block as it is written."""

    __slots__ = (
        "compiled",
        "file",
        "inputs",
        "items",
        "layers",
        "name",
        "outputs",
        "params",
        "used",
    )

    def __init__(
        self,
        name: str,
        file: File,
        params: Mapping[str, Any],
        inputs: tuple[str, ...],
        outputs: tuple[tuple[str, DataPath], ...] | None,
        layers: list[Any] | None,
        items: ItemList = NO_ITEMS,
        compiled: bool = False,
        used: bool = False,
    ) -> None:
        self.name = name
        self.file = file
        self.params = params
        self.inputs = inputs
        #: Names as written, with their paths; None: the last layer.
        self.outputs = outputs
        #: Items as written; None where they cannot be used (a finding says why).
        self.layers = layers
        #: Compiled when first used; the defaults of the parameters are checked then, too.
        self.items = items
        self.compiled = compiled
        #: It has been instantiated.
        self.used = used

    @property
    def path(self) -> DataPath:
        """Where it stands in its file."""
        return ("blocks", self.name)

    @property
    def site(self) -> Site:
        """Its name, where it is defined."""
        return Site(self.file.path, self.path, key=True)


class File:
    """A spec file without what the schema refused."""

    __slots__ = (
        "_written",
        "base",
        "blocks",
        "complete",
        "data",
        "defaults",
        "imported",
        "imports",
        "lost",
        "path",
    )

    def __init__(
        self,
        path: str,
        data: Mapping[str, Any],
        lost: frozenset[DataPath],
        written: Any,
        defaults: Mapping[str, Mapping[str, Any]],
        complete: bool = True,
    ) -> None:
        self.path = path
        self.data = data
        #: Items that lost something.
        self.lost = lost
        #: The data with what was lost.
        self._written = written
        #: Op -> fields laid under it in this file.
        self.defaults = defaults
        self.blocks: dict[str, Block] = {}
        self.imports: list[File] = []
        #: Blocks of those files.
        self.imported: dict[str, Block] = {}
        #: Every import could be read; if not, a block that is not found may be in what is missing.
        self.complete = complete
        #: The spec whose network this one is about.
        self.base: File | None = None

    def written(self, path: DataPath) -> Any:
        """Return what the user wrote at the path of an item, the schema's objections aside."""
        value = self._written
        for key in path:
            value = value[key]
        return value

    @property
    def chain(self) -> tuple[File, ...]:
        """The file, what it extends, what that extends; the last one has the layers."""
        return (self,) if self.base is None else (self, *self.base.chain)

    def find(self, name: str) -> Block | None:
        """Return the block that a name means in this file."""
        return self.blocks.get(name) or self.imported.get(name)

    def further(self, name: str) -> str | None:
        """Return the path of a file with a block of this name that is imported by imports only: its blocks are not seen here."""
        waiting = [*self.imports]
        seen: set[str] = set()
        for file in waiting:
            if file.path not in seen:
                seen.add(file.path)
                waiting += file.imports
                if name in file.blocks:
                    return file.path
        return None


def is_usable(document: Document, bad: frozenset[DataPath]) -> bool:
    """Whether a document is a spec of this version of the language; of others the schema has not looked at the rest."""
    return isinstance(document.data, dict) and ("rflint",) not in bad


def open_file(path: str, data: Any, bad: frozenset[DataPath]) -> File:
    """Make a file of its data, with its own blocks."""
    pruned, lost = prune(data, bad)
    file = File(path, pruned, lost, data, pruned.get("defaults") or {})
    for name, raw in (pruned.get("blocks") or {}).items():
        file.blocks[name] = _block(name, raw, file)
    return file


def _block(name: str, raw: Any, file: File) -> Block:
    if raw is LOST or not isinstance(raw.get("layers"), list):
        return Block(name, file, {}, (), None, None)
    inputs = tuple(entry for entry in raw.get("inputs") or () if entry is not LOST) or ("input",)
    outputs: tuple[tuple[str, DataPath], ...] | None = None
    if "outputs" in raw:
        at: DataPath = ("blocks", name, "outputs")
        outputs = tuple((entry, (*at, place)) for place, entry in enumerate(raw["outputs"]) if entry is not LOST) or None
    elif "output" in raw:
        outputs = ((raw["output"], ("blocks", name, "output")),)
    return Block(name, file, raw.get("params") or {}, inputs, outputs, raw["layers"])


class Importer:
    """Reads what a spec imports, and what that imports."""

    def __init__(self, schema: SpecSchema, open_import: OpenImport, budget: Budget, collector: Collector) -> None:
        self.documents: dict[str, Document] = {}
        self._files: dict[str, File | None] = {}
        self._schema = schema
        self._open = open_import
        self._budget = budget
        self._collector = collector
        self._entries = 0
        self._bytes = 0

    def load(self, document: Document, bad: frozenset[DataPath], importing: tuple[str, ...] = ()) -> File:
        """Open a document and all that it imports; `importing` leads to it.

        Raises StopExpansionError where the imports exceed a limit.
        """
        self.documents[document.path] = document
        file = open_file(document.path, document.data, bad)
        self._files[document.path] = file
        chain = (*importing, document.path)
        file.complete = "import" in file.data or "import" not in document.data
        if isinstance(base := file.data.get("extends"), str):
            file.base = self._import(chain, base, Site(file.path, ("extends",)))
        seen: set[str] = set()
        for place, target in enumerate(file.data.get("import") or ()):
            if target is LOST:
                file.complete = False
            elif target not in seen:
                seen.add(target)
                if (imported := self._import(chain, target, Site(file.path, ("import", place)))) is None:
                    file.complete = False
                else:
                    self._take(file, imported, target, Site(file.path, ("import", place)))
        return file

    def _import(self, chain: tuple[str, ...], target: str, where: Site) -> File | None:
        self._entries += 1
        if self._entries > self._budget.limits.imports:
            raise StopExpansionError(Finding("RF001", f"more than {self._budget.limits.imports} imports, which is the limit", where))
        opened = self._open(chain[-1], target)
        if isinstance(opened, str):
            message = opened if opened.startswith("`") else f"`{target}` {opened}"
            self._collector.add("RF004", message, where)
            return None
        path, data = opened
        if path in chain:
            cycle = " → ".join(f"`{name}`" for name in (*chain[chain.index(path) :], path))
            verb = "extends" if where.path == ("extends",) else "imports"
            self._collector.add("RF005", f"this file {verb} itself: {cycle}", where, help="move what both files need into a third one")
            return None
        if path in self._files:
            return self._files[path]
        self._bytes += len(data)
        if self._bytes > self._budget.limits.import_bytes:
            limit = self._budget.limits.import_bytes
            raise StopExpansionError(Finding("RF001", f"the imports have more than {limit:,} bytes together, which is the limit", where))
        if len(chain) > self._budget.limits.nesting:
            raise StopExpansionError(
                Finding("RF001", f"imports lead more than {self._budget.limits.nesting} files deep, which is the limit", where)
            )
        return self._read(chain, path, data, where)

    def _read(self, chain: tuple[str, ...], path: str, data: bytes, where: Site) -> File | None:
        reading = source.read(data, path, self._budget.limits)
        for finding in reading.findings:
            if isinstance(finding.where, Span):
                # A span without a data path belongs to the spec itself; of an imported file the line is told in words.
                message = f"`{path}`, line {finding.where.line}, column {finding.where.column}: {finding.message}"
                self._collector.add(finding.code, message, where, severity=finding.severity, help=finding.help, aspect=message)
            else:
                self._collector.extend((finding,))
        self._files[path] = None
        if reading.document is None:
            return None
        checked = self._schema.check(reading.document)
        self._collector.extend(checked.findings)
        if not is_usable(reading.document, checked.bad):
            self.documents[path] = reading.document
            return None
        return self.load(reading.document, checked.bad, chain)

    def _take(self, file: File, imported: File, target: str, where: Site) -> None:
        """Make the blocks of an imported file known in the importing one."""
        file.imports.append(imported)
        for name, block in imported.blocks.items():
            if (known := file.find(name)) is None:
                file.imported[name] = block
            elif known is not block:
                self._collector.add(
                    "RF011",
                    f"block `{name}` of `{target}` has the name of another block of this file or its imports",
                    where,
                    related=(Note(f"`{name}` is first defined here", known.site), Note("and here", block.site)),
                    help="rename one of the two",
                    aspect=name,
                )
