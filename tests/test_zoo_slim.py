"""The TF-Slim networks of the zoo against published measurements of the original networks."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from rflint.pipeline import lint_bytes
from rflint.resources import folder
from rflint.verdict import Options

if TYPE_CHECKING:
    from rflint.model import SpecReport
    from rflint.model.layers import LayerReport

#: End point -> receptive field, effective stride, effective padding (None: depends on the size).
Facts = dict[str, tuple[int, int, int | None]]

#: Published networks that differ from a bundled spec in weights only: a full 7x7 convolution for the separable one.
SAME_GEOMETRY = {"inception_v2-no-separable-conv": "inception_v2"}

#: Billions of floating point operations up to the last end point at 224; same table as the end points.
FLOPS = {
    "alexnet_v2": 1.380,
    "vgg_a": 14.984,
    "vgg_16": 30.713,
    "inception_v2": 3.883,
    "inception_v3": 5.689,
    "inception_v4": 12.271,
    "inception_resnet_v2": 12.958,
    "inception_resnet_v2-same": 17.755,
    "mobilenet_v1": 1.140,
    "mobilenet_v1_075": 0.653,
    "resnet_v1_50": 6.963,
    "resnet_v1_101": 14.387,
    "resnet_v1_152": 21.811,
    "resnet_v1_200": 28.799,
    "resnet_v2_50": 6.969,
    "resnet_v2_101": 14.397,
    "resnet_v2_152": 21.826,
    "resnet_v2_200": 28.820,
}


def published() -> dict[tuple[str, str], Facts]:
    """The table, by network and resolution; end points by the last component of their names."""
    table: dict[tuple[str, str], Facts] = defaultdict(dict)
    with (Path(__file__).parent / "data" / "slim_endpoints.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            padding = int(row["padding"]) if row["padding"] else None
            table[row["network"], row["resolution"]][row["endpoint"].rpartition("/")[2]] = (int(row["rf"]), int(row["stride"]), padding)
    return dict(table)


PUBLISHED = published()


def text(network: str) -> bytes:
    return (Path(folder("specs")) / f"{network}.yaml").read_bytes()


@cache
def report(network: str, size: int | None) -> SpecReport:
    """The bundled spec at an input size."""
    return lint_bytes(text(network), f"{network}.yaml", Options(sizes=((None, (size,)),), layers=True))


def endpoint(spec: SpecReport, name: str) -> LayerReport:
    """The layer of this name, or the last one inside the instance of this name: the output of every block of these specs."""
    return next(layer for layer in reversed(spec.layers) if layer.name == name or layer.name.startswith(f"{name}/"))


def test_the_table_is_whole() -> None:
    assert sum(map(len, PUBLISHED.values())) == 561
    assert sum(facts[2] is None for rows in PUBLISHED.values() for facts in rows.values()) == 102
    assert {SAME_GEOMETRY.get(network, network) for network, _ in PUBLISHED} == set(FLOPS)


@pytest.mark.parametrize(("network", "resolution"), PUBLISHED)
def test_endpoints(network: str, resolution: str) -> None:
    spec = report(SAME_GEOMETRY.get(network, network), None if resolution == "none" else int(resolution))
    expected = PUBLISHED[network, resolution]
    for axis in (0, 1):
        actual: Facts = {}
        for name in expected:
            seen = endpoint(spec, name).receptive_field["image"]
            assert seen.aligned[axis] is True, name
            actual[name] = (seen.size[axis], seen.stride[axis], seen.padding[axis])
        assert actual == expected


@pytest.mark.parametrize("network", FLOPS)
def test_expectations_are_the_published_ones_and_hold(network: str) -> None:
    expected = yaml.safe_load(text(network))["expect"]
    facts = {name: (each["receptive_field"], each["stride"], each["padding"]) for name, each in expected.items()}
    assert facts == PUBLISHED[network, "224"]
    assert all(each["aligned"] is True for each in expected.values())
    findings = lint_bytes(text(network), f"{network}.yaml").findings
    assert [finding.message for finding in findings if finding.severity != "info"] == []


@pytest.mark.parametrize("network", FLOPS)
def test_multiply_adds(network: str) -> None:
    """Kernels and channels: TensorFlow counts two operations per multiply-add, and under 1 % for biases, norms and pooling."""
    macs = sum(layer.macs or 0 for layer in report(network, 224).layers)
    assert 0.99 < 2 * macs / (FLOPS[network] * 1e9) < 1.0


@pytest.mark.parametrize(
    ("network", "size", "params", "macs"),
    [
        # Tables in the header of TF-Slim's mobilenet_v1.py.
        ("mobilenet_v1", 224, 3_185_088, 567_716_352),
        ("mobilenet_v1_075", 128, 1_800_144, 106_002_432),
    ],
)
def test_published_totals(network: str, size: int, params: int, macs: int) -> None:
    layers = report(network, size).layers
    assert (sum(layer.params or 0 for layer in layers), sum(layer.macs or 0 for layer in layers)) == (params, macs)
