"""`rflint export`, as a user meets it: what it writes where, and what it says."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from command_line import rflint

if TYPE_CHECKING:
    from pathlib import Path

needs_onnx = pytest.mark.skipif(not find_spec("onnx"), reason="writing ONNX needs the extra `onnx`")

SPEC = """\
rflint: 1
name: tiny
inputs: {image: {size: [32, 24], channels: 3}}
layers:
  - {name: stem, op: conv, kernel: 3, stride: 2, padding: 1, channels: 8}
  - {name: head, op: conv, kernel: 1, channels: 2}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tiny.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def size_of_head() -> list[int]:
    layers = json.loads(rflint("report", "tiny.onnx", "--format", "json").out)["specs"][0]["layers"]
    return next(layer["size"] for layer in layers if layer["name"] == "head")


@needs_onnx
def test_a_model_is_written_and_read_again(here: Path) -> None:
    assert rflint("export", "tiny.yaml", "--to", "onnx", "-o", "tiny.onnx") == (0, "", "")
    assert size_of_head() == [16, 12]


@needs_onnx
def test_size_is_that_of_the_command_line(here: Path) -> None:
    assert rflint("export", "tiny.yaml", "--to", "onnx", "-o", "tiny.onnx", "--size", "64").code == 0
    assert size_of_head() == [32, 32]


@needs_onnx
def test_nothing_is_overwritten_unless_asked(here: Path) -> None:
    (here / "kept").write_text("mine")
    outcome = rflint("export", "tiny.yaml", "--to", "onnx", "-o", "kept")
    assert outcome == (2, "", "rflint: `kept` exists already (--force overwrites it)\n")
    assert (here / "kept").read_text() == "mine"
    assert rflint("export", "tiny.yaml", "--to", "onnx", "-o", "kept", "--force").code == 0
    assert (here / "kept").read_bytes() != b"mine"


@needs_onnx
def test_what_cannot_be_written_is_one_line(here: Path) -> None:
    (here / "odd.yaml").write_text(SPEC.replace("op: conv, kernel: 1, channels: 2", "op: unknown, original: TopK"))
    outcome = rflint("export", "odd.yaml", "--to", "onnx", "-o", "odd.onnx")
    assert outcome == (1, "", "rflint: odd.yaml: layer `head` is unknown: `TopK` of the model it was imported from\n")
    assert not (here / "odd.onnx").exists()


def test_a_broken_spec_is_told_and_not_exported(here: Path) -> None:
    (here / "broken.yaml").write_text(SPEC.replace("op: conv, kernel: 1", "op: convv, kernel: 1"))
    outcome = rflint("export", "broken.yaml", "--to", "onnx", "-o", "broken.onnx")
    assert outcome.code == 1
    assert outcome.err.startswith("rflint: broken.yaml:6:22: RF003")
    assert not (here / "broken.onnx").exists()


@needs_onnx
def test_notes_say_what_was_made_up(here: Path) -> None:
    (here / "free.yaml").write_text("rflint: 1\ninputs: {image: {size: 32}}\nlayers:\n  - {name: a, op: conv, kernel: 3}\n")
    told = "rflint: free.yaml: inputs without channels have 3\nrflint: free.yaml: layers without channels (`a`) make as many as they read\n"
    assert rflint("export", "free.yaml", "--to", "onnx", "-o", "free.onnx") == (0, "", told)


def test_a_missing_package_is_named_with_the_command_that_installs_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each == "onnx" or each.startswith(("onnx.", "rflint.exporting.onnx"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    outcome = rflint("export", "tiny.yaml", "--to", "onnx", "-o", "tiny.onnx")
    assert outcome == (2, "", "rflint: ONNX models need `onnx`: pip install 'rflint[onnx]'\n")
