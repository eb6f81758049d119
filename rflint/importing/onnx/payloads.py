"""The bytes of an ONNX model without its weights: what `onnx` then parses is small, however large the file.

https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has the numbers of the fields,
https://protobuf.dev/programming-guides/encoding the encoding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, Final

from rflint.importing.draft import ImportFailure

#: Largest payload of a tensor that is kept: shapes, pads and scales are smaller, and weights are not looked at.
_LARGEST: Final = 4096
#: All that is left must fit into memory several times.
_LARGEST_REST: Final = 256 << 20
#: What a number takes that stands by itself, two bytes in the file.
_PER_NUMBER: Final = 100
#: Graphs within graphs (`If`, `Loop`).
_DEEPEST: Final = 40

#: Field -> message in it, of the messages that hold tensors somewhere below.
_INSIDE: Final[Mapping[str, Mapping[int, str]]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
#: Fields with the numbers of a tensor.
_PAYLOADS: Final = frozenset((4, 5, 6, 7, 9, 10, 11))
#: Texts for people, and how the model was trained.
_DROPPED: Final[Mapping[str, frozenset[int]]] = {
    "model": frozenset((6, 20)),
    "graph": frozenset((10, 14)),
    "function": frozenset((8,)),
    "node": frozenset((6,)),
    "attribute": frozenset((13,)),
    "tensor": frozenset((12,)),
    "sparse": frozenset(),
}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def without_payloads(stream: BinaryIO) -> bytes:
    """Read a model but for its large tensors, which are skipped; raises ImportFailure for what is no ONNX model."""
    end = stream.seek(0, 2)
    stream.seek(0)
    return _Walker(stream).message(end, "model", 0)


class _Walker:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._kept = 0

    def message(self, end: int, kind: str, depth: int) -> bytes:
        """Copy the message from here to an offset, without payloads."""
        if depth > _DEEPEST:
            raise ImportFailure(f"has graphs within graphs, more than {_DEEPEST // 3} deep")
        stream, inside, dropped = self._stream, _INSIDE[kind], _DROPPED[kind]
        parts: list[bytes] = []
        at = stream.tell()
        while at < end:
            tag, raw = self._varint()
            number, wire = tag >> 3, tag & 7
            if wire == _BYTES:
                length, _ = self._varint()
                start = stream.tell()
                if start + length > end:
                    raise ImportFailure("is cut off, or no ONNX model: a part of it ends behind the file")
                if number in inside:
                    content = self.message(start + length, inside[number], depth + 1)
                elif number in dropped or (kind == "tensor" and number in _PAYLOADS and length > _LARGEST):
                    stream.seek(start + length)
                    at = start + length
                    continue
                else:
                    content = self._read(length)
                parts += (raw, _encoded(len(content)), content)
            elif wire == _VARINT:
                self._keep(_PER_NUMBER)
                parts += (raw, self._varint()[1])
            elif wire in (_FIXED64, _FIXED32):
                parts += (raw, self._read(8 if wire == _FIXED64 else 4))
            else:
                raise ImportFailure("is no ONNX model: its bytes are no protocol buffer")
            at = stream.tell()
        if at != end:
            raise ImportFailure("is cut off, or no ONNX model: its parts overlap")
        return b"".join(parts)

    def _keep(self, size: int) -> None:
        self._kept += size
        if self._kept > _LARGEST_REST:
            raise ImportFailure(f"has more than {_LARGEST_REST >> 20} MiB beside its weights")

    def _read(self, length: int) -> bytes:
        self._keep(length)
        data = self._stream.read(length)
        if len(data) != length:
            raise ImportFailure("is cut off")
        return data

    def _varint(self) -> tuple[int, bytes]:
        """Read a number; its value, and its bytes."""
        data = bytearray()
        value = 0
        while True:
            byte = self._stream.read(1)
            if not byte or len(data) == 10:
                raise ImportFailure("is cut off, or no ONNX model")
            data += byte
            value |= (byte[0] & 0x7F) << 7 * (len(data) - 1)
            if byte[0] < 0x80:
                return value, bytes(data)


def _encoded(value: int) -> bytes:
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)
