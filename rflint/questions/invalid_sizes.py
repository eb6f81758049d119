"""Undeclared inputs that only some sizes suit."""

from typing import NamedTuple

from rflint.engine import Analysis, AxisAnalysis
from rflint.questions.axes import alike
from rflint.questions.every_size import SizeClasses, size_classes


class InvalidSizes(NamedTuple):
    """One input on the axes with the same suitable sizes."""

    classes: SizeClasses
    #: The first layer that a size outside of the valid classes does not suit, on the first of the axes.
    problem: int


def invalid_sizes(analysis: Analysis) -> list[tuple[InvalidSizes, tuple[str, ...]]]:
    """Inputs of which some admitted sizes work and others do not, each with its axes."""
    if all(axis.known for axis in analysis.axes):
        return []
    names = tuple(item.name for item in analysis.graph.inputs)
    partly = (
        (InvalidSizes(classes, _first_problem(part)), axes)
        for part, axes in analysis.distinct
        for classes in size_classes(part, names)
        if classes.valid and len(classes.valid) < len(classes.tried)
    )
    return alike(analysis, partly, lambda invalid: invalid.classes)


def _first_problem(axis: AxisAnalysis) -> int:
    problems = next(sizing.problems for sizing in axis.sizings if sizing.problems)
    return min(problem.node for problem in problems)
