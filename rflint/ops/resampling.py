"""Ops that change the sampling of a map."""

from __future__ import annotations

from functools import partial
from math import prod

from rflint.algebra import Adaptive, AxisOp, DepthToSpace, Resize, SpaceToDepth
from rflint.model import ChannelError, Cost, CostQuestion, Fields, Op
from rflint.ops import _fields as f
from rflint.ops._lower import fraction, of_field, on_axis, product, same_channels


def resize(fields: Fields, axis: int, _axes: tuple[str, ...]) -> AxisOp:
    """Interpolation with the defaults of docs/language.md."""
    mode = fields.get("mode", "nearest")
    coordinates = fields.get("coordinates", "asymmetric" if mode == "nearest" else "half_pixel")
    rounding = fields.get("rounding", "floor" if coordinates == "asymmetric" else "round_prefer_floor")
    scale = on_axis(fields, "scale", axis)
    return Resize(mode, coordinates, rounding, None if scale is None else fraction(scale), on_axis(fields, "size", axis))


def _cells(question: CostQuestion) -> int:
    block = question.fields["block"]
    return prod(block) if isinstance(block, list) else block**question.axes


def _deeper(question: CostQuestion) -> Cost:
    return Cost(product(question.channels[0], _cells(question)))


def _shallower(question: CostQuestion) -> Cost:
    channels, cells = question.channels[0], _cells(question)
    if channels is not None and channels % cells:
        raise ChannelError(f"cannot fold {channels} channels into blocks of {cells} samples")
    return Cost(None if channels is None else channels // cells)


OPS = (
    Op(
        "resize",
        "resampling",
        "Interpolation to a scale, a size, or the size of another map.",
        (f.MODE, f.COORDINATES, f.ROUNDING, f.SCALE, f.SIZE, f.LIKE),
        resize,
        same_channels,
        one_of=("scale", "size", "like"),
    ),
    Op(
        "space_to_depth",
        "resampling",
        "Blocks of samples become channels.",
        (f.BLOCK,),
        partial(of_field, SpaceToDepth, "block"),
        _deeper,
        ("block",),
    ),
    Op(
        "depth_to_space",
        "resampling",
        "Channels become blocks of samples (pixel shuffle).",
        (f.BLOCK,),
        partial(of_field, DepthToSpace, "block"),
        _shallower,
        ("block",),
    ),
    Op(
        "adaptive_avg_pool",
        "resampling",
        "Average pooling to a given size.",
        (f.SIZE,),
        partial(of_field, Adaptive, "size"),
        same_channels,
        ("size",),
    ),
    Op(
        "adaptive_max_pool",
        "resampling",
        "Max pooling to a given size.",
        (f.SIZE,),
        partial(of_field, Adaptive, "size"),
        same_channels,
        ("size",),
    ),
)
