"""The configuration of a model, wherever it is kept: an archive, a text, an attribute of an HDF5 file."""

from __future__ import annotations

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

from rflint.importing.draft import ImportFailure

#: Bytes of a configuration; that of the largest model of keras.applications has 2 million.
_LARGEST: Final = 6_000_000
_TOO_LARGE: Final = f"has a configuration of more than {_LARGEST:,} bytes"
#: Bytes of the directory of an archive, which has three entries and assets.
_LARGEST_DIRECTORY: Final = 1_000_000
#: Bytes at the end of an archive that hold its end records, with the longest comment.
_TAIL: Final = 65_535 + 22 + 20 + 56
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
#: How a configuration begins, and how much of the file is looked at in one go, overlapping.
_BEGINNING: Final = re.compile(rb'\{"(?:module": "[^"]{1,80}", ")?class_name": "(?:Functional|Model|Sequential)"')
_PIECE: Final = 1 << 20
_OVERLAP: Final = 200
_MOST_PIECES: Final = 4096
_END: Final = re.compile(rb"PK\x05\x06.{8}(?P<size>.{4})", re.DOTALL)
_END_64: Final = re.compile(rb"PK\x06\x06.{36}(?P<size>.{8})", re.DOTALL)


def config_of(stream: BinaryIO) -> Mapping[str, Any]:
    """Return the configuration of a model; raises ImportFailure."""
    head = stream.read(len(_HDF5))
    stream.seek(0)
    if head.startswith(b"PK"):
        text = _of_archive(stream)
    elif head == _HDF5:
        text = _of_hdf5(stream)
    else:
        text = stream.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise ImportFailure(_TOO_LARGE)
    try:
        config = json.loads(text)
    except RecursionError:
        raise ImportFailure("has a configuration that is nested too deeply") from None
    except ValueError:
        raise ImportFailure("has a configuration that is no JSON, or is cut off") from None
    if not isinstance(config, dict) or not isinstance(config.get("config"), (dict, list)):
        raise ImportFailure("is no configuration of a Keras model")
    return config


def _of_archive(stream: BinaryIO) -> bytes:
    stream.seek(0, 2)
    stream.seek(max(stream.tell() - _TAIL, 0))
    tail = stream.read(_TAIL)
    sizes = [struct.unpack("<I", each["size"])[0] for each in _END.finditer(tail)]
    sizes_64 = [struct.unpack("<Q", each["size"])[0] for each in _END_64.finditer(tail)]
    if not sizes:
        raise ImportFailure("is cut off: the archive has no end")
    if max(sizes_64 or sizes) > _LARGEST_DIRECTORY:
        raise ImportFailure("is an archive of more files than a model has")
    try:
        with zipfile.ZipFile(stream) as archive:
            # No more is unpacked than the directory says.
            if archive.getinfo("config.json").file_size > _LARGEST:
                raise ImportFailure(_TOO_LARGE)
            return archive.read("config.json")
    except KeyError:
        raise ImportFailure("is an archive without `config.json`") from None
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError):
        raise ImportFailure("is a damaged archive") from None


def _of_hdf5(stream: BinaryIO) -> bytes:
    """Look for the text of the configuration, which stands in one piece: libraries for HDF5 can be made to loop by damaged files."""
    before = b""
    for _ in range(_MOST_PIECES):
        data = stream.read(_PIECE)
        if (found := _BEGINNING.search(before + data)) is not None:
            stream.seek(found.start() - len(before) - len(data), 1)
            text = stream.read(_LARGEST).decode("utf-8", "replace")
            try:
                return text[: json.JSONDecoder().raw_decode(text)[1]].encode()
            except (ValueError, RecursionError):
                raise ImportFailure("is a damaged HDF5 file: its configuration is cut off, or too large") from None
        if not data:
            break
        before = (before + data)[-_OVERLAP:]
    raise ImportFailure("has weights, but no configuration (`model.save` writes both)")
