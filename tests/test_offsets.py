"""Ops moved against their input: all that is offered is one, and where one exists, one is offered."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rflint.algebra import AxisOp, CropLike, Pad, Pointwise, Resize, Slice, Transposed, Window
from rflint.engine import InputSizes, Program, Sizing, kind_of, size_up
from rflint.questions.offsets import moved, off_center

if TYPE_CHECKING:
    from collections.abc import Iterator

moves = st.integers(-6, 6).filter(bool)


def sized(op: AxisOp, size: int, like: int = 1, *, residue: int | None = None) -> tuple[Program, Sizing]:
    """The op behind an input of this size, beside another input that a `like` may name; node 2."""
    program = Program(2, (0, 0, kind_of(op)), (None, None, op), ((), (), (0,)), (None, None, 1), ())
    sizing = size_up(program, InputSizes((size, like), (residue, None), {2: None}, (True, False, True)), {})
    return program, sizing


def offered(op: AxisOp, size: int, by: Fraction | int, like: int = 1, *, residue: int | None = None) -> list[AxisOp]:
    program, sizing = sized(op, size, like, residue=residue)
    return list(moved(program, sizing, 2, Fraction(by)))


def does_so(op: AxisOp, other: AxisOp, size: int, by: Fraction | int, like: int = 1) -> bool:
    """Whether another op reads `by` samples further on, and leaves as many."""
    own, new = (sized(each, size, like)[1] for each in (op, other))
    if own.problems or new.problems or own.sizes[2] != new.sizes[2]:
        return False
    before, after = own.steps[2], new.steps[2]
    assert before is not None
    assert after is not None
    assert before.grid is not None
    assert after.grid is not None
    return after.grid.stride == before.grid.stride and after.grid.center == before.grid.center + by


@st.composite
def windows(draw: st.DrawFn) -> Window:
    kernel, dilation = draw(st.integers(1, 6)), draw(st.integers(1, 2))
    sides = st.integers(0, dilation * (kernel - 1))
    word = draw(st.sampled_from(["", "", "same", "same_lower"]))
    low, high = (0, 0) if word else (draw(sides), draw(sides))
    return Window(kernel, draw(st.integers(1, 4)), dilation, word, low, high)


def with_padding(op: Window | Transposed) -> Iterator[Window | Transposed]:
    """With every padding within the reach of its kernel."""
    reach = range(op.dilation * (op.kernel - 1) + 1)
    yield from (op._replace(word="", low=low, high=high) for low in reach for high in reach)


@given(windows(), st.integers(1, 30), moves)
def test_windows(op: Window, size: int, by: int) -> None:
    assume(op.size(size) > 0)
    padding = op.padding(size)
    assert padding is not None
    possible = [other for other in with_padding(op) if does_so(op, other, size, by)]
    found = offered(op, size, by)
    assert len(set(found)) == len(found)
    assert set(found) <= set(possible)
    assert bool(found) == bool(possible)
    even = [other for other in possible if isinstance(other, Window) and other.low == other.high]
    assert found[: len(even)] == even
    if possible:
        # What takes as little as can be from the sum of both sides, or adds to it, is offered.
        total = sum(padding)
        least = min(abs(other.low + other.high - total) for other in possible if isinstance(other, Window))
        assert any(isinstance(other, Window) and abs(other.low + other.high - total) == least for other in found)


def test_windows_that_cannot_keep_the_sum() -> None:
    """The high side ends at the kernel's reach, and at none."""
    assert offered(Window(3, 4, low=2, high=1), 5, 2) == [Window(3, 4, low=0, high=2)]
    assert offered(Window(3, 4, low=0, high=1), 4, -2) == [Window(3, 4, low=2, high=0)]


@given(windows(), moves)
def test_windows_at_open_sizes_keep_the_sum_of_their_padding(op: Window, by: int) -> None:
    """Only that keeps the size of the map at every size."""
    assume(not op.word)
    kept = op._replace(low=op.low - by, high=op.high + by)
    expected = [kept] if kept in set(with_padding(op)) else []
    assert offered(op, 1 << 20, by, residue=0) == expected


