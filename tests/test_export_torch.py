"""`rflint export --to torch`: modules that are read like hand-written ones, and run where there is a torch."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_export_onnx import ALIKE, CASES, ZOO, graph_of, one, spec_of_op

from rflint.engine import analyze
from rflint.exporting import TARGETS, ExportFailure, Network, settle, write
from rflint.exporting.torch.helpers import HELPERS

if TYPE_CHECKING:
    from conftest import Golden

DATA = Path(__file__).parent / "data" / "export"
#: Ops that ONNX refuses and PyTorch does not.
MORE = [
    ("fft", ""),
    ("attention", "window: 7, shift: 2"),
    ("adaptive_avg_pool", "size: 7"),
    ("resize", "size: 7, mode: area"),
    ("resize", "scale: 2, coordinates: half_pixel"),
    ("resize", "scale: 3/2, mode: linear, coordinates: asymmetric"),
    ("conv_transpose", "kernel: 3, stride: 2, padding: causal, channels: 4"),
]
SHARING = """\
rflint: 1
name: siamese
inputs: {a: {size: 32, channels: 3}, b: {size: 32, channels: 3}}
blocks:
  tower:
    layers:
      - {name: c1, op: conv, kernel: 3, channels: 8}
      - {op: relu}
layers:
  - {name: left, use: tower, from: a, repeat: 2}
  - {name: right, op: conv, kernel: 3, channels: 8, from: b, weights: left/0/c1}
  - {name: gate, op: squeeze_excite, channels: 2}
  - {name: again, op: squeeze_excite, channels: 2, weights: gate}
  - {name: eval, op: crop_like, from: [again, left]}
  - {name: all, op: concat, from: [left, eval]}
"""
SPECS: Mapping[str, str | bytes] = {"resnet-50": ZOO["resnet-50"], "segnet": ZOO["segnet"], "siamese": SHARING}


def text_of(network: Network) -> str:
    return write(TARGETS["torch"], network).decode()


def classes(text: str) -> dict[str, ast.ClassDef]:
    """The classes of the network, without those that stand in for what PyTorch does not have."""
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name not in HELPERS}


def attributes(node: ast.ClassDef) -> list[str]:
    """What the constructor of a class sets."""
    targets = [target for each in ast.walk(node) if isinstance(each, ast.Assign) for target in each.targets]
    return [target.attr for target in targets if isinstance(target, ast.Attribute)]


def free_names(text: str) -> set[str]:
    """Variables of `forward` that are read before a line gives them."""
    free = set()
    for node in classes(text).values():
        forward = next(each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "forward")
        known = {argument.arg for argument in forward.args.args} | {"torch", "nn", "F", "float", *HELPERS}
        for statement in forward.body:
            names = [each for each in ast.walk(statement) if isinstance(each, ast.Name)]
            free |= {each.id for each in names if isinstance(each.ctx, ast.Load)} - known
            known |= {each.id for each in names if isinstance(each.ctx, ast.Store)}
    return free


@pytest.mark.parametrize("name", SPECS)
def test_modules_read_as_expected(name: str, golden: Golden) -> None:
    golden(DATA / f"{name}.py.txt", text_of(settle(graph_of(SPECS[name]))))


@pytest.mark.parametrize("name", ZOO)
def test_every_module_of_the_zoo_is_there(name: str) -> None:
    """All that learns is made once, under its name, and every variable is given before it is read."""
    network = settle(graph_of(ZOO[name]))
    text = text_of(network)
    assert not free_names(text)
    made = {attribute for node in classes(text).values() for attribute in attributes(node)}
    for layer in network.layers:
        if layer.op in {"conv", "conv_transpose", "depthwise_conv"}:
            last = re.sub(r"\W", "_", layer.name.rpartition("/")[2], flags=re.ASCII)
            ends = (f"_{last}", f"{last}_")
            assert last.isdigit() or any(each == last or each.endswith(ends) for each in made), layer.name


def test_blocks_are_classes_and_what_differs_between_copies_are_parameters() -> None:
    text = text_of(settle(graph_of(ZOO["resnet-50"])))
    assert attributes(classes(text)["Bottleneck"]) == ["conv1", "conv2", "conv3", "downsample"]
    assert "*(Bottleneck2(channels=512, conv1_channels=128) for _ in range(3))," in text


@pytest.mark.parametrize(("op", "fields"), [*CASES, *MORE, ("max_unpool", "it")])
def test_every_op_is_written(op: str, fields: str) -> None:
    network = settle(graph_of(ALIKE.get(fields) or spec_of_op(op, fields)))
    text = text_of(network)
    compile(text, "net.py", "exec")
    assert not free_names(text)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ("op: attention, heads: 3", "layer `it`: 8 channels do not divide into 3 heads"),
        ("op: attention, causal: true", "layer `it`: causal `attention` is written for one axis only"),
        ("op: lp_pool, kernel: 2, dilation: 2", "layer `it`: PyTorch has no `lp_pool` with a dilation"),
        ("op: rnn, channels: 5", "layer `it`: 5 channels are no two directions of `rnn`"),
    ],
)
def test_what_cannot_be_exported_is_told(fields: str, why: str) -> None:
    with pytest.raises(ExportFailure) as failure:
        text_of(settle(graph_of(one(fields))))
    assert str(failure.value) == why


def test_a_network_of_no_size_is_one_of_any_size() -> None:
    text = text_of(settle(graph_of(one("op: conv, kernel: 3, stride: 2, padding: same, channels: 4", "{image: {channels: 3}}"))))
    assert "self.it(pad_same(x, (3, 3), (2, 2), (1, 1)))" in text
    with pytest.raises(ExportFailure, match="layer `it`: `dense` needs the size of its input"):
        text_of(settle(graph_of(one("op: dense, channels: 4", "{image: {channels: 3}}"))))


@pytest.mark.parametrize(("network", "block"), [("attention", "unit"), ("f", "unit"), ("net", "f"), ("net", "attention"), ("net", "net")])
def test_no_class_takes_the_name_of_something_else_in_the_module(network: str, block: str) -> None:
    text = text_of(
        settle(
            graph_of(
                f"""
