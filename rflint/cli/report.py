"""`rflint report`: the table of every layer, and the findings."""

from __future__ import annotations

from rflint.cli.commands import LINTING, PATHS, Arguments, Command, format_option
from rflint.cli.streams import Streams
from rflint.formatters import of_command


def run(arguments: Arguments, streams: Streams) -> int:
    """Lint, print the tables, return the exit code."""
    from rflint.cli import linting  # noqa: PLC0415 - `report --help` needs none of it

    return linting.run(arguments, streams, layers=True)


COMMAND = Command(
    name="report",
    help="Print the table of all layers, and the findings.",
    run=run,
    arguments=(PATHS,),
    options=(format_option(*of_command("report")), *LINTING),
)
