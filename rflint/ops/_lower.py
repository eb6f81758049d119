"""How fields become axis ops: reading one axis of a field, and the lowerings that several ops share."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

from rflint.algebra import AxisOp, Global, Merge, PaddingWord, Pointwise, Transposed, Window
from rflint.model import ChannelError, Cost, CostQuestion, Fields


def on_axis(fields: Fields, name: str, axis: int, default: Any = None) -> Any:
    """The value of a per-axis field on one axis: the scalar, or that axis's entry of the list."""
    if (value := fields.get(name)) is None:
        return default
    return value[axis] if isinstance(value, (list, tuple)) else value


def padding_on_axis(fields: Fields, axis: int) -> tuple[PaddingWord, int, int]:
    """`(word, low, high)` on one axis; the word is empty where the numbers stand for themselves."""
    value = on_axis(fields, "padding", axis, "valid")
    if isinstance(value, str):
        return ("", 0, 0) if value == "valid" else (cast("PaddingWord", value), 0, 0)
    return ("", value[0], value[1]) if isinstance(value, (list, tuple)) else ("", value, value)


def fraction(value: float | str) -> Fraction:
    """A scale as written: `2`, `1.5`, `3/2`."""
    return Fraction(str(value))


def of_field(kind: Callable[[Any], AxisOp], name: str, fields: Fields, axis: int, _axes: tuple[str, ...]) -> AxisOp:
    """An op of one number, which a field says; `partial` gives the first two."""
    return kind(on_axis(fields, name, axis))


def _placed(fields: Fields, axis: int) -> dict[str, Any]:
    """What windows and transposed windows have in common."""
    word, low, high = padding_on_axis(fields, axis)
    return {
        "kernel": on_axis(fields, "kernel", axis),
        "stride": on_axis(fields, "stride", axis, 1),
        "dilation": on_axis(fields, "dilation", axis, 1),
        "word": word,
        "low": low,
        "high": high,
    }


def window(fields: Fields, axis: int, _axes: tuple[str, ...]) -> AxisOp:
    """A window with stride 1 unless given."""
    return Window(**_placed(fields, axis), ceil_mode=bool(fields.get("ceil_mode", False)))


def transposed_window(fields: Fields, axis: int, _axes: tuple[str, ...]) -> AxisOp:
    """A transposed window with stride 1 unless given."""
    return Transposed(**_placed(fields, axis), output_padding=on_axis(fields, "output_padding", axis, 0))


def strided_by_kernel(lower: Callable[[Fields, int, tuple[str, ...]], AxisOp], fields: Fields, axis: int, axes: tuple[str, ...]) -> AxisOp:
    """A window whose stride is its kernel unless given; `partial` gives the kind of window."""
    if fields.get("stride") is None:
        fields = {**fields, "stride": fields["kernel"]}
    return lower(fields, axis, axes)


def pooling(fields: Fields, axis: int, axes: tuple[str, ...]) -> AxisOp:
    """A window whose stride is its kernel unless given."""
    return strided_by_kernel(window, fields, axis, axes)


def pointwise(_fields: Fields, _axis: int, _axes: tuple[str, ...]) -> AxisOp:
    """Output i reads input i."""
    return Pointwise()


def gated(_fields: Fields, _axis: int, _axes: tuple[str, ...]) -> AxisOp:
    """Output i reads input i, and statistics of the whole map."""
    return Pointwise(gated=True)


def everywhere(_fields: Fields, _axis: int, _axes: tuple[str, ...]) -> AxisOp:
    """Every output reads the whole map; the map keeps its size."""
    return Global(keeps=True)


def collapse(_fields: Fields, _axis: int, _axes: tuple[str, ...]) -> AxisOp:
    """One sample that reads the whole map."""
    return Global(keeps=False)


def merge(fields: Fields, _axis: int, _axes: tuple[str, ...]) -> AxisOp:
    """Elementwise."""
    return Merge(broadcast=bool(fields.get("broadcast", False)))


def product(*factors: int | None) -> int | None:
    """Product, None where a factor is unknown."""
    total = 1
    for factor in factors:
        if factor is None:
            return None
        total *= factor
    return total


def plus(one: int | None, other: int | None) -> int | None:
    """Sum, None where a term is unknown."""
    return None if one is None or other is None else one + other


def same_channels(question: CostQuestion) -> Cost:
    """As many channels as the input, nothing learnt."""
    return Cost(question.channels[0])


def normalisation(question: CostQuestion) -> Cost:
    """A scale and an offset per channel."""
    channels = question.channels[0]
    return Cost(channels, product(2, channels))


def unknown_cost(question: CostQuestion) -> Cost:  # noqa: ARG001 - one signature for all ops
    """Nothing can be counted."""
    return Cost(None, None, None)


def merged_channels(question: CostQuestion) -> Cost:
    """All inputs have the same channels; one channel spreads when broadcasting."""
    spread = bool(question.fields.get("broadcast", False))
    known = [channels for channels in question.channels if channels is not None and not (spread and channels == 1)]
    if len(set(known)) > 1:
        raise ChannelError("has inputs of " + " and ".join(str(channels) for channels in dict.fromkeys(known)) + " channels")
    return Cost(known[0] if known else question.channels[0])


def convolution(question: CostQuestion) -> Cost:
    """Channels, weights and multiply-adds of a (grouped) convolution."""
    fields = question.fields
    channels, groups, out = question.channels[0], fields.get("groups", 1), fields.get("channels")
    for what, count in (("input", channels), ("output", out)):
        if count is not None and count % groups:
            raise ChannelError(f"cannot split {count} {what} channels into {groups} groups")
    weights = product(question.taps, None if channels is None else channels // groups, out)
    bias = out if fields.get("bias", True) else 0
    return Cost(out, plus(weights, bias), product(weights, question.samples_out))


def depthwise(question: CostQuestion) -> Cost:
    """One filter per input channel, or a whole multiple of them."""
    channels = question.channels[0]
    out = question.fields.get("channels", channels)
    if channels is not None and out is not None and out % channels:
        raise ChannelError(f"cannot make {out} channels from {channels}: a depthwise convolution makes a multiple of its input channels")
    weights = product(question.taps, out)
    bias = out if question.fields.get("bias", True) else 0
    return Cost(out, plus(weights, bias), product(weights, question.samples_out))


def separable(question: CostQuestion) -> Cost:
    """Depthwise, then 1x1."""
    channels, out = question.channels[0], question.fields.get("channels")
    weights = plus(product(question.taps, channels), product(channels, out))
    bias = out if question.fields.get("bias", True) else 0
    return Cost(out, plus(weights, bias), product(weights, question.samples_out))


def transposed(question: CostQuestion) -> Cost:
    """A transposed convolution: multiply-adds are counted at the input."""
    cost = convolution(question)
    weights = None if cost.params is None else cost.params - (cost.channels or 0) * bool(question.fields.get("bias", True))
    return Cost(cost.channels, cost.params, product(weights, question.samples_in))
