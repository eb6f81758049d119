"""`rflint sizes`: which input sizes are valid, aligned and centred."""

from __future__ import annotations

from typing import cast

from rflint.cli.commands import COLOR, DEBUG, OUTPUT, SURROUNDINGS, Argument, Arguments, Command, Option, format_option
from rflint.cli.streams import ColorChoice, Streams


def run(arguments: Arguments, streams: Streams) -> int:
    """Decide all sizes at once and print the answer; 1 where no size works or the spec is broken."""
    from rflint.cli.opening import open_spec  # noqa: PLC0415 - start-up
    from rflint.cli.options import parse_sizes  # noqa: PLC0415 - start-up
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.engine import analyze  # noqa: PLC0415 - start-up
    from rflint.formatters import sizes  # noqa: PLC0415 - start-up
    from rflint.questions.size_survey import survey  # noqa: PLC0415 - start-up

    given = parse_sizes(arguments.texts("size"))
    opened = open_spec(arguments, streams, ((None, (None,)), *given))
    machine = arguments.text("format") == "json"
    if opened.graph is None and not machine:
        return 1
    found = survey(analyze(opened.graph)) if opened.graph is not None else ()
    output = arguments.optional("output")
    style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None)
    text = sizes.as_json(opened.path, opened.name, found, opened.errors) if machine else sizes.as_text(opened.name, found, style)
    deliver(text, output, streams)
    unsuited = any(each.classes is not None and not each.classes.valid and not each.small.valid for each in found)
    return 1 if opened.errors or opened.graph is None or unsuited else 0


COMMAND = Command(
    name="sizes",
    help="Tell which input sizes are valid, aligned and centred: all of them at once, as congruences.",
    run=run,
    arguments=(Argument("SPEC", "A spec, or - for standard input.", required=True),),
    options=(
        format_option("text", "json"),
        Option(
            "--size",
            "Fix an input: image=320. All others are left open; their declared `multiple_of` holds.",
            "SIZE",
            repeatable=True,
        ),
        OUTPUT,
        COLOR,
        *SURROUNDINGS,
        DEBUG,
    ),
)
