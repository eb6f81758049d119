"""Resampling, borders and merges as ONNX operators: Resize, Pad, Slice, Concat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor, prod
from typing import Any, Final, cast

import numpy as np

from rflint.algebra import Adaptive, CropLike, DepthToSpace, Facts, Pad, PadLike, Resize, Slice, SpaceToDepth
from rflint.exporting.onnx.windows import END, pad
from rflint.exporting.onnx.writer import Writer, sizes_of
from rflint.exporting.settled import ExportFailure, Settled, whole

_MODES: Final = {"nearest": "nearest", "linear": "linear", "cubic": "cubic"}


def _resize(writer: Writer, layer: Settled, tensor: str) -> str:
    axes = cast("tuple[Resize, ...]", layer.axes)
    first, sizes, wanted = axes[0], sizes_of(layer), whole(layer.size, layer)
    if first.mode == "area":
        return _averaged(writer, layer, tensor, "AveragePool")
    scales = [axis.scale for axis in axes]
    attributes: dict[str, Any] = {"mode": _MODES[first.mode], "coordinate_transformation_mode": first.coordinates}
    if first.mode == "nearest":
        attributes["nearest_mode"] = first.rounding
    known = [scale for scale in scales if scale is not None]
    if len(known) == len(scales) and all(_lands(size, scale) for size, scale in zip(sizes, known, strict=True)):
        return writer.add("Resize", tensor, "", writer.decimals([1.0, 1.0, *map(float, known)]), **attributes)
    return writer.add("Resize", tensor, "", "", writer.integers([1, layer.channels, *wanted]), **attributes)


def _lands(size: int, scale: Fraction) -> bool:
    """Whether a scale, rounded to 32 bits, still gives the size that it means."""
    return floor(size * float(np.float32(float(scale)))) == floor(size * scale)


def _averaged(writer: Writer, layer: Settled, tensor: str, operator: str) -> str:
    """Pooling to a size: ONNX has it for windows that divide the map."""
    sizes, wanted = sizes_of(layer), whole(layer.size, layer)
    if all(size == 1 for size in wanted) and layer.op.startswith("adaptive"):
        return writer.add(f"Global{operator}", tensor)
    if all(size % want == 0 for size, want in zip(sizes, wanted, strict=True)):
        kernel = [size // want for size, want in zip(sizes, wanted, strict=True)]
        return writer.add(operator, tensor, kernel_shape=kernel, strides=kernel)
    if layer.op == "resize" and all(want % size == 0 for size, want in zip(sizes, wanted, strict=True)):
        nearest: dict[str, Any] = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return writer.add("Resize", tensor, "", "", writer.integers([1, layer.channels, *wanted]), **nearest)
    text = " to ".join("×".join(map(str, each)) for each in (sizes, wanted))
    raise ExportFailure(f"layer `{layer.name}`: ONNX has no `{layer.op}` from {text} samples, which are no whole windows")


def _adaptive(writer: Writer, layer: Settled, tensor: str) -> str:
    assert isinstance(layer.axes[0], Adaptive)
    return _averaged(writer, layer, tensor, "MaxPool" if layer.op == "adaptive_max_pool" else "AveragePool")


def _space_to_depth(writer: Writer, layer: Settled, tensor: str) -> str:
    blocks = [axis.block for axis in cast("tuple[SpaceToDepth, ...]", layer.axes)]
    if len(blocks) == 2 and blocks[0] == blocks[1]:
        return writer.add("SpaceToDepth", tensor, blocksize=blocks[0])
    sizes, channels = sizes_of(layer), layer.channels_in[0]
    pieces = [each for size, block in zip(sizes, blocks, strict=True) for each in (size // block, block)]
    count = len(blocks)
    order = [0, *(3 + 2 * axis for axis in range(count)), 1, *(2 + 2 * axis for axis in range(count))]
    tensor = writer.add("Transpose", writer.reshape(tensor, [1, channels, *pieces]), perm=order)
    return writer.reshape(tensor, [1, layer.channels, *whole(layer.size, layer)])


def _depth_to_space(writer: Writer, layer: Settled, tensor: str) -> str:
    blocks = [axis.block for axis in cast("tuple[DepthToSpace, ...]", layer.axes)]
    if len(blocks) == 2 and blocks[0] == blocks[1]:
        return writer.add("DepthToSpace", tensor, blocksize=blocks[0], mode="CRD")
    sizes, count = sizes_of(layer), len(blocks)
    tensor = writer.reshape(tensor, [1, layer.channels, *blocks, *sizes])
    order = [0, 1, *(place for axis in range(count) for place in (2 + count + axis, 2 + axis))]
    return writer.reshape(writer.add("Transpose", tensor, perm=order), [1, layer.channels, *whole(layer.size, layer)])


def _pad(writer: Writer, layer: Settled, tensor: str) -> str:
    return pad(writer, tensor, [(axis.low, axis.high) for axis in cast("tuple[Pad, ...]", layer.axes)])


def _slice(writer: Writer, layer: Settled, tensor: str) -> str:
    axes = cast("tuple[Slice, ...]", layer.axes)
    stops = [END if axis.stop is None else axis.stop for axis in axes]
    return cut(writer, tensor, [axis.start for axis in axes], stops, [axis.step_size for axis in axes])


def cut(writer: Writer, tensor: str, starts: Sequence[int], stops: Sequence[int], steps: Sequence[int] = ()) -> str:
    """Keep a part of a map on each of its axes."""
    places = list(range(2, 2 + len(starts)))
    given = (starts, stops, places, steps) if set(steps) - {1} else (starts, stops, places)
    return writer.add("Slice", tensor, *map(writer.integers, given))


def _like(writer: Writer, layer: Settled, tensor: str) -> str:
    """Crop or pad to the size of another map, by the numbers that this comes to."""
    sizes, wanted = sizes_of(layer), whole(layer.like, layer)
    starts = []
    for axis, size, want in zip(cast("tuple[CropLike | PadLike, ...]", layer.axes), sizes, wanted, strict=True):
        grid = axis.step(Facts(size, want)).grid
        assert grid is not None
        starts.append(int(grid.center))
    if layer.op == "crop_like":
        return cut(writer, tensor, starts, [start + want for start, want in zip(starts, wanted, strict=True)])
    return pad(writer, tensor, [(-start, want - size + start) for start, size, want in zip(starts, sizes, wanted, strict=True)])


def _merge(operator: str, *, chained: bool) -> Any:
    def merge(writer: Writer, layer: Settled, *tensors: str) -> str:
        if len(tensors) > 2 and chained:
            made = tensors[0]
            for tensor in tensors[1:]:
                made = writer.add(operator, made, tensor)
            return made
        return writer.add(operator if len(tensors) == 2 or operator != "Add" else "Sum", *tensors)

    return merge


def _concat(writer: Writer, layer: Settled, *tensors: str) -> str:
    along = layer.fields.get("axis", "channels")
    names = writer.network.axes
    place = 1 if along == "channels" else 2 + names.index(along)
    if layer.fields.get("broadcast"):
        wanted = whole(layer.size, layer)
        sizes = [sizes_of(layer, number) for number in range(len(tensors))]
        tensors = tuple(
            _spread(writer, tensor, layer.channels_in[number], sizes[number], wanted, place - 2) for number, tensor in enumerate(tensors)
        )
    return writer.add("Concat", *tensors, axis=place)


def _spread(writer: Writer, tensor: str, channels: int, sizes: Sequence[int], wanted: Sequence[int], along: int) -> str:
    shape = [own if axis == along else want for axis, (own, want) in enumerate(zip(sizes, wanted, strict=True))]
    return tensor if list(sizes) == shape else writer.add("Expand", tensor, writer.integers([1, channels, *shape]))


def flat(layer: Settled) -> int:
    """Return how many numbers a map of a layer's input has."""
    return layer.channels_in[0] * prod(sizes_of(layer))


HANDLERS: Final[Mapping[str, Any]] = {
    "resize": _resize,
    "resize_like": _resize,
    "space_to_depth": _space_to_depth,
    "depth_to_space": _depth_to_space,
    "adaptive_avg_pool": _adaptive,
    "adaptive_max_pool": _adaptive,
    "pad": _pad,
    "crop": _pad,
    "slice": _slice,
    "crop_like": _like,
    "pad_like": _like,
    "add": _merge("Add", chained=False),
    "sub": _merge("Sub", chained=True),
    "mul": _merge("Mul", chained=True),
    "div": _merge("Div", chained=True),
    "max": _merge("Max", chained=False),
    "min": _merge("Min", chained=False),
    "mean": _merge("Mean", chained=False),
    "concat": _concat,
}
