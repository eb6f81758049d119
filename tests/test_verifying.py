"""A spec against a running model: the comparison with models that other specs play, and with real modules where torch is there."""

from __future__ import annotations

import json
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from command_line import rflint

from rflint.pipeline import load
from rflint.project.files import SpecFile
from rflint.project.models import code_of
from rflint.questions.positions import clipped_supports
from rflint.resources import schema_text
from rflint.verdict import Options
from rflint.verifying import MeasuringFailure, Seen, findings, verify
from rflint.verifying.prediction import at_sizes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rflint.model import Graph
    from rflint.verifying import Run

needs_torch = pytest.mark.skipif(not find_spec("torch") or not find_spec("onnx"), reason="running modules needs the extra `torch`")

NET = """\
rflint: 1
name: net
inputs: {image: {size: [64, 64], channels: 3}}
layers:
  - {name: stem, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: body/a, op: conv, kernel: 3, padding: 1}
  - {name: body/b, op: conv, kernel: 3, padding: 1}
  - {name: body/add, op: add, from: [body/b, stem]}
  - {name: pool, op: max_pool, kernel: 2}
  - {name: up, op: resize, scale: 2, mode: nearest}
  - {name: cat, op: concat, from: [up, body/add]}
  - {name: head, op: conv, kernel: 1}
  - {name: whole, op: global_avg_pool}
"""


def graph_of(text: str) -> Graph:
    graph = load(text.encode(), "net.yaml", Options()).graph
    assert graph is not None
    return graph


class Played:
    """A model that is what another spec says."""

    def __init__(self, text: str, *, fixed: tuple[int, int] | None = None, without: tuple[str, ...] = ()) -> None:
        self.graph, self.fixed, self.without = graph_of(text), fixed, without
        self.runs: list[tuple[int, ...]] = []

    def measure(self, run: Run) -> Mapping[str, Seen | str]:
        sizes = run.sizes[run.input]
        self.runs.append(sizes)
        if self.fixed not in (None, sizes):
            raise MeasuringFailure(f"does not run at {sizes}")
        analysis = at_sizes(self.graph, run.sizes)
        part = analysis.axes[run.axis]
        fields = part.cases[0].traces[run.input].fields
        count, source = len(self.graph.inputs), [each.name for each in self.graph.inputs].index(run.input)
        nodes = [node for node in range(count, len(fields)) if (field := fields[node]) is not None and field.why != "global"]
        found: dict[str, Seen | str] = {}
        for node, regions in clipped_supports(part.program, part.cases[0].sizings[0], source, nodes).items():
            size = tuple(axis.size(node) or 0 for axis in analysis.axes)
            bits = tuple(
                sum(1 << at for at, seen in enumerate(regions) if seen >> first & (1 << last - first + 1) - 1) for first, last in run.lit
            )
            found[self.graph.node_name(node)] = Seen(size, bits)
        for node, field in enumerate(fields[count:] if not run.held else [], count):
            if field is not None and field.is_global:
                size = tuple(axis.size(node) or 0 for axis in analysis.axes)
                found[self.graph.node_name(node)] = Seen(size, ((1 << size[run.axis]) - 1,) * len(run.lit))
        return {name: seen for name, seen in found.items() if name not in self.without}


def told(spec: str, model: Played) -> list[tuple[str, str | None, object, object]]:
    graph = graph_of(spec)
    return [(each.code, each.layer, each.data.get("spec"), each.data.get("model")) for each in findings(graph, verify(graph, model))]


def test_a_model_agrees_with_its_spec() -> None:
    found = verify(graph_of(NET), Played(NET))
    assert found.measured == ("stem", "body/a", "body/b", "body/add", "pool", "up", "cat", "head", "whole")
    assert (found.differences, found.unmeasured) == ((), {})
    # Along y and along x: a short input and one long enough for the largest receptive field to be seen whole.
    assert found.sizes == ((64, 32), (32, 64))


