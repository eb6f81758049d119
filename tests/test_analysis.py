"""Answers without a size against answers at every size; regions, locations and guarantees against their definitions."""

from __future__ import annotations

import random
import re

import pytest
from random_nets import Net, random_net, to_yaml

from rflint.algebra.periodic import reduce_residues
from rflint.engine.analysis import Analysis, analyze
from rflint.pipeline import load
from rflint.questions import location
from rflint.questions.every_size import size_classes, smallest_size
from rflint.questions.positions import TooLargeError, UndefinedError, regions
from rflint.questions.targets import guaranteed_size
from rflint.questions.view import AxisView, view
from rflint.verdict import Options
from rflint.words.congruence import in_words

Phases = tuple[tuple[int, int] | None, ...]


def analysed(text: str, size: int | str | None = "declared") -> Analysis | None:
    sizes = () if isinstance(size, str) else ((None, (size,)),)
    graph = load(text.encode(), "net.yaml", Options(sizes=sizes)).graph
    return None if graph is None else analyze(graph)


def known(text: str, size: int | str | None = "declared") -> Analysis:
    analysis = analysed(text, size)
    assert analysis is not None
    return analysis


# --- the size unknown ------------------------------------------------------------------------------------------------

#: Their geometry comes from sizes themselves, not from residues: judged at declared sizes only (design.md#input-sizes).
SIZED = {"crop_like", "pad_like", "resize_like", "adaptive_avg_pool", "adaptive_max_pool"}
#: Concrete sizes start here, where no map of a small net is small.
FROM = 240
LARGEST_MODULUS = 36
STATED = ("size", "size_min", "stride", "padding", "center", "aligned", "is_global", "period", "advance", "phases", "drift")


def open_nets(start: int, count: int) -> list[tuple[str, Analysis]]:
    """Nets of one axis and one input whose answer follows from residues, and few of them."""
    found = []
    for seed in range(start, start + count):
        net: Net = random_net(seed, classic=seed % 2 == 0, axes=[1])
        sized = any(
            layer["op"] in SIZED
            or layer.get("coordinates") == "align_corners"
            or "like" in layer
            or "stop" in layer
            or (layer["op"] == "resize" and "size" in layer)
            for layer in net["layers"]
        )
        if sized or len(net["inputs"]) > 1:
            continue
        text = to_yaml(net)
        analysis = analysed(text, None)
        if analysis is not None and analysis.axes[0].decided and (analysis.axes[0].moduli[0] or 99) <= LARGEST_MODULUS:
            found.append((text, analysis))
    return found


def _undecided(analysis: Analysis, node: int) -> bool:
    """Whether more than the residue decides (a slice counted from the end)."""
    fields = [trace.fields[node] for case in analysis.axes[0].cases for trace in case.traces.values()]
    return any(field is not None and (field.why == "size-dependent" or (field.why == "global" and field.floating)) for field in fields)


def test_unknown_size_is_every_size() -> None:
    """A number that is stated holds at every valid size; one that is not, for its size's sake, varies."""
    compared = varied = 0
    for text, analysis in open_nets(5 * 10**6, 140):
        part = analysis.axes[0]
        (source,) = (item.name for item in analysis.graph.inputs)
        modulus = part.moduli[0]
        assert modulus is not None
        (classes,) = size_classes(part, (source,))
        concrete: list[Analysis] = []
        for size in range(FROM, FROM + modulus):
            at = known(text, size)
            assert (not at.axes[0].cases[0].sizings[0].problems) == (size % modulus in classes.valid), (text, size)
            if size % modulus in classes.valid:
                concrete.append(at)
        if not concrete:
            continue
        for node in range(1, len(part.program.kinds)):
            stated = view(part, source, node)
            views = [seen for at in concrete if (seen := view(at.axes[0], source, node)) is not None]
            assert (stated is None) == (not views), text
            if stated is None:
                continue
            for field in STATED:
                value, values = getattr(stated, field), {getattr(each, field) for each in views}
                name = analysis.graph.node_name(node)
                compared += 1
                if value is not None and field != "is_global":
                    assert values == {value}, (text, name, field)
                elif stated.why.get(field) == "size-dependent" and not _undecided(analysis, node):
                    varied += 1
                    assert len(values) > 1 or None in values, (text, name, field)
    assert compared > 1000
    assert varied > 10


def test_size_of_an_open_map_is_stated_only_where_fixed() -> None:
    text = """\
rflint: 1
axes: [x]
layers:
  - {name: conv, op: conv, kernel: 3, stride: 2}
  - {name: fixed, op: adaptive_avg_pool, size: 7}
  - {name: after, op: conv, kernel: 3}
"""
    analysis = known(text)
    assert [analysis.axes[0].size(node) for node in range(4)] == [None, None, 7, 5]


