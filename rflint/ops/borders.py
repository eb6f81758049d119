"""Ops that add or take away borders."""

from __future__ import annotations

from functools import partial

from rflint.algebra import AxisOp, CropLike, Pad, PadLike, Slice
from rflint.model import Fields, Op
from rflint.ops import _fields as f
from rflint.ops._lower import of_field, on_axis, padding_on_axis, same_channels
from rflint.ops.resampling import resize


def _pad(fields: Fields, axis: int, _axes: tuple[str, ...]) -> AxisOp:
    _, low, high = padding_on_axis(fields, axis)
    return Pad(low, high)


def _crop(fields: Fields, axis: int, _axes: tuple[str, ...]) -> AxisOp:
    value = on_axis(fields, "crop", axis)
    low, high = value if isinstance(value, (list, tuple)) else (value, value)
    return Pad(-low, -high)


def _slice(fields: Fields, axis: int, _axes: tuple[str, ...]) -> AxisOp:
    return Slice(on_axis(fields, "start", axis, 0), on_axis(fields, "stop", axis), on_axis(fields, "step", axis, 1))


def _pad_like(fields: Fields, axis: int, _axes: tuple[str, ...]) -> AxisOp:
    return PadLike(on_axis(fields, "align", axis, "center"), on_axis(fields, "start", axis))


OPS = (
    Op("pad", "borders", "Adds samples at the borders.", (f.PAD,), _pad, same_channels, ("padding",)),
    Op("crop", "borders", "Removes samples at the borders.", (f.CROP,), _crop, same_channels, ("crop",)),
    Op("slice", "borders", "Keeps every `step`-th sample from `start` to `stop`.", (f.START, f.STOP, f.STEP), _slice, same_channels),
    Op(
        "crop_like",
        "borders",
        "Crops the first input to the size of the second.",
        (f.CROP_START,),
        partial(of_field, CropLike, "start"),
        same_channels,
        sized_by_input=True,
    ),
    Op(
        "pad_like",
        "borders",
        "Brings the first input to the size of the second: pads where it is smaller, crops where it is larger.",
        (f.ALIGN, f.PAD_START),
        _pad_like,
        same_channels,
        one_of=("align", "start"),
        sized_by_input=True,
        preset={"align": "center"},
    ),
    Op(
        "resize_like",
        "borders",
        "Interpolates the first input to the size of the second.",
        (f.MODE, f.COORDINATES, f.ROUNDING),
        resize,
        same_channels,
        sized_by_input=True,
    ),
)