@pytest.mark.parametrize(
    ("right", "wrong", "layer", "behind"),
    [
        ("name: body/b, op: conv, kernel: 3, padding: 1", "name: body/b, op: conv, kernel: 3, padding: 2, dilation: 2", "body/b", 5),
        ("name: body/a, op: conv, kernel: 3, padding: 1", "name: body/a, op: conv, kernel: 5, padding: 2", "body/a", 6),
        ("name: pool, op: max_pool, kernel: 2", "name: pool, op: max_pool, kernel: 3, stride: 2, padding: 1", "pool", 3),
        ("from: [body/b, stem]", "from: [body/a, stem]", "body/add", 4),
    ],
)
def test_what_is_wrong_in_the_spec_is_found_where_it_is(right: str, wrong: str, layer: str, behind: int) -> None:
    """Dilation, kernels, and a branch that a merge does not read; what comes behind is counted."""
    spec = NET.replace(right, wrong)
    found = [each for each in told(spec, Played(NET)) if each[0] == "RF701"]
    assert [each[1] for each in found] == [layer]
    assert found[0][2] != found[0][3]
    graph = graph_of(spec)
    (finding,) = [each for each in findings(graph, verify(graph, Played(NET))) if each.code == "RF701"]
    behind_it = finding.data["behind"]
    assert isinstance(behind_it, list)
    assert len(behind_it) == behind


def test_regions_of_many_layers_are_measured_in_few_runs() -> None:
    """What one run tells is told of all layers, and not asked again."""
    behind = "".join(f"  - {{name: l{number}, op: conv, kernel: 3, padding: 1}}\n" for number in range(8))
    spec = f"rflint: 1\ninputs: {{image: {{size: 64}}}}\nlayers:\n  - {{name: stem, op: conv, kernel: 3, padding: 1}}\n{behind}"
    model = Played(spec)
    found = verify(graph_of(spec.replace("kernel: 3, padding: 1", "kernel: 3, padding: 2, dilation: 2", 1)), model)
    assert len(found.differing) == 9
    assert found.differences[0].model is not None
    assert len(model.runs) < 25


def test_a_wrong_number_of_features() -> None:
    graph = graph_of(NET.replace("name: body/b, op: conv, kernel: 3, padding: 1", "name: body/b, op: conv, kernel: 3"))
    found = verify(graph, Played(NET))
    first = found.differences[0]
    assert (first.layer, first.features, first.feature) == ("body/b", (30, 32), None)


def test_a_model_of_fixed_size_is_measured_at_that() -> None:
    model = Played(NET, fixed=(64, 64))
    found = verify(graph_of(NET), model)
    assert found.sizes == ((64, 64),)
    assert len(found.measured) == 9
    assert found.clipped
    assert found.notes == ("it was measured at the declared size: regions are compared as the borders clip them",)
    other = NET.replace("name: pool, op: max_pool, kernel: 2", "name: pool, op: max_pool, kernel: 4, stride: 2, padding: 1")
    assert told(other, model)[0][1] == "pool"


def test_a_model_that_does_not_run() -> None:
    found = verify(graph_of(NET), Played(NET, fixed=(1, 1)))
    assert found.measured == ()
    assert "the model does not run at (64, 64)" in found.notes
    (finding,) = findings(graph_of(NET), found)
    assert (finding.code, finding.severity) == ("RF702", "warning")
    assert set(found.unmeasured.values()) == {"was not reached, as the model did not run"}


def test_a_spec_that_suits_no_size() -> None:
    """Branches of two strides meet: there is no size to run at, and the model is not to blame."""
    spec = """\
rflint: 1
layers:
  - {name: a, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: b, op: conv, kernel: 7, padding: 1, from: input}
  - {name: s, op: add, from: [a, b]}
"""
    found = verify(graph_of(spec), model := Played(spec))
    assert (found.sizes, model.runs) == ((), [])
    assert set(found.unmeasured.values()) == {"is in a network that suits no size that was tried"}


def test_what_is_not_found_is_told_once_with_the_reasons() -> None:
    graph = graph_of(NET)
    (finding,) = findings(graph, verify(graph, Played(NET, without=("pool", "cat"))))
    assert finding.message == ("2 layers of 9 were not compared with the model: `pool` and `cat` are not found in the model")


def test_time_and_layers() -> None:
    graph, model = graph_of(NET), Played(NET)
    found = verify(graph, model, {"pool", "whole"}, lambda done, _: done < 1)
    assert (found.layers, len(model.runs)) == (("pool", "whole"), 1)
    assert found.unmeasured == dict.fromkeys(("pool", "whole"), "was not reached within the time limit")
    (note,) = found.notes
    assert note.startswith("the time limit ended it at ")
    assert verify(graph, model, {"pool"}, lambda *_: False).unmeasured == {"pool": "was not reached within the time limit"}


def test_what_differs_within_the_time_limit_is_told() -> None:
    """The limit ends the measuring of a region, too: that it is another one is known by then."""
    graph = graph_of(NET.replace("name: body/a, op: conv, kernel: 3, padding: 1", "name: body/a, op: conv, kernel: 5, padding: 2"))
    found = verify(graph, Played(NET), None, lambda done, _: done < 1)
    first = found.differences[0]
    assert (first.layer, first.settled, first.model) == ("body/a", False, None)
    told = next(iter(findings(graph, found)))
    assert "the time limit ended it before it was known which" in told.message