def test_no_map_has_one_sample_only_because_a_size_stands_for_many() -> None:
    """At 2^20 samples, the least that the net takes, the last map has one, which would spread; at most sizes it has more."""
    halves = "  - {op: conv, kernel: 1, stride: 2, repeat: 20}\n"
    text = f"""\
rflint: 1
axes: [x]
inputs: {{a: {{multiple_of: 1024}}, b: {{size: 9}}}}
layers:
  - {{name: in, op: identity, from: a}}
{halves}  - {{name: out, op: add, broadcast: true, from: [_, b]}}
""".replace("op: conv, kernel", "name: half, op: conv, kernel").replace("[_, b]", "[half, b]")
    analysis = known(text)
    part = analysis.axes[0]
    assert part.moduli == (1 << 20, None)
    assert min(size for sizing in part.sizings if (size := sizing.sizes[-2]) is not None) >= 256
    assert {field and field.is_global for field in part.fields("a", len(part.program.kinds) - 1)} == {False}


SMALLEST = [
    "{op: conv, kernel: 11, stride: 4}",
    "{op: conv, kernel: 11, stride: 4}, {op: max_pool, kernel: 3, stride: 2}, {op: conv, kernel: 5}",
    "{op: conv, kernel: 3, stride: 2, padding: same}, {op: conv, kernel: 4}",
    "{op: crop, crop: [[7, 8]]}, {op: conv, kernel: 2, stride: 2}",
    "{op: space_to_depth, block: 4}, {op: conv, kernel: 3}",
    "{op: conv_transpose, kernel: 3, stride: 2, padding: 4}, {op: conv, kernel: 3}",
]


@pytest.mark.parametrize("layers", SMALLEST)
def test_smallest_size(layers: str) -> None:
    text = f"rflint: 1\naxes: [x]\ninputs: {{image: {{size: null}}}}\nlayers: [{layers}]\n"
    part = known(text).axes[0]
    modulus = part.moduli[0]
    assert modulus is not None
    fits = {size: not known(text, size).axes[0].cases[0].sizings[0].problems for size in range(1, 90)}
    for sizing in part.sizings:
        residue = sizing.residues[0]
        assert residue is not None
        own = [size for size in fits if size % modulus == residue]
        bad = [size for size in own if not fits[size]]
        expected = None if sizing.problems else min(size for size in own if size > max(bad, default=0))
        assert smallest_size(part, (sizing,), modulus) == expected
        # The stand-in of a class that never fits is as bad as its members.
        assert bool(sizing.problems) == (bad == own)


# --- residues in words -----------------------------------------------------------------------------------------------


def meant(text: str, modulus: int) -> set[int]:
    """The residues that a text of `in_words` names."""
    if text == "any n":
        return set(range(modulus))
    if text == "no n":
        return set()
    if multiple := re.fullmatch(r"n a multiple of (\d+)", text):
        return set(range(0, modulus, int(multiple[1])))
    listed = re.fullmatch(r"(any n but )?n ≡ ([\d, or]+) \(mod (\d+)\)", text)
    assert listed, text
    short = int(listed[3])
    assert modulus % short == 0
    named = {int(number) for number in re.findall(r"\d+", listed[2])}
    found = {residue for residue in range(modulus) if residue % short in named}
    return set(range(modulus)) - found if listed[1] else found


@pytest.mark.parametrize("modulus", range(1, 12))
def test_residues_in_words_and_back(modulus: int) -> None:
    for bits in range(1 << modulus):
        residues = {residue for residue in range(modulus) if bits >> residue & 1}
        assert meant(in_words(residues, modulus), modulus) == residues


def test_many_residues_are_counted() -> None:
    assert in_words([0, 1, 4, 5, 6, 9, 10, 11], 17, "height") == "8 of every 17 sizes (height ≡ 0, 1, 4, 5, 6, 9, …)"


def test_reduced_residues_are_the_same_set_and_no_smaller_modulus_does() -> None:
    generator = random.Random(7)
    for _ in range(500):
        modulus = generator.randrange(1, 49)
        period = generator.choice([each for each in range(1, modulus + 1) if modulus % each == 0])
        pattern = {residue for residue in range(period) if generator.random() < 0.5}
        residues = {residue for residue in range(modulus) if residue % period in pattern}
        kept, short = reduce_residues(residues, modulus)
        assert {residue for residue in range(modulus) if residue % short in kept} == residues
        for smaller in (each for each in range(1, short) if short % each == 0):
            folded = {residue % smaller for residue in kept}
            assert {residue for residue in range(short) if residue % smaller in folded} != set(kept)


# --- guarantees ------------------------------------------------------------------------------------------------------


def brute_guarantee(advance: int, phases: Phases) -> int:
    """Every position of one period, every feature that could matter."""
    moves = [turn * advance for turn in range(-60, 61)]
    features = [(phase[0] + move, phase[1] + move) for phase in phases if phase for move in moves]
    return min(max((high - x + 1 for low, high in features if low <= x), default=0) for x in range(advance)) if features else 0


