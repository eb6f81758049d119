"""One layer's change that gives a map another size: what is proposed does it once it is written, and nothing else gets worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_specs import analysed, spec

from rflint.algebra import CropLike
from rflint.questions.size_mends import Insertion, SizeLoss, SizeMend, SizeSearch, mend_merge, mend_size, new_budget, size_losses
from rflint.search import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rflint.engine import Analysis


def line(fields: Mapping[str, Any]) -> str:
    """A layer as it is written."""
    return ", ".join(f"{name}: {str(value).lower() if isinstance(value, bool) else value}" for name, value in fields.items())


def size_of(analysis: Analysis, node: int) -> int | None:
    return analysis.axes[0].size(node)


def written(fields: Mapping[str, Any], mend: SizeMend) -> dict[str, Any]:
    """The layer with what is proposed."""
    value = [list(mend.value)] if isinstance(mend.value, tuple) else mend.value
    return {**fields, mend.field: value}


sides = st.integers(0, 3)
windows = st.fixed_dictionaries(
    {"op": st.just("conv"), "kernel": st.integers(1, 4), "stride": st.integers(1, 3), "dilation": st.integers(1, 2)},
    optional={"padding": st.tuples(sides, sides).map(lambda pair: [list(pair)])},
)
pools = st.fixed_dictionaries(
    {"op": st.just("max_pool"), "kernel": st.integers(2, 4), "stride": st.integers(1, 3)}, optional={"ceil_mode": st.booleans()}
)
transposed = st.fixed_dictionaries(
    {"op": st.just("conv_transpose"), "kernel": st.integers(1, 4), "stride": st.integers(1, 3), "dilation": st.integers(1, 2)},
    optional={"padding": sides, "output_padding": st.integers(0, 2)},
)


@settings(max_examples=60)
@given(windows | pools | transposed, st.integers(8, 14), st.integers(-3, 3).filter(bool))
def test_what_is_proposed_gives_the_size(fields: dict[str, Any], size: int, more: int) -> None:
    assume(fields.get("output_padding", 0) < max(fields["stride"], fields.get("dilation", 1)))
    analysis = analysed(spec(line(fields), size))
    before = size_of(analysis, 1)
    assume(before is not None and before + more > 0)
    assert before is not None
    mend = mend_size(analysis, 1, {0: before + more}, new_budget()).mend
    changes: list[dict[str, Any]] = []
    if fields["op"] == "conv_transpose":
        changes += [{**fields, "output_padding": samples} for samples in range(max(fields["stride"], fields["dilation"]))]
    elif fields["op"] == "max_pool":
        changes += [{**fields, "ceil_mode": not fields.get("ceil_mode", False)}]
    if any(size_of(analysed(spec(line(changed), size)), 1) == before + more for changed in changes):
        # It moves nothing, and so it comes first.
        assert mend is not None
        assert mend.field in ("output_padding", "ceil_mode")
    if mend is not None:
        assert (mend.node, mend.before, mend.after, mend.copies, mend.alone) == (1, size, before, (1,), False)
        assert size_of(analysed(spec(line(written(fields, mend)), size)), 1) == before + more


def proposed(layers: str, wanted: int, size: int = 20) -> SizeMend | None:
    """For the size of the last layer."""
    analysis = analysed(spec(layers, size))
    search = mend_size(analysis, len(analysis.graph.layers), {0: wanted}, new_budget())
    assert search.complete
    return search.mend


@pytest.mark.parametrize(
    ("layers", "wanted", "mend"),
    [
        ("op: conv, kernel: 3", 20, ("padding", (1, 1))),
        ("op: conv, kernel: 4", 20, ("padding", (1, 2))),
        ("op: conv, kernel: 5", 20, ("padding", (2, 2))),
        ("op: conv, kernel: 5", 18, ("padding", (1, 1))),
        ("op: conv, kernel: 5, padding: 2", 18, ("padding", (1, 1))),
        ("op: conv, kernel: 5, padding: 1", 19, ("padding", (1, 2))),
        ("op: conv, kernel: 5, padding: 1", 17, ("padding", (1, 0))),
        # No more padding than the kernel reaches.
        ("op: conv, kernel: 1", 22, None),
        ("op: conv, kernel: 2, stride: 2, padding: 1", 12, None),
        ("op: conv, kernel: 3, padding: same", 21, None),
        ("op: conv_transpose, kernel: 3, stride: 2", 42, ("output_padding", 1)),
        ("op: conv_transpose, kernel: 3, stride: 2", 43, ("padding", None)),
        ("op: conv_transpose, kernel: 3, stride: 1, dilation: 2", 25, ("output_padding", 1)),
        ("op: conv_transpose, kernel: 3, stride: 2, padding: same", 41, None),
        ("op: max_pool, kernel: 3, stride: 2", 10, ("ceil_mode", True)),
        ("op: max_pool, kernel: 3, stride: 2, ceil_mode: true", 9, ("ceil_mode", False)),
        ("op: max_pool, kernel: 3, stride: 1", 20, ("padding", (1, 1))),
        ("op: conv_transpose, kernel: 5", 20, ("padding", (2, 2))),
        ("op: conv_transpose, kernel: 5", 22, ("padding", (1, 1))),
        # Only at stride 1 is there a padding that keeps the size.
        ("op: conv, kernel: 5, stride: 2", 10, None),
        ("op: conv, kernel: 3, padding: [[0, 2]]", 21, None),
        ("op: conv, kernel: 3, padding: [[0, 1]]", 17, None),
        ("op: conv, kernel: 3, padding: [[0, 1]]", 18, ("padding", (0, 0))),
        # An op without the field.
        ("op: blur_pool, kernel: 3, stride: 1", 20, ("padding", (1, 1))),
        ("op: max_unpool, kernel: 2, stride: 2", 41, None),
    ],
)
def test_which_change(layers: str, wanted: int, mend: tuple[str, object] | None) -> None:
    found = proposed(layers, wanted)
    if mend is None or mend[1] is None:
        assert found is None
    else:
        assert found is not None
        assert (found.field, found.value) == mend


CHAIN = "name: a, op: conv, kernel: 3\nname: b, op: conv, kernel: 3\nname: c, op: conv, kernel: 1"


def test_the_layer_nearest_to_the_end() -> None:
    mend = proposed(CHAIN, 18)
    assert mend is not None
    assert (mend.node, mend.field, mend.value, mend.before, mend.after) == (2, "padding", (1, 1), 18, 16)


def test_what_moves_nothing_comes_before_what_is_nearer() -> None:
    mend = proposed("name: up, op: conv_transpose, kernel: 3, stride: 2, padding: 1\nname: b, op: conv, kernel: 4, padding: 1", 39)
    assert mend is not None
    assert (mend.node, mend.field, mend.value) == (1, "output_padding", 1)


BLOCKS = """\
rflint: 1
axes: [x]
inputs: {{image: {{size: 20}}}}
blocks:
  unit: {{layers: [{{name: conv, op: conv, kernel: 3}}]}}
