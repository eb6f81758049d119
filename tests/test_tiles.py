"""Tiles: the network run on a piece gives the values of the whole, and on a smaller piece it does not."""

from __future__ import annotations

import os
import random
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

import pytest
from random_nets import Net, random_net, to_yaml
from tile_runs import Tiling

from rflint.engine.analysis import Analysis, analyze
from rflint.pipeline import load
from rflint.questions.tiles import Tiles, TilesOnAxis, tiles
from rflint.verdict.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.engine.program import Program
    from rflint.questions.tiles import Sides

CASES = int(os.environ.get("RFLINT_CASES", "400"))
CHUNKS = 4


def analysis_of(text: str) -> Analysis:
    loaded = load(text.encode(), "net.yaml", Options())
    assert loaded.graph is not None, loaded.findings
    return analyze(loaded.graph)


def runs(net: Net) -> Iterator[tuple[TilesOnAxis, Tiling, random.Random]]:
    """Every output, input and axis of a net that can be cut, with a way to run it."""
    analysis = analysis_of(to_yaml(net))
    graph = analysis.graph
    names = [item.name for item in graph.inputs]
    for node in graph.outputs:
        for found in tiles(analysis, (node,)):
            for axis, answer in enumerate(found.axes):
                if answer.halo is None or answer.halo_any is None or answer.modulus is None:
                    continue
                program = analysis.axes[axis].program
                rates = rates_of(net, found.input, axis, program, node)
                hop = lcm(answer.modulus, *(program.modulus(program.scales(at)) * rates[name].denominator for at, name in enumerate(names)))
                span = 40 * answer.modulus + 8 * sum(answer.halo_any) + 200
                declared = net["inputs"][found.input]["size"][axis]
                whole = declared + hop * -(-span // hop)
                yield answer, Tiling(net, axis, found.layer, found.input, rates, whole), random.Random(to_yaml(net))


def rates_of(net: Net, source: str, axis: int, program: Program, node: int) -> dict[str, Fraction]:
    """Samples of every input that counts for one of `source`: as the scales of the layer say, else as the declared sizes."""
    sizes = {name: declared["size"][axis] for name, declared in net["inputs"].items()}
    scales = {name: program.scales(at)[node] for at, name in enumerate(sizes)}
    names = [*sizes, *(layer["name"] for layer in net["layers"])]
    behind = {names[node]}
    for layer in reversed(net["layers"]):
        if layer["name"] in behind:
            behind.update(layer["from"] if isinstance(layer["from"], list) else [layer["from"]], [layer["like"]] if "like" in layer else [])
    own = scales[source]
    return {
        name: Fraction(0) if name not in behind else own / scale if own and scale else Fraction(sizes[name], sizes[source])
        for name, scale in scales.items()
    }


def flaws(net: Net) -> tuple[int, list[str]]:
    """How many cuts were tried, and what is wrong with them."""
    tried, found = 0, []
    for answer, tiling, chance in runs(net):
        tried += 1
        assert answer.modulus is not None
        assert answer.halo is not None
        assert answer.halo_any is not None
        m, (low, high) = answer.modulus, answer.halo
        a = m * -(-answer.halo_any[0] // m) + m
        b = a + 2 * m
        more = next(length for length in range(m) if (b + high + length - (a - low)) % m in answer.residues)
        told = f"{tiling.layer} from {tiling.source} on {answer.axis}, modulus {m}: "
        if more or not tiling.same(a, b, a - low, b + high):
            found.append(f"{told}halo {answer.halo} is not enough")
        # One step less on either side.
        if low and tiling.same(a, b, a - low + m, b + high + m):
            found.append(f"{told}halo {answer.halo} is too much before the tile")
        less = next(length for length in range(1, m + 1) if (b + high - length) % m in answer.residues)
        if high >= less and tiling.same(a, b, a - low, b + high - less):
            found.append(f"{told}halo {answer.halo} is too much behind the tile")
        # A piece ends at the border of the image, which is padded as it always is.
        length = (-(-(low + high) // m) + 2) * m
        end = tiling.size // m * m - length
        if not tiling.same(0, length, 0, length + high) or not tiling.same(end, tiling.size, end - low, tiling.size):
            found.append(f"{told}halo {answer.halo} is not enough at the border")
        a, b = a + chance.randrange(m), b + chance.randrange(m)
        low, high = answer.halo_any
        start = -(-(a - low) // m) * m
        end = next(end for end in range(b + high, start, -1) if (end - start) % m in answer.residues)
        if not tiling.same(a, b, start, end):
            found.append(f"{told}halo {answer.halo_any} is not enough for [{a}, {b})")
    return tried, found


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_nets(chunk: int) -> None:
    tried = 0
    for seed in range(chunk, CASES, CHUNKS):
        net = random_net(seed, classic=seed % 3 == 0, axes=(1, 1, 2))
        cuts, wrong = flaws(net)
        tried += cuts
        assert not wrong, "\n".join([f"seed {seed}", to_yaml(net), *wrong])
    assert tried > CASES // CHUNKS // 3


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_halos_are_the_least(chunk: int) -> None:
    """For every place of a border, the last start and the first end of a piece that gives the values of the whole."""
    tried = 0
    for seed in range(chunk, CASES // 4, CHUNKS):
        net = random_net(seed, classic=False, axes=(1,))
        for answer, tiling, _ in runs(net):
            m, base = answer.modulus, answer.modulus * (max(answer.halo_any or ()) // answer.modulus + 2)
            if m > 6:
                continue
            tried += 1
            far = 4 * base
            least = []
            for at in range(m):
                starts = range(base, 0, -m)
                end = next(end for end in range(far + 2 * base, 0, -1) if end % m in answer.residues)
                start = next(start for start in starts if tiling.same(base + at, base + at + 2 * m, start, end))
                ends = range(far + at, far + at + base)
                least.append(
                    (
                        base + at - start,
                        next(end for end in ends if tiling.same(far + at - 2 * m, far + at, far - 2 * base, end)) - far - at,
                    )
                )
            assert (answer.halo, answer.halo_any) == (least[0], tuple(map(max, zip(*least, strict=True)))), to_yaml(net)
    assert tried > CASES // 4 // CHUNKS // 4


def reach(tiling: Tiling, step: int) -> Sides:
    """By definition: how far outputs see beyond tiles with borders on multiples of `step`, over tiles of one period at least."""
    assert tiling.whole is not None
    model = tiling.whole.model
    seen = model.seen(tiling.layer, tiling.source)
    assert seen.advance is not None
    length = lcm(step, seen.advance)
    low = high = 0
    for at in range(0, length, step):
        for i in tiling.places(at, at + length):
            region = model.nominal(tiling.layer, tiling.source, i).hull()
            if region is not None:
                low, high = max(low, at - region[0]), max(high, region[1] - (at + length - 1))
    return low, high


def test_reach() -> None:
    tried = 0
    for seed in range(CASES // 4):
        net = random_net(seed, classic=False, axes=(1,))
        for answer, tiling, _ in runs(net):
            if answer.reach is not None and answer.modulus <= 12:
                tried += 1
                assert (answer.reach, answer.reach_any) == (reach(tiling, answer.modulus), reach(tiling, 1)), to_yaml(net)
    assert tried > CASES // 4 // 4


def answers(text: str, layer: str | None = None, tile: tuple[int, ...] | None = None) -> dict[str, Tiles]:
    """By input, for a layer or the first output."""
    analysis = analysis_of("rflint: 1\n" + text)
    graph = analysis.graph
    node = graph.outputs[0] if layer is None else next(at for at in range(999) if graph.node_name(at) == layer)
    return {found.input: found for found in tiles(analysis, (node,), tile)}


def on_axis(text: str, layer: str | None = None) -> TilesOnAxis:
    """The one input on the one axis."""
    (found,) = answers("axes: [x]\n" + text, layer).values()
    return found.axes[0]


DECODER = """\
layers:
  - {name: a, op: conv, kernel: 3, padding: 1}
  - {name: down, op: max_pool, kernel: 2}
  - {name: b, op: conv, kernel: 3, padding: 1}
"""


def test_boundary_3d() -> None:
    """What segmentation repositories ask about: panseg #252, pytorch-3dunet #113, spec-bioimage-io #227."""
    text = "axes: [z, y, x]\ninputs: {vol: {size: [96, 96, 96]}}\nlayers:\n"
    text += "".join(
        f"  - {{name: {level}/{name}, op: conv, kernel: 3, padding: 1}}\n" + ("" if name == "a" else end)
        for level, end in (
            ("e1", "  - {op: max_pool, kernel: 2}\n"),
            ("e2", "  - {op: max_pool, kernel: 2}\n"),
            ("e3", "  - {op: max_pool, kernel: 2}\n"),
            ("e4", "  - {name: u3, op: resize_like, from: [e4/b, e3/b]}\n  - {op: concat, from: [e3/b, u3]}\n"),
            ("d3", "  - {name: u2, op: resize_like, from: [d3/b, e2/b]}\n  - {op: concat, from: [e2/b, u2]}\n"),
            ("d2", "  - {name: u1, op: resize_like, from: [d2/b, e1/b]}\n  - {op: concat, from: [e1/b, u1]}\n"),
            ("d1", "  - {op: conv, kernel: 1}\n"),
        )
        for name in "ab"
    )
    (found,) = answers(text, tile=(128, 128, 60)).values()
    for each in found.axes:
        assert (each.modulus, each.reach, each.reach_any, each.halo) == (8, (46, 46), (51, 51), (48, 48))
        assert each.residues == (0,)
    assert found.prices[0].piece == (224, 224, 160)


@pytest.mark.parametrize(
    ("layers", "halo"),
    [
        ("{op: conv, kernel: 3, padding: 1}", (1, 1)),
        ("{op: conv, kernel: 3, padding: causal}", (2, 0)),
        ("{op: conv, kernel: 4, padding: [[1, 2]]}", (2, 1)),
        # A crop drops samples at the border of a piece as well: it must have them, though no output sees them.
        ("{op: pad, padding: 3}, {op: crop, crop: 5}", (2, 2)),
        ("{op: slice, start: 2}", (2, 0)),
        ("{op: slice, stop: -3}", (0, 3)),
        ("{op: conv, kernel: 1, padding: -2}", (2, 2)),
        ("{op: attention, window: 4, shift: 1}", (4, 3)),
        ("{op: max_pool, kernel: 2}, {op: conv_transpose, kernel: 2, stride: 2}", (0, 0)),
        ("{op: conv, kernel: 3, stride: 2, padding: same}, {op: resize, scale: 2}", (2, 2)),
    ],
)
def test_halo(layers: str, halo: Sides) -> None:
    assert on_axis(f"inputs: {{image: {{size: [64]}}}}\nlayers: [{layers}]").halo == halo


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        ("{op: global_avg_pool}", "global"),
        ("{op: attention}", "global"),
        ("{op: instance_norm}", "global"),
        ("{op: batch_norm, training: true}", "global"),
        ("{op: squeeze_excite}", "global"),
        ("{op: adaptive_avg_pool, size: 7}", "size-dependent"),
        ("{op: resize, size: 32}", "size-dependent"),
        ("{op: resize, scale: 2, mode: linear, coordinates: align_corners}", "size-dependent"),
        ("{op: slice, start: -8}", "size-dependent"),
        ("{op: slice, stop: 8}", "size-dependent"),
        ("{op: unknown, original: Einsum}", "unknown-op"),
        ("{op: concat, from: [image, image], axis: x}", "position-dependent"),
        ("{op: conv_transpose, kernel: 2000, stride: 2000}", "position-dependent"),
    ],
)
def test_no_halo(layer: str, why: str) -> None:
    found = on_axis(f"inputs: {{image: {{size: [64]}}}}\nlayers: [{layer[:1]}name: wrong, {layer[1:]}, {{op: conv, kernel: 1}}]")
    assert (found.halo, found.halo_any, found.halo_why, found.culprit) == (None, None, why, "wrong")


def test_no_halo_of_a_crop_to_another_scale() -> None:
    """It reads what is before it sample by sample, but how many depends on the size."""
    layers = "{name: half, op: max_pool, kernel: 2}, {name: wrong, op: crop_like, start: 0, from: [image, half]}, {op: conv, kernel: 1}"
    found = on_axis(f"inputs: {{image: {{size: [64]}}}}\nlayers: [{layers}]")
    assert (found.halo, found.halo_why, found.culprit) == (None, "size-dependent", "wrong")


def test_behind_a_gate_the_local_reach_is_known() -> None:
    found = on_axis("layers: [{op: conv, kernel: 5, padding: 2}, {name: gate, op: squeeze_excite}]")
    assert (found.reach, found.halo, found.culprit) == ((2, 2), None, "gate")


@pytest.mark.parametrize("size", ["64", "null"])
@pytest.mark.parametrize(
    ("layer", "reach"), [("adaptive_avg_pool, size: 7", None), ("resize, size: 32, mode: linear", None), ("slice, start: -8", (1, 1))]
)
def test_what_is_seen_may_depend_on_the_size_of_the_image(size: str, layer: str, reach: Sides | None) -> None:
    text = f"inputs: {{image: {{size: [{size}]}}}}\nlayers: [{{op: conv, kernel: 3, padding: 1}}, {{name: sized, op: {layer}}}]"
    found = on_axis(text)
    assert (found.reach, found.reach_any, found.halo, found.culprit) == (reach, reach, None, "sized")
    assert found.reach_why == ("" if reach else "size-dependent")


def test_a_size_that_leaves_a_remainder() -> None:
    """100 samples halve to 50, 25 and 12: what is resized like the 25 is not resized by 2."""
    text = "inputs: {{image: {{size: [{}]}}}}\nlayers: [{{name: down, op: max_pool, kernel: 8}}, {{op: resize_like, from: [down, image]}}]"
    found = on_axis(text.format(100))
    assert (found.halo, found.instead) == (None, (0, 8))
    assert on_axis(text.format(104)).halo == on_axis(text.format("null")).halo == (0, 0)


def test_strided_same_needs_pieces_congruent_to_the_image() -> None:
    text = "inputs: {{image: {{size: [{}]}}}}\nlayers: [{{op: conv, kernel: 3, stride: 2, padding: same}}]"
    even, odd = on_axis(text.format(64)), on_axis(text.format(65))
    assert (even.residues, even.halo) == ((0,), (0, 2))
    assert (odd.residues, odd.halo) == ((1,), (2, 1))


def test_open_size_takes_one_that_aligns() -> None:
    text = DECODER + "  - {name: up, op: conv_transpose, kernel: 2, stride: 2}\n  - {op: add, from: [a, up]}\n"
    found = on_axis(text)
    assert (found.modulus, found.residues, found.halo) == (2, (0,), (4, 4))
    declared = on_axis("inputs: {image: {size: [64]}}\n" + text)
    assert declared == found


CENTRED = "{name: b, op: conv, kernel: 1, stride: 2, from: image}"
SHIFTED = "{name: b, op: conv, kernel: 3, stride: 2, padding: [[2, 0]], from: image}"


@pytest.mark.parametrize(
    ("layers", "residues"),
    [
        # Aligned at odd sizes only: `same` pads both sides there.
        ("{name: a, op: conv, kernel: 3, stride: 2, padding: same}, " + CENTRED, (1,)),
        # Aligned at no size: the first that fits, and all that do the same.
        ("{name: a, op: conv, kernel: 3, stride: 2, padding: 1}, " + SHIFTED, (0, 1)),
        # Only odd sizes come out as they went in.
        ("{op: conv, kernel: 3, stride: 2}, {name: a, op: conv_transpose, kernel: 3, stride: 2}, {name: b, op: relu, from: image}", (1,)),
    ],
)
def test_which_size_an_open_image_has(layers: str, residues: tuple[int, ...]) -> None:
    found = on_axis(f"inputs: {{image: {{size: null}}}}\nlayers: [{layers}, {{op: add, from: [a, b]}}]")
    assert (found.residues, found.halo_why) == (residues, "")


def test_too_many_places_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "axes: [x]\nlayers: [{op: conv, kernel: 8, stride: 8}, {op: conv, kernel: 3, padding: 1}, {op: resize, scale: 8, mode: linear}]"
    ((exact),) = answers(text, tile=(100,)).values()
    monkeypatch.setattr("rflint.questions.tiles.TRIES", 1)
    ((bound),) = answers(text, tile=(100,)).values()
    one, other = exact.axes[0], bound.axes[0]
    assert (one.exact, other.exact) == (True, False)
    assert other.halo == one.halo
    assert one.halo is not None
    assert other.halo_any == (one.halo[0] + 7, one.halo[1] + 7)
    assert one.halo_any <= other.halo_any
    assert bound.prices[0].piece == (100 + sum(other.halo_any),)
    assert exact.prices[0].piece < bound.prices[0].piece


def test_tiles_between_multiples() -> None:
    """Tiles of 12 side by side: pieces start and end on multiples of 8."""
    (found,) = answers("axes: [x]\nlayers: [{op: conv, kernel: 8, stride: 8}, {op: resize, scale: 8}]", tile=(12,)).values()
    assert found.axes[0].halo == (0, 0)
    assert found.prices[0].piece == (16,)


def test_inputs_are_cut_at_the_same_places() -> None:
    text = """\
axes: [x]
inputs: {image: {size: [64]}, coarse: {size: [32]}, style: {size: [1]}}
layers:
  - {name: fine, op: conv, kernel: 7, padding: 3, from: image}
  - {name: wide, op: conv, kernel: 5, padding: 2, from: coarse}
  - {name: up, op: resize, scale: 2}
  - {name: both, op: add, from: [fine, up]}
  - {name: out, op: mul, from: [both, style], broadcast: true}
"""
    found = answers(text)
    image, coarse, style = (found[name].axes[0] for name in ("image", "coarse", "style"))
    assert (image.modulus, image.reach, image.halo) == (2, (3, 3), (4, 4))
    assert (coarse.modulus, coarse.reach, coarse.halo) == (1, (2, 2), (2, 2))
    assert (style.halo, style.halo_why) == (None, "global")


def test_resized_to_another_input() -> None:
    """Guided upsampling: the rate of the inputs is that of their declared sizes."""
    text = "axes: [x]\ninputs: {low: {size: [32]}, guide: {size: [64]}}\nlayers:\n"
    text += "  - {name: wide, op: conv, kernel: 3, padding: 1, from: low}\n  - {name: up, op: resize_like, from: [wide, guide]}\n"
    text += "  - {name: out, op: add, from: [up, guide]}\n"
    found = answers(text)
    assert found["low"].axes[0].halo == (1, 1)
    assert found["guide"].axes[0].halo == (2, 2)


def test_price_of_a_tile() -> None:
    text = "axes: [y, x]\nlayers: [{op: conv, kernel: [3, 1], padding: same}]"
    (found,) = answers(text, tile=(8, 10)).values()
    assert [(price.tile, price.piece, price.repeated) for price in found.prices] == [((8, 10), (10, 10), Fraction(1, 5))]
    (found,) = answers(text).values()
    assert [price.tile[0] for price in found.prices] == [64, 128, 256, 512]


#: Of a network that halves twice, and looks around at either resolution.
TWO_LEVELS = """\
layers:
  - {name: a, op: conv, kernel: 3, padding: 1}
  - {name: d1, op: max_pool, kernel: 2}
  - {name: b, op: conv, kernel: 5, padding: 2}
  - {name: d2, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: up, op: resize, scale: 4, mode: linear}
"""


def test_layers_of_one_network() -> None:
    """Asked together or one by one, the answers are the same."""
    analysis = analysis_of(f"rflint: 1\naxes: [x]\n{TWO_LEVELS}")
    nodes = range(1, 6)
    together = tiles(analysis, nodes)
    assert together == tuple(found for node in nodes for found in tiles(analysis, (node,)))
    axes = {found.layer: found.axes[0] for found in together}
    assert {layer: (axis.modulus, axis.reach, axis.halo) for layer, axis in axes.items()} == {
        "a": (1, (1, 1), (1, 1)),
        "d1": (2, (1, 1), (2, 1)),
        "b": (2, (5, 5), (6, 5)),
        "d2": (4, (7, 5), (8, 5)),
        "up": (4, (11, 9), (12, 9)),
    }


def test_priced_tiles_are_whole_steps_as_large_as_the_halo() -> None:
    """Four sizes, each twice the last; the first is at least 64, and so large that a tile is not smaller than its halo."""
    (found,) = answers("axes: [x]\nlayers: [{op: conv, kernel: 201, padding: 100}]").values()
    assert [price.tile for price in found.prices] == [(256,), (512,), (1024,), (2048,)]
    assert [price.piece for price in found.prices] == [(456,), (712,), (1224,), (2248,)]
    assert found.prices[0].repeated == 1 - Fraction(256, 456)
    (found,) = answers("axes: [x]\nlayers: [{op: conv, kernel: 3, stride: 3}]").values()
    assert [price.tile for price in found.prices] == [(96,), (192,), (384,), (768,)]
    (found,) = answers("axes: [x]\nlayers: [{op: conv, kernel: 129, padding: 64}]").values()
    assert [price.tile for price in found.prices] == [(128,), (256,), (512,), (1024,)]
    # Of axes that differ, the larger counts; steps are of both.
    text = "axes: [y, x]\nlayers: [{op: conv, kernel: [65, 1], stride: [1, 10], padding: [32, 0]}]"
    (found,) = answers(text).values()
    assert [price.tile for price in found.prices] == [(80, 80), (160, 160), (320, 320), (640, 640)]


def test_no_price_without_a_halo_on_every_axis() -> None:
    (found,) = answers("axes: [y, x]\nlayers: [{op: rnn, axis: x}]", tile=(8, 8)).values()
    assert (found.axes[0].halo, found.axes[1].halo, found.prices) == ((0, 0), None, ())


def test_inputs_without_a_say_are_left_out() -> None:
    text = "axes: [x]\ninputs: {a: {size: 8}, b: {size: 8}}\noutputs: [one, two]\n"
    text += "layers: [{name: one, op: relu, from: a}, {name: two, op: relu, from: b}]"
    assert list(answers(text, "one")) == ["a"]
    assert list(answers(text, "two")) == ["b"]
