"""The user's code and the exporters at work, without what they say."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO


@contextmanager
def silence() -> Iterator[None]:
    """Let nothing be printed or logged."""
    before = logging.root.manager.disable
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(before)
