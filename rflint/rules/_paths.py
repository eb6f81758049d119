"""Words for misaligned merges, shared by the rules of alignment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from rflint.engine import Analysis
from rflint.model import FieldEdit, Framework, Graph, Layer, Note, Remedy, Removal, Site
from rflint.questions.alignment import Misalignment, Path
from rflint.words import samples, show

if TYPE_CHECKING:
    from rflint.questions.alignment_edits import Edit
    from rflint.questions.size_mends import Insertion, SizeMend

#: Fields after which a field is put that an item does not have yet.
_NEIGHBOURS: Final = {
    "padding": ("kernel", "stride", "dilation"),
    "start": ("from",),
    "align": ("from",),
    "stop": ("start", "from"),
    "mode": ("scale", "size", "like"),
    "coordinates": ("scale", "size", "like", "mode"),
}

#: Op of a layer before a merge -> what it does.
_INSERTED: Final = {"crop_like": "cut", "pad_like": "pad", "resize_like": "resize"}

#: Frameworks by their own names.
FRAMEWORKS: Final[Mapping[Framework, str]] = {"torch": "PyTorch", "keras": "Keras", "onnx": "ONNX", "darknet": "darknet", "caffe": "Caffe"}

#: Mode and coordinates -> what frameworks call them.
_CONVENTIONS: Final[Mapping[tuple[object, object], str]] = {
    ("nearest", "asymmetric"): "`nearest` in PyTorch; Keras has none",
    ("nearest", "half_pixel"): "`nearest-exact` in PyTorch",
    ("linear", "half_pixel"): "`bilinear` with `align_corners=False` in PyTorch, `bilinear` in Keras",
    ("linear", "align_corners"): "`align_corners=True` in PyTorch; Keras has none",
    ("linear", "asymmetric"): "`asymmetric` in ONNX; PyTorch and Keras have none",
    ("cubic", "half_pixel"): "`bicubic` with `align_corners=False` in PyTorch, `bicubic` in Keras",
    ("cubic", "align_corners"): "`bicubic` with `align_corners=True` in PyTorch; Keras has none",
    ("cubic", "asymmetric"): "`asymmetric` in ONNX; PyTorch and Keras have none",
}

#: Layers of a path that a finding lists.
LISTED = 6


def branch_name(analysis: Analysis, misalignment: Misalignment, path: Path) -> str:
    """The branch's last layer, or the fork where the branch is the identity."""
    name = analysis.graph.node_name(path.end)
    return f"the shortcut from `{name}`" if path.end == misalignment.fork else f"`{name}`"


def path_notes(analysis: Analysis, misalignment: Misalignment) -> Iterator[Note]:
    """The fork, then the layers of both paths that move the centre, each with its share."""
    yield Note(f"the paths part after `{analysis.graph.node_name(misalignment.fork)}`", analysis.graph.site(misalignment.fork))
    for path in (misalignment.branch, misalignment.reference):
        shown = sorted(path.contributions, key=lambda each: -abs(each.share))[:LISTED]
        kept = {each.node for each in shown}
        for each in path.contributions:
            if each.node in kept:
                layer = analysis.graph.layer(each.node)
                sign = "+" if each.share > 0 else "−"
                what = "its own centre" if each.node == path.end else f"the centre of {branch_name(analysis, misalignment, path)}"
                yield Note(f"`{layer.name}` moves {what} by {sign}{samples(abs(each.share))}", layer.site)
    for node in misalignment.repeated[:LISTED]:
        yield Note(f"the same deviation arrives again at `{analysis.graph.node_name(node)}`", analysis.graph.site(node))


def path_data(analysis: Analysis, misalignment: Misalignment) -> dict[str, object]:
    """Both paths for the JSON report."""

    def one(path: Path) -> dict[str, object]:
        return {
            "from": analysis.graph.node_name(path.end),
            "stride": show(path.stride),
            "center": show(path.center),
            "layers": [{"name": analysis.graph.node_name(each.node), "share": float(each.share)} for each in path.contributions],
        }

    return {
        "fork": analysis.graph.node_name(misalignment.fork),
        "reference": one(misalignment.reference),
        "branch": one(misalignment.branch),
    }


def edit_words(analysis: Analysis, edit: Edit, axes: Collection[int]) -> str:
    """`give `conv2` `padding: 1``."""
    layer = analysis.graph.layer(edit.node)
    fields = " and ".join(f"`{name}: {value}`" for name, value in edited(layer, edit, axes))
    fields += "".join(f" in the place of `{name}`" for name in replaced(layer, edit))
    fields += _as_frameworks_call_it(analysis, edit)
    if edit.others:
        return f"make a parameter of it, and give `{layer.name}` alone {fields}"
    return f"give `{layer.name}` {fields}"


def _as_frameworks_call_it(analysis: Analysis, edit: Edit) -> str:
    """What a convention is called where it is written; nothing where the spec says which framework that is."""
    values = {name: value[0] for name, value in edit.fields}
    called = _CONVENTIONS.get((values.get("mode"), values.get("coordinates")))
    return f" ({called})" if called and (analysis.graph.source is None or analysis.graph.source.framework is None) else ""


