"""One version of a document, and everything that can be asked about it.

Pure but for `Options.open_import`; what costs time is computed when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from rflint.engine import Analysis
from rflint.lsp.keys import Keys
from rflint.lsp.names import Files, Names
from rflint.lsp.outline import outline
from rflint.lsp.tree import Node, from_document
from rflint.model import DataPath, Layer, Site, Span, SpecReport
from rflint.pipeline import lint_bytes, lint_loaded, load
from rflint.project import recognition
from rflint.questions.layers import receptive_fields
from rflint.reading.document import Document
from rflint.reading.lines import Lines
from rflint.verdict import Loaded, Options

if TYPE_CHECKING:
    from rflint.model.layers import ReceptiveField

Marker = Callable[[SpecReport], SpecReport]


class Spot(NamedTuple):
    """A stretch of a file, in offsets."""

    path: str
    start: int
    end: int


class Instance(NamedTuple):
    """One layer, or one use of a block, as the network has it."""

    #: Expanded name.
    name: str
    #: The layer, or the layer that stands for its output.
    node: int


class Seen(NamedTuple):
    """What is known of one instance."""

    name: str
    size: tuple[int | None, ...]
    channels: int | None
    params: int | None
    fields: Mapping[str, ReceptiveField]


def encoded(text: str) -> bytes:
    """Encode what an editor holds; a lone surrogate, which is no text, becomes bytes that the reader refuses."""
    return text.encode("utf-8", "surrogatepass")


class Snapshot:
    """One version of a document; `path` is what findings call it.

    `text` is without a byte-order mark, and offsets count its code points.
    """

    def __init__(self, text: str, path: str, options: Options, mark: Marker | None = None) -> None:
        """Take a version; `mark` marks in a report what a baseline knows."""
        self.text = text
        self.path = path
        self.data = encoded(text)
        #: Whether it has a top-level `rflint:` key; of anything else there is nothing to say.
        self.is_spec = recognition.is_spec(self.data)
        self._mark = mark or (lambda report: report)
        self._open = options.open_import
        #: (importing file, import as written) -> path of the imported file.
        self._links: dict[tuple[str, str], str] = {}
        self.options = options._replace(open_import=self._open_import)

    def _open_import(self, importing: str, target: str) -> tuple[str, bytes] | str:
        opened = self._open(importing, target)
        if not isinstance(opened, str):
            self._links[importing, target] = opened[0]
        return opened

    @cached_property
    def report(self) -> SpecReport:
        """The findings."""
        return self._mark(self._linted[0])

    def lint(self, data: bytes, path: str, options: Options) -> SpecReport:
        """Lint another text as this version was linted."""
        return self._mark(lint_bytes(data, path, options))

    @cached_property
    def _linted(self) -> tuple[SpecReport, Analysis | None]:
        return lint_loaded(self.loaded, self.options)

    @cached_property
    def loaded(self) -> Loaded:
        """The documents and the graph."""
        return load(self.data, self.path, self.options)

    @property
    def analysis(self) -> Analysis | None:
        """The analysis of the network; None of a library, and where too much is wrong."""
        return self._linted[1]

    @cached_property
    def lines(self) -> Lines:
        """Lines and columns as findings count them."""
        return Lines(self.text)

    @cached_property
    def keys(self) -> Keys:
        """What may stand in a spec."""
        return Keys(self.options.vocabulary)

    @cached_property
    def names(self) -> Names:
        """What names stand for."""
        return Names(Files(self.root, self.imports))

    @cached_property
    def _roots(self) -> dict[str, Node]:
        return {}

    def document(self, path: str) -> Document | None:
        """Return a file of the spec as it was read."""
        return self.loaded.documents.get(path)

    def text_of(self, path: str) -> str | None:
        """Return the text of a file of the spec."""
        if path == self.path:
            return self.text
        document = self.document(path)
        return None if document is None else document.text

    def root(self, path: str) -> Node | None:
        """Return the tree of a file; of this one even if it is not YAML."""
        if path not in self._roots:
            if (document := self.document(path)) is not None:
                self._roots[path] = from_document(document)
            elif path == self.path:
                self._roots[path] = outline(self.text)
        return self._roots.get(path)

    @property
    def tree(self) -> Node:
        """The tree of this document."""
        root = self.root(self.path)
        assert root is not None
        return root

    @property
    def network(self) -> str:
        """The file that has the layers: this one, or what it extends."""
        return (self.path, *self.loaded.bases)[-1]

    def imports(self, path: str) -> tuple[str, ...]:
        """Return the files that a file imports, in order."""
        return tuple(found for _, found in self.import_entries(path) if found is not None)

    def import_entries(self, path: str) -> Iterator[tuple[DataPath, str | None]]:
        """Yield the places of the imports of a file, and of what it extends, and the files that they lead to."""
        root = self.root(path)
        base = None if root is None else root.get("extends")
        if base is not None:
            yield ("extends",), self._links.get((path, base.text or ""))
        listed = None if root is None else root.get("import")
        for entry in listed.items if listed is not None else ():
            yield ("import", entry.key), self._links.get((path, entry.node.text or ""))

    def spot(self, path: str, span: Span) -> Spot:
        """Offsets of a span; the beginning of a file whose text is not known."""
        if (text := self.text_of(path)) is None:
            return Spot(path, 0, 0)
        lines = self.lines if path == self.path else Lines(text)
        start = lines.offset(span.line, span.column)
        return Spot(path, start, max(start, lines.offset(span.end_line, span.end_column)))

    def place(self, path: str, at: DataPath, *, is_key: bool = False) -> Spot:
        """Offsets of what is at a data path; of the file's beginning where it is not there."""
        if (root := self.root(path)) is None:
            return Spot(path, 0, 0)
        if is_key and at:
            holder = root.at(at[:-1])
            entry = next((each for each in (holder.entries if holder else ()) if each.key == at[-1]), None)
            return Spot(path, entry.start, entry.end) if entry else Spot(path, 0, 0)
        node = root.at(at)
        return Spot(path, node.start, node.end) if node else Spot(path, 0, 0)

    # The network

    def instances(self, path: str, item: DataPath) -> tuple[Instance, ...]:
        """Return what an item has become in the network, in its order."""
        return tuple(Instance(name, node) for name, node in self._instances.get((path, item), {}).items())

    @cached_property
    def _instances(self) -> dict[tuple[str, DataPath], dict[str, int]]:
        found: dict[tuple[str, DataPath], dict[str, int]] = {}
        if (analysis := self.analysis) is None:
            return found
        known = _Labels(self.loaded.documents)
        graph = analysis.graph
        for node, layer in enumerate(graph.layers, len(graph.inputs)):
            found.setdefault((layer.site.file, layer.site.path), {})[layer.name] = node
            for site, name in known.uses(layer):
                if name in graph.aliases:
                    found.setdefault((site.file, site.path), {})[name] = graph.aliases[name]
        return found

    def seen(self, instance: Instance) -> Seen:
        """Return what an instance sees, and what it costs."""
        analysis = self.analysis
        assert analysis is not None
        graph, costs, node = analysis.graph, analysis.costs, instance.node
        layer = graph.layers[node - len(graph.inputs)] if node >= len(graph.inputs) else None
        # A use of a block is not the layer that stands for its output: the costs of that are not its own.
        own = layer is not None and layer.name == instance.name
        return Seen(
            instance.name,
            tuple(axis.size(node) for axis in analysis.axes),
            costs.channels[node],
            costs.params[node] if own else None,
            receptive_fields(analysis, node),
        )


