"""Prose for people: how many columns it takes, where its lines break, and a sentence that several formats have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rflint.model import Report
from rflint.words import counted, quoted

#: A word, with the spaces of a code span in it.
_WORD: Final = re.compile(r"(?:`[^`]*`|\S)+")
#: Instances of one mistake that are named.
_NAMED: Final = 4


def columns(text: str) -> int:
    """Columns that a printable text takes: two for wide (CJK) characters, none for combining ones."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    from unicodedata import category, east_asian_width  # noqa: PLC0415 - only where the text is not ASCII

    if character.isascii():
        return 1
    if category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(character) in {"W", "F"} else 1


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` columns, at spaces where there are any, but not inside of `code spans`."""
    lines: list[str] = []
    line = ""
    for word in _WORD.findall(text):
        if line and columns(line) + 1 + columns(word) <= width:
            line += f" {word}"
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width)
        lines.extend(full)
    return [*lines, line] if line else lines


def _pieces(word: str, width: int) -> list[str]:
    """Cut a word that is longer than a line."""
    if columns(word) <= width:
        return [word]
    pieces, piece, taken = [], "", 0
    for character in word:
        wide = _columns(character)
        if taken + wide > width:
            pieces.append(piece)
            piece, taken = "", 0
        piece += character
        taken += wide
    return [*pieces, piece]


def cut(text: str, width: int) -> str:
    """Leave out the end of a sentence that takes more columns; empty where no word of it has room."""
    if columns(text) <= width:
        return text
    first = wrap(text, width - 1)[0] if width > 1 else ""
    return f"{first}…" if text.startswith(f"{first} ") else ""


def shorten(text: str, width: int) -> str:
    """Leave out the middle of a text that takes more columns: both ends of a path tell most."""
    if columns(text) <= width:
        return text
    head, tail = "", ""
    for near, far in zip(text, reversed(text), strict=True):
        if columns(head) + columns(tail) + 1 + _columns(near) > width:
            break
        head += near
        if columns(head) + columns(tail) + 1 + _columns(far) > width:
            break
        tail = far + tail
    return f"{head}…{tail}"


def shared(instances: Sequence[str]) -> str:
    """Say which layers share a mistake."""
    return f"{counted(len(instances), 'layer')} share this: {quoted(instances, _NAMED)}"


def silenced(report: Report) -> str:
    """How many findings are not shown, and by whose word: ` (2 suppressed, 300 in the baseline)`; empty where all are shown."""
    known = sum(finding.baselined for spec in report.specs for finding in spec.findings)
    silent = ((report.summary.suppressed - known, "suppressed"), (known, "in the baseline"))
    told = ", ".join(f"{number:,} {how}" for number, how in silent if number)
    return f" ({told})" if told else ""
