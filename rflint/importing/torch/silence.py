"""The user's code and the exporters at work, without what they say."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from tempfile import TemporaryFile


@contextmanager
def silence() -> Iterator[None]:
    """Let nothing be printed or logged: exporters print whole graphs where they fail, some of them past Python's streams."""
    before = logging.root.manager.disable
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()), _descriptors():
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(before)


@contextmanager
def _descriptors() -> Iterator[None]:
    for stream in (sys.__stdout__, sys.__stderr__):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()  # type: ignore[union-attr]
    saved: dict[int, int] = {}
    for descriptor in (1, 2):
        with suppress(OSError):  # it may be closed
            saved[descriptor] = os.dup(descriptor)
    with TemporaryFile() as nowhere:
        try:
            for descriptor in saved:
                os.dup2(nowhere.fileno(), descriptor)
            yield
        finally:
            for descriptor, copy in saved.items():
                os.dup2(copy, descriptor)
                os.close(copy)
