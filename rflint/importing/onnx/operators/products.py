"""Products of matrices: linear layers, patch embeddings, attention; MatMul, Gemm, Einsum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Final

from rflint.importing.fields import brief
from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.operators.arithmetic import computed
from rflint.importing.onnx.operators.reductions import coarser
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader
from rflint.importing.onnx.tensors import BATCH, CHANNELS, Atom, Dim, Tensor, atom, axes_in, kinds_of, long_axes, parts
from rflint.importing.onnx.views import inner_blocks, reach_across

#: Added to the kinds of atoms of keys, where they stand beside those of queries.
_KEYS: Final = 100


def _contracted(reader: Reader, node: Node, one: Tensor, two: Tensor, labels: tuple[str, str, str], *, bias: bool = False) -> Made:
    """Sum the product of two tensors over the labels that the result (the third) does not have."""
    first, second, result = labels
    if one.shape is None or two.shape is None or len(one.shape) != len(first) or len(two.shape) != len(second):
        raise NotExpressible
    sizes = {**dict(zip(second, two.shape, strict=True)), **{k: v for k, v in zip(first, one.shape, strict=True) if v > 1}}
    shape = tuple(sizes.get(label, 1) for label in result)
    if one.is_constant and two.is_constant:
        return Tensor(shape)
    if one.is_constant:
        one, two, first, second = two, one, second, first
    if one.dims is None or (two.dims is None and not two.is_constant):
        raise NotExpressible
    summed = [label for label in dict.fromkeys(first + second) if label not in result]
    if two.is_constant:
        return _linear(reader, node, one, dict(zip(first, one.dims, strict=True)), summed, result, sizes, bias=bias)
    assert two.dims is not None
    return _paired(reader, node, one, two, (first, second, result), summed, shape)


def _linear(
    reader: Reader,
    node: Node,
    tensor: Tensor,
    dims: Mapping[str, Dim],
    summed: Sequence[str],
    result: str,
    sizes: Mapping[str, int],
    *,
    bias: bool,
) -> Tensor:
    """Multiply with weights: over channels, over blocks of samples, or over the whole map."""
    gone = [dims[label] for label in summed if label in dims]
    rest = tuple(dims[label] if label in dims else atom(CHANNELS, sizes[label]) for label in result)
    if tensor.pairs:
        if not kinds_of(gone) <= {CHANNELS}:
            raise NotExpressible
        # Heads talk to each other (Shazeer et al., 2020): it is the same positions that are paired.
        return tensor._replace(shape=tuple(sizes.get(label, 1) for label in result), dims=rest)
    channels = prod(each.size for each in parts(rest, CHANNELS))
    fields = {} if bias else {"bias": False}
    kinds = kinds_of(gone)
    if BATCH in kinds:
        raise NotExpressible
    spatial = axes_in(gone, tensor.sizes)
    if spatial == long_axes(tensor.sizes) and not axes_in(rest, tensor.sizes):
        return reader.emit(node, "dense", [tensor], {"channels": channels, **fields}, channels=channels, sizes=[1] * reader.axes, dims=rest)
    if not spatial:
        return reader.emit(node, "conv", [tensor], {"kernel": 1, "channels": channels, **fields}, channels=channels, dims=rest)
    block = inner_blocks(gone, tensor.sizes)
    if block is None:
        raise NotExpressible
    reader.sized = reader.sized or any(edge == size > 1 for edge, size in zip(block, tensor.sizes, strict=True))
    shrunk = [size // edge for size, edge in zip(tensor.sizes, block, strict=True)]
    window = {"kernel": brief(block), "stride": brief(block), "channels": channels, **fields}
    return reader.emit(node, "conv", [tensor], window, channels=channels, sizes=shrunk, dims=coarser(rest, block))


def _paired(
    reader: Reader, node: Node, one: Tensor, two: Tensor, labels: tuple[str, str, str], summed: Sequence[str], shape: tuple[int, ...]
) -> Tensor:
    """Multiply two tensors that depend on inputs: queries with keys, the weights of these with values, or a gate."""
    first, second, result = labels
    assert one.dims is not None
    assert two.dims is not None
    views = dict(zip(first, one.dims, strict=True)), dict(zip(second, two.dims, strict=True))
    if two.pairs and not one.pairs:
        one, two, views = two, one, (views[1], views[0])
    if one.pairs and two.pairs:
        raise NotExpressible
    gone = [kinds_of([view[label] for label in summed if label in view]) for view in views]
    if one.pairs:
        return _attended(reader, node, one, two, views, summed, result)
    rest = tuple(views[0].get(label) or views[1].get(label, ()) for label in result)
    if all(kinds <= {CHANNELS} for kinds in gone):
        free = [view[label] for view, other in (views, views[::-1]) for label in result if label in view and not other.get(label)]
        if all(not kinds_of([dim]) - {CHANNELS, BATCH} for dim in free) or any(set(each.sizes) == {1} for each in (one, two)):
            return _gated(reader, node, one, two, rest)
        marked = tuple(views[0][label] if views[0].get(label) or label not in views[1] else _as_keys(views[1][label]) for label in result)
        return Tensor(shape, one.key, marked, one.sizes, one.channels, pairs=(one, two))
    if any(kinds_of([dim]) - {CHANNELS, BATCH} for dim in rest):
        raise NotExpressible
    # Sums over all samples: of each channel of one with each of the other.
    pooled = [reader.emit(node, "global_avg_pool", [each], sizes=[1] * reader.axes) for each in _distinct([one, two])]
    channels = prod(each.size for each in parts(rest, CHANNELS))
    merged = pooled[0] if len(pooled) == 1 else reader.emit(node, "mul", pooled, dims=rest)
    return merged._replace(dims=rest, shape=shape, channels=channels)


def _gated(reader: Reader, node: Node, one: Tensor, two: Tensor, rest: tuple[Dim, ...]) -> Tensor:
    """Weigh channels by channels: what is multiplied stays where it is."""
    maps = _distinct(sorted([one, two], key=lambda each: set(each.sizes) == {1}))
    sizes = [max(each.sizes[axis] for each in maps) for axis in range(reader.axes)]
    channels = prod(each.size for each in parts(rest, CHANNELS))
    fields = {} if all(list(each.sizes) == sizes for each in maps) else {"broadcast": True}
    if len(maps) == 1:
        return reader.emit(node, "identity", maps, channels=channels, dims=rest)
    return reader.emit(node, "mul", maps, fields, channels=channels, sizes=sizes, dims=rest)


def _attended(
    reader: Reader,
    node: Node,
    scores: Tensor,
    values: Tensor,
    views: tuple[Mapping[str, Dim], Mapping[str, Dim]],
    summed: Sequence[str],
    result: str,
) -> Tensor:
    """Sum values with the weights that queries and keys give them."""
    assert scores.pairs is not None
    gone = [views[0].get(label, ()) for label in summed]
    if any(each.kind < _KEYS - 2 for dim in gone for each in dim):
        raise NotExpressible
    read = [views[1][label] for label in summed if label in views[1]]
    rest = tuple(views[0][label] if views[0].get(label) else views[1].get(label, ()) for label in result)
    if any(each.kind >= _KEYS - 2 for dim in rest for each in dim):
        raise NotExpressible
    window = list(values.sizes) if reach_across(read, values.sizes) else inner_blocks(read, values.sizes)
    if window is None:
        raise NotExpressible
    maps = _distinct([*scores.pairs, values])
    channels = prod(each.size for each in parts(rest, CHANNELS))
    source = maps[0] if len(maps) == 1 else reader.emit(node, "add", maps)
    fields: dict[str, object] = {}
    if window != list(values.sizes):
        fields = {"window": brief(window)}
        if any(values.rolled):
            # Turned windows wrap around the border unless a mask rules that out.
            if not scores.masked:
                raise NotExpressible
            fields["shift"] = brief([-by % edge for by, edge in zip(values.rolled, window, strict=True)])
        reader.sized = reader.sized or any(edge == size > 1 for edge, size in zip(window, values.sizes, strict=True))
    return reader.emit(node, "attention", [source], fields, channels=channels, dims=rest)


def _as_keys(dim: Dim) -> Dim:
    return tuple(Atom(each.kind + _KEYS, each.size, each.step) for each in dim)


def _distinct(tensors: Sequence[Tensor]) -> list[Tensor]:
    return list({each.key: each for each in tensors}.values())


def _matmul(reader: Reader, node: Node, one: int = 0, two: int = 1) -> Made:
    if (result := computed(reader, node)) is not None:
        return result
    left, right = reader.input(node, one), reader.input(node, two)
    return _product(reader, node, left, right)


def _product(reader: Reader, node: Node, left: Tensor, right: Tensor) -> Made:
    if left.shape is None or right.shape is None or not left.shape or not right.shape:
        raise NotExpressible
    batch = "bcdefghijk"
    outer = max(len(left.shape), len(right.shape)) - 2
    if outer > len(batch):
        raise NotExpressible
    common = batch[:outer] if outer > 0 else ""
    first = "s" if len(left.shape) == 1 else common[outer - len(left.shape) + 2 :] + "ms"
    second = "s" if len(right.shape) == 1 else common[outer - len(right.shape) + 2 :] + "sn"
    result = common + ("" if len(left.shape) == 1 else "m") + ("" if len(right.shape) == 1 else "n")
    return _contracted(reader, node, left, right, (first, second, result))


def _fused_matmul(reader: Reader, node: Node) -> Made:
    """MatMul with inputs that are turned before."""
    left, right = (_turned(reader.input(node, place), bool(node.attributes.get(name))) for place, name in enumerate(("transA", "transB")))
    return _product(reader, node, left, right)


def _turned(tensor: Tensor, turn: bool) -> Tensor:
    if not turn:
        return tensor
    if tensor.shape is None or len(tensor.shape) < 2:
        raise NotExpressible
    shape = (*tensor.shape[:-2], tensor.shape[-1], tensor.shape[-2])
    dims = None if tensor.dims is None else (*tensor.dims[:-2], tensor.dims[-1], tensor.dims[-2])
    return tensor._replace(shape=shape, dims=dims, value=None, cut=None)


def _self_attention(reader: Reader, node: Node) -> Made:
    """com.microsoft.Attention: one projection to queries, keys and values, and attention of them."""
    tensor, weights = reader.input(node, 0), reader.input(node, 1)
    packed = _contracted(reader, node, tensor, weights, ("btc", "cd", "btd"), bias=True)
    if not isinstance(packed, Tensor) or packed.shape is None or packed.shape[-1] % 3 or packed.dims is None:
        raise NotExpressible
    share = packed.shape[-1] // 3
    part = reader.emit(
        node, "select_channels", [packed], {"channels": share}, channels=share, dims=(*packed.dims[:-1], atom(CHANNELS, share))
    )
    return [_attention_of(reader, node, part, part, part)]


def _attention(reader: Reader, node: Node) -> Made:
    """Attention of queries, keys and values that are given."""
    return [_attention_of(reader, node, *(reader.input(node, place) for place in range(3)))]


def _attention_of(reader: Reader, node: Node, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    heads = "h" if queries.shape is not None and len(queries.shape) == 4 else ""
    scores = _contracted(reader, node, queries, keys, (f"b{heads}td", f"b{heads}sd", f"b{heads}ts"))
    if not isinstance(scores, Tensor) or not scores.pairs:
        raise NotExpressible
    result = _contracted(reader, node, scores, values, (f"b{heads}ts", f"b{heads}sv", f"b{heads}tv"))
    if not isinstance(result, Tensor):
        raise NotExpressible
    return result


def _qlinear_matmul(reader: Reader, node: Node) -> Made:
    return _product(reader, node, reader.input(node, 0), reader.input(node, 3))


def _gemm(reader: Reader, node: Node) -> Made:
    first = "sm" if node.attributes.get("transA") else "ms"
    second = "ns" if node.attributes.get("transB") else "sn"
    return _contracted(reader, node, reader.input(node, 0), reader.input(node, 1), (first, second, "mn"), bias=reader.has(node, 2))


def _einsum(reader: Reader, node: Node) -> Made:
    equation = str(node.attributes.get("equation") or "").replace(" ", "")
    operands, _, result = equation.partition("->")
    labels = operands.split(",")
    if len(labels) != 2 or "." in equation or not result or any(len(set(each)) != len(each) for each in labels):
        raise NotExpressible
    return _contracted(reader, node, reader.input(node, 0), reader.input(node, 1), (labels[0], labels[1], result))


OPERATORS: Final[Mapping[str, Handler]] = {
    "MatMul": _matmul,
    "MatMulInteger": _matmul,
    "QLinearMatMul": _qlinear_matmul,
    "Gemm": _gemm,
    "Einsum": _einsum,
    "com.microsoft.FusedMatMul": _fused_matmul,
    "com.microsoft.Attention": _self_attention,
    "com.microsoft.MultiHeadAttention": _attention,
    "Attention": _attention,
    "com.microsoft.FusedGemm": _gemm,
}
