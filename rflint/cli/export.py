"""`rflint export`: a spec as a network that runs."""

from __future__ import annotations

from rflint.cli.commands import DEBUG, FINDINGS, OUTPUT, SIZE, SURROUNDINGS, Argument, Arguments, Command, Option
from rflint.cli.streams import Streams
from rflint.model import UsageError


def run(arguments: Arguments, streams: Streams) -> int:
    """Write the network; 1 where the spec is broken, or says something that the target cannot."""
    from rflint.cli.opening import open_spec  # noqa: PLC0415 - start-up
    from rflint.cli.options import parse_sizes  # noqa: PLC0415 - start-up
    from rflint.cli.printing import deliver, keep_existing  # noqa: PLC0415 - start-up
    from rflint.exporting import TARGETS, ExportFailure, settle, write  # noqa: PLC0415 - start-up

    target, output = TARGETS[arguments.text("to")], arguments.optional("output")
    keep_existing(arguments, output)
    if output is None and not target.is_text and streams.stdout.isatty():
        raise UsageError(f"{target.title} is nothing for a terminal: name a file with -o")
    opened = open_spec(arguments, streams, parse_sizes(arguments.texts("size")))
    if opened.graph is None or opened.errors:
        return FINDINGS
    try:
        network = settle(opened.graph)
        data = write(target, network)
    except ExportFailure as failure:
        streams.say(f"{opened.path}: {failure}")
        return FINDINGS
    deliver(data, output, streams)
    for note in network.notes:
        streams.say(f"{opened.path}: {note}")
    return 0


COMMAND = Command(
    name="export",
    help="Write a spec as a network that runs, with random weights: a Python module for PyTorch, or an ONNX model.",
    run=run,
    arguments=(Argument("SPEC", "A spec, or - for standard input.", required=True),),
    options=(
        Option("--to", "What to write.", "FRAMEWORK", choices=("torch", "onnx"), default="torch"),
        SIZE,
        OUTPUT,
        Option("--force", "Overwrite the file of --output."),
        *SURROUNDINGS,
        DEBUG,
    ),
)
