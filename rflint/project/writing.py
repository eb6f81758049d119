"""The only writer of the user's files: reports, baselines, mended specs."""

from __future__ import annotations

import os
import stat
from typing import Final

from rflint.model import UsageError
from rflint.project.files import reason
from rflint.words import safe

# os.path throughout, as in `rflint.project.files`.
# ruff: noqa: PTH101, PTH103, PTH105, PTH108, PTH116, PTH100, PTH118, PTH123

#: How names of what a process has open begin, on the systems that have them.
_DESCRIPTORS: Final = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")


def write(path: str, text: str) -> None:
    """Write a text, as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def make_folder(path: str) -> None:
    """Make a folder, with those around it, where it is not there; raises UsageError where that fails."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder `{safe(path)}`: {reason(error)}") from None


def write_bytes(path: str, data: bytes) -> None:
    """Write a file: all of it or nothing, keeping the mode of one that was there and the links that lead to it.

    What is open already (`/dev/stdout`) gets it after what is there.  Raises UsageError where that fails.
    """
    target = os.path.realpath(path)
    try:
        try:
            mode = os.stat(target).st_mode
        except FileNotFoundError:
            mode = None
        if not os.path.abspath(path).startswith(_DESCRIPTORS) and (mode is None or stat.S_ISREG(mode)):
            _replace(target, data, mode)
        else:  # a pipe or a device takes what it is given
            with open(path, "ab") as stream:
                stream.write(data)
    except OSError as error:
        raise UsageError(f"cannot write `{safe(path)}`: {reason(error)}") from None


def _replace(target: str, data: bytes, mode: int | None) -> None:
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied")
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:100]}.{os.urandom(4).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
