"""`rflint export --to onnx`: models that are valid, and that say what the spec says when they are imported again."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pytest

from rflint.cli.zoo import bundled
from rflint.engine import Analysis, analyze
from rflint.exporting import TARGETS, ExportFailure, Network, settle, write
from rflint.importing import FORMATS, Wishes, read, spec_of
from rflint.model import Graph
from rflint.ops import OPS
from rflint.pipeline import load
from rflint.verdict import Options

onnx = pytest.importorskip("onnx")

ZOO = bundled()
#: What ONNX, or its reader, cannot tell apart: spec and layer -> why. Layers behind them are left out, too.
LOST: Mapping[str, tuple[tuple[str, ...], str]] = {
    "enet": (("bottleneck1", "bottleneck4"), "a dot is a boundary of modules: `bottleneck1.0` and copy 0 of `bottleneck1` are one"),
    "swin_t": (("stage4",), "attention in a window of the whole map is attention to the whole map"),
}


def graph_of(text: bytes | str, size: int | None = None) -> Graph:
    data = text.encode() if isinstance(text, str) else text
    loaded = load(data, "net.yaml", Options(sizes=() if size is None else ((None, (size,)),)))
    assert loaded.graph is not None, loaded.findings
    return loaded.graph


def model_of(network: Network) -> bytes:
    return write(TARGETS["onnx"], network)


def back(network: Network, data: bytes) -> Analysis:
    wishes = Wishes(keep_pointwise=True)
    draft = read(FORMATS[0], io.BytesIO(data), network.name, wishes)
    return analyze(graph_of(spec_of(draft, wishes, (), {}).text))


def node_of(graph: Graph, name: str) -> int | None:
    """The layer or instance of a name; of a module that has several layers, the last."""
    name = name.replace(".", "/")
    if (node := graph.find(name)) is not None:
        return node
    below = [place for place, layer in enumerate(graph.layers, len(graph.inputs)) if layer.name.startswith(f"{name}/")]
    return below[-1] if below else None


def facts(analysis: Analysis, node: int) -> list[Any]:
    """Sizes and fields (receptive field, stride, padding, centre, alignment) of a layer on all axes, but for `sized`: it says how
    the spec put the scale."""
    fields = [(axis.size(node), [trace.fields[node] for trace in axis.cases[0].traces.values()]) for axis in analysis.axes]
    return [(size, [field and field._replace(sized=False) for field in found]) for size, found in fields]


def compare(network: Network, data: bytes, lost: tuple[str, ...] = ()) -> int:
    """Compare the layers of a network with those that come back; return how many were compared."""
    ours, theirs = analyze(network.graph), back(network, data)
    count = 0
    for node, layer in enumerate(network.graph.layers, len(network.graph.inputs)):
        if layer.name.startswith(lost):
            continue
        there = node_of(theirs.graph, layer.name)
        assert there is not None, layer.name
        assert facts(theirs, there) == facts(ours, node), layer.name
        count += 1
    return count


@pytest.mark.parametrize("name", ZOO)
def test_the_zoo_comes_back(name: str) -> None:
    network = settle(graph_of(ZOO[name]))
    data = model_of(network)
    onnx.checker.check_model(data, full_check=True)
    lost, why = LOST.get(name, ((), ""))
    if why:
        print(f"{name}: {', '.join(lost)} not compared: {why}")
    compared = compare(network, data, lost)
    assert compared == len(network.layers) if not lost else 0 < compared < len(network.layers)


CUBE = "{image: {size: [9, 9, 9], channels: 2}}\naxes: [z, y, x]"


def one(item: str, inputs: str = "{image: {size: [24, 24], channels: 8}}", before: str = "") -> str:
    return f"rflint: 1\ninputs: {inputs}\nlayers:\n{before}  - {{name: it, {item}}}\n"


#: Fields under which each op is tried; `None`: what the op refuses, see REFUSED.
TRIED: Mapping[str, tuple[str, ...]] = {
    "conv": (
        "kernel: 3, channels: 4",
        "kernel: 5, stride: 2, padding: same, channels: 4",
        "kernel: 4, stride: 3, padding: [same, causal], channels: 4",
        "kernel: [1, 7], padding: [[-2, 1], [3, 5]], channels: 4",
        "kernel: 4, stride: 3, ceil_mode: true, channels: 4, bias: false, groups: 2",
        "kernel: 3, dilation: 2, padding: 9",
    ),
    "depthwise_conv": ("kernel: 3, channels: 16, padding: same_lower",),
    "separable_conv": ("kernel: 3, channels: 4, stride: 2",),
    "deformable_conv": ("kernel: 3, channels: 4, padding: same", "kernel: 3, channels: 4, padding: [[-1, 2], [0, 0]]"),
    "max_pool": (
        "kernel: 3, stride: 2, ceil_mode: true, padding: 1",
        "kernel: 2, padding: [[2, 0], [0, 5]]",
        "kernel: 2, dilation: 3, padding: same",
    ),
    "avg_pool": ("kernel: 3, stride: 2, padding: [[0, 1], [0, 1]]", "kernel: 2, dilation: 3, stride: 1"),
    "lp_pool": ("kernel: 3, stride: 2",),
    "conv_transpose": (
        "kernel: 4, stride: 2, padding: 1, channels: 4",
        "kernel: 2, stride: 3, padding: same, channels: 4",
        "kernel: 5, stride: 2, padding: [[-1, 2], [0, 3]], output_padding: 1, channels: 4, groups: 2",
    ),
    "unfold": ("kernel: 3, stride: 2, padding: 1",),
    "blur_pool": ("kernel: [3, 4], stride: 2, padding: 1",),
    "window": ("kernel: 3", "kernel: 3, channels: 5, stride: 2, ceil_mode: true"),
    "resize": (
        "scale: 2",
        "scale: 3/2, mode: linear",
        "scale: 2/3, mode: cubic, coordinates: align_corners",
        "size: 36, mode: nearest, coordinates: half_pixel, rounding: ceil",
        "scale: 1/2, mode: area",
        "scale: 3, mode: area",
    ),
    "space_to_depth": ("block: 2", "block: [2, 3]"),
    "depth_to_space": ("block: 2", "block: [2, 4]"),
    "adaptive_avg_pool": ("size: 1", "size: [6, 4]"),
    "adaptive_max_pool": ("size: 8",),
    "pad": ("padding: [[2, -1], [0, 3]]",),
    "crop": ("crop: [[1, 2], [0, 3]]",),
    "slice": ("start: [1, -9], stop: [20, -2], step: [3, 1]",),
    "attention": ("window: 6", "window: 8, shift: 3, heads: 2", ""),
    "rnn": ("channels: 6", "channels: 6, axis: y", "channels: 6, direction: forward"),
    "squeeze_excite": ("channels: 4",),
    "group_norm": ("groups: 4",),
    "batch_norm": ("", "training: true"),
    "dense": ("channels: 4",),
    "select_channels": ("channels: 4",),
    "channel_shuffle": ("groups: 2",),
    "prelu": ("", "shared: true"),
    "concat": ("", "axis: x"),
}
#: Ops that take something beside the map, and what is refused.
APART = {"max_unpool", "crop_like", "pad_like", "resize_like", "unknown", "stack", "fft"}


def spec_of_op(op: str, fields: str) -> str:
    merges = OPS[op].inputs[0] > 1
    if op == "channel_shuffle":  # nothing but a view: alone, it would be an empty network
        return one("op: conv, kernel: 3, channels: 4", before=f"  - {{op: {op}, {fields}}}\n")
    item = f"op: {op}" + (f", {fields}" if fields else "") + (", from: [one, two]" if merges else "")
    before = "  - {name: one, op: conv, kernel: 3, channels: 4}\n  - {name: two, op: conv, kernel: 3, channels: 4, from: image}\n"
    return one(item, before=before if merges else "")


CASES = [(op, fields) for op in OPS if op not in APART for fields in TRIED.get(op, ("",))]
ALIKE = {
    "it": """
