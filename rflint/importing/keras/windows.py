"""Convolutions, pooling, resampling and borders, with the padding of TensorFlow: https://keras.io/api/layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rflint.importing.fields import brief, paddings
from rflint.importing.keras.reader import Made, Operation, Reader
from rflint.importing.keras.tensors import CHANNELS, Call, Dim, NotExpressible, Tensor, numbers, whole

#: Interpolations and what they are; those that look further than cubic have no op.
_MODES: Final = {"nearest": "nearest", "bilinear": "linear", "bicubic": "cubic", "area": "area"}


def rank_of(call: Call) -> int:
    """Return the number of dimensions that a class says in its name: `Conv2D`."""
    return int(next(each for each in call.kind if each.isdigit()))


def _padding(call: Call) -> str:
    word = str(call.config.get("padding", "valid")).lower()
    if word not in {"valid", "same", "causal"}:
        raise NotExpressible
    return word


def _window(reader: Reader, call: Call, axes: Sequence[int], kernel: str = "kernel_size") -> dict[str, Any]:
    """Return kernel, stride, dilation and padding along the axes of the network."""
    count = len(axes)
    config = call.config
    own = reader.spread(numbers(config[kernel], count), axes, 1)
    strides = config.get("strides")
    step = own if strides is None and kernel == "pool_size" else reader.spread(numbers(strides or 1, count), axes, 1)
    fields: dict[str, Any] = {"kernel": brief(own)}
    if kernel == "pool_size" or set(step) != {1}:
        fields["stride"] = brief(step)
    dilation = reader.spread(numbers(config.get("dilation_rate") or 1, count), axes, 1)
    if set(dilation) != {1}:
        fields["dilation"] = brief(dilation)
    if (word := _padding(call)) != "valid":
        fields["padding"] = word if count == reader.axes else reader.spread([word] * count, axes, 0)
    return fields


def each_of(value: Any, reader: Reader) -> list[Any]:
    """Return a field for each axis."""
    return value if isinstance(value, list) else [value] * reader.axes


def _sizes(reader: Reader, tensor: Tensor, fields: Mapping[str, Any]) -> tuple[int | None, ...]:
    """Return the sizes behind a window."""
    found: list[int | None] = []
    columns = [each_of(fields.get(name, usual), reader) for name, usual in (("kernel", 1), ("stride", 1), ("dilation", 1), ("padding", 0))]
    for size, kernel, stride, dilation, padding in zip(tensor.sizes, *columns, strict=True):
        if size is None:
            found.append(None)
        elif padding in ("same", "causal"):
            found.append(-(-size // stride))
        else:
            found.append((size - dilation * (kernel - 1) - 1) // stride + 1)
    return tuple(found)


def _rechannelled(reader: Reader, call: Call, tensor: Tensor, rank: int) -> tuple[Dim, ...]:
    """Return the dimensions of a map that has channels even if the one before had none."""
    assert tensor.dims is not None
    first = call.config.get("data_format") == "channels_first"
    spatial = tensor.dims[1:] if first else tensor.dims[:-1]
    axes = reader.axes_of(tensor, spatial)
    assert len(axes) == rank
    dims = tuple((axis,) for axis in axes)
    return ((CHANNELS,), *dims) if first else (*dims, (CHANNELS,))


def _is_pointwise(call: Call) -> bool:
    given = [call.config.get("kernel_size"), call.config.get("strides") or 1, call.config.get("dilation_rate") or 1]
    return all(each == 1 or (isinstance(each, list) and set(each) == {1}) for each in given)


def _convolution(op: str) -> Operation:
    def operation(reader: Reader, call: Call) -> Made:
        tensor, rank = call.first, rank_of(call)
        config = call.config
        if tensor.dims is not None and len(tensor.dims) == rank + 1 and _is_pointwise(call) and tensor.dims[-1] == (CHANNELS,):
            fields: dict[str, Any] = {"kernel": 1}
            dims, sizes = tensor.dims, tensor.sizes
        else:
            tensor, axes = reader.map_axes(call, tensor, rank)
            fields = _window(reader, call, axes)
            dims, sizes = _rechannelled(reader, call, tensor, rank), _sizes(reader, tensor, fields)
        own = op
        if op == "depthwise_conv":
            channels = tensor.channels and tensor.channels * whole(config.get("depth_multiplier") or 1)
            if channels != tensor.channels:
                fields["channels"] = channels
        else:
            channels = whole(config["filters"])
            groups = whole(config.get("groups") or 1)
            if groups > 1 and groups == tensor.channels:
                own = "depthwise_conv"
            elif groups > 1:
                fields["groups"] = groups
            if op == "separable_conv" and config.get("depth_multiplier", 1) != 1:
                return _in_two(reader, call, tensor, fields, sizes, dims)
            if own != "depthwise_conv" or channels != tensor.channels:
                fields["channels"] = channels
        if config.get("use_bias") is False:
            fields["bias"] = False
        made = reader.emit(call, own, [tensor], fields, dims=dims, sizes=sizes, channels=channels)
        return reader.activation(call, made)

    return operation


def _in_two(
    reader: Reader, call: Call, tensor: Tensor, fields: Mapping[str, Any], sizes: tuple[int | None, ...], dims: tuple[Dim, ...]
) -> Made:
    """A separable convolution of several filters per channel: depthwise, then pointwise."""
    if tensor.channels is None:
        raise NotExpressible
    between = tensor.channels * whole(call.config["depth_multiplier"])
    deep = {**fields, "channels": between, "bias": False}
    made = reader.emit(call, "depthwise_conv", [tensor], deep, dims=dims, sizes=sizes, channels=between)
    wide = {"kernel": 1, "channels": whole(call.config["filters"]), **({"bias": False} if call.config.get("use_bias") is False else {})}
    return reader.activation(call, reader.emit(call, "conv", [made], wide, channels=wide["channels"]))


def _transposed(reader: Reader, call: Call) -> Made:
    rank = rank_of(call)
    tensor, axes = reader.map_axes(call, call.first, rank)
    config, channels = call.config, whole(call.config["filters"])
    fields = _window(reader, call, axes)
    same = fields.pop("padding", None) is not None
    extra = config.get("output_padding")
    more = reader.spread([None] * rank if extra is None else numbers(extra, rank, 0), axes, None)
    low, high, behind, sizes = [], [], [], []
    columns = [each_of(fields.get(name, 1), reader) for name in ("kernel", "stride", "dilation")]
    for axis, (size, kernel, stride, dilation, own) in enumerate(zip(tensor.sizes, *columns, more, strict=True)):
        reach = dilation * (kernel - 1) + 1
        # What the output has less than every tap needs.
        cut = 0
        if axis in axes:
            cut = -own if own is not None else min(reach - stride, 0)
            if same:
                cut = reach - stride if own is None else 2 * (reach // 2) - own
        low.append(max(cut, 0) // 2)
        high.append(max(cut, 0) - max(cut, 0) // 2)
        behind.append(max(-cut, 0))
        sizes.append(None if size is None else (size - 1) * stride + reach - cut)
    if same and extra is None:
        fields["padding"] = "same" if rank == reader.axes else reader.spread(["same"] * rank, axes, 0)
    else:
        if any(low) or any(high):
            fields["padding"] = paddings(low, high)
        if any(behind):
            fields["output_padding"] = brief(behind)
    fields["channels"] = channels
    if config.get("use_bias") is False:
        fields["bias"] = False
    dims = _rechannelled(reader, call, tensor, rank)
    made = reader.emit(call, "conv_transpose", [tensor], fields, dims=dims, sizes=tuple(sizes), channels=channels)
    return reader.activation(call, made)


def _pool(op: str) -> Operation:
    def operation(reader: Reader, call: Call) -> Made:
        tensor, axes = reader.map_axes(call, call.first, rank_of(call))
        fields = _window(reader, call, axes, "pool_size")
        return reader.emit(call, op, [tensor], fields, sizes=_sizes(reader, tensor, fields))

    return operation


def _global(op: str) -> Operation:
    def operation(reader: Reader, call: Call) -> Made:
        rank = rank_of(call)
        tensor, axes = reader.map_axes(call, call.first, rank)
        return pooled(reader, call, op, tensor, axes, kept=bool(call.config.get("keepdims")))

    return operation


def pooled(reader: Reader, call: Call, op: str, tensor: Tensor, axes: Sequence[int], *, kept: bool) -> Tensor:
    """Add a pooling over whole axes; raises NotExpressible where others are left."""
    if any(size != 1 for axis, size in enumerate(tensor.sizes) if axis not in axes) or tensor.dims is None:
        raise NotExpressible
    # Dimensions that are kept hold one position: their axes are free again.
    dims = tuple(dim if dim == (CHANNELS,) else () for dim in tensor.dims if kept or dim == (CHANNELS,))
    return reader.emit(call, op, [tensor], dims=dims, sizes=(1,) * reader.axes)


def _adaptive(op: str) -> Operation:
    def operation(reader: Reader, call: Call) -> Made:
        tensor, axes = reader.map_axes(call, call.first, rank_of(call))
        if len(axes) != reader.axes:
            raise NotExpressible
        sizes = numbers(call.config["output_size"], len(axes))
        return reader.emit(call, op, [tensor], {"size": brief(sizes)}, sizes=tuple(sizes))

    return operation


def _upsampling(reader: Reader, call: Call) -> Made:
    rank = rank_of(call)
    tensor, axes = reader.map_axes(call, call.first, rank)
    scale = reader.spread(numbers(call.config["size"], rank), axes, 1)
    mode = _MODES.get(str(call.config.get("interpolation", "nearest")))
    if mode is None:
        raise NotExpressible
    sizes = tuple(None if size is None else size * factor for size, factor in zip(tensor.sizes, scale, strict=True))
    fields = {"scale": brief(scale), **({} if mode == "nearest" else {"mode": mode})}
    return reader.emit(call, "resize", [tensor], fields, sizes=sizes)


def _resizing(reader: Reader, call: Call) -> Made:
    """Resize to a size: TensorFlow looks at half-pixel coordinates, for nearest ones too, rounded up at the tie."""
    config = call.config
    given = call.value("size", 1) if "height" not in config else [config["height"], config["width"]]
    if config.get("crop_to_aspect_ratio") or config.get("pad_to_aspect_ratio") or config.get("antialias"):
        raise NotExpressible
    tensor, axes = reader.map_axes(call, call.first, 2)
    mode = _MODES.get(str(call.value("interpolation", 2, "bilinear")))
    if mode is None or len(axes) != reader.axes:
        raise NotExpressible
    size = numbers(given, 2)
    fields: dict[str, Any] = {"size": brief(size), "mode": mode}
    if mode == "nearest":
        fields |= {"coordinates": "half_pixel", "rounding": "round_prefer_ceil"}
    return reader.emit(call, "resize", [tensor], fields, sizes=tuple(size))


def _borders(op: str, name: str, sign: int) -> Operation:
    def operation(reader: Reader, call: Call) -> Made:
        rank = rank_of(call)
        tensor, axes = reader.map_axes(call, call.first, rank)
        given = call.config[name]
        given = [given] * rank if isinstance(given, int) else [given] if rank == 1 and len(given) == 2 else given
        each = [numbers(pair, 2, 0) for pair in given]
        low, high = ([pair[side] for pair in each] for side in (0, 1))
        starts, ends = reader.spread(low, axes, 0), reader.spread(high, axes, 0)
        sizes = tuple(
            None if size is None else size + sign * (one + two) for size, one, two in zip(tensor.sizes, starts, ends, strict=True)
        )
        return reader.emit(call, op, [tensor], {name if op == "pad" else "crop": paddings(starts, ends)}, sizes=sizes)

    return operation


OPERATIONS: Final[Mapping[str, Operation]] = (
    {
        f"{name}{rank}D": operation
        for rank in (1, 2, 3)
        for name, operation in {
            "Conv": _convolution("conv"),
            "Convolution": _convolution("conv"),
            "DepthwiseConv": _convolution("depthwise_conv"),
            "SeparableConv": _convolution("separable_conv"),
            "MaxPooling": _pool("max_pool"),
            "MaxPool": _pool("max_pool"),
            "AveragePooling": _pool("avg_pool"),
            "AvgPool": _pool("avg_pool"),
            "GlobalAveragePooling": _global("global_avg_pool"),
            "GlobalMaxPooling": _global("global_max_pool"),
            "GlobalAvgPool": _global("global_avg_pool"),
            "GlobalMaxPool": _global("global_max_pool"),
            "AdaptiveAveragePooling": _adaptive("adaptive_avg_pool"),
            "AdaptiveMaxPooling": _adaptive("adaptive_max_pool"),
            "UpSampling": _upsampling,
            "ZeroPadding": _borders("pad", "padding", 1),
            "Cropping": _borders("crop", "cropping", -1),
        }.items()
    }
    | {f"Conv{rank}DTranspose": _transposed for rank in (1, 2, 3)}
    | {"Resizing": _resizing, "Resize": _resizing}
)
