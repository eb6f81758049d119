"""All sizes of an open input at once, against each size by itself; and the sizes nearest to a declared one."""

from __future__ import annotations

import pytest
from small_specs import analysed, spec

from rflint.engine.analysis import AxisAnalysis
from rflint.questions import every_size
from rflint.questions.every_size import SMALL, SmallSizes, size_classes, small_sizes, smallest_size
from rflint.questions.invalid_sizes import invalid_sizes
from rflint.questions.nearest import FURTHEST, NearestSizes, nearest_sizes
from rflint.questions.size_survey import survey

#: Layers that suit, or align at, some sizes only.
NETS = {
    "two of eight": """
        name: a, op: max_pool, kernel: 8
        name: b, op: max_pool, kernel: 2, stride: 8, from: image
        op: concat, from: [a, b]
        """,
    "multiples of six": """
        op: space_to_depth, block: 2
        op: conv, kernel: 3, padding: 1
        op: space_to_depth, block: 3
        """,
    "aligned at odd sizes": """
        name: a, op: conv, kernel: 3, stride: 2, padding: same
        name: b, op: conv, kernel: 1, stride: 2, from: image
        op: add, from: [a, b]
        """,
    "aligned at four of sixteen": """
        name: a, op: conv, kernel: 8, stride: 8, padding: same
        name: b, op: max_pool, kernel: 8, ceil_mode: true, from: image
        name: sum, op: add, from: [a, b]
        op: max_pool, kernel: 2
        """,
    "valid convolutions": """
        op: conv, kernel: 5
        op: max_pool, kernel: 2
        op: conv, kernel: 5
        op: max_pool, kernel: 3
        op: conv, kernel: 3
        """,
}


def at(layers: str, size: int) -> AxisAnalysis:
    return analysed(spec(layers, size)).axes[0]


def suits(part: AxisAnalysis) -> bool:
    return not part.sizings[0].problems


@pytest.mark.parametrize("layers", NETS.values(), ids=NETS)
def test_classes_are_what_large_sizes_do(layers: str) -> None:
    part = analysed(spec(layers, "null")).axes[0]
    (classes,) = size_classes(part, ("image",))
    by_size = {size % classes.modulus: at(layers, size) for size in range(960, 960 + classes.modulus)}
    valid = [residue for residue, one in sorted(by_size.items()) if suits(one)]
    aligned = [residue for residue in valid if not by_size[residue].cases[0].traces["image"].violations]
    assert (classes.input, classes.position, classes.tried) == ("image", 0, tuple(range(classes.modulus)))
    assert (classes.valid, classes.aligned) == (tuple(valid), tuple(aligned))


@pytest.mark.parametrize("layers", NETS.values(), ids=NETS)
def test_the_smallest_size(layers: str) -> None:
    """From which on every size of its class suits."""
    part = analysed(spec(layers, "null")).axes[0]
    modulus = part.moduli[0]
    assert modulus is not None
    sizings = [sizing for sizing in part.sizings if not sizing.problems]
    residues = {sizing.residues[0] for sizing in sizings}
    works = {size: suits(at(layers, size)) for size in range(1, 120) if size % modulus in residues}
    expected = min(size for size in works if all(works[other] for other in range(size, 120, modulus)))
    assert smallest_size(part, sizings, modulus) == expected


def test_no_smallest_size_of_classes_that_do_not_suit() -> None:
    part = analysed(spec(NETS["multiples of six"], "null")).axes[0]
    assert smallest_size(part, part.sizings, 6) is None
    several = analysed("rflint: 1\naxes: [x]\ninputs: {a: {size: null}, b: {size: null}}\nlayers: [{op: add, from: [a, b]}]\n").axes[0]
    assert smallest_size(several, several.sizings, 1) is None
    half = analysed("rflint: 1\naxes: [x]\ninputs: {a: {size: null}, b: {size: 9}}\nlayers: [{op: concat, from: [a, b], axis: x}]\n").axes[
        0
    ]
    assert smallest_size(half, half.sizings, 1) is None


