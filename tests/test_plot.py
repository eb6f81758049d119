"""`rflint plot`: the numbers behind the charts, that they can be drawn, and what is told where they cannot."""

from __future__ import annotations

import io
import re
import sys
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from command_line import CLEAN, rflint
from hypothesis import given
from hypothesis import strategies as st

from rflint.cli.dispatch import run
from rflint.cli.streams import Streams
from rflint.formatters import charts
from rflint.pipeline import lint_bytes
from rflint.questions.coverage import coverage
from rflint.resources import folder
from rflint.verdict import Options

SPECS = Path(folder("specs"))
#: Top-1 accuracy in the figure of Araujo, Norris, Sim, Distill 2019 (doi 10.23915/distill.00021), which has ten of its twelve networks.
PAPER = {
    "alexnet_v2": 57.2,
    "vgg_16": 71.5,
    "inception_v2": 73.9,
    "inception_v3": 78.0,
    "inception_v4": 80.2,
    "inception_resnet_v2": 80.4,
    "resnet_v1_50": 75.2,
    "resnet_v1_101": 76.4,
    "resnet_v1_152": 76.8,
    "mobilenet_v1": 70.9,
}
TARGETED = """\
rflint: 1
name: $x_1$
inputs: {image: {size: [40, 33], channels: 3}}
layers:
  - {name: a, op: conv, kernel: 7, stride: 8, channels: 4}
  - {name: b, op: conv, kernel: 3, channels: 4}
targets: [{name: _cat, size: 9, layer: a}, {name: dog, size: [20, 16], layer: b}]
"""


def report(text: str) -> charts.SpecReport:
    return lint_bytes(text.encode(), "net.yaml", Options(layers=True))


@st.composite
def families(draw: st.DrawFn) -> tuple[list[tuple[int, int] | None], int]:
    """Phases, and how far a period advances."""
    phases = [(low, low + draw(st.integers(0, 9))) for low in draw(st.lists(st.integers(-6, 6), min_size=1, max_size=4))]
    return [None if draw(st.integers(0, 7)) == 0 else phase for phase in phases], draw(st.integers(1, 9))


@given(families(), st.integers(1, 12), st.integers(1, 9), st.integers(1, 30))
def test_coverage_is_that_of_the_best_feature(
    family: tuple[list[tuple[int, int] | None], int], size: int, features: int, extent: int
) -> None:
    phases, advance = family

    def best(place: int, indexes: range) -> Fraction:
        seen = [0]
        for index in indexes:
            turn, phase = divmod(index, len(phases))
            if (region := phases[phase]) is not None:
                low, high = (edge + turn * advance for edge in region)
                seen.append(len({*range(low, high + 1)} & {*range(place, place + size)}))
        return Fraction(max(seen), size)

    assert coverage(phases, advance, features, size, extent) == [
        (place, best(place, range(features))) for place in range(max(extent - size, 0) + 1)
    ]
    turns = 60 * len(phases)
    assert coverage(phases, advance, None, size, None) == [(place, best(place, range(-turns, turns))) for place in range(advance)]


def test_coverage_agrees_with_the_verdict() -> None:
    spec = report(TARGETED)
    layers = {layer.name: layer for layer in spec.layers}
    cat, dog = spec.targets
    assert (cat.verdict, dog.verdict) == ("too-large", "not-guaranteed")
    assert max(share for line in charts.seen_of(spec, layers["a"], cat) for _, share in line.points) == pytest.approx(7 / 9)
    seen = {line.label: [share for _, share in line.points] for line in charts.seen_of(spec, layers["b"], dog)}
    assert min(seen["y"]) < 1
    assert max(seen["y"]) == 1


