"""The page with pictures of a document, opened at the layer under the cursor."""

from __future__ import annotations

from urllib.parse import quote

from rflint import __version__
from rflint.formatters import render
from rflint.lsp.names import Place, item_around
from rflint.lsp.navigation import meant
from rflint.lsp.snapshot import Snapshot
from rflint.lsp.tree import find
from rflint.model import Report, summarize
from rflint.words import Style


def layer_at(snapshot: Snapshot, offset: int) -> str | None:
    """Name of the layer that a name at an offset stands for, or else of the one around it; of several copies, the first."""
    if not snapshot.is_spec or snapshot.analysis is None:
        return None
    found = find(snapshot.tree, offset)
    place = meant(snapshot, found)
    if place is not None and place.path[:1] == ("inputs",) and len(place.path) > 1:
        return str(place.path[1])
    if place is None or item_around(place.path) != place.path:
        if (path := item_around(found.path)) is None:
            return None
        place = Place(snapshot.path, path)
    instances = snapshot.instances(place.file, place.path)
    return snapshot.analysis.graph.node_name(instances[0].node) if instances else None


def page(snapshot: Snapshot) -> str:
    """Write the page of the document as it stands in the editor."""
    report = snapshot.lint(snapshot.data, snapshot.path, snapshot.options._replace(layers=True, geometry=True))
    return render("html", Report(__version__, (report,), summarize((report,)), snapshot.options.vocabulary.entries), Style(layers=True))


def fragment(layer: str | None) -> str:
    """What follows the address of a page to open it at a layer."""
    return "" if layer is None else f"#layer={quote(layer, safe='')}"
