"""Operators that look at one sample at a time, and those that only pass on what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.operators.arithmetic import computed
from rflint.importing.onnx.operators.merging import merged
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader
from rflint.importing.onnx.tensors import CHANNELS, atom

#: Operator -> op; `identity` where the language has no op of its own for it.
_OPS: Final[Mapping[str, str]] = {
    "Relu": "relu",
    "LeakyRelu": "leaky_relu",
    "PRelu": "prelu",
    "Elu": "elu",
    "Selu": "selu",
    "Celu": "celu",
    "Gelu": "gelu",
    "Mish": "mish",
    "Sigmoid": "sigmoid",
    "HardSigmoid": "hard_sigmoid",
    "HardSwish": "hard_swish",
    "Swish": "silu",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Clip": "relu6",
    "BatchNormalization": "batch_norm",
    "LRN": "lrn",
    "Dropout": "dropout",
    "Cast": "cast",
    "CastLike": "cast",
    "QuantizeLinear": "quantize",
    "DequantizeLinear": "quantize",
    "DynamicQuantizeLinear": "quantize",
    "com.microsoft.Gelu": "gelu",
    "com.microsoft.FastGelu": "gelu",
    "com.microsoft.QuickGelu": "silu",
    "com.microsoft.BiasGelu": "gelu",
    "com.microsoft.QuantizeLinear": "quantize",
    "com.microsoft.DequantizeLinear": "quantize",
    "com.microsoft.QLinearSigmoid": "sigmoid",
    "com.microsoft.QLinearLeakyRelu": "leaky_relu",
    **dict.fromkeys(
        [
            "Identity",
            "Abs",
            "Neg",
            "Sqrt",
            "Reciprocal",
            "Exp",
            "Log",
            "Erf",
            "Floor",
            "Ceil",
            "Round",
            "Sign",
            "Sin",
            "Cos",
            "Tan",
            "Asin",
            "Acos",
            "Atan",
            "Sinh",
            "Cosh",
            "Asinh",
            "Acosh",
            "Atanh",
            "ThresholdedRelu",
            "Shrink",
            "IsNaN",
            "IsInf",
            "Not",
            "BitwiseNot",
            "MeanVarianceNormalization",
            "Trilu",
        ],
        "identity",
    ),
}
#: Those that take other maps in and are local all the same.
_ELEMENTWISE: Final = ("Pow", "Mod", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor", "Where", "BitShift")


def _pointwise(op: str) -> Handler:
    def pointwise(reader: Reader, node: Node) -> Made:
        if (result := computed(reader, node)) is not None:
            return result
        tensor = reader.input(node, 0)
        if tensor.is_constant or tensor.pairs:
            return tensor._replace(value=None)
        if node.op == "BatchNormalization" and node.attributes.get("training_mode"):
            return [reader.emit(node, op, [tensor], {"training": True})]
        return [reader.emit(node, op, [tensor])]

    return pointwise


def _quantized_merge(reader: Reader, node: Node) -> Made:
    """Sums and products of quantised maps: every third input is one, scales and zero points stand between."""
    return merged(reader, node._replace(op="Mul" if "Mul" in node.op else "Add", inputs=(node.inputs[0], node.inputs[3])))


def _mean_variance(reader: Reader, node: Node) -> Made:
    tensor = reader.input(node, 0)
    if tensor.is_constant:
        raise NotExpressible
    return reader.emit(node, "instance_norm", [tensor])


def _recurrent(reader: Reader, node: Node) -> Made:
    """A recurrence over the first dimension: [time, batch, channels], or [batch, time, channels] with `layout` 1."""
    tensor, weight = reader.input(node, 0), reader.input(node, 1)
    if tensor.dims is None or weight.shape is None or len(tensor.dims) != 3:
        raise NotExpressible
    time = 1 if node.attributes.get("layout") else 0
    kinds = {each.kind for each in tensor.dims[time]}
    hidden = int(node.attributes.get("hidden_size") or weight.shape[1] // 4)
    count = weight.shape[0]
    if not kinds and not time:
        # One step of a recurrence: its past is in its state.
        step = (tensor.dims[0], atom(CHANNELS, count), tensor.dims[1], atom(CHANNELS, hidden))
        fields: dict[str, object] = {"kernel": 1, "channels": hidden * count}
        made = reader.emit(node, "window", [tensor], fields, channels=hidden * count, dims=step)
        return [made, *(made._replace(shape=made.shape and made.shape[1:], dims=step[1:]),) * 2]
    if len(kinds) != 1 or min(kinds) < 0:
        raise NotExpressible
    (axis,) = kinds
    direction = {"reverse": "backward", "bidirectional": "both"}.get(str(node.attributes.get("direction")), "forward")
    fields = {"direction": direction, "channels": hidden * count}
    if axis != reader.axes - 1:
        fields["axis"] = reader.axis_names[axis]
    batch = tensor.dims[1 - time]
    dims = (tensor.dims[time], atom(CHANNELS, count), batch, atom(CHANNELS, hidden))
    if time:
        dims = (batch, tensor.dims[time], atom(CHANNELS, count), atom(CHANNELS, hidden))
    made = reader.emit(node, "rnn", [tensor], fields, channels=hidden * count, dims=dims)
    if not any(node.outputs[1:]):
        return made
    last = reader.emit(node, "global_avg_pool", [made], sizes=[1] * reader.axes, dims=(dims[-3], batch, dims[-1]))
    return [made, last, last]


OPERATORS: Final[Mapping[str, Handler]] = {
    **{name: _pointwise(op) for name, op in _OPS.items()},
    **dict.fromkeys(_ELEMENTWISE, merged),
    "MeanVarianceNormalization": _mean_variance,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "RNN": _recurrent,
    "com.microsoft.DynamicQuantizeLSTM": _recurrent,
    "com.microsoft.QLinearAdd": _quantized_merge,
    "com.microsoft.QLinearMul": _quantized_merge,
}
