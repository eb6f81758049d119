"""rflint against the referee, on thousands of random nets: every layer, input and axis, every number.

`RFLINT_CASES` sets the number of nets (400 by default, 3000 once in CI).  A disagreement is printed as the smallest spec that still
shows it, with rflint's value and the referee's.
"""

from __future__ import annotations

import math
import os
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from brute import Axis, Interval, Misalignment, Seen
from hypothesis import HealthCheck, given, settings
from random_nets import JOINED, Net, nets, random_net, shrink, to_yaml

from rflint.algebra.periodic import PERIOD_CAP
from rflint.engine.analysis import Analysis, analyze
from rflint.language import expand
from rflint.pipeline import lint_bytes
from rflint.questions import location
from rflint.questions.alignment import misalignments
from rflint.reading.source import read
from rflint.validation import schema
from rflint.verdict.options import Options, no_imports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rflint.model import SpecReport
    from rflint.model.layers import ReceptiveField

CASES = int(os.environ.get("RFLINT_CASES", "400"))
CHUNKS = 6


def lint(net: Net, **options: Any) -> SpecReport:
    report = lint_bytes(to_yaml(net).encode(), "net.yaml", Options(**{"layers": True, "select": ("RF0",), **options}))
    assert report.internal_error is None, report.internal_error
    # What the generator writes is the language; a refusal would leave nothing to compare.
    refused = [finding.message for finding in report.findings if finding.code in REFUSALS]
    assert not refused, refused
    return report


REFUSALS = {"RF001", "RF002", "RF003", "RF004", "RF005", "RF007", "RF011", "RF012", "RF901", "RF902"}

#: A field of a report, rflint's value, the referee's.
Field = tuple[str, object, object]


def disagreements(net: Net) -> list[str]:
    """One line for every value that differs."""
    found = []
    report = lint(net)
    axes = [Axis(net, axis) for axis in range(len(net["axes"]))]
    layers = {layer.name: layer for layer in report.layers}
    for layer in net["layers"]:
        name = layer["name"]
        fields: list[Field] = []
        for index, axis in enumerate(axes):
            if axis.nodes[name].size is not None:
                fields.append((f"size on axis {index}", layers[name].size[index], axis.nodes[name].size))
        depends = {source for source in axes[0].inputs if any(axis.depends(name, source) for axis in axes)}
        fields.append(("inputs", set(layers[name].receptive_field), depends))
        for source, field in layers[name].receptive_field.items():
            fields.append((f"global of {source}", field.is_global, any(axis.is_global(name, source) for axis in axes)))
            for index, axis in enumerate(axes):
                if axis.determined(name, source):
                    fields += (
                        (f"{what} of {source} on axis {index}", mine, its)
                        for what, mine, its in _fields(field, index, axis, name, source)
                        # Over all positions, where nothing repeats: `test_locate` compares those one by one.
                        if its is not None or field.period[index] is not None or what not in ("size", "size_min", "padding")
                    )
        found += [f"{name}: {what}: rflint {rflint}, referee {referee}" for what, rflint, referee in fields if rflint != referee]
    return found


def _fields(field: ReceptiveField, index: int, axis: Axis, name: str, source: str) -> Iterator[Field]:
    seen = axis.seen(name, source)
    if axis.nodes[name].fits and axis.nodes[name].size is not None:
        told = field.lookahead[index]
        # It may be told that it differs from position to position, instead of the largest.
        if told is not None or field.why.get("lookahead") != "position-dependent":
            yield "lookahead", told, axis.lookahead(name, source)
    if seen.phases is None:
        # Nothing local, or another region at every position: no numbers, rather than wrong ones.
        for what in ("size", "size_min", "padding", "period", "advance", "phases", "density"):
            yield what, getattr(field, what)[index], None
    else:
        yield from _regions(field, index, seen)
    if seen.grid is None:
        yield "center", field.center[index], None
        return
    if not axis.nodes[name].fits:
        return
    yield "aligned", field.aligned[index], seen.aligned
    stride, center = seen.grid
    yield "exact stride", field.grid_stride[index], str(stride)
    yield "exact center", field.grid_center[index], str(center)
    yield "stride", _decimal(field.stride[index]), _decimal(stride)
    mean = sum(share * first for (_, first), share in seen.paths.items())
    yield "center", _decimal(field.center[index]), _decimal(Fraction(mean))
    firsts = [first for _, first in seen.paths]
    yield "center_range", field.center_range[index], (float(min(firsts)), float(max(firsts)))
    size, extent = axis.nodes[name].size, axis.nodes[source].size
    if size is not None and extent is not None:
        drift = stride * Fraction(size - 1, 2) + center - Fraction(extent - 1, 2) if seen.aligned else None
        yield "drift", _decimal(field.drift[index]), _decimal(drift)