#: Fits where both maps have a sample: 32 and 33.
FEW = "name: slow, op: slice, step: 4\nname: a, op: avg_pool, kernel: 8, stride: 1\n"
FEW += "name: b, op: avg_pool, kernel: 32, stride: 1, from: image\nop: concat, from: [a, b]"
#: The same at the largest sizes that are tried, and past them; aligned, as one sample has nothing to be aligned.
LAST = "name: a, op: conv, kernel: {0}, stride: 2\nname: b, op: conv, kernel: {0}, from: image\nop: add, from: [a, b]"


@pytest.mark.parametrize(
    ("layers", "valid"), [(FEW, (32, 33)), (LAST.format(5), (5,)), (LAST.format(SMALL), (SMALL,)), (LAST.format(SMALL + 1), ())]
)
def test_single_sizes(layers: str, valid: tuple[int, ...]) -> None:
    part = analysed(spec(layers, "null")).axes[0]
    # At 33 there are two samples each, at strides of 4 and 1.
    assert small_sizes(part) == SmallSizes(valid, valid[:1])


def test_single_sizes_that_align() -> None:
    layers = "name: a, op: conv, kernel: 3\nname: b, op: adaptive_avg_pool, size: 5, from: image\nop: add, from: [a, b]"
    part = analysed(spec(layers, "null")).axes[0]
    found = small_sizes(part)
    assert found.valid == tuple(size for size in range(1, 40) if suits(at(layers, size)))
    assert found.aligned == tuple(size for size in found.valid if not at(layers, size).cases[0].traces["image"].violations)


def test_no_single_sizes_of_two_inputs_or_past_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    several = analysed("rflint: 1\naxes: [x]\ninputs: {a: {size: null}, b: {size: null}}\nlayers: [{op: add, from: [a, b]}]\n").axes[0]
    assert small_sizes(several) == SmallSizes()
    monkeypatch.setattr(every_size, "SMALLEST_SIZE", 100)
    assert small_sizes(analysed(spec(FEW, "null")).axes[0]) == SmallSizes()


@pytest.mark.parametrize("layers", NETS.values(), ids=NETS)
@pytest.mark.parametrize("declared", [1, 30, 31])
def test_nearest_sizes(layers: str, declared: int) -> None:
    below = next((size for size in range(declared - 1, 0, -1) if suits(at(layers, size))), None)
    above = next(size for size in range(declared + 1, declared + FURTHEST) if suits(at(layers, size)))
    expected = tuple(size for size in (below, above) if size is not None)
    assert nearest_sizes(at(layers, declared)) == NearestSizes(expected, complete=True)


def test_how_far_sizes_are_near() -> None:
    found = [nearest_sizes(at(f"op: conv, kernel: {kernel}", 1)) for kernel in (FURTHEST + 1, FURTHEST + 2)]
    assert found == [NearestSizes((FURTHEST + 1,), complete=True), NearestSizes((), complete=True)]
    layers = "name: a, op: max_pool, kernel: 600\nname: b, op: resize, scale: 600\nop: add, from: [image, b]"
    assert [nearest_sizes(at(layers, 600 + far)).sizes for far in (FURTHEST, FURTHEST + 1)] == [(600,), ()]


def test_nearest_sizes_of_one_declared_input_only() -> None:
    text = "rflint: 1\naxes: [x]\ninputs: {{a: {{size: {}}}, b: {{size: {}}}}}\nlayers: [{{op: add, from: [a, b]}}]\n"
    none = NearestSizes((), complete=False)
    assert nearest_sizes(analysed(text.format(8, 8)).axes[0]) == none
    assert nearest_sizes(analysed(text.format("null", 8)).axes[0]) == none
    undecided = analysed(spec("op: conv, kernel: 1, stride: 5000", "null")).axes[0]
    assert nearest_sizes(undecided) == none


