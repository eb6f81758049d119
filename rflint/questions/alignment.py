"""Misaligned merges, explained: the fork, both paths, the deviation and its grade (design.md#alignment)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import Literal, NamedTuple

from rflint.algebra import IDENTITY, RESAMPLING, Grid, Transposed, compose, deviation
from rflint.engine import Analysis, AxisAnalysis, Case, Program, Trace, Violation
from rflint.model import Severity
from rflint.questions.ancestry import Ancestry, Meeting
from rflint.questions.offsets import moved
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
    meeting: Meeting
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
    reasons = _Reasons(part.program, roots)
    for pair, own in sorted(off.items(), key=lambda each: (each[0][0], each[1].violation.branch)):
        key = own.meeting.fork, frozenset(own.meeting.starts), own.shift
        if (earlier := first.get(key)) is None:
            earlier = first[key] = next(reasons.of(own, own.case.traces[source]), pair)
        roots[pair] = root = roots.get(earlier, pair)
        places = passed_on.setdefault(root, [])
        # Pairs come in the order of their merges.
        if pair[0] != (places[-1] if places else root[0]):
            places.append(pair[0])
    return [_explain(part, source, off[pair])._replace(repeated=tuple(passed_on[pair])) for pair, root in roots.items() if pair == root]


class _Reasons:
    """Earlier violations that are the reason of a later one: with the other branch of one of them both grids are equal."""

    def __init__(self, program: Program, earlier: Mapping[Pair, Pair]) -> None:
        self._program = program
        self._earlier = earlier
        self._by_node: dict[int, dict[int, list[Violation]]] = {}

    def of(self, own: _Case, trace: Trace) -> Iterator[Pair]:
        """Those of one, by its own merge first, then from the ends of its paths back."""
        violations = self._by_node.get(id(trace))
        if violations is None:
            violations = self._by_node[id(trace)] = {}
            for violation in trace.violations:
                violations.setdefault(violation.node, []).append(violation)
        for violation in violations[own.violation.node]:
            if violation.pair in self._earlier and violation.grid == own.violation.grid:
                yield violation.pair
        steps = own.case.sizings[0].steps
        parting = _parting(self._program, trace, own.violation)
        for nodes, target in ((parting.one, own.violation.grid), (parting.other, own.violation.reference)):
            # From the end of the path to the map of a node.
            onwards = IDENTITY
            for node in nodes:
                for violation in violations.get(node, ()):
                    if violation.pair in self._earlier and compose(onwards, violation.grid) == target:
                        yield violation.pair
                step = steps[node]
                if step is not None and step.grid is not None:
                    onwards = compose(onwards, step.grid)


def _parting(program: Program, trace: Trace, violation: Violation) -> Parting:
    return part_ways(violation.chosen, violation.branch, partial(came_through, program, trace))


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
    paths: dict[object, _Paths] = {}
    worst: dict[Pair, _Case] = {}
    for case in part.valid_cases if common else ():
        trace = case.traces[source]
        strides = tuple([None if field is None or field.grid is None else (field.grid.s, field.grid.d) for field in trace.fields])
        key = tuple(trace.via.items()), strides
        if (known_paths := paths.get(key)) is None:
            known_paths = paths[key] = _paths(part.program, trace)
        for violation in trace.violations:
            if violation.pair not in common:
                continue
            own = _judged(part, case, known_paths, violation)
            known = worst.get(violation.pair)
            if known is None or _badness(own) > _badness(known):
                worst[violation.pair] = own
    return worst


class _Paths(NamedTuple):
    """The representative paths of a trace, nodes weighed by the rank of their effective strides."""

    tree: Ancestry
    ranks: Sequence[int]
    strides: Sequence[Fraction]


def _paths(program: Program, trace: Trace) -> _Paths:
    fields = trace.fields
    before = [
        came_through(program, trace, node) if field is not None and node >= program.input_count else node
        for node, field in enumerate(fields)
    ]
    own = [Fraction(0) if field is None or field.grid is None else field.grid.stride for field in fields]
    strides = sorted(set(own))
    places = {stride: place for place, stride in enumerate(strides)}
    ranks = [places[stride] for stride in own]
    return _Paths(Ancestry(before, ranks), ranks, strides)


def _badness(own: _Case) -> Fraction | float:
    return float("inf") if own.cells is None else own.cells


def _judged(part: AxisAnalysis, case: Case, paths: _Paths, violation: Violation) -> _Case:
    size, one, other = part.size(violation.node), violation.reference, violation.grid
    meeting = paths.tree.meet(violation.chosen, violation.branch)
    if one.stride != other.stride and (not violation.sized or size is None or violation.floating):
        return _Case(case, violation, meeting, None, None)
    shift = deviation(one, other, None if size is None else size - 1)
    cell = paths.strides[max(meeting.heaviest, paths.ranks[violation.node])]
    return _Case(case, violation, meeting, shift, shift / cell if shift is not None and cell else None)


def _explain(part: AxisAnalysis, source: str, own: _Case) -> Misalignment:
    """The misalignment on one axis, which is left open."""
    _, violation, _, shift, cells = own
    trace = own.case.traces[source]
    parting = _parting(part.program, trace, violation)
    reference = _path(own.case, source, parting.fork, violation.chosen, parting.one, violation.reference)
    branch = _path(own.case, source, parting.fork, violation.branch, parting.other, violation.grid)
    kind: Literal["stride", "center"] = "stride" if shift is None else "center"
    grade = _grade(part.program, own, parting, trace)
    return Misalignment(violation.node, source, (), kind, parting.fork, reference, branch, shift, cells, grade)


def _grade(program: Program, own: _Case, parting: Parting, trace: Trace) -> Severity:
    """What one offset would mend is a mistake; what the ops imply is a fact, up to half a cell."""
    if own.cells is None or own.cells >= 1:
        return "error"
    resampled = any(_resamples(program, own.case, node) for node in (*parting.one, *parting.other))
    if own.cells > Fraction(1, 2 if resampled else 4):
        return "warning"
    return "warning" if any(_offsets(program, own, parting, trace)) else "info"


def _offsets(program: Program, own: _Case, parting: Parting, trace: Trace) -> Iterator[bool]:
    """True for each layer of either path that one offset of it closes the gap."""
    violation, sizing = own.violation, own.case.sizings[0]
    if violation.reference.stride != violation.grid.stride:
        return
    gap = violation.reference.center - violation.grid.center
    for nodes, wanted in ((parting.other, gap), (parting.one, -gap)):
        for node in nodes:
            before = trace.fields[came_through(program, trace, node)]
            if before is not None and before.grid is not None and before.grid.s:
                yield any(True for _ in moved(program, sizing, node, wanted / before.grid.stride))


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