def _decimal(value: float | Fraction | None) -> float | None:
    """As reports round: `grid` is the exact one."""
    return None if value is None else round(float(value), 6)


def _regions(field: ReceptiveField, index: int, seen: Seen) -> Iterator[Field]:
    assert seen.phases is not None
    extents = seen.sizes
    assert extents is not None
    yield "size", field.size[index], max(extents, default=None)
    yield "size_min", field.size_min[index], None if None in seen.phases else min(extents)
    yield "padding", field.padding[index], None if seen.phases[0] is None else -seen.phases[0][0]
    if seen.period is not None and seen.period > PERIOD_CAP:
        # A period that long is not followed: none is stated.
        yield "period", field.period[index], None
        return
    yield "period", field.period[index], seen.period
    yield "advance", field.advance[index], seen.advance
    yield "phases", field.phases[index], seen.phases if len(seen.phases) <= 64 else None
    yield "density", field.density[index], seen.density and round(float(seen.density), 6)


@pytest.mark.parametrize("net", JOINED, ids=lambda net: "-".join(net["axes"]))
def test_joined_maps(net: Net) -> None:
    assert disagreements(net) == []


def check(net: Net, judge: Callable[[Net], list[str]]) -> None:
    if judge(net):
        smallest = shrink(net, lambda candidate: bool(_try(candidate, judge)))
        pytest.fail(to_yaml(smallest) + "\n".join(judge(smallest)), pytrace=False)