def test_holes_are_compared_sample_by_sample() -> None:
    """Two dilations in a row see every second sample only, of the same hull as kernels of twice the size."""
    holes = """\
rflint: 1
name: net
inputs: {image: {size: 64}}
layers:
  - {name: a, op: conv, kernel: 3, dilation: 2}
  - {name: b, op: conv, kernel: 3, dilation: 2}
"""
    dense = graph_of(holes.replace("kernel: 3, dilation: 2", "kernel: 5"))
    assert verify(dense, Played(holes)).differences == ()
    found = verify(dense, Played(holes), exact=True)
    assert {(each.layer, each.axis, each.spec == each.model, each.sample is None) for each in found.differences} == {
        (layer, axis, True, False) for layer in ("a", "b") for axis in ("y", "x")
    }
    assert next(iter(findings(dense, found))).message.startswith("`a` has other holes in its region in the model than in the spec")
    assert verify(graph_of(holes), Played(holes), exact=True).differences == ()


@pytest.mark.parametrize(("spec", "model"), [(True, False), (False, True)])
def test_a_global_branch_that_only_one_of_them_has(*, spec: bool, model: bool) -> None:
    """Local paths agree: the gate is held while they are measured, and looked at in a run of its own."""
    gate = "  - {name: gate, op: squeeze_excite, from: body/add}\n  - {name: pool, op: max_pool, kernel: 2}\n"
    gated = NET.replace("  - {name: pool, op: max_pool, kernel: 2}\n", gate)
    plain = gated.replace("op: squeeze_excite", "op: relu")
    found = [each for each in told(gated if spec else plain, Played(gated if model else plain)) if each[0] == "RF701"]
    assert [each[1] for each in found] == ["gate"]
    graph = graph_of(gated if spec else plain)
    difference = verify(graph, Played(gated if model else plain)).differences[0]
    assert (difference.layer, difference.whole) == ("gate", (spec, model))


def test_inputs_that_a_layer_has_nothing_to_do_with() -> None:
    spec = """\
rflint: 1
name: net
inputs: {left: {size: 32}, right: {size: 32}}
layers:
  - {name: a, op: conv, kernel: 3, padding: 1, from: left}
  - {name: b, op: conv, kernel: 5, padding: 2, from: right}
  - {name: both, op: add, from: [a, b]}
"""
    found = verify(graph_of(spec), Played(spec))
    assert (found.measured, found.differences) == (("a", "b", "both"), ())
    crossed = verify(graph_of(spec.replace("from: right", "from: left")), Played(spec))
    assert {each.layer for each in crossed.differences} == {"b", "both"}


def test_a_file_is_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hooks and shells hand over the names of files, whatever they are called: only what is no file can be code."""
    monkeypatch.chdir(tmp_path)
    name = "torch:os:getcwd"
    assert code_of(SpecFile(name, name, named=True)) is not None
    assert code_of(SpecFile(name, name, named=False)) is None
    (tmp_path / name).write_text("")
    assert code_of(SpecFile(name, name, named=True)) is None


MODULE = """\
import torch
from torch import nn

class Body(nn.Module):
    def __init__(self, dilation):
        super().__init__()
        self.a = nn.Conv2d(8, 8, 3, padding=1)
        self.b = nn.Conv2d(8, 8, 3, padding=dilation, dilation=dilation)
    def forward(self, x):
        return torch.relu(self.b(torch.relu(self.a(x)))) + x

class Net(nn.Module):
    def __init__(self, dilation=1, padding=1, crop=0, skip=True, zero=False, gate=False):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=padding)
        self.norm = nn.BatchNorm2d(8)
        self.body = Body(dilation)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2)
        self.head = nn.Conv2d(16, 4, 1)
        self.crop, self.skip, self.gate = crop, skip, gate
        if zero:
            nn.init.zeros_(self.body.b.weight)
    def forward(self, x):
        stem = torch.relu_(self.norm(self.stem(x)))
        body = self.body(stem)
        up = self.up(self.pool(body if self.skip else stem))
        up = torch.roll(up, (self.crop, self.crop), (2, 3)) if self.crop else up
        gate = torch.sigmoid(body.mean((2, 3), keepdim=True)) if self.gate else 1.0
        return self.head(torch.cat([up, body * gate], 1))
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "own_nets.py").write_text(MODULE)
    (tmp_path / "net.yaml").write_text(NET)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "own_nets", raising=False)
    return tmp_path