def edit_remedy(analysis: Analysis, edit: Edit, axes: Collection[int]) -> Remedy | None:
    """Text edits that align a branch on these axes; None where the text stands for other layers too, or weights change."""
    if edit.others or edit.costs:
        return None
    layer = analysis.graph.layer(edit.node)
    # The edit was tried on all copies of the layer: none of them is the worse for it.
    copies = tuple(analysis.graph.node_name(node) for node in edit.copies)
    changes = [field_edit(layer, *field) for field in edited(layer, edit, axes)]
    removals = [Removal(Site(layer.site.file, (*layer.site.path, name))) for name in replaced(layer, edit)]
    return Remedy((*changes, *removals), safe=False, layers=copies)


def replaced(layer: Layer, edit: Edit) -> Iterator[str]:
    """Fields that make way for those of an edit: where a map starts is said by a word or by a number."""
    if any(name == "start" for name, _ in edit.fields) and "align" in layer.fields:
        yield "align"


def edited(layer: Layer, edit: Edit, axes: Collection[int]) -> Iterator[tuple[str, str]]:
    """Fields that change, and their new values; on axes that are sound a padding stays as it is written."""
    for name, values in edit.fields:
        changed = {axis: value for axis, value in enumerate(values) if axis in axes}
        yield name, padded(layer, changed, len(values), name) if name in ("padding", "crop") else yaml_value(values)


def size_mend_words(graph: Graph, mend: SizeMend) -> str:
    """`give `up` `output_padding: 1``; of one of several copies, that the others are not meant."""
    alone = ", and none of its other copies," if mend.alone else ""
    return f"give `{graph.layer(mend.node).name}`{alone} `{mend.field}: {size_mend_value(graph, mend, mend.node)}`"


def size_mend_value(graph: Graph, mend: SizeMend, node: int) -> str:
    """The value of its field, in the layer or a copy; on axes that are sound it stays as it is written."""
    if isinstance(mend.value, bool):
        return str(mend.value).lower()
    changed: dict[int, object] = {axis: mend.value for axis, name in enumerate(graph.axes) if name in mend.axes}
    return padded(graph.layer(node), changed, len(graph.axes), mend.field)


def insertion_words(graph: Graph, insertion: Insertion) -> str:
    """``pad `up` to the size of `skip` before the merge, with `{op: pad_like, …}` ``, its names as the item's own list has them."""
    merge = graph.layer(insertion.merge)
    own, _, _ = merge.name.rpartition("/")
    within = f"{own}/" if merge.origin and own else ""
    names = [graph.node_name(node) for node in insertion.nodes(graph)]
    short = [name.removeprefix(within) for name in names]
    fields = "".join(f", {name}: {value}" for name, value in insertion.fields.items())
    how = f"`{{op: {insertion.op}, from: [{', '.join(short)}]{fields}}}`"
    if (within and short[0] == names[0]) or (within and short[1] == names[1]):
        # From inside a block what comes into it has another name.
        how = f"`{insertion.op}`{f' ({fields[2:]})' if fields else ''}"
    read = f"which `{merge.name.removeprefix(within)}` then reads instead of `{short[0]}`"
    return f"{_INSERTED[insertion.op]} `{names[0]}` to the size of `{names[1]}` before the merge, with {how}, {read}"


def field_edit(layer: Layer, name: str, value: str) -> FieldEdit:
    """Give a layer a field, whether its item has one already, or takes it from `defaults`, or does without."""
    return FieldEdit(layer.site, name, value, _NEIGHBOURS.get(name, ()))


def padded(layer: Layer, changed: Mapping[int, object], count: int, name: str = "padding") -> str:
    """Padding (or what a crop removes) of a layer of `count` axes as it is written, with other values on some of the axes."""
    written = layer.fields.get(name, 0 if name == "output_padding" else "valid")
    entries = list(written) if isinstance(written, (list, tuple)) and len(written) == count else [written] * count
    values = [changed.get(axis, tuple(entry) if isinstance(entry, list) else entry) for axis, entry in enumerate(entries)]
    numbers = (0 if value == "valid" else value for value in values)
    return yaml_value(tuple((value, value) if isinstance(value, int) else value for value in numbers))


def yaml_value(values: tuple[object, ...]) -> str:
    """A per-axis value as a person would write it: `1`, `[1, 2]`, `[[0, 1], [0, 1]]`."""
    if all(not isinstance(value, tuple) or value[0] == value[1] for value in values):
        values = tuple(value[0] if isinstance(value, tuple) else value for value in values)
    if all(value == values[0] for value in values) and not isinstance(values[0], tuple):
        return str(values[0])
    return "[" + ", ".join(f"[{value[0]}, {value[1]}]" if isinstance(value, tuple) else str(value) for value in values) + "]"
