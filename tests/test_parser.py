"""The strict parser and typer read the same table, and give the same answers."""

from __future__ import annotations

import contextlib
import io
import os
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rflint.cli import app as typer_app
from rflint.cli.commands import COMMANDS, Arguments, Command, load
from rflint.cli.parser import HelpWanted, parse
from rflint.model import UsageError


def ours(command: Command, argv: list[str], environ: dict[str, str]) -> object:
    try:
        return parse(command, argv, environ).values
    except UsageError:
        return "error"
    except HelpWanted:
        return "help"


class Recorder:
    """A typer application that notes what it was asked to do."""

    def __init__(self) -> None:
        self.seen: Arguments | None = None
        self.app = typer_app.build(self._note)

    def _note(self, _: Command, arguments: Arguments) -> int:
        self.seen = arguments
        return 0

    def read(self, name: str, argv: list[str], environ: dict[str, str]) -> object:
        self.seen = None
        quiet = io.StringIO()
        with (
            mock.patch.dict(os.environ, environ),
            contextlib.redirect_stdout(quiet),
            contextlib.redirect_stderr(quiet),
            pytest.raises(SystemExit) as stop,
        ):
            self.app(args=[name, *argv], prog_name="rflint")
        if stop.value.code:
            assert stop.value.code == 2
            return "error"
        return "help" if self.seen is None else self.seen.values


RECORDER = Recorder()


@st.composite
def command_lines(draw: st.DrawFn) -> tuple[str, list[str], dict[str, str]]:
    """A command, words that are likely to mean something to it, and an environment."""
    command = load(draw(st.sampled_from(list(COMMANDS))))
    values = ["x.yaml", "-", "", "none", "a=b", "--", "-o", "--format", "-5", "é", "a b"]
    for option in command.options:
        values += option.choices
    for argument in command.arguments:
        values += argument.choices
    words = [*values, "-oout", "-o=out", "-", "-z", "-zo", "-ho", "--nope", "--nope=1", "--help", "-h", "--=x", "---"]
    words += ["--fail", "--exit-zero=1"]
    for option in command.options:
        words += [option.name, f"{option.name}={draw(st.sampled_from(values))}"]
    argv = []
    for _ in range(draw(st.integers(0, 6))):
        option = draw(st.sampled_from([None, *command.options]))
        if option is None:
            argv.append(draw(st.sampled_from(words)))
        else:
            argv.append(option.name)
            if option.metavar:
                argv.append(draw(st.sampled_from(option.choices or tuple(values))))
    variables = [option.env for option in command.options if option.env]
    settings = st.dictionaries(st.sampled_from(variables), st.sampled_from(["", "RF1", "RF1 RF2", "json", "never"]), max_size=1)
    return command.name, argv, draw(settings) if variables else {}


@settings(max_examples=200)
@given(command_lines())
@example(("check", ["-ofile", "--size", "1", "--size=2", "a", "--", "--b"], {}))
@example(("check", [], {"RFLINT_IGNORE": "RF1 RF2", "RFLINT_FAIL_ON": "never"}))
@example(("check", ["--help", "--nope"], {}))
@example(("explain", ["--help"], {}))
def test_both_readers_agree(line: tuple[str, list[str], dict[str, str]]) -> None:
    name, argv, environ = line
    assert ours(load(name), argv, environ) == RECORDER.read(name, argv, environ)
