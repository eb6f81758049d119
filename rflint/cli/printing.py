"""Where a command's output goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rflint.terminal import Streams


def deliver(text: str, output: str | None, streams: Streams) -> None:
    """Print a text, or write it to a file; raises UsageError where that fails."""
    if output is None:
        streams.put(text)
        return
    from rflint import files  # noqa: PLC0415 - start-up

    files.write(output, text)
