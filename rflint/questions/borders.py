"""Windows and their borders: what is left over, how far off-centre they are, and what would centre them (design.md#borders-and-drift)."""

from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from rflint.algebra import Pad, Window
from rflint.engine import STEP, Analysis, AxisAnalysis, Sizing, reads_past


class Border(NamedTuple):
    """One window on one axis; a `pad` that feeds only this window is counted in.  Lengths are samples of its input."""

    node: int
    #: The map that the window (or the `pad` before it) reads.
    source: int
    window: Window
    #: Effective kernel.
    kernel: int
    stride: int
    #: Padding as resolved, with that of a preceding `pad`.
    low: int
    high: int
    #: Samples of the input (before any `pad`) and of the output.
    size: int
    out: int
    #: `r`: what floor division leaves over at the high edge; negative under `ceil_mode`.
    leftover: int
    #: Effective stride accumulated before the layer, largest over the inputs; None where it has none.
    before: Fraction | None
    #: How far the map's centre lies off its input's centre.
    shift: Fraction
    #: The sizes stand for a whole class of input sizes: not to be shown.
    virtual: bool

    def leftover_at(self, size: int, out: int) -> int:
        """`r` at other sizes of the input and the output; the padding stays as it is."""
        return size + self.low + self.high - self.kernel - self.stride * (out - 1)

    @property
    def best(self) -> tuple[int, int]:
        """The padding of the same output size that is closest to centre; it crops no more than the window does.

        With `t = k + s (n_out - 1) - n` the shift is `t / 2 - low`: only the low side counts.
        """
        total, least = self.kernel + self.stride * (self.out - 1) - self.size, min(self.low, self.high, 0)
        low = max(total // 2, least)
        return low, max(total - low, least)

    @property
    def best_shift(self) -> Fraction:
        """The shift that `best` leaves: zero, or half a sample where parity forbids better."""
        total = self.kernel + self.stride * (self.out - 1) - self.size
        return Fraction(total, 2) - self.best[0]


class OffCenter(NamedTuple):
    """A window whose shift is the same at every size that suits the network, on the axes that agree."""

    border: Border
    axes: tuple[int, ...]
    #: Samples of its input and of its output on each of these axes.
    sizes: tuple[tuple[int, int], ...]


def decided_windows(analysis: Analysis) -> tuple[OffCenter, ...]:
    """Windows that are not simply centred and whose shift is decided, in the graph's order; equal axes together.

    Windows on causal axes are not to be centred.
    """
    return tuple([window for window in lopsided_windows(analysis) if not analysis.axes[window.axes[0]].program.causal])


@lru_cache(maxsize=1)  # four rules ask it
def lopsided_windows(analysis: Analysis) -> tuple[OffCenter, ...]:
    """The same, and those on causal axes."""
    windows: dict[Hashable, OffCenter] = {}
    for part, axes in analysis.distinct:
        for border in _decided(part):
            agreement = part.program.causal, _agreement(border)
            window = windows.get(agreement, OffCenter(border, (), ()))
            known = {**dict(zip(window.axes, window.sizes, strict=True)), **dict.fromkeys(axes, (border.size, border.out))}
            windows[agreement] = window._replace(axes=tuple(sorted(known)), sizes=tuple(known[axis] for axis in sorted(known)))
    return tuple(sorted(windows.values(), key=lambda window: window.border.node))


def _agreement(border: Border) -> Hashable:
    """In what axes agree that are told of together; sizes may differ."""
    return border.node, border.window, border.low, border.high, border.leftover, border.best, border.before


def _decided(part: AxisAnalysis) -> list[Border]:
    first: dict[int, Border] = {}
    agreeing: dict[int, int] = {}
    readers = part.program.readers()
    sizings = decided_sizings(part)
    for sizing in sizings:
        for border in borders(part, sizing, readers):
            known = first.setdefault(border.node, border)
            if (known.shift, known.best_shift) == (border.shift, border.best_shift):
                agreeing[border.node] = agreeing.get(border.node, 0) + 1
    return [border for node, border in first.items() if agreeing[node] == len(sizings)]


def borders(part: AxisAnalysis, sizing: Sizing, readers: Sequence[Sequence[int]], *, every: bool = False) -> Iterator[Border]:
    """Windows of an axis that are not simply centred, at one set of input sizes, in the graph's order; causal ones are exempt.

    `every`: those that are centred too.
    """
    program = part.program
    for node, kind in enumerate(program.kinds):
        op = program.ops[node]
        if kind != STEP or not isinstance(op, Window) or op.word == "causal":
            continue
        step = sizing.steps[node]
        source = program.sources[node][0]
        size, out = sizing.sizes[source], sizing.sizes[node]
        if step is None or step.padding is None or size is None or out is None:
            continue
        low, high = step.padding
        padder = program.ops[source]
        if isinstance(padder, Pad) and len(readers[source]) == 1:
            low, high = low + padder.low, high + padder.high
            size -= padder.low + padder.high
            source = program.sources[source][0]
        kernel = op.effective_kernel
        leftover = size + low + high - kernel - op.stride * (out - 1)
        if low == high and not leftover and low < kernel and not every:
            continue
        before, shift = _stride_before(part, source), Fraction(high - low - leftover, 2)
        yield Border(node, source, op, kernel, op.stride, low, high, size, out, leftover, before, shift, sizing.virtual)


def _stride_before(part: AxisAnalysis, node: int) -> Fraction | None:
    strides = [
        field.grid.stride for found in part.cases[0].traces.values() if (field := found.fields[node]) is not None and field.grid is not None
    ]
    return max(strides, default=None)


def decided_sizings(part: AxisAnalysis) -> tuple[Sizing, ...]:
    """Sizings of all sizes that suit the network, or the declared one; empty where no size suits, or none is decided."""
    if not part.decided:
        return ()
    suitable = tuple(sizing for case in part.cases for sizing in case.sizings if not sizing.problems)
    return suitable if suitable or part.sizings[0].virtual else part.sizings


@lru_cache(maxsize=1)  # three rules ask it
def other_readings(analysis: Analysis) -> frozenset[int]:
    """Windows that are padded as causal ones are, on axes that are not causal: whether they are meant so is not known."""
    first = [(part.program, part.valid_cases[0].sizings[0]) for part, _ in analysis.distinct if not part.program.causal]
    return frozenset(node for program, sizing in first for node in reads_past(program, sizing.sizes, sizing.steps))


@lru_cache(maxsize=1)  # three rules ask it
def misfit(analysis: Analysis) -> bool:
    """Whether no input size suits every layer: sizes are then the first thing to mend, and borders say nothing."""
    return any(all(sizing.problems for sizing in part.sizings) for part in analysis.axes)
