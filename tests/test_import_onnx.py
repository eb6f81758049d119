"""ONNX models, as files of a few hundred bytes: what each operator becomes, at every opset that writes it in its own way."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from soon import soon

pytest.importorskip("onnx", reason="reading ONNX needs the extra `onnx`")

from onnx_models import attribute, decimals, graph, integers, model, network, node, number, place, text, varint, weight

import rflint
from rflint.importing import FORMATS, Draft, ImportFailure, Wishes, read, spec_of
from rflint.importing.onnx.payloads import without_payloads

ONNX = next(each for each in FORMATS if each.name == "onnx")


def draft(data: bytes, **wishes: Any) -> Draft:
    return read(ONNX, io.BytesIO(data), "net", Wishes(**wishes))


def spec(data: bytes, **wishes: Any) -> str:
    asked = Wishes(**wishes)
    return spec_of(read(ONNX, io.BytesIO(data), "net", asked), asked, (), {}).text


def items(data: bytes, **wishes: Any) -> list[str]:
    """Layers of the spec without their names: `conv, kernel: 3`."""
    lines = [line.strip() for line in spec(data, **wishes).splitlines() if line.lstrip().startswith("- {name")]
    return [re.sub(r"- \{name: .*?, op: (.*)\}(   #.*)?", r"\1", line) for line in lines]


def one(
    op: str, inputs: str = "image", tensors: Sequence[bytes] = (), *, net: dict[str, Any] | None = None, **attributes: Any
) -> list[str]:
    """What a model of one node becomes."""
    return items(network([node(op, inputs, "out", **attributes)], tensors, **(net or {})))


W3 = weight("w", 8, 3, 3, 3)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, "conv, kernel: 3, channels: 8, bias: false"),
        ({"pads": [1, 1, 1, 1]}, "conv, kernel: 3, padding: 1, channels: 8, bias: false"),
        ({"pads": [0, 1, 2, 1]}, "conv, kernel: 3, padding: [[0, 2], 1], channels: 8, bias: false"),
        ({"strides": [2, 1]}, "conv, kernel: 3, stride: [2, 1], channels: 8, bias: false"),
        ({"dilations": [2, 2], "auto_pad": "VALID"}, "conv, kernel: 3, dilation: 2, channels: 8, bias: false"),
        ({"auto_pad": "SAME_UPPER"}, "conv, kernel: 3, padding: same, channels: 8, bias: false"),
        ({"auto_pad": "SAME_LOWER"}, "conv, kernel: 3, padding: same_lower, channels: 8, bias: false"),
        ({"strides": [0, 0]}, "unknown, original: Conv"),
        ({"pads": [1, 1]}, "unknown, original: Conv"),
    ],
)
def test_convolutions(attributes: dict[str, Any], expected: str) -> None:
    assert one("Conv", "image w", [W3], **attributes) == [expected]


def test_groups() -> None:
    depthwise = network([node("Conv", "image w b", "out", group=6)], [weight("w", 6, 1, 3, 3), weight("b", 6)], channels=6)
    assert items(depthwise) == ["depthwise_conv, kernel: 3"]
    grouped = network([node("Conv", "image w", "out", group=2)], [weight("w", 8, 3, 3, 3)], channels=6)
    assert items(grouped) == ["conv, kernel: 3, channels: 8, groups: 2, bias: false"]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"strides": [2, 2]}, "conv_transpose, kernel: 3, stride: 2, channels: 4, bias: false"),
        (
            {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]},
            "conv_transpose, kernel: 3, stride: 2, padding: 1, output_padding: 1, channels: 4, bias: false",
        ),
        (
            {"strides": [2, 2], "output_shape": [128, 128]},
            "conv_transpose, kernel: 3, stride: 2, padding: [[1, 0], [1, 0]], channels: 4, bias: false",
        ),
        (
            {"strides": [2, 2], "output_shape": [128, 128], "auto_pad": "SAME_UPPER"},
            "conv_transpose, kernel: 3, stride: 2, padding: [[0, 1], [0, 1]], channels: 4, bias: false",
        ),
    ],
)
def test_transposed_convolutions(attributes: dict[str, Any], expected: str) -> None:
    assert one("ConvTranspose", "image w", [weight("w", 3, 4, 3, 3)], **attributes) == [expected]


@pytest.mark.parametrize(
    ("op", "attributes", "expected"),
    [
        ("MaxPool", {"kernel_shape": [3, 3]}, "max_pool, kernel: 3, stride: 1"),
        ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, "max_pool, kernel: 2, stride: 2, ceil_mode: true"),
        ("AveragePool", {"kernel_shape": [3, 3], "strides": [1, 1], "dilations": [2, 2]}, "avg_pool, kernel: 3, stride: 1, dilation: 2"),
        ("LpPool", {"kernel_shape": [2, 2], "strides": [2, 2]}, "lp_pool, kernel: 2, stride: 2"),
        ("GlobalAveragePool", {}, "global_avg_pool"),
        ("GlobalMaxPool", {}, "global_max_pool"),
    ],
)
def test_pooling(op: str, attributes: dict[str, Any], expected: str) -> None:
    assert one(op, **attributes) == [expected]


SCALES = decimals("s", [1, 1, 2, 2])


@pytest.mark.parametrize(
    ("op", "inputs", "attributes", "expected"),
    [
        ("Upsample", "image s", {"mode": "nearest"}, "resize, scale: 2"),
        ("Upsample", "image s", {"mode": "linear"}, "resize, scale: 2, mode: linear, coordinates: asymmetric"),
        ("Resize", "image s", {"mode": "nearest"}, "resize, scale: 2"),  # opset 10
        ("Resize", "image _ s", {"mode": "linear"}, "resize, scale: 2, mode: linear"),
        (
            "Resize",
            "image _ s",
            {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
            "resize, scale: 2, mode: linear, coordinates: align_corners",
        ),
        ("Resize", "image _ s", {"mode": "cubic", "coordinate_transformation_mode": "pytorch_half_pixel"}, "resize, scale: 2, mode: cubic"),
        (
            "Resize",
            "image _ s",
            {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
            "resize, scale: 2",
        ),
        ("Resize", "image _ s", {}, "resize, scale: 2, coordinates: half_pixel"),
        (
            "Resize",
            "image _ s",
            {"coordinate_transformation_mode": "tf_half_pixel_for_nn"},
            "resize, scale: 2, coordinates: half_pixel, rounding: round_prefer_ceil",
        ),
        ("Resize", "image _ s", {"mode": "linear", "coordinate_transformation_mode": "tf_crop_and_resize"}, "unknown, original: Resize"),
        ("Resize", "image _ _ n", {"mode": "linear"}, "resize, size: 96, mode: linear"),
    ],
)
def test_resizing(op: str, inputs: str, attributes: dict[str, Any], expected: str) -> None:
    tensors = [SCALES, integers("n", [1, 3, 96, 96])]
    assert [each.partition(", channels")[0] for each in one(op, inputs, tensors, **attributes)] == [expected]


def test_upsampling_before_opset_9_has_its_scales_as_an_attribute() -> None:
    written = attribute("scales", [1]).replace(number(8, 1), b"").replace(number(20, 7), b"")
    floats = b"".join(varint(7 << 3 | 5) + struct.pack("<f", each) for each in (1, 1, 3, 3))
    upsample = node("Upsample", "image", "out", mode="nearest") + text(5, written + floats + number(20, 6))
    assert items(network([upsample], opset=7)) == ["resize, scale: 3"]


def test_sizes_computed_from_shapes() -> None:
    """Twice the size, as exporters write it: Shape, Slice, Mul, Concat, Resize."""
    nodes = [
        node("Shape", "image", "shape"),
        node("Slice", "shape from to", "spatial"),
        node("Cast", "spatial", "floats", to=1),
        node("Mul", "floats two", "doubled"),
        node("Floor", "doubled", "floored"),
        node("Cast", "floored", "sizes", to=7),
        node("Slice", "shape zero from", "front"),
        node("Concat", "front sizes", "wanted", axis=0),
        node("Resize", "image _ _ wanted", "out", mode="nearest"),
    ]
    tensors = [integers("from", [2]), integers("to", [4]), integers("zero", [0]), decimals("two", [2.0])]
    data = network(nodes, tensors, size=("h", "w"))
    assert items(data) == ["resize, scale: 2, coordinates: half_pixel"]
    assert "inputs: {image: {size: [224, 224], channels: 3}}" in spec(data)  # folded at this size
    assert "inputs: {image: {size: [96, 64], channels: 3}}" in spec(data, sizes=((None, (96, 64)),))


def test_free_sizes_stay_free_where_nothing_depends_on_them() -> None:
    data = network([node("Conv", "image w", "out")], [W3], size=("h", "w"))
    assert "inputs: {image: {channels: 3}}" in spec(data)
    assert "size: [96, 64]" in spec(data, sizes=((None, (96, 64)),))


def test_borders() -> None:
    ints = [integers("from", [4, -20]), integers("to", [60, 2**62]), integers("axes", [2, 3]), integers("steps", [2, 1])]
    assert one("Slice", "image from to axes steps", ints) == ["slice, start: [4, -20], stop: [60, 64], step: [2, 1]"]
    assert one("Slice", "image", starts=[1, 1], ends=[9, 9], axes=[2, 3]) == ["slice, start: 1, stop: 9"]  # opset 1
    pads = integers("p", [0, 0, 1, 2, 0, 0, 3, 2])
    assert one("Pad", "image p", [pads]) == ["pad, padding: [[1, 3], 2]"]
    assert one("Pad", "image", pads=[0, 0, 1, 1, 0, 0, 1, 1]) == ["pad, padding: 1"]
    split = [node("Split", "image", "a out", axis=2), node("Relu", "a", "b")]
    assert items(network(split)) == ["slice, start: [32, 0], stop: [64, 64]"] or items(network(split)) == ["slice, start: [32, 0]"]


def test_merging() -> None:
    conv = [node("Conv", "image w", "a", pads=[1, 1, 1, 1]), node("Conv", "image w", "b", pads=[1, 1, 1, 1])]
    for op, expected in (("Add", "add"), ("Sum", "add"), ("Sub", "sub"), ("Mul", "mul"), ("Max", "max"), ("Mean", "mean")):
        assert items(network([*conv, node(op, "a b", "out")], [W3]))[-1].partition(",")[0] == expected
    assert items(network([*conv, node("Concat", "a b", "out", axis=1)], [W3]))[-1].startswith("concat, from")
    assert items(network([*conv, node("Concat", "a b", "out", axis=-1)], [W3]))[-1].startswith("concat, axis: x")
    assert items(network([conv[0], node("Add", "a c", "out")], [W3, weight("c", 8, 1, 1)])) == items(
        network([node("Conv", "image w", "out", pads=[1, 1, 1, 1])], [W3])
    )


def test_space_to_depth_however_it_is_written() -> None:
    assert one("SpaceToDepth", blocksize=2) == ["space_to_depth, block: 2"]
    six = integers("six", [1, 3, 32, 2, 32, 2])
    four = integers("four", [1, 12, 32, 32])
    nodes = [node("Reshape", "image six", "a"), node("Transpose", "a", "b", perm=[0, 1, 3, 5, 2, 4]), node("Reshape", "b four", "c")]
    conv = node("Conv", "c w", "out")
    assert items(network([*nodes, conv], [six, four, weight("w", 4, 12, 3, 3)]))[0] == "space_to_depth, block: 2"
    # YOLOv5's focus: the four phases, concatenated.
    unshuffle = [integers("up", [1, 3, 2, 2, 32, 32]), integers("back", [1, 3, 64, 64])]
    nodes = [node("Reshape", "image up", "a"), node("Transpose", "a", "b", perm=[0, 1, 4, 2, 5, 3]), node("Reshape", "b back", "c")]
    del unshuffle, nodes


def test_pixel_shuffle_and_channel_shuffle() -> None:
    up = [integers("six", [1, 3, 2, 2, 64, 64]), integers("four", [1, 3, 128, 128]), weight("w", 4, 3, 3, 3)]
    nodes = [node("Reshape", "image six", "a"), node("Transpose", "a", "b", perm=[0, 1, 4, 2, 5, 3]), node("Reshape", "b four", "c")]
    shuffle = network([*nodes, node("Conv", "c w", "out")], up, channels=12)
    assert items(shuffle)[0] == "depth_to_space, block: 2"
    five = [integers("five", [1, 2, 3, 64, 64]), integers("four", [1, 6, 64, 64]), weight("w", 4, 6, 3, 3)]
    nodes = [node("Reshape", "image five", "a"), node("Transpose", "a", "b", perm=[0, 2, 1, 3, 4]), node("Reshape", "b four", "c")]
    assert items(network([*nodes, node("Conv", "c w", "out")], five, channels=6)) == ["conv, kernel: 3, channels: 4, bias: false"]


def test_what_cuts_through_samples_is_unknown() -> None:
    """A reshape that mixes rows with columns is no rearrangement that has an op."""
    odd = [integers("odd", [1, 3, 32, 128]), W3]
    found = items(network([node("Reshape", "image odd", "a"), node("Conv", "a w", "out")], odd))
    assert found[0].startswith("unknown, original: Conv")


def test_channels_last() -> None:
    """TensorFlow's order: the input is turned before the first convolution, and back behind the last."""
    nodes = [node("Transpose", "image", "a", perm=[0, 3, 1, 2]), node("Conv", "a w", "b"), node("Transpose", "b", "out", perm=[0, 2, 3, 1])]
    data = model(graph(nodes, [place("image", "n", 64, 48, 3)], [place("out")], [W3]))
    assert items(data) == ["conv, kernel: 3, channels: 8, bias: false"]
    assert "inputs: {image: {size: [64, 48], channels: 3}}" in spec(data)