def test_guaranteed_size_is_its_definition() -> None:
    generator = random.Random(11)
    outcomes = set()
    for _ in range(1500):
        advance = generator.randrange(1, 9)
        phases: Phases = tuple(
            None if generator.random() < 0.15 else (low := generator.randrange(-20, 20), low + generator.randrange(12))
            for _ in range(generator.randrange(1, 5))
        )
        expected = max(brute_guarantee(advance, phases), 0)
        assert guaranteed_size(advance, phases) == expected, (advance, phases)
        outcomes.add(expected)
    assert {0, 1, 5} <= outcomes


@pytest.mark.parametrize(("size", "stride"), [(7, 1), (7, 4), (3, 3), (3, 8)])
def test_guaranteed_size_of_a_window(size: int, stride: int) -> None:
    """`g = r - S + 1`, and nothing where strides leave gaps."""
    assert guaranteed_size(stride, ((-2, size - 3),)) == max(size - stride + 1, 0)


def test_guaranteed_size_on_real_layers() -> None:
    """An object of the guaranteed size is inside some region wherever it stands; one sample more is not."""
    for seed in range(60):
        analysis = analysed(to_yaml(random_net(6 * 10**6 + seed, classic=seed % 2 == 0, axes=[1])))
        if analysis is None:
            continue
        for item in analysis.graph.inputs:
            for node in range(len(analysis.axes[0].program.kinds)):
                seen = view(analysis.axes[0], item.name, node)
                if seen is not None and seen.phases and seen.advance and seen.exact:
                    _check_guarantee(seen.advance, seen.phases, seen)


def _check_guarantee(advance: int, phases: Phases, seen: AxisView) -> None:
    size = guaranteed_size(advance, phases)
    assert size <= (seen.size or 0)
    features = [
        (low + turn * advance, high + turn * advance) for phase in phases if phase for low, high in [phase] for turn in range(-150, 151)
    ]

    def everywhere(length: int) -> bool:
        return all(any(low <= x and x + length - 1 <= high for low, high in features) for x in range(advance))

    assert size == 0 or everywhere(size)
    assert not everywhere(size + 1)


# --- where features look ---------------------------------------------------------------------------------------------


def test_regions_are_those_of_the_field() -> None:
    """Position by position or as a periodic family: the same regions; an outer bound holds them."""
    compared = 0
    for seed in range(150):
        text = to_yaml(random_net(7 * 10**6 + seed, classic=seed % 2 == 0, axes=[1]))
        analysis = analysed(text)
        if analysis is None:
            continue
        part = analysis.axes[0]
        sizing, traces = part.cases[0].sizings[0], tuple(part.cases[0].traces.values())
        for source, trace in enumerate(traces):
            for node, field in enumerate(trace.fields):
                if field is None or field.family is None or node < part.program.input_count:
                    continue
                try:
                    found = regions(part.program, sizing, source, node, -5, 30, clipped=False)
                except (TooLargeError, UndefinedError):
                    continue
                compared += 1
                for index, region in enumerate(found, -5):
                    nominal = field.region(index)
                    if field.exact:
                        assert region == nominal, (text, node, index)
                    elif region is not None:
                        assert nominal is not None
                        assert nominal[0] <= region[0]
                        assert region[1] <= nominal[1]
    assert compared > 300


def test_pixels_and_features_are_inverse() -> None:
    """A sample lies in the region of the first and the last feature that `pixel` names, and of none outside them."""
    compared = 0
    for seed in range(120):
        text = to_yaml(random_net(8 * 10**6 + seed, classic=seed % 2 == 0, axes=[1]))
        analysis = analysed(text)
        if analysis is None:
            continue
        part = analysis.axes[0]
        source = 0
        for node in analysis.graph.outputs:
            size, extent = part.size(node), part.size(source)
            if size is None or extent is None:
                continue
            features = [location.feature(analysis, source, node, (index,))[0] for index in range(size)]
            if any(feature.why for feature in features):
                continue
            for sample in range(-2, extent + 2):
                (pixel,) = location.pixel(analysis, source, node, (sample,))
                if pixel.why:
                    continue
                compared += 1
                seeing = [f.index for f in features if f.region and f.region[0] <= sample <= f.region[1]]
                assert pixel.features == ((seeing[0], seeing[-1]) if seeing else None), (text, sample)
                centers = [feature.center for feature in features]
                if pixel.nearest is not None:
                    distances = [abs(center - sample) for center in centers if center is not None]
                    assert distances[pixel.nearest] == min(distances), (text, sample)
                    # Of two equally near, the lower.
                    assert distances.index(min(distances)) == pixel.nearest or centers[0] == centers[-1], (text, sample)
    assert compared > 1000
