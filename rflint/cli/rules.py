"""`rflint rules`: a table of all rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from rflint.cli.commands import COLOR, DEBUG, OUTPUT, Arguments, Command, format_option
from rflint.cli.streams import ColorChoice, Streams
from rflint.model import Rule
from rflint.words import Style

_HEAD: Final = ("code", "name", "default", "finds")


def run(arguments: Arguments, streams: Streams) -> int:
    """Print all rules in the order of their codes, those of plug-ins last."""
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.project import plugins  # noqa: PLC0415 - start-up

    output = arguments.optional("output")
    style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None)
    write = {"text": _text, "markdown": _markdown, "json": _json}[arguments.text("format")]
    deliver(write(plugins.load().rules, style), output, streams)
    return 0


def _rows(rules: Sequence[Rule]) -> list[tuple[str, str, str, str]]:
    return [(rule.code, rule.name, rule.severity, rule.summary) for rule in rules]


def _text(rules: Sequence[Rule], style: Style) -> str:
    from rflint.formatters import table  # noqa: PLC0415 - start-up

    return "".join(f"{row}\n" for row in table.listing_table(_HEAD, _rows(rules), style))


def _markdown(rules: Sequence[Rule], _: Style) -> str:
    from rflint.formatters import markdown  # noqa: PLC0415 - start-up

    return "".join(f"{row}\n" for row in markdown.table(_HEAD, _rows(rules)))


def _json(rules: Sequence[Rule], _: Style) -> str:
    import json  # noqa: PLC0415 - start-up

    listed = [
        {
            "code": rule.code,
            "name": rule.name,
            "severity": rule.severity,
            "summary": rule.summary,
            "docs": rule.docs.strip() + "\n",
            "example": {"failing": rule.example.failing, "passing": rule.example.passing},
        }
        for rule in rules
    ]
    return json.dumps(listed, indent=2) + "\n"


COMMAND = Command(
    name="rules",
    help="List all rules.",
    run=run,
    options=(format_option("text", "markdown", "json"), OUTPUT, COLOR, DEBUG),
)
