"""Resize and Upsample, of all opsets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from rflint.importing.fields import brief
from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader
from rflint.importing.onnx.tensors import Tensor

_MODES: Final = {"nearest": "nearest", "linear": "linear", "bilinear": "linear", "trilinear": "linear", "cubic": "cubic"}
#: Coordinate mode of the operator -> coordinates, and rounding where that follows from it.
_COORDINATES: Final = {
    "half_pixel": ("half_pixel", None),
    "pytorch_half_pixel": ("half_pixel", None),
    "half_pixel_symmetric": ("half_pixel", None),
    "asymmetric": ("asymmetric", None),
    "align_corners": ("align_corners", None),
    # floor((i + 0.5) / scale): half-pixel coordinates, rounded up at the tie.
    "tf_half_pixel_for_nn": ("half_pixel", "round_prefer_ceil"),
}
_LARGEST_DENOMINATOR: Final = 1000


def _upsample(reader: Reader, node: Node) -> Made:
    """Upsample, and Resize of opset 10: from 11 on there are a region and sizes among the inputs."""
    return _resized(reader, node, reader.numbers(node, "scales", 1), None, "asymmetric", "floor")


def _resize(reader: Reader, node: Node) -> Made:
    if len(node.inputs) == 2:
        return _upsample(reader, node)
    scales = reader.numbers(node, "scales", 2) if reader.has(node, 2) else None
    sizes = reader.numbers(node, "sizes", 3) if reader.has(node, 3) else None
    coordinates = node.attributes.get("coordinate_transformation_mode") or "half_pixel"
    return _resized(reader, node, scales, sizes, coordinates, node.attributes.get("nearest_mode") or "round_prefer_floor")


def _resized(reader: Reader, node: Node, scales: np.ndarray | None, sizes: np.ndarray | None, mode: str, nearest: str) -> Made:
    tensor = reader.map(node, reader.input(node, 0))
    assert tensor.dims is not None
    rank = len(tensor.dims)
    axes = reader.axes_of(tensor, tensor.dims[2:]) or []
    given = node.attributes.get("axes")
    places = list(range(rank)) if given is None else [int(each) % rank for each in given]
    method = _MODES.get(node.attributes.get("mode") or "nearest")
    if method is None or mode not in _COORDINATES:
        raise NotExpressible
    coordinates, rounding = _COORDINATES[mode]
    factors = [Fraction(1)] * reader.axes
    wanted = list(tensor.sizes)
    has_scales = scales is not None and scales.size > 0
    numbers = scales if has_scales else sizes
    if numbers is None or len(numbers) != len(places):
        raise NotExpressible
    for place, number in zip(places, numbers, strict=True):
        if place < 2:
            if number != (1 if has_scales else (tensor.shape or ())[place]):
                raise NotExpressible
            continue
        axis = axes[place - 2]
        size = tensor.sizes[axis]
        factors[axis] = Fraction(float(number)).limit_denominator(_LARGEST_DENOMINATOR) if has_scales else Fraction(int(number), size)
        wanted[axis] = int(np.floor(size * float(number))) if has_scales else int(number)
    if min(factors) <= 0 or min(wanted) < 1:
        raise NotExpressible
    if node.attributes.get("antialias") and min(factors) < 1:
        raise NotExpressible
    if has_scales and [int(size * factor) for size, factor in zip(tensor.sizes, factors, strict=True)] != wanted:
        has_scales = False
    if mode == "half_pixel_symmetric" and any(
        size * factor != out for size, factor, out in zip(tensor.sizes, factors, wanted, strict=True)
    ):
        raise NotExpressible
    if method != "nearest" and all(size == 1 for size in tensor.sizes):
        method, coordinates = "nearest", "asymmetric"
    fields = _fields(method, coordinates, rounding or nearest)
    return reader.emit_map(node, "resize", [tensor], _extent(tensor, factors, wanted, written=has_scales) | fields, tensor.channels, wanted)


def _extent(tensor: Tensor, factors: Sequence[Fraction], wanted: Sequence[int], *, written: bool) -> dict[str, Any]:
    """Say how large the result is: by a scale where that is how the model says it, or comes to the same at this size."""
    if written or (all(factor.denominator == 1 for factor in factors) and any(size > 1 for size in tensor.sizes)):
        scale = brief(factors)
        each = [_number(factor) for factor in factors] if isinstance(scale, list) else _number(scale)
        return {"scale": each}
    return {"size": brief(wanted)}


def _number(factor: Fraction) -> Any:
    return int(factor) if factor.denominator == 1 else f"{factor.numerator}/{factor.denominator}"


def _fields(method: str, coordinates: str, rounding: str) -> dict[str, Any]:
    """Return the fields of an interpolation, without those that are as by default."""
    fields: dict[str, Any] = {} if method == "nearest" else {"mode": method}
    if coordinates != ("asymmetric" if method == "nearest" else "half_pixel"):
        fields["coordinates"] = coordinates
    if method == "nearest" and rounding != ("floor" if coordinates == "asymmetric" else "round_prefer_floor"):
        fields["rounding"] = rounding
    return fields


OPERATORS: Final[Mapping[str, Handler]] = {"Resize": _resize, "Upsample": _upsample}
