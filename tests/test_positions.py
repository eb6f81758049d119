"""Regions position by position: what holds over all positions, sums up the regions of each; and questions that are too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_specs import analysed
from soon import soon

from rflint.engine import Analysis, InputSizes, size_up
from rflint.questions import positions
from rflint.questions.positions import Extent, TooLargeError, UndefinedError, extents, regions
from rflint.questions.targets import guaranteed_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rflint.questions.positions import Region

JOINED = """\
rflint: 1
axes: [x]
inputs: {{image: {{size: {}}}, other: {{size: 5}}}}
layers:
  - {{name: near, op: conv, kernel: {}, padding: 1, from: image}}
  - {{name: all, op: concat, axis: x, from: [near, other, image]}}
{}"""
tails = st.lists(
    st.one_of(
        st.builds(
            "  - {{op: conv, kernel: {}, stride: {}, dilation: {}, padding: [[{}, 1]]}}\n".format,
            st.integers(1, 4),
            st.integers(1, 3),
            st.integers(1, 2),
            st.integers(0, 2),
        ),
        st.builds("  - {{op: conv_transpose, kernel: {}, stride: {}}}\n".format, st.integers(1, 3), st.integers(1, 3)),
        st.sampled_from(["  - {op: relu}\n", "  - {op: resize, scale: 2, mode: linear}\n", "  - {op: squeeze_excite}\n"]),
    ),
    max_size=3,
).map("".join)


def joined(size: int, kernel: int, tail: str) -> Analysis:
    return analysed(JOINED.format(size, kernel, tail))


def whole(seen: Sequence[Region]) -> int:
    """The largest object that some feature sees whole, wherever it stands between the first and the last: place by place."""
    known = [region for region in seen if region is not None]
    places = range(min(low for low, _ in known), max(low for low, _ in known))
    at_each = [max(high - place + 1 for low, high in known if low <= place) for place in places]
    return max(0, min([max(high - low + 1 for low, high in known), *at_each]))


@settings(max_examples=40)
@given(st.integers(9, 14), st.integers(1, 3), tails)
def test_what_holds_over_all_positions(size: int, kernel: int, tail: str) -> None:
    analysis = joined(size, kernel, tail)
    part = analysis.axes[0]
    node = len(part.program.kinds) - 1
    sizing = part.sizings[0]
    out = sizing.sizes[node]
    if not out:
        return
    for source in (0, 1):
        seen = regions(part.program, sizing, source, node, 0, out - 1, clipped=False)
        assert seen == [regions(part.program, sizing, source, node, index, index, clipped=False)[0] for index in range(out)]
        found = extents(part.program, sizing, source, [node]).get(node)
        lengths = [region[1] - region[0] + 1 for region in seen if region is not None]
        if not lengths:
            assert found is None
            continue
        assert found is not None
        assert (found.size, found.size_min) == (max(lengths), min(lengths) if len(lengths) == out else None)
        assert found.padding == (None if seen[0] is None else -seen[0][0])
        assert found.guaranteed == whole(seen)


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(-6, 12), st.integers(1, 9)), min_size=1, max_size=5), st.integers(1, 12))
def test_what_is_seen_wherever_it_stands(drawn: list[tuple[int, int]], advance: int) -> None:
    phases = tuple((low, low + length - 1) for low, length in drawn)
    features = [(low + turn * advance, high + turn * advance) for low, high in phases for turn in range(-40, 41)]
    expected = min(max([high - place + 1 for low, high in features if low <= place], default=0) for place in range(advance))
    assert guaranteed_size(advance, phases) == guaranteed_size(advance, (None, *phases)) == max(expected, 0)


def test_nothing_is_seen_for_sure_without_regions() -> None:
    assert guaranteed_size(3, (None, None)) == guaranteed_size(0, ((0, 5),)) == 0


def test_too_large_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    part = joined(9, 3, "  - {op: conv, kernel: 3, padding: 1}\n").axes[0]
    program, sizing = part.program, part.sizings[0]
    out = sizing.sizes[4]
    assert out == 23
    # The layer, the map that it reads and a sample on either side, and of that the first layer.
    cells = out + (out + 2) + 9
    monkeypatch.setattr(positions, "EXTENT_CAP", cells)
    assert list(extents(program, sizing, 0, [4])) == [4]
    monkeypatch.setattr(positions, "EXTENT_CAP", cells - 1)
    assert extents(program, sizing, 0, [4]) == {}


def test_undefined_regions() -> None:
    part = joined(9, 3, "  - {op: unknown, original: Einsum}\n  - {op: relu}\n").axes[0]
    for clipped in (False, True):
        with pytest.raises(UndefinedError, match="not known stands on the way"):
            regions(part.program, part.sizings[0], 0, 5, 0, 0, clipped=clipped)
    assert extents(part.program, part.sizings[0], 0, [5]) == {}
    pooled = joined(9, 3, "  - {op: global_avg_pool}\n").axes[0]
    with pytest.raises(UndefinedError, match="no local path"):
        regions(pooled.program, pooled.sizings[0], 0, 4, 0, 0, clipped=False)
    assert issubclass(TooLargeError, Exception)


def test_a_map_joined_to_itself() -> None:
    """Both parts of it see; the second as if it were another map."""
    text = "rflint: 1\naxes: [x]\ninputs: {{image: {{size: 9}}}}\nlayers:\n  - {{name: near, op: conv, kernel: 3}}\n{}"
    twice = "  - {name: all, op: concat, axis: x, from: [near, near]}\n  - {op: conv, kernel: 3, padding: 1}\n"
    apart = twice.replace("[near, near]", "[near, other]")
    twin = "  - {name: other, op: conv, kernel: 3, from: image}\n"
    one, other = (analysed(text.format(layers)).axes[0] for layers in (twice, twin + apart))
    for clipped in (False, True):
        seen = regions(one.program, one.sizings[0], 0, 3, 0, 13, clipped=clipped)
        assert seen == regions(other.program, other.sizings[0], 0, 4, 0, 13, clipped=clipped)
        assert seen[5:9] == [(4, 8), (0, 8), (0, 8), (0, 4)]


def test_a_part_that_is_not_there_for_an_input() -> None:
    """Where it begins need not be known, where nothing behind it is asked for."""
    text = (
        "rflint: 1\naxes: [x]\ninputs: {image: {size: 9}, other: {size: null}}\noutputs: [all, late]\nlayers:\n"
        "  - {name: all, op: concat, axis: x, from: [image, other]}\n  - {name: late, op: concat, axis: x, from: [other, image]}\n"
    )
    part = analysed(text).axes[0]
    sizing = size_up(part.program, InputSizes((9, None)), {})
    assert regions(part.program, sizing, 0, 2, 3, 3, clipped=False) == [(3, 3)]
    with pytest.raises(UndefinedError, match="size of a map on the way"):
        regions(part.program, sizing, 0, 3, 3, 3, clipped=False)


def test_a_map_of_many_parts() -> None:
    """In a time that grows with its samples, not with these times its parts."""
    count = 1500
    layers = "".join(f"  - {{name: c{part}, op: conv, kernel: 1, from: image}}\n" for part in range(count))
    joint = f"  - {{op: concat, axis: x, from: [{', '.join(f'c{part}' for part in range(count))}]}}\n"
    part = analysed(f"rflint: 1\naxes: [x]\ninputs: {{image: {{size: 20}}}}\nlayers:\n{layers}{joint}").axes[0]
    with soon():
        found = extents(part.program, part.sizings[0], 0, [count + 1])
    assert found[count + 1] == Extent(1, 1, 0, 1)
