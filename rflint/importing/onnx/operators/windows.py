"""Convolutions and pooling: https://onnx.ai/onnx/operators/ (Conv, ConvTranspose, MaxPool, ...), all opsets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rflint.importing.fields import brief, paddings
from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.reader import Handler, NotExpressible, Reader
from rflint.importing.onnx.tensors import BATCH, CHANNELS, Tensor, kinds_of, size_of

_SAME: Final = {"SAME_UPPER": "same", "SAME_LOWER": "same_lower"}


class _Geometry:
    """The windows of a node, along the axes of the network."""

    def __init__(self, reader: Reader, node: Node, source: Tensor, kernel: Sequence[int]) -> None:
        assert source.dims is not None
        axes = reader.axes_of(source, source.dims[2:])
        if axes is None or len(kernel) != len(axes):
            raise NotExpressible
        rank = len(kernel)
        self.axes = axes
        self._count = reader.axes
        self.sizes = source.sizes
        self.kernel = self.spread(kernel, 1)
        self.stride = self.spread(node.attributes.get("strides") or [1] * rank, 1)
        self.dilation = self.spread(node.attributes.get("dilations") or [1] * rank, 1)
        pads = node.attributes.get("pads") or [0] * (2 * rank)
        auto = node.attributes.get("auto_pad") or "NOTSET"
        self.word = _SAME.get(auto)
        if auto == "VALID":
            pads = [0] * (2 * rank)
        self.low = self.spread(pads[:rank], 0)
        self.high = self.spread(pads[rank:], 0)
        if min(*self.kernel, *self.stride, *self.dilation) < 1:
            raise NotExpressible

    def spread(self, values: Sequence[int], default: int) -> list[int]:
        if len(values) != len(self.axes):
            raise NotExpressible
        given = dict(zip(self.axes, values, strict=True))
        return [int(given.get(axis, default)) for axis in range(self._count)]

    def padding(self) -> Any:
        if self.word:
            return [self.word if axis in self.axes else 0 for axis in range(self._count)] if len(self.axes) < self._count else self.word
        return paddings(self.low, self.high)

    def fields(self, *, pool: bool = False) -> dict[str, Any]:
        """Return the fields of a layer, without those that are as by default."""
        fields: dict[str, Any] = {"kernel": brief(self.kernel)}
        if pool or set(self.stride) != {1}:
            fields["stride"] = brief(self.stride)
        if set(self.dilation) != {1}:
            fields["dilation"] = brief(self.dilation)
        if (padding := self.padding()) != 0:
            fields["padding"] = padding
        return fields

    def output(self, *, ceil: bool = False) -> list[int]:
        """Return the sizes of the output."""
        sizes = []
        for size, kernel, stride, dilation, low, high in zip(
            self.sizes, self.kernel, self.stride, self.dilation, self.low, self.high, strict=True
        ):
            if self.word:
                sizes.append(-(-size // stride))
                continue
            span = size + low + high - dilation * (kernel - 1) - 1
            count = span // stride + 1
            if ceil and span % stride and count * stride < size + low:
                count += 1
            sizes.append(max(count, 1))
        return sizes


def _kernel(node: Node, weight: Tensor | None) -> list[int]:
    if weight is not None and weight.shape is not None:
        return list(weight.shape[2:])
    if node.attributes.get("kernel_shape"):
        return list(node.attributes["kernel_shape"])
    raise NotExpressible


def _along_channels(reader: Reader, node: Node, tensor: Tensor, weight: Tensor) -> Tensor | None:
    """Convolve along channels, as gates do (Wang et al., ECA-Net, CVPR 2020): that mixes channels, and moves nothing."""
    if tensor.dims is None or len(tensor.dims) != 3 or weight.shape is None or weight.shape[:2] != (1, 1):
        return None
    if kinds_of(tensor.dims[:2]) - {BATCH} or kinds_of(tensor.dims[2:]) != {CHANNELS} or tensor.channels != size_of(tensor.dims[2]):
        return None
    low, high = node.attributes.get("pads") or (0, 0)
    if low + high != weight.shape[2] - 1 or set(node.attributes.get("strides") or (1,)) != {1}:
        return None
    return reader.emit(node, "window", [tensor], {"kernel": 1, "channels": tensor.channels})


def _convolution(reader: Reader, node: Node, data: int = 0, weights: int = 1, bias: int = 2, op: str = "conv") -> Tensor:
    if (mixed := _along_channels(reader, node, reader.input(node, data), reader.input(node, weights))) is not None:
        return mixed
    source, weight = reader.map(node, reader.input(node, data)), reader.input(node, weights)
    geometry = _Geometry(reader, node, source, _kernel(node, weight))
    groups = int(node.attributes.get("group") or 1)
    channels = weight.shape[0] if weight.shape is not None else None
    fields = geometry.fields()
    if groups > 1 and groups == source.channels and op == "conv":
        op = "depthwise_conv"
        if channels != source.channels and channels is not None:
            fields["channels"] = channels
    else:
        if channels is not None:
            fields["channels"] = channels
        if groups > 1:
            fields["groups"] = groups
    if not reader.has(node, bias):
        fields["bias"] = False
    return reader.emit_map(node, op, [source], fields, channels, geometry.output())


def _conv(reader: Reader, node: Node) -> Tensor:
    return _convolution(reader, node)


def _conv_integer(reader: Reader, node: Node) -> Tensor:
    return _convolution(reader, node, bias=99)


def _qlinear_conv(reader: Reader, node: Node) -> Tensor:
    return _convolution(reader, node, 0, 3, 8)


def _deform_conv(reader: Reader, node: Node) -> Tensor:
    return _convolution(reader, node, 0, 1, 3, "deformable_conv")


def _conv_transpose(reader: Reader, node: Node) -> Tensor:
    source, weight = reader.map(node, reader.input(node, 0)), reader.input(node, 1)
    geometry = _Geometry(reader, node, source, _kernel(node, weight))
    groups = int(node.attributes.get("group") or 1)
    rank = len(geometry.axes)
    extra = geometry.spread(node.attributes.get("output_padding") or [0] * rank, 0)
    channels = weight.shape[1] * groups if weight.shape is not None else None
    if wanted := node.attributes.get("output_shape"):
        _towards(geometry, wanted, extra, node.attributes.get("auto_pad") or "NOTSET")
    fields = geometry.fields()
    if any(extra):
        fields["output_padding"] = brief(extra)
    if channels is not None:
        fields["channels"] = channels
    if groups > 1:
        fields["groups"] = groups
    if not reader.has(node, 2):
        fields["bias"] = False
    zipped = zip(geometry.sizes, geometry.kernel, geometry.stride, geometry.dilation, geometry.low, geometry.high, extra, strict=True)
    sizes = [
        size * stride if geometry.word else (size - 1) * stride - low - high + dilation * (kernel - 1) + 1 + more
        for size, kernel, stride, dilation, low, high, more in zipped
    ]
    return reader.emit_map(node, "conv_transpose", [source], fields, channels, sizes)


def _towards(geometry: _Geometry, wanted: Sequence[int], extra: Sequence[int], auto: str) -> None:
    """Split the padding that an output shape asks for, as the operator's documentation has it."""
    geometry.word = None
    for axis, size in zip(geometry.axes, wanted[-len(geometry.axes) :], strict=True):
        reach = geometry.dilation[axis] * (geometry.kernel[axis] - 1) + 1
        total = geometry.stride[axis] * (geometry.sizes[axis] - 1) + extra[axis] + reach - size
        half = total // 2
        geometry.low[axis], geometry.high[axis] = (half, total - half) if auto == "SAME_UPPER" else (total - half, half)


