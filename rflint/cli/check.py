"""`rflint check`: lint specs and show each finding with the lines it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.cli.commands import LINTING, PATHS, Arguments, Command, Option, format_option

if TYPE_CHECKING:
    from rflint.terminal import Streams


def run(arguments: Arguments, streams: Streams) -> int:
    """Lint, print the findings, return the exit code."""
    from rflint.cli import linting  # noqa: PLC0415 - `check --help` needs none of it

    return linting.run(arguments, streams, layers=arguments.flag("layers"))


COMMAND = Command(
    name="check",
    help="Lint specs: files, folders, or - for standard input.",
    run=run,
    arguments=(PATHS,),
    options=(
        format_option("full", "concise", "json", env="RFLINT_FORMAT"),
        Option("--layers", "With --format json: list every layer too."),
        *LINTING,
    ),
)
