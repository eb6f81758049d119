"""What `help` says in words, as values: what machines follow, and tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from rflint.engine import Analysis
from rflint.model import Advice, Graph, InsertedLayer
from rflint.rules._paths import edited, padded, replaced, size_mend_value

if TYPE_CHECKING:
    from rflint.questions.alignment_edits import Edit
    from rflint.questions.size_mends import Insertion, SizeMend


def edit_advice(analysis: Analysis, edit: Edit, axes: Collection[int]) -> Advice:
    """An edit that aligns a branch on these axes."""
    graph = analysis.graph
    layers = {graph.node_name(node): graph.layer(node) for node in edit.copies}
    return Advice({name: {**dict.fromkeys(replaced(layer, edit)), **dict(edited(layer, edit, axes))} for name, layer in layers.items()})


def size_mend_advice(graph: Graph, mend: SizeMend) -> Advice:
    """Another value for a field of a layer, and of its copies."""
    return Advice({graph.node_name(node): {mend.field: size_mend_value(graph, mend, node)} for node in mend.copies})


def insertion_advice(graph: Graph, insertion: Insertion) -> Advice:
    """A layer before a merge, and before its copies."""
    inserted = []
    for nodes in insertion.places(graph):
        merge, branch, reference = map(graph.node_name, nodes)
        inserted.append(InsertedLayer(merge, branch, reference, insertion.op, insertion.fields))
    return Advice(inserted=tuple(inserted))


def sizes_advice(source: str, nearest: Mapping[str, Sequence[int]]) -> tuple[Advice, ...]:
    """Sizes of an input, by axis: the nearest of all axes together, then the next."""
    rows = zip_longest(*nearest.values())
    # Where an axis has one near size only, that one goes with both of the others.
    found = ({axis: sizes[0] if size is None else size for (axis, sizes), size in zip(nearest.items(), row, strict=True)} for row in rows)
    return tuple(Advice(sizes={source: sizes}) for sizes in found)


def padding_advice(analysis: Analysis, node: int, axes: Collection[int], padding: tuple[int, int]) -> Advice:
    """Other padding of a layer on some axes."""
    layer = analysis.graph.layer(node)
    return Advice({layer.name: {"padding": padded(layer, dict.fromkeys(axes, padding), len(analysis.axes))}})
