"""`rflint check`: lint specs and show each finding with the lines it speaks of."""

from __future__ import annotations

from typing import Final

from rflint.cli.commands import LINTING, NARROWING, PATHS, Arguments, Command, Conflict, Option, format_option
from rflint.cli.streams import Streams
from rflint.formatters import of_command
from rflint.project import config


def run(arguments: Arguments, streams: Streams) -> int:
    """Lint, print the findings, return the exit code."""
    from rflint.cli import linting  # noqa: PLC0415 - `check --help` needs none of it

    return linting.run(arguments, streams, layers=arguments.flag("layers"))


_CHANGING: Final = ("--diff", "--fix", "--write-baseline", "--prune-baseline")
_SHOWING: Final = ("--show-settings", "--show-files")

CONFLICTS: Final = (
    Conflict(_SHOWING, _SHOWING, "{one} and {other} print different things: use one after the other"),
    Conflict(("--unsafe-fixes",), (), "{one} says which edits --fix makes and --diff shows; add one of them", unless=("--fix", "--diff")),
    Conflict(("--fix",), ("--diff",), "{one} changes files and {other} changes none: use one of them"),
    Conflict(_CHANGING, _CHANGING, "{one} and {other} at once would leave it open which comes first: use one after the other"),
    Conflict(_SHOWING, (*_CHANGING, "--watch"), "{one} lints nothing: it does not go with {other}"),
    Conflict(("--watch",), _CHANGING, "{one} only looks on: it does not go with {other}"),
    Conflict(("--watch",), ("-",), "{one} waits for files to change, and standard input is read once"),
    Conflict(_CHANGING, ("--size",), "{one} is about specs as they are declared, and does not go with {other}"),
    Conflict(("--write-baseline", "--prune-baseline"), NARROWING, "{one} needs all rules to speak, and does not go with {other}"),
    Conflict(
        ("--write-baseline",),
        ("-",),
        "{one} notes the file of each finding: tell that of standard input with --stdin-filename",
        unless=("--stdin-filename",),
    ),
    Conflict(("--layers",), (), "{one} lists every layer in the JSON report: add --format json", unless=("--format json",)),
    Conflict(("--statistics",), ("--layers", "--diff"), "{one} counts findings: it does not go with {other}"),
    Conflict(
        ("--statistics",),
        (),
        "{one} prints a table, or JSON with --format json",
        unless=("--format full", "--format concise", "--format json"),
    ),
)

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
            f"Take all findings into the baseline (default: {config.DEFAULT_BASELINE}): from now on only new ones count.",
            group="Baseline",
        ),
        Option("--prune-baseline", "Take out of the baseline what has been mended.", group="Baseline"),
        Option("--statistics", "Count the findings of each rule instead of showing them.", group="Output"),
        Option("--watch", "Lint again whenever a file changes, until Ctrl-C.", group="Running"),
        Option("--show-settings", "Print the settings that hold, and where they come from, and lint nothing.", group="Settings"),
        Option("--show-files", "Print the files that would be linted, and lint nothing.", group="Settings"),
        *LINTING,
    ),
    conflicts=CONFLICTS,
)