@pytest.mark.parametrize(
    "op", [Window(3, word="causal"), Transposed(4, 2, word="causal"), Pointwise(), Resize("nearest", scale=Fraction(2))]
)
@pytest.mark.parametrize("by", [-1, 1, Fraction(1, 2)])
def test_not_moved(op: AxisOp, by: Fraction | int) -> None:
    assert offered(op, 20, by) == []


@pytest.mark.parametrize("op", [CropLike(), Slice(-8), Window(3, 2, word="same")])
@pytest.mark.parametrize("by", [-1, 1])
def test_not_moved_where_its_place_depends_on_an_open_size(op: AxisOp, by: int) -> None:
    program, sizing = sized(op, 1 << 20, 10, residue=0)
    step = sizing.steps[2]
    assert step is not None
    assert step.floating == (not isinstance(op, Window))
    floating = sizing._replace(steps=(None, None, step._replace(floating=True)))
    assert list(moved(program, floating, 2, Fraction(by))) == []


@st.composite
def transposed(draw: st.DrawFn) -> Transposed:
    kernel, stride, dilation = draw(st.integers(1, 6)), draw(st.integers(1, 4)), draw(st.integers(1, 2))
    sides = st.integers(0, dilation * (kernel - 1))
    word = draw(st.sampled_from(["", "", "same", "same_lower"]))
    low, high = (0, 0) if word else (draw(sides), draw(sides))
    return Transposed(kernel, stride, dilation, word, low, high, draw(st.integers(0, stride - 1)))


