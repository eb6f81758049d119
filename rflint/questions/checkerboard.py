"""Transposed convolutions whose outputs see different numbers of inputs in turn."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rflint.algebra import AxisOp, CropLike, Pad, PadLike, Transposed, Window
from rflint.engine import Analysis, AxisAnalysis, Program
from rflint.model import Graph
from rflint.questions.axes import alike


class Evened(NamedTuple):
    """Fields by which the outputs of a transposed convolution see equally many inputs, and its map keeps its size; None: as they are."""

    kernel: int
    padding: tuple[int, int] | None = None
    output_padding: int | None = None


class Checkerboard(NamedTuple):
    """One transposed convolution on one axis."""

    node: int
    kernel: int
    stride: int
    #: Inputs that each of the outputs of one period sees.
    taps: tuple[int, ...]
    #: The next larger kernel that is a multiple of the stride, and what else has to change for the map to keep its size.
    even: Evened
    #: Whether nothing on the axis is to look ahead.
    causal: bool = False


def checkerboards(analysis: Analysis) -> list[tuple[Checkerboard, tuple[str, ...]]]:
    """All such convolutions, with the axes on which their outputs see the same numbers of inputs; not those that a fixed filter evens."""
    graph = analysis.graph
    boards = [(board, axes) for part, axes in analysis.distinct for board in _uneven(graph, part)]
    learnt = [board for board in boards if graph.kind(graph.layer(board[0].node)) == "conv_transpose"]
    return alike(analysis, learnt, lambda board: (board.node, board.taps))


def _checkerboards(axis: AxisAnalysis) -> Iterator[Checkerboard]:
    for node, (op, step) in enumerate(zip(axis.program.ops, axis.sizings[0].steps, strict=True)):
        if isinstance(op, Transposed) and step is not None:
            taps = tuple(map(len, step.taps))
            if len(set(taps)) > 1:
                yield Checkerboard(node, op.kernel, op.stride, taps, _evened(op, axis.program.causal), axis.program.causal)


def _uneven(graph: Graph, axis: AxisAnalysis) -> Iterator[Checkerboard]:
    """Those that no fixed filter evens."""
    readers = axis.program.readers()
    return (board for board in _checkerboards(axis) if not _smoothed(graph, axis.program, readers, board))


def _smoothed(graph: Graph, program: Program, readers: Sequence[Sequence[int]], board: Checkerboard) -> bool:
    """Whether all that reads the map, borders aside, is a fixed filter that weighs the outputs of one period alike.

    A box does, of a multiple of the stride, and at stride 2 any low-pass filter: it has `1 + z` as a factor.
    """
    reading: list[int] = []
    open_ends = [board.node]
    while open_ends:
        origin = open_ends.pop()
        # An output is read by what comes after the network.
        if origin in readers[origin]:
            return False
        for node in readers[origin]:
            (open_ends if isinstance(program.ops[node], (Pad, CropLike, PadLike)) else reading).append(node)
    return bool(reading) and all(_evens(graph.kind(graph.layer(node)), program.ops[node], board.stride) for node in reading)


def _evens(kind: str, op: AxisOp | None, stride: int) -> bool:
    if not isinstance(op, Window) or op.dilation != 1:
        return False
    return (kind == "avg_pool" and op.kernel % stride == 0) or (kind == "blur_pool" and stride == 2 and op.kernel > 1)


def _evened(op: Transposed, causal: bool) -> Evened:
    """What a larger kernel adds to the map is taken off again, as near to the centre as can be; at its end where nothing may look ahead."""
    kernel = -(-op.kernel // op.stride) * op.stride
    if op.word:
        return Evened(kernel)
    added = op.dilation * (kernel - op.kernel)
    # One sample of output padding makes the rest even, so that both sides can share it.
    fewer = min(added % 2, op.output_padding)
    rest = added - fewer
    first = 0 if causal else rest // 2
    padding = (op.low + first, op.high + rest - first) if rest else None
    return Evened(kernel, padding, op.output_padding - fewer if fewer else None)