@pytest.mark.parametrize(("size", "axes"), [((100,), "axes: [t]\n"), ((8, 16, 16), "axes: [z, y, x]\n")])
def test_other_numbers_of_axes(size: tuple[int, ...], axes: str) -> None:
    data = network([node("Conv", "image w", "out")], [weight("w", 4, 3, *[3] * len(size))], size=size)
    assert axes in spec(data)
    assert items(data) == ["conv, kernel: 3, channels: 4, bias: false"]


def test_reductions_reach_as_far_as_what_they_hold() -> None:
    assert one("ReduceMean", axes=[2, 3]) == ["global_avg_pool"]
    assert one("ReduceMax", "image a", [integers("a", [-1, -2])], keepdims=0) == ["global_max_pool"]
    assert one("ReduceMean", axes=[1]) == ["select_channels, channels: 1"]
    assert one("ReduceMean", axes=[3]) == ["avg_pool, kernel: [1, 64], stride: [1, 64]"]
    tensors = [weight("w", 3 * 64 * 64, 10)]
    assert items(network([node("Flatten", "image", "a"), node("Gemm", "a w", "out")], tensors)) == ["dense, channels: 10, bias: false"]


def test_a_norm_over_channels_written_out_is_local() -> None:
    nodes = [
        node("ReduceMean", "image", "mean", axes=[1]),
        node("Sub", "image mean", "centred"),
        node("Pow", "centred two", "squares"),
        node("ReduceMean", "squares", "variance", axes=[1]),
        node("Sqrt", "variance", "deviation"),
        node("Div", "centred deviation", "normal"),
        node("Conv", "normal w", "out"),
    ]
    assert items(network(nodes, [W3, decimals("two", [2])])) == ["conv, kernel: 3, channels: 8, bias: false"]