@needs_torch
def test_verify_runs_a_module(here: Path) -> None:
    done = rflint("verify", "net.yaml", "torch:own_nets:Net", "--format", "json")
    assert (done.code, done.err) == (0, "")
    answer = json.loads(done.out)
    jsonschema.validate(answer, json.loads(schema_text("verify")))
    assert [each["name"] for each in answer["layers"] if each["verdict"] != "agrees"] == ["whole"]
    assert [each["why"] for each in answer["layers"] if each["why"]] == ["is not found in the model"]
    text = rflint("verify", "net.yaml", "torch:own_nets:Net(zero=True)").out
    assert text.startswith("net against torch:own_nets:Net(zero=True)\n")
    assert "     9         8      8       0             1\n" in text


@needs_torch
@pytest.mark.parametrize(
    ("arguments", "layer"),
    [("dilation=2", "body/b"), ("padding=3", "stem"), ("crop=1", "cat"), ("skip=False", "pool"), ("2, 1", "body/b"), ("gate=True", "cat")],
)
def test_each_change_of_the_module_is_caught(here: Path, arguments: str, layer: str) -> None:
    done = rflint("verify", "net.yaml", f"torch:own_nets:Net({arguments})", "--format", "json")
    assert done.code == 1
    own = {each["layer"] for each in json.loads(done.out)["differences"] if not each["behind"]}
    assert own == {layer}


@needs_torch
def test_import_and_verify(here: Path) -> None:
    done = rflint("import", "torch:own_nets:Net(dilation=2)", "--size", "64x96", "-o", "own.yaml")
    assert (done.code, done.out) == (0, "")
    assert (here / "own.yaml").read_text().splitlines()[:3] == [
        "# Imported from torch:own_nets:Net(dilation=2) (PyTorch).",
        "rflint: 1",
        "name: Net",
    ]
    refused = rflint("verify", "own.yaml")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "rflint: own.yaml: its source `torch:own_nets:Net(dilation=2)` is code: --run-source runs it\n"
    assert rflint("check", "--select", "RF0", "own.yaml").code == 0
    done = rflint("verify", "own.yaml", "--run-source", "--format", "json")
    verdicts = {each["name"]: each["verdict"] for each in json.loads(done.out)["layers"]}
    assert done.code == 0
    assert {"stem", "body/a", "body/b", "body/add", "pool", "up", "head"} <= {name for name, found in verdicts.items() if found == "agrees"}
    assert rflint("import", "--check", "own.yaml", "--run-source").code == 0


@needs_torch
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("torch:own_nets", "is not written as package.module:factory, or package.module:factory(arguments)"),
        ("torch:own_nets:Net(open('x'))", "has arguments that are no literals: numbers, texts, lists, True, False and None are"),
        ("torch:own_nets:Gone", "cannot be built: AttributeError: module 'own_nets' has no attribute 'Gone'"),
        ("torch:os:getcwd", "gives a str, and no torch.nn.Module"),
        ("torch:sys:exit(3)", "cannot be built: SystemExit: 3"),
        ("torch:own_nets:Net", "does not say the size of its input: give one, --size 224"),
    ],
)
def test_modules_that_cannot_be_imported(here: Path, text: str, message: str) -> None:
    assert rflint("import", text) == (1, "", f"rflint: `{text}` {message}\n")


@needs_torch
def test_a_part_of_a_module(here: Path) -> None:
    done = rflint("import", "torch:own_nets:Net", "--submodule", "body", "--size", "32", "--name", "body")
    assert done.code == 0
    assert "channels: 8" in done.out
    assert rflint("import", "torch:own_nets:Net", "--submodule", "tail", "--size", "32").err.endswith(
        "has no part `tail` (parts: stem, norm, body, pool, up, head)\n"
    )


def test_wrong_usage(here: Path) -> None:
    assert rflint("verify", "net.yaml").err == (
        "rflint: `net.yaml` names no `source`: name the model to run: a file of ONNX or Keras, or torch:package.module:factory\n"
    )
    assert rflint("verify", "net.yaml", "net.yaml").err == (
        "rflint: `net.yaml` cannot be run: models of ONNX, Keras and PyTorch (torch:package.module:factory) can\n"
    )
    for limit in ("soon", "0", "1000001", "1000000000"):
        told = rflint("verify", "net.yaml", "torch:a:b", "--time-limit", limit)
        assert told.err == f"rflint: --time-limit: `{limit}` is not a number of seconds\n"
    assert rflint("verify", "net.yaml", "torch:a:b", "--layers", ",").err == "rflint: --layers: no layer is named\n"
    for glob in ("gone", "bod", "st?m", "[s]tem"):
        assert rflint("verify", "net.yaml", "torch:a:b", "--layers", f"stem,{glob}").err == (
            f"rflint: --layers: no layer is called `{glob}` (`rflint report` lists them)\n"
        )


