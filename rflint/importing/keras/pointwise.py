"""Layers that look at one position: activations, normalisations, arithmetic with numbers; and merges of maps.

https://keras.io/api/layers and https://keras.io/api/ops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rflint.importing.keras.reader import Made, Operation, Reader
from rflint.importing.keras.tensors import CHANNELS, Call, NotExpressible, Tensor, place_of, whole

#: Activations, by class and by name, and the ops they are.
_ACTIVATIONS: Final = {
    "relu": "relu",
    "relu6": "relu6",
    "leaky_relu": "leaky_relu",
    "elu": "elu",
    "selu": "selu",
    "celu": "celu",
    "gelu": "gelu",
    "silu": "silu",
    "swish": "silu",
    "mish": "mish",
    "sigmoid": "sigmoid",
    "log_sigmoid": "log_sigmoid",
    "hard_sigmoid": "hard_sigmoid",
    "hard_silu": "hard_swish",
    "hard_swish": "hard_swish",
    "tanh": "tanh",
    "hard_tanh": "hard_tanh",
    "softplus": "softplus",
    "softsign": "softsign",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
}
_CLASSES: Final = {
    "LeakyReLU": "leaky_relu",
    "LeakyRelu": "leaky_relu",
    "ELU": "elu",
    "Elu": "elu",
    "Selu": "selu",
    "Celu": "celu",
    "Gelu": "gelu",
    "Silu": "silu",
    "Mish": "mish",
    "Sigmoid": "sigmoid",
    "LogSigmoid": "log_sigmoid",
    "HardSigmoid": "hard_sigmoid",
    "HardSilu": "hard_swish",
    "Tanh": "tanh",
    "HardTanh": "hard_tanh",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "PReLU": "prelu",
    "Relu6": "relu6",
    "Dropout": "dropout",
    "SpatialDropout1D": "dropout",
    "SpatialDropout2D": "dropout",
    "SpatialDropout3D": "dropout",
    "AlphaDropout": "dropout",
    "GaussianDropout": "dropout",
    "GaussianNoise": "dropout",
    "StochasticDepth": "dropout",
    "LayerScale": "scale_shift",
    "Cast": "cast",
}
#: Values are changed one by one: there is no op for them, and none is needed.
_IDENTITIES: Final = (
    *("Identity", "Rescaling", "Normalization", "Masking", "ActivityRegularization", "StopGradient", "ThresholdedReLU", "Threshold"),
    *("Abs", "Absolute", "Negative", "Exp", "Log", "Log1p", "Sqrt", "Rsqrt", "Square", "Clip", "Sin", "Cos", "Erf", "Reciprocal", "Sign"),
    *("Floor", "Ceil", "Round", "Squareplus", "TanhShrink", "SoftShrink", "HardShrink", "UnitNormalization", "Copy"),
    *("RandomFlip", "RandomBrightness", "RandomContrast"),
)
_MERGES: Final = {
    "Add": "add",
    "Subtract": "sub",
    "Multiply": "mul",
    "Divide": "div",
    "TrueDivide": "div",
    "Maximum": "max",
    "Minimum": "min",
    "Average": "mean",
    # Of InceptionResNetV2: the first input, and the second times a number.
    "CustomScaleLayer": "add",
}


def _quiet(op: str) -> Operation:
    def operation(reader: Reader, call: Call) -> Made:
        return reader.emit(call, op, [call.first])

    return operation


def _relu(reader: Reader, call: Call) -> Made:
    """Clipped at 6, it has a name of its own."""
    return reader.emit(call, "relu6" if call.config.get("max_value") == 6 else "relu", [call.first])


def _activation(reader: Reader, call: Call) -> Made:
    given = call.config.get("activation")
    if isinstance(given, dict):
        given = given.get("config") if isinstance(given.get("config"), str) else given.get("class_name")
    if given in (None, "linear"):
        return reader.emit(call, "identity", [call.first])
    if given == "softmax":
        return _softmax(reader, call)
    op = _ACTIVATIONS.get(str(given)) or _CLASSES.get(str(given))
    if op is None:
        raise NotExpressible
    return reader.emit(call, op, [call.first])


def _softmax(reader: Reader, call: Call) -> Made:
    """Over channels it looks at one position; over positions at all of them."""
    tensor, axis = call.first, call.config.get("axis", -1)
    if tensor.dims is None or tensor.is_vector or (isinstance(axis, int) and tensor.dims[place_of(axis, len(tensor.dims))] == (CHANNELS,)):
        return reader.emit(call, "softmax", [tensor])
    raise NotExpressible


def _batch_norm(reader: Reader, call: Call) -> Made:
    plain = call.config.get("scale") is False and call.config.get("center") is False
    return reader.emit(call, "batch_norm", [call.first], {"affine": False} if plain else {})


def _layer_norm(reader: Reader, call: Call) -> Made:
    """Over channels it is pointwise; over positions, too, it is a group norm of one group."""
    tensor, axes = call.first, call.config.get("axis", -1)
    places = axes if isinstance(axes, list) else [axes]
    if tensor.dims is None or {tensor.dims[place_of(each, len(tensor.dims))] for each in places} <= {(CHANNELS,), ()}:
        return reader.emit(call, "layer_norm", [tensor])
    if len(places) == len(tensor.dims):
        return reader.emit(call, "group_norm", [tensor], {"groups": 1})
    raise NotExpressible


def _group_norm(reader: Reader, call: Call) -> Made:
    groups = call.config.get("groups", 32)
    if groups == -1:
        return reader.emit(call, "instance_norm", [call.first], {"affine": True})
    return reader.emit(call, "group_norm", [call.first], {"groups": whole(groups)})


def _merge(op: str) -> Operation:
    def operation(reader: Reader, call: Call) -> Made:
        tensors = call.tensors
        if len(tensors) < 2:
            return reader.emit(call, "identity", [call.first])
        return merged(reader, call, op, tensors)

    return operation


def merged(reader: Reader, call: Call, op: str, tensors: list[Tensor]) -> Tensor:
    """Add an elementwise merge; dimensions are matched from the last, those of one position spread."""
    known = [each for each in tensors if each.dims is not None]
    if not known:
        return reader.emit(call, op, tensors)
    whole_ = max(known, key=lambda each: (len(each.dims or ()), not each.is_vector))
    dims = whole_.dims or ()
    sizes = list(whole_.sizes)
    spread = False
    for each in known:
        own_dims = each.dims or ()
        for own, full in zip(reversed(own_dims), reversed(dims), strict=False):
            if own != full and each.extent(own) != 1 and not (full == () and own == (CHANNELS,)):
                raise NotExpressible
        for axis, size in enumerate(each.sizes):
            spread = spread or (size == 1) != (whole_.sizes[axis] == 1)
            if sizes[axis] == 1 and size != 1:
                sizes[axis] = size
    dims = max((each.dims or () for each in known), key=lambda each: (len(each), sum(map(len, each))))
    channels = max((each.channels or 0 for each in known), default=0) or None
    fields = {"broadcast": True} if spread else {}
    return reader.emit(call, op, tensors, fields, dims=dims, sizes=tuple(sizes), channels=channels)


OPERATIONS: Final[Mapping[str, Operation]] = {
    **{kind: _quiet(op) for kind, op in _CLASSES.items()},
    **{kind: _quiet("identity") for kind in _IDENTITIES},
    **{kind: _merge(op) for kind, op in _MERGES.items()},
    "ReLU": _relu,
    "Relu": _relu,
    "Activation": _activation,
    "Softmax": _softmax,
    "BatchNormalization": _batch_norm,
    "SyncBatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
}
