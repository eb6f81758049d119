"""What `rflint sizes` tells: which sizes of each input suit, align and centre the network, with the padding of each class."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from rflint.engine import Analysis, AxisAnalysis
from rflint.questions.every_size import SizeClasses, SmallSizes, size_classes, small_sizes, smallest_size
from rflint.questions.view import drift_at


class Behaviour(NamedTuple):
    """What an output does at some sizes; lengths are input samples."""

    receptive_field: int | None
    stride: Fraction | None
    padding: int | None
    #: Centre of the map against that of the input.
    drift: Fraction | None
    #: None: not decided by the class alone.
    aligned: bool | None


@dataclass(frozen=True, slots=True)
class OutputClass:
    """Sizes that an output treats alike."""

    residues: tuple[int, ...]
    behaviour: Behaviour


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
    #: Where no class is valid: single sizes that are.
    small: SmallSizes


def survey(analysis: Analysis) -> tuple[InputSurvey, ...]:
    """All undeclared inputs of an analysis; equal axes together."""
    names = tuple(item.name for item in analysis.graph.inputs)
    surveys: dict[tuple[str, int], InputSurvey] = {}
    for axis, part in enumerate(analysis.axes):
        twin = next(earlier for earlier in range(axis + 1) if analysis.axes[earlier].cases is part.cases)
        for position, name in enumerate(names):
            if part.sizings[0].inputs[position] is not None and part.moduli[position] is None:
                continue
            if (earlier := surveys.get((name, twin))) is not None:
                surveys[name, twin] = replace(earlier, axes=(*earlier.axes, part.name))
                continue
            classes = next((own for own in size_classes(part, names) if own.position == position), None)
            surveys[name, axis] = InputSurvey(
                name,
                (part.name,),
                classes,
                _smallest(part, classes),
                _outputs(analysis, part, position),
                _undecided(analysis, part, position),
                small_sizes(part) if classes is not None and not classes.valid else SmallSizes(),
            )
    return tuple(surveys.values())


def _smallest(part: AxisAnalysis, classes: SizeClasses | None) -> int | None:
    """Over all valid classes, the size from which on one of them works."""
    if classes is None:
        return None
    return smallest_size(part, [sizing for sizing in part.sizings if not sizing.problems], classes.modulus)


def _outputs(analysis: Analysis, part: AxisAnalysis, position: int) -> tuple[OutputSurvey, ...]:
    if sum(modulus is not None for modulus in part.moduli) != 1 or part.moduli[position] is None:
        return ()
    name = analysis.graph.inputs[position].name
    outputs: list[OutputSurvey] = []
    for node in analysis.graph.outputs:
        alike: dict[Behaviour, list[int]] = {}
        for case in part.cases:
            if (field := case.traces[name].fields[node]) is None:
                continue
            region = field.region(0)
            padding = None if region is None or field.floating else -region[0]
            stride = None if field.grid is None else field.grid.stride
            for sizing in case.sizings:
                residue, size, out = sizing.residues[position], sizing.inputs[position], sizing.sizes[node]
                if sizing.problems or residue is None:
                    continue
                drift = drift_at(field, size, out)
                alike.setdefault(Behaviour(field.size, stride, padding, drift, field.aligned), []).append(residue)
        classes = tuple(OutputClass(tuple(residues), behaviour) for behaviour, residues in alike.items())
        outputs.append(OutputSurvey(analysis.graph.node_name(node), classes))
    return tuple(outputs)


def _undecided(analysis: Analysis, part: AxisAnalysis, position: int) -> tuple[str, ...]:
    name = analysis.graph.inputs[position].name
    undecided: set[int] = set()
    for case in part.valid_cases:
        fields = case.traces[name].fields
        depends = [field is not None and field.why == "size-dependent" for field in fields]
        undecided.update(
            node
            for node in range(part.program.input_count, len(fields))
            if depends[node] and not any(depends[origin] for origin in part.program.sources[node])
        )
    return tuple(map(analysis.graph.node_name, sorted(undecided)))
