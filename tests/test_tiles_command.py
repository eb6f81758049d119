"""`rflint tiles`: its texts, its JSON and its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from command_line import rflint

from rflint.resources import schema_text

if TYPE_CHECKING:
    from pathlib import Path

ROADS = """\
rflint: 1
name: roads
inputs: {image: {size: [512, 512]}}
blocks:
  double: {layers: [{name: a, op: conv, kernel: 3, padding: 1}, {name: b, op: conv, kernel: 3, padding: 1}]}
layers:
  - {name: enc, use: double}
  - {name: down, op: max_pool, kernel: 2}
  - {name: up, op: resize_like, from: [down, enc]}
  - {name: skip, op: add, from: [enc, up]}
  - {name: gate, op: squeeze_excite, from: down}
outputs: [skip, gate]
"""


@pytest.fixture(autouse=True)
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "roads.yaml").write_text(ROADS)
    monkeypatch.chdir(tmp_path)


def asked(*argv: str) -> list[dict[str, Any]]:
    outcome = rflint("tiles", "roads.yaml", "--format", "json", *argv)
    assert (outcome.code, outcome.err) == (0, "")
    document = json.loads(outcome.out)
    jsonschema.validate(document, json.loads(schema_text("tiles")))
    answers: list[dict[str, Any]] = document["answers"]
    return answers


def test_text() -> None:
    outcome = rflint("tiles", "roads.yaml", "--tile", "64x99")
    assert (outcome.code, outcome.err) == (0, "")
    assert max(map(len, outcome.out.splitlines())) <= 80
    assert (
        outcome.out
        == """\
roads: tiles of image for the outputs of skip

Cut the image into tiles at multiples of 2. Read each tile and 2 more samples on
either side, or to the border of the image, run the network on that piece, and
keep the outputs of the tile: they have the values of the whole image. Pieces,
like the image, have n samples, n a multiple of 2.

axis     tiles cut at    reach   halo
y and x  multiples of 2  2 + 2  2 + 2
         any sample      3 + 3  3 + 3

Reach: samples that the outputs of a tile see beyond it, before + after. Halo:
samples to read there.

 tile  piece to read  work done twice
64×99         68×104              10%

On x, tiles of 99 are not cut at multiples of 2 (100 would be): begin a piece at
the first multiple of 2 that is at most 3 samples before its tile, and end it at
the last place at most 3 behind it that gives the piece a size that fits.

roads: tiles of image for the outputs of gate

No halo gives a tile the values that it has in the whole image: `gate`
(squeeze_excite) takes statistics over the whole image.

axis     tiles cut at    reach  halo
y and x  multiples of 2  2 + 2     -
         any sample      3 + 2     -

Reach: samples that the outputs of a tile see beyond it, before + after. Halo:
samples to read there.
"""
    )


def test_json() -> None:
    skip, gate = asked()
    assert (skip["layer"], skip["input"], skip["why"], skip["culprit"]) == ("skip", "image", {}, [None, None])
    assert skip["halo"] == skip["reach"] == [[2, 2], [2, 2]]
    assert skip["sizes"][0] == {"residues": [0], "text": "n a multiple of 2"}
    assert [price["tile"] for price in skip["tiles"]] == [[64, 64], [128, 128], [256, 256], [512, 512]]
    assert skip["tiles"][0] == {"tile": [64, 64], "piece": [68, 68], "repeated": round(1 - 64**2 / 68**2, 6)}
    assert gate["why"] == {"halo": "global", "halo_any": "global", "sizes": "global"}
    assert (gate["reach"][0], gate["halo"], gate["sizes"], gate["tiles"]) == ([2, 2], [None, None], [None, None], [])
    assert gate["culprit"] == ["gate", "gate"]


def test_a_layer_or_an_instance() -> None:
    assert [answer["layer"] for answer in asked("enc/a")] == ["enc/a"]
    assert [answer["layer"] for answer in asked("enc")] == ["enc/b"]


def test_size_of_the_image() -> None:
    (odd,) = asked("skip", "--size", "513x512")
    assert (odd["halo"], odd["culprit"]) == ([None, [2, 2]], ["up", None])
    assert odd["why"]["halo"] == "size-dependent"
    text = rflint("tiles", "roads.yaml", "skip", "--size", "513").out
    assert "Images of n samples have one, n a multiple of 2, such as 514." in " ".join(text.split())
    (even,) = asked("skip", "--size", "none")
    assert even["halo"] == [[2, 2], [2, 2]]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["skop"], "LAYER: `roads` has no layer `skop`; did you mean `skip`? (`rflint report` lists them)"),
        (["image"], "LAYER: `image` is an input; name the layer whose outputs a tile is to give"),
        (["--tile", "big"], "--tile: `big` is not a size; write 512, or one number per axis (y, x), like 512x256"),
        (["--tile", "1x2x3"], "--tile: 3 sizes for 2 axes (y, x)"),
        (["--tile", "0"], "--tile: `0` is out of range; sizes are at least 1 and at most 2,147,483,647"),
        (["--size", "depth=3"], "roads.yaml: --size: no input is named `depth` (inputs: image)"),
    ],
)
def test_wrong_usage(argv: list[str], said: str) -> None:
    assert rflint("tiles", "roads.yaml", *argv) == (2, "", f"rflint: {said}\n")


def test_broken_spec(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("rflint: 1\nlayers: [\n")
    outcome = rflint("tiles", "broken.yaml")
    assert (outcome.code, outcome.out) == (1, "")
    assert "RF001" in outcome.err


def test_layers_that_read_no_input(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text(ROADS.replace("from: down}", "from: dwon}"))
    outcome = rflint("tiles", "odd.yaml", "gate")
    assert outcome.code == 1
    assert "RF004" in outcome.err
