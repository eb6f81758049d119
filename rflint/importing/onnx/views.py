"""What a rearranged tensor is as a map again: blocks to channels, channels to blocks, a vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rflint.importing.onnx.tensors import BATCH, CHANNELS, TOKENS, Atom, Dim, Tensor, atom, kinds_of, parts, size_of


class Rearrangement(NamedTuple):
    """The op that makes a map of a rearranged tensor."""

    op: str
    fields: Mapping[str, Any]
    channels: int
    sizes: tuple[int, ...]
    dims: tuple[Dim, ...]


def rearranged(tensor: Tensor) -> Rearrangement | None:
    """Tell which op makes a map of a tensor whose dimensions are to be batch, channels and axes; None where none does."""
    assert tensor.dims is not None
    batch, channels, *spatial = tensor.dims
    if len(spatial) != len(tensor.sizes) or not kinds_of([batch]) <= {BATCH}:
        return None
    if all(_is_outer(dim, axis) for axis, dim in enumerate(spatial)) and CHANNELS not in kinds_of(spatial):
        return _folded(tensor, channels, spatial)
    if all(_is_unfolded(dim, axis, tensor.sizes[axis]) for axis, dim in enumerate(spatial)) and kinds_of([channels]) <= {CHANNELS}:
        return _unfolded(tensor, channels, spatial)
    return None


def _is_outer(dim: Dim, axis: int) -> bool:
    """Whether a dimension holds every `step`-th position of its axis."""
    return all(each.kind == axis for each in dim) and len(dim) <= 1


def _folded(tensor: Tensor, channels: Dim, spatial: Sequence[Dim]) -> Rearrangement | None:
    """Blocks of samples that stand in the channels: space to depth."""
    block = []
    for axis, dim in enumerate(spatial):
        inner = parts([channels], axis)
        size = size_of(tuple(inner))
        step = dim[0].step if dim else tensor.sizes[axis]
        if len(inner) > 1 or (inner and inner[0].step != 1) or size != step or (dim and dim[0].size * step != tensor.sizes[axis]):
            return None
        block.append(size)
    fields = {"block": block[0] if len(set(block)) == 1 else block}
    total = size_of(channels)
    sizes = tuple(size // part for size, part in zip(tensor.sizes, block, strict=True))
    assert tensor.dims is not None
    dims = (tensor.dims[0], atom(CHANNELS, total), *(atom(axis, size) for axis, size in enumerate(sizes)))
    if set(sizes) == {1}:
        return Rearrangement("flatten", {}, total, sizes, dims)
    return Rearrangement("space_to_depth", fields, total, sizes, dims)


def _is_unfolded(dim: Dim, axis: int, size: int) -> bool:
    """Whether a dimension holds all of its axis, and behind that channels."""
    own = [each for each in dim if each.kind == axis]
    rest = list(dim[len(own) :])
    return dim[: len(own)] == tuple(own) and tuple(own) == atom(axis, size) and all(each.kind == CHANNELS for each in rest)


def _unfolded(tensor: Tensor, channels: Dim, spatial: Sequence[Dim]) -> Rearrangement | None:
    """Channels that stand inside of the axes: depth to space."""
    block = [size_of(tuple(each for each in dim if each.kind == CHANNELS)) for dim in spatial]
    fields = {"block": block[0] if len(set(block)) == 1 else block}
    total = size_of(channels)
    sizes = tuple(size * part for size, part in zip(tensor.sizes, block, strict=True))
    assert tensor.dims is not None
    dims = (tensor.dims[0], atom(CHANNELS, total), *(atom(axis, size) for axis, size in enumerate(sizes)))
    return Rearrangement("depth_to_space", fields, total, sizes, dims)


def inner_blocks(dims: Sequence[Dim], sizes: Sequence[int]) -> list[int] | None:
    """Return the edges of the blocks whose samples some dimensions hold, one an axis: 1 where they hold none; None: no blocks."""
    if TOKENS in kinds_of(dims):
        return list(sizes)
    block = []
    for axis in range(len(sizes)):
        own: list[Atom] = parts(dims, axis)
        if len(own) > 1 or (own and own[0].step != 1):
            return None
        block.append(size_of(tuple(own)))
    return block


def reach_across(dims: Sequence[Dim], sizes: Sequence[int]) -> bool:
    """Whether samples that some dimensions hold lie all over the map, from one end of each axis to the other: a grid."""
    return all(
        len(own := parts(dims, axis)) == 1 and own[0].step > 1 and own[0].size * own[0].step == size
        for axis, size in enumerate(sizes)
        if size > 1
    )
