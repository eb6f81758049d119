"""Border layers, counted into the padding of the windows that they alone feed or follow (design.md#look-ahead-and-causal-axes)."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rflint.algebra import CropLike, Pad, PadLike, Slice, Step, Transposed, Window
from rflint.engine.program import Program
from rflint.model import EMPTY

#: Samples before the first and after the last one; negative: removed.
Border = tuple[int, int]
_NONE: Final = (0, 0)


class Partners(NamedTuple):
    """Which border layers belong to which windows, transposed ones among them."""

    #: Window -> what is added to the map that it reads.
    before: Mapping[int, Border] = EMPTY
    #: Window -> what is added to its own map.
    after: Mapping[int, Border] = EMPTY
    #: Layers that are counted into a window.
    counted: frozenset[int] = frozenset()

    def padding(self, op: Window | Transposed, step: Step | None, node: int) -> Border | None:
        """Padding of a window, its partners counted in, in samples of its input; None where it depends on an unknown size.

        Of a transposed one, in samples of its output, and removed.
        """
        if step is None or step.padding is None:
            return None
        before, after = self.before.get(node, _NONE), self.after.get(node, _NONE)
        if isinstance(op, Transposed):
            low, high = (own - op.stride * first - last for own, first, last in zip(step.padding, before, after, strict=True))
        else:
            low, high = (own + first + op.stride * last for own, first, last in zip(step.padding, before, after, strict=True))
        return low, high


def partners(program: Program, sizes: Sequence[int | None], steps: Sequence[Step | None]) -> Partners:
    """All of them, at these sizes: O(nodes + edges)."""
    ops, sources = program.ops, program.sources
    moving = [node for node, op in enumerate(ops) if isinstance(op, (Pad, CropLike, PadLike, Slice))]
    if not moving:
        return Partners()
    readers = program.readers()
    windows = frozenset(node for node, op in enumerate(ops) if isinstance(op, (Window, Transposed)))
    before: dict[int, Border] = {}
    after: dict[int, Border] = {}
    counted: set[int] = set()
    for node in moving:
        if not sources[node] or (border := _border(program, sizes, steps, node)) is None:
            continue
        origin, reading = sources[node][0], readers[node]
        follows = origin in windows and readers[origin] == [node]
        feeds = bool(reading) and windows.issuperset(reading) and node not in program.outputs
        feeds = feeds and (len(reading) == 1 or (isinstance(ops[node], Pad) and sum(border) >= 0))
        if follows and (sum(border) < 0 or not feeds):
            after[origin] = border
        elif feeds:
            before |= dict.fromkeys(reading, border)
        else:
            continue
        counted.add(node)
    return Partners(before, after, frozenset(counted))


def _border(program: Program, sizes: Sequence[int | None], steps: Sequence[Step | None], node: int) -> Border | None:
    """What a layer of stride 1 adds to its map; None for any other layer, and where that depends on an unknown size."""
    op, step = program.ops[node], steps[node]
    if isinstance(op, Pad):
        return op.low, op.high
    if not isinstance(op, (CropLike, PadLike, Slice)) or step is None or step.grid is None or step.floating or step.grid.s != step.grid.d:
        return None
    size, low = sizes[program.sources[node][0]], -step.grid.c
    if size is not None and step.size is not None:
        return low, step.size - size - low
    if isinstance(op, Slice) and (op.stop is None or op.stop < 0):
        return low, op.stop or 0
    return None
