"""Misaligned merges, explained: the fork, both paths, the deviation and its grade (design.md#alignment)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import Literal, NamedTuple

from rflint.algebra import IDENTITY, RESAMPLING, Grid, Transposed, compose, deviation
from rflint.engine import Analysis, AxisAnalysis, Case, Program, Trace, Violation
from rflint.model import Severity
from rflint.questions.offsets import moved, off_center
from rflint.questions.paths import Parting, part_ways

#: A merge and two of its branches.
Pair = tuple[int, int, int]


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
    #: The same in cells: of the largest on either path.
    cells: Fraction | None
    severity: Severity
    #: Later branches that are off for the same reason: the merges that they arrive at.
    repeated: tuple[int, ...] = ()


class _Case(NamedTuple):
    """A violation as it is at some sizes, with what there is to say of it."""

    case: Case
    violation: Violation
    parting: Parting
    #: None: unbounded.
    shift: Fraction | None
    cells: Fraction | None


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
    """All branches that are off at every valid input size, first merges first; those with one cause as one.

    Where the paths part behind a map that several inputs lead to, the first of these inputs stands for all.
    """
    alike: dict[Misalignment, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    for item in analysis.graph.inputs:
        for part, equal in analysis.distinct:
            for cause in _causes(part, item.name):
                axes, repeated = alike.get(key := cause._replace(repeated=()), ((), ()))
                alike[key] = tuple(sorted((*axes, *equal))), tuple(sorted({*repeated, *cause.repeated}))
    count = len(analysis.graph.inputs)
    found: dict[object, Misalignment] = {}
    for own, (axes, repeated) in alike.items():
        seen_through = own.input if own.fork < count else None
        found.setdefault(
            (own.node, own.fork, own.reference.end, own.branch.end, axes, seen_through), own._replace(axes=axes, repeated=repeated)
        )
    return tuple(sorted(found.values(), key=lambda own: (own.node, own.axes)))


def _causes(part: AxisAnalysis, source: str) -> list[Misalignment]:
    """The misalignments on one axis, which is left open, each with those that it is passed on to."""
    off = _worst(part, source)
    first: dict[object, Pair] = {}
    roots: dict[Pair, Pair] = {}
    passed_on: dict[Pair, list[int]] = {}
    for pair, own in sorted(off.items(), key=lambda each: (each[0][0], each[1].violation.branch)):
        parting = own.parting
        starts = frozenset((parting.one or (parting.fork,))[-1:] + (parting.other or (parting.fork,))[-1:])
        earlier = next(_inherited(own, roots), None) or first.setdefault((parting.fork, starts, own.shift), pair)
        roots[pair] = root = roots.get(earlier, pair)
        places = passed_on.setdefault(root, [])
        if pair[0] not in (root[0], *places):
            places.append(pair[0])
    return [_explain(part, source, off[pair])._replace(repeated=tuple(passed_on[pair])) for pair, root in roots.items() if pair == root]


def _inherited(own: _Case, earlier: Mapping[Pair, Pair]) -> Iterator[Pair]:
    """Earlier violations that are the reason of this one: with the other branch of one of them both grids are equal."""
    violations: dict[int, list[Violation]] = {}
    trace = next(trace for trace in own.case.traces.values() if own.violation in trace.violations)
    for violation in trace.violations:
        if violation.pair in earlier:
            violations.setdefault(violation.node, []).append(violation)
    for violation in violations.get(own.violation.node, ()):
        if violation.grid == own.violation.grid:
            yield violation.pair
    steps = own.case.sizings[0].steps
    for nodes, target in ((own.parting.one, own.violation.grid), (own.parting.other, own.violation.reference)):
        # From the end of the path to the map of a node.
        onwards = IDENTITY
        for node in nodes:
            for violation in violations.get(node, ()):
                if compose(onwards, violation.grid) == target:
                    yield violation.pair
            step = steps[node]
            if step is not None and step.grid is not None:
                onwards = compose(onwards, step.grid)


def size_dependences(analysis: Analysis) -> tuple[SizeDependence, ...]:
    """Merges that are aligned for some residues of an unknown input size and not for others."""
    results: list[SizeDependence] = []
    for axis, part in enumerate(analysis.axes):
        if len(part.cases) < 2:
            continue
        for source, item in enumerate(analysis.graph.inputs):
            modulus = part.moduli[source]
            if modulus is None:
                continue
            valid = part.valid_cases
            always = {node for node, *_ in _common_pairs(part, item.name)}
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
                branches[violation.node] = branches.get(violation.node, frozenset()) | {violation.branch}
    return branches


def _common_pairs(part: AxisAnalysis, source: str) -> set[Pair]:
    """Violations of every valid case."""
    return set.intersection(*({violation.pair for violation in case.traces[source].violations} for case in part.valid_cases))


def _worst(part: AxisAnalysis, source: str) -> dict[Pair, _Case]:
    """Violations of every valid case, each as it is where it is worst."""
    common = _common_pairs(part, source)
    partings: dict[object, Parting] = {}
    worst: dict[Pair, _Case] = {}
    for case in part.valid_cases if common else ():
        trace = case.traces[source]
        route = tuple(trace.via.items())
        for violation in trace.violations:
            if violation.pair not in common:
                continue
            key = (violation.chosen, violation.branch, route)
            parting = partings.get(key)
            if parting is None:
                parting = partings[key] = part_ways(violation.chosen, violation.branch, partial(came_through, part.program, trace))
            own = _judged(part, case, trace, violation, parting)
            known = worst.get(violation.pair)
            if known is None or _badness(own) > _badness(known):
                worst[violation.pair] = own
    return worst


def _badness(own: _Case) -> Fraction | float:
    return float("inf") if own.cells is None else own.cells


def _judged(part: AxisAnalysis, case: Case, trace: Trace, violation: Violation, parting: Parting) -> _Case:
    size, one, other = part.size(violation.node), violation.reference, violation.grid
    if one.stride != other.stride and (not violation.sized or size is None or violation.floating):
        return _Case(case, violation, parting, None, None)
    shift = deviation(one, other, None if size is None else size - 1)
    maps = (violation.node, parting.fork, *parting.one, *parting.other)
    cell = max(field.grid.stride for node in maps if (field := trace.fields[node]) is not None and field.grid is not None)
    return _Case(case, violation, parting, shift, shift / cell if shift is not None and cell else None)


def _explain(part: AxisAnalysis, source: str, own: _Case) -> Misalignment:
    """The misalignment on one axis, which is left open."""
    _, violation, parting, shift, cells = own
    reference = _path(own.case, source, parting.fork, violation.chosen, parting.one, violation.reference)
    branch = _path(own.case, source, parting.fork, violation.branch, parting.other, violation.grid)
    kind: Literal["stride", "center"] = "stride" if shift is None else "center"
    grade = _grade(part.program, own, own.case.traces[source])
    return Misalignment(violation.node, source, (), kind, parting.fork, reference, branch, shift, cells, grade)


def _grade(program: Program, own: _Case, trace: Trace) -> Severity:
    """What one offset would mend is a mistake; what the ops imply is a fact, up to half a cell."""
    if own.cells is None or own.cells >= 1:
        return "error"
    resampled = any(_resamples(program, own.case, node) for node in (*own.parting.one, *own.parting.other))
    if own.cells > Fraction(1, 2 if resampled else 4):
        return "warning"
    return "warning" if any(_offsets(program, own, trace)) else "info"


def _offsets(program: Program, own: _Case, trace: Trace) -> Iterator[bool]:
    """True for each layer of either path that one offset of it closes the gap and leaves it no worse centred itself."""
    violation, sizing = own.violation, own.case.sizings[0]
    if violation.reference.stride != violation.grid.stride:
        return
    gap = violation.reference.center - violation.grid.center
    for nodes, wanted in ((own.parting.other, gap), (own.parting.one, -gap)):
        for node in nodes:
            before = trace.fields[came_through(program, trace, node)]
            if before is not None and before.grid is not None and before.grid.s:
                ops = moved(program, sizing, node, wanted / before.grid.stride)
                yield any(off_center(program, sizing, node, op) != "warning" for op in ops)


def _resamples(program: Program, case: Case, node: int) -> bool:
    """Whether a layer makes up samples between those of its input, or joins several to one, by convention."""
    step = case.sizings[0].steps[node]
    if step is None or step.grid is None or not isinstance(program.ops[node], (*RESAMPLING, Transposed)):
        return False
    return step.sized or step.grid.s != step.grid.d


def came_through(program: Program, trace: Trace, node: int) -> int:
    """The input of a node that its representative path comes through."""
    via = trace.via.get(node)
    if via is not None:
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
