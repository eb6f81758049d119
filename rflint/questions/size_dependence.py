"""What cannot be decided while an input size is not declared: `same` padding, and merges behind resized or cropped branches."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from rflint.algebra import Window
from rflint.engine import MERGE, Analysis, AxisAnalysis
from rflint.questions.alignment import SizeDependence, size_dependences
from rflint.questions.axes import alike

T = TypeVar("T")


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
    """A window on one axis whose padding follows from the size of its input."""

    node: int
    #: Padding before and after that occurs.
    paddings: tuple[tuple[int, int], ...]


class UndecidedMerge(NamedTuple):
    """A merge on one axis whose alignment no residue of the input size decides: scales or offsets come from the sizes themselves."""

    node: int
    #: Name of the input that this holds for; of several the last.
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
        sizes = answers.get(key, AlignedSizes(*key, (), ()))
        nodes = dict.fromkeys((*sizes.nodes, *(merge.node for merge in merges)))
        answers[key] = sizes._replace(axes=(*sizes.axes, analysis.axes[axis].name), nodes=tuple(nodes))
    return list(answers.values())


def varying_paddings(analysis: Analysis) -> list[tuple[VaryingPadding, tuple[str, ...]]]:
    """Such windows in the graph's order, as they are on the first of their axes, with the axes."""
    return _at_open_sizes(analysis, _varying_paddings, lambda window: window.node)


def _varying_paddings(axis: AxisAnalysis) -> list[VaryingPadding]:
    varying: list[VaryingPadding] = []
    for node in axis.program.sensitive:
        if isinstance(axis.program.ops[node], Window):
            paddings = {None if (step := sizing.steps[node]) is None else step.padding for sizing in axis.sizings}
            if len(paddings) > 1:
                varying.append(VaryingPadding(node, tuple(sorted(padding for padding in paddings if padding is not None))))
    return varying


def undecided_merges(analysis: Analysis) -> list[tuple[UndecidedMerge, tuple[str, ...]]]:
    """Such merges in the graph's order, as they are on the first of their axes, with the axes."""
    return _at_open_sizes(analysis, _undecided_merges, lambda merge: merge.node)


def _undecided_merges(axis: AxisAnalysis) -> list[UndecidedMerge]:
    program = axis.program
    undecided: dict[int, str] = {}
    for name, trace in axis.valid_cases[0].traces.items():
        for node, kind in enumerate(program.kinds):
            if kind == MERGE:
                arriving = [trace.fields[origin] for origin in program.sources[node]]
                local = {field for field in arriving if field is not None and (field.why != "global" or field.grid is not None)}
                if len(local) > 1 and any(field.floating for field in local):
                    undecided[node] = name
    return [UndecidedMerge(node, name) for node, name in undecided.items()]


def _at_open_sizes(analysis: Analysis, ask: Callable[[AxisAnalysis], list[T]], node: Callable[[T], int]) -> list[tuple[T, tuple[str, ...]]]:
    """Answers of the axes with sizes that are not declared, those about one node together, in the graph's order."""
    if all(axis.known for axis in analysis.axes):
        return []
    answers = [(answer, axes) for part, axes in analysis.distinct if not part.known for answer in ask(part)]
    return sorted(alike(analysis, answers, node), key=lambda answer: node(answer[0]))