def _pool(op: str) -> Handler:
    def pool(reader: Reader, node: Node) -> Tensor:
        source = reader.map(node, reader.input(node, 0))
        geometry = _Geometry(reader, node, source, _kernel(node, None))
        fields = geometry.fields(pool=True)
        ceil = bool(node.attributes.get("ceil_mode")) and geometry.word is None
        if ceil:
            fields["ceil_mode"] = True
        return reader.emit_map(node, op, [source], fields, source.channels, geometry.output(ceil=ceil))

    return pool


def _global_pool(op: str) -> Handler:
    def pool(reader: Reader, node: Node) -> Tensor:
        source = reader.map(node, reader.input(node, 0))
        return reader.emit_map(node, op, [source], {}, source.channels, [1] * reader.axes)

    return pool


def _adaptive(op: str) -> Handler:
    """Pooling to a size: not an operator of ONNX, but what a module of PyTorch is exported with."""

    def pool(reader: Reader, node: Node) -> Tensor:
        source = reader.map(node, reader.input(node, 0))
        sizes = [int(each) for each in node.attributes["size"]]
        if len(sizes) != reader.axes:
            raise NotExpressible
        return reader.emit_map(node, op, [source], {"size": brief(sizes)}, source.channels, sizes)

    return pool


def _unpool(reader: Reader, node: Node) -> Tensor:
    source = reader.map(node, reader.input(node, 0))
    geometry = _Geometry(reader, node, source, _kernel(node, None))
    reach = zip(geometry.sizes, geometry.kernel, geometry.stride, geometry.low, geometry.high, strict=True)
    sizes = [(size - 1) * stride - low - high + kernel for size, kernel, stride, low, high in reach]
    return reader.emit_map(node, "max_unpool", [source], geometry.fields(pool=True), source.channels, sizes)


OPERATORS: Final[Mapping[str, Handler]] = {
    "Conv": _conv,
    "ConvInteger": _conv_integer,
    "QLinearConv": _qlinear_conv,
    "DeformConv": _deform_conv,
    "ConvTranspose": _conv_transpose,
    "MaxPool": _pool("max_pool"),
    "AveragePool": _pool("avg_pool"),
    "LpPool": _pool("lp_pool"),
    "GlobalMaxPool": _global_pool("global_max_pool"),
    "GlobalAveragePool": _global_pool("global_avg_pool"),
    "GlobalLpPool": _global_pool("global_avg_pool"),
    "MaxUnpool": _unpool,
    "rflint.AdaptiveAvgPool": _adaptive("adaptive_avg_pool"),
    "rflint.AdaptiveMaxPool": _adaptive("adaptive_max_pool"),
    "com.microsoft.FusedConv": _conv,
    "com.microsoft.QLinearConv": _qlinear_conv,
    "com.microsoft.QLinearAveragePool": _pool("avg_pool"),
    "com.microsoft.QLinearGlobalAveragePool": _global_pool("global_avg_pool"),
    "com.microsoft.nhwc.Conv": _conv,
}
