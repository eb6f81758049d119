"""Operators that take parts of a map, or add to it: Slice, Split, Gather, Pad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Final

from rflint.importing.fields import brief, paddings
from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.operators.arithmetic import computed
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader
from rflint.importing.onnx.tensors import CHANNELS, TOKENS, Dim, Tensor, atom, kinds_of, size_of


def _cut(reader: Reader, node: Node, tensor: Tensor, cuts: Mapping[int, tuple[int, int, int]]) -> Tensor:
    """Keep parts of some dimensions: place -> start, stop, step."""
    if tensor.shape is None:
        raise NotExpressible
    lengths = {place: len(range(*slice(*cut).indices(tensor.shape[place]))) for place, cut in cuts.items()}
    shape = tuple(lengths.get(place, size) for place, size in enumerate(tensor.shape))
    if tensor.is_constant or 0 in shape:
        return Tensor(shape)
    if tensor.dims is None or tensor.pairs:
        raise NotExpressible
    for place, (first, last, _) in cuts.items():
        if kinds_of([tensor.dims[place]]) == {TOKENS}:
            return _cut_tokens(reader, node, tensor, place, range(*slice(first, last).indices(tensor.shape[place])))
    real = {place: cut for place, cut in cuts.items() if shape[place] != tensor.shape[place] or cut[2] < 0}
    dims, sizes, channels = list(tensor.dims), list(tensor.sizes), tensor.channels
    start, stop, step = ([default] * reader.axes for default in (0, None, 1))
    for place, cut in real.items():
        dim = tensor.dims[place]
        if kinds_of([dim]) <= {CHANNELS}:
            kept = lengths[place]
            channels = None if channels is None else channels * kept // size_of(dim)
            dims[place] = atom(CHANNELS, kept)
            continue
        if len(dim) != 1 or dim[0].kind < 0 or dim[0] != (dim[0].kind, tensor.sizes[dim[0].kind], 1) or cut[2] < 1:
            raise NotExpressible
        axis = dim[0].kind
        first, last, by = slice(*cut).indices(tensor.shape[place])
        start[axis], step[axis] = (cut[0] if cut[0] < 0 and -cut[0] <= tensor.shape[place] else first), by
        stop[axis] = None if last >= tensor.shape[place] else cut[1] if cut[1] < 0 else last
        sizes[axis] = lengths[place]
        dims[place] = atom(axis, lengths[place])
    if not real:
        return tensor
    if sizes != list(tensor.sizes):
        base, ranges = tensor.cut or (tensor, tuple(map(range, tensor.sizes)))
        positions = tuple(ranges[axis][slice(start[axis], stop[axis], step[axis])] for axis in range(reader.axes))
        origin = (base, positions) if channels == tensor.channels else None
        fields = {name: _each(values, default) for name, values, default in (("start", start, 0), ("stop", stop, None), ("step", step, 1))}
        given = {name: value for name, value in fields.items() if value is not None}
        if channels != tensor.channels:
            tensor = reader.emit(node, "select_channels", [tensor], {"channels": channels}, channels=channels)
        if any(each is None for each in stop) and any(each is not None for each in stop):
            given["stop"] = [size if each is None else each for each, size in zip(stop, tensor.sizes, strict=True)]
            reader.sized = True
        return reader.emit(node, "slice", [tensor], given, channels=channels, sizes=sizes, dims=tuple(dims))._replace(cut=origin)
    fields = {"channels": channels} if channels else {}
    return reader.emit(node, "select_channels", [tensor], fields, channels=channels, dims=tuple(dims))


def _cut_tokens(reader: Reader, node: Node, tensor: Tensor, place: int, kept: range) -> Tensor:
    """Keep the samples of a map, or positions before them, which have attended to all samples."""
    assert tensor.dims is not None
    extra = size_of(tensor.dims[place]) - prod(tensor.sizes)
    if kept == range(size_of(tensor.dims[place])):
        return tensor
    if kept == range(extra, extra + prod(tensor.sizes)):
        grid = tuple(each for axis, size in enumerate(tensor.sizes) for each in atom(axis, size))
        dims = (*tensor.dims[:place], grid, *tensor.dims[place + 1 :])
        return tensor._replace(shape=tuple(map(size_of, dims)), dims=dims)
    if kept.stop > extra or len(kept) != 1:
        raise NotExpressible
    dims = (*tensor.dims[:place], (), *tensor.dims[place + 1 :])
    return reader.emit(node, "global_avg_pool", [tensor], sizes=[1] * reader.axes, dims=dims)


def _each(values: Sequence[Any], default: Any) -> Any:
    """Return a field, None where it is as by default."""
    return None if all(each == default for each in values) else brief(values)


def _slice(reader: Reader, node: Node) -> Made:
    if (result := computed(reader, node)) is not None:
        return result
    tensor = reader.input(node, 0)
    starts, ends = reader.numbers(node, "starts", 1), reader.numbers(node, "ends", 2)
    if starts is None or ends is None or tensor.shape is None:
        raise NotExpressible
    axes, steps = reader.numbers(node, "axes", 3), reader.numbers(node, "steps", 4)
    places = range(len(starts)) if axes is None else [int(each) % len(tensor.shape) for each in axes]
    steps_of = [1] * len(starts) if steps is None else [int(each) for each in steps]
    return _cut(reader, node, tensor, {p: (int(a), int(b), c) for p, a, b, c in zip(places, starts, ends, steps_of, strict=True)})


def _split(reader: Reader, node: Node) -> Made:
    tensor = reader.input(node, 0)
    if tensor.shape is None:
        raise NotExpressible
    place = int(node.attributes.get("axis") or 0) % len(tensor.shape)
    given = reader.numbers(node, "split", 1)
    count = len(node.outputs)
    share = -(-tensor.shape[place] // count)
    sizes = [share] * (count - 1) + [tensor.shape[place] - share * (count - 1)] if given is None else [int(each) for each in given]
    return split(reader, node, place, sizes)


def split(reader: Reader, node: Node, place: int, sizes: Sequence[int]) -> list[Tensor]:
    """Cut a tensor along a dimension into parts of some sizes, one for each output that has a name."""
    made, start = [], 0
    for size, name in zip(sizes, node.outputs, strict=False):
        made.append(_cut(reader, node, reader.input(node, 0), {place: (start, start + size, 1)}) if name else Tensor())
        start += size
    return made


def _gather(reader: Reader, node: Node) -> Made:
    if (result := computed(reader, node)) is not None:
        return result
    tensor, indices = reader.input(node, 0), reader.input(node, 1)
    if tensor.shape is None:
        raise NotExpressible
    place = int(node.attributes.get("axis") or 0) % len(tensor.shape)
    if tensor.is_constant:
        return _embedded(reader, node, tensor, indices, place)
    if indices.value is not None and indices.value.ndim == 2 and not tensor.pairs:
        return _patches(reader, node, tensor, indices, place)
    if indices.value is None or indices.value.ndim > 1:
        return _chosen(reader, node, tensor, indices, place)
    numbers = [int(each) % tensor.shape[place] for each in indices.value.reshape(-1)]
    if tensor.pairs:
        raise NotExpressible
    if tensor.dims is not None and kinds_of([tensor.dims[place]]) <= {CHANNELS} and len(numbers) > 1:
        cut = _cut(reader, node, tensor, {place: (0, len(numbers), 1)})
    elif numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        cut = _cut(reader, node, tensor, {place: (numbers[0], numbers[-1] + 1, 1)})
    else:
        raise NotExpressible
    if indices.value.ndim or cut.shape is None or cut.dims is None:
        return cut
    return cut._replace(shape=_left_out(cut.shape, place), dims=_left_out(cut.dims, place))


def _patches(reader: Reader, node: Node, tensor: Tensor, indices: Tensor, place: int) -> Tensor:
    """Lay windows along an axis into channels, one row of indices for each tap: how exporters write `unfold`."""
    table = indices.value
    if table is None or tensor.dims is None or tensor.shape is None or not table.size:
        raise NotExpressible
    dim = tensor.dims[place]
    taps, count = (int(size) for size in table.shape)
    dilation = int(table[1, 0] - table[0, 0]) if taps > 1 else 1
    stride = int(table[0, 1] - table[0, 0]) if count > 1 else 1
    regular = [[tap * dilation + number * stride for number in range(count)] for tap in range(taps)]
    axis = dim[0].kind if len(dim) == 1 else CHANNELS
    if axis < 0 or dim != atom(axis, tensor.sizes[axis]) or dilation < 1 or stride < 1 or table.tolist() != regular:
        raise NotExpressible
    if count != (tensor.sizes[axis] - dilation * (taps - 1) - 1) // stride + 1:
        raise NotExpressible
    reader.sized = reader.sized or indices.sized

    def along(value: int) -> Any:
        return [value if number == axis else 1 for number in range(reader.axes)] if reader.axes > 1 else value

    fields = {"kernel": along(taps), "stride": along(stride), "dilation": along(dilation)}
    channels = None if tensor.channels is None else tensor.channels * taps
    sizes = [count if number == axis else size for number, size in enumerate(tensor.sizes)]
    dims = (*tensor.dims[:place], atom(CHANNELS, taps), atom(axis, count), *tensor.dims[place + 1 :])
    return reader.emit(node, "unfold", [tensor], fields, channels=channels, sizes=sizes, dims=dims)


def _chosen(reader: Reader, node: Node, tensor: Tensor, indices: Tensor, place: int) -> Tensor:
    """Choose channels by a table of them, whatever it says: that moves nothing."""
    if not indices.is_constant or indices.shape is None or tensor.dims is None or not kinds_of([tensor.dims[place]]) <= {CHANNELS}:
        raise NotExpressible
    chosen = tuple(atom(CHANNELS, size) for size in indices.shape)
    kept = None if tensor.channels is None else tensor.channels * prod(indices.shape) // size_of(tensor.dims[place])
    dims = (*tensor.dims[:place], *chosen, *tensor.dims[place + 1 :])
    if kept == tensor.channels or not kept:
        return reader.emit(node, "identity", [tensor], dims=dims)
    return reader.emit(node, "select_channels", [tensor], {"channels": kept}, channels=kept, dims=dims)


def _left_out(values: tuple[Any, ...], place: int) -> tuple[Any, ...]:
    return (*values[:place], *values[place + 1 :])


def _embedded(reader: Reader, node: Node, table: Tensor, indices: Tensor, place: int) -> Tensor:
    """Look up rows of a table: a position becomes a vector of channels."""
    if table.shape is None or indices.shape is None:
        raise NotExpressible
    shape = (*table.shape[:place], *indices.shape, *table.shape[place + 1 :])
    if indices.is_constant:
        return Tensor(shape)
    if indices.dims is None or len(table.shape) != 2 or place:
        raise NotExpressible
    dims: tuple[Dim, ...] = (*indices.dims, atom(CHANNELS, table.shape[1]))
    fields = {"kernel": 1, "channels": table.shape[1]}
    return reader.emit(node, "window", [indices], fields, channels=table.shape[1], dims=dims)


def _pad(reader: Reader, node: Node) -> Made:
    tensor = reader.input(node, 0)
    pads = reader.numbers(node, "pads" if "pads" in node.attributes else "paddings", 1)
    if pads is None or tensor.shape is None:
        raise NotExpressible
    axes = reader.numbers(node, "axes", 3)
    places = list(range(len(tensor.shape))) if axes is None else [int(each) % len(tensor.shape) for each in axes]
    low = dict(zip(places, map(int, pads[: len(places)]), strict=True))
    high = dict(zip(places, map(int, pads[len(places) :]), strict=True))
    shape = tuple(size + low.get(place, 0) + high.get(place, 0) for place, size in enumerate(tensor.shape))
    if tensor.is_constant:
        return Tensor(shape)
    if tensor.dims is None or tensor.pairs:
        raise NotExpressible
    before, after = [0] * reader.axes, [0] * reader.axes
    dims, sizes, channels = list(tensor.dims), list(tensor.sizes), tensor.channels
    for place in places:
        if not low[place] and not high[place]:
            continue
        dim = tensor.dims[place]
        if kinds_of([dim]) == {CHANNELS}:
            channels = shape[place]
            dims[place] = atom(CHANNELS, shape[place])
            continue
        if len(dim) != 1 or dim[0].kind < 0 or dim[0] != (dim[0].kind, tensor.sizes[dim[0].kind], 1):
            raise NotExpressible
        axis = dim[0].kind
        before[axis], after[axis] = low[place], high[place]
        sizes[axis] = shape[place]
        dims[place] = atom(axis, shape[place])
    if channels != tensor.channels:
        tensor = reader.emit(node, "window", [tensor], {"kernel": 1, "channels": channels}, channels=channels, dims=tuple(dims))
    if not any(before) and not any(after):
        return tensor
    return reader.emit(node, "pad", [tensor], {"padding": paddings(before, after)}, channels=channels, sizes=sizes, dims=tuple(dims))


OPERATORS: Final[Mapping[str, Handler]] = {"Slice": _slice, "Split": _split, "Gather": _gather, "Pad": _pad}
