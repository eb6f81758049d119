"""Misaligned merges, explained: the fork, both paths, the deviation, its grade and the edit that removes it (design.md#alignment)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple

from rflint.algebra.axis import AxisOp, Transposed, Window
from rflint.algebra.grid import deviation
from rflint.algebra.resampling import Resize
from rflint.engine.program import Program, kind_of
from rflint.engine.sizing import size_up
from rflint.engine.tracing import Trace, Violation, trace

if TYPE_CHECKING:
    from rflint.engine.analysis import Analysis, AxisAnalysis, Case
    from rflint.engine.sizing import Sizing
    from rflint.model.finding import Severity
    from rflint.model.graph import Graph

#: Nodes that the search for edits may visit in one spec; past it findings come without an edit.
SEARCH_CAP = 1_000_000


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


class Edit(NamedTuple):
    """Fields of a layer that would align the branches; values have one entry per axis of the graph, None: unchanged."""

    node: int
    fields: tuple[tuple[str, tuple[object, ...]], ...]
    #: The merged maps differ in size too, and are equal with this edit; else no map changes its size.
    resizes: bool = False


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
    edit: Edit | None = None
    #: Whether all single edits were tried; a large network has too many.
    searched: bool = True
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


def misalignments(analysis: Analysis) -> tuple[Misalignment, ...]:
    """All branches that are off at every valid input size, first merges first."""
    found: dict[tuple[object, ...], Misalignment] = {}
    for axis, part in enumerate(analysis.axes):
        for item in analysis.graph.inputs:
            for violation in _common_violations(part, item.name):
                made = _explain(analysis, part, item.name, violation, axis)
                key = (made.node, made.input, made.branch, made.reference, made.kind, made.shift)
                known = found.get(key)
                found[key] = made if known is None else known._replace(axes=(*known.axes, axis))
    first: dict[tuple[object, ...], Misalignment] = {}
    for made in sorted(found.values(), key=lambda each: (each.node, each.axes)):
        same = (made.input, made.axes, made.kind, made.fork, made.branch.start, made.reference.start, made.shift)
        known = first.get(same)
        if known is not None and known.node != made.node:
            first[same] = known._replace(repeated=(*known.repeated, made.node))
        else:
            first[same] = made
    return tuple(first.values())


def with_edits(analysis: Analysis, found: tuple[Misalignment, ...]) -> tuple[Misalignment, ...]:
    """The same, each with an edit that aligns its branch where one exists."""
    budget = SEARCH_CAP
    results = []
    for made in found:
        edit, searched, budget = _find_edit(analysis, made, budget)
        results.append(made._replace(edit=edit, searched=searched))
    return tuple(results)


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
            valid = part.valid_cases()
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


def _common_violations(part: AxisAnalysis, source: str) -> list[Violation]:
    """Violations of every valid case."""
    cases = part.valid_cases()
    shared = {(violation.node, violation.position) for violation in cases[0].traces[source].violations}
    for case in cases[1:]:
        shared &= {(violation.node, violation.position) for violation in case.traces[source].violations}
    return [violation for violation in cases[0].traces[source].violations if (violation.node, violation.position) in shared]


def _explain(analysis: Analysis, part: AxisAnalysis, source: str, violation: Violation, axis: int) -> Misalignment:
    program = part.program
    origins = program.sources[violation.node]
    one, other = origins[violation.chosen], origins[violation.position]
    case = part.valid_cases()[0]
    found = case.traces[source]
    fork, one_path, other_path = _part_ways(program, found, one, other)
    reference = _path(found, case, fork, one, one_path)
    branch = _path(found, case, fork, other, other_path)
    head, tail = found.fields[one], found.fields[other]
    assert head is not None
    assert tail is not None
    assert head.grid is not None
    assert tail.grid is not None
    sized = head.sized or tail.sized
    size = part.size(violation.node)
    shift = deviation(head.grid, tail.grid, None if size is None else size - 1)
    if reference.stride != branch.stride and (not sized or size is None or head.floating or tail.floating):
        return Misalignment(violation.node, source, (axis,), "stride", fork, reference, branch, None, None, "error")
    worst = shift
    for other_case in part.valid_cases()[1:]:
        again = other_case.traces[source]
        first, second = again.fields[one], again.fields[other]
        if first is not None and second is not None and first.grid is not None and second.grid is not None:
            more = deviation(first.grid, second.grid, None)
            worst = more if worst is None or (more is not None and more > worst) else worst
    cells = None if worst is None or not head.grid.s else worst / head.grid.stride
    resampled = any(_resamples(analysis.graph, program, node) for node in (*one_path, *other_path))
    return Misalignment(
        violation.node, source, (axis,), "center", fork, reference, branch, worst, cells, _grade(cells, resampled=resampled)
    )


def _grade(cells: Fraction | None, *, resampled: bool) -> Severity:
    if cells is None or cells >= 1:
        return "error"
    return "info" if resampled and cells <= Fraction(1, 2) else "warning"


def _resamples(graph: Graph, program: Program, node: int) -> bool:
    op = program.ops[node]
    if isinstance(op, Transposed):
        return op.stride > 1
    layer = graph.layers[node - program.input_count]
    return graph.ops[layer.op].group == "resampling" or isinstance(op, Resize)


def _previous(program: Program, found: Trace, node: int) -> int:
    """The input of a node that its representative path comes through."""
    via = found.via.get(node)
    if via is not None:
        return via
    return next(origin for origin in program.sources[node] if found.fields[origin] is not None)


def _part_ways(program: Program, found: Trace, one: int, other: int) -> tuple[int, list[int], list[int]]:
    """Last common layer of two representative paths, and their layers after it, last first.

    Node numbers are topological, so the larger of the two is never an ancestor of the other.
    """
    one_path: list[int] = []
    other_path: list[int] = []
    while one != other:
        if one > other:
            one_path.append(one)
            one = _previous(program, found, one)
        else:
            other_path.append(other)
            other = _previous(program, found, other)
    return one, one_path, other_path


def _path(found: Trace, case: Case, fork: int, end: int, nodes: list[int]) -> Path:
    steps = case.sizings[0].steps
    contributions: list[Contribution] = []
    last = fork
    for node in reversed(nodes):
        step, before = steps[node], found.fields[last]
        if step is not None and step.grid is not None and before is not None and before.grid is not None and step.grid.c:
            contributions.append(Contribution(node, before.grid.stride * step.grid.center))
        last = node
    field = found.fields[end]
    assert field is not None
    assert field.grid is not None
    return Path(end, nodes[-1] if nodes else fork, field.grid.stride, field.grid.center, tuple(contributions))


def _find_edit(analysis: Analysis, made: Misalignment, budget: int) -> tuple[Edit | None, bool, int]:
    """An edit of one layer that removes the violation and adds none, confirmed by analysing again.

    Also whether all that come into question were tried, and what budget is left.
    """
    part = analysis.axes[made.axes[0]]
    # At open sizes the first and the last class stand for all: the edit changes no size.
    known = [(sizing, case.traces[made.input]) for case in part.cases for sizing in case.sizings]
    tried = [known[0], known[-1]] if len(known) > 1 and known[0][0].virtual else known[:1]
    for node, op in _candidates(part, made):
        if budget < 0:
            return None, False, budget
        if not analysis.graph.takes(analysis.graph.layers[node - part.program.input_count], *_changed_by(op)):
            continue
        twins = same_site(analysis.graph, node)
        budget -= 2 * (len(part.program.kinds) + sum(map(len, part.program.sources))) * len(tried)
        if all(_mends(part, made, twins, op, *each) for each in tried):
            return _as_edit(analysis, made, node, op)._replace(resizes=differ_in_size(analysis, made)), True, budget
    return None, True, budget


def _candidates(part: AxisAnalysis, made: Misalignment) -> list[tuple[int, AxisOp]]:
    """Layers of either path with one field changed: paddings first, then conventions; nearest to the merge first."""
    case = part.valid_cases()[0]
    found, steps = case.traces[made.input], case.sizings[0].steps
    _, one_path, other_path = _part_ways(part.program, found, made.reference.end, made.branch.end)
    gap = made.reference.center - made.branch.center
    paddings: list[tuple[int, AxisOp]] = []
    conventions: list[tuple[int, AxisOp]] = []
    for nodes, wanted in ((other_path, gap), (one_path, -gap)):
        for node in nodes:
            op, step = part.program.ops[node], steps[node]
            before = found.fields[_previous(part.program, found, node)]
            if before is None or before.grid is None or step is None:
                continue
            if isinstance(op, Window) and op.word != "causal" and step.padding is not None and before.grid.s:
                move = -wanted / before.grid.stride
                if move.denominator == 1:
                    paddings.extend((node, changed) for changed in _repadded(op, step.padding, int(move)))
            elif isinstance(op, Resize) and op.mode != "area":
                conventions.extend((node, changed) for changed in _reconvened(op))
    return paddings + conventions


def _changed_by(op: AxisOp) -> tuple[str, ...]:
    """Fields that an edit to this op would set."""
    return ("mode", "coordinates") if isinstance(op, Resize) else ("padding",)


def _repadded(op: Window, padding: tuple[int, int], move: int) -> list[Window]:
    """Windows with `move` more samples on the low side; even padding first, and none that is all that a window reads."""
    low, high = padding[0] + move, padding[1] - move
    choices = dict.fromkeys(
        pair for pair in ((low, low), (low, high), (low, padding[1])) if min(pair) >= 0 and max(pair) < op.effective_kernel
    )
    return [op._replace(word="", low=pair[0], high=pair[1]) for pair in choices]


def _reconvened(op: Resize) -> list[Resize]:
    """The same resize under other coordinate conventions."""
    mode = "linear" if op.mode == "nearest" else op.mode
    return [
        op._replace(mode=mode, coordinates=coordinates, rounding="floor")
        for coordinates in ("half_pixel", "asymmetric", "align_corners")
        if (mode, coordinates) != (op.mode, op.coordinates)
    ]


def same_site(graph: Graph, node: int) -> tuple[int, ...]:
    """All layers that the item of a layer stands for, itself among them: an edit of its text changes them all."""
    count = len(graph.inputs)
    site = graph.layers[node - count].site
    return tuple(other for other, layer in enumerate(graph.layers, count) if layer.site == site)


def _mends(part: AxisAnalysis, made: Misalignment, nodes: tuple[int, ...], op: AxisOp, sizing: Sizing, known: Trace) -> bool:
    program = part.program
    ops, kinds = list(program.ops), list(program.kinds)
    for node in nodes:
        # The other copies may have another stride: they get the same fields, not the same op.
        copy = _edited(program.ops[node], op)
        if copy is None:
            return False
        ops[node], kinds[node] = copy, kind_of(copy)
    changed = program._replace(ops=tuple(ops), kinds=tuple(kinds))
    again = size_up(changed, sizing.inputs, sizing.residues, {}, (True,) * len(ops), {})
    if _differ_at(made.node, sizing):
        # Maps of different size are no better for being aligned: the edit has to mend both.
        if not _problematic(again) < _problematic(sizing) or _differ_at(made.node, again):
            return False
    elif again.sizes != sizing.sizes or len(again.problems) > len(sizing.problems):
        return False
    source = next(index for index, name in enumerate(part.cases[0].traces) if name == made.input)
    before = {(violation.node, violation.position) for violation in known.violations}
    after = {(violation.node, violation.position) for violation in trace(changed, again, source).violations}
    return after < before and all(violation[0] != made.node for violation in after)


def _edited(own: AxisOp | None, changed: AxisOp) -> AxisOp | None:
    """Return an op with the fields that an edit set in another one; None where it has no such fields."""
    if isinstance(own, Window) and isinstance(changed, Window):
        return own._replace(word=changed.word, low=changed.low, high=changed.high)
    if isinstance(own, Resize) and isinstance(changed, Resize):
        return own._replace(mode=changed.mode, coordinates=changed.coordinates, rounding=changed.rounding)
    return None


def differ_in_size(analysis: Analysis, made: Misalignment) -> bool:
    """Whether the merged maps differ in size, too, whatever the size of the input."""
    return all(_differ_at(made.node, sizing) for axis in made.axes[:1] for sizing in analysis.axes[axis].sizings)


def _differ_at(node: int, sizing: Sizing) -> bool:
    return node in _problematic(sizing)


def _problematic(sizing: Sizing) -> set[int]:
    return {problem.node for problem in sizing.problems}


def _as_edit(analysis: Analysis, made: Misalignment, node: int, op: AxisOp) -> Edit:
    values: list[object] = [None] * len(analysis.graph.axes)
    if isinstance(op, Resize):
        return Edit(node, (("mode", (op.mode,) * len(values)), ("coordinates", (op.coordinates,) * len(values))))
    assert isinstance(op, Window)
    for axis in range(len(values)):
        own = analysis.axes[axis]
        step = own.valid_cases()[0].sizings[0].steps[node]
        now = None if step is None else step.padding
        values[axis] = (op.low, op.high) if axis in made.axes else now
    return Edit(node, (("padding", tuple(values)),))
