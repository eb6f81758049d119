"""Convolutions and pooling as ONNX operators: https://onnx.ai/onnx/operators/ (Conv, ConvTranspose, MaxPool, …)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb, prod
from typing import Any, Final, NamedTuple, cast

import numpy as np

from rflint.algebra import Transposed, Window
from rflint.exporting.onnx.writer import Writer, sizes_of
from rflint.exporting.settled import ExportFailure, Settled, whole

_AUTO: Final = {"same": "SAME_UPPER", "same_lower": "SAME_LOWER"}
#: What ONNX has for "to the end".
END: Final = 2**63 - 1


class _Window(NamedTuple):
    """A window with its padding as numbers, or as a word that ONNX has too."""

    axes: tuple[Window, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    auto: str | None
    ceil: bool

    @property
    def kernel(self) -> list[int]:
        return [axis.kernel for axis in self.axes]

    @property
    def attributes(self) -> dict[str, Any]:
        padding: dict[str, Any] = {"auto_pad": self.auto} if self.auto else {"pads": [*self.low, *self.high]}
        return {
            "kernel_shape": self.kernel,
            "strides": [axis.stride for axis in self.axes],
            "dilations": [axis.dilation for axis in self.axes],
            **padding,
        }


def _placed(writer: Writer, layer: Settled, tensor: str, fill: float, *, pools: bool = False) -> tuple[str, _Window]:
    """Return the map, padded or cropped where the operator cannot do that itself, and the window over it."""
    axes = cast("tuple[Window, ...]", layer.axes)
    sizes = sizes_of(layer)
    words = {axis.word for axis in axes}
    # Of windows with holes, runtimes do not agree what the word means for pooling.
    if len(words) == 1 and (auto := _AUTO.get(next(iter(words)))) and {axis.dilation for axis in axes} == {1}:
        return tensor, _Window(axes, (), (), auto, ceil=False)
    pairs = [axis.padding(size) or (0, 0) for axis, size in zip(axes, sizes, strict=True)]
    ceil = pools and axes[0].ceil_mode
    if axes[0].ceil_mode and not pools:
        # Other windows than those of pooling have no such mode: the samples that the last window lacks.
        pairs = [(low, high + _lacking(axis, size, low + high)) for axis, size, (low, high) in zip(axes, sizes, pairs, strict=True)]
    # Pooling takes less padding than a kernel, and no operator a negative one.
    limits = [axis.effective_kernel - 1 if pools else low + high for axis, (low, high) in zip(axes, pairs, strict=True)]
    apart = [pair if not 0 <= min(pair) <= max(pair) <= limit else (0, 0) for pair, limit in zip(pairs, limits, strict=True)]
    if any(any(pair) for pair in apart):
        tensor = pad(writer, tensor, apart, fill)
        pairs = [(0, 0) if any(gone) else pair for pair, gone in zip(pairs, apart, strict=True)]
    low, high = zip(*pairs, strict=True)
    return tensor, _Window(axes, low, high, None, ceil)


def _lacking(axis: Window, size: int, padding: int) -> int:
    return max((axis.size(size) - 1) * axis.stride + axis.effective_kernel - size - padding, 0)


def pad(writer: Writer, tensor: str, pairs: Sequence[tuple[int, int]], fill: float = 0.0) -> str:
    """Pad the axes of a map; negative numbers crop, with an operator of their own: not all runtimes take them as padding."""
    low, high = zip(*pairs, strict=True)
    if min(*low, *high) < 0:
        starts, stops = [max(-each, 0) for each in low], [min(each, 0) or END for each in high]
        tensor = writer.add("Slice", tensor, *map(writer.integers, (starts, stops, range(2, 2 + len(pairs)))))
        low, high = (tuple(max(each, 0) for each in side) for side in (low, high))
        if not any((*low, *high)):
            return tensor
    return writer.add("Pad", tensor, writer.integers([0, 0, *low, 0, 0, *high]), writer.number(fill))


def convolve(
    writer: Writer, layer: Settled, tensor: str, out: int, groups: int, *, kernel: Sequence[int], name: str = "weight", **attributes: Any
) -> str:
    """A convolution with random weights, and a bias unless the layer says otherwise."""
    channels = layer.channels_in[0]
    share = channels // groups
    inputs = [tensor, writer.weight(layer, name, [out, share, *kernel], share * prod(kernel))]
    if layer.fields.get("bias", True):
        inputs.append(writer.weight(layer, name.replace("weight", "bias"), [out], 200))
    return writer.add("Conv", *inputs, group=groups, **attributes)


def _conv(writer: Writer, layer: Settled, tensor: str) -> str:
    tensor, window = _placed(writer, layer, tensor, 0.0)
    channels = layer.channels_in[0]
    depthwise = layer.op == "depthwise_conv" or (layer.op == "window" and "channels" not in layer.fields)
    groups = channels if depthwise else layer.fields.get("groups", 1)
    return convolve(writer, layer, tensor, layer.channels, groups, **_geometry(window))


def _geometry(window: _Window) -> dict[str, Any]:
    attributes = window.attributes
    attributes.pop("kernel_shape")
    return {"kernel": window.kernel, **attributes}


def _separable(writer: Writer, layer: Settled, tensor: str) -> str:
    tensor, window = _placed(writer, layer, tensor, 0.0)
    channels = layer.channels_in[0]
    spread = layer._replace(fields={**layer.fields, "bias": False})
    tensor = convolve(writer, spread, tensor, channels, channels, name="depthwise.weight", **_geometry(window))
    return convolve(writer, layer, tensor, layer.channels, 1, kernel=[1] * len(layer.axes), name="pointwise.weight")


def _deformable(writer: Writer, layer: Settled, tensor: str) -> str:
    """The offsets are learnt by a convolution of the same geometry (Dai et al., ICCV 2017)."""
    if len(layer.axes) != 2:
        raise ExportFailure(f"layer `{layer.name}`: ONNX has `deformable_conv` for two axes only")
    tensor, window = _placed(writer, layer, tensor, 0.0)
    if window.auto:
        pairs = [axis.padding(size) or (0, 0) for axis, size in zip(window.axes, sizes_of(layer), strict=True)]
        low, high = zip(*pairs, strict=True)
        window = window._replace(low=low, high=high, auto=None)
    offsets = convolve(writer, layer, tensor, 2 * prod(window.kernel), 1, name="offset.weight", **_geometry(window))
    groups, channels = layer.fields.get("groups", 1), layer.channels_in[0]
    share = channels // groups
    weight = writer.weight(layer, "weight", [layer.channels, share, *window.kernel], share * prod(window.kernel))
    bias = [writer.weight(layer, "bias", [layer.channels], 200)] if layer.fields.get("bias", True) else []
    return writer.add("DeformConv", tensor, weight, offsets, *bias, group=groups, **window.attributes)


def _fixed(writer: Writer, layer: Settled, tensor: str) -> str:
    """A convolution whose weights are no matter of learning: binomial ones of a blur, or ones that lay patches into channels."""
    tensor, window = _placed(writer, layer, tensor, 0.0)
    channels, kernel = layer.channels_in[0], window.kernel
    if layer.op == "unfold":
        taps = prod(kernel)
        one = np.eye(taps, dtype=np.float32).reshape(taps, 1, *kernel)
        small = writer.constant(f"patches_{'x'.join(map(str, kernel))}", one)
        weight = writer.add("Tile", small, writer.integers([channels, 1, *[1] * len(kernel)]))
    else:
        blur = np.ones([1] * len(kernel), np.float64)
        for place, size in enumerate(kernel):
            row = np.array([comb(size - 1, tap) / 2 ** (size - 1) for tap in range(size)])
            blur = blur * row.reshape([size if place == other else 1 for other in range(len(kernel))])
        small = writer.constant(f"binomial_{'x'.join(map(str, kernel))}", blur.astype(np.float32)[None, None])
        weight = writer.add("Tile", small, writer.integers([channels, 1, *[1] * len(kernel)]))
    attributes = _geometry(window)
    attributes.pop("kernel")
    return writer.add("Conv", tensor, weight, group=channels, **attributes)


def _pool(operator: str, fill: float) -> Any:
    def pool(writer: Writer, layer: Settled, tensor: str) -> str:
        tensor, window = _placed(writer, layer, tensor, fill, pools=True)
        paired = layer.name in writer.network.partners
        made = writer.add_all(operator, tensor, count=2 if paired else 1, ceil_mode=int(window.ceil), **window.attributes)
        return made[0]

    return pool


def _transposed(writer: Writer, layer: Settled, tensor: str) -> str:
    axes = cast("tuple[Transposed, ...]", layer.axes)
    kernel = [axis.kernel for axis in axes]
    low, extra, high = [], [], []
    cropped = [axis.padding() for axis in axes]
    for axis, (before, after) in zip(axes, cropped, strict=True):
        low.append(max(before, 0))
        high.append(max(after, 0))
        extra.append(axis.output_padding + max(-after, 0))
    channels, groups = layer.channels_in[0], layer.fields.get("groups", 1)
    out = layer.channels // groups
    inputs = [tensor, writer.weight(layer, "weight", [channels, out, *kernel], channels // groups * prod(kernel))]
    if layer.fields.get("bias", True):
        inputs.append(writer.weight(layer, "bias", [layer.channels], 200))
    made = writer.add(
        "ConvTranspose",
        *inputs,
        group=groups,
        strides=[axis.stride for axis in axes],
        dilations=[axis.dilation for axis in axes],
        pads=[*low, *high],
        output_padding=extra,
    )
    grown = [(max(-before, 0), 0) for before, _ in cropped]
    return pad(writer, made, grown) if any(map(any, grown)) else made


def _unpool(writer: Writer, layer: Settled, tensor: str) -> str:
    """Put samples back to the places that the pooling of the same geometry found."""
    axes = cast("tuple[Transposed, ...]", layer.axes)
    low, high = zip(*(axis.padding() for axis in axes), strict=True)
    if min(*low, *high) < 0:
        raise ExportFailure(f"layer `{layer.name}`: ONNX has no `max_unpool` with negative padding")
    places = _moved(writer, f"/{layer.partner}/MaxPool_output_1", whole(layer.partner_size, layer), whole(layer.size, layer))
    return writer.add(
        "MaxUnpool",
        tensor,
        places,
        kernel_shape=[axis.kernel for axis in axes],
        strides=[axis.stride for axis in axes],
        pads=[*low, *high],
    )


def _moved(writer: Writer, places: str, old: Sequence[int], new: Sequence[int]) -> str:
    """Count places, found in a map of one size, in a map of another: they count samples row by row."""
    if tuple(old) == tuple(new):
        return places
    terms, step = [], 1
    for axis in reversed(range(len(old))):
        size = writer.integers([old[axis]])
        terms.append(writer.add("Mul", writer.add("Mod", places, size), writer.integers([step])))
        places, step = writer.add("Div", places, size), step * new[axis]
    # What is left counts the maps before it, one for each channel.
    terms.append(writer.add("Mul", places, writer.integers([step])))
    made = terms[0]
    for term in terms[1:]:
        made = writer.add("Add", made, term)
    return made


HANDLERS: Final[Mapping[str, Any]] = {
    "conv": _conv,
    "depthwise_conv": _conv,
    "window": _conv,
    "separable_conv": _separable,
    "deformable_conv": _deformable,
    "unfold": _fixed,
    "blur_pool": _fixed,
    "max_pool": _pool("MaxPool", float("-inf")),
    "avg_pool": _pool("AveragePool", 0.0),
    "lp_pool": _pool("LpPool", 0.0),
    "conv_transpose": _transposed,
    "max_unpool": _unpool,
}
