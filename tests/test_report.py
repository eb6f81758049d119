"""`rflint report`: which layers, which columns, and that every row fits."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from command_line import rflint
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from rflint.formatters import columns
from rflint.formatters.prose import columns as columns_of
from rflint.formatters.table import Lane, fitted
from rflint.words import Style

if TYPE_CHECKING:
    from pathlib import Path

SPECS = ROOT / "specs"
WIDE = ["unet", "inception_resnet_v2", "hourglass", "swin_t", "ssd300", "wavenet", "nnunet_3d", "efficientdet_d0"]

NET = """\
rflint: 1
name: net
inputs: {image: {size: [65, 65], channels: 3}}
blocks:
  unit:
    layers:
      - {name: conv, op: conv, kernel: 3, padding: 1, channels: 8}
      - {op: relu}
      - {name: add, op: add, from: [relu_2, input]}
layers:
  - {name: stem, op: conv, kernel: 5, padding: 2, channels: 8}
  - {name: act, op: relu}
  - {name: stage, use: unit, repeat: 3}
  - {name: tail, op: conv, kernel: 1, stride: 2, channels: 4}
  - {name: last, op: sigmoid}
targets:
  - {name: face, size: 8, layer: tail}
  - {name: crowd, size: 60, layer: tail}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "net.yaml").write_text(NET)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*argv: str) -> list[str]:
    """First column of the table of layers."""
    outcome = rflint("report", "net.yaml", *argv)
    assert outcome.err == ""
    return [re.split("  +", line)[0] for line in outcome.out.split("\n\n")[1].splitlines()[1:] if re.match(r"\S+( ×\d+)?  ", line)]


@pytest.mark.parametrize("spec", WIDE)
def test_no_row_wraps(spec: str) -> None:
    for width in (80, 100, 160):
        for more in ([], ["--all"]):
            text = rflint("report", str(SPECS / f"{spec}.yaml"), *more, env={"COLUMNS": str(width)}).out
            # The first line has the path, which may lie anywhere.
            assert max(map(columns_of, text.splitlines()[1:])) <= width


CELL = st.text("ab中/", max_size=60)


@given(
    st.lists(st.builds(Lane, st.sampled_from(["RF", "stride", "look-ahead"]), st.booleans(), st.integers(0, 9)), min_size=1, max_size=8),
    st.data(),
)
def test_a_table_fits_and_keeps_what_ranks_highest(lanes: list[Lane], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(CELL, min_size=len(lanes), max_size=len(lanes)), max_size=4))
    table = fitted(lanes, rows, Style(80), 2)
    assert max(map(columns_of, table.lines)) <= 80
    assert len(table.lines) == 1 + len(rows)
    again = fitted(lanes, rows, Style(700), 2)
    assert again.dropped == []
    if table.dropped:
        assert max(map(columns_of, again.lines)) > 80


def test_columns_give_way_in_the_stated_order() -> None:
    lanes = [Lane("layer", rank=9), Lane("extra", rank=1), Lane("minor", rank=4), Lane("major", rank=5)]
    rows = [["a" * 10, "b" * 10, "c" * 10, "d" * 10]]

    def dropped(width: int) -> list[str]:
        return list(fitted(lanes, rows, Style(width), 3).dropped)

    assert [dropped(width) for width in (46, 45, 34, 33, 22, 21)] == [[], ["extra"], ["extra"], ["extra", "minor"], ["extra", "minor"],
        ["extra", "minor", "major"]]  # fmt: skip


def test_pointwise_layers_are_counted_unless_asked_for(here: Path) -> None:
    assert names() == ["stem", "stage/0/conv", "stage/0/add", "stage/1/conv", "stage/1/add", "stage/2/conv", "stage/2/add", "tail", "last"]
    assert "\nleft out: 4 pointwise layers; --all shows every layer\n" in rflint("report", "net.yaml").out
    assert len(names("--all")) == 13
    assert names("--op", "relu,sigmoid") == ["act", "stage/0/relu_2", "stage/1/relu_2", "stage/2/relu_2", "last"]
    assert len(list(csv.DictReader(io.StringIO(rflint("report", "net.yaml", "--format", "csv").out)))) == 2 * 13
    assert "`act`" not in rflint("report", "net.yaml", "--format", "markdown").out
    assert "4 pointwise layers" in rflint("report", "net.yaml", "--format", "markdown").out


def test_blocks_are_folded(here: Path) -> None:
    assert names("--depth", "1") == ["stem", "stage ×3", "tail", "last"]
    text = rflint("report", "net.yaml", "--depth", "1").out
    # What the output of the last copy sees, what all nine layers cost.
    assert re.search(r"^stage ×3  9 layers +65  11 +1 .* 8   1.75k ", text, re.MULTILINE)
    assert "folded: 9 layers in 1 row; --depth 2 unfolds a level, --all everything\n" in text
    assert names("--depth", "2") == ["stem", "stage/0", "stage/1", "stage/2", "tail", "last"]
    assert names("--depth", "3") == names()
    assert "folded" not in rflint("report", "net.yaml", "--depth", "3").out
    rows = list(csv.DictReader(io.StringIO(rflint("report", "net.yaml", "--depth", "1", "--format", "csv", "--columns", "params").out)))
    assert [row["layer"] for row in rows if row["axis"] == "y"] == ["stem", "act", "stage ×3", "tail", "last"]
    assert list(rows[0]) == ["path", "layer", "input", "axis", "params"]
    (here / "net.yaml").write_text(NET.replace("repeat: 3", "repeat: 30"))
    assert names() == ["stem", "stage ×30", "tail", "last"]
    assert len(names("--all")) == 94
    assert len(names("--only", "stage")) == 90


