"""What a finding is about, in a form that outlives edits elsewhere: the key of fingerprints and of baselines.

Lines move and unnamed layers are counted (`relu_2`), so neither line nor expanded name will do.  A layer is called by
where it is written: by the names of the blocks, branches and items on the way, and where an item has no name, by its op
and a digest of what it says (`relu#0f3a91c2`).  Two that are alike are told apart by counting, which is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rflint.model import Finding, Graph, Site
from rflint.reading.document import Document

#: Keys on the way to every item: they tell nothing apart.
_COMMON: Final = frozenset({"layers", "blocks", "branches"})
#: Levels and characters of an item that its digest is made of: enough to tell items apart, cheap in a hostile file.
_DEPTH: Final = 2
_MOST: Final = 1_000


class Subjects:
    """Subjects of the findings about one spec."""

    def __init__(self, documents: Mapping[str, Document], graph: Graph | None) -> None:
        self._documents = documents
        self._graph = graph
        self._sites: dict[str, Site] | None = None

    def of(self, finding: Finding) -> tuple[str, tuple[str, ...]]:
        """Return the subject of a finding, and those of all layers that it is about.

        `conv1`, `bottleneck/conv2`, `relu#0f3a91c2`; empty for the file as a whole.
        """
        own = self._subject(finding, finding.layer)
        return own, tuple(own if name == finding.layer else self._subject(finding, name) for name in finding.instances) or (own,)

    def _subject(self, finding: Finding, layer: str | None) -> str:
        site = self._site_of(layer) or finding.where
        if not isinstance(site, Site):
            return ""
        document = self._documents.get(site.file)
        return "/".join(_stable(document.data, site.path)) if document is not None else ""

    def _site_of(self, layer: str | None) -> Site | None:
        if layer is None or self._graph is None:
            return None
        if self._sites is None:
            self._sites = {each.name: each.site for each in self._graph.layers}
        return self._sites.get(layer)


def _stable(data: Any, path: tuple[str | int, ...]) -> Iterator[str]:
    """Render a data path without places in lists."""
    for step in path:
        listed = isinstance(data, list)
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        if listed:
            yield _called(data)
        elif step not in _COMMON:
            yield str(step)


def _called(item: Any) -> str:
    """Name of an entry of a list: its own, or its op and a digest of its content."""
    if not isinstance(item, dict):
        return _shown(item, 1)[:80]
    name = item.get("name")
    if isinstance(name, str):
        return name
    import hashlib  # noqa: PLC0415 - start-up: only findings about unnamed layers need it

    # Adding a layer to a branch, or an `ignore`, leaves the digest as it is.
    said = {key: sorted(each) if key == "branches" and isinstance(each, dict) else each for key, each in item.items() if key != "ignore"}
    kind = next((value for key in ("op", "use") if isinstance(value := item.get(key), str)), "item")
    return f"{kind}#{hashlib.sha256(_shown(said, _DEPTH).encode('utf-8', 'backslashreplace')).hexdigest()[:8]}"


def _shown(value: Any, depth: int) -> str:
    """Write the upper levels of a value, mappings in the order of their keys."""
    if isinstance(value, (dict, list)) and not depth:
        return str(len(value))
    if isinstance(value, dict):
        return f"{{{','.join(f'{key}:{_shown(each, depth - 1)}' for key, each in sorted(value.items())[:_MOST])}}}"
    return f"[{','.join(_shown(each, depth - 1) for each in value[:_MOST])}]" if isinstance(value, list) else str(value)[:_MOST]
