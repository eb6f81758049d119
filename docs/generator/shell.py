"""Running rflint as a page says it was run: in a folder of its own, 80 columns wide, without colour."""

from __future__ import annotations

import io
import os
import shlex
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from rflint.cli.dispatch import run
from rflint.cli.streams import Streams
from rflint.project.plugins import SWITCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: How the folder is called in what is printed.
SHOWN: Final = "/home/ada/project"


class Outcome(NamedTuple):
    """What a run of rflint came to."""

    code: int
    text: str
    #: What went to standard error.
    complaint: str = ""


class Scratch:
    """A folder in which commands run one after the other; the root of a repository, so that nothing around it counts."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder).resolve()
        (self._folder / ".git").mkdir()
        self._code = 0

    def write(self, files: Mapping[str, str]) -> None:
        """Store files by their path."""
        for name, text in files.items():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def rflint(self, arguments: Sequence[str]) -> Outcome:
        """Run rflint here."""
        out, complaint = io.StringIO(), io.StringIO()
        self._run(arguments, out, complaint)
        return Outcome(self._code, self._shown(out), self._shown(complaint))

    def command(self, line: str) -> str:
        """Run a line of a session, and return what it prints: `rflint …`, `cat FILE`, or `echo $?`.

        Raises SystemExit, for whoever builds the pages, for any other line and for an internal error.
        """
        program, *arguments = shlex.split(line, comments=True)
        if program == "rflint":
            terminal = io.StringIO()
            self._run(arguments, terminal, terminal)
            if self._code == 3:
                raise SystemExit(f"{line}: {terminal.getvalue()}")
            return self._shown(terminal)
        if program == "cat":
            return "".join((self._folder / name).read_text(encoding="utf-8") for name in arguments)
        if (program, arguments) == ("echo", ["$?"]):
            return f"{self._code}\n"
        raise SystemExit(f"a session cannot run `{line}`")

    def _run(self, arguments: Sequence[str], stdout: io.StringIO, stderr: io.StringIO) -> None:
        with self._inside():
            self._code = run(arguments, Streams(io.BytesIO(), stdout, stderr, {}))

    def _shown(self, stream: io.StringIO) -> str:
        return stream.getvalue().replace(str(self._folder), SHOWN)

    @contextmanager
    def _inside(self) -> Iterator[None]:
        before, switch = Path.cwd(), os.environ.get(SWITCH)
        os.chdir(self._folder)
        # Whoever builds the pages may have plug-ins that their readers do not.
        os.environ[SWITCH] = "off"
        try:
            yield
        finally:
            os.chdir(before)
            if switch is None:
                del os.environ[SWITCH]
            else:
                os.environ[SWITCH] = switch


def rflint(files: Mapping[str, str], arguments: Sequence[str]) -> Outcome:
    """Run rflint in a folder that holds these files and nothing else; raises SystemExit where it complains."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(folder)
        scratch.write(files)
        outcome = scratch.rflint(arguments)
    if outcome.complaint:
        raise SystemExit(f"rflint {' '.join(arguments)}: {outcome.complaint}")
    return outcome
