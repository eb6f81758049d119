"""Operators that rearrange dimensions, and change no number."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Final

from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.operators.arithmetic import computed
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader
from rflint.importing.onnx.tensors import Tensor, atom, axes_in, long_axes, reshaped


def _viewed(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return a tensor of another shape."""
    if tensor.is_constant:
        return Tensor(shape)
    if tensor.dims is None or (dims := reshaped(tensor.dims, shape)) is None:
        raise NotExpressible
    return tensor._replace(shape=shape, dims=dims, cut=None)


def _reshape(reader: Reader, node: Node) -> Made:
    if (result := computed(reader, node)) is not None:
        return result
    tensor = reader.input(node, 0)
    wanted = reader.numbers(node, "shape", 1)
    if tensor.shape is None or wanted is None:
        raise NotExpressible
    sizes = [int(each) for each in wanted.reshape(-1)]
    if not node.attributes.get("allowzero"):
        sizes = [tensor.shape[place] if size == 0 else size for place, size in enumerate(sizes)]
    if -1 in sizes:
        known = prod(size for size in sizes if size != -1)
        sizes[sizes.index(-1)] = prod(tensor.shape) // max(known, 1)
    return _viewed(tensor, tuple(sizes))


def _flatten(reader: Reader, node: Node) -> Made:
    tensor = reader.input(node, 0)
    if tensor.shape is None:
        raise NotExpressible
    axis = int(node.attributes.get("axis", 1)) % (len(tensor.shape) + 1)
    return _viewed(tensor, (prod(tensor.shape[:axis]), prod(tensor.shape[axis:])))


def _squeeze(reader: Reader, node: Node) -> Made:
    if (result := computed(reader, node)) is not None:
        return result
    tensor, axes = reader.input(node, 0), reader.numbers(node, "axes", 1)
    if tensor.shape is None:
        raise NotExpressible
    rank = len(tensor.shape)
    gone = [place for place, size in enumerate(tensor.shape) if size == 1] if axes is None else [int(each) % rank for each in axes]
    return _viewed(tensor, tuple(size for place, size in enumerate(tensor.shape) if place not in gone))


def _unsqueeze(reader: Reader, node: Node) -> Made:
    if (result := computed(reader, node)) is not None:
        return result
    tensor, axes = reader.input(node, 0), reader.numbers(node, "axes", 1)
    if tensor.shape is None or axes is None:
        raise NotExpressible
    rank = len(tensor.shape) + len(axes)
    places = {int(each) % rank for each in axes}
    sizes = iter(tensor.shape)
    return _viewed(tensor, tuple(1 if place in places else next(sizes) for place in range(rank)))


def _transpose(reader: Reader, node: Node) -> Made:
    if (result := computed(reader, node)) is not None:
        return result
    tensor = reader.input(node, 0)
    if tensor.shape is None:
        raise NotExpressible
    order = node.attributes.get("perm") or list(range(len(tensor.shape)))[::-1]
    shape = tuple(tensor.shape[place] for place in order)
    if tensor.is_constant:
        return tensor._replace(shape=shape, value=None)
    if tensor.dims is None:
        raise NotExpressible
    return tensor._replace(shape=shape, dims=tuple(tensor.dims[place] for place in order), cut=None)


def without(tensor: Tensor, place: int) -> Tensor:
    """Drop a dimension of one position."""
    if tensor.shape is None or tensor.shape[place] != 1:
        raise NotExpressible
    return _viewed(tensor, (*tensor.shape[:place], *tensor.shape[place + 1 :]))


def with_new(tensor: Tensor, place: int) -> Tensor:
    """Add a dimension of one position."""
    if tensor.shape is None:
        raise NotExpressible
    at = place % (len(tensor.shape) + 1)
    return _viewed(tensor, (*tensor.shape[:at], 1, *tensor.shape[at:]))


def _expand(reader: Reader, node: Node) -> Made:
    if (result := computed(reader, node)) is not None:
        return result
    tensor, wanted = reader.input(node, 0), reader.numbers(node, "shape", 1)
    if tensor.shape is None or wanted is None:
        raise NotExpressible
    target = tuple(int(each) for each in wanted)
    rank = max(len(target), len(tensor.shape))
    own, asked = (1,) * (rank - len(tensor.shape)) + tensor.shape, (1,) * (rank - len(target)) + target
    shape = tuple(map(max, own, asked))
    if tensor.is_constant:
        return Tensor(shape)
    viewed = _viewed(tensor, own)
    if shape == own or viewed.dims is None or not long_axes(tensor.sizes) - axes_in(viewed.dims, tensor.sizes):
        # Dimensions of one position spread by themselves where they are merged.
        return viewed._replace(shape=shape)
    return _spread(reader, node, tensor, own, shape)


def _spread(reader: Reader, node: Node, tensor: Tensor, own: tuple[int, ...], shape: tuple[int, ...]) -> Tensor:
    """Repeat a map of one sample over axes: each sample sees what the one saw."""
    viewed = _viewed(tensor, own)
    if viewed.dims is None or len(shape) != reader.axes + 2 or own[:2] != shape[:2] or set(own[2:]) != {1} or set(tensor.sizes) != {1}:
        raise NotExpressible
    sizes = shape[2:]
    dims = (*viewed.dims[:2], *(atom(axis, size) for axis, size in enumerate(sizes)))
    reader.sized = True
    return reader.emit(node, "resize", [viewed], {"size": list(sizes)}, sizes=sizes, dims=dims)


def _depth_to_space(reader: Reader, node: Node) -> Made:
    tensor, block = reader.map(node, reader.input(node, 0)), int(node.attributes["blocksize"])
    channels = (tensor.channels or 0) // block**reader.axes or None
    return reader.emit_map(node, "depth_to_space", [tensor], {"block": block}, channels, [size * block for size in tensor.sizes])


def _space_to_depth(reader: Reader, node: Node) -> Made:
    tensor, block = reader.map(node, reader.input(node, 0)), int(node.attributes["blocksize"])
    channels = (tensor.channels or 0) * block**reader.axes or None
    return reader.emit_map(node, "space_to_depth", [tensor], {"block": block}, channels, [size // block for size in tensor.sizes])


def _tile(reader: Reader, node: Node) -> Made:
    if (result := computed(reader, node)) is not None:
        return result
    tensor, repeats = reader.input(node, 0), reader.numbers(node, "repeats", 1)
    if tensor.shape is None or repeats is None:
        raise NotExpressible
    shape = tuple(size * int(each) for size, each in zip(tensor.shape, repeats, strict=True))
    if tensor.is_constant or shape == tensor.shape:
        return tensor._replace(shape=shape, value=None)
    return _spread(reader, node, tensor, tensor.shape, shape)


OPERATORS: Final[Mapping[str, Handler]] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Expand": _expand,
    "Tile": _tile,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
}
