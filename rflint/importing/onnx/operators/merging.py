"""Operators on several maps element by element, and concatenation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Final

from rflint.importing.fields import brief
from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.operators.arithmetic import computed
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader
from rflint.importing.onnx.tensors import BATCH, CHANNELS, TOKENS, Atom, Dim, Tensor, atom, axes_in, kinds_of, size_of

_OPS: Final = {
    "Add": "add",
    "Sum": "add",
    "Sub": "sub",
    "Mul": "mul",
    "Div": "div",
    "Max": "max",
    "Min": "min",
    "Mean": "mean",
}


def merged(reader: Reader, node: Node) -> Made:
    """Merge maps element by element; with constants only, a map stays where it is."""
    tensors = [reader.input(node, place) for place, name in enumerate(node.inputs) if name]
    if (result := computed(reader, node)) is not None:
        return result
    maps = [each for each in tensors if not each.is_constant]
    if not maps:
        return Tensor(_common([each.shape for each in tensors]))
    if (scores := next((each for each in maps if each.pairs), None)) is not None:
        return _with_scores(tensors, maps, scores)
    if any(each.dims is None for each in maps):
        raise NotExpressible
    rank = max(len(each.shape or ()) for each in tensors)
    dims = _broadcast([_aligned(each.dims or (), rank) for each in maps])
    if len(maps) == 1:
        return _alone(reader, node, maps[0], tensors, dims)
    if len({each.key for each in maps}) == 1:
        whole = max(maps, key=lambda each: each.channels or 0)
        return reader.emit(node, "identity", [whole], dims=dims)
    sizes = tuple(max(each.sizes[axis] for each in maps) for axis in range(reader.axes))
    fields = {} if all(each.sizes == sizes for each in maps) else {"broadcast": True}
    channels = max((each.channels for each in maps if each.channels is not None), default=None)
    return reader.emit(node, _OPS.get(node.op, "add"), maps, fields, channels=channels, sizes=sizes, dims=dims)


def _with_scores(tensors: Sequence[Tensor], maps: Sequence[Tensor], scores: Tensor) -> Tensor:
    """Products of queries and keys with something added: it is the same positions that are paired, but for those ruled out."""
    if not all(each.pairs for each in maps):
        raise NotExpressible
    assert scores.shape is not None
    # One number for each window is a mask; one for all, a bias.
    masks = [each for each in tensors if each.is_constant and (each.shape is None or prod(each.shape[:-3]) > 1)]
    return scores._replace(masked=scores.masked or bool(masks))


def _alone(reader: Reader, node: Node, tensor: Tensor, tensors: Sequence[Tensor], dims: tuple[Dim, ...]) -> Tensor:
    constants = [each for each in tensors if each.is_constant]
    for each in constants:
        if each.shape is None:
            continue
        first = len(dims) - len(each.shape)
        grown = [first + place for place, size in enumerate(each.shape) if size > 1 and not dims[first + place]]
        if grown and (len(grown) > 1 or CHANNELS in kinds_of(dims) or tensor.channels not in (1, None)):
            raise NotExpressible
        if grown:
            # One number for each sample becomes several, as where it is told which of some values it is.
            channels = each.shape[grown[0] - first]
            spread = (*dims[: grown[0]], atom(CHANNELS, channels), *dims[grown[0] + 1 :])
            fields = {"kernel": 1, "channels": channels}
            return reader.emit(node, "window", [tensor], fields, channels=channels, dims=spread)
    return reader.emit(node, "identity", [tensor], dims=dims)


def _common(shapes: Sequence[tuple[int, ...] | None]) -> tuple[int, ...] | None:
    known = [each for each in shapes if each is not None]
    rank = max(map(len, known), default=0)
    padded = [(1,) * (rank - len(each)) + each for each in known]
    return tuple(map(max, zip(*padded, strict=True))) if len(known) == len(shapes) else None


def _aligned(dims: Sequence[Dim], rank: int) -> tuple[Dim, ...]:
    return (*((),) * (rank - len(dims)), *dims)


def _broadcast(views: Sequence[tuple[Dim, ...]]) -> tuple[Dim, ...]:
    """Return the dimensions of a merged tensor; raises NotExpressible where two maps meet in different places."""
    result = []
    for dims in zip(*views, strict=True):
        held = [dim for dim in dims if dim]
        for dim in held[1:]:
            if size_of(dim) != size_of(held[0]) or not _meets(dim, held[0]):
                raise NotExpressible
        result.append(held[0] if held else ())
    return tuple(result)


def _meets(one: Dim, two: Dim) -> bool:
    """Whether the positions of two dimensions are those of the same samples."""
    spatial = [[each for each in dim if each.kind >= 0] for dim in (one, two)]
    return spatial[0] == spatial[1]


def _concat(reader: Reader, node: Node) -> Made:
    if (result := computed(reader, node)) is not None:
        return result
    return concatenated(reader, node, [reader.input(node, place) for place in range(len(node.inputs))], int(node.attributes["axis"]))


def concatenated(reader: Reader, node: Node, whole: Sequence[Tensor], place: int) -> Made:
    """Concatenate tensors along a dimension."""
    tensors = [each for each in whole if each.shape is None or 0 not in each.shape] or whole
    maps = [each for each in tensors if not each.is_constant]
    if len(tensors) == 1 and maps:
        return maps[0]
    if not maps:
        return Tensor(_stacked([each.shape for each in tensors], place))
    first = maps[0]
    if any(each.dims is None or each.pairs for each in maps) or first.dims is None:
        raise NotExpressible
    axis = place % len(first.dims)
    if _are_tokens(tensors, axis):
        return _with_tokens(reader, node, tensors, axis)
    held = kinds_of([each.dims[axis] for each in maps if each.dims is not None])
    # A dimension that all have one position of is that of the channels, where these are nowhere else.
    along = CHANNELS if not held and CHANNELS not in kinds_of(first.dims) else next(iter(held), None)
    others = [_without(each.dims or (), axis) for each in maps]
    if len(held) > 1 or any(len(each) != len(others[0]) for each in others):
        raise NotExpressible
    _broadcast(others)
    if along in (CHANNELS, None):
        return _on_channels(reader, node, tensors, maps, axis)
    if along == BATCH or along is None or len(maps) != len(tensors):
        raise NotExpressible
    if (turned := _turned(maps, along)) is not None:
        return turned
    total = sum(size_of(each.dims[axis]) for each in maps if each.dims is not None)
    if any(each.dims is None or each.dims[axis] != atom(along, each.sizes[along]) for each in maps):
        raise NotExpressible
    sizes = [total if number == along else size for number, size in enumerate(first.sizes)]
    dims = (*first.dims[:axis], atom(along, total), *first.dims[axis + 1 :])
    fields = {"axis": _axis_name(reader, along)}
    return _single(reader, node, maps, fields, first.channels, sizes, dims)


def _are_tokens(tensors: Sequence[Tensor], axis: int) -> bool:
    """Whether samples come last, and before them positions that belong to no sample."""
    *before, last = tensors
    if not before or last.dims is None or not axes_in([last.dims[axis]], last.sizes):
        return False
    return all(each.is_constant or (set(each.sizes) == {1} and each.dims is not None and not each.dims[axis]) for each in before)


def _with_tokens(reader: Reader, node: Node, tensors: Sequence[Tensor], axis: int) -> Tensor:
    """Put positions that are no samples before those of a whole map: class tokens."""
    whole = tensors[-1]
    assert whole.dims is not None
    grid = tuple(each for number, size in enumerate(whole.sizes) for each in atom(number, size))
    if whole.dims[axis] != grid or any(each.shape is None for each in tensors):
        raise NotExpressible
    total = sum(each.shape[axis] for each in tensors if each.shape is not None)
    dims = (*whole.dims[:axis], (Atom(TOKENS, total),), *whole.dims[axis + 1 :])
    return reader.emit(node, "identity", [whole], dims=dims)


def _turned(maps: Sequence[Tensor], axis: int) -> Tensor | None:
    """Return a map turned along an axis, where its two parts are put together the other way round."""
    if len(maps) != 2 or maps[0].cut is None or maps[1].cut is None or maps[0].cut[0] != maps[1].cut[0]:
        return None
    base, first = maps[0].cut
    second = maps[1].cut[1]
    whole = tuple(map(range, base.sizes))
    others = [number for number in range(len(whole)) if number != axis]
    if any(first[number] != whole[number] or second[number] != whole[number] for number in others):
        return None
    by = len(second[axis])
    if second[axis] != range(by) or first[axis] != range(by, base.sizes[axis]):
        return None
    before = base.rolled or (0,) * len(whole)
    size = base.sizes[axis]
    turned = tuple((old + by) % size if number == axis else old for number, old in enumerate(before))
    return base._replace(rolled=turned if any(turned) else ())


def _phases(maps: Sequence[Tensor]) -> tuple[Tensor, list[int]] | None:
    """Return the map, and the steps, of which some maps are every phase: the blocks of samples that they are channels of."""
    if any(each.cut is None for each in maps):
        return None
    cuts = [each.cut for each in maps if each.cut is not None]
    base, first = cuts[0]
    steps = [each.step for each in first]
    starts = {tuple(each.start for each in ranges) for other, ranges in cuts if other.key == base.key}
    same = all(
        [each.step for each in ranges] == steps and [len(each) for each in ranges] == [len(each) for each in first] for _, ranges in cuts
    )
    every = set(product(*map(range, steps)))
    return (base, steps) if same and starts == every and len(maps) == len(every) > 1 else None


def _axis_name(reader: Reader, axis: int) -> str:
    return reader.axis_names[axis]


def _on_channels(reader: Reader, node: Node, tensors: Sequence[Tensor], maps: Sequence[Tensor], axis: int) -> Tensor:
    first = maps[0]
    assert first.dims is not None
    total = sum((each.shape or (0,) * (axis + 1))[axis] for each in tensors)
    inner = 1
    for number, dim in enumerate(first.dims):
        inner *= 1 if number == axis else size_of(tuple(each for each in dim if each.kind == CHANNELS))
    sizes = [max(each.sizes[number] for each in maps) for number in range(reader.axes)]
    fields = {} if all(list(each.sizes) == sizes for each in maps) else {"broadcast": True}
    dims = (*first.dims[:axis], atom(CHANNELS, total), *first.dims[axis + 1 :])
    if len(maps) == len(tensors) and (found := _phases(maps)) is not None and not any(found[0].rolled):
        return reader.emit(node, "space_to_depth", found[:1], {"block": brief(found[1])}, channels=total * inner, sizes=sizes, dims=dims)
    if len(maps) < len(tensors):
        # Constants beside the maps (coordinates, class tokens): channels that see nothing.
        return reader.emit(node, "window", maps[:1], {"kernel": 1, "channels": total * inner}, channels=total * inner, dims=dims)
    return _single(reader, node, maps, fields, total * inner, sizes, dims)


def _single(
    reader: Reader,
    node: Node,
    maps: Sequence[Tensor],
    fields: Mapping[str, object],
    channels: int | None,
    sizes: Sequence[int],
    dims: tuple[Dim, ...],
) -> Tensor:
    if len(maps) == 1:
        return reader.emit(node, "identity", maps, dims=dims)
    return reader.emit(node, "concat", maps, fields, channels=channels, sizes=sizes, dims=dims)


def _without(dims: Sequence[Dim], axis: int) -> tuple[Dim, ...]:
    return (*dims[:axis], *dims[axis + 1 :])


def _stacked(shapes: Sequence[tuple[int, ...] | None], axis: int) -> tuple[int, ...] | None:
    known = [list(each) for each in shapes if each is not None]
    if len(known) != len(shapes) or not known:
        return None
    known[0][axis] = sum(each[axis] for each in known)
    return tuple(known[0])


OPERATORS: Final[Mapping[str, Handler]] = {**dict.fromkeys(_OPS, merged), "Concat": _concat}
