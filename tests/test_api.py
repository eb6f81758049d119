"""For notebooks and scripts: load, analyse, lint; values that travel between processes."""

from __future__ import annotations

import dataclasses
import doctest
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import pytest

import rflint
from rflint import api
from rflint.verdict import OptionError

if TYPE_CHECKING:
    from pathlib import Path

TWO = """\
rflint: 1
name: two
axes: [y, x]
inputs:
  left: {size: [64, 48]}
  right: {size: [64, 48]}
layers:
  - {name: a, op: conv, kernel: 3, padding: 1, from: left}
  - {name: b, op: conv, kernel: 5, stride: 2, padding: 2, from: right}
outputs: [a, b]
expect:
  b: {size: [32, 24]}
"""


def test_the_module_documentation_is_true() -> None:
    result = doctest.testmod(api)
    assert result.attempted > 4
    assert result.failed == 0


def test_the_package_offers_the_api() -> None:
    assert {name: getattr(rflint, name) for name in ("Network", "Spec", "SpecError", "load")} == {
        "Network": api.Network,
        "Spec": api.Spec,
        "SpecError": api.SpecError,
        "load": api.load,
    }
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = rflint.nothing


def test_load_text_and_path(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(TWO, encoding="utf-8")
    from_text, from_path, from_name = rflint.load(TWO), rflint.load(path), rflint.load(str(path))
    assert from_path == from_name
    assert from_path.path == str(path)
    assert from_text.data == from_path.data
    assert from_text.analyze() == from_path.analyze()


def test_load_of_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rflint.load(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("size", "a", "b"),
    [
        (None, (64, 48), (32, 24)),
        (20, (20, 20), (10, 10)),
        ((20, 30), (20, 30), (10, 15)),
        ([20, None], (20, None), (10, None)),
        ({"left": 20}, (20, 20), (32, 24)),
        ({"left": (20, 30), "right": (None, 8)}, (20, 30), (None, 4)),
        ("unknown", (None, None), (None, None)),
    ],
)
def test_analyze_sizes(size: api.Size | None, a: tuple[int | None, ...], b: tuple[int | None, ...]) -> None:
    network = rflint.load(TWO).analyze(size)
    assert (network["a"].size, network["b"].size) == (a, b)
    # What the window sees is the same at every size.
    assert network["b"].receptive_field["right"].size == (5, 5)
    assert (network.name, network.axes, network.outputs) == ("two", ("y", "x"), ("a", "b"))


def test_expectations_hold_at_declared_sizes_only() -> None:
    spec = rflint.load(TWO.replace("[32, 24]", "[31, 24]"))
    assert "RF601" in [finding.code for finding in spec.lint().findings]
    assert "RF601" not in [finding.code for finding in spec.lint(size=62).findings]


@pytest.mark.parametrize("size", [{"middle": 20}, (1, 2, 3), {"left": (1, 2, 3)}])
def test_sizes_that_do_not_fit(size: api.Size) -> None:
    with pytest.raises(OptionError, match="--size"):
        rflint.load(TWO).analyze(size)


def test_an_unknown_layer_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="c"):
        rflint.load(TWO).analyze()["c"]


def test_a_spec_error_names_places() -> None:
    spec = rflint.load("rflint: 1\nlayers: [\n")
    with pytest.raises(rflint.SpecError, match=r"<text>:\d+: ") as caught:
        spec.analyze()
    assert [finding.code for finding in caught.value.report.findings] == ["RF001"]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.report) == (str(caught.value), caught.value.report)
    # Linting never raises for a flaw of the spec.
    assert spec.lint() == caught.value.report


def test_a_library_has_no_layers() -> None:
    library = rflint.load("rflint: 1\nblocks:\n  unit:\n    layers:\n      - {op: relu, from: input}\n")
    with pytest.raises(rflint.SpecError, match="it has no layers"):
        library.analyze()


def test_results_are_frozen_dataclasses() -> None:
    network = rflint.load(TWO).analyze()
    layer = network["b"]
    for value, field in ((network, "name"), (layer, "size"), (layer.receptive_field["right"], "size")):
        assert dataclasses.is_dataclass(value)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field, None)


def test_results_are_pickled_whole() -> None:
    spec = rflint.load(TWO)
    for value in (spec, spec.analyze(), spec.lint(layers=True)):
        assert pickle.loads(pickle.dumps(value)) == value


def _seen(spec: api.Spec) -> tuple[api.Network, int]:
    return spec.analyze(), len(spec.lint().findings)


def test_fifty_specs_in_a_process_pool() -> None:
    """Spawned, so that nothing of this process is inherited: what travels is all there is."""
    specs = [rflint.load(TWO.replace("kernel: 5", f"kernel: {2 * index + 3}")) for index in range(50)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_seen, specs, chunksize=25)) == [_seen(spec) for spec in specs]


def test_imports_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nets" / "common").mkdir(parents=True)
    block = "rflint: 1\nblocks:\n  unit:\n    layers:\n      - {name: conv, op: conv, kernel: 7, from: input}\n"
    (tmp_path / "nets" / "common" / "blocks.yaml").write_text(block, encoding="utf-8")
    net = "rflint: 1\nimport: [common/blocks.yaml]\nlayers:\n  - {name: net, use: unit}\n"
    (tmp_path / "nets" / "net.yaml").write_text(net, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert rflint.load("nets/net.yaml").analyze()["net/conv"].receptive_field["input"].size == (7, 7)
    monkeypatch.chdir(tmp_path / "nets")
    assert rflint.load("net.yaml").analyze()["net/conv"].receptive_field["input"].size == (7, 7)
    # A text has no folder, so it imports nothing.
    assert [finding.code for finding in rflint.load(net).lint().findings][:1] == ["RF004"]
