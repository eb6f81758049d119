"""Ultralytics model files: scales, rows, and what the blocks come to."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from soon import soon

import rflint
from rflint.importing import FORMATS, Draft, ImportFailure, Wishes, format_of, read, spec_of

ULTRALYTICS = next(each for each in FORMATS if each.name == "ultralytics")
Row = Sequence[Any]


def conv(channels: int, kernel: int = 3, stride: int = 1) -> Row:
    return [-1, 1, "Conv", [channels, kernel, stride]]


def model(backbone: Sequence[Row], head: Sequence[Row] = (), **keys: Any) -> bytes:
    """YAML takes JSON as it is."""
    data = {"nc": 80, **keys, "backbone": list(backbone), "head": list(head)}
    return "\n".join(f"{key}: {json.dumps(value)}" for key, value in data.items()).encode()


def draft(data: bytes, name: str = "net", **wishes: Any) -> Draft:
    return read(ULTRALYTICS, io.BytesIO(data), name, Wishes(**wishes))


def spec(data: bytes, name: str = "net", **wishes: Any) -> str:
    return spec_of(draft(data, name, **wishes), Wishes(**wishes), (), {}).text


def network(data: bytes, name: str = "net", **wishes: Any) -> Any:
    return rflint.load(spec(data, name, **wishes)).analyze()


def yolov8() -> bytes:
    """The detector of the zoo, from its stages."""
    rows: list[Row] = [conv(64, 3, 2)]
    for channels, units in ((128, 3), (256, 6), (512, 6), (1024, 3)):
        rows += [conv(channels, 3, 2), [-1, units, "C2f", [channels, True]]]
    rows.append([-1, 1, "SPPF", [1024, 5]])
    head: list[Row] = []
    for channels, skip in ((512, 6), (256, 4)):
        head += [[-1, 1, "nn.Upsample", ["None", 2, "nearest"]], [[-1, skip], 1, "Concat", [1]], [-1, 3, "C2f", [channels]]]
    for channels, skip in ((256, 12), (512, 9)):
        head += [conv(channels, 3, 2), [[-1, skip], 1, "Concat", [1]], [-1, 3, "C2f", [2 * channels]]]
    head.append([[15, 18, 21], 1, "Detect", ["nc"]])
    return model(rows, head, scales={"n": [0.33, 0.25, 1024], "m": [0.67, 0.75, 768]})


def test_yolov8n_is_that_of_the_zoo() -> None:
    ours, zoo = network(yolov8(), "yolov8n"), rflint.load("specs/yolov8n.yaml").analyze()
    assert len(ours.layers) == len(zoo.layers)
    assert sum(each.params or 0 for each in ours.layers) == sum(each.params or 0 for each in zoo.layers)
    assert len(ours.outputs) == len(zoo.outputs)
    # Published with the code, but for the 16 fixed weights of the expectation over bins.
    assert sum(each.params or 0 for each in network(yolov8(), "yolov8n", keep_pointwise=True).layers) == 3_157_200 - 16
    for mine, theirs in zip(ours.outputs, zoo.outputs, strict=True):
        one, other = ours[getattr(mine, "name", mine)], zoo[getattr(theirs, "name", theirs)]
        assert (one.size, one.channels, one.receptive_field) == (other.size, other.channels, other.receptive_field)


@pytest.mark.parametrize(
    ("name", "wishes", "channels", "units"),
    [
        ("yolov8n", {}, 16, 1),
        ("yolov8m-p2", {}, 48, 2),
        ("yolov8", {"scale": "m"}, 48, 2),
        ("detector", {}, 16, 1),
    ],
)
def test_scales(name: str, wishes: dict[str, Any], channels: int, units: int) -> None:
    made = draft(yolov8(), name, **wishes)
    assert made.items[0].fields["channels"] == channels
    assert len({item.path[:3] for item in made.items if item.path[:2] == ("2", "m")}) == units
    assert bool(made.notes) == (name == "detector")


def test_scales_that_are_not_there() -> None:
    with pytest.raises(ImportFailure, match="has no scale `q`, but n, m"):
        spec(yolov8(), scale="q")
    with pytest.raises(ImportFailure, match="one scale only"):
        spec(model([conv(8)]), scale="n")


def test_older_files_have_two_factors() -> None:
    made = draft(model([conv(64), [-1, 3, "C3", [64]]], depth_multiple=0.33, width_multiple=0.5))
    assert made.items[0].fields["channels"] == 32
    assert {item.path[1:3] for item in made.items if item.path[1:2] == ("m",)} == {("m", "0")}


#: Module and arguments behind a map of 64 channels -> channels, receptive field and stride.
BLOCKS = [
    ("Conv", [32, 1], 1, 32, 1, 1),
    ("Conv", [32, 3, 2, None, 1, 2], 1, 32, 5, 2),
    ("DWConv", [64, 5], 1, 64, 5, 1),
    ("Focus", [32, 3], 1, 32, 6, 2),
    ("Bottleneck", [64], 1, 64, 5, 1),
    ("BottleneckCSP", [64], 2, 64, 9, 1),
    ("C1", [64], 2, 64, 5, 1),
    ("C2", [64], 2, 64, 9, 1),
    ("C2f", [64], 2, 64, 9, 1),
    ("C3", [64], 2, 64, 5, 1),
    ("C3x", [64], 2, 64, 5, 1),
    ("C3k", [64], 2, 64, 9, 1),
    ("C3k2", [64, False, 0.25], 2, 64, 9, 1),
    ("C3k2", [64, True], 1, 64, 9, 1),
    ("C3Ghost", [64], 1, 64, 9, 1),
    ("GhostConv", [64, 1], 1, 64, 5, 1),
    ("GhostBottleneck", [64, 3, 1], 1, 64, 9, 1),
    ("GhostBottleneck", [64, 3, 2], 1, 64, 15, 2),
    ("C2fCIB", [64, True, True], 1, 64, 11, 1),
    ("C2fCIB", [64, True], 1, 64, 7, 1),
    ("SCDown", [64, 3, 2], 1, 64, 3, 2),
    ("SPP", [64, [5, 9, 13]], 1, 64, 13, 1),
    ("SPPF", [64, 5], 1, 64, 13, 1),
    ("SPPELAN", [64, 32], 1, 64, 13, 1),
    ("ELAN1", [64, 64, 32], 1, 64, 5, 1),
    ("RepNCSPELAN4", [64, 64, 32, 1], 1, 64, 13, 1),
    ("AConv", [64], 1, 64, 4, 2),
    ("ADown", [64], 1, 64, 4, 2),
    ("RepConv", [64], 1, 64, 3, 1),
    ("RepC3", [64], 2, 64, 5, 1),
    ("nn.ConvTranspose2d", [64, 2, 2], 1, 64, 1, 0.5),
    ("nn.MaxPool2d", [2, 1, 0], 1, 64, 2, 1),
    ("HGBlock", [32, 64, 3, True, False], 2, 64, 5, 1),
    ("HGStem", [32, 48], 1, 48, 11, 4),
    ("ResNetLayer", [64, 32, 2, False, 2], 1, 128, 7, 2),
    ("ResNetLayer", [64, 32, 1, True], 1, 32, 11, 4),
]


@pytest.mark.parametrize(("module", "arguments", "repeats", "channels", "field", "stride"), BLOCKS)
def test_blocks(module: str, arguments: list[Any], repeats: int, channels: int, field: int, stride: float) -> None:
    made = network(model([[-1, repeats, module, arguments]], ch=64))
    last = made.outputs[0]
    last = made[getattr(last, "name", last)]
    assert last.channels == channels
    seen = last.receptive_field["image"]
    assert (seen.size, seen.stride) == ((field, field), (stride, stride))


@pytest.mark.parametrize("module", ["PSA", "C2PSA", "C2fPSA", "A2C2f", "AIFI"])
def test_attention_reaches_everywhere(module: str) -> None:
    arguments = [1024, 8] if module == "AIFI" else [128, True, 1] if module == "A2C2f" else [128]
    made = network(model([[-1, 1, module, arguments]], ch=128))
    last = made.outputs[0]
    assert made[getattr(last, "name", last)].channels == 128
    assert any(item.op == "attention" for item in made.layers)
    assert not any(item.op == "unknown" for item in made.layers)


def test_attention_within_areas_is_that_of_bands() -> None:
    rows = model([[-1, 1, "A2C2f", [128, True, 4]]], ch=128)
    assert "window: [16, 32]" in spec(rows, sizes=((None, (64, 32)),))
    assert "op: unknown, original: A2C2f, channels: 128" in spec(rows, sizes=((None, (62, 32)),))


@pytest.mark.parametrize(
    ("head", "light", "outputs"),
    [("Detect", "C2f", 2), ("Detect", "C3k2", 2), ("v10Detect", "C2f", 2), ("Segment", "C2f", 4), ("Pose", "C2f", 3)],
)
def test_heads(head: str, light: str, outputs: int) -> None:
    made = draft(model([conv(64), [-1, 1, light, [64]]], [[[1], 1, head, ["nc"]]], nc=3))
    assert len(made.outputs) == outputs
    depthwise = any(item.op == "depthwise_conv" for item in made.items)
    assert depthwise == (light == "C3k2" or head == "v10Detect")
    ends = {key for key, _ in made.outputs}
    assert {item.fields.get("channels") for item in made.items if item.key in ends} >= {64, 3}


def test_fused_branches() -> None:
    rows = [conv(64), conv(64, 3, 2), [-1, 1, "CBLinear", [[32, 64]]], [0, 1, "Conv", [64, 3]], [[2, -1], 1, "CBFuse", [[1]]]]
    text = spec(model(rows))
    assert '- {name: "4/up0", op: resize, scale: 2, from: "2/part1"}' in text
    assert '- {name: "4/add", op: add, from: ["4/up0", "3"]}' in text
    assert "op: unknown" not in text


def test_modules_that_nobody_knows_are_unknown_and_the_rest_goes_on() -> None:
    text = spec(model([conv(64), [-1, 1, "MyBlock\u0007", [32, {"a": 1}]], conv(16), [-1, 1, "Conv", ["x"]], [-1, 1, "Conv", [0]]]))
    assert text.count("op: unknown") == 3
    assert "\u0007" not in text


def test_rows_that_repeat() -> None:
    made = draft(model([[-1, 3, "Conv", [16, 3]]]))
    assert [item.path for item in made.items if item.op == "conv"] == [("0", "0"), ("0", "1"), ("0", "2")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"backbone: [", "is no YAML that can be read"),
        (b"backbone: 3\nhead: []", "has no lists"),
        (b"x: 1", "has no lists"),
        (b"", "is no YAML that can be read|is empty"),
        (model([[-1, 1, "Conv"]]), "has a row 0 that is not"),
        (model([[-1, True, "Conv", [8]]]), "has a row 0 that is not"),
        (model([[0, 1, "Conv", [8]]]), "has a row 0 .* that reads row 0, which is not before it"),
        (model([[-2, 1, "Conv", [8]]]), "which is not before it"),
        (model([[[], 1, "Conv", [8]]]), "reads nothing"),
        (model([["x\x1b", 1, "Conv\x1b", [8]]]), "row 0 .Conv_. that reads row of another kind, which is not before it"),
        (model([conv(8)], nc=-1), "has `nc`"),
        (model([conv(8)], scales={"n": [1]}, scale=["n"]), "has a scale that is not"),
        (model([conv(8)], scales={"n": [1]}), "has a scale that is not"),
        (model([conv(8)], scales={"n": [1, 1e308, 5]}), "has a scale that is not"),
        (model([[-1, 10**9, "C2f", [8]]]), "repeats"),
        (model([[-1, 1000, "C2f", [8]]] * 100), "more than 50,000 layers"),
        (model([conv(8)] * 2_001), "more than 2,000 rows"),
        (b"backbone: " + b"[" * 100_000, "is no YAML that can be read"),
        (
            b"a: &a [1,1,1,1,1,1,1,1,1,1]\n"
            + b"\n".join(b"%c: &%c [%s]" % (c, c, b",".join([b"*%c" % (c - 1)] * 10)) for c in range(98, 110)),
            "YAML",
        ),
    ],
)
def test_damaged_files(data: bytes, message: str) -> None:
    with soon(), pytest.raises(ImportFailure, match=message):
        spec(data)


def test_they_are_known_by_their_keys() -> None:
    found = format_of(b"# a\nnc: 3\nbackbone:\n  - [-1, 1, Conv, [3]]\n", "net.yaml")
    assert found is not None
    assert found.name == "ultralytics"
    assert format_of(b"layers: []\n", "net.yaml") is None
    assert re.search("Ultralytics", found.title)


def test_arguments_name_numbers_at_the_top() -> None:
    text = """\
nc: 1
kpt_shape: [17, 3]
backbone:
  - [-1, 1, Conv, [16, 3, 2]]
head:
  - [[0], 1, Pose, [nc, kpt_shape]]
"""
    draft = read(ULTRALYTICS, io.BytesIO(text.encode()), "net", Wishes())
    assert [item.fields["channels"] for item in draft.items if item.key in {key for key, _ in draft.outputs}][-1] == 51
