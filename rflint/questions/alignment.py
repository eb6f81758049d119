"""Misaligned merges, explained: the fork, both paths, the deviation and its grade (design.md#alignment)."""

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import Literal, NamedTuple

from rflint.algebra import RESAMPLING, AxisOp, Grid, Transposed, deviation
from rflint.engine import Analysis, AxisAnalysis, Case, Program, Trace, Violation
from rflint.model import Severity
from rflint.questions.paths import part_ways


class Contribution(NamedTuple):
    """A layer of a path that moves its centre, and by how many input samples."""

    node: int
    share: Fraction


class Path(NamedTuple):
    """One branch of a merge, from the fork (exclusive) to the merge (exclusive)."""

    #: Last layer of the branch; the fork itself where the branch is empty.
    end: int
    #: First layer after the fork; the fork itself where the branch is empty.
    start: int
    stride: Fraction
    center: Fraction
    contributions: tuple[Contribution, ...]


class Misalignment(NamedTuple):
    """One branch of one merge that is off, on the axes that are off alike."""

    node: int
    input: str
    axes: tuple[int, ...]
    kind: Literal["stride", "center"]
    fork: int
    #: The representative branch, and the one that is off.
    reference: Path
    branch: Path
    #: Largest distance of the two centres over the real positions, in input samples; None: unbounded.
    shift: Fraction | None
    #: The same in cells of the merged map.
    cells: Fraction | None
    severity: Severity
    #: Later merges that receive the same deviation.
    repeated: tuple[int, ...] = ()


class SizeDependence(NamedTuple):
    """A merge that is aligned for some sizes of an input only."""

    node: int
    axis: int
    input: str
    #: Residues of that input's size for which the merge is aligned, and their modulus.
    aligned: tuple[int, ...]
    modulus: int


@lru_cache(maxsize=1)  # two rules ask it
def misalignments(analysis: Analysis) -> tuple[Misalignment, ...]:
    """All branches that are off at every valid input size, first merges first."""
    alike: dict[Hashable, Misalignment] = {}
    for axis, part in enumerate(analysis.axes):
        for item in analysis.graph.inputs:
            for violation in _common_violations(part, item.name):
                misalignment = _explain(part, item.name, violation)
                known = alike.setdefault(key := _alike(misalignment), misalignment)
                alike[key] = known._replace(axes=(*known.axes, axis))
    first: dict[Hashable, Misalignment] = {}
    for misalignment in sorted(alike.values(), key=lambda own: (own.node, own.axes)):
        cause = _cause(misalignment)
        known = first.get(cause, misalignment)
        passed_on = known.node != misalignment.node
        first[cause] = known._replace(repeated=(*known.repeated, misalignment.node)) if passed_on else misalignment
    return tuple(first.values())


def _alike(own: Misalignment) -> Hashable:
    """What the misalignments of one branch on several axes have in common where they are told as one."""
    return own.node, own.input, own.branch, own.reference, own.kind, own.shift


def _cause(own: Misalignment) -> Hashable:
    """What the misalignments of several merges have in common where they are one deviation that is passed on."""
    return own.input, own.axes, own.kind, own.fork, own.branch.start, own.reference.start, own.shift


def size_dependences(analysis: Analysis) -> tuple[SizeDependence, ...]:
    """Merges that are aligned for some residues of an unknown input size and not for others."""
    results: list[SizeDependence] = []
    for axis, part in enumerate(analysis.axes):
        if len(part.cases) < 2:
            continue
        for source, item in enumerate(analysis.graph.inputs):
            if (modulus := part.moduli[source]) is None:
                continue
            valid = part.valid_cases
            always = {violation.node for violation in _common_violations(part, item.name)}
            sometimes = {violation.node for case in valid for violation in case.traces[item.name].violations} - always
            for node in sorted(sometimes):
                aligned = {
                    residue
                    for case in valid
                    if all(violation.node != node for violation in case.traces[item.name].violations)
                    for sizing in case.sizings
                    if not sizing.problems and (residue := sizing.residues[source]) is not None
                }
                results.append(SizeDependence(node, axis, item.name, tuple(sorted(aligned)), modulus))
    return tuple(results)


