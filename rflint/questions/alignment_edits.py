"""Edits that align the branches of a merge, each confirmed by analysing the network with it (design.md#alignment)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from rflint.algebra import AxisOp, CropLike, Facts, Pad, PadLike, Resize, Slice, Transposed, Window
from rflint.engine import Analysis, AxisAnalysis, Sizing, Trace
from rflint.model import SEVERITY_ORDER
from rflint.questions.alignment import Misalignment, Pair, came_through
from rflint.questions.alignment_changes import Changes, Place, borders, conventions, conventions_of, paddings, parities, windows
from rflint.questions.nearest import FURTHEST, NearestSizes
from rflint.questions.offsets import off_center
from rflint.questions.paths import part_ways
from rflint.questions.size_mends import at_its_best, copies_of
from rflint.search import EDITS, NEAREST_SIZES, Budget, Candidate, Trial, first_that


class Edit(NamedTuple):
    """Fields of a layer that would align the branches; values have one entry per axis of the graph, None: unchanged."""

    node: int
    #: All layers that change: those that the same text stands for, or this one alone.
    copies: tuple[int, ...]
    fields: tuple[tuple[str, tuple[object, ...]], ...]
    #: The merged maps differ in size too, and are equal with this edit; else no map changes its size.
    resizes: bool
    #: Layers that the same text stands for and that must not change: the text needs a parameter.
    others: int = 0

    @property
    def costs(self) -> bool:
        """Whether the layer has other weights with it: nothing to be done without a person."""
        return any(name == "kernel" for name, _ in self.fields)


class EditSearch(NamedTuple):
    """What a search for an edit came to."""

    edit: Edit | None
    #: Whether all that come into question were tried; a large network has too many.
    complete: bool
    #: Without an edit: sizes of the only input, next below and above the declared one, at which the branches are aligned.
    sizes: NearestSizes = NearestSizes((), complete=False)


class _Size(NamedTuple):
    """Another size of the only input."""

    size: int

    def applied_to(self, trial: Trial) -> Trial:
        """The trial at this size."""
        return trial.at((self.size,))


def find_edits(analysis: Analysis, misalignments: tuple[Misalignment, ...]) -> tuple[EditSearch, ...]:
    """For each misalignment, an edit that aligns its branch and adds no violation; all from one budget."""
    if not misalignments:
        return ()
    budget, copies, source = Budget(EDITS), copies_of(analysis), analysis.graph.source
    # What keeps all weights, in the order in which it is tried.
    usual, rare = map(conventions, conventions_of(source and source.framework))
    sizes = Budget(NEAREST_SIZES)
    searches: list[EditSearch] = []
    for misalignment in misalignments:
        search = _find_edit(analysis, misalignment, copies, budget, (borders, windows, usual))
        # What is no mistake need not have another size, unless sizes make it.
        if search.edit is None and (misalignment.severity != "info" or misalignment.reference.stride != misalignment.branch.stride):
            search = search._replace(sizes=_aligned_sizes(analysis, misalignment, sizes))
        if search.edit is None and search.complete and not search.sizes.sizes:
            search = _find_edit(analysis, misalignment, copies, budget, (parities, rare))._replace(sizes=search.sizes)
        searches.append(search)
    return tuple(searches)


def _find_edit(
    analysis: Analysis, misalignment: Misalignment, copies: Mapping[int, tuple[int, ...]], budget: Budget, kinds: tuple[Changes, ...]
) -> EditSearch:
    parts = [part for part, equal in analysis.distinct if not set(equal).isdisjoint(misalignment.axes)]
    trials: list[Trial] = []
    for part in parts:
        if differ_in_size(analysis, misalignment):
            # At sizes that suit most layers: at others more than one change may be needed.
            trials.append(at_its_best(part, budget))
            continue
        trials.append(Trial.of(part, budget))
        if part.sizings[0].virtual and len(part.sizings) > 1:
            # At open sizes the first and the last class stand for all: the edit changes no size.
            trials.append(Trial.of(part, budget, part.cases[-1], part.cases[-1].sizings[-1]))
    candidates = _candidates(analysis, parts, misalignment, copies, budget, kinds)
    mend, complete = first_that(partial(_mends, misalignment), candidates, trials)
    if mend is None:
        return EditSearch(None, complete)
    changed = tuple(mend.copies[0][1])
    fields = tuple(_values(analysis, misalignment, mend))
    return EditSearch(
        Edit(mend.node, changed, fields, differ_in_size(analysis, misalignment), len(copies[mend.node]) - len(changed)), complete
    )


def _candidates(
    analysis: Analysis,
    parts: list[AxisAnalysis],
    misalignment: Misalignment,
    copies: Mapping[int, tuple[int, ...]],
    budget: Budget,
    kinds: tuple[Changes, ...],
) -> Iterator[Candidate]:
    """Layers of either path changed, nearest to the merge first: with all layers of the same text, then, at other offsets, alone."""
    graph, part = analysis.graph, parts[0]
    equal = misalignment.reference.stride == misalignment.branch.stride
    places = _places(part, misalignment, budget)
    # By the first layer of each item, how many of its copies stand on the paths.
    standing = Counter(copies[each.node][0] for each in places)
    # Where a window is centred follows from its size: an edit that mends sizes is judged by these.
    resizes = differ_in_size(analysis, misalignment)
    if resizes:
        kinds = (paddings, *kinds)
    for alone in (False, True):
        for changes in kinds:
            for place in places:
                nodes = (place.node,) if alone else copies[place.node]
                if alone and (len(copies[place.node]) == 1 or changes not in (borders, windows)):
                    continue
                # Of copies on the paths no step alone says what they make together.
                alone_there = equal and (alone or standing[nodes[0]] == 1)
                for op in changes(part, place):
                    if alone_there and not _closes(part, place, op):
                        continue
                    ops = tuple((each.program, _copied(each, nodes, place.node, op)) for each in parts)
                    layer = graph.layer(place.node)
                    if not resizes and any(_as_bad(misalignment, each, made) for each, (_, made) in zip(parts, ops, strict=True)):
                        continue
                    if all(made for _, made in ops) and graph.takes(layer, *_names(layer.op, op, part.program.ops[place.node])):
                        yield Candidate(place.node, op, ops)


def _places(part: AxisAnalysis, misalignment: Misalignment, budget: Budget) -> list[Place]:
    """The layers of the branch, then those of the reference, each path from its end."""
    case, program = part.valid_cases[0], part.program
    trace = case.traces[misalignment.input]
    before_on_path = partial(came_through, program, trace)
    parting = part_ways(misalignment.reference.end, misalignment.branch.end, before_on_path, budget)
    gap = misalignment.reference.center - misalignment.branch.center
    places: list[Place] = []
    for nodes, wanted in ((parting.other, gap), (parting.one, -gap)):
        for node in nodes:
            before = trace.fields[before_on_path(node)]
            if before is not None and before.grid is not None and before.grid.s and case.sizings[0].steps[node] is not None:
                places.append(Place(node, wanted / before.grid.stride))
    return places


def _closes(part: AxisAnalysis, place: Place, op: AxisOp) -> bool:
    """Whether this op brings the path of its layer onto the other; True also where that is not known."""
    sizing, program = part.valid_cases[0].sizings[0], part.program
    old, like = sizing.steps[place.node], program.likes[place.node]
    if sizing.virtual or program.causal or old is None or old.grid is None:
        return True
    new = op.step(Facts(sizing.sizes[program.sources[place.node][0]], None if like is None else sizing.sizes[like])).grid
    return new is not None and new.stride == old.grid.stride and new.center == old.grid.center + place.move


def _copied(part: AxisAnalysis, nodes: tuple[int, ...], place: int, op: AxisOp) -> dict[int, AxisOp]:
    """The ops of layers that get the fields which an edit of one of them, `place`, sets in `op`; empty where one has no such fields.

    The copies may have another stride or kernel: they get the same fields, not the same op.  A kernel is another one in all of them
    only where it was the same in all.
    """
    ops: dict[int, AxisOp] = {}
    edited = part.program.ops[place]
    for node in nodes:
        own = part.program.ops[node]
        if isinstance(own, Window) and isinstance(op, Window) and isinstance(edited, Window):
            if op.kernel != edited.kernel != own.kernel:
                return {}
            kernel = own.kernel if op.kernel == edited.kernel else op.kernel
            ops[node] = own._replace(kernel=kernel, word=op.word, low=op.low, high=op.high)
        elif isinstance(own, Transposed) and isinstance(op, Transposed):
            ops[node] = own._replace(word=op.word, low=op.low, high=op.high)
        elif isinstance(own, Resize) and isinstance(op, Resize):
            ops[node] = own._replace(mode=op.mode, coordinates=op.coordinates, rounding=op.rounding)
        elif isinstance(op, (Pad, PadLike, CropLike, Slice)) and isinstance(own, type(op)):
            ops[node] = op
        else:
            return {}
    return ops


def _as_bad(misalignment: Misalignment, part: AxisAnalysis, ops: Mapping[int, AxisOp]) -> bool:
    """Whether a layer would get a finding as bad as the one that is to be mended, for being off its centre itself."""
    sizing, least = part.valid_cases[0].sizings[0], SEVERITY_ORDER[misalignment.severity]
    found = (off_center(part.program, sizing, node, op) for node, op in ops.items())
    return any(severity is not None and SEVERITY_ORDER[severity] >= least for severity in found)


def _names(name: str, op: AxisOp, old: AxisOp | None) -> tuple[str, ...]:
    """Fields that an edit of an op of this name sets."""
    if isinstance(op, Resize):
        return "mode", "coordinates"
    if isinstance(op, CropLike):
        return ("start",)
    if isinstance(op, PadLike):
        return ("align",) if op.start is None else ("start",)
    if isinstance(op, Slice):
        return ("start",) if isinstance(old, Slice) and op.stop == old.stop else ("start", "stop")
    if isinstance(op, Window) and isinstance(old, Window) and op.kernel != old.kernel:
        return "kernel", "padding"
    return ("crop",) if name == "crop" else ("padding",)


def _mends(misalignment: Misalignment, before: Trial, after: Trial) -> bool:
    """Whether the merge is aligned after the change, and nothing else is worse."""
    ill_sized, still_ill_sized = _ill_sized(before.sizing), _ill_sized(after.sizing)
    if misalignment.node in ill_sized:
        # Maps of different size are no better for being aligned: the edit has to mend both.
        if not still_ill_sized < ill_sized or misalignment.node in still_ill_sized:
            return False
    elif after.sizing.sizes != before.sizing.sizes or len(after.sizing.problems) > len(before.sizing.problems):
        return False
    return _aligns(misalignment, before, after)


def _aligns(misalignment: Misalignment, before: Trial, after: Trial) -> bool:
    old, new = _off(before.trace(misalignment.input)), _off(after.trace(misalignment.input))
    further = any(apart > old[pair] for pair, apart in new.items() if pair in old)
    aligned = new.keys() < old.keys() and pair_of(misalignment) not in new and not further
    return aligned and _is_decided(before, after) and after.looks_no_further(before)


def _is_decided(before: Trial, after: Trial) -> bool:
    """Whether it is known at these sizes where the features of what was changed sit: at open sizes, aligned corners do not tell."""
    if not after.sizing.virtual:
        return True
    changed = [node for node, (own, new) in enumerate(zip(before.program.ops, after.program.ops, strict=True)) if own is not new]
    return all(step is None or not step.floating for node in changed for step in (after.sizing.steps[node],))


def pair_of(misalignment: Misalignment) -> Pair:
    """The merge and its two branches, by node."""
    ends = sorted((misalignment.reference.end, misalignment.branch.end))
    return misalignment.node, ends[0], ends[1]


def _ill_sized(sizing: Sizing) -> set[int]:
    return {problem.node for problem in sizing.problems}


def _off(trace: Trace) -> dict[Pair, Fraction]:
    """Merges with branches off their grid, and how far apart their first features are."""
    return {violation.pair: abs(violation.reference.center - violation.grid.center) for violation in trace.violations}


def differ_in_size(analysis: Analysis, misalignment: Misalignment) -> bool:
    """Whether the merged maps differ in size, too, whatever the size of the input."""
    return all(misalignment.node in _ill_sized(sizing) for sizing in analysis.axes[misalignment.axes[0]].sizings)


def _aligned_sizes(analysis: Analysis, misalignment: Misalignment, budget: Budget) -> NearestSizes:
    """Sizes of the only input, next below and above, that suit every layer and align the branches; none where no size matters."""
    part = analysis.axes[misalignment.axes[0]]
    declared = part.sizings[0].inputs[0]
    trace = part.valid_cases[0].traces[misalignment.input]
    parting = part_ways(misalignment.reference.end, misalignment.branch.end, partial(came_through, part.program, trace))
    paths = {*parting.one, *parting.other}
    alike = all(analysis.axes[axis].cases is part.cases for axis in misalignment.axes)
    if not alike or declared is None or len(part.sizings[0].inputs) != 1 or not part.known or paths.isdisjoint(part.program.sensitive):
        return NearestSizes((), complete=False)

    def mends(before: Trial, after: Trial) -> bool:
        # A single sample has nothing to be aligned.
        return not after.sizing.problems and after.sizing.sizes[misalignment.node] != 1 and _aligns(misalignment, before, after)

    ways = (range(declared - 1, max(declared - FURTHEST - 1, 0), -1), range(declared + 1, declared + FURTHEST + 1))
    found = [first_that(mends, map(_Size, way), [Trial.of(part, budget)]) for way in ways]
    return NearestSizes(tuple(other.size for other, _ in found if other is not None), all(complete for _, complete in found))


def _values(analysis: Analysis, misalignment: Misalignment, mend: Candidate) -> Iterator[tuple[str, tuple[object, ...]]]:
    """The fields of an edit; on axes that are sound the values are those of now."""
    op, count = mend.op, len(analysis.axes)
    for name in _names(analysis.graph.layer(mend.node).op, op, analysis.axes[misalignment.axes[0]].program.ops[mend.node]):
        if isinstance(op, Resize):
            yield name, (getattr(op, name),) * count
        elif name == "crop" and isinstance(op, Pad):
            yield name, tuple(_pick(misalignment, axis, (-op.low, -op.high), None) for axis in range(count))
        elif name == "padding" and isinstance(op, (Window, Transposed, Pad)):
            yield name, tuple(_pick(misalignment, axis, (op.low, op.high), None) for axis in range(count))
        else:
            now = [_now(part, mend.node, name) for part in analysis.axes]
            yield name, tuple(_pick(misalignment, axis, getattr(op, name), now[axis]) for axis in range(count))


def _pick(misalignment: Misalignment, axis: int, new: object, old: object) -> object:
    return new if axis in misalignment.axes else old


def _now(part: AxisAnalysis, node: int, name: str) -> object:
    """A field as it is on one axis; of a crop or padding that is centred, where it starts at this size."""
    op, step = part.program.ops[node], part.valid_cases[0].sizings[0].steps[node]
    if name == "start" and isinstance(op, (CropLike, PadLike)) and step is not None and step.grid is not None:
        return step.grid.c if isinstance(op, CropLike) else -step.grid.c
    return getattr(op, name, None)
