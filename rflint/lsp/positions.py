r"""Offsets of a text, and the lines and characters by which the Language Server Protocol calls them.

The protocol ends lines at `\n`, `\r\n` and `\r` only; YAML 1.1 readers, and so our own lines and columns, at U+0085, U+2028 and
U+2029 as well.  Hence no line or column of ours ever goes out: both sides are translated to offsets in code points.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import Final, Literal

#: What the `character` of a position counts on its line.
Encoding = Literal["utf-8", "utf-16", "utf-32"]

_BREAK: Final = re.compile("\r\n?|\n")
#: What UTF-16 needs two units for.
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
#: Where a code point has as many units as it has bytes, or one or two of them.
_WIDTHS: Final = {"utf-8": (0x80, 0x800, 0x10000), "utf-16": (0x10000,), "utf-32": ()}
_MARK: Final = "\ufeff"


class Positions:
    """Positions in one text.

    Offsets count from behind a byte-order mark, as those of the reader do; the lines of the protocol begin with it.
    """

    def __init__(self, buffer: str, encoding: Encoding = "utf-16") -> None:
        self._buffer = buffer
        self.encoding: Final[Encoding] = encoding
        self._lead = int(buffer.startswith(_MARK))
        self._starts = array("Q", [0])
        self._starts.extend(match.end() for match in _BREAK.finditer(buffer))

    @property
    def text(self) -> str:
        """The text without its byte-order mark."""
        return self._buffer[self._lead :]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and character of an offset, both from 0; of the end for offsets past it."""
        at = min(max(offset + self._lead, 0), len(self._buffer))
        line = bisect_right(self._starts, at) - 1
        return line, self._units(self._starts[line], at)

    def offset(self, line: int, character: int) -> int:
        """Offset of a position; one past the end of its line is that end, one past the text the end of the text."""
        if line >= len(self._starts):
            return len(self._buffer) - self._lead
        start = self._starts[max(line, 0)]
        stop = self._starts[line + 1] if line + 1 < len(self._starts) else len(self._buffer)
        while stop > start and self._buffer[stop - 1] in "\r\n":
            stop -= 1
        return max(self._advance(start, stop, max(character, 0)) - self._lead, 0)

    def _units(self, start: int, stop: int) -> int:
        """Units between two places of a line."""
        if self.encoding == "utf-8":
            return len(self._buffer[start:stop].encode("utf-8", "surrogatepass"))
        return stop - start + (len(_ASTRAL.findall(self._buffer, start, stop)) if self.encoding == "utf-16" else 0)

    def _advance(self, start: int, stop: int, units: int) -> int:
        """Place that lies so many units after another, at most `stop`; in the middle of a character: before it."""
        piece = self._buffer[start : min(stop, start + units)]
        widths = _WIDTHS[self.encoding]
        if not widths or piece.isascii():
            return start + len(piece)
        at = start
        for character in piece:
            units -= 1 + sum(ord(character) >= least for least in widths)
            if units < 0:
                break
            at += 1
        return at