rflint: 1
inputs: {image: {size: [25, 22], channels: 4}}
layers:
  - {name: pool, op: max_pool, kernel: 3, stride: 2}
  - {name: it, op: max_unpool, kernel: 3, stride: 2}
  - {name: cut, op: crop_like, from: [image, pool]}
  - {name: corner, op: crop_like, start: 1, from: [image, pool]}
  - {name: padded, op: pad_like, from: [pool, image]}
  - {name: ends, op: pad_like, align: end, from: [pool, image]}
  - {name: grown, op: resize_like, mode: linear, from: [pool, image]}
  - {name: all, op: concat, from: [padded, ends, grown, image]}
  - {name: gate, op: global_avg_pool, from: pool}
  - {name: spread, op: mul, broadcast: true, from: [all, gate_conv]}
  - {name: gate_conv, op: conv, kernel: 1, channels: 16, from: gate}
  - {name: both, op: concat, broadcast: true, from: [cut, corner, gate]}
outputs: [it, spread, both]
"""
}


@pytest.mark.parametrize(("op", "fields"), [*CASES, ("max_unpool", "it")])
def test_every_op_comes_back(op: str, fields: str) -> None:
    network = settle(graph_of(ALIKE.get(fields) or spec_of_op(op, fields)))
    data = model_of(network)
    onnx.checker.check_model(data, full_check=True)
    ours, theirs = analyze(network.graph), back(network, data)
    for node, layer in enumerate(network.graph.layers, len(network.graph.inputs)):
        there = node_of(theirs.graph, layer.name)
        if there is None:
            assert OPS[layer.op].group == "pointwise", layer.name
            continue
        assert facts(theirs, there) == facts(ours, node), layer.name


def test_the_newest_sample_is_not_the_anchor_of_a_transposed_window() -> None:
    """ONNX has numbers for `padding: causal`, and no word: the regions are the same, the centres are not."""
    network = settle(graph_of(spec_of_op("conv_transpose", "kernel: 3, stride: 2, dilation: 2, padding: causal, channels: 4")))
    ours, theirs = analyze(network.graph), back(network, model_of(network))
    (one,), (two,) = (analysis.axes[0].fields("image", 1) for analysis in (ours, theirs))
    assert one is not None
    assert two is not None
    assert one.family == two.family
    assert one.grid != two.grid


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (one("op: unknown, original: NonMaxSuppression"), "layer `it` is unknown: `NonMaxSuppression` of the model it was imported from"),
        (one("op: stack, from: [image, image]"), "layer `it`: `stack` makes an axis"),
        (one("op: fft"), "layer `it`: `fft` makes complex numbers"),
        (one("op: attention, causal: true"), "layer `it`: causal `attention`"),
        (one("op: attention, window: 7"), "layer `it`: ONNX `attention`: 24 samples are no whole windows of 7"),
        (one("op: attention, heads: 3"), "layer `it`: 8 channels do not divide into 3 heads"),
        (one("op: adaptive_avg_pool, size: 7"), "layer `it`: ONNX has no `adaptive_avg_pool` from 24×24 to 7×7 samples"),
        (one("op: max_unpool, kernel: 2"), "layer `it`: `max_unpool` needs the places that a `max_pool`"),
        (one("op: deformable_conv, kernel: 3, channels: 2", CUBE), "layer `it`: ONNX has `deformable_conv` for two axes only"),
        (one("op: conv, kernel: 3, channels: 2", "{image: {channels: 2}}"), "the size of input `image` is not known"),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_is_told(text: str, why: str) -> None:
    with pytest.raises(ExportFailure) as failure:
        model_of(settle(graph_of(text)))
    assert str(failure.value).startswith(why)


def test_the_same_network_gives_the_same_bytes() -> None:
    assert model_of(settle(graph_of(ZOO["swin_t"]))) == model_of(settle(graph_of(ZOO["swin_t"])))


def test_weights_are_no_part_of_the_file() -> None:
    """VGG-16 has 138 million of them."""
    assert len(model_of(settle(graph_of(ZOO["vgg_16"])))) < 10_000


def test_shared_weights_are_one_tensor() -> None:
    text = one("op: conv, kernel: 3, channels: 8, weights: first", before="  - {name: first, op: conv, kernel: 3, channels: 8}\n")
    model = onnx.load_from_string(model_of(settle(graph_of(text))))
    assert [node.input[1] for node in model.graph.node if node.op_type == "Conv"] == ["first.weight", "first.weight"]


def test_channels_that_nobody_named_are_told() -> None:
    network = settle(graph_of("rflint: 1\ninputs: {image: {size: 32}}\nlayers:\n  - {name: a, op: conv, kernel: 3}\n  - {op: relu}\n"))
    assert [layer.channels for layer in network.layers] == [3, 3]
    assert network.notes == ("inputs without channels have 3", "layers without channels (`a`) make as many as they read")


@pytest.mark.parametrize(("op", "fields"), CASES)
def test_every_op_runs(op: str, fields: str) -> None:
    import numpy as np
    from onnx.reference import ReferenceEvaluator

    if op == "deformable_conv" or (op == "conv_transpose" and "groups" in fields):
        pytest.skip("the reference implementation takes a minute, or knows no groups here")
    network = settle(graph_of(spec_of_op(op, fields)))
    maps = {each.name: np.random.default_rng(0).normal(size=(1, each.channels, *each.size)).astype("f4") for each in network.inputs}
    made = ReferenceEvaluator(onnx.load_from_string(model_of(network))).run(None, maps)
    sizes = {layer.name: (1, layer.channels, *layer.size) for layer in network.layers}
    assert [each.shape for each in made] == [sizes[output] for output in network.outputs]


def test_unpooling_puts_samples_back_where_they_were() -> None:
    """Pooling leaves a row over: places in 25 rows of 22 are others in 24."""
    import numpy as np
    from onnx.reference import ReferenceEvaluator

    text = one("op: max_unpool, kernel: 2", "{image: {size: [22, 25], channels: 3}}", "  - {op: max_pool, kernel: 2}\n")
    image = np.random.default_rng(0).random((1, 3, 22, 25)).astype("f4")
    (made,) = ReferenceEvaluator(onnx.load_from_string(model_of(settle(graph_of(text))))).run(None, {"image": image})
    kept = made != 0
    assert kept.sum() == 3 * 11 * 12
    assert (made[kept] == image[:, :, :, :24][kept]).all()
