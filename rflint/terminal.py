"""The terminal: what may be printed there, how wide, in which colours, and how a run talks to it."""

from __future__ import annotations

import os
import re
from io import TextIOWrapper
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, NamedTuple, TextIO

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ColorChoice = Literal["auto", "always", "never"]

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


class UsageError(Exception):
    """What the caller must put right: told in one line on standard error, exit code 2."""


def safe(text: str) -> str:
    """Escape every character that could do more than be read: names and paths come from strangers."""
    return _UNSAFE.sub(_escape, text)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """End of a sentence about an unknown word: the nearest known one, or nothing."""
    from rflint.spelling import suggest  # noqa: PLC0415 - start-up

    meant = suggest(word, known)
    return f"; did you mean `{meant}`?" if meant else ""


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Style(NamedTuple):
    """How a report is to be shown."""

    width: int = PIPE_WIDTH
    color: bool = False
    #: Machine formats of `check`: list every layer too.
    layers: bool = False

    def paint(self, role: str, text: str) -> str:
        """Colour a text by what it is (`error`, `frame`, …); unchanged where colours are off."""
        return f"\x1b[{_ANSI[role]}m{text}\x1b[0m" if self.color and text else text


def wants_color(choice: ColorChoice, environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Decide on colours: `--color`, then NO_COLOR, FORCE_COLOR or CLICOLOR_FORCE, then whether a terminal listens."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in {"", "0"} or environ.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    return is_terminal and environ.get("TERM") != "dumb"


class Streams(NamedTuple):
    """Standard input, output and error of a run, and its environment."""

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]

    def style(self, choice: ColorChoice, *, to_file: bool = False, layers: bool = False) -> Style:
        """How to show a report on standard output, or in a file."""
        is_terminal = not to_file and self.stdout.isatty()
        color = wants_color(choice, {} if to_file else self.environ, is_terminal=is_terminal)
        return Style(self._width(is_terminal=is_terminal), color, layers)

    def _width(self, *, is_terminal: bool) -> int:
        columns = self.environ.get("COLUMNS", "")
        if columns.isascii() and columns.isdigit() and len(columns) < 6 and int(columns) > 0:  # 80 in a pipe unless told
            return max(MIN_WIDTH, int(columns))
        if is_terminal:
            try:
                return max(MIN_WIDTH, os.get_terminal_size(self.stdout.fileno()).columns or PIPE_WIDTH)
            except (OSError, ValueError):
                return PIPE_WIDTH
        return PIPE_WIDTH

    def put(self, text: str | bytes) -> None:
        """Write the report to standard output; a reader that went away (`| head`) is no error.

        Bytes are written as they are: in no other encoding, and with no other newlines, as the text of a file must be.
        Raises UsageError where the output cannot be written (a full disk).
        """
        try:
            if isinstance(text, str):
                self.stdout.write(text)
            elif isinstance(self.stdout, TextIOWrapper):
                self.stdout.flush()
                self.stdout.buffer.write(text)
            else:
                self.stdout.write(text.decode("utf-8", "replace"))
            self.stdout.flush()
        except BrokenPipeError:
            _silence(self.stdout)
        except OSError as error:
            _silence(self.stdout)
            raise UsageError(f"cannot write to standard output: {error.strerror or error}") from None

    def tell(self, text: str) -> None:
        """Write a report to standard error: standard output holds something else."""
        try:
            self.stderr.write(text)
            self.stderr.flush()
        except OSError:
            _silence(self.stderr)

    def say(self, message: str) -> None:
        """Tell the person one line on standard error."""
        try:
            self.stderr.write(f"rflint: {safe(message)}\n")
            self.stderr.flush()
        except OSError:
            _silence(self.stderr)


def _silence(stream: TextIO) -> None:
    """Point a broken stream at nothing, so that the interpreter's own flush at exit does not complain."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError):
        return
