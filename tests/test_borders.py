"""Borders of windows: what is left over, how far off the centre lies, the best padding; windows that see padding only."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from small_specs import analysed, spec

from rflint.algebra import Window
from rflint.questions.borders import Border, decided_sizings, decided_windows, misfit
from rflint.questions.even_sizes import EvenSizes, even_sizes
from rflint.questions.nearest import FURTHEST
from rflint.questions.padding import BetterPadding, better_padding, blind_windows


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, int]:
    """A window, and the samples that it reads."""
    kernel, dilation = draw(st.integers(1, 5)), draw(st.integers(1, 2))
    sides = st.integers(-3, dilation * (kernel - 1))
    return Window(kernel, draw(st.integers(1, 4)), dilation, "", draw(sides), draw(sides)), draw(st.integers(1, 24))


def border(op: Window, size: int) -> Border:
    out = op.size(size)
    leftover = size + op.low + op.high - op.effective_kernel - op.stride * (out - 1)
    shift = Fraction(op.high - op.low - leftover, 2)
    return Border(1, 0, op, op.effective_kernel, op.stride, op.low, op.high, size, out, leftover, Fraction(1), shift, virtual=False)


def off_center(op: Window, size: int) -> Fraction:
    """How far the middle of the map lies off the middle of what it reads, by the samples that outputs are centred on."""
    first = Fraction(op.effective_kernel - 1, 2) - op.low
    last = first + op.stride * (op.size(size) - 1)
    return (first + last) / 2 - Fraction(size - 1, 2)


@given(windows())
def test_best_padding(drawn: tuple[Window, int]) -> None:
    """Of all that crop no more than the window does, and keep its size, none is closer to the centre."""
    op, size = drawn
    assume(op.size(size) > 0)
    own = border(op, size)
    assert own.shift == off_center(op, size)
    least = min(op.low, op.high, 0)
    sides = range(least, op.effective_kernel + op.stride + 3)
    others = [op._replace(low=low, high=high) for low in sides for high in sides]
    best = op._replace(low=own.best[0], high=own.best[1])
    assert min(own.best) >= least
    assert best.size(size) == own.out
    assert off_center(best, size) == own.best_shift
    assert abs(own.best_shift) == min(abs(off_center(other, size)) for other in others if other.size(size) == own.out)
    assert own.leftover_at(size, own.out) == own.leftover


def test_even_padding_where_there_is_one() -> None:
    assert border(Window(3, 2, 1, "", 2, 0), 9).best == (1, 1)
    assert border(Window(4, 2, 1, "", 0, 2), 10).best == (1, 1)
    assert border(Window(3, 4, 1, "", 1, 1), 7).best == (0, 0)
    # Where a half sample is left in any case, it comes before: nothing is padded without need.
    assert border(Window(1, 2), 10).best == (0, 0)
    assert border(Window(3, 1, 1, "", -2, 0), 20).best == (-1, -1)


@given(windows())
def test_windows_that_see_padding_only(drawn: tuple[Window, int]) -> None:
    op, size = drawn
    op = op._replace(low=op.low + 4, high=op.high + 4)
    assume(op.size(size) > 0)
    starts = [index * op.stride - op.low for index in range(op.size(size))]
    before = sum(start + op.effective_kernel <= 0 for start in starts)
    after = sum(start >= size for start in starts)
    assert blind_windows(border(op, size)) == (before, after)


PAD = "name: pad, op: pad, padding: [{}]"


@pytest.mark.parametrize(
    ("pad", "padding", "better"),
    [
        ("[0, 2]", "0", BetterPadding(1, 1, 1)),
        ("[1, 0]", "[[0, 3]]", BetterPadding(2, 1, 2)),
        ("[0, 1]", "[[3, 0]]", BetterPadding(2, 2, 1)),
        ("[2, 0]", "0", BetterPadding(1, 1, 1)),
        ("[3, 0]", "[[1, 0]]", BetterPadding(1, 1, 2)),
        ("[3, 0]", "[[0, 1]]", BetterPadding(1, 2, 1)),
        ("[0, 3]", "[[1, 0]]", BetterPadding(1, 1, 2)),
        ("[1, 0]", "[[1, 0]]", BetterPadding(2, 0, 1)),
        ("[0, 1]", "[[0, 1]]", BetterPadding(2, 1, 0)),
        ("[2, 0]", "[[1, 0]]", BetterPadding(1, 0, 2)),
        ("[0, 3]", "[[0, 1]]", BetterPadding(1, 2, 1)),
        ("[0, 2]", "[[0, 2]]", BetterPadding(2, 2, 0)),
        # The window alone would have to crop, and so would the `pad`.
        ("[2, -1]", "[[2, 0]]", None),
    ],
)
def test_where_better_padding_is_written(pad: str, padding: str, better: BetterPadding | None) -> None:
    # Most windows are centred: one that is padded before only does not make the axis a causal one.
    centred = "op: conv, kernel: 3, padding: 1\n" * 2
    analysis = analysed(spec(f"{PAD.format(pad)}\nname: conv, op: conv, kernel: 5, padding: {padding}\n{centred}", 20))
    (window,) = decided_windows(analysis)
    assert better_padding(analysis, window) == better


def test_the_largest_stride_before_a_window_counts() -> None:
    """Two inputs arrive on different strides: the shift is told on the coarser one, whichever is declared first."""
    text = """\
rflint: 1
axes: [x]
inputs: {{{}}}
outputs: [own, last]
layers:
  - {{name: own, op: conv, kernel: 3, padding: [[0, 2]], from: coarse}}
  - {{name: down, op: max_pool, kernel: 4, from: fine}}
  - {{name: sum, op: add, from: [down, coarse]}}
  - {{name: last, op: conv, kernel: 3, padding: [[0, 2]]}}
