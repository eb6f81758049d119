"""Keras models, as configurations of versions 2 and 3: what each layer becomes, and containers that are not what they seem."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from typing import Any

import pytest
from soon import soon

import rflint
from rflint.importing import FORMATS, Draft, ImportFailure, Wishes, format_of, read, spec_of
from rflint.importing.keras.reader import modules_of

KERAS = next(each for each in FORMATS if each.name == "keras")


def layer(kind: str, name: str, *sources: str, shape: list[int | None] | None = None, **config: Any) -> dict[str, Any]:
    """A layer of version 3 that is called once."""
    tensors = [{"class_name": "__keras_tensor__", "config": {"shape": shape, "keras_history": [each, 0, 0]}} for each in sources]
    arguments = [tensors] if len(tensors) > 1 else tensors
    nodes = [{"args": arguments, "kwargs": {}}] if tensors else []
    return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}


def functional(*layers: dict[str, Any], size: list[int | None] | None = None, outputs: list[str] | None = None) -> dict[str, Any]:
    """A model whose input is `image`, 32x48 samples of 8 channels."""
    entry = layer("InputLayer", "image", batch_shape=[None, *(size or [32, 48, 8])])
    ends = [[each, 0, 0] for each in outputs or [layers[-1]["name"]]]
    config = {
        "name": "net",
        "layers": [entry, *layers],
        "input_layers": ["image", 0, 0],
        "output_layers": ends if len(ends) > 1 else ends[0],
    }
    return {"module": "keras", "class_name": "Functional", "config": config}


def sequential(*layers: dict[str, Any], size: list[int | None] | None = None) -> dict[str, Any]:
    """The same as a chain."""
    entry = {"class_name": "InputLayer", "config": {"batch_shape": [None, *(size or [32, 48, 8])], "name": "image"}}
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [entry, *layers]}}


def draft(model: Any, **wishes: Any) -> Draft:
    data = model if isinstance(model, bytes) else json.dumps(model).encode()
    return read(KERAS, io.BytesIO(data), "net", Wishes(**wishes))


def spec(model: Any, **wishes: Any) -> str:
    return spec_of(draft(model, **wishes), Wishes(**wishes), (), {}).text


def items(model: Any, **wishes: Any) -> list[str]:
    """Layers of the spec without their names: `conv, kernel: 3`."""
    lines = [line.strip() for line in spec(model, **wishes).splitlines() if line.lstrip().startswith("- {name")]
    return [re.sub(r"- \{name: .*?, op: (.*)\}(   #.*)?", r"\1", line) for line in lines]


def one(kind: str, *, image: list[int | None] | None = None, **config: Any) -> list[str]:
    """What a model of one layer becomes."""
    return items(functional(layer(kind, "out", "image", **config), size=image))


def archive(model: Any, name: str = "config.json") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("metadata.json", "{}")
        file.writestr(name, model if isinstance(model, bytes) else json.dumps(model))
        file.writestr("model.weights.h5", b"no weights")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("kind", "config", "expected"),
    [
        ("Conv2D", {"filters": 4, "kernel_size": [3, 3], "padding": "same"}, "conv, kernel: 3, padding: same, channels: 4"),
        ("Conv2D", {"filters": 4, "kernel_size": [3, 5], "strides": [2, 1], "use_bias": False},
         "conv, kernel: [3, 5], stride: [2, 1], channels: 4, bias: false"),
        ("Conv2D", {"filters": 4, "kernel_size": 3, "dilation_rate": [2, 2], "groups": 2},
         "conv, kernel: 3, dilation: 2, groups: 2, channels: 4"),
        ("Conv2D", {"filters": 8, "kernel_size": 3, "groups": 8, "activation": "relu"}, "depthwise_conv, kernel: 3"),
        ("DepthwiseConv2D", {"kernel_size": [3, 3], "depth_multiplier": 2}, "depthwise_conv, kernel: 3, channels: 16"),
        ("SeparableConv2D", {"filters": 4, "kernel_size": [3, 3]}, "separable_conv, kernel: 3, channels: 4"),
        ("Conv2DTranspose", {"filters": 4, "kernel_size": [4, 4], "strides": [2, 2], "padding": "same"},
         "conv_transpose, kernel: 4, stride: 2, padding: same, channels: 4"),
        ("Conv2DTranspose", {"filters": 4, "kernel_size": [2, 2], "strides": [3, 3]},
         "conv_transpose, kernel: 2, stride: 3, output_padding: 1, channels: 4"),
        ("Conv2DTranspose", {"filters": 4, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same", "output_padding": [1, 1]},
         "conv_transpose, kernel: 3, stride: 2, padding: [[0, 1], [0, 1]], channels: 4"),
        ("MaxPooling2D", {"pool_size": [2, 2], "strides": None}, "max_pool, kernel: 2, stride: 2"),
        ("AveragePooling2D", {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"}, "avg_pool, kernel: 3, stride: 2, padding: same"),
        ("GlobalAveragePooling2D", {}, "global_avg_pool"),
        ("GlobalMaxPooling2D", {"keepdims": True}, "global_max_pool"),
        ("UpSampling2D", {"size": [2, 3]}, "resize, scale: [2, 3]"),
        ("UpSampling2D", {"size": 2, "interpolation": "bilinear"}, "resize, scale: 2, mode: linear"),
        ("UpSampling2D", {"size": 2, "interpolation": "lanczos5"}, "unknown, original: UpSampling2D"),
        ("Resizing", {"height": 20, "width": 30, "interpolation": "bilinear"}, "resize, size: [20, 30], mode: linear"),
        ("ZeroPadding2D", {"padding": [[1, 2], [3, 3]]}, "pad, padding: [[1, 2], 3]"),
        ("Cropping2D", {"cropping": [[1, 1], [2, 2]]}, "crop, crop: [1, 2]"),
        ("GroupNormalization", {"groups": 4}, "group_norm, groups: 4"),
        ("LayerNormalization", {"axis": [1, 2, 3]}, "group_norm"),
        ("Lambda", {"function": {"class_name": "__lambda__", "config": {"code": "4wEAAA=="}}}, "unknown, original: Lambda"),
        ("Conv2D", {"filters": 0, "kernel_size": 3}, "unknown, original: Conv2D"),
        ("Conv2D", {"filters": 4, "kernel_size": [3, 3, 3]}, "unknown, original: Conv2D"),
        ("Conv2D", {"filters": 4, "kernel_size": "x"}, "unknown, original: Conv2D"),
        ("Conv2D", {}, "unknown, original: Conv2D"),
        ("Dense", {"units": 5}, "conv, kernel: 1, channels: 5"),
    ],
)  # fmt: skip
def test_layers(kind: str, config: dict[str, Any], expected: str) -> None:
    assert one(kind, **config) == [expected]


def test_a_separable_convolution_of_several_filters_is_two() -> None:
    found = one("SeparableConv2D", filters=4, kernel_size=3, depth_multiplier=2, use_bias=False)
    assert found == ["depthwise_conv, kernel: 3, channels: 16, bias: false", "conv, kernel: 1, channels: 4, bias: false"]


@pytest.mark.parametrize(
    ("kind", "config", "size", "expected", "axes"),
    [
        ("Conv1D", {"filters": 4, "kernel_size": [2], "padding": "causal", "dilation_rate": [4]}, [None, 8],
         "conv, kernel: 2, dilation: 4, padding: causal, channels: 4", "[t]"),
        ("Conv3D", {"filters": 4, "kernel_size": [1, 3, 3]}, [8, 16, 16, 2], "conv, kernel: [1, 3, 3], channels: 4", "[z, y, x]"),
        ("MaxPooling1D", {"pool_size": [2]}, [9, 8], "max_pool, kernel: 2, stride: 2", "[t]"),
        ("ZeroPadding1D", {"padding": [1, 2]}, [9, 8], "pad, padding: [[1, 2]]", "[t]"),
        ("Cropping3D", {"cropping": [[1, 1], [1, 1], [1, 1]]}, [8, 8, 8, 2], "crop, crop: 1", "[z, y, x]"),
        ("LSTM", {"units": 5, "return_sequences": True}, [None, 8], "rnn, direction: forward, channels: 5", "[t]"),
        ("Bidirectional", {"merge_mode": "concat", "layer": {"class_name": "GRU", "config": {"units": 5, "return_sequences": True}}},
         [None, 8], "rnn, channels: 10", "[t]"),
        ("TimeDistributed", {"layer": {"class_name": "Conv2D", "config": {"filters": 4, "kernel_size": [3, 3]}}}, [5, 16, 16, 2],
         "conv, kernel: [1, 3, 3], channels: 4", "[z, y, x]"),
        ("TimeDistributed", {"layer": {"class_name": "Dense", "config": {"units": 4}}}, [9, 8], "conv, kernel: 1, channels: 4", "[t]"),
        ("SpectralNormalization", {"layer": {"class_name": "Conv1D", "config": {"filters": 4, "kernel_size": [3]}}}, [9, 8],
         "conv, kernel: 3, channels: 4", "[t]"),
    ],
)  # fmt: skip
def test_other_numbers_of_axes(kind: str, config: dict[str, Any], size: list[int | None], expected: str, axes: str) -> None:
    model = functional(layer(kind, "out", "image", **config), size=size)
    assert items(model) == [expected]
    assert f"axes: {axes}\n" in spec(model)


def test_the_last_output_of_a_recurrence_has_seen_all() -> None:
    assert one("GRU", image=[None, 8], units=5) == ["rnn, direction: forward, channels: 5", "global_avg_pool"]


def test_channels_first() -> None:
    conv = {"filters": 4, "kernel_size": [3, 3], "data_format": "channels_first"}
    model = functional(
        layer("Conv2D", "conv", "image", **conv),
        layer("Permute", "last", "conv", dims=[2, 3, 1]),
        layer("Conv2D", "out", "last", filters=2, kernel_size=[1, 3], data_format="channels_last"),
        size=[3, 32, 48],
    )
    assert "inputs: {image: {size: [32, 48], channels: 3}}" in spec(model)
    assert items(model) == ["conv, kernel: 3, channels: 4", "conv, kernel: [1, 3], channels: 2"]


def test_merges() -> None:
    a, b = (layer("Conv2D", name, "image", filters=8, kernel_size=1) for name in "ab")
    for kind, op in (("Add", "add"), ("Multiply", "mul"), ("Maximum", "max"), ("Average", "mean"), ("Subtract", "sub")):
        assert items(functional(a, b, layer(kind, "out", "a", "b")))[-1] == f"{op}, from: [a, b]"
    assert items(functional(a, b, layer("Concatenate", "out", "a", "b", axis=-1)))[-1] == "concat, from: [a, b]"
    assert items(functional(a, b, layer("Concatenate", "out", "a", "b", axis=2)))[-1] == "concat, axis: x, from: [a, b]"
    assert items(functional(a, b, layer("Concatenate", "out", "a", "b", axis=0)))[-1] == "unknown, original: Concatenate, from: [a, b]"


def test_gates_are_squeeze_and_excitation() -> None:
    model = functional(
        layer("Conv2D", "conv", "image", filters=16, kernel_size=3),
        layer("GlobalAveragePooling2D", "pool", "conv"),
        layer("Reshape", "shape", "pool", target_shape=[1, 1, 16]),
        layer("Conv2D", "reduce", "shape", filters=4, kernel_size=1, activation="swish"),
        layer("Conv2D", "expand", "reduce", filters=16, kernel_size=1, activation="sigmoid"),
        layer("Multiply", "out", "conv", "expand"),
    )
    assert items(model) == ["conv, kernel: 3, channels: 16", "squeeze_excite, channels: 4"]


def test_operations_with_numbers_are_pointwise() -> None:
    plus = layer("Add", "plus", "image")
    plus["inbound_nodes"][0]["args"].append(3.0)
    model = functional(plus, layer("Relu", "relu", "plus"), layer("Conv2D", "out", "relu", filters=4, kernel_size=3))
    assert items(model) == ["conv, kernel: 3, channels: 4"]
    assert [line.split(",")[0] for line in items(model, keep_pointwise=True)] == ["identity", "relu", "conv"]


def test_reshaping() -> None:
    tokens = [
        layer("Conv2D", "patches", "image", filters=16, kernel_size=8, strides=8),
        layer("Reshape", "tokens", "patches", target_shape=[-1, 16]),
        layer("MultiHeadAttention", "mixed", "tokens", num_heads=4, key_dim=4),
        layer("Dense", "wide", "mixed", units=32),
        layer("Reshape", "map", "wide", target_shape=[4, 6, 32]),
        layer("Conv2D", "out", "map", filters=4, kernel_size=3),
    ]
    tokens[2]["inbound_nodes"][0]["args"] *= 2
    assert items(functional(*tokens)) == [
        "conv, kernel: 8, stride: 8, channels: 16",
        "attention, heads: 4",
        "conv, kernel: 1, channels: 32",
        "conv, kernel: 3, channels: 4",
    ]
    # The same under a shape that mixes rows is none.
    tokens[4]["config"]["target_shape"] = [6, 4, 32]
    assert items(functional(*tokens))[-2].startswith("unknown, original: Reshape")
    vector = functional(
        layer("Dense", "dense", "image", units=7 * 7 * 4), layer("Reshape", "map", "dense", target_shape=[7, 7, 4]),
        layer("Conv2DTranspose", "out", "map", filters=1, kernel_size=4, strides=2, padding="same"), size=[100],
    )  # fmt: skip
    assert items(vector)[1] == "depth_to_space, block: 7"
    assert rflint.load(spec(vector)).analyze()["out"].size == (14, 14)


def test_flattening_sees_the_whole_map() -> None:
    model = functional(layer("Flatten", "flat", "image"), layer("Dense", "out", "flat", units=5))
    assert items(model) == ["dense, channels: 5"]
    assert rflint.load(spec(model)).analyze()["out"].params == 32 * 48 * 8 * 5 + 5


def test_slices_and_reductions() -> None:
    cut = layer("GetItem", "cut", "image")
    whole: dict[str, Any] = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
    part = {"class_name": "__slice__", "config": {"start": 1, "stop": -1, "step": 2}}
    cut["inbound_nodes"][0]["args"].append([whole, part])
    assert items(functional(cut)) == ["slice, start: [1, 0], stop: [-1, 48], step: [2, 1]"]
    assert one("Mean", axis=[1, 2], keepdims=True) == ["global_avg_pool"]
    assert one("Max", axis=-1, keepdims=True) == ["select_channels, channels: 1"]
    assert one("Mean", axis=[0, 1]) == ["unknown, original: Mean"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("conv2_block1_1_conv", ("conv2", "block1", "1", "conv")),
        ("block_14_expand", ("block_14", "expand")),
        ("block4d_project_bn", ("block4d", "project_bn")),
        ("conv2d_1", ("conv2d_1",)),
        ("conv2d_transpose_3", ("conv2d_transpose_3",)),
        ("up_sampling2d", ("up_sampling2d",)),
        ("stage_1_2", ("stage_1_2",)),
        ("_", ("_",)),
    ],
)
def test_numbers_in_names_are_modules(name: str, path: tuple[str, ...]) -> None:
    assert modules_of(name) == path


def test_what_has_numbers_reads_as_blocks() -> None:
    layers, before = [], "image"
    for unit in (1, 2, 3):
        layers += [
            layer("Conv2D", f"block{unit}_expand", before, filters=16, kernel_size=1),
            layer("DepthwiseConv2D", f"block{unit}_depthwise", f"block{unit}_expand", kernel_size=3, padding="same"),
            layer("Conv2D", f"block{unit}_project", f"block{unit}_depthwise", filters=8, kernel_size=1),
            layer("Add", f"block{unit}_add", before, f"block{unit}_project"),
        ]
        before = f"block{unit}_add"
    lines = [line.strip() for line in spec(functional(*layers)).splitlines() if line.lstrip().startswith("- ")]
    assert len(lines) < 4 + 4
    assert rflint.load(spec(functional(*layers))).analyze()["block3/add"].receptive_field["image"].size == (7, 7)


def test_models_in_models_and_shared_layers() -> None:
    inner = sequential(layer("Conv2D", "conv", filters=8, kernel_size=3, padding="same"), layer("ReLU", "relu"))
    down, _ = twice(inner, "down")
    both = layer("Add", "out", "down", "down")
    both["inbound_nodes"][0]["args"][0][1]["config"]["keras_history"][1] = 1
    found = [line.strip() for line in spec(functional(down, both)).splitlines() if "op:" in line]
    assert found == [
        "- {name: down/conv, op: conv, kernel: 3, padding: same, channels: 8}",
        "- {name: down_1/conv, op: conv, kernel: 3, padding: same, channels: 8}",
        "- {name: out, op: add, from: [down_1/conv, down/conv]}",
    ]


def test_version_2() -> None:
    def old(kind: str, name: str, nodes: Any, **config: Any) -> dict[str, Any]:
        return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}

    inner = {"class_name": "Functional", "name": "inner", "inbound_nodes": [[["scaled", 0, 0, {}]]], "config": {
        "name": "inner", "input_layers": [["x", 0, 0]], "output_layers": [["c", 0, 0]], "layers": [
            old("InputLayer", "x", [], batch_input_shape=[None, None, None, 8]),
            old("Conv2D", "c", [[["x", 0, 0, {}]]], filters=8, kernel_size=[3, 3], padding="same"),
        ]}}  # fmt: skip
    layers = [
        old("InputLayer", "image", [], batch_input_shape=[None, 32, 48, 8]),
        old("TFOpLambda", "scaled", [["image", 0, 0, {"y": 0.5, "name": None}]], function="math.multiply"),
        inner,
        old("TFOpLambda", "sum", [["inner", 1, 0, {"y": ["image", 0, 0]}]], function="__operators__.add"),
        old("SlicingOpLambda", "cut", [["sum", 0, 0, {"slice_spec": [{"start": None, "stop": None, "step": None},
            {"start": 1, "stop": None, "step": None}]}]], function="__operators__.getitem"),
        old("TFOpLambda", "odd", [["cut", 0, 0, {}]], function="signal.fft2d"),
    ]  # fmt: skip
    config = {"name": "net", "layers": layers, "input_layers": [["image", 0, 0]], "output_layers": [["odd", 0, 0]]}
    assert items({"class_name": "Functional", "config": config, "keras_version": "2.15.0", "backend": "tensorflow"}) == [
        "conv, kernel: 3, padding: same, channels: 8",
        "add, from: [inner/c, image]",
        "slice, start: [1, 0]",
        "unknown, original: TFOpLambda",
    ]


def test_unknown_layers_keep_the_shape_that_the_model_says() -> None:
    model = functional(
        layer("Mine", "mine", "image", secret=1), layer("Conv2D", "conv", "mine", shape=[None, 16, 24, 12], filters=4, kernel_size=3)
    )
    assert items(model) == ["unknown, original: Mine, channels: 12", "conv, kernel: 3, channels: 4"]


def test_sizes_that_were_asked_for() -> None:
    model = functional(layer("Conv2D", "out", "image", filters=4, kernel_size=3), size=[None, None, None])
    assert "inputs: {image: {}}" in spec(model)
    assert "inputs: {image: {size: [64, 96], channels: 1}}" in spec(model, sizes=((None, (64, 96)),), channels=1)


def test_a_chain_without_an_input() -> None:
    first = layer("Conv2D", "conv", filters=4, kernel_size=3, batch_input_shape=[None, 9, 9, 3])
    assert "size: [9, 9], channels: 3" in spec({"class_name": "Sequential", "config": [first]})
    model = {
        "class_name": "Sequential",
        "config": {"layers": [layer("Conv2D", "c", filters=4, kernel_size=3)], "build_input_shape": [None, 9, 9, 1]},
    }
    assert "size: [9, 9], channels: 1" in spec(model)


def test_archives() -> None:
    model = functional(layer("Conv2D", "out", "image", filters=4, kernel_size=3))
    data = archive(model)
    found = format_of(data[:4096], "net.keras")
    assert found is KERAS
    assert spec(data) == spec(model)
    assert format_of(json.dumps(model).encode()[:4096], "net.json") is KERAS
    assert format_of(b'{"a": 1}', "net.json") is not KERAS


@pytest.mark.parametrize("before", [100, (1 << 20) - 20, 3 << 20])
def test_hdf5(before: int) -> None:
    model = functional(layer("Conv2D", "out", "image", filters=4, kernel_size=3))
    whole = b"\x89HDF\r\n\x1a\n" + bytes(before) + json.dumps(model).encode() + bytes(100)
    assert spec(whole) == spec(model)
    with pytest.raises(ImportFailure, match="has weights, but no configuration"):
        spec(whole[:before])
    with pytest.raises(ImportFailure, match="damaged HDF5"):
        spec(whole[:-200])


def twice(model: dict[str, Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A model that is called twice, and a layer behind the second call."""
    again = {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}
    called = {**model, "name": name, "inbound_nodes": [*layer("", "", "image")["inbound_nodes"], {"args": [again], "kwargs": {}}]}
    end = layer("ReLU", "end", name)
    end["inbound_nodes"][0]["args"][0]["config"]["keras_history"][1] = 1
    return called, end


