"""What `rflint verify` found, as text and as JSON (`schemas/rflint-verify.v1.schema.json`)."""

from __future__ import annotations

from collections.abc import Iterator

from rflint import __version__
from rflint.formatters.exact import dumps
from rflint.formatters.prose import wrap
from rflint.formatters.table import listing_table, table
from rflint.model import Graph
from rflint.verifying import Verification, by_reason
from rflint.words import Style, safe

#: Layers that a row names.
_NAMED = 6


def as_text(model: str, graph: Graph, found: Verification, style: Style) -> str:
    """For a terminal: how many layers agree, and why others were not compared."""
    return "\n".join([*_lines(model, graph, found, style), ""])


def _lines(model: str, graph: Graph, found: Verification, style: Style) -> Iterator[str]:
    yield style.paint("strong", f"{safe(graph.name)} against {safe(model)}")
    if found.sizes:
        yield from wrap(f"run at {', '.join('x'.join(map(str, each)) for each in found.sizes)} ({', '.join(graph.axes)})", style.width)
    yield ""
    differ = len(found.differing)
    counts = (len(found.layers), len(found.layers) - len(found.unmeasured), len(found.layers) - len(found.unmeasured) - differ, differ)
    head = ("layers", "measured", "agree", "differ", "not measured")
    yield from table(head, [tuple(map(str, (*counts, len(found.unmeasured))))], set(head), style)
    if found.unmeasured:
        rows = [(why, str(len(names)), _names(names)) for why, names in by_reason(found).items()]
        yield ""
        yield from listing_table(("not measured, as it", "layers", ""), rows, style)
    for note in found.notes:
        yield ""
        yield from wrap(safe(note), style.width)
    yield ""


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def as_json(path: str, model: str, graph: Graph, found: Verification) -> str:
    """Machine-readable."""
    differing = set(found.differing)
    document = {
        "schema": "rflint-verify.v1",
        "version": __version__,
        "path": path,
        "name": graph.name,
        "model": model,
        "axes": graph.axes,
        "sizes": found.sizes,
        "clipped": found.clipped,
        "layers": [
            {
                "name": name,
                "verdict": "differs" if name in differing else "not-measured" if name in found.unmeasured else "agrees",
                "why": found.unmeasured.get(name),
            }
            for name in found.layers
        ],
        "differences": [
            {
                "layer": each.layer,
                "input": each.input,
                "axis": each.axis,
                "sizes": each.sizes,
                "features": {"spec": each.features[0], "model": each.features[1]},
                "feature": each.feature,
                "spec": each.spec,
                "model": each.model,
                "settled": each.settled,
                "sample": each.sample,
                "whole": None if each.whole is None else {"spec": each.whole[0], "model": each.whole[1]},
                "behind": found.explained.get(each.layer, ()),
            }
            for each in found.differences
        ],
        "notes": found.notes,
    }
    return dumps(document, indent=2) + "\n"
