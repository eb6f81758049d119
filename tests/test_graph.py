"""`rflint graph`: boxes, blocks and colours as a network has them, in three formats, whatever its names are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from command_line import rflint
from random_nets import random_net, to_yaml

from rflint.resources import folder

if TYPE_CHECKING:
    from conftest import Golden

_SVG = "{http://www.w3.org/2000/svg}"
SPECS = Path(folder("specs"))

#: A fork and a merge that are not aligned, in a block that is repeated, a target, a layer that changes nothing.
NET = """\
rflint: 1
name: small net
inputs: {image: {size: [64, 48], channels: 3}}
blocks:
  unit:
    layers:
      - {name: conv, op: conv, kernel: 3, padding: 1, channels: 8}
      - {name: skip, op: avg_pool, kernel: 3, stride: 1, padding: [[0, 2], [0, 2]], from: input}
      - {name: add, op: add, from: [conv, skip]}
layers:
  - {name: stem, op: conv, kernel: [5, 3], stride: 2, channels: 8, padding: same}
  - {name: act, op: relu}
  - {name: stage, use: unit, repeat: 2}
  - name: mixed
    branches: {a: [{op: conv, kernel: 1, channels: 4}], b: [{op: conv, kernel: 3, dilation: 2, padding: 2, channels: 4}]}
    join: concat
  - {name: head, op: conv, kernel: 1, channels: 2}
  - {name: pooled, op: global_avg_pool}
outputs: [head, pooled]
targets: [{name: cat, size: [12, 9], layer: head}]
"""
HOSTILE = """\
rflint: 1
name: "<b>\\"&\\\\ -->"
inputs: {"in]]>": {size: [8, 8]}}
layers:
  - {name: "a\\"b\\\\", op: conv, kernel: 3, from: "in]]>"}
  - {name: "<script>x/y#1;", op: conv, kernel: 3}
  - {name: "<script>x/`z`", op: conv, kernel: 1}
  - {name: "a\\\\N", op: relu}
