"""darknet `.cfg` files: what each section becomes, and networks that the zoo has, too."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from soon import soon

import rflint
from rflint.importing import FORMATS, ImportFailure, Wishes, format_of, read, spec_of

DARKNET = next(each for each in FORMATS if each.name == "darknet")


def spec(text: str | bytes, **wishes: Any) -> str:
    asked = Wishes(**wishes)
    data = text if isinstance(text, bytes) else text.encode()
    return spec_of(read(DARKNET, io.BytesIO(data), "net", asked), asked, (), {}).text


def items(sections: str, **wishes: Any) -> list[str]:
    """Layers of the spec of a network of 32x48 samples: `0: conv, kernel: 3`."""
    lines = spec(f"[net]\nheight=32\nwidth=48\nchannels=3\n{sections}", **wishes).splitlines()
    found = [line.strip() for line in lines if line.lstrip().startswith("- {name")]
    return [re.sub(r'- \{name: "(.*?)", op: (.*)\}(   #.*)?', r"\1: \2", line) for line in found]


def section(kind: str, **options: Any) -> str:
    return f"[{kind}]\n" + "".join(f"{name}={value}\n" for name, value in options.items())


CONV = section("convolutional", filters=8, size=3, pad=1, activation="leaky", batch_normalize=1)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"filters": 8, "size": 3}, "conv, kernel: 3, channels: 8"),
        ({"filters": 8, "size": 3, "pad": 1}, "conv, kernel: 3, padding: 1, channels: 8"),
        ({"filters": 8, "size": 4, "pad": 1, "padding": 5}, "conv, kernel: 4, padding: 2, channels: 8"),
        ({"filters": 8, "size": 3, "padding": 2}, "conv, kernel: 3, padding: 2, channels: 8"),
        ({"filters": 8, "size": 3, "pad": 1, "dilation": 2}, "conv, kernel: 3, dilation: 2, padding: 2, channels: 8"),
        ({"filters": 8, "size": 1, "pad": 1, "dilation": 2}, "conv, kernel: 1, channels: 8"),
        ({"filters": 8, "size": 3, "stride_x": 2, "batch_normalize": 1}, "conv, kernel: 3, stride: [1, 2], channels: 8, bias: false"),
        ({"filters": 6, "size": 3, "groups": 3}, "depthwise_conv, kernel: 3, channels: 6"),
    ],
)
def test_convolutions(options: dict[str, Any], expected: str) -> None:
    assert items(section("convolutional", **options)) == [f"0: {expected}"]


@pytest.mark.parametrize(
    ("options", "expected", "size"),
    [
        ({"size": 2, "stride": 2}, "max_pool, kernel: 2, stride: 2, padding: [[0, 1], [0, 1]]", (16, 24)),
        ({"size": 2, "stride": 1}, "max_pool, kernel: 2, stride: 1, padding: [[0, 1], [0, 1]]", (32, 48)),
        ({"size": 13, "stride": 1}, "max_pool, kernel: 13, stride: 1, padding: 6", (32, 48)),
        ({"size": 3, "stride": 2, "padding": 0}, "max_pool, kernel: 3, stride: 2", (15, 23)),
    ],
)
def test_pooling_is_padded_unless_told_otherwise(options: dict[str, Any], expected: str, size: tuple[int, int]) -> None:
    text = section("maxpool", **options)
    assert items(text) == [f"0: {expected}"]
    assert rflint.load(spec(f"[net]\nheight=32\nwidth=48\n{text}")).analyze()["0"].size == size


def test_routes() -> None:
    net = CONV + CONV + section("route", layers="-1,-2") + section("route", layers="-1", groups=2, group_id=1) + section("route", layers=0)
    assert items(net + section("convolutional", filters=4, size=1)) == [
        "0: conv, kernel: 3, padding: 1, channels: 8, bias: false",
        "5: conv, kernel: 1, channels: 4",
    ]
    net = CONV + CONV + section("route", layers="-1, -2") + section("route", layers="-1", groups=2, group_id=1)
    assert items(net)[2:] == ['2: concat, from: ["1", "0"]', "3: select_channels, channels: 8"]


def test_merges_and_gates() -> None:
    net = CONV + CONV + section("shortcut", **{"from": -2, "activation": "linear"})
    assert items(net)[-1] == '2: add, from: ["1", "0"]'
    gate = section("avgpool") + section("convolutional", filters=8, size=1, activation="logistic")
    assert items(CONV + gate + section("scale_channels", **{"from": 0}))[-1] == '3: mul, broadcast: true, from: ["2", "0"]'
    assert items(CONV + CONV + section("sam", **{"from": 0}))[-1] == '2: mul, from: ["1", "0"]'


def test_where_implementations_differ_it_is_unknown() -> None:
    smaller = section("convolutional", filters=8, size=3, stride=2, pad=1)
    assert items(CONV + smaller + section("shortcut", **{"from": 0}))[-1] == '2: unknown, original: shortcut, from: ["1", "0"]'
    assert items(CONV + section("reorg", stride=2))[-1] == "1: unknown, original: reorg, channels: 32"
    assert items(CONV + section("reorg3d", stride=2))[-1] == "1: space_to_depth, block: 2"
    assert items(CONV + section("lstm", output=3))[-1] == "1: unknown, original: lstm"


def test_other_layers() -> None:
    assert items(section("upsample", stride=2)) == ["0: resize, scale: 2"]
    assert items(section("crop", crop_height=28, crop_width=45)) == ["0: crop, crop: [[2, 2], [1, 2]]"]
    assert items(section("deconvolutional", filters=4, size=4, stride=2, padding=1)) == [
        "0: conv_transpose, kernel: 4, stride: 2, padding: 1, channels: 4"
    ]
    assert items(section("avgpool") + section("connected", output=10) + section("softmax")) == [
        "0: global_avg_pool",
        "1: dense, channels: 10",
    ]
    assert (
        items(CONV + section("dropout") + section("local", size=3, filters=2, pad=1))[-1] == "2: window, kernel: 3, padding: 1, channels: 2"
    )


def test_detection_layers_are_the_outputs() -> None:
    text = spec(f"[net]\nheight=64\nwidth=64\n{CONV}{section('yolo', mask=0)}{section('route', layers=0)}{CONV}{section('yolo', mask=1)}")
    assert 'outputs: ["0", "3"]' in text


def test_sizes_and_comments() -> None:
    assert "size: [96, 64], channels: 3" in spec(f"# one\n[net]\nheight = 32 ; two\nwidth=48 # three\n{CONV}", sizes=((None, (96, 64)),))
    assert "inputs: {image: {channels: 3}}" in spec(f"[net]\n{CONV}")


def test_darknet_53_is_that_of_the_zoo() -> None:
    def conv(filters: int, size: int, stride: int = 1) -> str:
        return section("convolutional", batch_normalize=1, filters=filters, size=size, stride=stride, pad=1, activation="leaky")

    text = "[net]\nheight=256\nwidth=256\nchannels=3\n" + conv(32, 3)
    for width, units in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
        text += conv(width, 3, 2) + units * (conv(width // 2, 1) + conv(width, 3) + section("shortcut", **{"from": -3}))
    text += section("avgpool") + section("connected", output=1000)
    ours, zoo = rflint.load(spec(text)).analyze(), rflint.load("specs/darknet-53.yaml").analyze()
    assert len(ours.layers) == len(zoo.layers)
    for one, other in zip(ours.layers, zoo.layers, strict=True):
        assert (one.op, one.size, one.channels, one.params) == (other.op, other.size, other.channels, other.params)
        assert one.receptive_field == other.receptive_field


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[net]\n", "has no layers"),
        ("[convolutional]\n", "does not begin with"),
        ("size=3\n[net]\n", "neither a section nor an option"),
        (f"[net]\n{CONV}nonsense\x1b[31m", "neither a section nor an option"),
        (f"[net]\n{section('convolutional', size='x')}", "which is no number"),
        (f"[net]\n{section('convolutional', size='1e400')}", "which is no number"),
        (f"[net]\n{section('convolutional', filters=10**12)}", "out of range"),
        (f"[net]\n{section('convolutional', stride=0)}", "out of range"),
        (f"[net]\n{CONV}{section('route', layers=-2)}", "which is not before it"),
        (f"[net]\n{CONV}{section('route', layers=1)}", "which is not before it"),
        (f"[net]\n{CONV}{section('route', layers='')}", "reads nothing"),
        (f"[net]\n{CONV}{section('shortcut')}", "reads nothing"),
        (f"[net]\n{CONV}{section('route', layers='1x')}", "which are no numbers"),
        ("[net]\n[convolutional]\nsize=3\x1b[31m\n", "has `size=3?[31m` in [convolutional], which is no number"),
        ("[net]\n" + CONV * 10_001, "more than 10,000 layers"),
        (b"[net]\n" + b"#" * 2_000_001, "more than 2,000,000 bytes"),
        (b"[net]\nwidth=\xff\n[convolutional]\n", "which is no number"),
    ],
)
def test_damaged_files(text: str | bytes, message: str) -> None:
    with soon(), pytest.raises(ImportFailure, match=re.escape(message)):
        spec(text)


def test_it_is_known_by_its_first_section() -> None:
    found = format_of(b"# comment\n\n[net]\nbatch=1\n", "net.cfg")
    assert found is not None
    assert found.name == "darknet"
    assert format_of(b"[tool.net]\n", "net.cfg") is None
