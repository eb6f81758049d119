"""`rflint import`, and models in the place of specs, as a user meets them."""

from __future__ import annotations

import csv
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from command_line import rflint
from onnx_models import network, node, weight

needs_onnx = pytest.mark.skipif(not find_spec("onnx"), reason="reading ONNX needs the extra `onnx`")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a model in it: two branches that meet half a stride apart."""
    (tmp_path / ".git").mkdir()
    nodes = [
        node("Conv", "image w5", "a", name="/branch/conv1/Conv", strides=[2, 2], pads=[2, 2, 2, 2]),
        node("Conv", "image w3", "b", name="/branch/conv2/Conv", strides=[2, 2], pads=[0, 0, 2, 2]),
        node("Add", "a b", "out", name="/Add"),
    ]
    (tmp_path / "net.onnx").write_bytes(network(nodes, [weight("w5", 8, 3, 5, 5), weight("w3", 8, 3, 3, 3)]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@needs_onnx
def test_import_writes_a_spec(here: Path) -> None:
    done = rflint("import", "net.onnx", "-o", "net.yaml")
    assert (done.code, done.out) == (0, "")
    assert done.err == "rflint: net.onnx: 3 operators read: 3 layers, 0 folded, 0 unknown\n"
    data = yaml.safe_load((here / "net.yaml").read_text())
    assert data["source"]["model"] == "net.onnx"
    assert [each["name"] for each in data["layers"]] == ["branch/conv1", "branch/conv2", "out"]
    assert rflint("import", "net.onnx").out == (here / "net.yaml").read_text()
    assert "RF102" in rflint("check", "net.yaml").out


@needs_onnx
def test_import_overwrites_nothing_unless_it_is_told_to(here: Path) -> None:
    mine = here / "specs" / "net.yaml"
    assert rflint("import", "net.onnx", "-o", "specs/net.yaml").code == 0
    mine.write_text("mine", encoding="utf-8")
    assert rflint("import", "net.onnx", "-o", "specs/net.yaml") == (
        2,
        "",
        "rflint: `specs/net.yaml` exists already (--update renews it, --force overwrites it)\n",
    )
    assert mine.read_text(encoding="utf-8") == "mine"
    assert rflint("import", "net.onnx", "-o", "specs/net.yaml", "--force").code == 0
    assert mine.read_text(encoding="utf-8").startswith("# Imported from net.onnx")


@needs_onnx
def test_source_is_relative_to_the_spec(here: Path) -> None:
    (here / "specs").mkdir()
    rflint("import", "net.onnx", "-o", "specs/net.yaml", "--size", "96x64", "--name", "detector")
    data = yaml.safe_load((here / "specs" / "net.yaml").read_text())
    assert data["name"] == "detector"
    assert {key: data["source"][key] for key in ("model", "size", "options")} == {
        "model": "../net.onnx",
        "size": [96, 64],
        "options": {"name": "detector"},
    }
    assert rflint("check", "--select", "RF0", "specs/net.yaml").code == 0


@needs_onnx
def test_findings_name_layers(here: Path) -> None:
    done = rflint("check", "net.onnx", "--format", "json", "--layers")
    assert done.code == 1
    (spec,) = json.loads(done.out)["specs"]
    shift = next(each for each in spec["findings"] if each["code"] == "RF102")
    assert (shift["layer"], shift["line"], shift["column"], shift["fix"], shift["related"]) == ("out", None, None, None, [])
    assert {each["line"] for each in spec["layers"]} == {None}
    assert "net.onnx: out: " in rflint("check", "net.onnx", "--format", "concise").out
    assert " --> net.onnx: out\n" in rflint("check", "net.onnx").out


@needs_onnx
@pytest.mark.parametrize("form", ["github", "gitlab", "junit", "rdjson", "sarif", "markdown"])
def test_every_format_has_a_place_for_it(here: Path, form: str) -> None:
    done = rflint("check", "net.onnx", "--format", form)
    assert done.code == 1
    assert "RF102" in done.out
    assert "line=0" not in done.out
    assert '": 0' not in done.out.replace('"ruleIndex": 0', "").replace('"defaultIndex": 0', "")


@needs_onnx
def test_every_command_reads_models(here: Path) -> None:
    assert "branch/conv1" in rflint("report", "net.onnx").out
    assert rflint("locate", "net.onnx", "branch/conv2").out.startswith("net: branch/conv2 (32×32) looking at image (64×64")
    assert rflint("sizes", "net.onnx").out
    assert rflint("tiles", "net.onnx").err.startswith("rflint: net.onnx: 3 operators read")
    assert json.loads(rflint("report", "net.onnx", "--size", "128", "--format", "json").out)["specs"][0]["inputs"]["image"]["size"] == [
        128,
        128,
    ]


@needs_onnx
@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_models_are_not_edited(here: Path, option: str) -> None:
    before = (here / "net.onnx").read_bytes()
    done = rflint("check", option, "net.onnx")
    assert done.code == 2
    assert "is a model, which --fix and --diff cannot edit" in done.err
    assert (here / "net.onnx").read_bytes() == before


@needs_onnx
def test_damaged_models_are_findings(here: Path) -> None:
    (here / "broken.onnx").write_bytes((here / "net.onnx").read_bytes()[:-9])
    done = rflint("check", "broken.onnx", "net.onnx", "--format", "concise")
    assert done.code == 1
    assert "broken.onnx: RF001 error: `broken.onnx` is cut off" in done.out
    assert "net.onnx: out: RF102" in done.out
    assert rflint("import", "broken.onnx").code == 1
    assert rflint("locate", "broken.onnx", "a").code == 2


def test_without_the_package_the_command_that_installs_it_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    for name in [each for each in sys.modules if each.startswith("rflint.importing.onnx")]:
        monkeypatch.delitem(sys.modules, name)
    for command in (("import",), ("check",), ("sizes",)):
        done = rflint(*command, "net.onnx")
        assert (done.code, done.out) == (2, "")
        assert done.err == "rflint: ONNX models need `onnx`: pip install 'rflint[onnx]'\n"


def test_names_are_those_of_files(here: Path) -> None:
    text = "[net]\nheight=64\nwidth=64\nchannels=3\n[convolutional]\nfilters=8\nsize=3\npad=1\n"
    for file in ("net.cfg", "net"):
        (here / file).write_text(text)
        assert yaml.safe_load(rflint("import", file).out)["name"] == "net"


def test_what_is_no_model(here: Path) -> None:
    (here / "clean.yaml").write_text("rflint: 1\nlayers: [{name: a, op: conv, kernel: 1}]\n")
    done = rflint("import", "clean.yaml")
    assert (done.code, done.err) == (2, "rflint: `clean.yaml` is no model of a format that is known\n")
    assert rflint("import", ".").code == 2
    assert rflint("import", "net.onnx", "-o", "net.onnx").code == 2
    assert rflint("import", "net.onnx", "--channels", "none").code == 2


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no names for descriptors here")
@pytest.mark.parametrize("command", ["check", "report"])
def test_what_can_be_read_once_is_no_model(here: Path, command: str) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        stream.write("rflint: 1\nlayers: [{name: a, op: conv, kernel: 1}]\n")
    assert rflint(command, f"/dev/fd/{reading}").code == 0
    done = rflint("import", f"/dev/fd/{reading}")
    os.close(reading)
    assert (done.code, "is no regular file" in done.err) == (2, True)


def test_models_are_not_searched_for(here: Path) -> None:
    """A folder is searched for specs; a model is judged when it is named."""
    assert rflint("check", ".").code == 2


# Living with the model


@needs_onnx
def test_check_and_update(here: Path) -> None:
    (here / "specs").mkdir()
    spec = here / "specs" / "net.yaml"
    rflint("import", "net.onnx", "-o", "specs/net.yaml")
    assert (rflint("import", "--check", "specs/net.yaml").code, rflint("import", "--check", "specs/net.yaml").out) == (0, "")
    assert rflint("check", "specs/net.yaml", "--select", "RF0").code == 0
    before = spec.read_text()
    model = (here / "net.onnx").read_bytes()
    (here / "net.onnx").write_bytes(model.replace(b"/branch/conv2/Conv", b"/branch/convX/Conv"))
    done = rflint("import", "--check", "specs/net.yaml")
    assert done.code == 1
    assert "-  - {name: branch/conv2," in done.out
    assert "+  - {name: branch/convX," in done.out
    assert spec.read_text() == before
    assert rflint("import", "--update", "specs/net.yaml").code == 0
    assert "branch/convX" in spec.read_text()
    assert rflint("import", "--check", "specs/net.yaml").code == 0


@needs_onnx
def test_what_people_wrote_is_not_discarded(here: Path) -> None:
    rflint("import", "net.onnx", "-o", "net.yaml")
    changed = (here / "net.yaml").read_text().replace("kernel: 5", "kernel: 7")
    (here / "net.yaml").write_text(changed)
    assert rflint("import", "--check", "net.yaml").code == 1
    done = rflint("import", "--update", "net.yaml")
    assert (done.code, (here / "net.yaml").read_text()) == (1, changed)
    assert "was changed since it was imported" in done.err
    assert rflint("import", "--update", "--force", "net.yaml").code == 0
    assert "kernel: 5" in (here / "net.yaml").read_text()


@needs_onnx
@pytest.mark.parametrize(("model", "why"), [(None, "does not exist"), (b"no model", "is no ONNX model: its bytes are no protocol buffer")])
@pytest.mark.parametrize("option", ["--check", "--update"])
def test_one_model_that_cannot_be_read_leaves_the_others(here: Path, option: str, model: bytes | None, why: str) -> None:
    rflint("import", "net.onnx", "-o", "net.yaml")
    (here / "lost.yaml").write_text((here / "net.yaml").read_text().replace("net.onnx}", "lost.onnx}").replace("net.onnx,", "lost.onnx,"))
    if model is not None:
        (here / "lost.onnx").write_bytes(model)
    told = f"rflint: lost.yaml: its source `lost.onnx` {why}\n"
    done = rflint("import", option, "lost.yaml", "net.yaml")
    assert (done.code, done.out, done.err) == (1, "", f"{told}rflint: 1 spec of 2 as imported\n")
    assert rflint("import", option, "lost.yaml").err == f"{told}rflint: 0 specs of 1 as imported\n"


@needs_onnx
def test_options_are_part_of_the_source(here: Path) -> None:
    options = ("--size", "96x64", "--flat", "--name", "detector", "--outputs", "a", "--keep", "pointwise")
    rflint("import", "net.onnx", "-o", "net.yaml", *options)
    assert rflint("import", "--check", "net.yaml").code == 0


@pytest.mark.parametrize("model", ["../outside.onnx", "/etc/passwd", "specs/../../outside.onnx"])
def test_sources_stay_in_the_repository(here: Path, model: str) -> None:
    (here / "net.yaml").write_text(f"rflint: 1\nsource: {{model: {model}}}\nlayers: [{{name: a, op: conv, kernel: 1}}]\n")
    assert rflint("import", "--check", "net.yaml").code == 2


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        *((f"size: {size}", "size") for size in ("abc", "[a, b]", "true", "1.5", "-4", "[]")),
        *((f"options: {options}", "options") for options in ("[1]", "{chanels: 3}", "{channels: three}", "{channels: true}", "{name: 5}")),
        *((f"options: {options}", "options") for options in ("{outputs: a}", "{outputs: [1]}", "{sizes: {image: [x]}}", "{scale: [n]}")),
    ],
)
def test_sources_that_ask_for_nothing_that_there_is(here: Path, asked: str, word: str) -> None:
    (here / "net.cfg").write_text("[net]\nheight=64\nwidth=64\nchannels=3\n[convolutional]\nfilters=8\nsize=3\npad=1\n")
    (here / "net.yaml").write_text(f"rflint: 1\nsource: {{model: net.cfg, {asked}}}\nlayers: [{{name: a, op: conv, kernel: 1}}]\n")
    done = rflint("import", "--check", "net.yaml")
    assert (done.code, done.out) == (2, "")
    assert f"net.yaml: the `{word}` of its source" in done.err


def test_specs_without_a_source(here: Path) -> None:
    (here / "net.yaml").write_text("rflint: 1\nlayers: [{name: a, op: conv, kernel: 1}]\n")
    assert rflint("import", "--check", "net.yaml").code == 2
    assert rflint("import", "--check", "--allow-empty", "net.yaml").code == 0
    assert rflint("import", "--check", "--flat", "net.yaml").code == 2
    assert rflint("import", "--force", "net.yaml").code == 2


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        (("--size", "7"), 0, ""),
        (("--size", "7x7x7"), 2, "rflint: --size: 3 sizes for 2 axes (y, x)\n"),
        (("--size", "other=7"), 2, "rflint: --size: no input is named `other` (inputs: image)\n"),
        (("--outputs", "2"), 1, "rflint: `net.cfg` is read without --outputs: that is nothing for models of darknet\n"),
        (("--submodule", "head"), 1, "rflint: `net.cfg` is read without --submodule: that is nothing for models of darknet\n"),
        (("--scale", "n"), 1, "rflint: `net.cfg` is read without --scale: that is nothing for models of darknet\n"),
    ],
)
def test_what_a_model_does_not_know_is_not_passed_over(here: Path, options: tuple[str, ...], code: int, why: str) -> None:
    (here / "net.cfg").write_text("[net]\nheight=64\nwidth=64\nchannels=3\n[convolutional]\nfilters=8\nsize=3\npad=1\n")
    done = rflint("import", "net.cfg", "-o", "net.yaml", *options)
    assert (done.code, (here / "net.yaml").exists()) == (code, not why)
    assert done.err == (why or "rflint: net.cfg: 1 operator read: 1 layer, 0 folded, 0 unknown\n")


def test_sizes_of_a_model_in_the_place_of_a_spec(here: Path) -> None:
    (here / "net.cfg").write_text("[net]\nheight=64\nwidth=64\nchannels=3\n[convolutional]\nfilters=8\nsize=3\npad=1\n")
    assert rflint("check", "net.cfg", "--size", "7x7x7")[::2] == (2, "rflint: net.cfg: --size: 3 sizes for 2 axes (y, x)\n")
    assert rflint("report", "net.cfg", "--size", "other=7").code == 2


MODELS = {
    "net.json": json.dumps(
        {
            "class_name": "Sequential",
            "config": [
                {"class_name": "InputLayer", "config": {"batch_shape": [None, 32, 32, 3]}},
                {"class_name": "Conv2D", "config": {"name": "stem", "filters": 8, "kernel_size": 4, "padding": "same"}},
            ],
        }
    ),
    "net.cfg": "[net]\nheight=32\nwidth=32\nchannels=3\n[convolutional]\nfilters=8\nsize=4\npad=1\nactivation=linear\n",
    "yolo.yaml": "backbone:\n  - [-1, 1, Conv, [8, 4, 1]]\nhead: []\n",
    "plans.json": json.dumps(
        {
            "plans_name": "plans",
            "configurations": {
                "2d": {
                    "patch_size": [32, 32],
                    "UNet_class_name": "PlainConvUNet",
                    "UNet_base_num_features": 8,
                    "unet_max_num_features": 16,
                    "conv_kernel_sizes": [[4, 4], [3, 3]],
                    "pool_op_kernel_sizes": [[1, 1], [2, 2]],
                    "n_conv_per_stage_encoder": [1, 1],
                    "n_conv_per_stage_decoder": [1],
                }
            },
        }
    ),
}


@pytest.mark.parametrize("name", list(MODELS))
def test_formats_that_need_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / name).write_text(MODELS[name])
    monkeypatch.chdir(tmp_path)
    first = next(csv.DictReader(rflint("report", name, "--format", "csv").out.splitlines()))
    assert (first["op"], first["receptive_field"], first["channels"]) == ("conv", "4", "8")
    done = rflint("import", name, "-o", "spec.yaml")
    assert (done.code, " 0 unknown\n" in done.err) == (0, True)
    assert rflint("import", "--check", "spec.yaml").code == 0
    # A search for specs passes such files over.
    assert f"{name}:" not in rflint("check", ".", "--format", "concise").out
    (tmp_path / name).write_text(MODELS[name][:-30])
    assert "Traceback" not in rflint("check", name).err
