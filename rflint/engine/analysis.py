"""Graph -> Analysis: every layer, per axis and per input, at the declared sizes or at every size at once (design.md#the-mathematics)."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import lcm, prod
from typing import NamedTuple

from rflint.algebra import Field
from rflint.engine.causality import padded_causally
from rflint.engine.costs import Costs, count_costs
from rflint.engine.program import Program, lower
from rflint.engine.sizing import InputSizes, Memo, Sizing
from rflint.engine.strides import size_up_by_stride
from rflint.engine.tracing import Trace, trace
from rflint.model import Graph

#: Most residue classes of unknown input sizes that are tried, on one axis, all inputs together; and most nodes times
#: classes.  Past either, what depends on the size stays unknown, and says so.
CLASS_CAP = 4096
WORK_CAP = 8_000_000

#: Sizes that stand for residue classes are at least this large, `LARGE / CLASS_CAP` times the modulus, and twice what the
#: layers take from them, so that no map shrinks to nothing, or to the one sample that a merge may spread, by being small.
LARGE = 1 << 20


def stands_in(size: int) -> bool:
    """Whether a map size at unknown input sizes is that of a class; smaller ones are what they are, whatever the input."""
    return size >= LARGE // 8


class Case(NamedTuple):
    """Input sizes (one, or several residue classes) that share all grids and supports."""

    #: At least one; several only where sizes are unknown.
    sizings: tuple[Sizing, ...]
    #: By input name.
    traces: Mapping[str, Trace]


class AxisAnalysis(NamedTuple):
    """One axis; what many questions read is worked out once, by `_axis_analysis`."""

    name: str
    program: Program
    #: Declared sizes: one case.  Unknown sizes: the cases of all residue classes; or one undecided case.
    cases: tuple[Case, ...]
    #: Per input the modulus of its unknown size; None where declared, or where undecided.
    moduli: tuple[int | None, ...]
    #: False: some size is unknown and there are too many residue classes to try.
    decided: bool
    #: Whether all input sizes are declared.
    known: bool
    #: Of all cases.
    sizings: tuple[Sizing, ...]
    #: Cases with at least one size that suits every layer; all cases where none does.
    valid_cases: tuple[Case, ...]

    def fields(self, source: str, node: int) -> tuple[Field | None, ...]:
        """The field of a node in every valid case."""
        return tuple(case.traces[source].fields[node] for case in self.valid_cases)

    def size(self, node: int) -> int | None:
        """Size of a node's map; None where unknown."""
        sizing = self.cases[0].sizings[0]
        if not sizing.virtual:
            return sizing.sizes[node]
        sizes = {other.sizes[node] for other in self.sizings}
        # Equal over all classes and small: a size that no input size changes (after a resize to a size, say).
        only = sizes.pop() if len(sizes) == 1 else None
        return only if only is not None and not stands_in(only) else None


class _Analysis(NamedTuple):
    graph: Graph
    axes: tuple[AxisAnalysis, ...]
    #: The axes that differ, each with the numbers of those that are equal to it, its own first.
    distinct: tuple[tuple[AxisAnalysis, tuple[int, ...]], ...]
    costs: Costs
    #: Nodes whose op, one of a plug-in, failed, and how: they count as unknown.
    crashes: Mapping[int, str]


class Analysis(_Analysis):
    """Everything that questions are asked about; equal to itself only, so that answers can be remembered by it."""

    __slots__ = ()
    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__


def analyze(graph: Graph) -> Analysis:
    """Analyse a graph at its inputs' declared sizes; unknown sizes by all their residue classes."""
    programs, crashes = lower(graph)
    memo: Memo = {}
    axes: list[AxisAnalysis] = []
    for axis, program in enumerate(programs):
        sizes = tuple(item.size[axis] for item in graph.inputs)
        steps = tuple(item.multiple_of[axis] for item in graph.inputs)
        twin = next(
            (
                done
                for earlier, done in enumerate(axes)
                if programs[earlier] is program
                and sizes == tuple(item.size[earlier] for item in graph.inputs)
                and steps == tuple(item.multiple_of[earlier] for item in graph.inputs)
            ),
            None,
        )
        if twin is not None:
            axes.append(twin._replace(name=graph.axes[axis]))
        else:
            names = tuple(item.name for item in graph.inputs)
            part = _analyze_axis(graph.axes[axis], program, sizes, steps, names, memo)
            if not program.causal and padded_causally(program, part.sizings[0].sizes, part.sizings[0].steps):
                part = _analyze_axis(graph.axes[axis], program._replace(causal=True), sizes, steps, names, memo)
            axes.append(part)
    if any(step.crash for step in memo.values()):
        crashes = {**_failed_steps(axes), **crashes}
    costs = count_costs(graph, _samples(axes), crashes)
    equal: dict[int, list[int]] = {}
    for axis, part in enumerate(axes):
        equal.setdefault(id(part.cases), []).append(axis)
    distinct = tuple([(axes[same[0]], tuple(same)) for same in equal.values()])
    return Analysis(graph, tuple(axes), distinct, costs, {**crashes, **dict(costs.crashes)})


