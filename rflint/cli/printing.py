"""What a command prints: its output, and that there is a bug in rflint."""

from __future__ import annotations

from rflint.cli.streams import Streams
from rflint.words import error_text, safe


def deliver(text: str | bytes, output: str | None, streams: Streams) -> None:
    """Print a text, or write it to a file; raises UsageError where that fails."""
    if output is None:
        streams.put(text)
        return
    from rflint.project import writing  # noqa: PLC0415 - start-up

    writing.write_bytes(output, text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace"))


def bug_report(error: Exception, where: str, *, debug: bool) -> str:
    """Lines that tell of a bug in rflint; `where` is empty or ends with a colon and a space."""
    trace: list[str] = []
    if debug:
        import traceback  # noqa: PLC0415 - start-up

        trace = "".join(traceback.format_exception(error)).splitlines()
    hint = "" if debug else " (--debug prints the traceback)"
    told = f"rflint: internal error: {where}{type(error).__name__}: {error_text(error)}; this is a bug in rflint{hint}"
    return "".join(f"{safe(line)}\n" for line in (*trace, told))
