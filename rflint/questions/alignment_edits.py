"""Edits of one layer that align the branches of a merge, each confirmed by analysing the network with it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, NamedTuple

from rflint.algebra import AxisOp, Resize, Step, Window
from rflint.engine import Analysis, AxisAnalysis, Sizing, Trace
from rflint.model import Graph, Site
from rflint.questions.alignment import Misalignment, came_through
from rflint.questions.paths import part_ways
from rflint.search import EDITS, Budget, Candidate, Trial, first_that


class Edit(NamedTuple):
    """Fields of a layer that would align the branches; values have one entry per axis of the graph, None: unchanged."""

    node: int
    #: All layers that the same text stands for, this one among them.
    copies: tuple[int, ...]
    fields: tuple[tuple[str, tuple[object, ...]], ...]
    #: The merged maps differ in size too, and are equal with this edit; else no map changes its size.
    resizes: bool


class EditSearch(NamedTuple):
    """What a search for an edit came to."""

    edit: Edit | None
    #: Whether all that come into question were tried; a large network has too many.
    complete: bool


class _Place(NamedTuple):
    """A layer of either path, as a place for an edit."""

    node: int
    op: AxisOp | None
    step: Step
    #: By how many samples of its input map its centre would have to move to align the paths; None: no number of them does.
    move: int | None


def find_edits(analysis: Analysis, misalignments: tuple[Misalignment, ...]) -> tuple[EditSearch, ...]:
    """For each misalignment, an edit that aligns its branch and adds no violation; all from one budget."""
    if not misalignments:
        return ()
    budget, copies = Budget(EDITS), _copies(analysis.graph)
    return tuple(_find_edit(analysis, misalignment, copies, budget) for misalignment in misalignments)


def _copies(graph: Graph) -> dict[int, tuple[int, ...]]:
    """Layer -> all layers that its item stands for, itself among them: an edit of its text changes them all."""
    by_site: dict[Site, list[int]] = {}
    for node, layer in enumerate(graph.layers, len(graph.inputs)):
        by_site.setdefault(layer.site, []).append(node)
    return {node: tuple(nodes) for nodes in by_site.values() for node in nodes}


def _find_edit(analysis: Analysis, misalignment: Misalignment, copies: Mapping[int, tuple[int, ...]], budget: Budget) -> EditSearch:
    part = analysis.axes[misalignment.axes[0]]
    trials = [Trial.of(part, budget)]
    if len(part.sizings) > 1:
        # At open sizes the first and the last class stand for all: the edit changes no size.
        trials.append(Trial.of(part, budget, part.cases[-1], part.cases[-1].sizings[-1]))
    candidates = _candidates(analysis.graph, part, misalignment, copies, budget)
    mend, complete = first_that(partial(_mends, misalignment), candidates, trials)
    if mend is None:
        return EditSearch(None, complete)
    fields = _values(analysis, misalignment, mend)
    return EditSearch(Edit(mend.node, tuple(mend.copies), fields, differ_in_size(analysis, misalignment)), complete)


def _candidates(
    graph: Graph, part: AxisAnalysis, misalignment: Misalignment, copies: Mapping[int, tuple[int, ...]], budget: Budget
) -> Iterator[Candidate]:
    """Layers of either path with one field changed: paddings first, then conventions; nearest to the merge first."""
    places = _places(part, misalignment, budget)
    for changes in _CHANGES:
        for place in places:
            for op in changes(place):
                ops = _copied(part, copies[place.node], op)
                if ops and graph.takes(graph.layers[place.node - len(graph.inputs)], *_fields_of(op)):
                    yield Candidate(place.node, op, ops)


def _places(part: AxisAnalysis, misalignment: Misalignment, budget: Budget) -> list[_Place]:
    """The layers of the branch, then those of the reference, each path from its end."""
    case, program = part.valid_cases[0], part.program
    trace = case.traces[misalignment.input]
    before_on_path = partial(came_through, program, trace)
    parting = part_ways(misalignment.reference.end, misalignment.branch.end, before_on_path, budget)
    gap = misalignment.reference.center - misalignment.branch.center
    places: list[_Place] = []
    for nodes, wanted in ((parting.other, gap), (parting.one, -gap)):
        for node in nodes:
            step, before = case.sizings[0].steps[node], trace.fields[before_on_path(node)]
            if before is not None and before.grid is not None and step is not None:
                move = wanted / before.grid.stride if before.grid.s else None
                places.append(_Place(node, program.ops[node], step, int(move) if move is not None and move.denominator == 1 else None))
    return places


def _paddings(place: _Place) -> Iterator[AxisOp]:
    """Windows that read further on by `move`; even padding first, and none that is all that a window reads."""
    op = place.op
    if not isinstance(op, Window) or op.word == "causal" or place.step.padding is None or place.move is None:
        return
    low, high = place.step.padding[0] - place.move, place.step.padding[1] + place.move
    for pair in dict.fromkeys(((low, low), (low, high), (low, place.step.padding[1]))):
        if min(pair) >= 0 and max(pair) < op.effective_kernel:
            yield op._replace(word="", low=pair[0], high=pair[1])


def _conventions(place: _Place) -> Iterator[AxisOp]:
    """The same resize under other coordinate conventions."""
    op = place.op
    if not isinstance(op, Resize) or op.mode == "area":
        return
    mode = "linear" if op.mode == "nearest" else op.mode
    for coordinates in ("half_pixel", "asymmetric", "align_corners"):
        if (mode, coordinates) != (op.mode, op.coordinates):
            yield op._replace(mode=mode, coordinates=coordinates, rounding="floor")


#: Kinds of change, in the order in which they are tried: each a generator of ops for a place.
_CHANGES: Final[tuple[Callable[[_Place], Iterator[AxisOp]], ...]] = (_paddings, _conventions)


def _fields_of(op: AxisOp) -> tuple[str, ...]:
    """Fields that an edit to this op would set."""
    return ("mode", "coordinates") if isinstance(op, Resize) else ("padding",)


def _copied(part: AxisAnalysis, nodes: tuple[int, ...], op: AxisOp) -> dict[int, AxisOp]:
    """The ops of layers that get the fields which an edit sets in `op`; empty where one of them has no such fields.

    The copies may have another stride: they get the same fields, not the same op.
    """
    ops: dict[int, AxisOp] = {}
    for node in nodes:
        own = part.program.ops[node]
        if isinstance(own, Window) and isinstance(op, Window):
            ops[node] = own._replace(word=op.word, low=op.low, high=op.high)
        elif isinstance(own, Resize) and isinstance(op, Resize):
            ops[node] = own._replace(mode=op.mode, coordinates=op.coordinates, rounding=op.rounding)
        else:
            return {}
    return ops


def _mends(misalignment: Misalignment, before: Trial, after: Trial) -> bool:
    """Whether the merge is aligned after the change, and nothing else is worse."""
    ill_sized, still_ill_sized = _ill_sized(before.sizing), _ill_sized(after.sizing)
    if misalignment.node in ill_sized:
        # Maps of different size are no better for being aligned: the edit has to mend both.
        if not still_ill_sized < ill_sized or misalignment.node in still_ill_sized:
            return False
    elif after.sizing.sizes != before.sizing.sizes or len(after.sizing.problems) > len(before.sizing.problems):
        return False
    old, new = _off(before.trace(misalignment.input)), _off(after.trace(misalignment.input))
    return new < old and all(node != misalignment.node for node, _ in new)


def _ill_sized(sizing: Sizing) -> set[int]:
    return {problem.node for problem in sizing.problems}


def _off(trace: Trace) -> set[tuple[int, int]]:
    """Merges with branches off their grid."""
    return {(violation.node, violation.position) for violation in trace.violations}


def differ_in_size(analysis: Analysis, misalignment: Misalignment) -> bool:
    """Whether the merged maps differ in size, too, whatever the size of the input."""
    return all(misalignment.node in _ill_sized(sizing) for sizing in analysis.axes[misalignment.axes[0]].sizings)


def even_kernel(analysis: Analysis, misalignment: Misalignment) -> int | None:
    """A layer that moves a centre and whose even kernel at stride 1 is off by half a sample, whatever its padding."""
    ops = analysis.axes[misalignment.axes[0]].program.ops
    for layer in (*misalignment.branch.contributions, *misalignment.reference.contributions):
        op = ops[layer.node]
        if isinstance(op, Window) and op.stride == 1 and op.effective_kernel % 2 == 0:
            return layer.node
    return None


def _values(analysis: Analysis, misalignment: Misalignment, mend: Candidate) -> tuple[tuple[str, tuple[object, ...]], ...]:
    op, count = mend.op, len(analysis.axes)
    if isinstance(op, Resize):
        return ("mode", (op.mode,) * count), ("coordinates", (op.coordinates,) * count)
    assert isinstance(op, Window)
    steps = [part.valid_cases[0].sizings[0].steps[mend.node] for part in analysis.axes]
    now = [None if step is None else step.padding for step in steps]
    return (("padding", tuple((op.low, op.high) if axis in misalignment.axes else own for axis, own in enumerate(now))),)
