"""`rflint check`: lint specs and show each finding with the lines it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.cli.commands import LINTING, PATHS, Arguments, Command, Option, format_option
from rflint.formatters import of_command
from rflint.verdict.baseline import DEFAULT_NAME

if TYPE_CHECKING:
    from rflint.cli.streams import Streams


def run(arguments: Arguments, streams: Streams) -> int:
    """Lint, print the findings, return the exit code."""
    from rflint.cli import linting  # noqa: PLC0415 - `check --help` needs none of it

    return linting.run(arguments, linting.check_request(arguments), streams)


COMMAND = Command(
    name="check",
    help="Lint specs: files, folders, or - for standard input.",
    run=run,
    arguments=(PATHS,),
    options=(
        format_option(*of_command("check"), env="RFLINT_FORMAT"),
        Option("--layers", "With --format json: list every layer too.", group="Output"),
        Option("--fix", "Mend what can be mended without changing anything else about the network, then report the rest.", group="Fixes"),
        Option(
            "--unsafe-fixes", "With --fix or --diff: also the edits that change the network, or discard what somebody wrote.", group="Fixes"
        ),
        Option("--diff", "Print what --fix would change, and change nothing; exit with 1 where it would.", group="Fixes"),
        Option(
            "--write-baseline",
            f"Take all findings into the baseline (default: {DEFAULT_NAME}): from now on only new ones count.",
            group="Baseline",
        ),
        Option("--prune-baseline", "Take out of the baseline what has been mended.", group="Baseline"),
        Option("--statistics", "Count the findings of each rule instead of showing them.", group="Output"),
        Option("--watch", "Lint again whenever a file changes, until Ctrl-C.", group="Running"),
        Option("--show-settings", "Print the settings that hold, and where they come from, and lint nothing.", group="Settings"),
        Option("--show-files", "Print the files that would be linted, and lint nothing.", group="Settings"),
        *LINTING,
    ),
)