class _Labels:
    """Names of the uses of blocks around a layer, told from the layer's own."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._items: dict[Site, tuple[str, bool, bool]] = {}

    def uses(self, layer: Layer) -> Iterator[tuple[Site, str]]:
        """Yield the items that use a block around a layer, outermost first, and what they are called there."""
        name, prefix = layer.name, ""
        for place, site in enumerate(layer.origin):
            label, repeats, is_use = self._item(site)
            end = len(prefix) + len(label)
            if not name.startswith(label, len(prefix)) or name[end : end + 1] != "/":
                # A name with `${}` in it, or one that something else had already.
                end = name.find("/", len(prefix))
            if repeats and end >= 0:
                end = name.find("/", end + 1)
            if end < 0:
                return
            if is_use:
                yield site, name[:end]
            else:
                inner = (*layer.origin, layer.site)[place + 1].path
                end += 1 + len(str(inner[len(site.path) + 1]))
            prefix = name[: end + 1]

    def _item(self, site: Site) -> tuple[str, bool, bool]:
        """Label of an item, whether it repeats, and whether it uses a block."""
        if site not in self._items:
            data = self._documents[site.file].value(site.path)
            what = data.get("use", data.get("join", ""))
            label = data.get("name") or f"{what}_{int(site.path[-1]) + 1}"
            self._items[site] = (str(label), "repeat" in data or isinstance(data.get("with"), list), "use" in data)
        return self._items[site]