def test_a_target_may_be_at_an_input_and_a_layer_an_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    text = (
        "rflint: 1\ninputs: {image: {size: [8, 8]}}\nblocks: {unit: {layers: [{name: c, op: conv, kernel: 3}]}}\n"
        "layers: [{name: a, use: unit}]\ntargets: [{name: cat, size: 4, layer: image}]\n"
    )
    spec = report(text)
    assert charts.seen_of(spec, None, spec.targets[0]) == [charts.Line("", [(place, 0.25) for place in range(5)])]
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(text)
    assert rflint("plot", "net.yaml", "--what", "coverage").code == 0
    assert rflint("plot", "net.yaml", "--what", "coverage", "--layer", "a").code == 0
    assert "has no layer `imag`; did you mean `image`?" in rflint("plot", "net.yaml", "--what", "coverage", "--layer", "imag").err


def test_very_many_places_are_thinned_out() -> None:
    assert len(coverage([(0, 9)], 4, 1_000_000, 10, 4_000_000)) <= 4097


def test_depth_counts_layers_that_are_not_pointwise() -> None:
    spec = report(
        "rflint: 1\ninputs: {image: {size: [32, 48]}}\nlayers:\n  - {name: a, op: conv, kernel: 3}\n  - {name: r, op: relu}\n"
        "  - {name: b, op: conv, kernel: [3, 1]}\n  - {name: s, op: crop_like, from: [a, b]}\n  - {name: m, op: add, from: [s, b]}\n"
    )
    assert charts.depths(spec) == {"a": 1, "r": 1, "b": 2, "s": 2, "m": 3}
    lines = charts.over_depth(spec, "image", lambda field: field.size)
    assert lines == [charts.Line("y", [(1, 3), (2, 5), (3, 5)]), charts.Line("x", [(1, 3), (2, 3), (3, 3)])]


def test_published_figures_of_the_zoo() -> None:
    """Those of the paper's figure; each names its source, and is near what rflint counts where it is a count."""
    known = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")).get("metadata") for path in SPECS.glob("*.yaml")}
    known = {name: held for name, held in known.items() if held is not None}
    assert {name: known[name]["imagenet_top1"] for name in PAPER} == PAPER
    assert len(known) >= 20
    for name, held in known.items():
        assert set(held) <= {"imagenet_top1", "multiply_adds", "source"}, name
        assert "doi" in held["source"] or "arXiv" in held["source"] or "README" in held["source"], name
        spec = lint_bytes((SPECS / f"{name}.yaml").read_bytes(), name, Options(layers=True))
        found = charts.measured(spec)
        assert found is not None
        assert found.macs == held.get("multiply_adds", found.macs)
        counted = sum(layer.macs or 0 for layer in spec.layers)
        assert 0.5 < counted / held.get("multiply_adds", counted) < 1.1, name


@pytest.mark.parametrize("held", ["{}", "{imagenet_top1: yes please}", "{imagenet_top1: true}", "{imagenet_top1: 700}"])
def test_what_is_no_accuracy_is_left_out(held: str) -> None:
    assert charts.measured(report(f"{CLEAN}metadata: {held}\n")) is None


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(TARGETED)
    Path("clean.yaml").write_text(CLEAN)


def shapes(text: str) -> set[str]:
    return {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()}


@pytest.mark.usefixtures("net")
@pytest.mark.parametrize("kind", ["depth", "coverage", "effective"])
def test_charts_are_drawn_the_same_each_time(kind: str) -> None:
    pytest.importorskip("matplotlib")
    outcome = rflint("plot", "net.yaml", "--what", kind)
    assert (outcome.code, outcome.err) == (0, "")
    assert {"svg", "path"} <= shapes(outcome.out)
    assert outcome.out == rflint("plot", "net.yaml", "--what", kind).out


@pytest.mark.usefixtures("net")
def test_effective_fields_have_the_colours_of_their_axes() -> None:
    pytest.importorskip("matplotlib")
    Path("wide.yaml").write_text(
        "rflint: 1\ninputs: {image: {size: [32, 48]}}\nlayers:\n"
        "  - {name: a, op: conv, kernel: [3, 5]}\n  - {name: b, op: conv, kernel: [3, 7]}\n"
    )
    text = rflint("plot", "wide.yaml", "--what", "effective").out
    dashed = re.findall(r"stroke-dasharray: 5\.5\S*; stroke-dashoffset: 0; stroke: (#\w+)", text)
    assert [each for each in dict.fromkeys(dashed) if each in ("#0072b2", "#b05600")] == ["#0072b2", "#b05600"]


