"""`rflint sizes`: what it claims of all sizes is what `rflint check` says of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import rflint


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec to be written, in the folder in which the commands run."""
    monkeypatch.chdir(tmp_path)
    return Path("net.yaml")


def test_sizes_of_a_resize_like_a_map_that_was_rounded(net: Path) -> None:
    layers = (
        "- {name: skip, op: conv, kernel: 3, padding: 1}",
        "- {name: pool, op: max_pool, kernel: 2, ceil_mode: true}",
        "- {name: up, op: resize, like: skip, mode: linear}",
        "- {name: cat, op: concat, from: [up, skip]}",
    )
    net.write_text("\n".join(("rflint: 1", "layers:", *layers, "")), encoding="utf-8")
    (sizes, *_) = json.loads(rflint("sizes", "net.yaml", "--format", "json").out)["inputs"]
    assert (sizes["valid"]["residues"], sizes["aligned"]["residues"]) == ([0, 1], [0])
    assert "RF102" in rflint("check", "net.yaml", "--size", "33", "--format", "concise").out
    assert "RF102" not in rflint("check", "net.yaml", "--size", "32", "--format", "concise").out


def test_single_sizes_where_no_class_of_sizes_fits(net: Path) -> None:
    layers = (
        "- {name: slow, op: slice, step: 4}",
        "- {name: pool_s, op: avg_pool, kernel: 8, stride: 1}",
        "- {name: pool_f, op: avg_pool, kernel: 32, stride: 1, from: input}",
        "- {name: cat, op: concat, from: [pool_s, pool_f]}",
    )
    net.write_text("\n".join(("rflint: 1", "axes: [t]", "layers:", *layers, "")), encoding="utf-8")
    outcome = rflint("sizes", "net.yaml")
    assert (outcome.code, "n = 32 and 33 only" in outcome.out) == (0, True)
    for size in range(1, 70):
        fits = "RF008" not in rflint("check", "net.yaml", "--size", str(size), "--format", "concise", "--select", "RF008,RF101").out
        mismatched = "RF101" in rflint("check", "net.yaml", "--size", str(size), "--format", "concise").out and size not in (32, 33)
        assert (fits and not mismatched) == (size in (32, 33))


def test_no_size_is_aligned_where_one_of_two_inputs_is_not(net: Path) -> None:
    layers = (
        "- {name: wide, op: conv, kernel: 5, padding: [[1, 3]], from: left}",
        "- {name: sum, op: add, from: [left, wide]}",
        "- {name: other, op: conv, kernel: 3, padding: 1, from: right}",
        "outputs: [sum, other]",
    )
    net.write_text("\n".join(("rflint: 1", "axes: [t]", "inputs: {left: {}, right: {}}", "layers:", *layers, "")), encoding="utf-8")
    for each in json.loads(rflint("sizes", "net.yaml", "--format", "json").out)["inputs"]:
        assert (each["valid"]["residues"], each["aligned"]["residues"]) == ([0], [])
