"""What a command prints: its output, and that there is a bug in rflint."""

from __future__ import annotations

import os

from rflint.cli.commands import Arguments
from rflint.cli.streams import Streams
from rflint.model import UsageError
from rflint.words import error_text, safe


def deliver(text: str | bytes, output: str | None, streams: Streams) -> None:
    """Print a text, or write it to a file, in a folder that is made if it is not there; raises UsageError where that fails."""
    if output is None:
        streams.put(text)
        return
    from rflint.project import files, writing  # noqa: PLC0415 - start-up

    writing.make_folder(files.folder_of(output))
    writing.write_bytes(output, text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace"))


def keep_existing(arguments: Arguments, output: str | None, ways_out: str = "--force overwrites it") -> None:
    """Raise UsageError where `--output` names a file that exists, unless there is `--force`."""
    if output and os.path.lexists(output) and not arguments.flag("force"):
        raise UsageError(f"`{output}` exists already ({ways_out})")


def bug_report(error: Exception, where: str, *, debug: bool) -> str:
    """Lines that tell of a bug in rflint; `where` is empty or ends with a colon and a space."""
    trace: list[str] = []
    if debug:
        import traceback  # noqa: PLC0415 - start-up

        trace = "".join(traceback.format_exception(error)).splitlines()
    hint = "" if debug else " (--debug prints the traceback)"
    told = f"rflint: internal error: {where}{type(error).__name__}: {error_text(error)}; this is a bug in rflint{hint}"
    return "".join(f"{safe(line)}\n" for line in (*trace, told))
