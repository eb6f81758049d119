"""The terminal: what may be printed there, how wide, in which colours, and how a run talks to it."""

import re
from typing import Final, NamedTuple

#: Columns of a report that goes to a pipe or a file.
PIPE_WIDTH: Final = 80
#: Wider prose is hard to read, narrower frames show nothing.
MIN_WIDTH: Final = 40

#: Characters that move the cursor, end a line, change the direction of text, hide, or cannot be encoded: C0, DEL and
#: C1 controls, line and paragraph separators, bidirectional controls, byte-order marks, tags, lone surrogates.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

#: To be read on black and on white.  Many terminals draw bold text in the bright variant of its colour: bold yellow, cyan
#: and green fade on white.  Plain blue drowns in black, bright blue is seen on both.
_ANSI: Final = {
    "error": "1;31",
    "warning": "1;35",
    "info": "36",
    "good": "32",
    "frame": "1;94",
    "strong": "1",
    "faint": "2",
}


def safe(text: str) -> str:
    """Escape every character that could do more than be read: names and paths come from strangers."""
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Choice(NamedTuple):
    """Which layers a table shows, and what it says of them."""

    #: Globs of names; a layer also goes by the names of the instances that it is in.
    only: tuple[str, ...] = ()
    ops: tuple[str, ...] = ()
    #: Outputs, and layers with a target, only.
    outputs: bool = False
    #: Names of columns; empty: those that have something to say.
    columns: tuple[str, ...] = ()
    #: Name of the column to sort by, the largest first; empty: in the order of the network.
    sort: str = ""
    #: Parts of a name that are told apart, what is deeper is folded into one row; None: as many as the table has room for.
    depth: int | None = None
    #: Nothing is folded, nothing left out.
    every: bool = False

    @property
    def picks(self) -> bool:
        """Whether it picks some of the layers."""
        return bool(self.only or self.ops or self.outputs)


class Style(NamedTuple):
    """How a report is to be shown."""

    width: int = PIPE_WIDTH
    color: bool = False
    #: Machine formats of `check`: list every layer too.
    layers: bool = False
    #: Nothing beside the findings and the tables.
    quiet: bool = False
    #: Characters beyond ASCII arrive as they are.
    draws: bool = True
    choice: Choice = Choice()

    def paint(self, role: str, text: str) -> str:
        """Colour a text by what it is (`error`, `frame`, …; empty: nothing special); unchanged where colours are off."""
        return f"\x1b[{_ANSI[role]}m{text}\x1b[0m" if self.color and text and role else text
