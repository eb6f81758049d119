"""Windows and their borders: what is left over, how far off-centre they are, and what would centre them (design.md#borders-and-drift)."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from rflint.algebra import Pad, Window
from rflint.engine import STEP, Analysis, AxisAnalysis, Sizing
from rflint.questions.nearest import FURTHEST, nearest_sizes


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


class OffCenter(NamedTuple):
    """A window whose shift is the same at every size that suits the network, on the axes that agree."""

    border: Border
    axes: tuple[int, ...]
    #: Samples of its input and of its output on each of these axes.
    sizes: tuple[tuple[int, int], ...]


@lru_cache(maxsize=1)  # four rules ask it
def decided_windows(analysis: Analysis) -> tuple[OffCenter, ...]:
    """Windows that are not simply centred and whose shift is decided, in the graph's order; equal axes together."""
    windows: dict[Hashable, OffCenter] = {}
    for part, axes in analysis.distinct:
        for border in _decided(analysis, part):
            window = windows.get(agreement := _agreement(border), OffCenter(border, (), ()))
            known = {**dict(zip(window.axes, window.sizes, strict=True)), **dict.fromkeys(axes, (border.size, border.out))}
            windows[agreement] = window._replace(axes=tuple(sorted(known)), sizes=tuple(known[axis] for axis in sorted(known)))
    return tuple(sorted(windows.values(), key=lambda window: window.border.node))


def _agreement(border: Border) -> Hashable:
    """In what axes agree that are told of together; sizes may differ."""
    return border.node, border.window, border.low, border.high, border.leftover, border.best, border.before


def _decided(analysis: Analysis, part: AxisAnalysis) -> list[Border]:
    first: dict[int, Border] = {}
    agreeing: dict[int, int] = {}
    readers = _reader_counts(analysis, part)
    sizings = decided_sizings(part)
    for sizing in sizings:
        for border in borders(part, sizing, readers):
            known = first.setdefault(border.node, border)
            if (known.shift, known.best_shift) == (border.shift, border.best_shift):
                agreeing[border.node] = agreeing.get(border.node, 0) + 1
    return [border for node, border in first.items() if agreeing[node] == len(sizings)]


class EvenSizes(NamedTuple):
    """Input sizes near the declared one at which windows divide their maps exactly."""

    #: Those that suit every layer: at most one below and one above.
    sizes: tuple[int, ...]
    #: Where there are none: those at which the windows divide, but another layer does not fit.
    unsuitable: tuple[int, ...] = ()
    #: How far the search went, and whether nothing can be found further away: divisions repeat.
    furthest: int = FURTHEST
    complete: bool = False


def even_sizes(analysis: Analysis, windows: Sequence[OffCenter], axes: Sequence[int]) -> Mapping[int, EvenSizes]:
    """Axis -> the input sizes nearest to the declared one at which all these windows divide their maps exactly.

    The borders are those of the first axis; axes on which the windows are others are left out.
    """
    borders_by_node = {window.border.node: window.border for window in windows}

    def divides(node: int, sizes: list[int | None]) -> bool:
        if (border := borders_by_node.get(node)) is None:
            return True
        before, out = sizes[border.source], sizes[node]
        return before is not None and out is not None and not border.leftover_at(before, out)

    first = analysis.axes[axes[0]].program
    nearest: dict[int, EvenSizes] = {}
    for axis in axes:
        program = analysis.axes[axis].program
        if all(program.ops[node] == first.ops[node] for node in borders_by_node):
            # Divisions repeat with the total stride: no search for exact ones need go further.
            modulus = program.modulus(program.scales(0))
            furthest = min(modulus, FURTHEST)
            found = nearest_sizes(analysis.axes[axis], divides, furthest)
            other = () if found.sizes else nearest_sizes(analysis.axes[axis], divides, furthest, set(borders_by_node)).sizes
            nearest[axis] = EvenSizes(found.sizes, other, furthest, found.complete and furthest == modulus)
    return nearest


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
        before, shift = _stride_before(part, source), Fraction(high - low - leftover, 2)
        yield Border(node, source, op, op.effective_kernel, op.stride, low, high, size, out, leftover, before, shift, sizing.virtual)


def _reader_counts(analysis: Analysis, part: AxisAnalysis) -> list[int]:
    counts = [0] * len(part.program.kinds)
    for origins in part.program.sources:
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


@lru_cache(maxsize=1)  # three rules ask it
def misfit(analysis: Analysis) -> bool:
    """Whether no input size suits every layer: sizes are then the first thing to mend, and borders say nothing."""
    return any(all(sizing.problems for sizing in part.sizings) for part in analysis.axes)
