"""Windows and their borders: what is left over, how far off-centre they are, and what would centre them (design.md#borders-and-drift)."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rflint.algebra.axis import Window
from rflint.algebra.resampling import Pad
from rflint.engine.program import STEP
from rflint.engine.sizing import size_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rflint.engine.analysis import Analysis, AxisAnalysis
    from rflint.engine.sizing import Memo, Sizing


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
    #: The sizes stand for a whole class of input sizes: not to be shown.
    virtual: bool = False

    def leftover_at(self, size: int, out: int) -> int:
        """`r` at other sizes of the input and the output; the padding stays as it is."""
        return size + self.low + self.high - self.kernel - self.stride * (out - 1)

    @property
    def shift(self) -> Fraction:
        """How far the map's centre lies off its input's centre."""
        return Fraction(self.high - self.low - self.leftover, 2)

    @property
    def best(self) -> tuple[int, int]:
        """The padding of the same output size that is closest to centre.

        With `t = k + s (n_out - 1) - n` the shift is `t / 2 - low`: only the low side counts.
        """
        total = self.kernel + self.stride * (self.out - 1) - self.size
        low = max(total // 2, 0)
        return low, max(total - low, 0)

    @property
    def best_shift(self) -> Fraction:
        """The shift that `best` leaves: zero, or half a sample where parity forbids better."""
        total = self.kernel + self.stride * (self.out - 1) - self.size
        return Fraction(total, 2) - self.best[0]


class Settled(NamedTuple):
    """A window whose shift is the same at every size that suits the network, on the axes that agree."""

    border: Border
    axes: tuple[int, ...]


@lru_cache(maxsize=1)  # four rules ask it
def settled_borders(analysis: Analysis) -> tuple[Settled, ...]:
    """Windows that are not simply centred and whose shift is decided, in the graph's order; equal axes together."""
    settled: list[Settled] = []
    per_axis: list[dict[int, Border]] = []
    for axis, part in enumerate(analysis.axes):
        twin = next((earlier for earlier in range(axis) if analysis.axes[earlier].cases is part.cases), None)
        per_axis.append(per_axis[twin] if twin is not None else _settled(analysis, axis))
    for node in sorted({node for found in per_axis for node in found}):
        groups: dict[tuple[object, ...], list[int]] = {}
        for axis, found in enumerate(per_axis):
            if node in found:
                border = found[node]
                groups.setdefault((border.window, border.low, border.high, border.leftover, border.best, border.before), []).append(axis)
        settled.extend(Settled(per_axis[axes[0]][node], tuple(axes)) for axes in groups.values())
    return tuple(settled)


def _settled(analysis: Analysis, axis: int) -> dict[int, Border]:
    found: dict[int, Border] = {}
    agreeing: dict[int, int] = {}
    readers = _reader_counts(analysis, axis)
    sizings = decided_sizings(analysis.axes[axis])
    for sizing in sizings:
        for border in borders(analysis.axes[axis], sizing, readers):
            known = found.setdefault(border.node, border)
            if (known.shift, known.best_shift) == (border.shift, border.best_shift):
                agreeing[border.node] = agreeing.get(border.node, 0) + 1
    return {node: border for node, border in found.items() if agreeing[node] == len(sizings)}


def borders(part: AxisAnalysis, sizing: Sizing, readers: list[int]) -> Iterator[Border]:
    """Windows of an axis that are not simply centred, at one set of input sizes, in the graph's order; causal ones are exempt."""
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
        if isinstance(padder, Pad) and readers[source] == 1:
            low, high = low + padder.low, high + padder.high
            size -= padder.low + padder.high
            source = program.sources[source][0]
        leftover = size + low + high - op.effective_kernel - op.stride * (out - 1)
        if low == high and not leftover and low < op.effective_kernel:
            continue
        yield Border(
            node, source, op, op.effective_kernel, op.stride, low, high, size, out, leftover, _stride_before(part, source), sizing.virtual
        )


def _reader_counts(analysis: Analysis, axis: int) -> list[int]:
    counts = [0] * len(analysis.axes[axis].program.kinds)
    for origins in analysis.axes[axis].program.sources:
        for origin in origins:
            counts[origin] += 1
    for output in analysis.graph.outputs:
        counts[output] += 1
    return counts


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
    return suitable if suitable or part.sizings[0].virtual else part.sizings[:1]


def misfit(analysis: Analysis) -> bool:
    """Whether no input size suits every layer: sizes are then the first thing to mend, and borders say nothing."""
    return any(all(sizing.problems for sizing in part.sizings) for part in analysis.axes)


def nearest_sizes(analysis: Analysis, axis: int, fits: Callable[[int, list[int | None]], bool], furthest: int = 256) -> tuple[int, ...]:
    """The input sizes next below and above the declared one that suit every layer and `fits`; for one input only.

    `fits` is asked at every layer with a window, given its node and the map sizes so far.

    Looks as far as `furthest` samples either way, less far in large networks.
    """
    part = analysis.axes[axis]
    declared = part.sizings[0].inputs
    if len(declared) != 1 or declared[0] is None:
        return ()
    found: list[int] = []
    memo: Memo = {}
    furthest = min(furthest, 200_000 // len(part.program.kinds))
    for direction in (1, -1):
        for distance in range(1, furthest + 1):
            size = declared[0] + direction * distance
            if size < 1:
                break
            sizing = size_up(part.program, (size,), (None,), {}, (), memo, fits)
            if not sizing.problems:
                found.append(size)
                break
    return tuple(sorted(found))
