"""What each operator of ONNX makes of dependence; one that is not here is not followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from rflint.verifying.onnx.nodes import attribute
from rflint.verifying.onnx.rewriting import NotFollowed, Rewriter, Rule, Unknown

if TYPE_CHECKING:
    import onnx

Made = Sequence[str | Unknown]

#: What interpolation leaves of a weight that is zero but for rounding.
_ROUNDING: Final = 1e-6
#: Added to the scores of attention, numbers below rule a pair out.
_RULED_OUT: Final = -50.0
_FLOAT: Final = 1
_POSITIONS: Final = Unknown("positions that are data")


def _same(at: Rewriter, node: onnx.NodeProto) -> Made:
    return (at.first(node),)


def _convolution(at: Rewriter, node: onnx.NodeProto) -> Made:
    """Ones for weights; those of all channels are alike where there are no groups: one channel stands for them."""
    quantized = node.op_type == "QLinearConv"
    value, weight = at.lit(node, 0), node.input[3 if quantized else 1]
    if value is None or at.lit(node, 3 if quantized else 1) is not None:
        raise NotFollowed("weights that are data")
    op = "ConvTranspose" if node.op_type == "ConvTranspose" else "Conv"
    groups, shape, present = attribute(node, "group", 1), at.shape(weight), at.present(weight)
    if present is not None or shape is None:
        kernel = at.like(weight, 1.0) if present is None else at.constant(present)
        return (at.sign(at.copy(node, [value, kernel], op=op)[0]),)
    # Channels are summed, so that one stands for all of a group; and for all groups, as these do the same.
    whole = at.copy(node, [at.top(value) or at.most(value, [1]), at.ones((1, 1, *shape[2:]))], without=("group",), op=op)[0]
    top, outputs = at.sign(whole), shape[1] * groups if op == "ConvTranspose" else shape[0]
    if groups == 1 or at.is_alike(value):
        return (at.widened(top, (len(shape), outputs)),)
    return (at.topped(at.sign(at.copy(node, [value, at.ones(shape)], op=op)[0]), top),)


def _max_pool(at: Rewriter, node: onnx.NodeProto) -> Made:
    # A window that holds padding only has the least of all numbers.
    made = at.mapped([at.first(node)], lambda names: at.sign(at.add("Relu", at.copy(node, names)[:1])), at.channels(node.output[0]))
    return (made, _POSITIONS)


def _average_pool(at: Rewriter, node: onnx.NodeProto) -> Made:
    return (at.mapped([at.first(node)], lambda names: at.sign(at.add("Relu", at.copy(node, names))), at.channels(node.output[0])),)


def _global_pool(at: Rewriter, node: onnx.NodeProto) -> Made:
    axes = list(range(2, at.rank(node.input[0])))

    def made(names: Sequence[str]) -> str:
        most = at.most(names[0], axes)
        return at.add("Sub", [most, most]) if at.held else most

    return (at.mapped([at.first(node)], made, at.channels(node.output[0])),)


def _reduction(at: Rewriter, node: onnx.NodeProto) -> Made:
    value = at.first(node)
    op = node.op_type if node.op_type in ("ReduceMean", "ReduceSum") else "ReduceMax"
    if op == "ReduceMax" and len(node.input) > 1 and node.op_type == "ReduceSumSquare" and at.opset < 18:
        raise NotFollowed
    return (at.hold(at.sign(at.copy(node, [value, *node.input[1:]], op=op)[0]), [value]),)


def _channel_norm(at: Rewriter, node: onnx.NodeProto) -> Made:
    value, axis = at.first(node), attribute(node, "axis", -1)
    axes = list(range(axis, 0)) if axis < 0 else list(range(axis, at.rank(node.input[0])))
    return (at.spread(value, axes),)


def _one_axis(at: Rewriter, node: onnx.NodeProto) -> Made:
    value, old = at.first(node), at.opset < 13 and node.op_type != "LpNormalization"
    axis = attribute(node, "axis", 1 if old else -1)
    rank = at.rank(node.input[0]) if old and axis >= 0 else 0
    made = at.spread(value, list(range(axis, rank)) if rank else [axis])
    if value in at.counted:
        at.counted[made] = at.counted[value]
    return (made,)


def _map_norm(at: Rewriter, node: onnx.NodeProto) -> Made:
    """Normalize over the map: what is local of it is pointwise."""
    value = at.first(node)
    return (value if at.held else at.spread(value, list(range(2, at.rank(node.input[0])))),)


def _sum(at: Rewriter, node: onnx.NodeProto) -> Made:
    """Merge; a mask that is added to scores of attention rules pairs out."""
    (made,) = _merge(at, node)
    masks = [name for place, name in enumerate(node.input) if at.lit(node, place) is None and _may_be_mask(at.shape(name))]
    if not masks:
        return (made,)
    least = at.constant(np.array(_RULED_OUT, np.float32))
    allowed = at.add("Cast", [at.add("Greater", [at.add("Cast", masks[:1], to=_FLOAT), least])], to=_FLOAT)
    result = at.add("Mul", [made, allowed])
    at.counted[result] = at.add("Mul", [at.like(made, 1.0), allowed])
    return (result,)


def _may_be_mask(shape: Sequence[int] | None) -> bool:
    return shape is None or (len(shape) > 2 and shape[-1] == shape[-2] > 1)


def _merge(at: Rewriter, node: onnx.NodeProto) -> Made:
    lit = [found for place in range(len(node.input)) if (found := at.lit(node, place)) is not None]
    fixed = [name for place, name in enumerate(node.input) if name and at.lit(node, place) is None]
    form = at.channels(node.output[0])
    if form is not None and all((own := at.shape(name)) is not None and _is_by_channel(own, form[0]) for name in fixed):
        return (at.mapped(lit, at.either, form),)
    return (at.either([*lit, *(at.like(name, 0.0) for name in fixed)]),)


def _is_by_channel(shape: Sequence[int], rank: int) -> bool:
    """Whether a constant has at most a number for each channel of a map."""
    full = (*[1] * (rank - len(shape)), *shape)
    return rank > 2 and len(full) == rank and all(size == 1 for place, size in enumerate(full) if place != 1)


def _product(at: Rewriter, node: onnx.NodeProto) -> Made:
    """Merge; what is multiplied by zero is lost."""
    (made,) = _merge(at, node)
    masks = [at.present(name) for place, name in enumerate(node.input) if at.lit(node, place) is None]
    return (at.add("Mul", [made, at.constant(masks[0])]),) if masks and masks[0] is not None else (made,)


def _where(at: Rewriter, node: onnx.NodeProto) -> Made:
    if at.lit(node, 0) is not None:
        return _merge(at, node)
    return (at.add("Where", [node.input[0], *(at.lit(node, place) or at.like(node.input[place], 0.0) for place in (1, 2))]),)


def _moved(at: Rewriter, node: onnx.NodeProto) -> Made:
    value = at.first(node)
    made = at.copy(node, [value, *node.input[1:]])
    if value in at.counted and len(made) == 1:
        at.counted[made[0]] = at.copy(node, [at.counted[value], *node.input[1:]])[0]
    return made


def _concat(at: Rewriter, node: onnx.NodeProto) -> Made:
    lit = [found for place in range(len(node.input)) if (found := at.lit(node, place)) is not None]
    (made,) = at.copy(node, [at.lit(node, place) or at.like(name, 0.0) for place, name in enumerate(node.input)])
    tops = [top for each in lit if (top := at.top(each)) is not None]
    joins_channels = attribute(node, "axis", 1) == 1 and len(tops) == len(lit)
    return (at.topped(made, at.either(tops)) if joins_channels else made,)


def _padded(at: Rewriter, node: onnx.NodeProto) -> Made:
    """Pad with zeros, whatever it is padded with."""
    rest = list(node.input[1:])
    if len(rest) > 1:
        rest[1] = ""
    return at.copy(node, [at.first(node), *rest], without=("value",))


def _resized(at: Rewriter, node: onnx.NodeProto) -> Made:
    least = at.constant(np.array(_ROUNDING, np.float32))
    rest = list(node.input[1:])
    if node.op_type == "Upsample" and not rest:
        rest = [at.constant(np.array(attribute(node, "scales", []), np.float32))]

    def made(names: Sequence[str]) -> str:
        result = at.copy(node, [*names, *rest], without=("scales", "extrapolation_value"))[0]
        return at.sign(at.add("Relu", [at.add("Sub", [at.add("Abs", [result]), least])]))

    # Sizes name the channels, too.
    by_size = len(rest) > 2 and rest[2]
    return (made([at.first(node)]) if by_size else at.mapped([at.first(node)], made, at.channels(node.output[0])),)


def _matrix_product(at: Rewriter, node: onnx.NodeProto) -> Made:
    """Sum over one dimension: depend on the lit factors whose partner is not zero."""
    places = (0, 3) if node.op_type == "QLinearMatMul" else (0, 1)
    lit = [at.lit(node, place) for place in places]
    factors = [node.input[place] for place in places]
    found = []
    for number, each in enumerate(lit):
        if each is not None:
            other = lit[1 - number]
            present = None if other is not None else at.present(factors[1 - number])
            partner = at.counted.get(other or "") or (
                at.constant(present) if present is not None else at.like(other or factors[1 - number], 1.0)
            )
            found.append(_multiplied(at, node, (each, partner) if number == 0 else (partner, each), thin=number == 0 and present is None))
    if not found:
        raise NotFollowed
    return (at.hold(at.sign(at.either(found)), [each for each in lit if each is not None]),)


def _multiplied(at: Rewriter, node: onnx.NodeProto, factors: tuple[str, str], *, thin: bool) -> str:
    if node.op_type == "Gemm":
        return at.copy(node, factors, without=("alpha", "beta"))[0]
    if thin and (shape := at.shape(node.input[1])) is not None and len(shape) == 2 and node.op_type == "MatMul":
        return at.add("Expand", [at.most(factors[0], [-1]), at.constant(np.array([shape[1]], np.int64))])
    return at.add("MatMul", factors)


def _einsum(at: Rewriter, node: onnx.NodeProto) -> Made:
    lit = [at.lit(node, place) for place in range(len(node.input))]
    found = []
    for number, each in enumerate(lit):
        if each is not None:
            others = [each if place == number else at.like(lit[place] or name, 1.0) for place, name in enumerate(node.input)]
            found.append(at.copy(node, others)[0])
    return (at.hold(at.sign(at.either(found)), [each for each in lit if each is not None]),)


def _fused_gelu(at: Rewriter, node: onnx.NodeProto) -> Made:
    return _merge(at, node)


_POINTWISE = """Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization BitwiseNot Cast CastLike Ceil Celu Clip Cos Cosh DequantizeLinear
Dropout DynamicQuantizeLinear Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity IsInf IsNaN LRN LeakyRelu Log Mish Neg Not
QuantizeLinear Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu"""
_MERGES = "Sub Div Max Min Sum Mean Pow Mod PRelu BiasGelu And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual BitShift"
_MOVES = """Reshape Transpose Flatten Squeeze Unsqueeze Split Slice Gather GatherElements GatherND Expand Tile DepthToSpace SpaceToDepth
ReverseSequence Trilu Compress Col2Im SplitToSequence CenterCropPad"""
_REDUCTIONS = "ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare"

RULES: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(_POINTWISE.split(), _same),
    **dict.fromkeys(_MERGES.split(), _merge),
    **dict.fromkeys(_MOVES.split(), _moved),
    **dict.fromkeys(_REDUCTIONS.split(), _reduction),
    **dict.fromkeys(("Conv", "ConvTranspose", "ConvInteger", "QLinearConv"), _convolution),
    **dict.fromkeys(("AveragePool", "LpPool"), _average_pool),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"), _global_pool),
    **dict.fromkeys(("InstanceNormalization", "GroupNormalization"), _map_norm),
    **dict.fromkeys(("LayerNormalization", "RMSNormalization"), _channel_norm),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax", "LpNormalization"), _one_axis),
    **dict.fromkeys(("MatMul", "MatMulInteger", "QLinearMatMul", "Gemm"), _matrix_product),
    **dict.fromkeys(("Resize", "Upsample"), _resized),
    "MaxPool": _max_pool,
    "Add": _sum,
    "Mul": _product,
    "Where": _where,
    "Concat": _concat,
    "Pad": _padded,
    "Einsum": _einsum,
    **dict.fromkeys(("com.microsoft.FastGelu", "com.microsoft.Gelu", "com.microsoft.BiasGelu", "com.microsoft.QuickGelu"), _fused_gelu),
}