layers:
  - {{name: stack, use: unit, repeat: {}}}
"""


@pytest.mark.parametrize(
    ("repeat", "wanted", "mend"),
    [
        (3, 20, ((1, 2, 3), False)),
        (3, 17, ((1, 2, 3), False)),
        (3, 16, ((3,), True)),
        (2, 18, ((2,), True)),
        (1, 20, ((1,), False)),
    ],
)
def test_copies_of_a_layer(repeat: int, wanted: int, mend: tuple[tuple[int, ...], bool]) -> None:
    """All that one line stands for change together; one alone only where that does not do."""
    analysis = analysed(BLOCKS.format(repeat))
    found = mend_size(analysis, repeat, {0: wanted}, new_budget()).mend
    assert found is not None
    assert (found.copies, found.alone) == mend


def test_all_axes_must_be_mended() -> None:
    text = "rflint: 1\ninputs: {image: {size: [20, 21]}}\nlayers: [{op: max_pool, kernel: 2}]\n"
    analysis = analysed(text)
    found = mend_size(analysis, 1, {1: 11}, new_budget()).mend
    assert found is not None
    assert (found.field, found.before, found.after) == ("ceil_mode", 21, 10)
    assert mend_size(analysis, 1, {0: 10, 1: 11}, new_budget()).mend == found._replace(before=20, after=10)
    assert mend_size(analysis, 1, {0: 11, 1: 11}, new_budget()).mend == SizeMend(
        1, "padding", (1, 1), 20, 10, (1,), alone=False, axes=("y", "x")
    )
    assert mend_size(analysis, 1, {0: 9, 1: 11}, new_budget()).mend is None


RESIDUAL = "name: a, op: conv, kernel: 3\n{}\nname: sum, op: add, from: [image, {}]"


def test_merged_maps_of_one_size() -> None:
    analysis = analysed(spec(RESIDUAL.format("op: relu", "relu_1").replace("op: relu", "name: relu_1, op: relu"), 20))
    found = mend_merge(analysis, 3, (0,), (0, 2), [(), (2, 1)], new_budget()).mend
    assert found == SizeMend(1, "padding", (1, 1), 20, 18, (1,), alone=False, axes=("x",))
    # Not on the path that is asked about.
    cut = Insertion("crop_like", {}, 3, branch=0, reference=1, copies=(3,), lowered=CropLike())
    assert mend_merge(analysis, 3, (0,), (0, 2), [(), (2,)], new_budget()) == SizeSearch(None, complete=True, insertion=cut)


def test_other_merges_may_stay_as_they_are() -> None:
    layers = "name: a, op: conv, kernel: 3\nname: sum, op: add, from: [image, a]\n"
    layers += "name: b, op: conv, kernel: 9, padding: same\nname: c, op: slice, start: 3\nop: add, from: [b, c]"
    found = mend_merge(analysed(spec(layers, 20)), 2, (0,), (0, 1), [(), (1,)], new_budget()).mend
    assert found == SizeMend(1, "padding", (1, 1), 20, 18, (1,), alone=False, axes=("x",))


def test_no_other_merge_gets_worse() -> None:
    residual = "name: a, op: conv, kernel: 3, padding: 1\nname: sum, op: add, from: [a, image]\n"
    # The branch could have the size, and would not fit then.
    assert proposed(f"{residual}op: relu", 18) is None
    found = proposed(f"{residual}op: conv, kernel: 3", 20)
    assert found is not None
    assert found.node == 3
    # It would fit, and be misaligned.
    assert (
        proposed("name: a, op: conv, kernel: 3, padding: 1\nname: b, op: resize_like, from: [image, a]\nop: add, from: [a, b]", 18) is None
    )


def test_a_search_ends_with_its_budget() -> None:
    analysis = analysed(spec(CHAIN, 20))
    assert mend_size(analysis, 3, {0: 18}, Budget(0)) == SizeSearch(None, complete=False)


def test_where_samples_are_lost() -> None:
    layers = (
        "name: a, op: conv, kernel: 3, padding: 1",
        "name: b, op: conv, kernel: 3",
        "name: c, op: max_pool, kernel: 4",
        "name: d, op: relu",
        "name: up, op: conv_transpose, kernel: 3, stride: 2",
        "name: e, op: global_avg_pool",
    )
    part = analysed(spec("\n".join(layers), 20)).axes[0]
    assert size_losses(part, 6, new_budget()) == (SizeLoss(5, 4, 9), SizeLoss(3, 18, 4), SizeLoss(2, 20, 18))
    assert size_losses(part, 1, new_budget()) == ()


def test_a_merge_of_maps_that_differ_loses_nothing_itself() -> None:
    part = analysed(spec("name: a, op: conv, kernel: 3\nname: sum, op: add, from: [image, a]", 20)).axes[0]
    assert size_losses(part, 2, new_budget()) == ()


def test_losses_end_where_nothing_is_known() -> None:
    part = analysed(spec("name: a, op: conv, kernel: 3\nop: unknown, original: Einsum\nname: b, op: conv, kernel: 3", 20)).axes[0]
    assert size_losses(part, 3, new_budget()) == (SizeLoss(1, 20, 18),)
