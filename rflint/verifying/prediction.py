"""What a spec says of each layer at given sizes, and the sizes at which that is worth a comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import lcm
from typing import Final, NamedTuple

from rflint.engine import Analysis, AxisAnalysis, Program, Sizing, analyze
from rflint.model import Graph
from rflint.questions.positions import Region, TooLargeError, UndefinedError, clipped_regions

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
    #: Layer -> why nothing can be compared.
    why: Mapping[str, str]


class Setting(NamedTuple):
    """Sizes at which a model is run, and where to cut its input."""

    sizes: Mapping[str, tuple[int, ...]]
    cuts: tuple[int, ...]


def predicted(analysis: Analysis, axis: int, source: int, layers: Collection[str]) -> Predicted:
    """Tell what the features of some layers see of an input; all sizes are known."""
    part = analysis.axes[axis]
    graph = analysis.graph
    sizing = part.cases[0].sizings[0]
    fields = part.cases[0].traces[graph.inputs[source].name].fields
    why: dict[str, str] = {}
    nodes: dict[int, str] = {}
    for number, layer in enumerate(graph.layers):
        if layer.name not in layers:
            continue
        field = fields[node := number + len(graph.inputs)]
        if field is None:
            why[layer.name] = "does not depend on the input"
        elif field.why in _WHY:
            why[layer.name] = _WHY[field.why]
        elif sizing.sizes[node] is None:
            why[layer.name] = "has a map of unknown size, by the spec"
        else:
            nodes[node] = layer.name
    found = _regions(part.program, sizing, source, tuple(nodes))
    if isinstance(found, str):
        # One by one, those are left out of which nothing can be told.
        single = {node: _regions(part.program, sizing, source, (node,)) for node in nodes}
        why |= {nodes[node]: each for node, each in single.items() if isinstance(each, str)}
        found = {node: each[node] for node, each in single.items() if not isinstance(each, str)}
    return Predicted({nodes[node]: regions for node, regions in found.items()}, why)


def _regions(program: Program, sizing: Sizing, source: int, nodes: Collection[int]) -> Mapping[int, Sequence[Region]] | str:
    """Regions of all features of some nodes, or why there are none."""
    try:
        return clipped_regions(program, sizing, source, nodes)
    except TooLargeError:
        return "is too large to be followed position by position"
    except UndefinedError as error:
        return str(error)


def at_sizes(graph: Graph, sizes: Mapping[str, tuple[int, ...]]) -> Analysis:
    """Analyse a graph at other input sizes."""
    inputs = tuple(each._replace(size=sizes[each.name]) for each in graph.inputs)
    return analyze(graph._replace(inputs=inputs, expectations=()))


def settings(analysis: Analysis, axis: int) -> Iterator[Setting]:
    """Yield the sizes to run at: a small one, cut everywhere, for the borders, and a long one, cut over one period inside."""
    graph = analysis.graph
    period, reach = _period_and_reach(analysis, axis)
    small = _fitting(graph, axis, period, _SHORT)
    if small is None:
        return
    size = small[graph.inputs[0].name][axis]
    yield Setting(small, tuple(range(1, size)))
    long = _fitting(graph, axis, period, min(2 * reach + 2 * period, _LONGEST))
    if long is not None and (length := long[graph.inputs[0].name][axis]) > size:
        yield Setting(long, _inside(length, period))


def declared(analysis: Analysis, axis: int) -> Setting | None:
    """Return the sizes that the spec declares, cut over one period inside and near the borders; None where some are open."""
    graph = analysis.graph
    sizes = {each.name: tuple(size for size in each.size if size is not None) for each in graph.inputs}
    if any(len(size) != len(graph.axes) for size in sizes.values()):
        return None
    period, _ = _period_and_reach(analysis, axis)
    size = sizes[graph.inputs[0].name][axis]
    near = range(1, min(9, size))
    cuts = {*near, *(size - each for each in near), *_inside(size, min(period, 32))}
    return Setting(sizes, tuple(sorted(cuts)))


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