def test_attention_over_tokens_is_global_over_windows_local() -> None:
    """Queries, keys and values of the same map; 8x8 windows as Swin cuts them."""

    def attending(tokens: str) -> list[bytes]:
        return [
            node("MatMul", f"{tokens} wq", "q"),
            node("MatMul", f"{tokens} wk", "k"),
            node("MatMul", f"{tokens} wv", "v"),
            node("Transpose", "k", "kt", perm=[0, 2, 1]),
            node("MatMul", "q kt", "scores"),
            node("Mul", "scores scale", "scaled"),
            node("Softmax", "scaled", "weights", axis=-1),
            node("MatMul", "weights v", "attended"),
        ]

    weights = [weight("wq", 3, 3), weight("wk", 3, 3), weight("wv", 3, 3), decimals("scale", [0.5])]
    flat = [integers("tokens", [1, 3, 4096]), *weights]
    nodes = [
        node("Reshape", "image tokens", "a"),
        node("Transpose", "a", "b", perm=[0, 2, 1]),
        *attending("b"),
        node("Identity", "attended", "out"),
    ]
    assert [each for each in items(network(nodes, flat)) if each.startswith("attention")] == ["attention"]
    cut = [integers("six", [1, 3, 8, 8, 8, 8]), integers("windows", [64, 64, 3]), *weights]
    nodes = [
        node("Reshape", "image six", "a"),
        node("Transpose", "a", "b", perm=[0, 2, 4, 3, 5, 1]),
        node("Reshape", "b windows", "c"),
        *attending("c"),
        node("Identity", "attended", "out"),
    ]
    assert [each for each in items(network(nodes, cut)) if each.startswith("attention")] == ["attention, window: 8"]


