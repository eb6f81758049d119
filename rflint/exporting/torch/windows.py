"""Convolutions and pooling in PyTorch: https://pytorch.org/docs/stable/nn.html."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, cast

from rflint.algebra import Transposed, Window
from rflint.exporting.settled import ExportFailure, Network, Settled, whole
from rflint.exporting.torch.leaf import Arg, Leaf, brief, pads


class _Placed(NamedTuple):
    """A window: what stands around its map in the call, and the arguments of its module."""

    source: str
    padding: Any
    kernel: Any
    stride: Any
    dilation: Any
    ceil: bool
    helpers: tuple[str, ...] = ()
    comment: str = ""


def _placed(layer: Settled, value: str = "", *, pools: bool = False) -> _Placed:
    axes = cast("tuple[Window, ...]", layer.axes)
    kernel, stride, dilation = ([getattr(axis, name) for axis in axes] for name in ("kernel", "stride", "dilation"))
    ceil = axes[0].ceil_mode and pools
    rest = (brief(kernel), brief(stride), brief(dilation), ceil)
    words = {axis.word for axis in axes}
    fill = f", value={value}" if value else ""
    sized = any(axis.sensitive for axis in axes) or (axes[0].ceil_mode and not pools)
    if sized and len(words) == 1 and words <= {"same", "same_lower"}:
        lower = ", lower=True" if words == {"same_lower"} else ""
        source = f"pad_same({{0}}, {tuple(kernel)}, {tuple(stride)}, {tuple(dilation)}{lower}{fill})"
        return _Placed(source, 0, *rest, ("pad_same",))
    sizes = whole(layer.sizes_in[0], layer) if sized else layer.sizes_in[0]
    pairs = [axis.padding(size) or (0, 0) for axis, size in zip(axes, sizes, strict=True)]
    comment = f"padded for {'x'.join(map(str, sizes))} samples" if sized else ""
    if axes[0].ceil_mode and not pools:
        pairs = [
            (low, high + max((axis.size(size or 1) - 1) * axis.stride + axis.effective_kernel - (size or 1) - low - high, 0))
            for axis, size, (low, high) in zip(axes, sizes, pairs, strict=True)
        ]
    most = [axis.kernel // 2 if pools else low for axis, (low, _) in zip(axes, pairs, strict=True)]
    if all(0 <= low == high <= limit for (low, high), limit in zip(pairs, most, strict=True)):
        return _Placed("{0}", brief([low for low, _ in pairs]), *rest, comment=comment)
    return _Placed(f"F.pad({{0}}, {pads(pairs)}{fill})", 0, *rest, comment=comment)


def _window_args(placed: _Placed) -> tuple[Arg, ...]:
    return (
        Arg("kernel_size", placed.kernel),
        Arg("stride", placed.stride, 1),
        Arg("padding", placed.padding, 0),
        Arg("dilation", placed.dilation, 1),
    )


def _conv(layer: Settled, _: Network) -> Leaf:
    placed, ways = _placed(layer), layer.channels_in[0]
    depthwise = layer.op == "depthwise_conv" or (layer.op == "window" and "channels" not in layer.fields)
    groups = ways if depthwise else layer.fields.get("groups", 1)
    module = {"separable_conv": "SeparableConv", "deformable_conv": "DeformableConv"}.get(layer.op, f"nn.Conv{len(layer.axes)}d")
    args = (Arg("in_channels", ways), Arg("out_channels", layer.channels), *_window_args(placed))
    if layer.op != "separable_conv":
        args = (*args, Arg("groups", groups, 1))
    args = (*args, Arg("bias", layer.fields.get("bias", True), True))
    helpers = (*placed.helpers, *([module] if not module.startswith("nn.") else []))
    if layer.op == "deformable_conv" and len(layer.axes) != 2:
        raise ExportFailure(f"layer `{layer.name}`: torchvision has `deformable_conv` for two axes only")
    comment = "the spec says what it reads, not what it does: any `window`" if layer.op == "window" else placed.comment
    return Leaf(f"{{m}}({placed.source})", module, args, helpers, comment)


def _max_pool(layer: Settled, network: Network) -> Leaf:
    placed = _placed(layer, 'float("-inf")', pools=True)
    places = layer.name in network.partners
    args = (
        *_pool_args(placed),
        Arg("dilation", placed.dilation, 1),
        Arg("return_indices", places, False),
        Arg("ceil_mode", placed.ceil, False),
    )
    return Leaf(f"{{m}}({placed.source})", f"nn.MaxPool{len(layer.axes)}d", args, placed.helpers, placed.comment, places)


def _pool_args(placed: _Placed) -> tuple[Arg, ...]:
    return (Arg("kernel_size", placed.kernel), Arg("stride", placed.stride, placed.kernel), Arg("padding", placed.padding, 0))


def _avg_pool(layer: Settled, _: Network) -> Leaf:
    if any(axis.dilation > 1 for axis in cast("tuple[Window, ...]", layer.axes)):
        return _filtered(layer, "dilated_mean", "PyTorch has no average pooling with holes")
    placed = _placed(layer, pools=True)
    args = (*_pool_args(placed), Arg("ceil_mode", placed.ceil, False))
    return Leaf(f"{{m}}({placed.source})", f"nn.AvgPool{len(layer.axes)}d", args, placed.helpers, placed.comment)


def _filtered(layer: Settled, helper: str, comment: str = "") -> Leaf:
    """A convolution that learns nothing: padding goes before it."""
    placed = _placed(layer)
    source = placed.source
    if placed.padding:
        padding = placed.padding if isinstance(placed.padding, tuple) else (placed.padding,) * len(layer.axes)
        source = f"F.pad({{0}}, {pads([(each, each) for each in padding])})"
    axes = cast("tuple[Window, ...]", layer.axes)
    numbers = ", ".join(str(tuple(getattr(axis, name) for axis in axes)) for name in ("kernel", "stride", "dilation"))
    return Leaf(f"{helper}({source}, {numbers})", helpers=(helper, *placed.helpers), comment=comment or placed.comment)


def _lp_pool(layer: Settled, _: Network) -> Leaf:
    axes = cast("tuple[Window, ...]", layer.axes)
    if any(axis.dilation > 1 for axis in axes):
        raise ExportFailure(f"layer `{layer.name}`: PyTorch has no `lp_pool` with a dilation")
    placed = _placed(layer, pools=True)
    source = placed.source
    if placed.padding:
        padding = placed.padding if isinstance(placed.padding, tuple) else (placed.padding,) * len(axes)
        source = f"F.pad({{0}}, {pads([(each, each) for each in padding])})"
    args = (
        Arg("norm_type", 2),
        Arg("kernel_size", placed.kernel),
        Arg("stride", placed.stride, placed.kernel),
        Arg("ceil_mode", placed.ceil, False),
    )
    return Leaf(f"{{m}}({source})", f"nn.LPPool{len(axes)}d", args, placed.helpers, placed.comment)


def _transposed(layer: Settled, _: Network) -> Leaf:
    axes = cast("tuple[Transposed, ...]", layer.axes)
    pairs = [axis.padding() for axis in axes]
    extra = [axis.output_padding for axis in axes]
    ends = [more - high + low for (low, high), more in zip(pairs, extra, strict=True)]
    plain = all(low >= 0 and 0 <= more < max(axis.stride, axis.dilation) for axis, (low, _), more in zip(axes, pairs, ends, strict=True))
    call, padding = "{m}({0})", [low for low, _ in pairs]
    if not plain:
        around = [(-low, more - high) for (low, high), more in zip(pairs, extra, strict=True)]
        call, padding, ends = f"F.pad({{m}}({{0}}), {pads(around)})", [0] * len(axes), [0] * len(axes)
    args = (
        Arg("in_channels", layer.channels_in[0]),
        Arg("out_channels", layer.channels),
        Arg("kernel_size", brief([axis.kernel for axis in axes])),
        Arg("stride", brief([axis.stride for axis in axes]), 1),
        Arg("padding", brief(padding), 0),
        Arg("output_padding", brief(ends), 0),
        Arg("groups", layer.fields.get("groups", 1), 1),
        Arg("bias", layer.fields.get("bias", True), True),
        Arg("dilation", brief([axis.dilation for axis in axes]), 1),
    )
    return Leaf(call, f"nn.ConvTranspose{len(axes)}d", args)


def _unpool(layer: Settled, _: Network) -> Leaf:
    axes = cast("tuple[Transposed, ...]", layer.axes)
    pairs = [axis.padding() for axis in axes]
    if any(low != high or low < 0 for low, high in pairs):
        raise ExportFailure(f"layer `{layer.name}`: PyTorch has no `max_unpool` with other padding at one side than at the other")
    kernel = brief([axis.kernel for axis in axes])
    args = (
        Arg("kernel_size", kernel),
        Arg("stride", brief([axis.stride for axis in axes]), kernel),
        Arg("padding", brief([low for low, _ in pairs]), 0),
    )
    call = "{m}({0}, {1})"
    helpers: tuple[str, ...] = ()
    if layer.partner_size != layer.size and None not in (*layer.partner_size, *layer.size):
        call, helpers = f"{{m}}({{0}}, moved({{1}}, {layer.partner_size}, {layer.size}))", ("moved",)
    return Leaf(call, f"nn.MaxUnpool{len(axes)}d", args, helpers)


WINDOWS: Final[Mapping[str, Callable[[Settled, Network], Leaf]]] = {
    **dict.fromkeys(("conv", "depthwise_conv", "separable_conv", "deformable_conv", "window"), _conv),
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "lp_pool": _lp_pool,
    "conv_transpose": _transposed,
    "max_unpool": _unpool,
    "unfold": lambda layer, _: _filtered(layer, "unfold"),
    "blur_pool": lambda layer, _: _filtered(layer, "blur"),
}
