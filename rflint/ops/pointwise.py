"""Ops that look at one sample, some with statistics of the whole map beside it."""

from __future__ import annotations

from rflint.algebra import AxisOp, Pointwise
from rflint.model import ChannelError, Cost, CostQuestion, Fields, Op
from rflint.ops import _fields as f
from rflint.ops._lower import gated, normalisation, plus, pointwise, product, same_channels

_ACTIVATIONS = [
    "relu",
    "relu6",
    "leaky_relu",
    "rrelu",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "swish",
    "mish",
    "sigmoid",
    "log_sigmoid",
    "hard_sigmoid",
    "hard_swish",
    "tanh",
    "hard_tanh",
    "softplus",
    "softsign",
    "softmax",
    "log_softmax",
]


def _batch_norm(fields: Fields, _axis: int, _axes: tuple[str, ...]) -> AxisOp:
    return Pointwise(gated=bool(fields.get("training", False)))


def _bias(question: CostQuestion) -> Cost:
    return Cost(question.channels[0], question.channels[0])


def _kept(question: CostQuestion) -> Cost:
    kept, channels = question.fields.get("channels"), question.channels[0]
    if kept is not None and channels is not None and kept > channels:
        raise ChannelError(f"cannot keep {kept} of {channels} channels")
    return Cost(kept)


def _grouped(question: CostQuestion) -> Cost:
    channels, groups = question.channels[0], question.fields.get("groups", 1)
    if channels is not None and channels % groups:
        raise ChannelError(f"cannot split {channels} channels into {groups} groups")
    return Cost(channels)


def _normalised(question: CostQuestion, *, affine: bool = True) -> Cost:
    """A scale and an offset per channel, where they are learnt; `affine`: whether they are by default."""
    return normalisation(question) if question.fields.get("affine", affine) else same_channels(question)


def _instance_norm(question: CostQuestion) -> Cost:
    return _normalised(question, affine=False)


def _group_norm(question: CostQuestion) -> Cost:
    return _normalised(question)._replace(channels=_grouped(question).channels)


def _prelu(question: CostQuestion) -> Cost:
    """A slope per channel, or one for all (He et al., ICCV 2015)."""
    channels = question.channels[0]
    return Cost(channels, 1 if question.fields.get("shared", False) else channels)


def _glu(question: CostQuestion) -> Cost:
    channels = question.channels[0]
    if channels is not None and channels % 2:
        raise ChannelError(f"cannot halve {channels} channels")
    return Cost(None if channels is None else channels // 2)


def _squeeze_excite(question: CostQuestion) -> Cost:
    channels, hidden = question.channels[0], question.fields.get("channels")
    weights = product(2, channels, hidden)
    return Cost(channels, plus(weights, plus(channels, hidden)), weights)


def _plain(name: str, doc: str) -> Op:
    return Op(name, "pointwise", doc, (), pointwise, same_channels)


OPS = (
    *(_plain(name, f"Activation `{name}`" + (" (over channels)." if "softmax" in name else ".")) for name in _ACTIVATIONS),
    Op("prelu", "pointwise", "Activation `prelu`, with a learnt slope per channel.", (f.SHARED, f.WEIGHTS), pointwise, _prelu),
    Op("glu", "pointwise", "Gated linear unit: half of the channels, gated by the sigmoid of the others.", (), pointwise, _glu),
    Op(
        "batch_norm",
        "pointwise",
        "Batch normalisation; pointwise unless `training`.",
        (f.TRAINING, f.AFFINE, f.WEIGHTS),
        _batch_norm,
        _normalised,
    ),
    Op("layer_norm", "pointwise", "Layer normalisation over channels.", (f.AFFINE, f.WEIGHTS), pointwise, _normalised),
    _plain("dropout", "Dropout."),
    Op("bias", "pointwise", "Learnt offset per channel.", (f.WEIGHTS,), pointwise, _bias),
    Op("scale_shift", "pointwise", "Learnt scale and offset per channel.", (f.WEIGHTS,), pointwise, normalisation),
    Op("channel_shuffle", "pointwise", "Permutes channels between groups.", (f.GROUPS,), pointwise, _grouped),
    Op("select_channels", "pointwise", "Keeps some of the channels.", (f.KEPT,), pointwise, _kept),
    _plain("lrn", "Local response normalisation across channels."),
    _plain("identity", "Nothing."),
    _plain("cast", "Changes the number type."),
    _plain("quantize", "Quantises values."),
    Op(
        "instance_norm",
        "gated",
        "Instance normalisation: statistics of the whole map.",
        (f.INSTANCE_AFFINE, f.WEIGHTS),
        gated,
        _instance_norm,
    ),
    Op("group_norm", "gated", "Group normalisation: statistics of the whole map.", (f.GROUPS, f.AFFINE, f.WEIGHTS), gated, _group_norm),
    Op(
        "squeeze_excite",
        "gated",
        "Squeeze-and-excitation: a gate computed from the whole map.",
        (f.HIDDEN, f.WEIGHTS),
        gated,
        _squeeze_excite,
    ),
)
