"""What cannot be decided while an input size is not declared: `same` padding, and merges behind resized or cropped branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rflint.algebra.axis import Window
from rflint.engine.program import MERGE
from rflint.questions.alignment import size_dependences
from rflint.questions.axes import per_axis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rflint.engine.analysis import Analysis, AxisAnalysis
    from rflint.questions.alignment import SizeDependence


class AlignedSizes(NamedTuple):
    """Merges that are aligned for some residues of an input's size only."""

    input: str
    #: Residues for which all of them are aligned, and their modulus.
    aligned: tuple[int, ...]
    modulus: int
    axes: tuple[str, ...]
    #: The merges, those of the first axis first.
    nodes: tuple[int, ...]


class VaryingPadding(NamedTuple):
    """A window whose padding follows from the size of its input."""

    node: int
    axes: tuple[str, ...]
    #: Padding before and after that occurs on the first of the axes.
    paddings: tuple[tuple[int, int], ...]


class UndecidedMerge(NamedTuple):
    """A merge whose alignment no residue of the input size decides: scales or offsets come from the sizes themselves."""

    node: int
    axes: tuple[str, ...]
    #: Name of an input that this holds for, on the first of the axes.
    input: str


def aligned_sizes(analysis: Analysis) -> list[AlignedSizes]:
    """One answer per input and axes with the same residues."""
    answers: dict[tuple[str, tuple[int, ...], int], AlignedSizes] = {}
    by_input: dict[tuple[int, str], list[SizeDependence]] = {}
    for dependence in size_dependences(analysis):
        by_input.setdefault((dependence.axis, dependence.input), []).append(dependence)
    for (axis, source), merges in by_input.items():
        aligned = set(merges[0].aligned).intersection(*(merge.aligned for merge in merges))
        key = (source, tuple(sorted(aligned)), merges[0].modulus)
        known = answers.get(key, AlignedSizes(*key, (), ()))
        nodes = dict.fromkeys((*known.nodes, *(merge.node for merge in merges)))
        answers[key] = known._replace(axes=(*known.axes, analysis.axes[axis].name), nodes=tuple(nodes))
    return list(answers.values())


def varying_paddings(analysis: Analysis) -> list[VaryingPadding]:
    """All such windows, in the graph's order."""
    if all(axis.known for axis in analysis.axes):
        return []
    paddings = per_axis(analysis, _varying_paddings)
    return [
        VaryingPadding(node, tuple(axes), next(of_axis[node] for of_axis in paddings if node in of_axis))
        for node, axes in _axes_of_nodes(analysis, paddings)
    ]


def _varying_paddings(axis: AxisAnalysis) -> dict[int, tuple[tuple[int, int], ...]]:
    if axis.known:
        return {}
    varying = {}
    for node in axis.program.sensitive:
        if isinstance(axis.program.ops[node], Window):
            paddings = {None if (step := sizing.steps[node]) is None else step.padding for sizing in axis.sizings}
            if len(paddings) > 1:
                varying[node] = tuple(sorted(padding for padding in paddings if padding is not None))
    return varying


def undecided_merges(analysis: Analysis) -> list[UndecidedMerge]:
    """All such merges, in the graph's order."""
    if all(axis.known for axis in analysis.axes):
        return []
    inputs = per_axis(analysis, _undecided_merges)
    return [
        UndecidedMerge(node, tuple(axes), next(of_axis[node] for of_axis in inputs if node in of_axis))
        for node, axes in _axes_of_nodes(analysis, inputs)
    ]


def _undecided_merges(axis: AxisAnalysis) -> dict[int, str]:
    """Merges, each with an input that it is undecided for."""
    if axis.known:
        return {}
    program = axis.program
    undecided: dict[int, str] = {}
    for name, trace in axis.valid_cases[0].traces.items():
        for node, kind in enumerate(program.kinds):
            if kind == MERGE:
                arriving = [trace.fields[origin] for origin in program.sources[node]]
                local = {field for field in arriving if field is not None and field.why != "global"}
                if len(local) > 1 and any(field.floating for field in local):
                    undecided[node] = name
    return undecided


def _axes_of_nodes(analysis: Analysis, answers: Iterable[Mapping[int, object]]) -> Iterator[tuple[int, list[str]]]:
    """Nodes with an answer on some axis, in the graph's order, and the names of those axes."""
    axes: dict[int, list[str]] = {}
    for axis, of_axis in zip(analysis.axes, answers, strict=True):
        for node in of_axis:
            axes.setdefault(node, []).append(axis.name)
    yield from sorted(axes.items())
