"""Whole answers about a few telling nets, kept in tests/data/layers: numbers of all layers, where features look, every size at once.

`pytest --update tests/test_layer_reports.py` writes them anew; `test_brute.py` holds the same functions to a second opinion.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rflint.engine.analysis import Analysis, analyze
from rflint.pipeline import lint_bytes, load
from rflint.questions.location import feature, pixel, variation
from rflint.questions.size_survey import survey
from rflint.verdict import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Golden

SPECS = sorted((Path(__file__).parent / "data" / "layers").glob("*.yaml"))


def known(thing: object) -> str:
    """The fields that have a value."""
    names = [name for name in type(thing).__dataclass_fields__ if getattr(thing, name) not in (None, (None,), {}, ())]  # type: ignore[attr-defined]
    return " ".join(f"{name}={getattr(thing, name)}" for name in names)


def numbers(spec: Path) -> Iterator[str]:
    for layer in lint_bytes(spec.read_bytes(), spec.name, Options(layers=True)).layers:
        yield f"{layer.name} ({layer.op} of {', '.join(layer.sources)}) size {layer.size}, {layer.channels}, {layer.params}, {layer.macs}"
        for source, field in layer.receptive_field.items():
            yield f"  {source}: {known(field)}"


def places(analysis: Analysis) -> Iterator[str]:
    """First, middle and last feature of each layer, and the features that see first, middle and last sample."""
    graph = analysis.graph
    for source, item in enumerate(graph.inputs):
        for node, layer in enumerate(graph.layers, len(graph.inputs)):
            yield from (f"{layer.name} on {item.name} varies: {known(axis)}" for axis in variation(analysis, source, node))
            for index in positions(analysis.axes[-1].size(node)):
                for place in feature(analysis, source, node, (index,) * len(analysis.axes)):
                    ends = dict.fromkeys(map(str, place.center_range or ()))
                    apart = f" from {' to '.join(ends)}" if len(ends) > 1 else ""
                    yield f"{layer.name} on {item.name}: {known(replace(place, center_range=None))}{apart}"
            for at in positions(analysis.axes[-1].size(source)):
                for sample in pixel(analysis, source, node, (at,) * len(analysis.axes)):
                    yield f"{item.name} under {layer.name}: {known(sample)}"


def positions(size: int | None) -> list[int]:
    return [0, 3] if size is None else sorted({0, size // 2, size - 1, size})


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_numbers(spec: Path, golden: Golden) -> None:
    golden(spec.with_suffix(".numbers"), "".join(f"{line}\n" for line in numbers(spec)))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_places(spec: Path, golden: Golden) -> None:
    graph = load(spec.read_bytes(), spec.name, Options()).graph
    assert graph is not None
    golden(spec.with_suffix(".places"), "".join(f"{line}\n" for line in places(analyze(graph))))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_sizes(spec: Path, golden: Golden) -> None:
    graph = load(spec.read_bytes(), spec.name, Options(sizes=((None, (None,)),))).graph
    assert graph is not None
    lines: list[str] = []
    for item in survey(analyze(graph)):
        lines += [f"{item.input} on {item.axes}: smallest {item.smallest}, undecided {item.undecided}", f"  {item.classes}"[:240]]
        lines += [f"  {output.layer} at {each.residues}: {each.behaviour}" for output in item.outputs for each in output.classes[:24]]
    golden(spec.with_suffix(".sizes"), "".join(f"{line}\n" for line in lines))
