"""One spec as far as it can be understood: what its findings speak of."""

from collections.abc import Mapping
from typing import NamedTuple

from rflint.model import Finding, Graph, Site, Span
from rflint.reading.document import Document
from rflint.words import stem


class Loaded(NamedTuple):
    """One spec after reading, checking and expanding."""

    path: str
    #: Findings of reading, checking and expanding.
    findings: tuple[Finding, ...]
    #: Every file by display path, the spec's own last.
    documents: Mapping[str, Document]
    #: The spec's text, as far as it could be decoded.
    text: str
    #: None where there is nothing to analyse: unreadable, or a library of blocks.
    graph: Graph | None
    #: Paths of the specs that it extends: they are judged through it.
    bases: tuple[str, ...] = ()
    #: What somebody may have got wrong who asked for this.
    hints: tuple[str, ...] = ()

    @property
    def head(self) -> Site | Span:
        """Where to speak of the spec as a whole: its first key."""
        if (document := self.documents.get(self.path)) is None:
            return Span(1, 1, 1, 1)
        first = next(iter(document.data), None) if isinstance(document.data, dict) else None
        return Site(self.path) if first is None else Site(self.path, (first,), key=True)

    @property
    def name(self) -> str:
        """What the spec is called: its `name`, or its file."""
        if self.graph is not None:
            return self.graph.name
        data = self.documents[self.path].data if self.path in self.documents else None
        name = data.get("name") if isinstance(data, dict) else None
        return name if isinstance(name, str) else stem(self.path)
