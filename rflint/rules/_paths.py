"""Words for misaligned merges, shared by the rules of alignment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.diagnostics import Note, Remedy, Site, SiteEdit
from rflint.rules._rule import field_site, layer_of, samples, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.engine.alignment import Edit, Misalignment, Path
    from rflint.engine.analysis import Analysis

#: Layers of a path that a finding lists.
LISTED = 6


def node_site(analysis: Analysis, node: int) -> Site:
    """Where a layer or an input is written."""
    graph = analysis.graph
    return graph.inputs[node].site if node < len(graph.inputs) else graph.layers[node - len(graph.inputs)].site


def branch_name(analysis: Analysis, made: Misalignment, path: Path) -> str:
    """The branch's last layer, or the fork where the branch is the identity."""
    name = analysis.graph.node_name(path.end)
    return f"the shortcut from `{name}`" if path.end == made.fork else f"`{name}`"


def path_notes(analysis: Analysis, made: Misalignment) -> Iterator[Note]:
    """The fork, then the layers of both paths that move the centre, each with its share."""
    yield Note(f"the paths part after `{analysis.graph.node_name(made.fork)}`", node_site(analysis, made.fork))
    for path in (made.branch, made.reference):
        shown = sorted(path.contributions, key=lambda each: -abs(each.share))[:LISTED]
        kept = {each.node for each in shown}
        for each in path.contributions:
            if each.node in kept:
                layer = layer_of(analysis, each.node)
                sign = "+" if each.share > 0 else "−"
                what = "its own centre" if each.node == path.end else f"the centre of {branch_name(analysis, made, path)}"
                yield Note(f"`{layer.name}` moves {what} by {sign}{samples(abs(each.share))}", layer.site)
    for node in made.repeated[:LISTED]:
        yield Note(f"the same deviation arrives again at `{analysis.graph.node_name(node)}`", node_site(analysis, node))


def path_data(analysis: Analysis, made: Misalignment) -> dict[str, object]:
    """Both paths for the JSON report."""

    def one(path: Path) -> dict[str, object]:
        return {
            "from": analysis.graph.node_name(path.end),
            "stride": show(path.stride),
            "center": show(path.center),
            "layers": [{"name": analysis.graph.node_name(each.node), "share": float(each.share)} for each in path.contributions],
        }

    return {"fork": analysis.graph.node_name(made.fork), "reference": one(made.reference), "branch": one(made.branch)}


def edit_words(analysis: Analysis, edit: Edit) -> str:
    """`give `conv2` `padding: 1``."""
    layer = layer_of(analysis, edit.node)
    fields = " and ".join(f"`{name}: {yaml_value(values)}`" for name, values in edit.fields)
    return f"give `{layer.name}` {fields}"


def edit_remedy(analysis: Analysis, edit: Edit) -> Remedy | None:
    """Text edits, where every changed field is written at the layer and not computed."""
    layer = layer_of(analysis, edit.node)
    edits = []
    for name, values in edit.fields:
        if name not in layer.fields:
            return None
        edits.append(SiteEdit(field_site(layer, name), yaml_value(values)))
    return Remedy(tuple(edits), safe=False)


def yaml_value(values: tuple[object, ...]) -> str:
    """A per-axis value as a person would write it: `1`, `[1, 2]`, `[[0, 1], [0, 1]]`."""
    if all(isinstance(value, tuple) and value[0] == value[1] for value in values):
        values = tuple(value[0] for value in values)  # type: ignore[index] # pairs, checked above
    if all(value == values[0] for value in values) and not isinstance(values[0], tuple):
        return str(values[0])
    return "[" + ", ".join(f"[{value[0]}, {value[1]}]" if isinstance(value, tuple) else str(value) for value in values) + "]"