def test_everything_in_one_block_is_unfolded_until_there_is_something_to_see(here: Path) -> None:
    whole = NET.replace("layers:\n  - {name: stem", "  whole:\n    layers:\n  - {name: stem").replace("repeat: 3", "repeat: 30")
    head, body = whole.split("    layers:\n  - {name: stem")
    inner = "\n".join(f"    {line}" for line in f"  - {{name: stem{body.partition('targets:')[0]}".splitlines())
    (here / "net.yaml").write_text(f"{head}    layers:\n{inner}\nlayers:\n  - {{name: net, use: whole}}\n")
    assert names() == ["net/stem", "net/stage ×30", "net/tail", "net/last"]


def test_layers_are_picked(here: Path) -> None:
    assert names("--only", "stage/1") == ["stage/1/conv", "stage/1/relu_2", "stage/1/add"]
    assert names("--only", "st*m", "--only", "t*") == ["stem", "tail"]
    assert names("--only", "*/conv") == ["stage/0/conv", "stage/1/conv", "stage/2/conv"]
    assert names("--only", "stage", "--op", "add") == ["stage/0/add", "stage/1/add", "stage/2/add"]
    assert names("--outputs") == ["tail", "last"]
    assert names("--only", "stage", "--depth", "2") == ["stage/0", "stage/1", "stage/2"]
    assert "picked: 1 layer, 36 parameters" in rflint("report", "net.yaml", "--only", "tail").out
    spec = json.loads(rflint("report", "net.yaml", "--only", "stem", "--format", "json").out)["specs"][0]
    assert [layer["name"] for layer in spec["layers"]] == ["stem"]


def test_columns_and_order(here: Path) -> None:
    outcome = rflint("report", "net.yaml", "--columns", "RF,look-ahead", "--columns", "Drift", "--sort", "receptive_field", "-q").out
    table = outcome.split("\n\n")[1].splitlines()
    assert table[0].split() == ["layer", "RF", "look-ahead", "drift"]
    assert [line.split()[0] for line in table[1:4]] == ["stage/2/conv", "stage/2/add", "tail"]
    assert names("--op", "conv", "--sort", "layer") == ["stage/0/conv", "stage/1/conv", "stage/2/conv", "stem", "tail"]
    assert names("--op", "conv", "--sort", "macs", "--columns", "macs")[0] == "stem"
    text = rflint("report", "net.yaml", "--columns", ",".join(column.name for column in columns.COLUMNS)).out
    assert "\nno room for: " in text
    head = rflint("report", "net.yaml", "--columns", "effective,why", "--format", "markdown").out.split("\n\n")[3].splitlines()[0]
    assert head == "| layer | effective | why |"


def test_targets_name_the_first_layers_that_see_them(here: Path) -> None:
    text = rflint("report", "net.yaml").out
    assert re.search(r"^face    tail      8          10  everywhere  stage/1/conv  stage/1/conv$", text, re.MULTILINE)
    assert re.search(r"^crowd   tail     60          10  nowhere     no layer      no layer$", text, re.MULTILINE)
    targets = json.loads(rflint("report", "net.yaml", "--format", "json").out)["specs"][0]["targets"]
    assert [target["first"] for target in targets] == [
        {"guaranteed": "stage/1/conv", "at_best": "stage/1/conv"},
        {"guaranteed": None, "at_best": None},
    ]
    assert "first" not in json.loads(rflint("check", "net.yaml", "--format", "json").out)["specs"][0]["targets"][0]


def test_what_is_wrong_is_coloured(here: Path) -> None:
    (here / "net.yaml").write_text(
        "rflint: 1\nlayers:\n  - {name: a, op: conv, kernel: [3, 3], padding: [[0, 2], 1]}\n"
        "  - {name: b, op: add, from: [a, input]}\ntargets: [{name: t, size: 9, layer: b}]\n"
    )
    text = rflint("report", "net.yaml", "--color", "always").out
    assert "\x1b[1;31mno / yes\x1b[0m" in text
    assert "\x1b[1;31mnowhere\x1b[0m" in text


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--only", "stagee"], "--only: no layer is called `stagee`; did you mean `stage`?"),
        (["--only", "a*", "--op", "conv"], "--only: no layer is called `a*`, and is a `conv`"),
        (["--op", "con"], "--op: no layer is a `con`; did you mean `conv`?"),
        (["--columns", "strid"], "--columns: there is no column `strid`; did you mean `stride`? (columns: "),
        (["--sort", "size,op"], "--sort: there is no column `size,op`"),
        (["--depth", "0"], "--depth: `0` is not a number of levels from 1 to 1,000"),
        (["--depth", "1", "--all"], "--all shows every layer and --depth folds some: use one of them"),
        (["--sort", "macs", "--format", "json"], "--sort lays out a table, and --format json has all fields of all layers"),
    ],
)
def test_wrong_usage(here: Path, argv: list[str], message: str) -> None:
    outcome = rflint("report", "net.yaml", *argv)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"rflint: {message}")
