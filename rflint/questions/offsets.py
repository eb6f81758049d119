"""An op moved against its input, its output as large as before (design.md#alignment)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rflint.algebra import AxisOp, CropLike, Facts, Pad, PadLike, Slice, Transposed, Window
from rflint.engine import Program, Sizing


def moved(program: Program, sizing: Sizing, node: int, by: Fraction) -> Iterator[AxisOp]:
    """The op of a node with its centre `by` samples of its input later, in each admissible way; even padding first."""
    op, step = program.ops[node], sizing.steps[node]
    if step is None or step.floating:
        return
    size = sizing.sizes[program.sources[node][0]]
    if isinstance(op, Transposed):
        yield from _moved_transposed(op, by * op.stride)
    elif by.denominator != 1:
        return
    elif isinstance(op, Window):
        # At open sizes any size of a class stands for all: only the sum of the padding says what keeps them all.
        known = size if not sizing.virtual or op.word else None
        yield from _moved_window(op, step.padding, known, step.size, int(by))
    elif isinstance(op, Pad):
        pad = Pad(op.low - int(by), op.high + int(by))
        if _same_signs((op.low, op.high), (pad.low, pad.high)):
            yield pad
    elif isinstance(op, PadLike) and step.padding is not None:
        yield from _moved_pad_like(op, step.padding, size, step.size, int(by))
    elif isinstance(op, CropLike) and step.grid is not None and step.size is not None and size is not None:
        start = step.grid.c + int(by)
        if 0 <= start <= size - step.size:
            yield CropLike(start)
    elif isinstance(op, Slice) and size is not None:
        yield from _moved_slice(op, size, step.size, int(by))


def _moved_window(op: Window, padding: tuple[int, int] | None, size: int | None, out: int | None, by: int) -> Iterator[Window]:
    """Low and high within the kernel's reach; any high that keeps the size."""
    if op.word == "causal" or padding is None:
        return
    reach = op.effective_kernel - 1
    low, high = padding[0] - by, padding[1] + by
    highs = [high]
    if size is not None and out is not None:
        # Of all that keep the size, the one nearest to keeping the sum.
        spare = op.leftover(size, out)
        least, most = high - spare, high - spare + op.stride - 1
        highs = [low, high, padding[1], min(max(high, least, 0), most, reach)]
    for choice in dict.fromkeys(highs):
        made = op._replace(word="", low=low, high=choice)
        if 0 <= low <= reach and 0 <= choice <= reach and (size is None or out is None or made.size(size) == out):
            yield made


def _moved_transposed(op: Transposed, by: Fraction) -> Iterator[Transposed]:
    """Low and high within the kernel's reach, moved against each other."""
    if by.denominator != 1:
        return
    low, high = op.padding()
    made = op._replace(word="", low=low + int(by), high=high - int(by))
    if min(made.low, made.high) >= 0 and max(made.low, made.high) <= op.dilation * (op.kernel - 1):
        yield made


def _moved_pad_like(op: PadLike, padding: tuple[int, int], size: int | None, out: int | None, by: int) -> Iterator[PadLike]:
    """By a word where one has this place at this size and none is given as a number, else by the number."""
    low, high = padding[0] - by, padding[1] + by
    if not _same_signs(padding, (low, high)):
        return
    facts = Facts(size, out)
    words = [op._replace(align=align) for align in ("center", "start", "end")] if op.start is None else []
    for made in (*words, PadLike(op.align, low)):
        if made.step(facts).padding == (low, high):
            yield made


def _same_signs(old: tuple[int, int], new: tuple[int, int]) -> bool:
    """Whether both sides keep their sign, a zero that of the other side: none crops now that padded, nor pads that cropped."""
    signs = [(own > 0) - (own < 0) or (other > 0) - (other < 0) for own, other in (old, old[::-1])]
    return all(sign * value >= 0 if sign else not value for sign, value in zip(signs, new, strict=True))


def _moved_slice(op: Slice, size: int, out: int | None, by: int) -> Iterator[Slice]:
    """Inside the map; both ends stay counted from where they are."""
    start = op.start + by
    if (start < 0) != (op.start < 0):
        return
    stops = (op.stop, by if by < 0 else None) if op.stop is None else (op.stop, op.stop + by or None)
    for stop in dict.fromkeys(stops):
        kept = range(size)[start : stop : op.step_size]
        if len(kept) == out and start >= -size and (stop is None or op.stop is None or (stop < 0) == (op.stop < 0)):
            yield Slice(start, stop, op.step_size)
            return
