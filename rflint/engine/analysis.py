"""Graph -> Analysis: every layer, per axis and per input, at the declared sizes or at every size at once (design.md#the-mathematics)."""

from __future__ import annotations

from itertools import product
from math import lcm, prod
from typing import TYPE_CHECKING, NamedTuple

from rflint.engine.costs import Costs, count_costs
from rflint.engine.program import Program, lower
from rflint.engine.sizing import Memo, Sizing, size_up
from rflint.engine.tracing import Trace, trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rflint.algebra.field import Field
    from rflint.model.graph import Graph, Layer

#: Most residue classes of unknown input sizes that are tried, on one axis, all inputs together; and most nodes times
#: classes.  Past either, what depends on the size stays unknown, and says so.
CLASS_CAP = 4096
WORK_CAP = 8_000_000

#: Sizes that stand for residue classes are at least this large, so that no map shrinks to nothing by being small.
LARGE = 1 << 20


class Case(NamedTuple):
    """Input sizes (one, or several residue classes) that share all grids and supports."""

    #: At least one; several only where sizes are unknown.
    sizings: tuple[Sizing, ...]
    #: By input name.
    traces: Mapping[str, Trace]


class AxisAnalysis(NamedTuple):
    """One axis."""

    name: str
    program: Program
    #: Declared sizes: one case.  Unknown sizes: the cases of all residue classes; or one undecided case.
    cases: tuple[Case, ...]
    #: Per input the modulus of its unknown size; None where declared, or where undecided.
    moduli: tuple[int | None, ...]
    #: False: some size is unknown and there are too many residue classes to try.
    decided: bool = True

    @property
    def known(self) -> bool:
        """Whether all input sizes are declared."""
        return all(size is not None for size in self.cases[0].sizings[0].inputs) and not self.cases[0].sizings[0].virtual

    @property
    def sizings(self) -> tuple[Sizing, ...]:
        """Of all cases."""
        return tuple(sizing for case in self.cases for sizing in case.sizings)

    def valid_cases(self) -> tuple[Case, ...]:
        """Cases with at least one size that suits every layer; all cases where none does."""
        return tuple(case for case in self.cases if any(not sizing.problems for sizing in case.sizings)) or self.cases

    def fields(self, source: str, node: int) -> tuple[Field | None, ...]:
        """The field of a node in every valid case."""
        return tuple(case.traces[source].fields[node] for case in self.valid_cases())

    def size(self, node: int) -> int | None:
        """Size of a node's map; None where unknown."""
        sizing = self.cases[0].sizings[0]
        if not sizing.virtual:
            return sizing.sizes[node]
        sizes = {other.sizes[node] for other in self.sizings}
        # Equal over all classes and small: a size that no input size changes (after a resize to a size, say).
        only = sizes.pop() if len(sizes) == 1 else None
        return only if only is not None and only < LARGE // 8 else None


class Analysis(NamedTuple):
    """Everything that questions are asked about."""

    graph: Graph
    axes: tuple[AxisAnalysis, ...]
    costs: Costs
    #: Nodes whose op, one of a plug-in, failed, and how: they count as unknown.
    crashes: Mapping[int, str]

    def __eq__(self, other: object) -> bool:
        """Only with itself, so that answers can be remembered by it."""
        return self is other

    def __hash__(self) -> int:
        """By identity, as above."""
        return id(self)


def analyze(graph: Graph) -> Analysis:
    """Analyse a graph at its inputs' declared sizes; unknown sizes by all their residue classes."""
    programs, crashes = lower(graph)
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
            axes.append(AxisAnalysis(graph.axes[axis], program, twin.cases, twin.moduli, twin.decided))
        else:
            axes.append(_analyze_axis(graph.axes[axis], program, sizes, steps, tuple(item.name for item in graph.inputs)))
    costs = count_costs(graph, _samples(axes), crashes)
    return Analysis(graph, tuple(axes), costs, {**crashes, **dict(costs.crashes)})


def _samples(axes: Sequence[AxisAnalysis]) -> list[int | None]:
    """Samples of every map: the product of its sizes; None where unknown."""
    if not all(axis.known for axis in axes):
        return [None] * len(axes[0].program.kinds)
    per_axis = [axis.cases[0].sizings[0].sizes for axis in axes]
    return [None if None in sizes else prod(size for size in sizes if size is not None) for sizes in zip(*per_axis, strict=True)]


def _analyze_axis(
    name: str, program: Program, sizes: tuple[int | None, ...], steps: tuple[int, ...], names: tuple[str, ...]
) -> AxisAnalysis:
    memo: Memo = {}
    unknown = [position for position, size in enumerate(sizes) if size is None]
    nowhere: tuple[int | None, ...] = (None,) * len(sizes)
    if not unknown:
        sizing = size_up(program, sizes, nowhere, {}, (), memo)
        return AxisAnalysis(name, program, (_case(program, (sizing,), names),), nowhere)
    scales = {position: program.scales(position) for position in unknown}
    # One modulus for all inputs, so that their equal sizes are among the classes.
    modulus = lcm(*(lcm(program.modulus(scales[position]), steps[position]) for position in unknown))
    moduli = tuple(modulus if position in scales else None for position in range(len(sizes)))
    classes = prod(modulus // steps[position] for position in unknown)
    if classes > CLASS_CAP or classes * len(program.kinds) > WORK_CAP:
        sizing = size_up(program, sizes, nowhere, {}, (), memo)
        return AxisAnalysis(name, program, (_case(program, (sizing,), names),), nowhere, decided=False)
    ratios = program.ratios(scales[unknown[0]])
    scaling = tuple(any(scales[position][node] is not None for position in unknown) for node in range(len(program.kinds)))
    choices = [range(0, modulus, steps[position]) if position in scales else (None,) for position in range(len(sizes))]
    base = -(-LARGE // modulus) * modulus
    groups: dict[object, list[Sizing]] = {}
    for residues in product(*choices):
        stand_ins = tuple(size if residue is None else base + residue for size, residue in zip(sizes, residues, strict=True))
        sizing = size_up(program, stand_ins, residues, ratios, scaling, memo)
        key = tuple(None if (step := sizing.steps[node]) is None else step[1:-2] for node in program.sensitive)
        spread = tuple(sizing.sizes[node] == 1 for node in _spreading(program))
        groups.setdefault((key, spread), []).append(sizing)
    cases = tuple(_case(program, tuple(group), names) for group in groups.values())
    return AxisAnalysis(name, program, cases, moduli)


def _spreading(program: Program) -> tuple[int, ...]:
    """Inputs of broadcasting merges: whether they have one sample decides what is seen."""
    return tuple(origin for node, op in enumerate(program.ops) if getattr(op, "broadcast", False) for origin in program.sources[node])


def _case(program: Program, sizings: tuple[Sizing, ...], names: tuple[str, ...]) -> Case:
    return Case(sizings, {name: trace(program, sizings[0], source) for source, name in enumerate(names)})


def layer_of(analysis: Analysis, node: int) -> Layer:
    """The layer with a node number (not an input)."""
    return analysis.graph.layers[node - len(analysis.graph.inputs)]
