"""From a command line to the command that it names: streams, exit codes, and the last line of defence."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from rflint import __version__
from rflint.cli.commands import COMMANDS, INTERNAL_ERROR, INTERRUPTED, USAGE, Command, load
from rflint.cli.parser import HelpWanted, parse
from rflint.cli.printing import bug_report
from rflint.cli.streams import Streams
from rflint.model import UsageError
from rflint.words import did_you_mean

#: What the typer application serves beside the commands' own help.
_TYPER_OPTIONS: Final = frozenset({"--help", "-h", "--install-completion", "--show-completion"})


def run(argv: Sequence[str], streams: Streams | None = None) -> int:
    """Run one command line on the given streams (default: those of the process) and return the exit code.

    Whatever happens ends in an exit code and at most one line, never in a traceback.
    """
    streams = streams or _process_streams()
    try:
        return _run(argv, streams)
    except UsageError as error:
        streams.say(str(error))
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, FileNotFoundError) and not _has_working_folder():
            streams.say("the working folder does not exist any more: change to one that does")
            return USAGE
        streams.tell(bug_report(error, "", debug="--debug" in argv))
        return INTERNAL_ERROR


def _has_working_folder() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - start-up
    except FileNotFoundError:
        return False
    return True


def _run(argv: Sequence[str], streams: Streams) -> int:
    if "_RFLINT_COMPLETE" in streams.environ or (argv and argv[0] in _TYPER_OPTIONS):
        return _typer(argv, streams)
    if argv and argv[0] in {"--version", "-V"}:
        streams.put(f"rflint {__version__}\n")
        return 0
    command = _command(argv)
    try:
        arguments = parse(command, argv[1:], streams.environ)
    except HelpWanted:
        return _typer(argv, streams)
    _tell_of_misspelt_variables(command, streams)
    command.refuse_conflicts(arguments)
    return command.run(arguments, streams)


def _tell_of_misspelt_variables(command: Command, streams: Streams) -> None:
    """Tell of environment variables that are nearly ours: settings that somebody made and nobody obeys.

    Others that begin with `RFLINT_` may belong to whoever runs rflint.
    """
    own = {option.env for option in command.options}
    if not (strangers := sorted(name for name in streams.environ if name.startswith("RFLINT_") and name not in own)):
        return
    from rflint.words import misspelt  # noqa: PLC0415 - start-up

    known = {option.env for name in COMMANDS for option in load(name).options if option.env} | {"RFLINT_PLUGINS"}
    for name in strangers:
        if name not in known and (meant := misspelt(name, known)):
            streams.say(f"the environment variable `{name}` has no effect; did you mean `{meant}`?")


def _command(argv: Sequence[str]) -> Command:
    if not argv:
        raise UsageError(f"a command is needed: {', '.join(COMMANDS)} (`rflint --help` says more)")
    name = argv[0]
    if name in COMMANDS:
        return load(name)
    if name.startswith("-"):
        hint = did_you_mean(name, ["--help", "--version", "--install-completion", "--show-completion"])
        raise UsageError(f"unknown option `{name}`{hint} (options of a command stand after it: `rflint check --color never`)")
    if os.path.exists(name):  # noqa: PTH110 - start-up
        raise UsageError(f"unknown command `{name}`; did you mean `rflint check {name}`?")
    raise UsageError(f"unknown command `{name}`{did_you_mean(name, COMMANDS)} (`rflint --help` lists the commands)")


def _typer(argv: Sequence[str], streams: Streams) -> int:
    from rflint.cli.app import serve  # noqa: PLC0415 - start-up

    return serve(argv, streams)


def _process_streams() -> Streams:
    """Streams of this process; one that the caller closed reads as empty and swallows what is written."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # It flushes first: what cannot be written any more is told where it is written again.
            with suppress(OSError):
                stream.reconfigure(errors="backslashreplace")
    stdin = sys.stdin.buffer if isinstance(sys.stdin, io.TextIOWrapper) else io.BytesIO()
    return Streams(stdin, sys.stdout or io.StringIO(), sys.stderr or io.StringIO(), os.environ)