@pytest.mark.usefixtures("net")
def test_files_say_what_they_are() -> None:
    pytest.importorskip("matplotlib")
    assert rflint("plot", "net.yaml", "clean.yaml", "-o", "chart.png").code == 0
    assert Path("chart.png").read_bytes().startswith(b"\x89PNG")
    assert rflint("plot", ".", "-o", "chart.svg").code == 0
    assert "<svg" in Path("chart.svg").read_text(encoding="utf-8")
    assert rflint("plot", "net.yaml", "-o", "chart.dat", "--format", "png").code == 0
    assert Path("chart.dat").read_bytes().startswith(b"\x89PNG")
    outcome = rflint("plot", "net.yaml", "-o", "chart.pdf")
    assert outcome.code == 2
    assert "ends in neither .svg nor .png" in outcome.err


def test_accuracy_is_drawn_of_the_zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    outcome = rflint("plot", "--what", "accuracy", "-o", "chart.svg")
    assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.usefixtures("net")
def test_what_cannot_be_drawn_is_told() -> None:
    pytest.importorskip("matplotlib")
    for arguments, told in (
        (("clean.yaml", "--what", "coverage"), "no target whose coverage is known"),
        (("clean.yaml", "--what", "accuracy"), "no spec has a published accuracy"),
        (("net.yaml", "--what", "coverage", "--layer", "z"), "has no layer `z`"),
        (("net.yaml", "--layer", "a"), "--layer belongs to --what coverage"),
    ):
        outcome = rflint("plot", *arguments)
        assert outcome.code == 2, arguments
        assert told in outcome.err
    Path("broken.yaml").write_text("rflint: 1\nlayers: 3\n")
    outcome = rflint("plot", "broken.yaml")
    assert (outcome.code, outcome.out) == (1, "")
    assert "broken.yaml:2:9: RF002" in outcome.err


@pytest.mark.usefixtures("net")
def test_what_is_drawn_in_part_is_told() -> None:
    pytest.importorskip("matplotlib")
    Path("half.yaml").write_text(f"{CLEAN}  - {{name: b, op: conv, kernel: 3, from: nothing}}\n")
    outcome = rflint("plot", "half.yaml")
    assert outcome.code == 1
    assert "<svg" in outcome.out
    assert "half.yaml:6:42: RF004" in outcome.err


@pytest.mark.usefixtures("net")
def test_a_library_of_blocks_is_told_and_is_no_mistake() -> None:
    pytest.importorskip("matplotlib")
    Path("blocks.yaml").write_text("rflint: 1\nblocks: {unit: {layers: [{name: c, op: conv, kernel: 3}]}}\n")
    told = "rflint: blocks.yaml: a library of blocks has no layers of its own\n"
    outcome = rflint("plot", ".", "-o", "chart.svg")
    assert (outcome.code, outcome.err) == (0, told)
    assert Path("chart.svg").exists()
    outcome = rflint("plot", "blocks.yaml")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", told)


@pytest.mark.usefixtures("net")
def test_without_matplotlib_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    outcome = rflint("plot", "net.yaml")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "rflint: charts are drawn by matplotlib: pip install 'rflint[plot]'\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("net")
def test_a_terminal_is_shown_no_bytes() -> None:
    streams = Streams(io.BytesIO(), _Terminal(), io.StringIO(), {})
    assert run(["plot", "net.yaml", "--format", "png"], streams) == 2
    assert streams.stdout.getvalue() == ""  # type: ignore[attr-defined]
    assert "name a file with -o" in streams.stderr.getvalue()  # type: ignore[attr-defined]
