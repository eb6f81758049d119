"""What a spec says of each layer at given sizes, and the sizes at which that is worth a comparison."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import lcm
from typing import Final, NamedTuple

from rflint.engine import Analysis, AxisAnalysis, Program, Sizing, analyze
from rflint.model import Graph
from rflint.questions.positions import Region, TooLargeError, UndefinedError, clipped_regions, clipped_supports
from rflint.verifying.measuring import stretches

#: Samples across the axis that is measured, where the network leaves them open: more cost time and tell nothing.
_ACROSS: Final = 32
#: Samples along it, for the borders.
_SHORT: Final = 64
#: Longest input, and longest period that is looked at whole.
_LONGEST: Final = 4096
_LONGEST_PERIOD: Final = 128
#: Sizes that are tried until one suits all layers.
_TRIES: Final = 300

#: Why a layer is not compared, as the spec has it.
_WHY: Final[Mapping[str, str]] = {
    "global": "sees the whole map, by the spec",
    "unknown-op": "depends on an op that is not known",
    "size-dependent": "depends on the input size, which is not declared",
    "beyond-limits": "numbers on the way to it are too large to be computed with",
}


class Predicted(NamedTuple):
    """What a spec says, on one axis and of one input."""

    #: Layer -> region of each of its features in the finite network; None where one sees nothing.
    regions: Mapping[str, Sequence[Region]]
    #: The same sample by sample, as bits; empty unless asked for.
    supports: Mapping[str, Sequence[int]]
    #: Layers that see the whole map, by a global branch or only so.
    whole: frozenset[str]
    #: Layers that no path leads to from the input.
    apart: frozenset[str]
    #: Layer -> why its local paths cannot be compared.
    why: Mapping[str, str]

    def reading(self, layer: str, stretch: tuple[int, int]) -> int:
        """Features that see a sample of a stretch by local paths, as bits; one that reaches to a border, or `supports` are there."""
        first, last = stretch
        if layer in self.supports:
            lit = (1 << last + 1) - (1 << first)
            return sum(1 << index for index, support in enumerate(self.supports[layer]) if support & lit)
        regions = self.regions.get(layer, ())
        return sum(1 << index for index, region in enumerate(regions) if region is not None and region[0] <= last and region[1] >= first)


class Setting(NamedTuple):
    """Sizes at which a model is run, and the stretches of its input that are lit, one after the other."""

    sizes: Mapping[str, tuple[int, ...]]
    lit: tuple[tuple[int, int], ...]

    def halved(self, axis: int) -> Setting:
        """Return the same with one half lit, and then the other."""
        size = next(iter(self.sizes.values()))[axis]
        return self._replace(lit=stretches(size, (size // 2,)) if size > 1 else ((0, 0),))


class Settings(NamedTuple):
    """How an axis is looked at: a short input, for the borders, a long one, over one period inside, and the size that the spec declares.

    None: the spec knows no such size.
    """

    short: Setting | None
    long: Setting | None
    declared: Setting | None


def predicted(analysis: Analysis, axis: int, source: int, layers: Collection[str], *, exact: bool = False) -> Predicted:
    """Tell what the features of some layers see of an input, `exact`: sample by sample, too; all sizes are known."""
    part = analysis.axes[axis]
    graph = analysis.graph
    sizing = part.cases[0].sizings[0]
    fields = part.cases[0].traces[graph.inputs[source].name].fields
    why: dict[str, str] = {}
    nodes: dict[int, str] = {}
    whole: set[str] = set()
    apart: set[str] = set()
    for number, layer in enumerate(graph.layers):
        if layer.name not in layers:
            continue
        field = fields[node := number + len(graph.inputs)]
        if field is None:
            apart.add(layer.name)
            continue
        if field.is_global and (field.grid is None or field.why != "global"):
            whole.add(layer.name)
        if field.why == "global" and field.grid is not None:
            why[layer.name] = "sees all that came before, by the spec"
        elif field.why in _WHY:
            why[layer.name] = _WHY[field.why]
        elif sizing.sizes[node] is None:
            why[layer.name] = "has a map of unknown size, by the spec"
        else:
            nodes[node] = layer.name
    found = _seen(part.program, sizing, source, tuple(nodes), exact=exact)
    if isinstance(found, str):
        # One by one, those are left out of which nothing can be told.
        single = {node: _seen(part.program, sizing, source, (node,), exact=exact) for node in nodes}
        why |= {nodes[node]: each for node, each in single.items() if isinstance(each, str)}
        found = {node: each[node] for node, each in single.items() if not isinstance(each, str)}
    regions = {nodes[node]: each for node, (each, _) in found.items()}
    supports = {nodes[node]: each for node, (_, each) in found.items()} if exact else {}
    return Predicted(regions, supports, frozenset(whole), frozenset(apart), why)


def _seen(
    program: Program, sizing: Sizing, source: int, nodes: Collection[int], *, exact: bool
) -> Mapping[int, tuple[Sequence[Region], Sequence[int]]] | str:
    """Regions, and with `exact` supports, of all features of some nodes, or why there are none."""
    try:
        regions = clipped_regions(program, sizing, source, nodes)
        supports = clipped_supports(program, sizing, source, nodes) if exact else {}
        return {node: (regions[node], supports.get(node, ())) for node in nodes}
    except TooLargeError:
        return "is too large to be followed position by position"
    except UndefinedError as error:
        return str(error)


def at_sizes(graph: Graph, sizes: Mapping[str, tuple[int, ...]]) -> Analysis:
    """Analyse a graph at other input sizes."""
    inputs = tuple(each._replace(size=sizes[each.name]) for each in graph.inputs)
    return analyze(graph._replace(inputs=inputs, expectations=()))


def settings(analysis: Analysis, axis: int, *, singly: bool = False) -> Settings:
    """Choose the sizes to run at; `singly`: sample by sample, else cut in two."""
    graph = analysis.graph
    period, reach = _period_and_reach(analysis, axis)
    declared = _declared(analysis, axis, period, singly=singly)
    short = _fitting(graph, axis, period, _SHORT)
    if short is None:
        return Settings(None, None, declared)
    size = short[graph.inputs[0].name][axis]
    long = _fitting(graph, axis, period, min(2 * reach + 2 * period, _LONGEST))
    length = 0 if long is None else long[graph.inputs[0].name][axis]
    return Settings(
        Setting(short, _lit(size, range(1, size), singly=singly)),
        Setting(long, _lit(length, _inside(length, period), singly=singly)) if long is not None and length > size else None,
        None if declared is not None and declared.sizes in (short, long) else declared,
    )


def _declared(analysis: Analysis, axis: int, period: int, *, singly: bool) -> Setting | None:
    """Return the sizes that the spec declares, cut over one period inside and near the borders; None where some are open."""
    graph = analysis.graph
    sizes = {each.name: tuple(size for size in each.size if size is not None) for each in graph.inputs}
    if any(len(size) != len(graph.axes) for size in sizes.values()):
        return None
    size = sizes[graph.inputs[0].name][axis]
    near = range(1, min(9, size))
    cuts = {*near, *(size - each for each in near), *_inside(size, min(period, 32))}
    return Setting(sizes, _lit(size, sorted(cuts), singly=singly))


def _lit(size: int, cuts: Sequence[int], *, singly: bool) -> tuple[tuple[int, int], ...]:
    """Return what is lit: what lies before and from each cut on; `singly`: the samples before the cuts, and the last one, one by one."""
    if singly:
        return tuple((each, each) for each in dict.fromkeys((*(cut - 1 for cut in cuts), size - 1)))
    return stretches(size, cuts)


def _inside(size: int, period: int) -> tuple[int, ...]:
    start = max(1, size // 2 - period // 2)
    return tuple(range(start, min(size, start + period + 1)))


def _period_and_reach(analysis: Analysis, axis: int) -> tuple[int, int]:
    """Samples after which everything repeats, and the largest receptive field, of all layers that have one."""
    part: AxisAnalysis = analysis.axes[axis]
    families = [
        field.family
        for trace in part.valid_cases[0].traces.values()
        for field in trace.fields
        if field is not None and field.family is not None
    ]
    period = 1
    for family in families:
        period = whole if (whole := lcm(period, family.advance or 1)) <= _LONGEST_PERIOD else period
    return period, max((size for family in families for size in family.sizes if size is not None), default=1)


def _fitting(graph: Graph, axis: int, period: int, least: int) -> Mapping[str, tuple[int, ...]] | None:
    """Return input sizes that suit all layers, congruent to the declared ones: `least` or more along an axis, few across; None: none do."""
    for steps in range(_TRIES):
        sizes = {
            each.name: tuple(
                _congruent(each.size[number], least if number == axis else _ACROSS, period, steps) for number in range(len(graph.axes))
            )
            for each in graph.inputs
        }
        found = at_sizes(graph, sizes)
        if all(not sizing.problems for part in found.axes for sizing in part.sizings):
            return sizes
    return None


def _congruent(size: int | None, least: int, period: int, steps: int) -> int:
    """Return the size number `steps` from `least` on that is congruent to a declared one."""
    if size is None:
        return least + -least % period + steps
    return least + (size - least) % period + steps * period