TWO = """\
rflint: 1
axes: [y, x]
inputs:
  a: {size: [null, 32]}
  b: {multiple_of: 2}
layers:
  - {name: left, op: max_pool, kernel: 2, from: a}
  - {name: right, op: max_pool, kernel: 2, from: b}
  - {op: add, from: [left, right]}
"""


def test_surveys_of_several_inputs() -> None:
    found = survey(analysed(TWO))
    assert [(item.input, item.axes, item.smallest, item.outputs) for item in found if item.axes == ("y",)] == [
        ("a", ("y",), None, ()),
        ("b", ("y",), None, ()),
    ]
    (last,) = [item for item in found if item.axes == ("x",)]
    assert last.classes is not None
    assert (last.input, last.classes.modulus, last.classes.tried) == ("b", 2, (0,))
    assert [output.layer for output in last.outputs] == ["add_3"]
    (first, *_) = found
    assert first.classes is not None
    assert (first.classes.tried, first.classes.modulus) == ((0, 1), 2)


def test_equal_axes_are_surveyed_once() -> None:
    text = "rflint: 1\naxes: [z, y, x]\ninputs: {image: {size: [null, 9, null]}}\nlayers: [{op: max_pool, kernel: 2}]\n"
    (item,) = survey(analysed(text))
    assert item.axes == ("z", "x")
    text = text.replace("9", "null").replace("kernel: 2", "kernel: [2, 3, 2]")
    assert [(item.axes, item.smallest) for item in survey(analysed(text))] == [(("z", "x"), 2), (("y",), 3)]


def test_sizes_are_surveyed_where_no_class_suits() -> None:
    (item,) = survey(analysed(spec(FEW, "null")))
    assert item.classes is not None
    assert (item.classes.valid, item.smallest, item.small.valid) == ((), None, (32, 33))
    (item,) = survey(analysed(spec(NETS["two of eight"], "null")))
    assert item.small == SmallSizes()
    (item,) = survey(analysed(spec("op: conv, kernel: 1, stride: 5000", "null")))
    assert (item.classes, item.smallest, item.outputs) == (None, None, ())


def test_what_more_than_the_residue_decides() -> None:
    layers = "op: conv, kernel: 3\nname: fixed, op: adaptive_avg_pool, size: 7\nop: conv, kernel: 3\n"
    layers += "name: other, op: slice, start: -8, from: image"
    (item,) = survey(analysed(spec(layers, "null", "outputs: [conv_3, other]\n")))
    assert item.undecided == ("fixed", "other")


def test_outputs_by_class() -> None:
    (item,) = survey(analysed(spec(NETS["aligned at odd sizes"], "null")))
    (output,) = item.outputs
    told = [(each.residues, each.behaviour.aligned, each.behaviour.drift, each.behaviour.padding) for each in output.classes]
    assert told == [((0,), False, None, 0), ((1,), True, 0, 1)]


def test_the_first_layer_that_other_sizes_do_not_suit() -> None:
    analysis = analysed(spec(NETS["multiples of six"], "null"))
    (((classes, problem), axes),) = invalid_sizes(analysis)
    assert (classes.valid, classes.modulus, problem, axes) == ((0,), 6, 1, ("x",))
    assert invalid_sizes(analysed(spec("op: conv, kernel: 3", "null"))) == []
    assert invalid_sizes(analysed(spec(NETS["multiples of six"], 7))) == []


def test_sizes_repeat_where_branches_of_other_strides_meet() -> None:
    """Behind a merge of strides 2 and 3 sizes may follow either."""
    layers = "name: two, op: max_pool, kernel: 2\nname: three, op: max_pool, kernel: 3, from: image\nop: add, from: [two, three]"
    assert analysed(spec(layers, "null")).axes[0].moduli == (6,)
    assert analysed(spec(layers.replace("kernel: 2", "kernel: 4").replace("kernel: 3", "kernel: 6"), "null")).axes[0].moduli == (12,)
