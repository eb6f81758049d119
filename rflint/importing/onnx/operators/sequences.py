"""Sequences of tensors: what is put into one comes out of it again, as long as the places are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.operators import borders, merging, shapes
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader
from rflint.importing.onnx.tensors import Tensor

#: Tensors of a sequence that is split off a map.
_MOST: Final = 4096


def _sequence(members: tuple[Tensor, ...]) -> Tensor:
    if any(each.members is not None for each in members):
        raise NotExpressible  # ONNX has no sequences of sequences
    return Tensor(members=members)


def _members(reader: Reader, node: Node) -> tuple[Tensor, ...]:
    members = reader.input(node, 0).members
    if members is None:
        raise NotExpressible
    return members


def _place(reader: Reader, node: Node, place: int, default: int) -> int:
    if not reader.has(node, place):
        return default
    tensor = reader.input(node, place)
    if tensor.value is None:
        raise NotExpressible
    return int(tensor.value.reshape(-1)[0])


def _construct(reader: Reader, node: Node) -> Made:
    return _sequence(tuple(reader.input(node, place) for place in range(len(node.inputs))))


def _insert(reader: Reader, node: Node) -> Made:
    members = _members(reader, node)
    place = _place(reader, node, 2, len(members))
    if len(members) >= _MOST:
        raise NotExpressible
    return _sequence((*members[:place], reader.input(node, 1), *members[place:]))


def _erase(reader: Reader, node: Node) -> Made:
    members = _members(reader, node)
    place = _place(reader, node, 1, len(members) - 1) % len(members)
    return _sequence((*members[:place], *members[place + 1 :]))


def _at(reader: Reader, node: Node) -> Made:
    return _members(reader, node)[_place(reader, node, 1, 0)]


def _length(reader: Reader, node: Node) -> Made:
    return Tensor((), value=np.array(len(_members(reader, node)), dtype="i8"))


def _split(reader: Reader, node: Node) -> Made:
    tensor = reader.input(node, 0)
    if tensor.shape is None:
        raise NotExpressible
    axis = int(node.attributes.get("axis") or 0) % len(tensor.shape)
    given = reader.numbers(node, "split", 1)
    size = tensor.shape[axis]
    if given is None or not reader.input(node, 1).shape:
        share = 1 if given is None else int(given[0])
        sizes = [min(share, size - start) for start in range(0, size, share)]
    else:
        sizes = [int(each) for each in given]
    if len(sizes) > _MOST or sum(sizes) != size:
        raise NotExpressible
    outputs = tuple(f"{node.outputs[0]}/{number}" for number in range(len(sizes)))
    parts = borders.split(reader, node._replace(outputs=outputs), axis, sizes)
    if given is None and not node.attributes.get("keepdims", 1):
        parts = [shapes.without(part, axis) for part in parts]
    return _sequence(tuple(parts))


def _joined(reader: Reader, node: Node) -> Made:
    members = _members(reader, node)
    axis = int(node.attributes["axis"])
    if node.attributes.get("new_axis"):
        members = tuple(shapes.with_new(each, axis) for each in members)
    return merging.concatenated(reader, node, members, axis)


OPERATORS: Final[Mapping[str, Handler]] = {
    "SequenceEmpty": lambda _, __: _sequence(()),
    "SequenceConstruct": _construct,
    "SequenceInsert": _insert,
    "SequenceErase": _erase,
    "SequenceAt": _at,
    "SequenceLength": _length,
    "SplitToSequence": _split,
    "ConcatFromSequence": _joined,
}