@given(transposed(), st.integers(1, 20), st.integers(-4, 4).filter(bool))
@example(Transposed(4, 2, low=2, high=1), 9, 1)
@example(Transposed(4, 2, low=3, high=1), 9, 1)
@example(Transposed(4, 2, low=0, high=2), 9, -1)
@example(Transposed(4, 2, low=1, high=3), 9, -1)
def test_transposed_windows_move_by_parts_of_a_sample(op: Transposed, size: int, steps: int) -> None:
    by = Fraction(steps, op.stride)
    assume(not sized(op, size)[1].problems)
    assert offered(op, size, by) == [other for other in with_padding(op) if does_so(op, other, size, by)]
    assert offered(op, size, by / 2) == ([] if steps % 2 else offered(op, size, Fraction(steps // 2, op.stride)))


sides = st.integers(-5, 5)


@given(sides, sides, moves)
def test_pads_do_not_become_crops(low: int, high: int, by: int) -> None:
    signs = [side > 0 for side in (low, high) if side]
    moved_sides = [low - by, high + by]
    # A side without anything is like the other one.
    told = [(side > 0) if side else signs[0] for side in (low, high)] if signs else []
    kept = bool(told) and all(not new or (new > 0) == grows for new, grows in zip(moved_sides, told, strict=True))
    found = offered(Pad(low, high), 40, by)
    assert found == ([Pad(*moved_sides)] if kept else [])
    assert all(does_so(Pad(low, high), other, 40, by) for other in found)


def test_only_windows_of_a_stride_take_parts_of_a_sample() -> None:
    assert offered(Pad(3, 3), 40, Fraction(1, 2)) == offered(Window(3, low=1, high=1), 40, Fraction(1, 2)) == []


@given(st.none() | st.integers(0, 8), st.integers(1, 9), st.integers(1, 9), moves)
def test_crops_stay_inside_the_map(start: int | None, size: int, like: int, by: int) -> None:
    op = CropLike(start)
    assume(not sized(op, size, like)[1].problems)
    possible = [CropLike(other) for other in range(size + 1) if does_so(op, CropLike(other), size, by, like)]
    assert offered(op, size, by, like) == possible


@given(st.integers(-9, 9), st.none() | st.integers(-9, 9), st.integers(1, 3), st.integers(1, 9), moves)
def test_slices_keep_what_their_ends_are_counted_from(start: int, stop: int | None, step: int, size: int, by: int) -> None:
    assume(stop is None or -size < stop <= size)
    op = Slice(start, stop, step)
    assume(not sized(op, size)[1].problems)
    ends = range(-size, size) if stop is None else range(-size - 6, 0) if stop < 0 else range(size + 7)
    possible = [Slice(start + by, other, step) for other in (None, *ends) if stop is None or other is not None or stop < 0]
    possible = [other for other in possible if -size <= other.start and (other.start < 0) == (start < 0) and does_so(op, other, size, by)]
    found = offered(op, size, by)
    assert set(found) <= set(possible)
    assert len(found) <= (start >= -size)
    if step == 1 and start >= -size:
        assert bool(found) == bool(possible)


def test_slices_are_moved_with_their_end() -> None:
    assert offered(Slice(2), 20, -1) == [Slice(1, -1)]
    assert offered(Slice(2, -2), 20, 2) == [Slice(4)]
    assert offered(Slice(2, -2), 20, 1) == [Slice(3, -1)]
    assert offered(Slice(0, 19, 2), 20, 1) == [Slice(1, 20, 2)]
    assert offered(Slice(0, None, 2), 20, 1) == [Slice(1, None, 2)]
    assert offered(Slice(-4, -1), 20, 1) == [Slice(-3)]
    assert offered(Slice(-19), 20, -1) == [Slice(-20, -1)]


@pytest.mark.parametrize(
    ("own", "other", "size", "bad"),
    [
        pytest.param(Window(5, low=1, high=3), Window(5, low=2, high=2), 33, None, id="centred"),
        pytest.param(Window(3, 2, low=1, high=1), Window(3, 2, low=0, high=2), 64, None, id="to the other side"),
        pytest.param(Window(3, 2, low=1, high=1), Window(3, 2, low=2, high=0), 64, "warning", id="further off"),
        pytest.param(Window(3, 2, low=1, high=1), Window(3, 2, low=2, high=2), 63, "info", id="further off, padded evenly"),
        pytest.param(Window(1), Window(2, low=1, high=0), 33, "warning", id="even kernel"),
        pytest.param(Window(3, 2, low=1, high=1), Window(4, 2, low=1, high=1), 64, None, id="even kernel that centres"),
        pytest.param(Window(3, 2, low=1, high=1), Window(4, 2, low=2, high=0), 63, "info", id="even kernel at a stride"),
        pytest.param(Window(2), Window(3, low=1, high=0), 33, "info", id="parity forbids better"),
        pytest.param(CropLike(0), CropLike(1), 33, None, id="no window"),
    ],
)
def test_windows_that_would_be_further_off_their_centre(own: AxisOp, other: AxisOp, size: int, bad: str | None) -> None:
    assert off_center(*sized(own, size, 31), 2, other) == bad


def test_pads_are_counted_into_the_only_window_that_reads_them() -> None:
    ops = (None, Pad(1, 1), Window(3))
    alone = Program(1, (0, *map(kind_of, ops[1:])), ops, ((), (0,), (1,)), (None, None, None), (), (2,))
    shared = alone._replace(
        kinds=(*alone.kinds, kind_of(Window(3))), ops=(*ops, Window(3)), sources=((), (0,), (1,), (1,)), likes=(None,) * 4
    )
    for program, bad in ((alone, "warning"), (shared, None), (alone._replace(outputs=(1, 2)), None), (alone._replace(causal=True), None)):
        assert off_center(program, size_up(program, InputSizes((33,)), {}), 1, Pad(2, 0)) == bad
    lopsided = alone._replace(ops=(None, Pad(2, 0), Window(3)))
    sizing = size_up(lopsided, InputSizes((33,)), {})
    assert off_center(lopsided, sizing, 2, Window(3, low=-1, high=1)) is None
    assert off_center(lopsided, sizing, 2, Window(3, low=1, high=-1)) == "warning"
