"""`rflint explain`: the manual page of a rule."""

from __future__ import annotations

from typing import cast

from rflint.cli.commands import COLOR, DEBUG, Argument, Arguments, Command
from rflint.cli.streams import ColorChoice, Streams


def run(arguments: Arguments, streams: Streams) -> int:
    """Print the page of one rule."""
    from rflint.formatters import page  # noqa: PLC0415 - start-up
    from rflint.model import UsageError  # noqa: PLC0415 - start-up
    from rflint.project import config, plugins  # noqa: PLC0415 - start-up

    asked, vocabulary = arguments.text("rule"), plugins.load()
    key = config.in_its_case(asked, vocabulary.rule_names) or asked
    if key not in vocabulary.entry_by:
        raise UsageError(f"no rule is called `{key}`{config.rule_hint(key, vocabulary.rule_names)} (`rflint rules` lists them)")
    style = streams.style(cast("ColorChoice", arguments.text("color")))
    streams.put(page.rule_page(vocabulary.entry_by[key].load(), style))
    return 0


COMMAND = Command(
    name="explain",
    help="Print what a rule finds, why it matters, and how to mend it.",
    run=run,
    arguments=(Argument("RULE", "Code or name of a rule: RF102, center-mismatch.", required=True),),
    options=(COLOR, DEBUG),
)
