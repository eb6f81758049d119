"""Operators over whole dimensions: means, sums, maxima; softmax; norms.  What they hold decides how far they reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rflint.importing.fields import brief
from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.operators.arithmetic import computed
from rflint.importing.onnx.operators.merging import merged
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader
from rflint.importing.onnx.tensors import BATCH, CHANNELS, Atom, Dim, Tensor, axes_in, kinds_of, long_axes, parts
from rflint.importing.onnx.views import inner_blocks, reach_across


def _reduce(pool: str) -> Handler:
    def reduce(reader: Reader, node: Node) -> Made:
        if (result := computed(reader, node)) is not None:
            return result
        tensor, axes = reader.input(node, 0), reader.numbers(node, "axes", 1)
        if tensor.shape is None:
            raise NotExpressible
        rank = len(tensor.shape)
        if node.attributes.get("noop_with_empty_axes") and (axes is None or not len(axes)):
            return tensor
        places = list(range(rank)) if axes is None or not len(axes) else sorted({int(each) % rank for each in axes})
        keep = bool(node.attributes.get("keepdims", 1))
        shape = tuple(1 if place in places else size for place, size in enumerate(tensor.shape) if keep or place not in places)
        if tensor.is_constant:
            return Tensor(shape)
        if tensor.dims is None or tensor.pairs:
            raise NotExpressible
        gone = [tensor.dims[place] for place in places]
        rest = tuple(() if place in places else dim for place, dim in enumerate(tensor.dims) if keep or place not in places)
        return reduced(reader, node, tensor, gone, rest, pool)

    return reduce


def reduced(reader: Reader, node: Node, tensor: Tensor, gone: Sequence[Dim], rest: tuple[Dim, ...], pool: str) -> Tensor:
    """Reduce some dimensions of a map to one position; `rest`: the dimensions of the result, in terms of the map."""
    kinds = kinds_of(gone)
    if BATCH in kinds:
        raise NotExpressible
    spatial = axes_in(gone, tensor.sizes)
    if spatial:
        if spatial == long_axes(tensor.sizes) and not axes_in(rest, tensor.sizes):
            tensor = reader.emit(node, f"global_{pool}", [tensor], sizes=[1] * reader.axes, dims=rest)
        else:
            tensor = _blocks(reader, node, tensor, gone, rest, f"{pool}")
    if CHANNELS in kinds:
        left = 1
        for each in parts(rest, CHANNELS):
            left *= each.size
        tensor = reader.emit(node, "select_channels", [tensor], {"channels": left}, channels=left, dims=tensor.dims if spatial else rest)
    return tensor if spatial or CHANNELS in kinds else tensor._replace(dims=rest, shape=None)._replace(shape=(1,) * len(rest))


def _blocks(reader: Reader, node: Node, tensor: Tensor, gone: Sequence[Dim], rest: tuple[Dim, ...], pool: str) -> Tensor:
    """Reduce blocks of samples, or all of some axes: windows that do not overlap."""
    block = inner_blocks(gone, tensor.sizes)
    if block is None and reach_across(gone, tensor.sizes):
        # One sample of each block, all over the map.
        dims = tuple(tuple(each for each in dim if each.kind < 0) for dim in rest)
        return reader.emit(node, f"global_{pool}", [tensor], sizes=[1] * reader.axes, dims=dims)
    if block is None:
        raise NotExpressible
    reader.sized = reader.sized or any(edge == size > 1 for edge, size in zip(block, tensor.sizes, strict=True))
    sizes = [size // edge for size, edge in zip(tensor.sizes, block, strict=True)]
    dims = coarser(rest, block)
    return reader.emit(node, pool, [tensor], {"kernel": brief(block), "stride": brief(block)}, sizes=sizes, dims=dims)


def coarser(dims: Sequence[Dim], block: Sequence[int]) -> tuple[Dim, ...]:
    """Return dimensions in terms of a map of which each sample stands for a block."""
    return tuple(
        tuple(Atom(each.kind, each.size, each.step // block[each.kind]) if each.kind >= 0 else each for each in dim) for dim in dims
    )


def _softmax(op: str) -> Handler:
    def softmax(reader: Reader, node: Node) -> Made:
        tensor = reader.input(node, 0)
        if tensor.is_constant:
            return Tensor(tensor.shape)
        if tensor.pairs:
            return tensor
        if tensor.dims is None:
            raise NotExpressible
        # Before opset 13 all dimensions from the axis on were one.
        old = reader.opset < 13
        axis = int(node.attributes.get("axis", 1 if old else -1)) % len(tensor.dims)
        held = tensor.dims[axis:] if old else tensor.dims[axis : axis + 1]
        if kinds_of(held) <= {CHANNELS}:
            return reader.emit(node, op, [tensor])
        if axes_in(held, tensor.sizes) == long_axes(tensor.sizes):
            return reader.emit(node, "spatial_softmax", [tensor])
        raise NotExpressible

    return softmax


def _layer_norm(reader: Reader, node: Node) -> Made:
    return _normalised(reader, node, reader.input(node, 0), all_from_axis=True)


def _skip_layer_norm(reader: Reader, node: Node) -> Made:
    """Add two maps, and normalise the sum."""
    total = merged(reader, node._replace(op="Add", inputs=node.inputs[:2]))
    if not isinstance(total, Tensor):
        raise NotExpressible
    normal = _normalised(reader, node, total, all_from_axis=True)
    return [normal[0], Tensor(), Tensor(), total]


def _lp_norm(reader: Reader, node: Node) -> Made:
    return _normalised(reader, node, reader.input(node, 0), all_from_axis=False)


def _normalised(reader: Reader, node: Node, tensor: Tensor, *, all_from_axis: bool) -> list[Tensor]:
    if tensor.dims is None or tensor.is_constant:
        raise NotExpressible
    axis = int(node.attributes.get("axis", -1)) % len(tensor.dims)
    kinds = kinds_of(tensor.dims[axis:] if all_from_axis else tensor.dims[axis : axis + 1])
    if kinds <= {CHANNELS}:
        return [reader.emit(node, "layer_norm", [tensor])]
    return [reader.emit(node, "group_norm", [tensor])]


def _instance_norm(reader: Reader, node: Node) -> Made:
    tensor = reader.input(node, 0)
    if tensor.dims is None or len(tensor.dims) < 3:
        raise NotExpressible
    inside = kinds_of(tensor.dims[2:])
    if CHANNELS in inside:
        # Groups of channels, each with its samples: how exporters write a group norm.
        groups = (tensor.shape or (0, 1))[1]
        return reader.emit(node, "group_norm", [tensor], {"groups": groups})
    return reader.emit(node, "instance_norm", [tensor])


def _group_norm(reader: Reader, node: Node) -> Made:
    groups = int(node.attributes.get("num_groups") or node.attributes.get("groups") or 1)
    return reader.emit(node, "group_norm", [reader.input(node, 0)], {"groups": groups})


OPERATORS: Final[Mapping[str, Handler]] = {
    **dict.fromkeys(
        ("ReduceMean", "ReduceSum", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp", "ReduceLogSum", "ReduceProd"),
        _reduce("avg_pool"),
    ),
    **dict.fromkeys(("ReduceMax", "ReduceMin"), _reduce("max_pool")),
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "LayerNormalization": _layer_norm,
    "RMSNormalization": _layer_norm,
    "InstanceNormalization": _instance_norm,
    "GroupNormalization": _group_norm,
    "com.microsoft.GroupNorm": _group_norm,
    "LpNormalization": _lp_norm,
    "Hardmax": _softmax("softmax"),
    "com.microsoft.SkipLayerNormalization": _skip_layer_norm,
    "com.microsoft.SkipSimplifiedLayerNormalization": _skip_layer_norm,
    "SimplifiedLayerNormalization": _layer_norm,
}
