"""What a feature sees, as a picture: cells, padding, holes and the centre are where the engine has them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from command_line import rflint
from hypothesis import given
from hypothesis import strategies as st

from rflint.drawing import Extent, region, runs

if TYPE_CHECKING:
    from conftest import Golden

_SVG = "{http://www.w3.org/2000/svg}"
DATA = Path(__file__).resolve().parent / "data" / "region"


def boxes(text: str, role: str) -> list[tuple[float, float, float, float]]:
    return [
        (float(each.attrib["x"]), float(each.attrib["y"]), float(each.attrib["width"]), float(each.attrib["height"]))
        for each in ET.fromstring(text).iter(f"{_SVG}rect")
        if each.attrib["class"] == role
    ]


@given(st.integers(-9, 9), st.lists(st.booleans(), min_size=1, max_size=90).filter(any))
def test_runs_are_the_bits(low: int, bits: list[bool]) -> None:
    found = runs(low, low + len(bits) - 1, sum(bit << place for place, bit in enumerate(bits)))
    assert [sample for first, last in found for sample in range(first, last + 1)] == [low + place for place, bit in enumerate(bits) if bit]
    assert all(one[1] + 1 < other[0] for one, other in pairwise(found))


def test_all_is_one_run() -> None:
    assert runs(-3, 7) == ((-3, 7),)


def test_a_plane_is_in_proportion() -> None:
    """Eight samples a side, of which a feature sees three by five, one row of them in padding."""
    text = region([Extent("y", 8, runs(-1, 1), 0), Extent("x", 8, runs(2, 6), 4)], "a")
    [(left, top, width, height)] = boxes(text, "cell")
    cell = width / 8
    assert (width, height) == (8 * cell, 8 * cell)
    assert boxes(text, "one") == [(left + 2 * cell, top - cell, 5 * cell, 3 * cell)]
    assert boxes(text, "pad") == [(left + 2 * cell, top - cell, 5 * cell, cell)]
    [dot] = ET.fromstring(text).iter(f"{_SVG}circle")
    assert (float(dot.attrib["cx"]), float(dot.attrib["cy"])) == (left + 4.5 * cell, top + 0.5 * cell)
    assert "y: -1 … 1, 1 in padding, centre 0" in "".join(ET.fromstring(text).itertext())


def test_padding_at_a_corner_is_drawn_once() -> None:
    text = region([Extent("y", 8, runs(-2, 9)), Extent("x", 8, runs(-3, 2))], "a")
    pads = boxes(text, "pad")
    cell = boxes(text, "cell")[0][2] / 8
    assert sum(width * height for *_, width, height in pads) == pytest.approx((12 * 6 - 8 * 3) * cell * cell, abs=1)


def test_holes_are_left_out() -> None:
    text = region([Extent("t", 20, runs(0, 8, 0b100010001))], "a")
    assert len(boxes(text, "one")) == 3
    assert "3 of 9 samples" in text


@pytest.mark.parametrize(
    ("size", "seen", "center", "told"),
    [
        (20, runs(-4, 4, 0b100010001), 0.0, "t: -4 … 4, 3 of 9 samples, 1 in padding, centre 0"),
        (20, runs(-9, -5), -7.0, "t: -9 … -5, 5 in padding, centre -7"),
        (20, runs(18, 23), 20.5, "t: 18 … 23, 4 in padding, centre 20.5"),
        (3, runs(5, 6), 5.5, "t: 5 … 6, 2 in padding, centre 5.5"),
        (4_000_000, runs(1_234_560, 1_234_573), 1_234_566.5, "t: 1234560 … 1234573, centre 1234566.5"),
        (None, runs(-1, 1), 1 / 3, "t: -1 … 1, centre 0.333"),
    ],
)
def test_words_count_what_is_seen(size: int | None, seen: tuple[tuple[int, int], ...], center: float, told: str) -> None:
    assert Extent("t", size, seen, center).words == told


def test_very_many_holes_are_a_hull_that_says_so() -> None:
    bits = sum(1 << place for place in range(0, 401, 2))
    text = region([Extent("y", 500, runs(0, 400, bits)), Extent("x", 500, runs(0, 400, bits))], "a")
    assert len(text) < 5_000
    assert boxes(text, "faint")
    assert "201 of 401 samples" in text


FILES = {
    "decoder": ("up", ["--at", "4", "--at", "5"]),
    "volume": ("deep", ["--at", "1,2,3"]),
    "causal": ("wave", ["--at", "12"]),
    "dilated": ("holes", ["--at", "2,3"]),
}
SPEC = {
    "decoder": """\
inputs: {image: {size: [16, 16]}}
layers:
  - {name: a, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: b, op: resize, scale: 2}
  - {name: up, op: conv, kernel: 3, padding: 1}
""",
    "volume": """\
axes: [z, y, x]
inputs: {scan: {size: [8, 16, 16]}}
layers:
  - {name: deep, op: conv, kernel: [3, 5, 5], padding: [1, 2, 2]}
""",
    "causal": """\
axes: [t]
inputs: {audio: {size: 32}}
layers:
  - {name: one, op: conv, kernel: 2, padding: causal}
  - {name: wave, op: conv, kernel: 2, dilation: 4, padding: causal}
""",
    "dilated": """\
inputs: {image: {size: [16, 12]}}
layers:
  - {name: holes, op: conv, kernel: 3, dilation: [3, 2], padding: same}
""",
}


@pytest.mark.parametrize("name", FILES)
def test_locate_draws(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(f"rflint: 1\n{SPEC[name]}")
    layer, options = FILES[name]
    outcome = rflint("locate", "net.yaml", layer, *options, "--format", "svg")
    assert (outcome.code, outcome.err) == (0, "")
    ET.fromstring(outcome.out)
    golden(DATA / f"{name}.svg", outcome.out)


def test_what_cannot_be_drawn_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(
        "rflint: 1\ninputs: {a: {size: 8}, b: {size: 8}}\naxes: [t]\n"
        "layers:\n  - {name: sum, op: add, from: [a, b]}\n  - {name: g, op: global_avg_pool}\n  - {name: u, op: unknown, original: X}\n"
    )
    several = rflint("locate", "net.yaml", "sum", "--at", "1", "--format", "svg")
    assert several.code == 2
    assert "name one with --from" in several.err
    unknown = rflint("locate", "net.yaml", "u", "--from", "a", "--at", "0", "--format", "svg")
    assert unknown.code == 2
    assert "nothing to draw" in unknown.err
    assert rflint("locate", "net.yaml", "sum", "--format", "svg").code == 2
    assert rflint("locate", "net.yaml", "sum", "--pixel", "1", "--format", "svg").code == 2