def test_operators_without_an_op_are_unknown_and_the_rest_goes_on() -> None:
    nodes = [node("Conv", "image w", "a"), node("Odd", "a", "b", domain="com.example"), node("Conv", "b w8", "out")]
    found = items(network(nodes, [W3, weight("w8", 8, 8, 3, 3)]))
    assert found[1] == "unknown, original: com.example.Odd"


def test_functions_are_inlined() -> None:
    body = text(1, "Double") + text(4, "x") + text(5, "y") + text(7, node("Conv", "x w", "y")) + text(10, "local")
    inner = body.replace(text(7, node("Conv", "x w", "y")), text(7, node("Relu", "x", "t")) + text(7, node("Relu", "t", "y")))
    data = model(
        graph(
            [node("Double", "image", "a", domain="local"), node("Conv", "a w", "out")], [place("image", 1, 3, 9, 9)], [place("out")], [W3]
        ),
        functions=[inner],
    )
    assert items(data) == ["conv, kernel: 3, channels: 8, bias: false"]


def test_weights_that_are_inputs() -> None:
    """Models are exported without their numbers, too."""
    inputs = [place("image", 1, 3, 32, 32), place("w", 8, 3, 3, 3)]
    assert "w:" not in spec(model(graph([node("Conv", "image w", "out")], inputs, [place("out")])))


def test_outputs() -> None:
    nodes = [node("Conv", "image w", "a", name="/stem/Conv"), node("Conv", "a w8", "out", name="/head/Conv")]
    data = network(nodes, [W3, weight("w8", 8, 8, 3, 3)])
    assert "- {name: out, op: conv" in spec(data)
    assert len(items(data, outputs=("a",))) == 1
    with pytest.raises(ImportFailure, match="no tensor `b`"):
        spec(data, outputs=("b",))


def test_payloads_are_skipped() -> None:
    """However large the weights, what is parsed has the size of the graph."""

    class Long(io.BytesIO):
        """A gigabyte of zeros where the payload stands, none of which may be read."""

        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            Long.taken += len(data)
            return data

    tensor = number(1, 8) + number(1, 3) + number(1, 3) + number(1, 3) + number(2, 1) + text(8, "w") + text(9, bytes(1 << 22))
    data = model(graph([node("Conv", "image w", "out")], [place("image", 1, 3, 9, 9)], [place("out")], [tensor]))
    stripped = without_payloads(Long(data))
    assert len(stripped) < 500
    assert Long.taken < 2000
    assert items(data) == ["conv, kernel: 3, channels: 8, bias: false"]


# Hostile models


