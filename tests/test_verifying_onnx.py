"""A spec against an ONNX model, which onnxruntime runs: the rewritten graph, negative controls, and what `rflint export` writes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import rflint
from onnx_models import decimals, graph, integers, model, network, node, number, place, text, weight

from rflint.exporting import TARGETS, settle, write
from rflint.importing import Wishes
from rflint.model import Graph
from rflint.pipeline import load
from rflint.project import models
from rflint.project.files import SpecFile
from rflint.verdict import Options
from rflint.verifying import Verification, verify

pytest.importorskip("onnx", reason="reading ONNX needs the extra `onnx`")
numpy = pytest.importorskip("numpy")
pytest.importorskip("onnxruntime", reason="running ONNX needs the extra `verify-onnx`")

ZOO = Path(__file__).parent.parent / "specs"

#: A residual network with a gate, without the numbers of its weights.
NODES = (
    node("Conv", "image w0", "stem", name="/stem/Conv", strides=[2, 2], pads=[1, 1, 1, 1]),
    node("Relu", "stem", "r0", name="/relu/Relu"),
    node("Conv", "r0 w1", "a", name="/body/a/Conv", pads=[1, 1, 1, 1]),
    node("Conv", "a w2", "b", name="/body/b/Conv", pads=[2, 2, 2, 2], dilations=[2, 2]),
    node("Add", "b r0", "sum", name="/body/Add"),
    node("GlobalAveragePool", "sum", "p", name="/gate/pool/GlobalAveragePool"),
    node("Conv", "p w3", "s", name="/gate/fc/Conv"),
    node("Sigmoid", "s", "g", name="/gate/Sigmoid"),
    node("Mul", "sum g", "gated", name="/gate/Mul"),
    node("MaxPool", "gated", "m", name="/pool/MaxPool", kernel_shape=[2, 2], strides=[2, 2]),
    node("Resize", "m _ scales", "u", name="/up/Resize", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
    node("Concat", "u gated", "c", name="/Concat", axis=1),
    node("Conv", "c w4", "out", name="/head/Conv"),
)
TENSORS = (
    weight("w0", 8, 3, 3, 3),
    weight("w1", 8, 8, 3, 3),
    weight("w2", 8, 8, 3, 3),
    weight("w3", 8, 8, 1, 1),
    weight("w4", 4, 16, 1, 1),
)


def file_of(folder: Path, nodes: Any = NODES, tensors: Any = TENSORS, **how: Any) -> Path:
    path = folder / "net.onnx"
    path.write_bytes(network(nodes, (*tensors, decimals("scales", (1.0, 1.0, 2.0, 2.0))), **how))
    return path


def spec_of(path: Path) -> str:
    return models.convert_named(SpecFile(str(path), str(path), named=True), Wishes()).text


def graph_of(text: str) -> Graph:
    found = load(text.encode(), "net.yaml", Options()).graph
    assert found is not None
    return found


def verified(text: str, path: Path, **how: Any) -> Verification:
    graph_ = graph_of(text)
    return verify(graph_, models.measurer(SpecFile(str(path), str(path), named=True), graph_, Wishes()), **how)


def own(found: Verification) -> set[str]:
    return {each.layer for each in found.differences if each.layer not in found.explained}


def test_a_model_agrees_with_its_import(tmp_path: Path) -> None:
    path = file_of(tmp_path)
    found = verified(spec_of(path), path)
    assert (found.differences, dict(found.unmeasured), found.notes) == ((), {}, ())
    assert found.measured == found.layers
    assert len(found.layers) == 11
    assert not found.clipped
    assert verified(spec_of(path), path, exact=True).differences == ()


@pytest.mark.parametrize(
    ("right", "wrong", "layer"),
    [
        ("kernel: 3, stride: 2, padding: 1", "kernel: 3, stride: 2, padding: [[0, 1], [0, 1]]", "stem"),
        ("dilation: 2, padding: 2", "padding: 1", "body/b"),
        ("kernel: 3, padding: 1", "kernel: 5, padding: 2", "body/a"),
        ("from: [body/b, stem]", "from: [body/a, stem]", "body/add"),
        ("op: resize, scale: 2", "op: resize, scale: 2, mode: linear", "up"),
        ("op: mul, broadcast: true, from: [gate/fc, body/add]", "op: relu, from: body/add", "gate/mul"),
    ],
)
def test_what_is_wrong_in_the_spec_is_caught(tmp_path: Path, right: str, wrong: str, layer: str) -> None:
    """Padding, dilation, kernel, a branch that a merge does not read, how a map is resized, a global branch."""
    path = file_of(tmp_path)
    flat = models.convert_named(SpecFile(str(path), str(path), named=True), Wishes(flat=True)).text
    assert right in flat
    spec = flat.replace(right, wrong, 1)
    assert own(verified(spec, path)) == {layer}


def test_a_crop_on_the_other_side_is_caught(tmp_path: Path) -> None:
    nodes = (
        node("Conv", "image w0", "a", name="/a/Conv", pads=[1, 1, 1, 1]),
        node("Slice", "a starts ends axes", "b", name="/crop/Slice"),
        node("Conv", "b w1", "out", name="/out/Conv"),
    )
    tensors = (
        weight("w0", 8, 3, 3, 3),
        weight("w1", 8, 8, 3, 3),
        integers("starts", [1, 1]),
        integers("ends", [-2, -2]),
        integers("axes", [2, 3]),
    )
    path = file_of(tmp_path, nodes, tensors)
    spec = spec_of(path)
    assert verified(spec, path).differences == ()
    assert "start: 1, stop: -2" in spec
    assert own(verified(spec.replace("start: 1, stop: -2", "start: 2, stop: -1"), path)) == {"crop"}


def test_taps_count_that_are_not_zero(tmp_path: Path) -> None:
    """A masked convolution reads what its weights let it: the numbers of the file tell, where it has them."""
    kernel = numpy.ones((4, 3, 3, 3), numpy.float32)
    kernel[:, :, :, 2] = 0.0
    data = weight("w0", *kernel.shape) + text(9, kernel.tobytes())
    path = file_of(tmp_path, (node("Conv", "image w0", "out", name="/out/Conv", pads=[1, 1, 1, 1]),), (data,))
    found = verified(spec_of(path), path)
    assert {(each.axis, each.spec, each.model) for each in found.differences} == {("x", (0, 1), (0, 0))}


def test_a_model_of_fixed_size_is_measured_at_that(tmp_path: Path) -> None:
    nodes = (
        node("Conv", "image w0", "a", name="/a/Conv", pads=[1, 1, 1, 1]),
        node("Reshape", "a shape", "b", name="/b/Reshape"),
        node("Conv", "b w1", "out", name="/out/Conv", pads=[1, 1, 1, 1]),
    )
    tensors = (weight("w0", 8, 3, 3, 3), weight("w1", 8, 8, 3, 3), integers("shape", [1, 8, 40, 40]))
    path = file_of(tmp_path, nodes, tensors, size=(40, 40))
    done = rflint("verify", str(path), "--format", "json")
    answer = json.loads(done.out)
    assert (done.code, answer["clipped"], answer["sizes"]) == (0, True, [[40, 40]])
    assert {each["verdict"] for each in answer["layers"]} == {"agrees"}
    assert own(verified(spec_of(path).replace("kernel: 3, padding: 1", "kernel: 5, padding: 2", 1), path)) == {"a"}


def test_windows_of_attention_are_not_taken_for_the_whole_map(tmp_path: Path) -> None:
    """Two windows only: a stretch that reaches into both lights all of both."""
    size, window, channels = 16, 8, 4
    nodes = (
        node("Conv", "image w0", "a", name="/a/Conv"),
        node("Reshape", "a split", "b", name="/attn/Reshape"),
        node("Transpose", "b", "t", name="/attn/Transpose", perm=[0, 2, 4, 3, 5, 1]),
        node("Reshape", "t windows", "q", name="/attn/Reshape_1"),
        node("Transpose", "q", "k", name="/attn/Transpose_1", perm=[0, 2, 1]),
        node("MatMul", "q k", "qk", name="/attn/MatMul"),
        node("Softmax", "qk", "p", name="/attn/Softmax", axis=-1),
        node("MatMul", "p q", "v", name="/attn/MatMul_1"),
        node("Reshape", "v split2", "r", name="/attn/Reshape_2"),
        node("Transpose", "r", "s", name="/attn/Transpose_2", perm=[0, 5, 1, 3, 2, 4]),
        node("Reshape", "s back", "m", name="/attn/Reshape_3"),
        node("Conv", "m w1", "out", name="/out/Conv", pads=[1, 1, 1, 1]),
    )
    tensors = (
        weight("w0", channels, 3, 1, 1),
        weight("w1", channels, channels, 3, 3),
        integers("split", [1, channels, 2, window, 2, window]),
        integers("windows", [4, window * window, channels]),
        integers("split2", [1, 2, 2, window, window, channels]),
        integers("back", [1, channels, size, size]),
    )
    path = file_of(tmp_path, nodes, tensors, size=(size, size))
    spec = spec_of(path)
    assert "op: attention, window: 8" in spec
    found = verified(spec, path)
    assert (found.differences, dict(found.unmeasured)) == ((), {})
    assert own(verified(spec.replace("window: 8", "window: 4"), path)) == {"attn"}


def test_what_is_not_followed_is_told(tmp_path: Path) -> None:
    nodes = (
        node("Conv", "image w0", "a", name="/a/Conv"),
        node("TopK", "a count", "b indices", name="/b/TopK"),
        node("Conv", "b w1", "out", name="/c/Conv", pads=[1, 1, 1, 1]),
    )
    path = file_of(tmp_path, nodes, (weight("w0", 8, 3, 3, 3), weight("w1", 8, 8, 3, 3), integers("count", [3])))
    done = rflint("verify", str(path))
    assert done.code == 0
    assert "operator TopK" in done.out
    # A spec that claims to know is not believed: what the operator makes of it is not.
    claimed = spec_of(path).replace("op: unknown, original: TopK", "op: relu")
    assert verified(claimed, path).unmeasured == {"b": "operator TopK", "out": "operator TopK"}


def test_two_inputs(tmp_path: Path) -> None:
    nodes = (
        node("Conv", "left w", "a", name="/a/Conv", pads=[1, 1, 1, 1]),
        node("Conv", "right w2", "b", name="/b/Conv", pads=[2, 2, 2, 2]),
        node("Add", "a b", "out", name="/Add"),
    )
    inputs = [place(name, 1, 3, 32, 32) for name in ("left", "right")]
    path = tmp_path / "two.onnx"
    path.write_bytes(model(graph(nodes, inputs, [place("out")], (weight("w", 8, 3, 3, 3), weight("w2", 8, 3, 5, 5)))))
    spec = spec_of(path)
    found = verified(spec, path)
    assert (found.differences, set(found.measured)) == ((), {"a", "b", "out"})
    assert own(verified(spec.replace("from: right", "from: left"), path)) == {"b"}


def test_without_onnxruntime_it_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file_of(tmp_path)
    for name in [each for each in sys.modules if each.startswith("rflint.verifying.onnx")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    done = rflint("verify", str(path))
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1] == "rflint: running ONNX models needs `onnxruntime`: pip install 'rflint[verify-onnx]'"


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = file_of(tmp_path)
    spec = tmp_path / "net.yaml"
    spec.write_text(spec_of(path))
    path.write_bytes(path.read_bytes()[:-3])
    done = rflint("verify", str(spec), str(path))
    assert (done.code, done.out) == (1, "")
    assert "cannot be prepared to be run" in done.err


@pytest.mark.parametrize("name", ["alexnet_v2", "espcn", "srcnn_955", "patchgan_34", "mobilenet_v1", "tcn"])
def test_what_is_exported_agrees(tmp_path: Path, name: str) -> None:
    """A sample of the zoo; `benchmarks/verify_models.py` does all of it."""
    spec = (ZOO / f"{name}.yaml").read_text()
    path = tmp_path / "net.onnx"
    path.write_bytes(write(TARGETS["onnx"], settle(graph_of(spec))))
    found = verified(spec, path)
    assert found.differences == ()
    assert len(found.measured) == len(found.layers)


def test_what_is_no_model_of_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "line.yaml").write_text("rflint: 1\naxes: [t]\ninputs: {image: {}}\nlayers: [{name: stem, op: conv, kernel: 3}]\n")
    file_of(tmp_path)
    assert "the model at 64 is over 2 axes, and the spec over 1" in (done := rflint("verify", "line.yaml", "net.onnx")).out
    assert done.code == 1
    assert rflint("verify", "line.yaml", "lost.onnx") == (2, "", "rflint: `lost.onnx` does not exist\n")


@pytest.mark.parametrize(
    "damaged",
    [
        node("Conv", "a cut", "out"),
        node("Conv", "a", "out"),
        node("Shape", "a _", "out"),
        node("Resize", "a _ scales", "out", mode="linear", coordinate_transformation_mode=3),
    ],
)
def test_operators_that_are_damaged_are_not_followed(tmp_path: Path, damaged: bytes) -> None:
    cut = number(1, 8) + number(1, 8) + number(1, 3) + number(1, 3) + number(2, 1) + text(8, "cut") + text(9, b"1234")
    path = file_of(tmp_path, (node("Conv", "image w0", "a", pads=[1, 1, 1, 1]), damaged), (*TENSORS, cut), outputs=["a", "out"])
    graph = load(
        b"rflint: 1\ninputs: {image: {size: 32, channels: 3}}\nlayers: [{name: a, op: conv, kernel: 3, padding: 1}]\n", "net", Options()
    ).graph
    assert graph is not None
    found = verify(graph, models.measurer(SpecFile("net.onnx", str(path), named=True), graph, Wishes()))
    assert found.differences == ()