"""


DATA = Path(__file__).resolve().parent / "data" / "graph"


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET, encoding="utf-8")
    Path("hostile.yaml").write_text(HOSTILE, encoding="utf-8")
    return tmp_path


def drawn(*arguments: str, code: int = 0) -> str:
    outcome = rflint("graph", *arguments)
    assert (outcome.code, outcome.err) == (code, "")
    return outcome.out


@pytest.mark.parametrize(("name", "options"), [("net", ()), ("net", ("--depth", "1")), ("net", ("--all",)), ("hostile", ())])
@pytest.mark.parametrize("form", ["svg", "dot", "mermaid"])
@pytest.mark.usefixtures("net")
def test_goldens(name: str, options: tuple[str, ...], form: str, golden: Golden) -> None:
    told = "".join(option.replace("--", "-") for option in options)
    golden(DATA / f"{name}{told}.{form}", drawn(f"{name}.yaml", "--format", form, *options))


def texts(root: ET.Element, kind: str) -> list[str]:
    """Labels of the boxes of a kind, in order."""
    return ["".join(group.findall(f"{_SVG}text")[0].itertext()) for group in root.iter(f"{_SVG}g") if kind in group.attrib["class"].split()]


def tips(root: ET.Element) -> list[str]:
    return [title.text or "" for group in root.iter(f"{_SVG}g") for title in group.findall(f"{_SVG}title")]


@pytest.mark.usefixtures("net")
def test_what_stands_in_the_picture() -> None:
    root = ET.fromstring(drawn("net.yaml"))
    assert texts(root, "input") == ["image"]
    # The activation is left out; a branch of one layer is no box of its own.
    assert texts(root, "layer") == ["stem", "conv", "skip", "add", "conv", "skip", "add", "a/conv_1", "b/conv_1", "mixed", "head", "pooled"]
    assert texts(root, "output") == ["head", "pooled"]
    [head] = [tip for tip in tips(root) if tip.startswith("head\n")]
    assert head.split("\n")[:5] == ["head", "conv 1x1", "RF 25x23, stride 2", "32x24, 2 channels", "output"]
    [merge] = [tip for tip in tips(root) if tip.startswith("stage/1/add\n")]
    assert "error RF102: " in merge
    folded = ET.fromstring(drawn("net.yaml", "--depth", "1"))
    assert texts(folded, "block") == ["stage ×2", "mixed"]
    assert texts(folded, "layer") == ["stem", "head", "pooled"]
    assert "act" in texts(ET.fromstring(drawn("net.yaml", "--all")), "layer")


@pytest.mark.usefixtures("net")
def test_colours_follow_the_targets() -> None:
    """A cat is 12 by 9: the stem sees less, the first unit sees as much on both axes."""
    root = ET.fromstring(drawn("net.yaml"))
    roles = {
        tip.text.split("\n")[0]: group.findall(f"{_SVG}rect")[-1].attrib["class"].split()[-1]
        for group in root.iter(f"{_SVG}g")
        for tip in group.findall(f"{_SVG}title")
        if tip.text
    }
    assert roles["stem"] == "step0"
    assert roles["stage/0/conv"] == "step0"
    assert roles["head"] == "step4"
    assert roles["pooled"] == "global"
    legend = [text for text in root.itertext() if "cat" in text or "target" in text]
    assert "smaller than every target" in legend


@pytest.mark.parametrize("seed", range(8))
def test_random_nets_are_drawn_in_well_formed_pictures(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(to_yaml(random_net(seed, classic=False)), encoding="utf-8")
    root = ET.fromstring(rflint("graph", "net.yaml", "--all").out)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for rect in root.iter(f"{_SVG}rect"):
        left, top = float(rect.attrib.get("x", 0)), float(rect.attrib.get("y", 0))
        assert 0 <= left <= left + float(rect.attrib["width"]) <= width + 0.2
        assert 0 <= top <= top + float(rect.attrib["height"]) <= height + 0.2
    assert rflint("graph", "net.yaml", "--format", "dot").out.startswith("digraph")


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_spec_of_the_zoo_can_be_drawn(path: Path) -> None:
    root = ET.fromstring(drawn(str(path)))
    boxes = texts(root, "box")
    assert 2 <= len(boxes) <= 130, "blocks are folded where there are many layers"


@pytest.mark.usefixtures("net")
def test_names_of_strangers_stay_text() -> None:
    root = ET.fromstring(drawn("hostile.yaml"))
    assert {element.tag.removeprefix(_SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "style", "defs", "pattern", "line", "rect", "path", "g", "text", "tspan", "circle"
    }  # fmt: skip
    assert 'a"b\\' in texts(root, "layer")


def test_a_broken_spec_is_drawn_as_far_as_it_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text("rflint: 1\nlayers:\n  - {name: a, op: conv, kernel: 3}\n  - {name: b, op: frob}\n", encoding="utf-8")
    outcome = rflint("graph", "net.yaml")
    assert outcome.code == 1
    assert "RF003" in outcome.err
    assert texts(ET.fromstring(outcome.out), "layer") == ["a", "b"]
    Path("net.yaml").write_text("rflint: 1\nlayers: 3\n", encoding="utf-8")
    outcome = rflint("graph", "net.yaml")
    assert (outcome.code, outcome.out) == (1, "")


def test_a_layer_called_like_an_input_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flaw that is told of: each reads what stands before it, and nothing runs in a circle."""
    monkeypatch.chdir(tmp_path)
    layers = "".join(f"  - {{name: {name}, op: conv, kernel: 3}}\n" for name in ("a", "input", "b"))
    Path("net.yaml").write_text(f"rflint: 1\nlayers:\n{layers}", encoding="utf-8")
    outcome = rflint("graph", "net.yaml", "--format", "mermaid")
    assert outcome.code == 1
    assert "RF011" in outcome.err
    assert [line.strip() for line in outcome.out.split("\n") if "-->" in line] == ["n0 --> n1", "n1 --> n2", "n2 --> n3"]


def test_slashes_at_the_ends_of_names_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    layers = "".join(f"  - {{name: {name}, op: conv, kernel: 3}}\n" for name in ("/lead", "x/a", "x/b/", "//"))
    Path("net.yaml").write_text(f"rflint: 1\nlayers:\n{layers}", encoding="utf-8")
    assert texts(ET.fromstring(drawn("net.yaml")), "layer") == ["/lead", "a", "b/", "//"]


def test_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET, encoding="utf-8")
    assert rflint("graph", "net.yaml", "--all", "--depth", "2").code == 2
    assert rflint("graph", "net.yaml", "--depth", "0").code == 2
    assert rflint("graph", "nothing.yaml").code == 2
    assert rflint("graph", "net.yaml", "-o", "net.svg").out == ""
    assert Path("net.svg").read_text(encoding="utf-8") == rflint("graph", "net.yaml").out


def test_several_inputs_share_a_legend_that_explains_every_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(
        "rflint: 1\ninputs: {left: {channels: 3}, right: {channels: 3}}\nlayers:\n"
        "  - {name: l, op: conv, kernel: 5, from: left}\n  - {name: r, op: conv, kernel: 5, from: right}\n"
        "  - {name: cost, op: concat, from: [l, r]}\n  - {name: gate, op: squeeze_excite}\n"
    )
    text = " ".join(ET.fromstring(drawn("net.yaml")).itertext())
    assert "left: RF 5*, stride 1" in text
    assert "less than 2" in text
    assert text.count("5 or more") == 1
    assert "* and, through a global operation, the whole input" in text