@needs_torch
def test_layers_are_chosen_as_a_report_does(here: Path) -> None:
    for arguments in (["body"], ["body/*"], ["*/add", "st*m"], ["*"]):
        asked = [text for each in arguments for text in ("--only", each)]
        shown = json.loads(rflint("report", "net.yaml", "--format", "json", *asked).out)["specs"][0]["layers"]
        done = rflint("verify", "net.yaml", "torch:own_nets:Net", "--format", "json", "--layers", ",".join(arguments))
        assert [each["name"] for each in json.loads(done.out)["layers"]] == [each["name"] for each in shown]


@needs_torch
def test_from_torch(here: Path) -> None:
    import torch

    import rflint as api

    module = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2))
    spec = api.from_torch(module, (32, 48), name="tiny")
    assert spec.text.startswith("# Imported from tiny (PyTorch).\nrflint: 1\nname: tiny\n")
    network = spec.analyze()
    assert [(each.op, each.size) for each in network.layers] == [("conv", (28, 44)), ("max_pool", (14, 22))]
    with pytest.raises(api.ArgumentError, match="module: `Sequential` does not say the size of its input"):
        api.from_torch(module)
    for first in (torch.nn.Conv2d(4, 8, 3, groups=4), torch.nn.ConvTranspose2d(4, 8, 2, 2), torch.nn.Conv1d(4, 8, 3)):
        module = torch.nn.Sequential(first)
        module.register_parameter("token", torch.nn.Parameter(torch.zeros(1, 1, 8)))
        assert "channels: 4}}" in api.from_torch(module, 16).text


@needs_torch
@pytest.mark.parametrize("name", ["espcn", "patchgan_34", "tcn", "resnet-18"])
def test_what_is_exported_to_torch_agrees(here: Path, name: str) -> None:
    """A sample of the zoo, as the module that `rflint export` writes."""
    spec = Path(__file__).parent.parent / "specs" / f"{name}.yaml"
    module = f"exported_{name.replace('-', '_')}"
    assert rflint("export", str(spec), "-o", f"{module}.py").code == 0
    network = re.findall(r"^class (\w+)\(", (here / f"{module}.py").read_text(), re.MULTILINE)[-1]
    done = rflint("verify", str(spec), f"torch:{module}:{network}", "--format", "json")
    assert {each["verdict"] for each in json.loads(done.out)["layers"]} == {"agrees"}


@needs_torch
@pytest.mark.skipif(not find_spec("torchvision"), reason="the attention is that of torchvision")
def test_shifted_windows_of_attention(here: Path) -> None:
    """The mask that rules pairs out is followed: what a window is rolled over the border does not see the other side."""
    (here / "shifted.py").write_text(SHIFTED)
    spec = """\
rflint: 1
name: net
inputs: {image: {size: [32, 32], channels: 3}}
layers:
  - {name: stem, op: conv, kernel: 1, channels: 8}
  - {name: attn, op: attention, window: 8, shift: 4}
  - {name: out, op: conv, kernel: 1, channels: 8}
"""
    (here / "net.yaml").write_text(spec)
    done = rflint("verify", "net.yaml", "torch:shifted:Net", "--format", "json")
    assert [each["verdict"] for each in json.loads(done.out)["layers"]] == ["agrees"] * 3
    (here / "net.yaml").write_text(spec.replace("shift: 4", "shift: 0"))
    wrong = json.loads(rflint("verify", "net.yaml", "torch:shifted:Net", "--format", "json").out)
    assert {each["layer"] for each in wrong["differences"] if not each["behind"]} == {"attn"}


SHIFTED = """\
import torch
from torch import nn
from torchvision.models.swin_transformer import ShiftedWindowAttention

class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = ShiftedWindowAttention(8, [8, 8], [4, 4], 2)
    def forward(self, x):
        return self.inner(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.attn, self.out = nn.Conv2d(3, 8, 1), Attention(), nn.Conv2d(8, 8, 1)
    def forward(self, x):
        return self.out(self.attn(self.stem(x)))
"""
