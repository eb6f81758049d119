"""From the bytes of a spec to its graph, as far as it can be understood; and what a run asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rflint.language import expand
from rflint.model.site import EMPTY
from rflint.reading import source
from rflint.verdict.vocabulary import BUILTIN, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rflint.model.finding import Finding
    from rflint.model.graph import Graph
    from rflint.reading.document import Document

#: `--size`: input name (None: every input) and its size per axis (one entry: all axes; None: unknown).
SizeOverride = tuple[str | None, tuple[int | None, ...]]


def no_imports(path: str, target: str) -> tuple[str, bytes] | str:
    """An `open_import` that opens nothing."""
    return f"`{target}` is not imported: {path} is read on its own"


class Options(NamedTuple):
    """What a run asks for."""

    sizes: tuple[SizeOverride, ...] = ()
    #: Fill `SpecReport.layers`.
    layers: bool = False
    #: Rule code or name -> off, info, warning, error; beats the spec's own `rules`.
    severities: Mapping[str, str] = EMPTY
    #: Codes, prefixes, names or ALL; empty: all rules.
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    #: (importing file, target as written) -> (display path, bytes), or why it is refused.
    open_import: Callable[[str, str], tuple[str, bytes] | str] = no_imports
    source_limits: source.Limits = source.Limits()
    limits: expand.Limits = expand.Limits()
    #: Report suppressed findings as if nothing suppressed them.
    no_ignores: bool = False
    #: The ops and rules that there are.
    vocabulary: Vocabulary = BUILTIN


class OptionError(Exception):
    """The options do not fit the spec (an override of an input that does not exist)."""


class Loaded(NamedTuple):
    """One spec as far as it can be understood."""

    path: str
    #: Findings of reading, checking and expanding.
    findings: tuple[Finding, ...]
    #: Every file by display path, the spec's own last.
    documents: Mapping[str, Document]
    #: The spec's text, as far as it could be decoded.
    text: str
    #: None where there is nothing to analyse: unreadable, or a library of blocks.
    graph: Graph | None


def load_bytes(data: bytes, path: str, options: Options) -> Loaded:
    """Read, check and expand one spec, at the sizes that the options ask for.

    Raises OptionError where a `--size` does not fit the spec; every flaw of the spec itself is a finding.
    """
    reading = source.read(data, path, options.source_limits)
    document = reading.document
    if document is None:
        return Loaded(path, reading.findings, {}, reading.text, None)
    schema = options.vocabulary.schema
    checked = schema.check(document)
    expansion = expand.expand(document, checked.bad, options.open_import, options.limits, options.source_limits, schema)
    findings = (*reading.findings, *checked.findings, *expansion.findings)
    documents = {name: each for name, each in expansion.documents.items() if name != path}
    documents[path] = document
    graph = None if expansion.graph is None else _resized(expansion.graph, options.sizes)
    return Loaded(path, findings, documents, reading.text, graph)


def _resized(graph: Graph, overrides: tuple[SizeOverride, ...]) -> Graph:
    """The graph at other input sizes; its expectations, which hold at the declared ones, are dropped."""
    if not overrides:
        return graph
    inputs = list(graph.inputs)
    for name, sizes in overrides:
        matching = [index for index, item in enumerate(inputs) if name in (None, item.name)]
        if not matching:
            known = ", ".join(item.name for item in inputs)
            raise OptionError(f"--size: no input is named `{name}` (inputs: {known})")
        if len(sizes) not in (1, len(graph.axes)):
            raise OptionError(f"--size: {len(sizes)} sizes for {len(graph.axes)} axes ({', '.join(graph.axes)})")
        spread = sizes * len(graph.axes) if len(sizes) == 1 else sizes
        for index in matching:
            inputs[index] = inputs[index]._replace(size=spread)
    return graph._replace(inputs=tuple(inputs), expectations=())
