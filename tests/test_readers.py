"""Samples that nobody reads, counted one by one."""

from __future__ import annotations

from math import lcm
from typing import Any

import pytest
from brute import Axis
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_nets import random_net, to_yaml
from small_specs import analysed, spec

from rflint.questions import readers
from rflint.questions.readers import Unread, dropped_borders, lost_samples, skipped_samples

windows = st.fixed_dictionaries(
    {"kernel": st.integers(1, 3), "stride": st.integers(1, 5), "dilation": st.integers(1, 3), "padding": st.integers(0, 2)}
)


def read_by(window: dict[str, int], size: int) -> set[int]:
    """Samples of a map of this size, and its padding, that a window reads."""
    reach, padding = window["dilation"] * (window["kernel"] - 1), window["padding"]
    starts = range(-padding, size + padding - reach, window["stride"])
    return {start + tap for start in starts for tap in range(0, reach + 1, window["dilation"])}


@settings(max_examples=60)
@given(st.lists(windows, min_size=1, max_size=3), st.integers(20, 60))
def test_samples_that_windows_leave(readers: list[dict[str, int]], size: int) -> None:
    assume(all(window["padding"] < window["dilation"] * (window["kernel"] - 1) + 1 for window in readers))
    lines = [
        f"name: w{at}, op: conv, from: image, {', '.join(f'{name}: {value}' for name, value in window.items())}"
        for at, window in enumerate(readers)
    ]
    outputs = ", ".join(f"w{at}" for at in range(len(readers)))
    analysis = analysed(spec("\n".join(lines), size, f"outputs: [{outputs}]\n"))
    pattern = lcm(*(window["stride"] for window in readers))
    far = set().union(*(read_by(window, 3000) for window in readers))
    skipped = tuple(residue for residue in range(pattern) if not any(sample % pattern == residue for sample in far if 999 < sample < 2000))
    dropped = max(size - 1 - max(max(read_by(window, size)) for window in readers), 0)
    nodes = tuple(range(1, len(readers) + 1))
    unread = Unread(0, nodes, skipped, pattern, dropped)
    assert [found for found, _ in skipped_samples(analysis)] == ([unread] if skipped else [])
    assert [found for found, _ in dropped_borders(analysis)] == ([unread] if dropped and not skipped else [])
    assert lost_samples(analysis) == (({0: dropped} if dropped else {}),)


def lost(axis: Axis, outputs: list[str], source: str) -> int | None:
    """Last samples of an input that no feature of an output sees; None where that cannot be said."""
    seen: set[int] = set()
    for name in outputs:
        if not axis.reaches(name, source):
            continue
        features = axis.clipped(name, source)
        if features is None or axis.is_global(name, source) or not axis.determined(name, source):
            return None
        seen |= {feature.hull()[1] for feature in features if feature.hull() is not None}  # type: ignore[index] # just asked
    size = axis.nodes[source].size
    return size - 1 - max(seen) if seen and size is not None else None


def test_what_the_network_as_a_whole_loses() -> None:
    tried = told = 0
    for seed in range(200):
        net: Any = random_net(5 * 10**6 + seed, classic=seed % 2 == 0, axes=[1])
        axis = Axis(net)
        # A dilated window that hangs over the border may step over the last sample.
        if any(node.size is None for node in axis.nodes.values()) or any(layer.get("dilation", 1) != 1 for layer in net["layers"]):
            continue
        expected = {name: lost(axis, net["outputs"], name) for name in net["inputs"]}
        if None in expected.values():
            continue
        (found,) = lost_samples(analysed(to_yaml(net)))
        assert found == {at: count for at, count in enumerate(expected.values()) if count}, to_yaml(net)
        tried += 1
        told += bool(found)
    assert tried > 30
    assert told > 3


TWO = "name: a, op: conv, kernel: 1, stride: 2, from: image\nname: b, op: {}, from: image"


@pytest.mark.parametrize(
    ("layers", "head"),
    [
        (TWO.format("relu"), "outputs: [a, b]\n"),
        (TWO.format("conv, kernel: 2, stride: 2, padding: same"), "outputs: [a, b]\n"),
        ("name: a, op: conv, kernel: 1\nname: b, op: conv, kernel: 1, stride: 2", "outputs: [a, b]\n"),
        ("name: a, op: conv, kernel: 1\nname: b, op: conv, kernel: 1, stride: 2", "targets: [{name: t, size: 1, layer: a}]\n"),
    ],
    ids=["read otherwise", "read by a window of unknown padding", "an output", "a target"],
)
def test_maps_that_are_read_whole(layers: str, head: str) -> None:
    assert skipped_samples(analysed(spec(layers, "null" if "same" in layers else 41, head))) == []


def test_too_long_a_pattern_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = "name: a, op: conv, kernel: 1, stride: 4, from: image\nname: b, op: conv, kernel: 1, stride: 6, from: image"
    analyses = [analysed(spec(layers, 41, "outputs: [a, b]\n")) for _ in range(2)]
    assert len(skipped_samples(analyses[0])) == 1
    monkeypatch.setattr(readers, "PATTERN_CAP", 11)
    assert skipped_samples(analyses[1]) == []


def test_zeros_of_a_pad_are_no_samples() -> None:
    layers = "name: pad, op: pad, padding: [[0, {}]]\nop: conv, kernel: 2, stride: 4"
    assert dropped_borders(analysed(spec(layers.format(1), 21))) == []
    # One of two that are left is a zero.
    ((unread, axes),) = dropped_borders(analysed(spec("op: conv, kernel: 1\n" + layers.format(1).replace("kernel: 2", "kernel: 4"), 22)))
    assert (unread.node, unread.dropped, axes) == (2, 2, ("x",))


def test_open_sizes_that_all_lose_the_same() -> None:
    """What is left over behind a resize to twice the size is the same at every size."""
    layers = "op: resize, scale: 2\nop: conv, kernel: 1, padding: 0\nop: max_pool, kernel: 2\nop: slice, stop: -3"
    assert lost_samples(analysed(spec(layers, "null"))) == ({0: 3},)
    assert lost_samples(analysed(spec("op: max_pool, kernel: 2", "null"))) == ({},)
    ((unread, _),) = dropped_borders(analysed(spec("op: resize, scale: 2\nop: conv, kernel: 3, stride: 2", "null")))
    assert (unread.node, unread.dropped) == (1, 1)
    assert dropped_borders(analysed(spec("op: conv, kernel: 3, stride: 2", "null"))) == []
