"""`rflint schema`: print the published JSON schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rflint.cli.commands import DEBUG, OUTPUT, Argument, Arguments, Command

if TYPE_CHECKING:
    from rflint.terminal import Streams
    from rflint.validation.schema import Kind


def run(arguments: Arguments, streams: Streams) -> int:
    """Print one schema."""
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.validation.schema import schema_text  # noqa: PLC0415 - start-up

    deliver(schema_text(cast("Kind", arguments.optional("schema") or "spec")), arguments.optional("output"), streams)
    return 0


COMMAND = Command(
    name="schema",
    help="Print the JSON schema of specs, reports or configuration.",
    run=run,
    arguments=(Argument("SCHEMA", "spec (the default), report or config.", choices=("spec", "report", "config")),),
    options=(OUTPUT, DEBUG),
)
