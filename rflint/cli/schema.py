"""`rflint schema`: print the published JSON schemas."""

from __future__ import annotations

from typing import cast

from rflint.cli.commands import DEBUG, OUTPUT, SURROUNDINGS, Argument, Arguments, Command, Option
from rflint.cli.streams import Streams
from rflint.resources import KINDS, Kind


def run(arguments: Arguments, streams: Streams) -> int:
    """Print one schema."""
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.resources import schema_text  # noqa: PLC0415 - start-up

    kind = cast("Kind", arguments.optional("schema") or "spec")
    text = _extended(arguments, kind) if arguments.flag("extended") else schema_text(kind)
    deliver(text, arguments.optional("output"), streams)
    return 0


def _extended(arguments: Arguments, kind: Kind) -> str:
    """Write the schema of specs with the ops and rules that plug-ins and the configuration of this folder add."""
    from rflint.cli.options import settings_of  # noqa: PLC0415 - start-up
    from rflint.model import UsageError  # noqa: PLC0415 - start-up
    from rflint.project import files  # noqa: PLC0415 - start-up
    from rflint.validation.build import render, spec_schema  # noqa: PLC0415 - start-up
    from rflint.validation.values import BASE  # noqa: PLC0415 - start-up

    if kind != "spec":
        raise UsageError(f"--extended: only specs have more ops than those of rflint; `{kind}` is the same everywhere")
    vocabulary = settings_of(arguments, linting=False).of(files.working_folder()).vocabulary
    schema = spec_schema(vocabulary.ops.values(), vocabulary.rules)
    # Not the published one: nobody is to take it for that.
    return render({**schema, "$id": f"{BASE}rflint-spec.v1.extended.schema.json"})


COMMAND = Command(
    name="schema",
    help="Print the JSON schema of specs, configuration, or what rflint prints.",
    run=run,
    arguments=(
        Argument(
            "SCHEMA", "spec (the default), config, or a command: what it prints as JSON; report is that of check, too.", choices=KINDS
        ),
    ),
    options=(
        Option("--extended", "Of specs: with the ops and rules of plug-ins, and the ops of the configuration that counts here."),
        OUTPUT,
        *(option for option in SURROUNDINGS if option.name != "--stdin-filename"),
        DEBUG,
    ),
)
