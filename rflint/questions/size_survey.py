"""What `rflint sizes` tells: which sizes of each input suit, align and centre the network, with the padding of each class."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rflint.questions.every_size import SizeClasses, size_classes, smallest_size

if TYPE_CHECKING:
    from rflint.engine.analysis import Analysis, AxisAnalysis


@dataclass(frozen=True, slots=True)
class OutputClass:
    """Sizes that an output treats alike; lengths are input samples."""

    residues: tuple[int, ...]
    receptive_field: int | None
    stride: Fraction | None
    padding: int | None
    #: Centre of the map against that of the input.
    drift: Fraction | None
    #: None: not decided by the class alone.
    aligned: bool | None


@dataclass(frozen=True, slots=True)
class OutputSurvey:
    """One output over all sizes."""

    layer: str
    classes: tuple[OutputClass, ...]


@dataclass(frozen=True, slots=True)
class InputSurvey:
    """One input on the axes that behave alike."""

    input: str
    axes: tuple[str, ...]
    #: None: too many classes to try.
    classes: SizeClasses | None
    #: Smallest size from which on every size of a valid class works; None where several inputs are open.
    smallest: int | None
    outputs: tuple[OutputSurvey, ...]
    #: Layers whose result depends on more than the residue (a resize to a fixed size, …).
    undecided: tuple[str, ...]


def survey(analysis: Analysis) -> tuple[InputSurvey, ...]:
    """All undeclared inputs of an analysis; equal axes together."""
    names = tuple(item.name for item in analysis.graph.inputs)
    found: dict[tuple[str, int], InputSurvey] = {}
    for axis, part in enumerate(analysis.axes):
        twin = next(earlier for earlier in range(axis + 1) if analysis.axes[earlier].cases is part.cases)
        for position, name in enumerate(names):
            if part.sizings[0].inputs[position] is not None and part.moduli[position] is None:
                continue
            if (name, twin) in found:
                known = found[name, twin]
                found[name, twin] = InputSurvey(
                    name, (*known.axes, part.name), known.classes, known.smallest, known.outputs, known.undecided
                )
                continue
            classes = next((each for each in size_classes(part, names) if each.position == position), None)
            found[name, axis] = InputSurvey(
                name,
                (part.name,),
                classes,
                _smallest(part, classes),
                _outputs(analysis, part, position),
                _undecided(analysis, part, position),
            )
    return tuple(found.values())


def _smallest(part: AxisAnalysis, classes: SizeClasses | None) -> int | None:
    """Over all valid classes, the size from which on all of them work."""
    if classes is None:
        return None
    sizes = [smallest_size(part, sizing, classes.modulus) for sizing in part.sizings if not sizing.problems]
    known = [size for size in sizes if size is not None]
    return min(known) if known and len(known) == len(sizes) else None


def _outputs(analysis: Analysis, part: AxisAnalysis, position: int) -> tuple[OutputSurvey, ...]:
    if sum(modulus is not None for modulus in part.moduli) != 1 or part.moduli[position] is None:
        return ()
    name = analysis.graph.inputs[position].name
    found: list[OutputSurvey] = []
    for node in analysis.graph.outputs:
        groups: dict[tuple[int | None, Fraction | None, int | None, Fraction | None, bool | None], list[int]] = {}
        for case in part.cases:
            field = case.traces[name].fields[node]
            if field is None:
                continue
            region = field.region(0)
            padding = None if region is None or field.floating else -region[0]
            stride = None if field.grid is None else field.grid.stride
            for sizing in case.sizings:
                residue, size, out = sizing.residues[position], sizing.inputs[position], sizing.sizes[node]
                if sizing.problems or residue is None:
                    continue
                drift = None
                if field.grid is not None and not field.floating and size is not None and out is not None:
                    drift = field.grid.at(Fraction(out - 1, 2)) - Fraction(size - 1, 2)
                groups.setdefault((field.size, stride, padding, drift, field.aligned), []).append(residue)
        classes = tuple(OutputClass(tuple(residues), *key) for key, residues in groups.items())
        found.append(OutputSurvey(analysis.graph.node_name(node), classes))
    return tuple(found)


def _undecided(analysis: Analysis, part: AxisAnalysis, position: int) -> tuple[str, ...]:
    name = analysis.graph.inputs[position].name
    fields = part.cases[0].traces[name].fields
    return tuple(
        analysis.graph.node_name(node)
        for node in range(part.program.input_count, len(fields))
        if (field := fields[node]) is not None
        and field.why == "size-dependent"
        and not any((before := fields[origin]) is not None and before.why == "size-dependent" for origin in part.program.sources[node])
    )
