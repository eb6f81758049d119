"""Axes on which nothing is to look ahead, and the grids of newest samples there (design.md#look-ahead-and-causal-axes)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rflint.algebra import CropLike, Grid, Pad, PadLike, Slice, Step, Window, grid
from rflint.engine.partners import partners
from rflint.engine.program import STEP, Program

_BORDERS: Final = (Pad, CropLike, PadLike, Slice)


def padded_causally(program: Program, sizes: Sequence[int | None], steps: Sequence[Step | None]) -> bool:
    """Whether more than half of the windows that overlap their neighbours are padded as causal ones are."""
    # None is where nothing is uneven: most networks need not be asked further.
    if not any(isinstance(op, _BORDERS) or (isinstance(op, Window) and (op.word or op.low > op.high)) for op in program.ops):
        return False
    windows = [node for node, op in enumerate(program.ops) if isinstance(op, Window) and op.effective_kernel > op.stride]
    return bool(windows) and 2 * len(reads_past(program, sizes, steps, windows)) > len(windows)


def reads_past(
    program: Program, sizes: Sequence[int | None], steps: Sequence[Step | None], windows: Sequence[int] | None = None
) -> tuple[int, ...]:
    """Those of the windows (None: of all) that are padded as causal ones are."""
    together = partners(program, sizes, steps)
    nodes = range(len(program.ops)) if windows is None else windows
    return tuple(
        node for node in nodes if isinstance(op := program.ops[node], Window) and _is_causal(op, together.padding(op, steps[node], node))
    )


def _is_causal(op: Window, padding: tuple[int, int] | None) -> bool:
    """Whether a window with this padding, its partners' counted in, reads what is past, and as much as its size needs."""
    if padding is None:
        return False
    (low, high), reach = padding, op.effective_kernel - 1
    return high == 0 and 2 * low > reach and reach - op.stride < low <= reach


def anchored(program: Program, sizes: Sequence[int | None], steps: Sequence[Step | None]) -> tuple[Step | None, ...]:
    """The steps with grids of newest samples, where they read a window or resample."""
    together = partners(program, sizes, steps)
    found: list[Step | None] = []
    for node, (op, step) in enumerate(zip(program.ops, steps, strict=True)):
        moves_borders = program.kinds[node] != STEP or isinstance(op, _BORDERS)
        if moves_borders or step is None or step.grid is None or not step.taps or step.floating:
            found.append(step)
        elif step.period == 1:
            own = step.taps[0][-1]
            low = 0
            if isinstance(op, Window) and step.padding is not None and (padding := together.padding(op, step, node)) is not None:
                low = padding[0] - step.padding[0]
            found.append(step._replace(grid=Grid(step.advance, frame_center(own - low, step.advance) + low, 1)))
        else:
            found.append(step._replace(grid=_newest(step)))
    return tuple(found)


def frame_center(newest: int, stride: int) -> int:
    """A frame is late by nature, by up to a sample less than the stride."""
    return max(newest - max(stride - 1, 0), 0) if newest > 0 else newest


def newest_samples(center: int, stride: int) -> range:
    """The newest samples of a frame for which `c0` is this: what `anchored` does, back."""
    return range(center, center + 1) if center < 0 else range(stride) if not center else range(center + stride - 1, center + stride)


def _newest(step: Step) -> Grid | None:
    """The largest `newest - S p`, over phases that read something."""
    known = [taps[-1] * step.period - step.advance * phase for phase, taps in enumerate(step.taps) if taps]
    return grid(step.advance, max(known), step.period) if known else step.grid
