"""The only writer of the user's files: reports, baselines, mended specs."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    # Nobody who may not read the file is to read it on its way.
    permissions = 0o666 if mode is None else stat.S_IMODE(mode)
    with _ended_in_order():
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), permissions)
            with os.fdopen(descriptor, "wb") as stream:
                if mode is not None:  # what the umask took
                    os.chmod(temporary, permissions)
                stream.write(data)
            os.replace(temporary, target)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise


class _TerminatedError(BaseException):
    """The system wants the process to end."""


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let SIGTERM raise, so that nothing half-written stays; what is raised then ends the process as the signal would have."""
    import signal  # noqa: PLC0415 - start-up
    import threading  # noqa: PLC0415 - start-up

    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield  # somebody else sees to it
        return

    def end(*_: object) -> None:
        raise _TerminatedError

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    except _TerminatedError:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
