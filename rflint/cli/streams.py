"""Standard input, output and error of a run: how wide they are, whether they take colours, what happens when they break."""

import os
from collections.abc import Mapping
from io import TextIOWrapper
from typing import BinaryIO, Literal, NamedTuple, TextIO

from rflint.model import UsageError
from rflint.words import MIN_WIDTH, PIPE_WIDTH, Style, safe

ColorChoice = Literal["auto", "always", "never"]


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
        # A stream without an encoding is one of a test, or text in memory.
        encoding = "utf-8" if to_file else getattr(self.stdout, "encoding", None) or "utf-8"
        return Style(self._width(is_terminal=is_terminal), color, layers, draws=encoding.lower().startswith("utf"))

    def _width(self, *, is_terminal: bool, stream: TextIO | None = None) -> int:
        columns = self.environ.get("COLUMNS", "")
        if columns.isascii() and columns.isdigit() and len(columns) < 6 and int(columns) > 0:  # 80 in a pipe unless told
            return max(MIN_WIDTH, int(columns))
        if is_terminal:
            try:
                return max(MIN_WIDTH, os.get_terminal_size((stream or self.stdout).fileno()).columns or PIPE_WIDTH)
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
        """Tell the person one line on standard error; in a terminal it is broken between words."""
        text = f"rflint: {safe(message)}"
        if self.stderr.isatty():
            from rflint.formatters import prose  # noqa: PLC0415 - start-up: the formats import much

            width = self._width(is_terminal=True, stream=self.stderr)
            text = "\n  ".join(prose.wrap(text, width - 2))
        try:
            self.stderr.write(f"{text}\n")
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
