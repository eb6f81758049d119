"""What looks at one sample, or at the whole map, as ONNX operators: activations, norms, dense layers, attention, recurrences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Final

import numpy as np

from rflint.algebra import WindowAttention
from rflint.exporting.onnx.maps import flat
from rflint.exporting.onnx.windows import convolve
from rflint.exporting.onnx.writer import Writer, sizes_of
from rflint.exporting.settled import ExportFailure, Settled

#: Op -> operator and its attributes.
_PLAIN: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {}),
    # What it is when nothing is learnt any more: the mean of its slopes, 1/8 and 1/3.
    "rrelu": ("LeakyRelu", {"alpha": 11 / 48}),
    "elu": ("Elu", {}),
    "selu": ("Selu", {}),
    "celu": ("Celu", {}),
    "gelu": ("Gelu", {}),
    "mish": ("Mish", {}),
    "sigmoid": ("Sigmoid", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "hard_swish": ("HardSwish", {}),
    "tanh": ("Tanh", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "softmax": ("Softmax", {"axis": 1}),
    "log_softmax": ("LogSoftmax", {"axis": 1}),
    "lrn": ("LRN", {"size": 5}),
    "dropout": ("Dropout", {}),
    "identity": ("Identity", {}),
    "cast": ("Cast", {"to": 1}),
    "global_avg_pool": ("GlobalAveragePool", {}),
    "global_max_pool": ("GlobalMaxPool", {}),
}


def _plain(writer: Writer, layer: Settled, tensor: str) -> str:
    operator, attributes = _PLAIN[layer.op]
    return writer.add(operator, tensor, **attributes)


def _silu(writer: Writer, layer: Settled, tensor: str) -> str:
    return writer.add("Mul", tensor, writer.add("Sigmoid", tensor))


def _log_sigmoid(writer: Writer, layer: Settled, tensor: str) -> str:
    return writer.add("Log", writer.add("Sigmoid", tensor))


def _clip(low: float, high: float) -> Any:
    return lambda writer, _, tensor: writer.add("Clip", tensor, writer.number(low), writer.number(high))


def _prelu(writer: Writer, layer: Settled, tensor: str) -> str:
    count = 1 if layer.fields.get("shared") else layer.channels
    return writer.add("PRelu", tensor, writer.per_channel(layer, "slope", count))


def _glu(writer: Writer, layer: Settled, tensor: str) -> str:
    half = layer.channels
    value, gate = writer.add_all("Split", tensor, writer.integers([half, half]), count=2, axis=1)
    return writer.add("Mul", value, writer.add("Sigmoid", gate))


def _affine(writer: Writer, layer: Settled) -> list[str]:
    """Scale and offset per channel, as they begin."""
    return [writer.filled([layer.channels], value) for value in (1.0, 0.0)]


def _batch_norm(writer: Writer, layer: Settled, tensor: str) -> str:
    (scale, offset) = _affine(writer, layer)
    if layer.fields.get("training"):
        return writer.add("BatchNormalization", tensor, scale, offset, offset, scale, count=3, training_mode=1)
    return writer.add("BatchNormalization", tensor, scale, offset, offset, scale)


def _instance_norm(writer: Writer, layer: Settled, tensor: str) -> str:
    return writer.add("InstanceNormalization", tensor, *_affine(writer, layer))


def _group_norm(writer: Writer, layer: Settled, tensor: str) -> str:
    return writer.add("GroupNormalization", tensor, *_affine(writer, layer), num_groups=layer.fields.get("groups", 1))


def _layer_norm(writer: Writer, layer: Settled, tensor: str) -> str:
    """ONNX normalises the last dimensions: the channels go there, and back."""
    count = len(layer.axes)
    last = writer.add("Transpose", tensor, perm=[0, *range(2, 2 + count), 1])
    made = writer.add("LayerNormalization", last, *_affine(writer, layer), axis=-1)
    return writer.add("Transpose", made, perm=[0, 1 + count, *range(1, 1 + count)])


def _bias(writer: Writer, layer: Settled, tensor: str) -> str:
    return writer.add("Add", tensor, writer.per_channel(layer, "bias", layer.channels))


def _scale_shift(writer: Writer, layer: Settled, tensor: str) -> str:
    scaled = writer.add("Mul", tensor, writer.per_channel(layer, "scale", layer.channels))
    return writer.add("Add", scaled, writer.per_channel(layer, "bias", layer.channels))


def _shuffle(writer: Writer, layer: Settled, tensor: str) -> str:
    groups, sizes = layer.fields.get("groups", 1), sizes_of(layer)
    parted = writer.reshape(tensor, [1, groups, layer.channels // groups, *sizes])
    swapped = writer.add("Transpose", parted, perm=[0, 2, 1, *range(3, 3 + len(sizes))])
    return writer.reshape(swapped, [1, layer.channels, *sizes])


def _select(writer: Writer, layer: Settled, tensor: str) -> str:
    return writer.add("Slice", tensor, *map(writer.integers, ([0], [layer.channels], [1])))


def _quantize(writer: Writer, layer: Settled, tensor: str) -> str:
    scale, zero = writer.number(1 / 64), writer.constant("zero_point", np.array(0, np.int8))
    return writer.add("DequantizeLinear", writer.add("QuantizeLinear", tensor, scale, zero), scale, zero)


def _squeeze_excite(writer: Writer, layer: Settled, tensor: str) -> str:
    """Hu et al., CVPR 2018; a sixteenth of the channels where the spec does not say how many are squeezed to."""
    one = [1] * len(layer.axes)
    hidden = layer.fields.get("channels") or max(layer.channels // 16, 1)
    squeezed = convolve(writer, layer, writer.add("GlobalAveragePool", tensor), hidden, 1, kernel=one, name="squeeze.weight")
    back = layer._replace(channels_in=(hidden,))
    excited = convolve(writer, back, writer.add("Relu", squeezed), layer.channels, 1, kernel=one, name="excite.weight")
    return writer.add("Mul", tensor, writer.add("Sigmoid", excited))


def _flatten(writer: Writer, layer: Settled, tensor: str) -> str:
    return writer.reshape(tensor, [1, layer.channels, *[1] * len(layer.axes)])


def _dense(writer: Writer, layer: Settled, tensor: str) -> str:
    count = flat(layer)
    inputs = [writer.add("Flatten", tensor), writer.weight(layer, "weight", [layer.channels, count], count)]
    if layer.fields.get("bias", True):
        inputs.append(writer.weight(layer, "bias", [layer.channels], 200))
    return _flatten(writer, layer, writer.add("Gemm", *inputs, transB=1))


def _spatial_softmax(writer: Writer, layer: Settled, tensor: str) -> str:
    rows = writer.reshape(tensor, [1, layer.channels, -1])
    return writer.reshape(writer.add("Softmax", rows, axis=2), [1, layer.channels, *sizes_of(layer)])


def _attention(writer: Writer, layer: Settled, tensor: str) -> str:
    """Vaswani et al., NeurIPS 2017; in windows, and in windows that are shifted, as Liu et al., ICCV 2021."""
    channels, sizes, heads = layer.channels, sizes_of(layer), layer.fields.get("heads", 1)
    if channels % heads:
        raise ExportFailure(f"layer `{layer.name}`: {channels} channels do not divide into {heads} heads")
    if layer.fields.get("causal"):
        raise ExportFailure(f"layer `{layer.name}`: causal `attention` is not written for ONNX: its mask would be lost on the way back")
    one = [1] * len(sizes)
    windows, rolls = _windows(layer, sizes)
    made = convolve(writer, layer, tensor, 3 * channels, 1, kernel=one, name="qkv.weight")
    made = _rolled(writer, made, rolls, sizes)
    parts = writer.add_all("Split", made, writer.integers([channels] * 3), count=3, axis=1)
    count = [size // window for size, window in zip(sizes, windows, strict=True)]
    pieces = [each for pair in zip(count, windows, strict=True) for each in pair]
    rank = len(sizes)
    # Batch, heads, their channels, then number and samples of windows along each axis.
    order = [0, *(3 + 2 * axis for axis in range(rank)), 1, *(4 + 2 * axis for axis in range(rank)), 2]
    stacked = [prod(count), heads, prod(windows), channels // heads]
    queries, keys, values = (
        writer.reshape(
            writer.add("Transpose", writer.reshape(part, [1, heads, channels // heads, *pieces]), perm=order),
            stacked,
        )
        for part in parts
    )
    scaled = writer.add("Mul", queries, writer.number((channels // heads) ** -0.5))
    scores = writer.add("MatMul", scaled, writer.add("Transpose", keys, perm=[0, 1, 3, 2]))
    if any(rolls):
        scores = writer.add("Add", scores, _mask(writer, sizes, windows, rolls))
    attended = writer.add("MatMul", writer.add("Softmax", scores, axis=-1), values)
    back = writer.reshape(attended, [1, *count, heads, *windows, channels // heads])
    inverse = [order.index(place) for place in range(len(order))]
    whole_map = writer.reshape(writer.add("Transpose", back, perm=inverse), [1, channels, *sizes])
    turned = _rolled(writer, whole_map, [(-roll) % size for roll, size in zip(rolls, sizes, strict=True)], sizes)
    return convolve(writer, layer, turned, channels, 1, kernel=one, name="out.weight")


def _windows(layer: Settled, sizes: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the edges of the windows, and how far the map is turned so that they begin with its first sample."""
    windows, rolls = [], []
    for axis, size in zip(layer.axes, sizes, strict=True):
        if not isinstance(axis, WindowAttention):
            windows.append(size)
            rolls.append(0)
            continue
        if size % axis.window:
            raise ExportFailure(f"layer `{layer.name}`: ONNX `attention`: {size} samples are no whole windows of {axis.window}")
        windows.append(axis.window)
        rolls.append(-axis.shift % axis.window)
    return windows, rolls


