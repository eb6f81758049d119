"""What `rflint locate` and `rflint sizes` print as JSON, held to their published schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import jsonschema
import pytest
from command_line import rflint

from rflint.pipeline import load
from rflint.resources import schema_text
from rflint.verdict import Options

if TYPE_CHECKING:
    from rflint.resources import Kind

SPECS = Path(__file__).parent.parent / "specs"

ASKED = {
    "sizes": ["--size", "none"],
    "locate": ["--size", "256"],
    "locate a feature": ["--size", "256", "--at", "0"],
    "locate a pixel": ["--pixel", "0"],
    "locate without a size": ["--size", "none", "--at", "0"],
}


def answer(asked: str, path: Path, layer: str) -> tuple[int, dict[str, list[object]]]:
    command = asked.split(maxsplit=1)[0]
    outcome = rflint(command, str(path), *([] if command == "sizes" else [layer]), *ASKED[asked], "--format", "json")
    document = json.loads(outcome.out)
    jsonschema.validate(document, json.loads(schema_text(cast("Kind", command))))
    return outcome.code, document


@pytest.mark.parametrize("name", ["unet", "hrnet_w32", "encodec_24khz", "nnunet_3d", "swin_t", "wav2vec2", "deeplabv3plus"])
@pytest.mark.parametrize("asked", ASKED)
def test_answers_hold_to_their_schemas(asked: str, name: str) -> None:
    path = SPECS / f"{name}.yaml"
    graph = load(path.read_bytes(), path.name, Options()).graph
    assert graph is not None
    code, document = answer(asked, path, graph.node_name(graph.outputs[0]))
    assert (code, document["findings"]) == (0, [])
    assert document["inputs" if asked == "sizes" else "answers"]


@pytest.mark.parametrize("asked", ASKED)
def test_what_is_wrong_with_a_spec_holds_to_them_too(asked: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("rflint: 1\nlayers:\n  - {name: a, op: convolve}\n", encoding="utf-8")
    code, document = answer(asked, path, "a")
    assert (code, len(document["findings"])) == (1, 1)
