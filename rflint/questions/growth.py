"""Windows that are padded so evenly, and so much, that their map grows (design.md#borders-and-drift)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rflint.algebra import AxisOp, CropLike, Pad, Slice, Window
from rflint.engine import STEP, Analysis, AxisAnalysis
from rflint.questions.axes import alike


class Growth(NamedTuple):
    """A window of stride 1 on one axis; lengths are samples."""

    node: int
    kernel: int
    dilation: int
    #: On each side, with that of a `pad` that feeds this window only.
    padding: int
    #: Samples that the map has more than its input.
    grows: int
    #: Of the input, where it is known.
    size: int | None
    #: Whether the padding is the window's own.
    own: bool
    #: Whether nothing on the axis is to look ahead.
    causal: bool = False

    @property
    def even(self) -> tuple[int, int]:
        """The padding that keeps the size, as near to the centre as can be, as `same` has it; on causal axes, all before."""
        total = self.dilation * (self.kernel - 1)
        return (total, 0) if self.causal else (total // 2, total - total // 2)


def growing_windows(analysis: Analysis) -> list[tuple[Growth, tuple[str, ...]]]:
    """All of them, with the axes on which they grow alike."""
    found = [(growth, axes) for part, axes in analysis.distinct for growth in _growing(part)]
    return alike(analysis, found, lambda growth: growth._replace(size=None))


def _growing(axis: AxisAnalysis) -> Iterator[Growth]:
    program = axis.program
    readers = program.readers()
    for node, op in enumerate(program.ops):
        if program.kinds[node] != STEP or not isinstance(op, Window) or op.word or op.stride != 1 or op.kernel % 2:
            continue
        source, low, high = program.sources[node][0], op.low, op.high
        padder = program.ops[source]
        own = not (isinstance(padder, Pad) and readers[source] == [node])
        if isinstance(padder, Pad) and not own:
            low, high, source = low + padder.low, high + padder.high, program.sources[source][0]
        grows = low + high - op.dilation * (op.kernel - 1)
        # Padding by the whole kernel is RF304.
        if low == high and 0 < low < op.effective_kernel and grows > 0 and not _is_cut_back(axis, node, grows, readers):
            yield Growth(node, op.kernel, op.dilation, low, grows, axis.size(source), own, program.causal)


def _is_cut_back(axis: AxisAnalysis, node: int, grows: int, readers: list[list[int]]) -> bool:
    """Whether the only reader takes off what has come: a crop at every size, a strided window at those that it is made for."""
    if len(readers[node]) != 1 or readers[node] == [node]:
        return False
    (reader,) = readers[node]
    op = axis.program.ops[reader]
    taken_off = (_takes_off(op, grows, sizing.sizes[node], sizing.sizes[reader]) for sizing in axis.sizings)
    return any(taken_off) if isinstance(op, Window) else all(taken_off)


def _takes_off(op: AxisOp | None, grows: int, before: int | None, after: int | None) -> bool:
    """By a crop; or as a strided window that the grown map divides into, and the map as it was does not."""
    if before is None or after is None:
        return False
    if isinstance(op, Window) and op.stride > 1 and not op.word and op.low == op.high == 0:
        return (before - op.effective_kernel) % op.stride == 0 != (before - grows - op.effective_kernel) % op.stride
    return isinstance(op, (CropLike, Pad, Slice)) and before - after >= grows