def _try(net: Net, judge: Callable[[Net], list[str]]) -> list[str]:
    """Candidates of the shrinker need not be specs."""
    try:
        return judge(net)
    except (AssertionError, KeyError, ValueError, ZeroDivisionError):
        return []


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_classic(chunk: int) -> None:
    for seed in range(chunk, CASES * 2 // 3, CHUNKS):
        check(random_net(seed, classic=True), disagreements)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_full(chunk: int) -> None:
    for seed in range(chunk, CASES // 3, CHUNKS):
        check(random_net(seed, classic=False), disagreements)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_has_come(chunk: int) -> None:
    for seed in range(chunk, CASES // 3, CHUNKS):
        check(random_net(5 * 10**6 + seed, classic=seed % 2 == 0, past=True), disagreements)


@settings(max_examples=max(CASES // 100, 1), suppress_health_check=[HealthCheck.too_slow])
@given(nets(classic=False))
def test_any(net: Net) -> None:
    assert not disagreements(net), to_yaml(net)


# --- findings of misalignment: where there is some, and nowhere else -------------------------------------------------


def misjudged(net: Net) -> list[str]:
    """Misalignments that one of both knows alone, or judges differently."""
    axes = [Axis(net, axis) for axis in range(len(net["axes"]))]
    merges = [(axis, layer["name"], source) for axis in axes for layer in net["layers"] for source in axis.inputs]
    if not all(axis.determined(name, source) and axis.nodes[name].size for axis, name, source in merges):
        return []
    analysed = analysis(net)
    name = analysed.graph.node_name
    mine = {
        (
            axis,
            own.input,
            Misalignment(name(own.node), frozenset({name(own.reference.end), name(own.branch.end)}), own.shift, own.cells, own.severity),
        )
        for own in misalignments(analysed)
        for axis in own.axes
    }
    its = {(index, source, own) for index, axis in enumerate(axes) for source in axis.inputs for own in axis.misalignments(source)}
    return [f"rflint: {each}" for each in mine - its] + [f"referee: {each}" for each in its - mine]


@pytest.mark.parametrize("classic", [True, False])
@pytest.mark.parametrize("past", [True, False])
def test_misalignments(classic: bool, past: bool) -> None:
    for seed in range(max(CASES // 30, 20)):
        check(random_net(4 * 10**6 + seed, classic=classic, past=past), misjudged)


# --- the size unknown: what rflint still states holds at every size --------------------------------------------------

#: Their geometry, not only their size, comes from sizes: judged at declared sizes only (design.md#input-sizes).
SIZED = {"crop_like", "pad_like", "resize_like", "adaptive_avg_pool", "adaptive_max_pool"}
TRIED = range(120, 144)


def unsound(net: Net) -> list[str]:
    """What rflint says without a size that is not so at a size at which every merge fits; of one such size."""
    layers = [layer for layer in lint(net, sizes=((None, (None,)),)).layers if layer.name not in net["inputs"]]
    found = []
    for index in range(len(net["axes"])):
        for size in TRIED:
            axis = Axis(net, index, dict.fromkeys(net["inputs"], size))
            if any(node.size is None for node in axis.nodes.values()):
                continue
            found += [
                f"{layer.name}: {what} of {source} on axis {index}: rflint {stated}, at {size} {referee}"
                for layer in layers
                for source, field in layer.receptive_field.items()
                for what, stated, referee in _fields(field, index, axis, layer.name, source)
                if stated is not None and what != "drift" and stated != referee
            ]
            if found:
                return found
    return found


def sizeless(net: Net) -> bool:
    return not any(
        layer["op"] in SIZED
        or layer.get("coordinates") == "align_corners"
        or "like" in layer
        or (layer["op"] == "resize" and "size" in layer)
        for layer in net["layers"]
    )


@pytest.mark.parametrize("classic", [True, False])
def test_unknown_size(classic: bool) -> None:
    for seed in range(max(CASES // 15, 20)):
        net = random_net(10**6 + seed, classic=classic)
        if sizeless(net):
            check(net, lambda candidate: unsound(candidate) if sizeless(candidate) else [])


# --- regions, feature by feature and sample by sample ----------------------------------------------------------------


def analysis(net: Net) -> Analysis:
    options = Options()
    document = read(to_yaml(net).encode(), "net.yaml", options.limits).document
    assert document is not None
    graph = expand.expand(document, schema.check(document).bad, no_imports, options.limits).graph
    assert graph is not None
    return analyze(graph)


def misplaced(net: Net) -> list[str]:
    """Features of which `locate` names another region, real part or coverage; samples that others see."""
    found: list[str] = []
    analysed = analysis(net)
    ids = {analysed.graph.node_name(node): node for node in range(len(net["inputs"]) + len(net["layers"]))}
    axes = [Axis(net, axis) for axis in range(len(net["axes"]))]
    names = [name for name in axes[0].nodes if all(axis.nodes[name].size for axis in axes)]
    for start in [*net["inputs"], *names[len(net["inputs"]) :: 4]]:
        if start not in names:
            continue
        for name in names[names.index(start) :]:
            if not all(axis.reaches(name, start) and axis.determined(name, start) and not axis.is_global(name, start) for axis in axes):
                continue
            maps = [_Map(axis, name, start) for axis in axes]
            last = max(seen.size for seen in maps) - 1
            for i in sorted({0, 1, last // 2, last - 1, last, last + 1}):
                answers = location.feature(analysed, ids[start], ids[name], (i,) * len(axes))
                for seen, answer in zip(maps, answers, strict=True):
                    mine = (answer.region, answer.clipped, answer.coverage)
                    if mine != seen.feature(i):
                        found.append(f"{name} from {start} on {answer.axis} at {i}: rflint {mine}, referee {seen.feature(i)}")
            for sample in range(0, min(seen.extent for seen in maps), 3):
                pixels = location.pixel(analysed, ids[start], ids[name], (sample,) * len(axes))
                for seen, pixel in zip(maps, pixels, strict=True):
                    if pixel.features != seen.seers(sample) or pixel.nearest not in seen.nearest(sample):
                        expected = (seen.seers(sample), seen.nearest(sample))
                        found.append(f"{name}, sample {sample} of {start} on {pixel.axis}: rflint {pixel}, referee {expected}")
    return found


def _mean_grid(axis: Axis, name: str, start: str) -> tuple[Fraction, Fraction]:
    shares = axis.paths(name, start).items()
    return sum((share * s for (s, _), share in shares), Fraction(0)), sum((share * c for (_, c), share in shares), Fraction(0))


class _Map:
    """One layer's features on one axis, of any map before it."""

    def __init__(self, axis: Axis, name: str, start: str) -> None:
        clipped, extent = axis.clipped(name, start), axis.nodes[start].size
        assert clipped is not None
        assert extent is not None
        self.nominal: Callable[[int], Interval | None] = lambda i: axis.nominal(name, start, i).hull()
        #: Where paths disagree, the mean over them.
        self.grid = axis.grid(name, start) if axis.aligned(name, start) else _mean_grid(axis, name, start)
        self.real = [s.hull() for s in clipped]
        self.size, self.extent = len(clipped), extent

    def feature(self, i: int) -> tuple[object, object, object]:
        """Region, its real part, and how much of the region that the input covers."""
        region = self.nominal(i)
        if region is None:
            return None, None, None
        inside = max(0, min(region[1], self.extent - 1) - max(region[0], 0) + 1)
        return region, self.real[i] if 0 <= i < self.size else None, Fraction(inside, region[1] - region[0] + 1)

    def seers(self, sample: int) -> tuple[int, int] | None:
        hulls = [(i, self.nominal(i)) for i in range(self.size)]
        seeing = [i for i, hull in hulls if hull and hull[0] <= sample <= hull[1]]
        return (seeing[0], seeing[-1]) if seeing else None

    def nearest(self, sample: int) -> set[int]:
        assert self.grid is not None
        stride, center = self.grid
        distances = [abs(stride * i + center - sample) for i in range(self.size)]
        return {i for i, distance in enumerate(distances) if distance == min(distances)}


@pytest.mark.parametrize("classic", [True, False])
def test_locate(classic: bool) -> None:
    for seed in range(max(CASES // 60, 12)):
        check(random_net(2 * 10**6 + seed, classic=classic), misplaced)


# --- the expected effective receptive field --------------------------------------------------------------------------


def spread(axis: Axis, name: str, start: str, i: int) -> dict[int, float]:
    """How the weight of feature i is spread over the input: taps weigh alike, and branches do."""
    if name == start:
        return {i: 1.0}
    branches = []
    for node, reading in axis.nodes[name].reads:
        assert reading.taps is not None
        below = [weights for tap in reading.taps(i) if (weights := spread(axis, node.name, start, tap))]
        branches.append(_mixed(below))
    return _mixed([weights for weights in branches if weights])


def _mixed(parts: list[dict[int, float]]) -> dict[int, float]:
    mixture: dict[int, float] = {}
    for part in parts:
        for index, weight in part.items():
            mixture[index] = mixture.get(index, 0.0) + weight / len(parts)
    return mixture


def ineffective(net: Net) -> list[str]:
    """Layers whose effective extent is not four standard deviations, the largest over the phases."""
    found = []
    axis = Axis(net)
    for layer in lint(net).layers:
        for start, field in layer.receptive_field.items():
            if layer.name in net["inputs"] or not axis.determined(layer.name, start) or len(axis.nodes) > 8:
                continue
            seen = axis.seen(layer.name, start)
            if not seen.period or None in (seen.phases or ()):
                continue
            bound = axis.bound(layer.name, start)
            assert bound is not None
            expected = max(4 * _deviation(spread(axis, layer.name, start, i)) for i in range(bound[0]))
            if field.effective[0] != pytest.approx(expected, abs=0.01):
                found.append(f"{layer.name} of {start}: rflint {field.effective[0]}, referee {expected}")
    return found


def _deviation(weights: dict[int, float]) -> float:
    mean = sum(index * weight for index, weight in weights.items())
    return math.sqrt(sum((index - mean) ** 2 * weight for index, weight in weights.items()))


@pytest.mark.parametrize("classic", [True, False])
def test_effective(classic: bool) -> None:
    for seed in range(max(CASES // 20, 12)):
        net = random_net(3 * 10**6 + seed, classic=classic, axes=[1])
        if not any(layer.get("mode") in {"linear", "cubic"} for layer in net["layers"]):  # their taps do not weigh alike
            check(net, ineffective)
