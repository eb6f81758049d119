"""Transposed convolutions whose outputs see different numbers of inputs in turn."""

from collections.abc import Iterator
from typing import NamedTuple

from rflint.algebra import Transposed
from rflint.engine import Analysis, AxisAnalysis
from rflint.questions.axes import alike


class Checkerboard(NamedTuple):
    """One transposed convolution on one axis."""

    node: int
    kernel: int
    stride: int
    #: Inputs that each of the outputs of one period sees.
    taps: tuple[int, ...]


def checkerboards(analysis: Analysis) -> list[tuple[Checkerboard, tuple[str, ...]]]:
    """All such convolutions, with the axes on which their outputs see the same numbers of inputs."""
    boards = [(board, axes) for part, axes in analysis.distinct for board in _checkerboards(part)]
    learnt = [board for board in boards if analysis.graph.kind(analysis.graph.layer(board[0].node)) == "conv_transpose"]
    return alike(analysis, learnt, lambda board: (board.node, board.taps))


def _checkerboards(axis: AxisAnalysis) -> Iterator[Checkerboard]:
    for node, (op, step) in enumerate(zip(axis.program.ops, axis.sizings[0].steps, strict=True)):
        if isinstance(op, Transposed) and step is not None:
            taps = tuple(map(len, step.taps))
            if len(set(taps)) > 1:
                yield Checkerboard(node, op.kernel, op.stride, taps)
