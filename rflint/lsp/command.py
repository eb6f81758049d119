"""`rflint lsp`: serve an editor."""

from __future__ import annotations

import os
from typing import BinaryIO

from rflint.cli import DEBUG, SURROUNDINGS, Arguments, Command, Option, Streams, load
from rflint.model import UsageError


def run(arguments: Arguments, streams: Streams) -> int:
    """Serve until the editor leaves."""
    try:
        import pygls  # noqa: F401, PLC0415 - start-up; an extra
    except ModuleNotFoundError:
        raise UsageError("the language server needs pygls: `pip install 'pygls>=2'`") from None
    import sys  # noqa: PLC0415 - start-up

    from rflint.cli import parse  # noqa: PLC0415 - start-up
    from rflint.lsp.serving import serve  # noqa: PLC0415 - an extra

    if streams.stdin.isatty():
        streams.say("waiting for an editor on standard input; docs/editors.md says how to make one start this")
    # What `check` would do here, environment and all; what is printed by mistake must not get into the conversation.
    asked = parse(load("check"), [], streams.environ)
    with _own(streams) as stdout:
        sys.stdout = sys.stderr
        return serve(Arguments({**asked.values, **arguments.values}), streams.stdin, stdout)


def _own(streams: Streams) -> BinaryIO:
    try:
        return os.fdopen(os.dup(streams.stdout.fileno()), "wb")
    except (OSError, ValueError):
        raise UsageError("the language server speaks on standard output, and there is none") from None


COMMAND = Command(
    name="lsp",
    help="Serve an editor over standard input and output (Language Server Protocol); needs `rflint[lsp]`.",
    run=run,
    options=(
        Option("--stdio", "Speak on standard input and output: what is done anyway; editors like to say so."),
        *(option for option in SURROUNDINGS if option.name != "--stdin-filename"),
        DEBUG,
    ),
)
