"""ONNX models of a few hundred bytes, written by hand: the wire format needs no package (see `rflint.importing.onnx.payloads`)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def text(field: int, value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def attribute(name: str, value: Any) -> bytes:
    """AttributeProto: of whole numbers, decimals, texts, lists of numbers, tensors (bytes) and graphs (a tuple of bytes)."""
    if isinstance(value, bytes):
        return text(1, name) + text(5, value) + number(20, 4)
    if isinstance(value, tuple):
        return text(1, name) + text(6, value[0]) + number(20, 5)
    if isinstance(value, int):
        return text(1, name) + number(3, value) + number(20, 2)
    if isinstance(value, float):
        return text(1, name) + varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1)
    if isinstance(value, str):
        return text(1, name) + text(4, value) + number(20, 3)
    return text(1, name) + b"".join(number(8, each) for each in value) + number(20, 7)


def node(op: str, inputs: str, outputs: str, *, name: str = "", domain: str = "", **attributes: Any) -> bytes:
    """NodeProto; inputs and outputs are written with blanks between them, `_` for one that is left out."""
    names = ["" if each == "_" else each for each in inputs.split()]
    return (
        b"".join(text(1, each) for each in names)
        + b"".join(text(2, each) for each in outputs.split())
        + text(3, name)
        + text(4, op)
        + b"".join(text(5, attribute(key, value)) for key, value in attributes.items())
        + (text(7, domain) if domain else b"")
    )


def weight(name: str, *dims: int) -> bytes:
    """TensorProto of 32-bit decimals without its numbers, as in a file whose weights were stripped."""
    return b"".join(number(1, each) for each in dims) + number(2, 1) + text(8, name)


def integers(name: str, values: Sequence[int], *dims: int) -> bytes:
    """TensorProto of 64-bit integers."""
    data = struct.pack(f"<{len(values)}q", *values)
    return b"".join(number(1, each) for each in (dims or (len(values),))) + number(2, 7) + text(8, name) + text(9, data)


def decimals(name: str, values: Sequence[float]) -> bytes:
    return number(1, len(values)) + number(2, 1) + text(8, name) + text(9, struct.pack(f"<{len(values)}f", *values))


def place(name: str, *dims: int | str, kind: int = 1) -> bytes:
    """ValueInfoProto; a text is a free dimension."""
    shape = b"".join(text(1, number(1, each) if isinstance(each, int) else text(2, each)) for each in dims)
    return text(1, name) + text(2, text(1, number(1, kind) + text(2, shape)))


def graph(nodes: Sequence[bytes], inputs: Sequence[bytes], outputs: Sequence[bytes], tensors: Sequence[bytes] = ()) -> bytes:
    parts = ((1, nodes), (5, tensors), (11, inputs), (12, outputs))
    return b"".join(text(field, each) for field, group in parts for each in group) + text(2, "g")


def model(graph_: bytes, *, opset: int = 17, functions: Sequence[bytes] = ()) -> bytes:
    imported = text(1, "") + number(2, opset)
    return number(1, 8) + text(2, "tests") + text(7, graph_) + text(8, imported) + b"".join(text(25, each) for each in functions)


def network(
    nodes: Sequence[bytes],
    tensors: Sequence[bytes] = (),
    *,
    size: Sequence[int | str] = (64, 64),
    channels: int = 3,
    outputs: Sequence[str] = ("out",),
    opset: int = 17,
    dims: Sequence[int | str] = (),
) -> bytes:
    """A model of one input, `image`, of [1, channels, *size], or else of `dims`."""
    inputs = [place("image", *(dims or (1, channels, *size)))]
    return model(graph(nodes, inputs, [place(each) for each in outputs], tensors), opset=opset)
