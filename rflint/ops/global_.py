"""Ops whose outputs see the whole map, attention that can be local, and the honest `unknown`."""

from __future__ import annotations

from rflint.algebra import AxisOp, Global, Opaque, Past, Pointwise, WindowAttention
from rflint.model import Cost, CostQuestion, Fields, Op
from rflint.ops import _fields as f
from rflint.ops._lower import collapse, everywhere, on_axis, plus, product, same_channels, unknown_cost


def _attention(fields: Fields, axis: int, _axes: tuple[str, ...]) -> AxisOp:
    size, causal = on_axis(fields, "window", axis), bool(on_axis(fields, "causal", axis, False))
    if size is None:
        return Past() if causal else Global(keeps=True)
    return WindowAttention(size, on_axis(fields, "shift", axis, 0) % size, causal)


def _rnn(fields: Fields, axis: int, axes: tuple[str, ...]) -> AxisOp:
    if fields.get("axis", axes[-1]) != axes[axis]:
        return Pointwise()
    return Past() if fields.get("direction") == "forward" else Global(keeps=True)


def _opaque(_fields: Fields, _axis: int, _axes: tuple[str, ...]) -> AxisOp:
    return Opaque()


def _dense(question: CostQuestion) -> Cost:
    units = question.fields.get("channels")
    weights = product(question.channels[0], question.samples_in, units)
    bias = units if question.fields.get("bias", True) else 0
    return Cost(units, plus(weights, bias), weights)


def _flattened(question: CostQuestion) -> Cost:
    return Cost(product(question.channels[0], question.samples_in))


def _attended(question: CostQuestion) -> Cost:
    channels = question.channels[0]
    # Query, key, value and output projections with bias; the product of the maps is not counted.
    weights = product(4, channels, channels)
    return Cost(channels, plus(weights, product(4, channels)), product(weights, question.samples_out))


def _recurrent(question: CostQuestion) -> Cost:
    return Cost(question.fields.get("channels", question.channels[0]), None, None)


OPS = (
    Op("global_avg_pool", "global", "Mean over the whole map.", (), collapse, same_channels),
    Op("global_max_pool", "global", "Maximum over the whole map.", (), collapse, same_channels),
    Op("dense", "global", "Fully connected layer over the whole map.", (f.CHANNELS, f.BIAS, f.WEIGHTS), collapse, _dense),
    Op("flatten", "global", "The whole map as one vector.", (), collapse, _flattened),
    Op(
        "attention",
        "global",
        "Self-attention with its projections; `window` and `shift` make it local, `causal` one-sided.",
        (f.WINDOW, f.SHIFT, f.CAUSAL, f.HEADS, f.WEIGHTS),
        _attention,
        _attended,
    ),
    Op("spatial_softmax", "global", "Softmax over the samples of the map, which keeps its size.", (), everywhere, same_channels),
    Op("rnn", "global", "Recurrent layer along one axis.", (f.RNN_AXIS, f.DIRECTION, f.CHANNELS, f.WEIGHTS), _rnn, _recurrent),
    Op("fft", "global", "Fourier transform over the axes.", (), everywhere, same_channels),
    Op(
        "unknown",
        "honest",
        "What an importer could not express; what depends on it is unknown, and says so.",
        (f.ORIGINAL, f.CHANNELS),
        _opaque,
        unknown_cost,
        inputs=(1, None),
    ),
)