def other_strides(part: AxisAnalysis) -> Mapping[int, frozenset[int]]:
    """Merge -> its branches whose effective stride is not that of the representative: their map sizes differ for that reason."""
    branches: dict[int, frozenset[int]] = {}
    for trace in part.valid_cases[0].traces.values():
        for violation in trace.violations:
            if not violation.sized and violation.reference.stride != violation.grid.stride:
                branch = part.program.sources[violation.node][violation.position]
                branches[violation.node] = branches.get(violation.node, frozenset()) | {branch}
    return branches


def _common_violations(part: AxisAnalysis, source: str) -> list[Violation]:
    """Violations of every valid case."""
    cases = part.valid_cases
    shared = {(violation.node, violation.position) for violation in cases[0].traces[source].violations}
    for case in cases[1:]:
        shared &= {(violation.node, violation.position) for violation in case.traces[source].violations}
    return [violation for violation in cases[0].traces[source].violations if (violation.node, violation.position) in shared]


def _explain(part: AxisAnalysis, source: str, violation: Violation) -> Misalignment:
    """The misalignment on one axis, which is left open."""
    program, case = part.program, part.valid_cases[0]
    origins = program.sources[violation.node]
    head, tail = origins[violation.chosen], origins[violation.position]
    parting = part_ways(head, tail, partial(came_through, program, case.traces[source]))
    reference = _path(case, source, parting.fork, head, parting.one, violation.reference)
    branch = _path(case, source, parting.fork, tail, parting.other, violation.grid)
    size = part.size(violation.node)
    if reference.stride != branch.stride and (not violation.sized or size is None or violation.floating):
        return Misalignment(violation.node, source, (), "stride", parting.fork, reference, branch, None, None, "error")
    worst = deviation(violation.reference, violation.grid, None if size is None else size - 1)
    for other_case in part.valid_cases[1:]:
        fields = other_case.traces[source].fields
        one, other = fields[head], fields[tail]
        if one is not None and other is not None and one.grid is not None and other.grid is not None:
            more = deviation(one.grid, other.grid, None)
            worst = more if worst is None or (more is not None and more > worst) else worst
    cells = None if worst is None or not reference.stride else worst / reference.stride
    resampled = any(_resamples(program.ops[node]) for node in (*parting.one, *parting.other))
    grade = _grade(cells, resampled=resampled)
    return Misalignment(violation.node, source, (), "center", parting.fork, reference, branch, worst, cells, grade)


def _grade(cells: Fraction | None, *, resampled: bool) -> Severity:
    if cells is None or cells >= 1:
        return "error"
    return "info" if resampled and cells <= Fraction(1, 2) else "warning"


def _resamples(op: AxisOp | None) -> bool:
    return op.stride > 1 if isinstance(op, Transposed) else isinstance(op, RESAMPLING)


def came_through(program: Program, trace: Trace, node: int) -> int:
    """The input of a node that its representative path comes through."""
    if (via := trace.via.get(node)) is not None:
        return via
    return next(origin for origin in program.sources[node] if trace.fields[origin] is not None)


def _path(case: Case, source: str, fork: int, end: int, nodes: Sequence[int], grid: Grid) -> Path:
    """The path of `nodes`, last first."""
    steps, fields = case.sizings[0].steps, case.traces[source].fields
    contributions: list[Contribution] = []
    last = fork
    for node in reversed(nodes):
        step, before = steps[node], fields[last]
        if step is not None and step.grid is not None and before is not None and before.grid is not None and step.grid.c:
            contributions.append(Contribution(node, before.grid.stride * step.grid.center))
        last = node
    return Path(end, nodes[-1] if nodes else fork, grid.stride, grid.center, tuple(contributions))