def _rolled(writer: Writer, tensor: str, rolls: Sequence[int], sizes: Sequence[int]) -> str:
    """Turn a map, so that what stands at `roll` comes first."""
    for axis, (roll, size) in enumerate(zip(rolls, sizes, strict=True)):
        if roll:
            parts = [
                writer.add("Slice", tensor, *map(writer.integers, ([start], [stop], [2 + axis])))
                for start, stop in ((roll, size), (0, roll))
            ]
            tensor = writer.add("Concat", *parts, axis=2 + axis)
    return tensor


def _mask(writer: Writer, sizes: Sequence[int], windows: Sequence[int], rolls: Sequence[int]) -> str:
    """Rule out, in the windows that the turn put together of both ends of the map, what is not of the same end."""
    count = [size // window for size, window in zip(sizes, windows, strict=True)]
    ends = np.zeros(list(sizes), np.int64)
    for axis, (size, roll) in enumerate(zip(sizes, rolls, strict=True)):
        row = (np.arange(size) >= size - roll).astype(np.int64)
        ends = 2 * ends + row.reshape([size if axis == other else 1 for other in range(len(sizes))])
    parted = ends.reshape([each for pair in zip(count, windows, strict=True) for each in pair])
    rank = len(sizes)
    order = [*(2 * axis for axis in range(rank)), *(2 * axis + 1 for axis in range(rank))]
    regions = parted.transpose(order).reshape(prod(count), 1, prod(windows))
    shape = "_".join("x".join(map(str, each)) for each in (sizes, windows, rolls))
    names = [writer.constant(f"regions_{shape}_{kind}", np.expand_dims(regions, place)) for kind, place in (("columns", 3), ("rows", 2))]
    return writer.add("Where", writer.add("Equal", *names), writer.number(0.0), writer.number(-1e9))


def _rnn(writer: Writer, layer: Settled, tensor: str) -> str:
    """A recurrence along one axis; all others are batches."""
    names = writer.network.axes
    axis = names.index(layer.fields.get("axis", names[-1]))
    direction = {"forward": "forward", "backward": "reverse"}.get(layer.fields.get("direction", "both"), "bidirectional")
    count = 2 if direction == "bidirectional" else 1
    if layer.channels % count:
        raise ExportFailure(f"layer `{layer.name}`: {layer.channels} channels are no two directions of `rnn`")
    sizes, hidden, channels = sizes_of(layer), layer.channels // count, layer.channels_in[0]
    others = [2 + other for other in range(len(sizes)) if other != axis]
    order = [2 + axis, 0, *others, 1]
    batch = [sizes[place - 2] for place in others]
    rows = writer.reshape(writer.add("Transpose", tensor, perm=order), [sizes[axis], prod(batch), channels])
    weights = [writer.weight(layer, name, [count, 4 * hidden, size], size) for name, size in (("W", channels), ("R", hidden))]
    made = writer.add("LSTM", rows, *weights, direction=direction, hidden_size=hidden)
    joined = writer.add("Transpose", made, perm=[0, 2, 1, 3])
    stacked = writer.reshape(joined, [sizes[axis], 1, *batch, layer.channels])
    return writer.add("Transpose", stacked, perm=[order.index(place) for place in range(len(order))])


def _fft(writer: Writer, layer: Settled, tensor: str) -> str:
    raise ExportFailure(f"layer `{layer.name}`: `fft` makes complex numbers in ONNX (DFT), which no layer behind it takes")


HANDLERS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(_PLAIN, _plain),
    "relu6": _clip(0.0, 6.0),
    "hard_tanh": _clip(-1.0, 1.0),
    "silu": _silu,
    "swish": _silu,
    "log_sigmoid": _log_sigmoid,
    "prelu": _prelu,
    "glu": _glu,
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "bias": _bias,
    "scale_shift": _scale_shift,
    "channel_shuffle": _shuffle,
    "select_channels": _select,
    "quantize": _quantize,
    "squeeze_excite": _squeeze_excite,
    "flatten": _flatten,
    "dense": _dense,
    "spatial_softmax": _spatial_softmax,
    "attention": _attention,
    "rnn": _rnn,
    "fft": _fft,
}
