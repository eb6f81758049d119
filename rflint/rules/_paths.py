"""Words for misaligned merges, shared by the rules of alignment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rflint.model.finding import FieldEdit, Remedy
from rflint.model.site import Note
from rflint.questions.alignment import same_site
from rflint.words.numbers import samples, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rflint.engine.analysis import Analysis
    from rflint.model.graph import Layer
    from rflint.questions.alignment import Misalignment, Path

#: Fields after which a field is put that an item does not have yet.
_NEIGHBOURS: Final = {
    "padding": ("kernel", "stride", "dilation"),
    "mode": ("scale", "size", "like"),
    "coordinates": ("scale", "size", "like", "mode"),
}

#: Layers of a path that a finding lists.
LISTED = 6


def branch_name(analysis: Analysis, made: Misalignment, path: Path) -> str:
    """The branch's last layer, or the fork where the branch is the identity."""
    name = analysis.graph.node_name(path.end)
    return f"the shortcut from `{name}`" if path.end == made.fork else f"`{name}`"


def path_notes(analysis: Analysis, made: Misalignment) -> Iterator[Note]:
    """The fork, then the layers of both paths that move the centre, each with its share."""
    yield Note(f"the paths part after `{analysis.graph.node_name(made.fork)}`", analysis.graph.site(made.fork))
    for path in (made.branch, made.reference):
        shown = sorted(path.contributions, key=lambda each: -abs(each.share))[:LISTED]
        kept = {each.node for each in shown}
        for each in path.contributions:
            if each.node in kept:
                layer = analysis.graph.layer(each.node)
                sign = "+" if each.share > 0 else "−"
                what = "its own centre" if each.node == path.end else f"the centre of {branch_name(analysis, made, path)}"
                yield Note(f"`{layer.name}` moves {what} by {sign}{samples(abs(each.share))}", layer.site)
    for node in made.repeated[:LISTED]:
        yield Note(f"the same deviation arrives again at `{analysis.graph.node_name(node)}`", analysis.graph.site(node))


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


def edit_words(analysis: Analysis, made: Misalignment) -> str:
    """`give `conv2` `padding: 1``."""
    assert made.edit
    layer = analysis.graph.layer(made.edit.node)
    fields = " and ".join(f"`{name}: {value}`" for name, value in _edited(layer, made))
    return f"give `{layer.name}` {fields}"


def edit_remedy(analysis: Analysis, made: Misalignment) -> Remedy | None:
    """Text edits that align the branch."""
    if made.edit is None:
        return None
    layer = analysis.graph.layer(made.edit.node)
    # The edit was tried on all copies of the layer: none of them is the worse for it.
    copies = tuple(analysis.graph.node_name(node) for node in same_site(analysis.graph, made.edit.node))
    return Remedy(tuple(field_edit(layer, *each) for each in _edited(layer, made)), safe=False, layers=copies)


def _edited(layer: Layer, made: Misalignment) -> Iterator[tuple[str, str]]:
    """Fields that change, and their new values; on axes that are sound a padding stays as it is written."""
    assert made.edit
    for name, values in made.edit.fields:
        changed = {axis: value for axis, value in enumerate(values) if axis in made.axes}
        yield name, padded(layer, changed, len(values)) if name == "padding" else yaml_value(values)


def field_edit(layer: Layer, name: str, value: str) -> FieldEdit:
    """Give a layer a field, whether its item has one already, or takes it from `defaults`, or does without."""
    return FieldEdit(layer.site, name, value, _NEIGHBOURS.get(name, ()))


def padded(layer: Layer, changed: Mapping[int, object], count: int) -> str:
    """Padding of a layer of `count` axes as it is written, with other values on some of the axes."""
    written = layer.fields.get("padding", "valid")
    entries = list(written) if isinstance(written, (list, tuple)) and len(written) == count else [written] * count
    values = [changed.get(axis, tuple(entry) if isinstance(entry, list) else entry) for axis, entry in enumerate(entries)]
    return yaml_value(tuple((value, value) if isinstance(value, int) else value for value in values))


def yaml_value(values: tuple[object, ...]) -> str:
    """A per-axis value as a person would write it: `1`, `[1, 2]`, `[[0, 1], [0, 1]]`."""
    if all(not isinstance(value, tuple) or value[0] == value[1] for value in values):
        values = tuple(value[0] if isinstance(value, tuple) else value for value in values)
    if all(value == values[0] for value in values) and not isinstance(values[0], tuple):
        return str(values[0])
    return "[" + ", ".join(f"[{value[0]}, {value[1]}]" if isinstance(value, tuple) else str(value) for value in values) + "]"
