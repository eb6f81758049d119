"""`rflint locate`: where a feature looks, drawn too, and what is refused; the order of axes."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from command_line import rflint

from rflint.cli.dispatch import run
from rflint.cli.streams import Streams
from rflint.formatters.picture import Extent, picture
from rflint.words import Style

if TYPE_CHECKING:
    from pathlib import Path

NET = """\
rflint: 1
name: net
inputs: {image: {size: [8, 12], channels: 3}}
layers:
  - {name: a, op: conv, kernel: 3, padding: 1, channels: 8}
  - {name: holes, op: conv, kernel: 2, dilation: 4, padding: [[0, 4], [0, 4]], from: image}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "net.yaml").write_text(NET)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_feature_is_drawn(here: Path) -> None:
    assert rflint("locate", "net.yaml", "a", "--at", "0,5").out == (
        "net: a (8×12) looking at image (8×12, y, x)\n"
        "\n"
        "axis  feature  region  samples  inside  centre  coverage\n"
        "y           0  -1 … 1        3  0 … 1        0       67%\n"
        "x           5  4 … 6         3  4 … 6        5      100%\n"
        "\n"
        "        ░░░░░░\n"
        "········██()██··········\n"
        "········██████··········\n" + 6 * "························\n" + "██ seen, ·· not seen and ░░ outside of the map\n"
        "a mark is 1 sample (y down, x across)\n"
    )


def test_holes_are_drawn(here: Path) -> None:
    drawn = rflint("locate", "net.yaml", "holes", "--at", "1,1").out.split("\n\n")[2].splitlines()
    assert drawn[0] == "·" * 24
    assert drawn[1] == drawn[5] == "··██······██············"
    assert drawn[3] == "······()················"


def test_a_picture_is_as_coarse_as_it_has_to_be() -> None:
    row = list(picture([Extent("t", 100, (-10, 19), 4.5)], Style(40)))
    # A mark lies outside or inside, never on the border.
    assert row == ["░░░░█+█████" + "·" * 27, "█ seen, · not seen and ░ outside of the map", "a mark is 3 samples (t)"]
    assert list(picture([Extent("t", 100, (-10, 19), 4.5)], Style(80)))[-1].endswith("of the map; a mark is 2 samples (t)")
    lines = list(picture([Extent("z", 9, (0, 0), 0.0), Extent("y", 500, (0, 9), 4.5), Extent("x", 500, (490, 499), 494.5)], Style(80)))
    assert len(lines) <= 19
    assert lines[-1].endswith("(y down, x across)")
    assert max(map(len, lines[:-1])) <= 72


def test_no_picture_where_it_cannot_be_shown(here: Path) -> None:
    raw = io.BytesIO()
    stdout = io.TextIOWrapper(raw, encoding="ascii", errors="backslashreplace")
    assert run(["locate", "net.yaml", "a", "--at", "1"], Streams(io.BytesIO(), stdout, io.StringIO(), {})) == 0
    stdout.flush()
    assert b"\\u2588" not in raw.getvalue()
    assert b"a mark is" not in raw.getvalue()
    assert "a mark is" not in rflint("locate", "net.yaml", "a", "--at", "1", "--size", "none").out


def test_several_features(here: Path) -> None:
    outcome = rflint("locate", "net.yaml", "a", "--at", "0", "--at", "7,11")
    assert outcome.out.count("looking at") == 1
    assert [line.split()[:2] for line in outcome.out.splitlines()[3:7]] == [["y", "0"], ["x", "0"], ["y", "7"], ["x", "11"]]
    assert outcome.out.count("a mark is") == 2
    answers = json.loads(rflint("locate", "net.yaml", "a", "--at", "0", "--at", "7,11", "--format", "json").out)["answers"]
    assert [[axis["index"] for axis in answer["feature"]] for answer in answers] == [[0, 0], [7, 11]]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--at", "8,0"], "--at: 8 lies outside of `a`: on y its features are 0 to 7"),
        (["--at", "0", "--at", "0,12"], "--at: 12 lies outside of `a`: on x its features are 0 to 11"),
        (["--at", "-1,0"], "--at: -1 lies outside of `a`: on y its features are 0 to 7"),
        (["--pixel", "3,99"], "--pixel: 99 lies outside of `image`: on x its samples are 0 to 11"),
    ],
)
def test_a_place_outside_of_the_map_is_refused(here: Path, argv: list[str], message: str) -> None:
    assert rflint("locate", "net.yaml", "a", *argv) == (2, "", f"rflint: {message}\n")


def test_maps_of_unknown_size_have_no_outside(here: Path) -> None:
    (here / "net.yaml").write_text(NET.replace("[8, 12]", "null"))
    assert rflint("locate", "net.yaml", "a", "--at", "99").code == 0


@pytest.mark.parametrize("command", [["check"], ["report"], ["locate"], ["tiles"]])
def test_sizes_in_the_other_order_are_told(here: Path, command: list[str]) -> None:
    name, *rest = command
    layer = ["a"] if name == "locate" else []
    told = "rflint: net.yaml: --size 12x8 is read as y = 12, x = 8; `image` is declared as 8x12: did you mean --size 8x12?\n"
    assert rflint(name, "net.yaml", *layer, *rest, "--size", "12x8").err == told
    assert rflint(name, "net.yaml", *layer, *rest, "--size", "image=12x8").err == told
    for fine in ("8x12", "16x8", "none", "?x8", "12"):
        assert rflint(name, "net.yaml", *layer, *rest, "--size", fine).err == ""


def test_modules_are_written_with_dots_too(here: Path) -> None:
    (here / "deep.yaml").write_text("""\
rflint: 1
name: deep
inputs: {image: {size: 16, channels: 3}}
blocks:
  pair:
    layers:
      - {name: one, op: conv, kernel: 3}
      - {name: two, op: conv, kernel: 3}
layers:
  - {name: layer1, use: pair, repeat: 2}
  - {name: head/0, op: conv, kernel: 3}
  - {name: head/1, op: conv, kernel: 1}
  - {name: v1.5, op: conv, kernel: 1}
""")

    def meant(name: str) -> str:
        return rflint("locate", "deep.yaml", name, "--at", "0").out.partition(" looking")[0]

    assert meant("layer1.1.one") == meant("layer1/1/one") == "deep: layer1/1/one (10×10)"
    assert meant("layer1.0") == meant("layer1/0")
    # No instance: the last layer below.
    assert meant("head") == "deep: head/1 (6×6)"
    assert meant("v1.5") == "deep: v1.5 (6×6)"
    assert rflint("locate", "deep.yaml", "layer1.7", "--at", "0").code == 2
