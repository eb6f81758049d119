"""What is wrong with the text of one file: findings, up to a limit."""

from __future__ import annotations

from typing import Final

from rflint.model import Finding, Note
from rflint.reading.lines import Lines
from rflint.words import clip

#: Longest name that a message shows whole.
_SHOWN: Final = 60


class Stop(Exception):  # noqa: N818 - no error: a finding says why there is nothing more to read
    """The rest of the file is not read."""


class Flaws:
    """Findings about the text of one file, RF001 each."""

    def __init__(self, lines: Lines, most: int) -> None:
        self.findings: list[Finding] = []
        self._lines = lines
        self._most = most

    def report(self, start: int, end: int, message: str, help: str | None = None, related: tuple[Note, ...] = ()) -> None:  # noqa: A002 - the field's name
        """Add a finding about a stretch of the text, which is shown on its first line; raises Stop after the last that is told."""
        stop = self._lines.break_between(start, end)
        span = self._lines.span(start, end if stop < 0 else stop)
        self.findings.append(Finding("RF001", message, span, help=help, related=related))
        if len(self.findings) >= self._most:
            self.findings.append(Finding("RF001", f"reading stops after {self._most:,} findings in one file", span))
            raise Stop


def cut(name: str) -> str:
    """Shorten a name of the file for a message."""
    return clip(name, _SHOWN)
