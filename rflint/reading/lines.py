"""Lines of a text as readers of YAML 1.1 count them."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from typing import Final

from rflint.model import Span

#: Everything that ends a line, for YAML 1.1 readers such as libyaml.
_ODD_BREAKS: Final = "\r\x85\u2028\u2029"
BLANK: Final = f" \t\n{_ODD_BREAKS}"
REST_OF_LINE: Final = re.compile(f"[^\n{_ODD_BREAKS}]*")
#: A line break.
BREAK: Final = re.compile(f"\r\n|[\n{_ODD_BREAKS}]")


class Lines:
    """Lines of a text: where they begin, and which one holds an offset.

    The text is cut into pieces, and for each the number of lines before it is kept: no table of lines that a hostile
    file could blow up, and no search that a single huge line could slow down.
    """

    __slots__ = ("_flat", "_numbers", "_starts", "_text")
    _PIECE: Final = 10

    def __init__(self, text: str) -> None:
        flat = text
        if "\r\n" in flat:
            flat = flat.replace("\r\n", " \n")
        for odd in _ODD_BREAKS:
            if odd in flat:
                flat = flat.replace(odd, "\n")
        self._text = text
        self._flat = flat
        #: Breaks before each piece, and where the line begins that is open at its first character.
        self._numbers = array("Q", [0])
        self._starts = array("Q", [0])
        number = start = 0
        size = 1 << self._PIECE
        for first in range(0, len(flat), size):
            number += flat.count("\n", first, first + size)
            start = flat.rfind("\n", first, first + size) + 1 or start
            self._numbers.append(number)
            self._starts.append(start)

    def number(self, offset: int) -> int:
        """Return the number of the line that holds an offset."""
        piece = offset >> self._PIECE
        return self._numbers[piece] + self._flat.count("\n", piece << self._PIECE, offset) + 1

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        piece = offset >> self._PIECE
        start = self._flat.rfind("\n", piece << self._PIECE, offset) + 1 or self._starts[piece]
        return self.number(offset), offset - start + 1

    def span(self, start: int, end: int) -> Span:
        """Lines and columns of two offsets."""
        return Span(*self.position(start), *self.position(end))

    def break_between(self, start: int, end: int) -> int:
        """Offset of the first line break from `start` on and before `end`; -1 where it is all one line."""
        return self._flat.find("\n", start, end)

    def offset(self, line: int, column: int) -> int:
        """Offset of a line and column: the inverse of `position`; the end of the text for lines past it."""
        start = self._start(line)
        return len(self._text) if start < 0 else min(start + column - 1, len(self._text))

    def end(self, offset: int) -> int:
        """Offset at which the line ends that holds an offset; its break is not in it."""
        match = REST_OF_LINE.match(self._text, offset)
        assert match
        return match.end()

    def text(self, number: int) -> str:
        """Text of a line without its break; empty past the end."""
        start = self._start(number)
        match = REST_OF_LINE.match(self._text, start) if start >= 0 else None
        return match[0] if match else ""

    def _start(self, number: int) -> int:
        """Offset at which a line begins; -1 past the end."""
        piece = bisect_left(self._numbers, number - 1) - 1 if number > 1 else 0
        start = piece << self._PIECE
        for _ in range(number - 1 - self._numbers[piece]):
            if not (start := self._flat.find("\n", start) + 1):
                return -1
        return start
