"""Operators on numbers that are known: shapes, pads and scales that a graph computes from the sizes of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final

import numpy as np

from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader
from rflint.importing.onnx.tensors import Tensor

#: Elements of a result from which on its numbers are not computed.
_LARGEST: Final = 4096
#: Elements that may be made on the way to one.
_LARGEST_WORK: Final = 1 << 20
_TYPES: Final = {1: "f4", 2: "u1", 3: "i1", 5: "i2", 6: "i4", 7: "i8", 9: "?", 10: "f2", 11: "f8", 12: "u4", 13: "u8"}

Compute = Callable[[Node, list[np.ndarray]], Any]


def computed(reader: Reader, node: Node) -> Tensor | None:
    """Return the result of a node on numbers, None where they are not all known or the operator is not one of these."""
    compute = COMPUTED.get(node.op) if not node.domain else None
    inputs = [reader.input(node, place) if name else Tensor() for place, name in enumerate(node.inputs)]
    values = [tensor.value for tensor, name in zip(inputs, node.inputs, strict=True) if name]
    if compute is None or any(value is None for value in values):
        return None
    known = [value for value in values if value is not None]
    if _too_many(node, known):
        return None
    with np.errstate(all="ignore"):
        result = np.asarray(compute(node, known))
    if result.size > _LARGEST:
        return Tensor(result.shape)
    return Tensor(result.shape, value=result, sized=any(each.sized for each in inputs))


def _too_many(node: Node, values: Sequence[np.ndarray]) -> bool:
    """Whether the result would have more numbers than are of use: it comes from a file, and could be of any size."""
    if node.op in {"ConstantOfShape", "Expand"}:
        return prod(abs(int(each)) for each in values[-1].reshape(-1)) > _LARGEST
    if node.op == "Tile":
        return values[0].size * prod(abs(int(each)) for each in values[1].reshape(-1)) > _LARGEST
    if node.op == "Range":
        start, limit, step = (float(each.reshape(-1)[0]) for each in values)
        return step == 0 or abs((limit - start) / step) > _LARGEST
    if node.op == "Gather":
        return values[1].size * values[0].size > _LARGEST_WORK
    try:
        return prod(np.broadcast_shapes(*(each.shape for each in values))) > _LARGEST_WORK
    except ValueError:
        return False  # it takes its inputs one after the other


def _either(node: Node, values: Sequence[np.ndarray], attribute: str, place: int) -> list[int] | None:
    if (given := node.attributes.get(attribute)) is not None:
        return [int(each) for each in given]
    return [int(each) for each in values[place].reshape(-1)] if place < len(values) else None


def _slice(node: Node, values: list[np.ndarray]) -> np.ndarray:
    starts, ends = _either(node, values, "starts", 1) or [], _either(node, values, "ends", 2) or []
    axes = _either(node, values, "axes", 3) or list(range(len(starts)))
    steps = _either(node, values, "steps", 4) or [1] * len(starts)
    result = values[0]
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        place = [slice(None)] * result.ndim
        last = result.shape[axis]
        # An end before the first element, in a reversed slice, is none for numpy.
        stop = None if step < 0 and end < -last else end
        place[axis] = slice(start, stop, step)
        result = result[tuple(place)]
    return result


def _unsqueeze(node: Node, values: list[np.ndarray]) -> np.ndarray:
    return np.expand_dims(values[0], tuple(_either(node, values, "axes", 1) or ()))


def _squeeze(node: Node, values: list[np.ndarray]) -> np.ndarray:
    axes = _either(node, values, "axes", 1)
    return np.squeeze(values[0], None if axes is None else tuple(axes))


def _reduce(function: Callable[..., Any]) -> Compute:
    def reduce(node: Node, values: list[np.ndarray]) -> Any:
        axes = _either(node, values, "axes", 1)
        return function(values[0], axis=None if not axes else tuple(axes), keepdims=bool(node.attributes.get("keepdims", 1)))

    return reduce


def _constant_of_shape(node: Node, values: list[np.ndarray]) -> np.ndarray:
    filler = node.attributes.get("value")
    fill = 0.0 if filler is None or filler.value is None else filler.value.reshape(-1)[0]
    return np.full(tuple(int(each) for each in values[0].reshape(-1)), fill)


def _div(_: Node, values: list[np.ndarray]) -> Any:
    one, two = values
    if np.issubdtype(one.dtype, np.integer):
        return np.trunc(one.astype("f8") / two).astype(one.dtype)
    return one / two


def _clip(node: Node, values: list[np.ndarray]) -> Any:
    low = node.attributes.get("min", values[1] if len(values) > 1 else None)
    high = node.attributes.get("max", values[2] if len(values) > 2 else None)
    return np.clip(values[0], low, high)


def _reshape(node: Node, values: list[np.ndarray]) -> np.ndarray:
    wanted = _either(node, values, "shape", 1) or []
    shape = [values[0].shape[place] if size == 0 else size for place, size in enumerate(wanted)]
    return values[0].reshape(shape)


def _plain(function: Callable[..., Any]) -> Compute:
    return lambda _, values: function(*values)


COMPUTED: Final[Mapping[str, Compute]] = {
    "Add": _plain(np.add),
    "Sub": _plain(np.subtract),
    "Mul": _plain(np.multiply),
    "Div": _div,
    "Mod": _plain(np.mod),
    "Pow": lambda _, v: np.power(v[0].astype("f8") if np.any(v[1] < 0) else v[0], v[1]),
    "Neg": _plain(np.negative),
    "Abs": _plain(np.abs),
    "Sqrt": _plain(np.sqrt),
    "Floor": _plain(np.floor),
    "Ceil": _plain(np.ceil),
    "Round": _plain(np.rint),
    "Exp": _plain(np.exp),
    "Log": _plain(np.log),
    "Reciprocal": _plain(np.reciprocal),
    "Sign": _plain(np.sign),
    "Identity": _plain(lambda value: value),
    "Cast": lambda n, v: v[0].astype(_TYPES[n.attributes["to"]]),
    "Min": lambda _, v: _fold(np.minimum, v),
    "Max": lambda _, v: _fold(np.maximum, v),
    "Sum": lambda _, v: _fold(np.add, v),
    "Clip": _clip,
    "Equal": _plain(np.equal),
    "Greater": _plain(np.greater),
    "GreaterOrEqual": _plain(np.greater_equal),
    "Less": _plain(np.less),
    "LessOrEqual": _plain(np.less_equal),
    "Not": _plain(np.logical_not),
    "And": _plain(np.logical_and),
    "Or": _plain(np.logical_or),
    "Where": _plain(np.where),
    "Concat": lambda n, v: np.concatenate(v, axis=n.attributes["axis"]),
    "Gather": lambda n, v: np.take(v[0], v[1].astype("i8"), axis=int(n.attributes.get("axis") or 0)),
    "Slice": _slice,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Reshape": _reshape,
    "Flatten": lambda n, v: v[0].reshape(prod(v[0].shape[: n.attributes.get("axis", 1)]), -1),
    "Transpose": lambda n, v: np.transpose(v[0], n.attributes.get("perm")),
    "Expand": lambda _, v: v[0] * np.ones(tuple(int(each) for each in v[1].reshape(-1)), v[0].dtype),
    "Tile": lambda _, v: np.tile(v[0], tuple(int(each) for each in v[1].reshape(-1))),
    "Range": lambda _, v: np.arange(v[0].reshape(-1)[0], v[1].reshape(-1)[0], v[2].reshape(-1)[0]),
    "ConstantOfShape": _constant_of_shape,
    "ReduceProd": _reduce(np.prod),
    "ReduceSum": _reduce(np.sum),
    "ReduceMax": _reduce(np.max),
    "ReduceMin": _reduce(np.min),
    "ReduceMean": _reduce(np.mean),
    "NonZero": lambda _, v: np.array(np.nonzero(v[0])),
}


def _fold(function: Callable[..., Any], values: Sequence[np.ndarray]) -> Any:
    result = values[0]
    for value in values[1:]:
        result = function(result, value)
    return result


def _constant(_: Reader, node: Node) -> Tensor:
    for value in node.attributes.values():
        if hasattr(value, "shape"):
            return Tensor(tuple(value.shape), value=value.value) if hasattr(value, "value") else Tensor(value.shape, value=value)
        if isinstance(value, (int, float, list)):
            return Tensor(np.shape(value), value=np.asarray(value))
    return Tensor()


def _shape(reader: Reader, node: Node) -> Tensor:
    tensor = reader.input(node, 0)
    if tensor.shape is None:
        raise NotExpressible
    part = tensor.shape[node.attributes.get("start") or 0 : node.attributes.get("end")]
    return Tensor((len(part),), value=np.array(part, dtype="i8"), sized=not tensor.is_constant)


def _size(reader: Reader, node: Node) -> Made:
    tensor = reader.input(node, 0)
    if tensor.shape is None:
        raise NotExpressible
    return Tensor((), value=np.array(prod(tensor.shape), dtype="i8"), sized=not tensor.is_constant)


OPERATORS: Final[Mapping[str, Handler]] = {"Constant": _constant, "Shape": _shape, "Size": _size}