rflint: 1
name: {network}
inputs: {{image: {{size: 8, channels: 4}}}}
blocks: {{{block}: {{layers: [{{name: conv, op: conv, kernel: 3}}, {{name: look, op: attention}}]}}}}
layers: [{{name: one, use: {block}}}, {{op: relu}}]
"""
            )
        )
    )
    names = [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert len({*names, "F"}) == len(names) + 1 == 4, names


def test_what_is_spread_keeps_its_samples_along_the_axis_that_maps_are_joined_on() -> None:
    gate = "  - {name: gate, op: global_avg_pool, from: image}\n"
    network = settle(graph_of(one("op: concat, axis: x, broadcast: true, from: [image, gate]", before=gate)))
    assert network.layers[-1].size == (24, 25)
    assert "torch.cat([x, y.expand(-1, -1, x.shape[2], -1)], dim=3)" in text_of(network)
    assert [tuple(each.shape) for each in run(network)[1]] == [(1, 8, 24, 25)]


def test_names_are_a_strangers_text() -> None:
    """A name ends no docstring, and is no code."""
    text = one("op: conv, kernel: 3, channels: 4").replace("name: it", 'name: \'a"""; import os # é\'')
    text = text.replace("inputs", 'name: "x\\"\\"\\"y"\ninputs')
    tree = ast.parse(text_of(settle(graph_of(text))))
    assert [type(node).__name__ for node in tree.body] == ["Expr", "Import", "Import", "ImportFrom", "ClassDef", "If"]


def run(network: Network) -> tuple[Any, tuple[Any, ...]]:
    """The model of a network, and what it makes at the size of the spec, without computing a number."""
    torch = pytest.importorskip("torch")
    names: dict[str, Any] = {"__name__": "net"}
    exec(compile(text_of(network), "net.py", "exec"), names)
    with torch.device("meta"), torch.no_grad():
        model = [each for each in names.values() if isinstance(each, type) and issubclass(each, torch.nn.Module)][-1]().eval()
        made = model(*(torch.empty(1, each.channels, *each.size) for each in network.inputs))
    return model, made if isinstance(made, tuple) else (made,)


@pytest.mark.parametrize("name", ZOO)
def test_the_zoo_runs(name: str) -> None:
    network = settle(graph_of(ZOO[name]))
    model, made = run(network)
    sizes = {layer.name: (1, layer.channels, *layer.size) for layer in network.layers}
    assert [tuple(each.shape) for each in made] == [sizes[output] for output in network.outputs]
    counted = analyze(network.graph).costs.params
    if None not in counted and not {"window", "deformable_conv"} & {layer.op for layer in network.layers}:
        assert sum(each.numel() for each in model.parameters()) == sum(counted)


@pytest.mark.parametrize(("op", "fields"), [*CASES, *MORE, ("max_unpool", "it")])
def test_every_op_runs(op: str, fields: str) -> None:
    if op == "deformable_conv":
        pytest.importorskip("torchvision")
    network = settle(graph_of(ALIKE.get(fields) or spec_of_op(op, fields)))
    _, made = run(network)
    sizes = {layer.name: (1, layer.channels, *layer.size) for layer in network.layers}
    assert [tuple(each.shape) for each in made] == [sizes[output] for output in network.outputs]