"""
    declared = ("fine: {size: 64}", "coarse: {size: 16}")
    for inputs in (declared, declared[::-1]):
        assert [window.border.before for window in decided_windows(analysed(text.format(", ".join(inputs))))] == [1, 4]


THREE = "name: a, op: conv, kernel: 3, stride: 2, padding: 1\nname: b, op: conv, kernel: 3, stride: 2, padding: 1\n{}"


def even_ones(layers: str, size: int) -> EvenSizes:
    head = "outputs: [b, c]\n" if "name: c" in layers else ""
    analysis = analysed(spec(layers, size, head))
    return even_sizes(analysis, decided_windows(analysis), (0,))[0]


def test_sizes_at_which_windows_divide() -> None:
    assert even_ones(THREE.format(""), 64) == EvenSizes((61, 65), furthest=4, complete=True, searched=True)
    # Near the smallest sizes there are none below.
    assert even_ones(THREE.format(""), 4) == EvenSizes((1, 5), furthest=4, complete=True, searched=True)
    # The windows divide odd sizes, and the other layer even ones.
    unsuitable = EvenSizes((), (), (61, 65), furthest=4, complete=True, searched=True)
    assert even_ones(THREE.format("name: c, op: space_to_depth, block: 2, from: image"), 64) == unsuitable
    wide = even_ones("op: conv, kernel: 301, stride: 300", 600)
    assert wide == EvenSizes((601,), furthest=FURTHEST, complete=False, searched=True)


def test_shifts_that_differ_between_open_sizes_are_not_decided() -> None:
    strided = "name: a, op: conv, kernel: 3, stride: 2, padding: 1"
    assert decided_windows(analysed(spec(strided, "null"))) == ()
    assert decided_windows(analysed(spec("op: conv, kernel: 3, stride: 2, padding: [[2, 0]]", "null"))) == ()
    (window,) = decided_windows(analysed(spec(f"op: resize, scale: 2\n{strided}", "null")))
    assert (window.border.shift, window.border.virtual) == (Fraction(-1, 2), True)


def test_axes_that_agree_are_told_together() -> None:
    head = "rflint: 1\naxes: [z, y, x]\ninputs: {image: {size: [20, 30, 20]}}\n"
    text = f"{head}layers: [{{op: conv, kernel: 3, padding: [[0, 2], [0, 2], [0, 2]]}}]\n"
    (window,) = decided_windows(analysed(text))
    assert window.axes == (0, 1, 2)


def test_only_the_axes_on_which_the_windows_are_the_same_have_even_sizes() -> None:
    layers = "layers: [{op: conv, kernel: 3, stride: [2, 3], padding: 1}, {op: conv, kernel: 3, stride: 2, padding: 1}]\n"
    analysis = analysed(f"rflint: 1\ninputs: {{image: {{size: 64}}}}\n{layers}")
    assert list(even_sizes(analysis, decided_windows(analysis), (0, 1))) == [0]


@pytest.mark.parametrize(("padding", "told"), [(0, 0), (2, 0), (3, 1)])
def test_even_padding_is_told_where_windows_see_nothing_else(padding: int, told: int) -> None:
    assert len(decided_windows(analysed(spec(f"op: conv, kernel: 3, padding: {padding}")))) == told


def test_a_pad_with_other_readers_is_no_part_of_a_window() -> None:
    layers = "name: pad, op: pad, padding: [[0, 2]]\nname: conv, op: conv, kernel: 3\nname: other, op: conv, kernel: 1, from: pad"
    assert len(decided_windows(analysed(spec("name: pad, op: pad, padding: [[0, 2]]\nname: conv, op: conv, kernel: 3")))) == 1
    assert decided_windows(analysed(spec(layers, 64, "outputs: [conv, other]\n"))) == ()
    assert (
        decided_windows(
            analysed(spec("name: pad, op: pad, padding: [[0, 2]]\nname: conv, op: conv, kernel: 3", 64, "outputs: [pad, conv]\n"))
        )
        == ()
    )


MISMATCH = "name: a, op: conv, kernel: 3, padding: [[2, 1]]\nop: add, from: [image, a]"


def test_no_size_that_suits() -> None:
    """Declared sizes are looked at all the same."""
    declared, open_one = analysed(spec(MISMATCH)), analysed(spec(MISMATCH, "null"))
    assert misfit(declared)
    assert misfit(open_one)
    assert decided_sizings(declared.axes[0]) == declared.axes[0].sizings
    assert decided_sizings(open_one.axes[0]) == ()
    assert len(decided_windows(declared)) == 1
    assert decided_windows(open_one) == ()
    half = analysed(spec("name: a, op: space_to_depth, block: 2", "null"))
    assert not misfit(half)
    assert [sizing.residues for sizing in decided_sizings(half.axes[0])] == [(0,)]


def test_one_axis_that_does_not_suit_is_a_misfit() -> None:
    text = "rflint: 1\ninputs: {image: {size: [64, 63]}}\nlayers: [{op: space_to_depth, block: 2}]\n"
    assert misfit(analysed(text))


def test_nothing_is_said_of_maps_of_unknown_size() -> None:
    assert decided_windows(analysed(spec("op: unknown, original: Einsum\nop: conv, kernel: 3, padding: [[2, 0]]"))) == ()


def test_too_many_classes_decide_nothing() -> None:
    part = analysed(spec("op: conv, kernel: 3, stride: 5000, padding: [[2, 0]]", "null")).axes[0]
    assert not part.decided
    assert decided_sizings(part) == ()
