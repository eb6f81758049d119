"""Alignment is a fact of the network: no finding and no number changes with the order in which a merge names its inputs."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from random_nets import random_net, to_yaml

from rflint.pipeline import lint_loaded, load
from rflint.verdict import Loaded, Options

if TYPE_CHECKING:
    from rflint.model import Graph, SpecReport

CASES = int(os.environ.get("RFLINT_CASES", "400"))
SPECS = Path(__file__).parent.parent / "specs"
COMMUTATIVE = {"add", "mul", "max", "min", "mean", "concat", "stack"}


def swapped(graph: Graph) -> Graph:
    """The graph with the inputs of all merges the other way round; of maps joined along an axis the order means something."""
    layers = tuple(
        layer._replace(sources=layer.sources[::-1])
        if layer.op in COMMUTATIVE and layer.fields.get("axis", "channels") == "channels"
        else layer
        for layer in graph.layers
    )
    return graph._replace(layers=layers)


def told(loaded: Loaded, options: Options) -> tuple[object, ...]:
    """All that is said of a network, but for the order of names in `from`."""
    report: SpecReport = lint_loaded(loaded, options)[0]
    assert report.internal_error is None, report.internal_error
    layers = [replace(layer, sources=tuple(sorted(layer.sources))) for layer in report.layers]
    return (*layers, *report.findings, *report.targets)


def differences(text: bytes, options: Options) -> list[tuple[object, object]]:
    loaded = load(text, "net.yaml", options)
    if loaded.graph is None:
        return []
    one, other = told(loaded, options), told(loaded._replace(graph=swapped(loaded.graph)), options)
    assert len(one) == len(other)
    return [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]


@pytest.mark.parametrize("size", ["as declared", "open"])
@pytest.mark.parametrize("path", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_zoo(path: Path, size: str) -> None:
    options = Options(layers=True, sizes=((None, (None,)),) if size == "open" else ())
    assert differences(path.read_bytes(), options) == []


@pytest.mark.parametrize("classic", [True, False])
@pytest.mark.parametrize("size", ["as declared", "open"])
def test_random_nets(classic: bool, size: str) -> None:
    options = Options(layers=True, sizes=((None, (None,)),) if size == "open" else ())
    for seed in range(CASES // 20):
        text = to_yaml(random_net(5 * 10**6 + seed, classic=classic))
        assert differences(text.encode(), options) == [], text
