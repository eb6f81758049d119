"""What each op is in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from rflint.algebra import CropLike, Pad, PadLike, Resize, Slice, WindowAttention
from rflint.exporting.settled import ExportFailure, Network, Settled, whole
from rflint.exporting.torch.leaf import Arg, Leaf, brief, pads
from rflint.exporting.torch.windows import WINDOWS


def _resize(layer: Settled, _: Network) -> Leaf:
    axes = cast("tuple[Resize, ...]", layer.axes)
    first, rank = axes[0], len(axes)
    if all(axis.scale is not None for axis in axes):
        extent = f"scale_factor={_decimals([axis.scale for axis in axes])}"
    elif layer.like_name is not None:
        extent = "size={1}.shape[2:]"
    else:
        extent = f"size={tuple(axis.size for axis in axes)}"
    mode, options = _mode(first, rank)
    if mode:
        return Leaf(f'F.interpolate({{0}}, {extent}, mode="{mode}"{options})')
    wanted = whole(layer.size, layer)
    scales = [
        f"{axis.scale.numerator} / {axis.scale.denominator}" if axis.scale is not None else f"{want} / {size}"
        for axis, size, want in zip(axes, whole(layer.sizes_in[0], layer), wanted, strict=True)
    ]
    call = (
        f'resize({{0}}, {wanted}, ({", ".join(scales)},), mode="{first.mode}", coordinates="{first.coordinates}", '
        f'rounding="{first.rounding}")'
    )
    return Leaf(call, helpers=("resize",), comment="F.interpolate has no such coordinates")


def _decimals(values: Sequence[Any]) -> str:
    numbers = [int(value) if value == int(value) else float(value) for value in values]
    return str(brief(numbers))


def _mode(axis: Resize, rank: int) -> tuple[str, str]:
    """Return the mode that F.interpolate has for an interpolation, and its options; empty: it has none."""
    how = (axis.mode, axis.coordinates)
    if axis.mode == "area":
        return "area", ""
    if how == ("nearest", "asymmetric") and axis.rounding == "floor":
        return "nearest", ""
    if how == ("nearest", "half_pixel") and axis.rounding == "round_prefer_ceil":
        return "nearest-exact", ""
    names = {"linear": ("linear", "bilinear", "trilinear")[rank - 1], "cubic": "bicubic" if rank == 2 else ""}
    if axis.coordinates == "asymmetric" or not names.get(axis.mode):
        return "", ""
    return names[axis.mode], f", align_corners={axis.coordinates == 'align_corners'}"


def _blocks(helper: str, plain: str) -> Callable[[Settled, Network], Leaf]:
    def blocks(layer: Settled, _: Network) -> Leaf:
        sizes = [getattr(axis, "block", 1) for axis in layer.axes]
        if len(sizes) == 2 and sizes[0] == sizes[1]:
            return Leaf(f"F.{plain}({{0}}, {sizes[0]})")
        return Leaf(f"{helper}({{0}}, {tuple(sizes)})", helpers=(helper,))

    return blocks


def _adaptive(layer: Settled, _: Network) -> Leaf:
    size = tuple(getattr(axis, "size", 1) for axis in layer.axes)
    return Leaf(f"F.{layer.op}{len(size)}d({{0}}, {size if len(size) > 1 else size[0]})")


def _pad(layer: Settled, _: Network) -> Leaf:
    return Leaf(f"F.pad({{0}}, {pads([(axis.low, axis.high) for axis in cast('tuple[Pad, ...]', layer.axes)])})")


def _slice(layer: Settled, _: Network) -> Leaf:
    parts = []
    for axis in cast("tuple[Slice, ...]", layer.axes):
        text = f"{axis.start or ''}:{'' if axis.stop is None else axis.stop}"
        parts.append(text if axis.step_size == 1 else f"{text}:{axis.step_size}")
    return Leaf(f"{{0}}[:, :, {', '.join(parts)}]")


def _crop_like(layer: Settled, _: Network) -> Leaf:
    starts = [axis.start for axis in cast("tuple[CropLike, ...]", layer.axes)]
    given = "" if None in starts else f", {tuple(starts)}"
    return Leaf(f"crop_like({{0}}, {{1}}{given})", helpers=("crop_like",))


def _pad_like(layer: Settled, _: Network) -> Leaf:
    places = [axis.align if axis.start is None else axis.start for axis in cast("tuple[PadLike, ...]", layer.axes)]
    return Leaf(f"pad_like({{0}}, {{1}}, {tuple(places)})".replace("'", '"'), helpers=("pad_like",))


def _infix(sign: str) -> Callable[[Settled, Network], Leaf]:
    return lambda layer, _: Leaf(f" {sign} ".join(f"{{{place}}}" for place in range(len(layer.sources))))


def _folded(function: str) -> Callable[[Settled, Network], Leaf]:
    def folded(layer: Settled, _: Network) -> Leaf:
        call = "{0}"
        for place in range(1, len(layer.sources)):
            call = f"{function}({call}, {{{place}}})"
        return Leaf(call)

    return folded


def _mean(layer: Settled, _: Network) -> Leaf:
    count = len(layer.sources)
    return Leaf(f"({' + '.join(f'{{{place}}}' for place in range(count))}) / {count}")


def _concat(layer: Settled, network: Network) -> Leaf:
    along = layer.fields.get("axis", "channels")
    dim = 1 if along == "channels" else 2 + network.axes.index(along)
    parts = [f"{{{place}}}" for place in range(len(layer.sources))]
    if layer.fields.get("broadcast"):
        # Along its own axis each keeps its samples.
        across = [axis for axis in range(len(network.axes)) if 2 + axis != dim]
        sizes = [[each[axis] for axis in across] for each in (layer.size, *layer.sizes_in)]
        whole_map = max(range(len(parts)), key=lambda place: [size or 0 for size in sizes[1 + place]])
        shape = f"{{{whole_map}}}.shape"
        extent = f"*{shape}[2:]"
        if dim > 1:
            extent = ", ".join(f"{shape}[{2 + axis}]" if axis in across else "-1" for axis in range(len(network.axes)))
        parts = [part if sizes[1 + place] == sizes[0] else f"{part}.expand(-1, -1, {extent})" for place, part in enumerate(parts)]
    return Leaf(f"torch.cat([{', '.join(parts)}], dim={dim})")


def _attention(layer: Settled, _: Network) -> Leaf:
    axes, heads, causal = layer.axes, layer.fields.get("heads", 1), layer.fields.get("causal", False)
    if layer.channels % heads:
        raise ExportFailure(f"layer `{layer.name}`: {layer.channels} channels do not divide into {heads} heads")
    if causal and len(axes) > 1:
        raise ExportFailure(f"layer `{layer.name}`: causal `attention` is written for one axis only")
    windows = [axis for axis in axes if isinstance(axis, WindowAttention)]
    window, shift = tuple(axis.window for axis in windows), tuple(axis.shift for axis in windows)
    args = (
        Arg("channels", layer.channels),
        Arg("heads", heads, 1),
        Arg("window", window or None, None),
        Arg("shift", shift if any(shift) else None, None),
        Arg("causal", causal, False),
    )
    return Leaf("{m}({0})", "Attention", args, ("Attention",))


def _rnn(layer: Settled, network: Network) -> Leaf:
    dim = 2 + network.axes.index(layer.fields.get("axis", network.axes[-1]))
    direction = layer.fields.get("direction", "both")
    if direction == "both" and layer.channels % 2:
        raise ExportFailure(f"layer `{layer.name}`: {layer.channels} channels are no two directions of `rnn`")
    args = (Arg("channels", layer.channels_in[0]), Arg("hidden", layer.channels), Arg("dim", dim), Arg("direction", direction))
    return Leaf("{m}({0})", "Recurrent", args, ("Recurrent",))


def _dense(layer: Settled, _: Network) -> Leaf:
    count = layer.channels_in[0]
    for size in whole(layer.sizes_in[0], layer):
        count *= size
    args = (Arg("in_features", count), Arg("out_features", layer.channels), Arg("bias", layer.fields.get("bias", True), True))
    return Leaf("{m}({0}.flatten(1))" + _vector(layer), "nn.Linear", args)


def _vector(layer: Settled) -> str:
    return f"[:, :{', None' * len(layer.axes)}]"


def _squeeze_excite(layer: Settled, _: Network) -> Leaf:
    hidden = layer.fields.get("channels") or max(layer.channels // 16, 1)
    return Leaf("{m}({0})", "SqueezeExcite", (Arg("channels", layer.channels), Arg("hidden", hidden)), ("SqueezeExcite",))


def _norm(layer: Settled, _: Network) -> Leaf:
    affine = layer.fields.get("affine", layer.op != "instance_norm")
    args: tuple[Arg, ...] = (Arg("num_features", layer.channels),)
    if layer.op == "batch_norm":
        args = (*args, Arg("affine", affine, True), Arg("track_running_stats", not layer.fields.get("training", False), True))
        return Leaf("{m}({0})", f"nn.BatchNorm{len(layer.axes)}d", args)
    if layer.op == "instance_norm":
        return Leaf("{m}({0})", f"nn.InstanceNorm{len(layer.axes)}d", (*args, Arg("affine", affine, False)))
    if layer.op == "layer_norm":
        return Leaf("{m}({0})", "ChannelNorm", (*args, Arg("elementwise_affine", affine, True)), ("ChannelNorm",))
    return Leaf("{m}({0})", "nn.GroupNorm", (Arg("num_groups", layer.fields.get("groups", 1)), *args, Arg("affine", affine, True)))


def _module(module: str, *names: str) -> Callable[[Settled, Network], Leaf]:
    """A module whose arguments are fields, or the channels."""

    def made(layer: Settled, _: Network) -> Leaf:
        args = tuple(Arg(name, layer.channels if name == "channels" else layer.fields.get(name, 1)) for name in names)
        return Leaf("{m}({0})", module, args, () if module.startswith("nn.") else (module,))

    return made


def _plain(call: str) -> Callable[[Settled, Network], Leaf]:
    return lambda _layer, _network: Leaf(call)


def _over_axes(function: str) -> Callable[[Settled, Network], Leaf]:
    return lambda layer, _: Leaf(function.replace("DIMS", str(tuple(range(2, 2 + len(layer.axes))))))


def _prelu(layer: Settled, _: Network) -> Leaf:
    return Leaf("{m}({0})", "nn.PReLU", (Arg("num_parameters", 1 if layer.fields.get("shared") else layer.channels),))


def _select(layer: Settled, _: Network) -> Leaf:
    return Leaf(f"{{0}}[:, :{layer.channels}]")


#: Activations that are called in PyTorch as they are here.
_ALIKE: Final = ("relu", "relu6", "leaky_relu", "rrelu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "softsign")
#: Activations, and their functions.
_FUNCTIONS: Final[Mapping[str, str]] = {
    **dict(zip(_ALIKE, _ALIKE, strict=True)),
    "swish": "silu",
    "sigmoid": "sigmoid",
    "log_sigmoid": "logsigmoid",
    "hard_sigmoid": "hardsigmoid",
    "hard_swish": "hardswish",
    "tanh": "tanh",
    "hard_tanh": "hardtanh",
}

LEAVES: Final[Mapping[str, Callable[[Settled, Network], Leaf]]] = {
    **WINDOWS,
    "resize": _resize,
    "resize_like": _resize,
    "space_to_depth": _blocks("space_to_depth", "pixel_unshuffle"),
    "depth_to_space": _blocks("depth_to_space", "pixel_shuffle"),
    "adaptive_avg_pool": _adaptive,
    "adaptive_max_pool": _adaptive,
    "pad": _pad,
    "crop": _pad,
    "slice": _slice,
    "crop_like": _crop_like,
    "pad_like": _pad_like,
    "add": _infix("+"),
    "sub": _infix("-"),
    "mul": _infix("*"),
    "div": _infix("/"),
    "max": _folded("torch.maximum"),
    "min": _folded("torch.minimum"),
    "mean": _mean,
    "concat": _concat,
    **{op: _plain(f"F.{name}({{0}})") for op, name in _FUNCTIONS.items() if op not in ("sigmoid", "tanh")},
    **{op: _plain(f"torch.{op}({{0}})") for op in ("sigmoid", "tanh")},
    "softmax": _plain("F.softmax({0}, dim=1)"),
    "log_softmax": _plain("F.log_softmax({0}, dim=1)"),
    "glu": _plain("F.glu({0}, dim=1)"),
    "prelu": _prelu,
    **dict.fromkeys(("batch_norm", "instance_norm", "layer_norm", "group_norm"), _norm),
    "dropout": _plain("F.dropout({0}, training=self.training)"),
    "bias": lambda layer, _: Leaf("{m}({0})", "Affine", (Arg("channels", layer.channels), Arg("scale", False, True)), ("Affine",)),
    "scale_shift": _module("Affine", "channels"),
    "channel_shuffle": _module("nn.ChannelShuffle", "groups"),
    "select_channels": _select,
    "lrn": _plain("F.local_response_norm({0}, size=5)"),
    "identity": _plain("{0}"),
    "cast": _plain("{0}.float()"),
    "quantize": _plain("({0} * 64).round() / 64"),
    "squeeze_excite": _squeeze_excite,
    "global_avg_pool": _over_axes("{0}.mean(dim=DIMS, keepdim=True)"),
    "global_max_pool": _over_axes("{0}.amax(dim=DIMS, keepdim=True)"),
    "dense": _dense,
    "flatten": lambda layer, _: Leaf("{0}.flatten(1)" + _vector(layer)),
    "attention": _attention,
    "spatial_softmax": _plain("F.softmax({0}.flatten(2), dim=2).reshape({0}.shape)"),
    "rnn": _rnn,
    "fft": _over_axes("torch.fft.fftn({0}, dim=DIMS).real"),
}