def _failed_steps(axes: Sequence[AxisAnalysis]) -> dict[int, str]:
    """Nodes at which geometry of a plug-in failed, at some size on some axis, and how."""
    steps = (steps for axis in axes for sizing in axis.sizings for steps in enumerate(sizing.steps))
    return {node: step.crash for node, step in steps if step is not None and step.crash is not None}


def _samples(axes: Sequence[AxisAnalysis]) -> list[int | None]:
    """Samples of every map: the product of its sizes; None where unknown."""
    if not all(axis.known for axis in axes):
        return [None] * len(axes[0].program.kinds)
    per_axis = [axis.cases[0].sizings[0].sizes for axis in axes]
    return [None if None in sizes else prod(size for size in sizes if size is not None) for sizes in zip(*per_axis, strict=True)]


def _analyze_axis(
    name: str, program: Program, sizes: tuple[int | None, ...], steps: tuple[int, ...], names: tuple[str, ...], memo: Memo
) -> AxisAnalysis:
    unknown = [position for position, size in enumerate(sizes) if size is None]
    nowhere: tuple[int | None, ...] = (None,) * len(sizes)
    if not unknown:
        sizing = size_up_by_stride(program, InputSizes(sizes), memo)
        return _axis_analysis(name, program, (_case(program, (sizing,), names),), nowhere)
    scales = {position: program.scales(position) for position in unknown}
    # One modulus for all inputs, so that their equal sizes are among the classes.
    modulus = lcm(*(lcm(program.modulus(scales[position]), steps[position]) for position in unknown))
    moduli = tuple(modulus if position in scales else None for position in range(len(sizes)))
    classes = prod(modulus // steps[position] for position in unknown)
    if classes > CLASS_CAP or classes * len(program.kinds) > WORK_CAP:
        sizing = size_up_by_stride(program, InputSizes(sizes), memo)
        return _axis_analysis(name, program, (_case(program, (sizing,), names),), nowhere, decided=False)
    ratios = program.ratios(scales[unknown[0]])
    scaling = tuple(any(scales[position][node] is not None for position in unknown) for node in range(len(program.kinds)))
    choices = [range(0, modulus, steps[position]) if position in scales else (None,) for position in range(len(sizes))]
    base = max(-(-max(LARGE, 2 * program.consumption(scales[unknown[0]])) // modulus), LARGE // CLASS_CAP) * modulus
    groups: dict[object, list[Sizing]] = {}
    for residues in product(*choices):
        stand_ins = tuple(size if residue is None else base + residue for size, residue in zip(sizes, residues, strict=True))
        sizing = size_up_by_stride(program, InputSizes(stand_ins, residues, ratios, scaling), memo)
        key = tuple(None if (step := sizing.steps[node]) is None else step.reading for node in program.sensitive)
        groups.setdefault(key, []).append(sizing)
    cases = tuple(_case(program, tuple(group), names) for group in groups.values())
    return _axis_analysis(name, program, cases, moduli)


def _axis_analysis(
    name: str, program: Program, cases: tuple[Case, ...], moduli: tuple[int | None, ...], *, decided: bool = True
) -> AxisAnalysis:
    sizings = tuple([sizing for case in cases for sizing in case.sizings])
    known = None not in sizings[0].inputs and not sizings[0].virtual
    valid = tuple([case for case in cases if any(not sizing.problems for sizing in case.sizings)])
    return AxisAnalysis(name, program, cases, moduli, decided, known, sizings, valid or cases)


def _case(program: Program, sizings: tuple[Sizing, ...], names: tuple[str, ...]) -> Case:
    return Case(sizings, {name: trace(program, sizings[0], source) for source, name in enumerate(names)})
