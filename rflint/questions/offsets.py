"""An op moved against its input, its output as large as before, and what that does to its own centre (design.md#alignment)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rflint.algebra import AxisOp, CropLike, Facts, Pad, PadLike, Slice, Transposed, Window
from rflint.engine import Program, Sizing, frame_center, newest_samples, partners
from rflint.model import Severity


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
        for distance in _distances(program, sizing, node, op, int(by)):
            yield from _moved_window(op, step.padding, known, step.size, distance)
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


def _distances(program: Program, sizing: Sizing, node: int, op: Window, by: int) -> range:
    """By how many samples a window has to be moved for its centre to move by these: on causal axes a frame has some play."""
    if not program.causal or op.stride == 1:
        return range(by, by + 1)
    padding = partners(program, sizing.sizes, sizing.steps).padding(op, sizing.steps[node], node)
    if padding is None:
        return range(by, by + 1)
    newest = op.effective_kernel - 1 - padding[0]
    wanted = newest_samples(frame_center(newest, op.stride) + by, op.stride)
    return range(wanted.start - newest, wanted.stop - newest)


def _moved_window(op: Window, padding: tuple[int, int] | None, size: int | None, out: int | None, by: int) -> Iterator[Window]:
    """Low and high within the kernel's reach; any high that keeps the size."""
    if op.word == "causal" or padding is None:
        return
    reach = op.effective_kernel - 1
    low, high = padding[0] - by, padding[1] + by
    # The last is the nearest to keeping the sum: of all that keep the size, if any does.
    highs = [high] if size is None or out is None else [low, high, padding[1], min(max(high, 0), reach)]
    for choice in dict.fromkeys(highs):
        made = op._replace(word="", low=low, high=choice)
        if 0 <= low <= reach and 0 <= choice <= reach and (size is None or out is None or made.size(size) == out):
            yield made


def _moved_transposed(op: Transposed, by: Fraction) -> Iterator[Transposed]:
    """Low and high within the kernel's reach, moved against each other."""
    if op.word == "causal" or by.denominator != 1:
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
    return any(old) and (old[0] or old[1]) * new[0] >= 0 and (old[1] or old[0]) * new[1] >= 0


def _moved_slice(op: Slice, size: int, out: int | None, by: int) -> Iterator[Slice]:
    """Inside the map; both ends stay counted from where they are."""
    start = op.start + by
    if (start < 0) != (op.start < 0) or min(start, op.start) < -size:
        return
    stops = (None, by) if op.stop is None else (op.stop, op.stop + by or None)
    for stop in stops:
        if len(range(size)[start : stop : op.step_size]) == out:
            yield Slice(start, stop, op.step_size)
            return


def off_center(program: Program, sizing: Sizing, node: int, op: AxisOp) -> Severity | None:
    """How bad the finding is that a node with this op would have of being further off its centre than it is; None: none.

    That is of a window, or of a `pad` that one window alone reads; its output is as large as before. On causal axes nothing is to be
    centred.
    """
    if program.causal:
        return None
    own = program.ops[node]
    if isinstance(own, Window) and isinstance(op, Window):
        origin = program.sources[node][0]
        feeding = program.ops[origin]
        pad = feeding if isinstance(feeding, Pad) and _only_reader(program, origin) is not None else Pad(0, 0)
        return _off_center(program, sizing, node, (own, op), (pad, pad))
    if isinstance(own, Pad) and isinstance(op, Pad) and (reader := _only_reader(program, node)) is not None:
        window = program.ops[reader]
        return _off_center(program, sizing, reader, (window, window), (own, op)) if isinstance(window, Window) else None
    return None


def _only_reader(program: Program, node: int) -> int | None:
    """The layer that alone reads a node; None where several do, or the node is an output."""
    readers = [reader for reader, origins in enumerate(program.sources) for origin in origins if origin == node]
    return readers[0] if len(readers) == 1 and node not in program.outputs else None


def _off_center(program: Program, sizing: Sizing, node: int, windows: tuple[Window, Window], pads: tuple[Pad, Pad]) -> Severity | None:
    """The same of a window, as it is and as it would be, and of the `pad` before it."""
    step, size, out = sizing.steps[node], sizing.sizes[program.sources[node][0]], sizing.sizes[node]
    if step is None or step.padding is None or size is None or out is None:
        return None
    (own, new), (before, after) = windows, pads
    low, high = step.padding if new is own else (new.low, new.high)
    # Twice the distance from the centre (design.md#borders-and-drift).
    rest = own.stride * (out - 1) - size
    was = own.effective_kernel + rest - 2 * step.padding[0] + before.high - before.low
    now = new.effective_kernel + rest - 2 * low + after.high - after.low
    if abs(now) <= abs(was):
        return None
    if low + after.low == high + after.high:
        return "info"
    # Half a sample is the least where parity forbids better; of an even kernel at stride 1 that is a warning, too.
    return "warning" if abs(now) > 1 or (new.effective_kernel % 2 == 0 and new.stride == 1) else "info"