def hostile() -> dict[str, bytes]:
    good = network([node("Conv", "image w", "out")], [W3])
    deep = node("If", "c", "x")
    for _ in range(300):
        deep = node("If", "c", "x", then_branch=(graph([deep], [], []),))
    cycle = [node("Add", "image b", "a"), node("Relu", "a", "b"), node("Identity", "b", "out")]
    calling = text(1, "Self") + text(4, "x") + text(5, "y") + text(7, node("Self", "x", "y", domain="local")) + text(10, "local")
    bomb = [
        text(1, f"F{k}")
        + text(4, "x")
        + text(5, "y")
        + text(10, "local")
        + text(7, node(f"F{k + 1}", "x", "t", domain="local"))
        + text(7, node(f"F{k + 1}", "t", "y", domain="local"))
        for k in range(40)
    ]
    call = [node("Self", "image", "out", domain="local")]
    image, out = [place("image", 1, 3, 9, 9)], [place("out")]
    outside = number(1, 8) + number(2, 1) + text(8, "w") + text(13, text(1, "location") + text(2, "../../etc/passwd")) + number(14, 1)
    return {
        "empty": b"",
        "cut off": good[: len(good) // 2],
        "a long part": number(1, 8) + varint(7 << 3 | 2) + varint(2**60),
        "a long number": number(1, 8) + b"\xff" * 30,
        "no buffer": number(1, 8) + b"\x3f\x3f\x3f",
        "no nodes": model(graph([], image, out)),
        "deep graphs": network([deep, node("Relu", "x", "out")]),
        "a cycle": network(cycle),
        "a function that calls itself": model(graph(call, image, out), functions=[calling]),
        "functions that double": model(graph([node("F0", "image", "out", domain="local")], image, out), functions=bomb),
        "no output": network([node("Relu", "image", "a")]),
        "an absurd tensor": network([node("Conv", "image w", "out")], [weight("w", 2**40, 3, 3, 3)]),
        "a huge constant": network([node("ConstantOfShape", "s", "a"), node("Reshape", "image a", "out")], [integers("s", [2**40, 2**20])]),
        "a huge range": network(
            [node("Range", "zero s one", "a"), node("Reshape", "image a", "out")],
            [integers("s", [2**60]), integers("zero", [0]), integers("one", [1])],
        ),
        "a huge tile": network([node("Tile", "s s", "a"), node("Reshape", "image a", "out")], [integers("s", [2**40])]),
        "huge pads": network([node("Pad", "image p", "out")], [integers("p", [0, 0, 2**62, 0, 0, 0, 0, 0])]),
        "huge strides": one_node("Conv", "image w", [W3], strides=[2**62, 2**62]),
        "negative sizes": one_node("Reshape", "image s", [integers("s", [-5, -1, 0, 2])]),
        "names that act on a terminal": network([node("Odd", "image", "out", name="\x1b[2J/\x07")]),
        "data outside": network([node("Conv", "image w", "out")], [outside]),
        "another format": b"PK\x03\x04" + bytes(1000),
    }


def one_node(op: str, inputs: str, tensors: Sequence[bytes], **attributes: Any) -> bytes:
    return network([node(op, inputs, "out", **attributes)], tensors)


@pytest.mark.parametrize("kind", hostile())
def test_hostile_models(kind: str) -> None:
    """A failure that says why, or a spec; soon, and no traceback."""
    with soon():
        try:
            written = spec(hostile()[kind])
        except ImportFailure as failure:
            written = str(failure)
    assert re.match(r"rflint: 1\n|is |has |comes to ", written)
    assert "\x1b" not in written


def test_a_size_is_none_of_an_input_that_is_no_map() -> None:
    inputs = [place("image", 1, 3, 9, 9), place("other", 1, 2, 3, 4, 5, 6)]
    data = model(graph([node("Conv", "image w", "out")], inputs, [place("out")], [W3]))
    assert "inputs: {image: {size: [32, 32], channels: 3}}" in spec(data, sizes=((None, (32,)),))


def test_a_branch_that_is_known_to_be_taken() -> None:
    """Exporters write `squeeze` as an `If` on the size of a dimension."""

    def branch(op: str, **attributes: Any) -> tuple[bytes]:
        return (graph([node(op, "a", "t", **attributes)], [], [place("t")]),)

    nodes = [
        node("Conv", "image w", "a"),
        node("Shape", "a", "shape"),
        node("Gather", "shape one", "channels", axis=0),
        node("Equal", "channels one", "alone"),
        node("If", "alone", "out", then_branch=branch("GlobalAveragePool"), else_branch=branch("MaxPool", kernel_shape=[2, 2])),
    ]
    found = items(network(nodes, [W3, integers("one", [1])]))
    assert found == ["conv, kernel: 3, channels: 8, bias: false", "max_pool, kernel: 2, stride: 1"]


@pytest.mark.parametrize("inner", [[node("MaxPool", "a", "t", kernel_shape=[2, 2])], []])
def test_a_branch_that_may_be_taken_is_unknown_and_reads_what_it_reads(inner: list[bytes]) -> None:
    branch = (graph(inner, [], [place("t" if inner else "a")]),)
    nodes = [node("Conv", "image w", "a"), node("If", "cond", "b", then_branch=branch, else_branch=branch), node("Add", "a b", "out")]
    found = spec(network(nodes, [W3]))
    assert "{name: if, op: unknown, original: If}" in found
    assert "from: [conv, if]" in found


def test_a_branch_of_a_function_has_the_names_of_the_function() -> None:
    """`t`, `one` and `y` of the function are not those of the graph."""
    branch = (graph([node("MaxPool", "x", "t", kernel_shape=[2, 2])], [], [place("t")]),)
    body = [node("Equal", "one one", "yes"), node("If", "yes", "y", then_branch=branch, else_branch=branch)]
    body = [node("Constant", "", "one", value_int=1), *body]
    function = text(1, "Pick") + text(4, "x") + text(5, "y") + b"".join(text(7, each) for each in body) + text(10, "local")
    nodes = [node("Conv", "image w", "t"), node("Pick", "t", "y", domain="local"), node("Add", "t t", "two"), node("Conv", "y w8", "z")]
    outputs = [place("two"), place("z")]
    data = model(graph(nodes, [place("image", 1, 3, 9, 9)], outputs, [W3, weight("w8", 8, 8, 3, 3)]), functions=[function])
    assert [each.partition(",")[0] for each in items(data)] == ["conv", "max_pool", "conv"]
    assert "{name: two, op: conv, kernel: 3" in spec(data)


def test_fused_operators() -> None:
    """A skip connection is no less one inside of a fused norm, and attention is attention."""
    tokens = [node("Reshape", "image s", "a"), node("Transpose", "a", "b", perm=[0, 2, 1])]
    tensors = [integers("s", [1, 3, 4096]), weight("g", 3), weight("w", 3, 3), weight("packed", 3, 9), weight("bias", 9)]
    norm = node("SkipLayerNormalization", "b c g", "out", domain="com.microsoft")
    assert items(network([*tokens, node("MatMul", "b w", "c"), norm], tensors))[-1].startswith("add, from: [mat_mul, image]")
    fused = node("Attention", "b packed bias", "out", domain="com.microsoft", num_heads=1)
    assert items(network([*tokens, fused], tensors))[-1] == "attention"
    plain = node("Attention", "b b b", "out")
    assert items(network([*tokens, plain], tensors, opset=23)) == ["attention"]


def test_softmax_before_opset_13_is_over_all_that_follows() -> None:
    assert one("Softmax", axis=1, net={"opset": 11}) == ["spatial_softmax"]
    conv = [node("Conv", "image w", "a"), node("Softmax", "a", "out", axis=1)]
    assert items(network(conv, [W3], opset=13)) == ["conv, kernel: 3, channels: 8, bias: false"]


def test_shapes_of_what_is_not_computed_are_inferred() -> None:
    # A weight that the graph fills, and one that it computes from others.
    nodes = [
        node("ConstantOfShape", "dims", "w"),
        node("ReduceMean", "v", "mean", axes=[1, 2, 3], keepdims=1),
        node("Sub", "v mean", "standard"),
        node("Conv", "image w", "a"),
        node("Conv", "a standard", "out"),
    ]
    tensors = [integers("dims", [64, 3, 5, 5]), weight("v", 8, 64, 3, 3)]
    assert items(network(nodes, tensors)) == [
        "conv, kernel: 5, channels: 64, bias: false",
        "conv, kernel: 3, channels: 8, bias: false",
    ]


def test_behind_an_unknown_operator_sizes_are_known_where_they_follow() -> None:
    nodes = [node("GridSample", "image grid", "warped"), node("Conv", "warped w", "out")]
    found = draft(network(nodes, [W3, weight("grid", 1, 12, 10, 2)]))
    assert [item.op for item in found.items] == ["unknown", "conv"]
    assert found.items[1].fields["kernel"] == 3


def test_sound_is_an_axis_and_no_channels() -> None:
    # [batch, samples], with a dimension for channels added by the graph.
    nodes = [node("Unsqueeze", "image axes", "map"), node("Conv", "map w", "out", strides=[2])]
    found = draft(network(nodes, [integers("axes", [1]), weight("w", 8, 1, 5)], dims=[1, 512]))
    assert found.inputs[0].size == (512,)
    assert [item.op for item in found.items] == ["conv"]


def test_channels_last_are_found_where_operators_need_them() -> None:
    # [batch, samples, 16 channels]: nothing in the sizes says so.
    nodes = [node("Transpose", "image", "map", perm=[0, 2, 1]), node("Conv", "map w", "out")]
    found = draft(network(nodes, [weight("w", 8, 16, 5)], dims=[1, 512, 16]))
    assert (found.inputs[0].size, found.inputs[0].channels) == ((512,), 16)
    assert [item.op for item in found.items] == ["conv"]


def test_open_sizes_are_those_that_suit_the_model() -> None:
    # A reader of text lines, which has to be 48 samples high.
    nodes = [
        node("Conv", "image w", "rows", strides=[48, 4]),
        node("Squeeze", "rows high", "line"),
        node("Conv", "line v", "out", pads=[1, 1]),
    ]
    tensors = [weight("w", 8, 3, 48, 4), integers("high", [2]), weight("v", 8, 8, 3)]
    found = draft(network(nodes, tensors, dims=["n", 3, "h", "w"]))
    assert found.inputs[0].size == (48, 320)
    assert [item.op for item in found.items] == ["conv", "conv"]


HEADS = [
    node("Conv", "image w", "fine", strides=[2, 2]),
    node("Conv", "fine v", "coarse", strides=[2, 2]),
    node("Reshape", "fine flat", "one"),
    node("Reshape", "coarse flat", "two"),
]
HEAD_TENSORS = [W3, weight("v", 8, 8, 3, 3), integers("flat", [1, 8, -1])]


def test_outputs_that_list_the_numbers_of_several_maps_are_these_maps() -> None:
    nodes = [*HEADS, node("Concat", "one two", "all", axis=2), node("Sigmoid", "all", "out")]
    found = draft(network(nodes, HEAD_TENSORS))
    by_key = {item.key: item.origin for item in found.items}
    assert [by_key[key] for key, _ in found.outputs] == ["Conv", "Conv"]
    assert found.notes == ("`out` only arranges the numbers of 2 maps: outputs are these, and what is behind them is left out",)


def test_what_looks_at_a_list_of_numbers_is_unknown() -> None:
    nodes = [*HEADS, node("Concat", "one two", "all", axis=2), node("Conv", "all u", "out")]
    found = draft(network(nodes, [*HEAD_TENSORS, weight("u", 8, 8, 3)]))
    assert found.items[-1].op == "unknown"
    assert not found.notes


@pytest.mark.parametrize("used", ["y", "last"])
def test_recurrences_of_one_step_look_at_one_sample(used: str) -> None:
    nodes = [
        node("Conv", "image w", "map"),
        node("Transpose", "map", "first", perm=[2, 0, 1]),
        node("LSTM", "first u r", "y last", hidden_size=4),
        node("Identity", used, "out"),
    ]
    tensors = [weight("w", 8, 1, 5), weight("u", 1, 16, 8), weight("r", 1, 16, 4)]
    found = draft(network(nodes, tensors, dims=[1, 1, 5]))
    assert [item.op for item in found.items] == ["conv", "window", "identity"]


def body(nodes: Sequence[bytes], inputs: str, outputs: str, tensors: Sequence[bytes] = ()) -> bytes:
    """The graph of a branch or loop."""
    return graph(nodes, [place(each) for each in inputs.split()], [place(each) for each in outputs.split()], tensors)


def test_loops_of_known_length_are_read_turn_by_turn() -> None:
    turn = body([node("Conv", "before w", "after"), node("Identity", "go", "on")], "number go before", "on after")
    nodes = [node("Loop", "turns _ image", "out", body=(turn,))]
    square = weight("w", 3, 3, 3, 3)
    assert items(network(nodes, [square, integers("turns", [2])])) == ["conv, kernel: 3, channels: 3, bias: false"] * 2
    assert items(network(nodes, [square, integers("turns", [1 << 40])])) == ["unknown, original: Loop"]


def test_loops_without_an_end_are_not_read() -> None:
    empty = body([], "number go same", "go same")
    nodes = [node("Loop", "turns _ image", "out", body=(empty,))]
    assert items(network(nodes, [integers("turns", [1 << 60])])) == ["unknown, original: Loop"]
    inner = body([node("Relu", "deep", "deeper")], "n g deep", "g deeper")
    for depth in range(3):
        inner = body(
            [node("Loop", f"turns _ v{depth}", f"made{depth}", body=(inner,))], f"n{depth} g{depth} v{depth}", f"g{depth} made{depth}"
        )
    with soon():
        found = items(network([node("Loop", "turns _ image", "out", body=(inner,))], [integers("turns", [1000])]))
    assert found == ["unknown, original: Loop"]


@pytest.mark.parametrize(
    ("inputs", "tensors", "attributes"),
    [
        ("image", [], {}),
        ("image w", [W3], {"group": [1, 2]}),
        ("image w", [weight("w", 3)], {}),
        ("image w", [weight("w", *[1] * 9)], {}),
    ],
)
@pytest.mark.parametrize("dims", [[1, "c", 16, 16], None])
def test_convolutions_that_are_none(
    inputs: str, tensors: Sequence[bytes], attributes: dict[str, Any], dims: list[int | str] | None
) -> None:
    given = place("image", *dims) if dims else text(1, "image") + text(2, text(1, number(1, 1)))
    data = model(graph([node("Conv", inputs, "out", **attributes)], [given], [place("out")], tensors))
    assert items(data) == ["unknown, original: Conv"]


def test_channels_are_where_a_convolution_needs_them() -> None:
    """However much is unknown otherwise: halves of 17 samples, doubled, meet the 17."""
    nodes = [
        node("Conv", "image w", "map", strides=[2, 2], pads=[1, 1, 1, 1]),
        node("MaxPool", "map", "half", kernel_shape=[2, 2], strides=[2, 2]),
        node("Resize", "half _ scales", "double", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
        node("Concat", "double map", "both", axis=1),
        node("Conv", "both v", "out"),
    ]
    data = network(nodes, [W3, weight("v", 4, 16, 1, 1), decimals("scales", (1.0, 1.0, 2.0, 2.0))], dims=[1, 3, 33, 64])
    for sizes in ((), ((None, (33, 64)),)):
        found = draft(data, sizes=sizes)
        assert [(each.size, each.channels) for each in found.inputs] == [((33, 64), 3)]
        assert [item.op for item in found.items] == ["conv", "max_pool", "resize", "unknown"]


def test_inputs_of_one_number_are_no_maps() -> None:
    nodes = [node("Conv", "image w", "map"), node("Mul", "map factor", "out")]
    found = draft(model(graph(nodes, [place("image", 1, 3, 16, 16), place("factor")], [place("out")], [W3])))
    assert [each.size for each in found.inputs] == [(16, 16), (1, 1)]
    assert found.items[-1].fields == {"broadcast": True}


def test_what_is_not_understood_of_a_sequence_is_unknown() -> None:
    nodes = [
        node("Conv", "image w", "map"),
        node("SequenceConstruct", "map map", "both"),
        node("Choose", "both", "one", domain="mine"),
        node("Add", "map one", "out"),
    ]
    conv = "conv, kernel: 3, channels: 8, bias: false"
    assert items(network(nodes, [W3])) == [conv, "unknown, original: mine.Choose", "unknown, original: Add, from: [conv, choose]"]
    maps = [nodes[0], node("Conv", "image w", "other"), node("SequenceConstruct", "map other", "out")]
    assert items(network(maps, [W3])) == [conv, f"{conv}, from: image"]


def test_what_is_put_into_a_sequence_comes_out_again() -> None:
    nodes = [
        node("SequenceEmpty", "", "none"),
        node("SequenceInsert", "none image", "one"),
        node("SequenceAt", "one first", "same"),
        node("Conv", "same w", "wide"),
        node("SplitToSequence", "wide share", "parts", axis=1),
        node("SequenceAt", "parts first", "half"),
        node("ConcatFromSequence", "parts", "out", axis=1),
        node("Conv", "half v", "other"),
    ]
    tensors = [integers("first", [0], 1), integers("share", [4, 4]), W3, weight("v", 8, 4, 1, 1)]
    assert items(network(nodes, tensors, outputs=["out", "other"])) == [
        "conv, kernel: 3, channels: 8, bias: false",
        "select_channels, channels: 4",
        "select_channels, channels: 4, from: conv",
        "concat, from: [split_to_sequence, split_to_sequence_1]",
        "conv, kernel: 1, channels: 8, bias: false, from: split_to_sequence",
    ]


def test_functions_are_called_in_branches_too() -> None:
    taken = body([node("Twice", "image", "made", domain="mine")], "", "made")
    other = body([node("Identity", "image", "left")], "", "left")
    nodes = [
        node("Shape", "image", "shape"),
        node("Gather", "shape one", "channels"),
        node("Equal", "channels three", "same"),
        node("If", "same", "out", then_branch=(taken,), else_branch=(other,)),
    ]
    kernel = node("Constant", "", "w", value=weight("", 3, 3, 3, 3))
    function = text(1, "Twice") + text(4, "x") + text(5, "y") + text(7, kernel) + text(7, node("Conv", "x w", "y")) + text(10, "mine")
    data = model(
        graph(nodes, [place("image", 1, 3, 8, 8)], [place("out")], [integers("one", [1], 1), integers("three", [3], 1)]),
        functions=[function],
    )
    assert items(data) == ["conv, kernel: 3, channels: 3, bias: false"]


def test_numbers_that_stand_by_themselves_are_counted() -> None:
    """Two bytes in a file, and much more in memory."""
    # 8 MB of attributes' numbers.
    data = model(graph([text(1, "image") + text(4, "Pad") + text(5, text(1, "pads") + number(8, 1) * 4_000_000)], [], []))
    with pytest.raises(ImportFailure, match="more than 256 MiB beside its weights"):
        without_payloads(io.BytesIO(data))


def test_channels_are_mixed_in_patches_too() -> None:
    # Patches of 2x2: (channels, places in a patch, patches), convolved, and summed over patches (MobileViT v2).
    nodes = [
        node("Reshape", "image split", "six"),
        node("Transpose", "six", "turned", perm=[0, 1, 3, 5, 2, 4]),
        node("Reshape", "turned patches", "tokens"),
        node("Conv", "tokens w", "keys"),
        node("ReduceSum", "keys last", "out", keepdims=1),
    ]
    shapes = [integers("split", [1, 3, 8, 2, 8, 2]), integers("patches", [1, 3, 4, 64]), integers("last", [3])]
    found = items(network(nodes, [*shapes, weight("w", 8, 3, 1, 1)], size=(16, 16)))
    assert found == ["conv, kernel: 1, channels: 8, bias: false", "global_avg_pool"]


def test_mixers_of_tokens_come_back_to_the_map() -> None:
    nodes = [
        node("Conv", "image w", "map", strides=[4, 4]),
        node("Reshape", "map flat", "tokens"),
        node("MatMul", "tokens one", "hidden"),
        node("MatMul", "hidden two", "mixed"),
        node("Add", "tokens mixed", "sum"),
        node("Reshape", "sum square", "out"),
    ]
    tensors = [weight("w", 8, 3, 4, 4), integers("flat", [1, 8, 16]), weight("one", 16, 32), weight("two", 32, 16)]
    found = draft(network(nodes, [*tensors, integers("square", [1, 8, 4, 4])], size=(16, 16)))
    assert [item.op for item in found.items] == ["conv", "dense", "dense", "depth_to_space", "add"]
    assert rflint.load(spec_of(found, Wishes(), (), {}).text).analyze().layers[-1].size == (4, 4)


def test_heads_that_talk_to_each_other_are_attention() -> None:
    nodes = [
        node("Reshape", "image split", "heads"),
        node("Transpose", "heads", "queries", perm=[0, 1, 3, 2]),
        node("MatMul", "queries heads", "scores"),
        node("Transpose", "scores", "last", perm=[0, 2, 3, 1]),
        node("MatMul", "last talk", "talked"),
        node("Transpose", "talked", "first", perm=[0, 3, 1, 2]),
        node("Softmax", "first", "weights", axis=-1),
        node("MatMul", "weights queries", "out"),
    ]
    tensors = [integers("split", [1, 2, 4, 64]), weight("talk", 2, 2)]
    assert next(item.op for item in draft(network(nodes, tensors, size=(8, 8), channels=8)).items) == "attention"


def test_heads_in_the_place_of_the_batch_are_channels() -> None:
    # Multi-scale attention pools keys head by head: [heads, channels of one, axes].
    nodes = [
        node("Reshape", "image apart", "heads"),
        node("Conv", "heads w", "convolved", group=4, strides=[2, 2]),
        node("MaxPool", "convolved", "pooled", kernel_shape=[2, 2], strides=[2, 2]),
        node("Reshape", "pooled together", "out"),
    ]
    tensors = [integers("apart", [2, 4, 16, 16]), weight("w", 4, 1, 3, 3), integers("together", [1, 8, 3, 3])]
    assert items(network(nodes, tensors, size=(16, 16), channels=8)) == [
        "depthwise_conv, kernel: 3, stride: 2, bias: false",
        "max_pool, kernel: 2, stride: 2",
    ]
