"""Text on a terminal: how many columns it takes, where its lines break, how numbers are said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence


#: A word, with the spaces of a code span in it.
_WORD: Final = re.compile(r"(?:`[^`]*`|\S)+")


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


def count(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listing(items: Sequence[str], most: int | None = None) -> str:
    """Join to `a`, `a and b`, `a, b and c`; past `most`, `a, b and 20 more`."""
    if most is not None and len(items) > most:
        items = [*items[: most - 1], f"{len(items) - most + 1} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
