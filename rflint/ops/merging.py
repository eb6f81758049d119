"""Ops that merge several maps."""

from __future__ import annotations

from rflint.algebra import AxisOp, Join, Merge
from rflint.model import Cost, CostQuestion, Fields, Op
from rflint.ops import _fields as f
from rflint.ops._lower import merge, merged_channels


def _concat(fields: Fields, axis: int, axes: tuple[str, ...]) -> AxisOp:
    return Join() if fields.get("axis") == axes[axis] else Merge(broadcast=bool(fields.get("broadcast", False)))


def _concat_cost(question: CostQuestion) -> Cost:
    if question.fields.get("axis", "channels") != "channels":
        return merged_channels(question)
    return Cost(None if None in question.channels else sum(channels for channels in question.channels if channels is not None))


def _elementwise(name: str, doc: str) -> Op:
    return Op(name, "merging", doc, (f.BROADCAST,), merge, merged_channels, inputs=(2, None))


OPS = (
    _elementwise("add", "Elementwise sum."),
    _elementwise("sub", "Elementwise difference."),
    _elementwise("mul", "Elementwise product."),
    _elementwise("div", "Elementwise quotient."),
    _elementwise("max", "Elementwise maximum."),
    _elementwise("min", "Elementwise minimum."),
    _elementwise("mean", "Elementwise mean."),
    Op(
        "concat",
        "merging",
        "Concatenation, along channels unless `axis` names an axis.",
        (f.CONCAT_AXIS, f.BROADCAST),
        _concat,
        _concat_cost,
        inputs=(2, None),
    ),
    _elementwise("stack", "Stacks maps along a new axis that rflint does not track."),
)