def nested(depth: int) -> dict[str, Any]:
    """Models in models, each of which is called twice: twice as many layers with each level."""
    model = functional(layer("Conv2D", "conv", "image", filters=8, kernel_size=1))
    for _ in range(depth):
        model = functional(*twice(model, "inner"))
    return model


def without_outputs() -> dict[str, Any]:
    inner = functional(layer("ReLU", "a", "image"))
    inner["config"]["output_layers"] = []
    called, end = twice(inner, "inner")
    called["inbound_nodes"][1] = called["inbound_nodes"][0]
    return functional(called, end)


def bomb() -> bytes:
    return archive(b" " * 300_000_000)


def many_entries() -> bytes:
    """An archive that says that its directory is larger than memory."""
    data = archive({"config": {}})
    return data[:-22] + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 65535, 65535, 2**32 - 2, 0, 0)


def circle() -> dict[str, Any]:
    return functional(layer("ReLU", "a", "b"), layer("ReLU", "b", "a"))


def liar() -> bytes:
    """An archive whose directory says that the configuration is short."""
    data = archive(b" " * 50_000_000)
    return data.replace(struct.pack("<I", 50_000_000), struct.pack("<I", 10))


CONV = layer("Conv2D", "out", "image", filters=4, kernel_size=3)
HOSTILE: dict[str, tuple[Any, str]] = {
    "cut off": (archive(functional(CONV))[:-40], "is cut off"),
    "cut in two": (archive(functional(CONV))[:60], "is cut off"),
    "other archive": (archive({}, "other.json"), "without `config.json`"),
    "damaged": (archive(functional(CONV)).replace(b"config.json", b"config.jsoX", 1), "damaged archive|without"),
    "no JSON": (archive(b"{"), "is no JSON"),
    "no model": (archive({"config": 3}), "is no configuration"),
    "bomb": (bomb, "more than 6,000,000 bytes"),
    "lying": (liar, "is a damaged archive|is no JSON"),
    "directory": (many_entries, "more files than a model has"),
    "deep": (b'{"config":' * 200_000, "nested too deeply|is no JSON"),
    "deep arguments": (
        json.dumps(functional(CONV)).replace('"kwargs": {}', '"kwargs": ' + '{"a":' * 900 + "1" + "}" * 900).encode(),
        "nested too deeply|op: conv",
    ),
    "called again and again": (nested(20), "more than 20,000 calls"),
    "models in models": (nested(40), "without an end|nested too deeply"),
    "circle": (circle, "in a circle"),
    "not there": (functional(layer("ReLU", "a", "x")), "reads `x`, which is not there"),
    "not there, in red": (functional(layer("ReLU", "a\x1b[31m", "x\x07")), "reads `x_`, which is not there"),
    "nothing but inputs": (functional({**CONV, "class_name": "InputLayer", "config": None}), "has no layers"),
    "no layers": ({"class_name": "Functional", "config": {"name": "x"}}, "without layers"),
    "own class": ({"class_name": "Mine", "config": {"name": "x"}}, "class of its own"),
    "no output": (functional(CONV, outputs=["nobody"]), "is no layer"),
    "a model without outputs": (without_outputs, "is no layer"),
    "no samples": (functional(CONV, size=[0, 4, 4]), "without samples"),
    "no map": (functional(CONV, size=[1, 2, 3, 4, 5, 6]), "that of no map"),
    "odd shape": (functional(CONV, size=["a", 2, 3]), "that of no map"),  # type: ignore[list-item]
    "odd calls": (functional({**CONV, "inbound_nodes": 3}), "no list of calls"),
    "odd call": (functional({**CONV, "inbound_nodes": [3]}), "no list"),
    "huge": (functional(layer("Conv2D", "out", "image", filters=2**70, kernel_size=3)), "comes to no spec"),
    "control": (functional(layer("Conv2D", "a\x1b[31m\nb", "image", filters=4, kernel_size=3)), "name: a_.31m_b, op: conv|a_"),
}  # fmt: skip


def told(data: bytes) -> str:
    """Return why a model cannot be read, or the spec that it comes to."""
    try:
        return spec(data)
    except ImportFailure as failure:
        return str(failure)


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_hostile_models(kind: str) -> None:
    model, message = HOSTILE[kind]
    data = model() if callable(model) else model
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    with soon():
        said = told(data)
    assert re.search(message, said)
    assert all(each.isprintable() for each in said.splitlines())
