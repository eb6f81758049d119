"""The page about the command line, and the table of environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.markdown import GENERATED, sentences, table
from rflint.cli.commands import COMMANDS, load, sections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rflint.cli.commands import Command, Option


def command_page() -> Iterator[str]:
    """Yield the lines of the page."""
    commands = [load(name) for name in COMMANDS]
    yield from ("# Command line", "", GENERATED, "")
    rows = [[f"[`rflint {command.name}`](#rflint-{command.name})", command.help] for command in commands]
    yield from table("Command", "What it does", rows=rows)
    yield from ("", "`rflint --help` and `rflint COMMAND --help` print the same; `rflint --version` prints the version.")
    yield "An option beats its environment variable, which beats the [configuration file](configuration.md), which beats the default."
    yield from ("", "## Exit codes", "", "The same for every command and every form of output:", "")
    codes = (
        ("0", "nothing at or above the failing severity (`--fail-on`, by default `warning`)"),
        ("1", "findings; a spec that cannot be read or is invalid is a finding"),
        ("2", "wrong usage, a bad configuration, a missing path, or nothing to lint"),
        ("3", "an internal error: one line, and with `--debug` the traceback; the other files are still reported"),
    )
    yield from table("Code", "Meaning", rows=codes)
    for command in commands:
        yield from _command(command)


def environment_table() -> Iterator[str]:
    """Yield the table of the variables that stand for options, with the commands that read them."""
    readers: dict[str, tuple[Option, list[str]]] = {}
    for name in COMMANDS:
        for option in load(name).options:
            if option.env is not None:
                readers.setdefault(option.env, (option, []))[1].append(f"`{name}`")
    rows = ([f"`{env}`", f"`{option.name}`", ", ".join(names), _meaning(option)] for env, (option, names) in readers.items())
    yield from table("Variable", "Stands for", "Of", "Meaning", rows=rows)


def _command(command: Command) -> Iterator[str]:
    usage = " ".join(["rflint", command.name, "[OPTIONS]", *(argument.usage for argument in command.arguments)])
    yield from ("", f"## rflint {command.name}", "", command.help, "", "```text", usage, "```")
    if command.arguments:
        rows = [[f"`{each.name}`", sentences(each.help, _choices(each.choices))] for each in command.arguments]
        yield from ("", *table("Argument", "Meaning", rows=rows))
    grouped = sections(command.options)
    for title, options in grouped:
        if len(grouped) > 1:
            yield from ("", f"**{title}**")
        yield from ("", *table("Option", "Meaning", "Default", "Environment", rows=map(_option_row, options)))


def _option_row(option: Option) -> Sequence[str]:
    names = ", ".join(f"`{name}`" for name in (option.short, option.name) if name)
    value = f" `{option.metavar}`" if option.metavar else ""
    again = "May be repeated." if option.repeatable else ""
    default = f"`{option.default}`" if option.default else ""
    env = f"`{option.env}`" if option.env else ""
    return names + value, sentences(_meaning(option), again), default, env


def _meaning(option: Option) -> str:
    return sentences(option.help, _choices(option.choices))


def _choices(choices: Sequence[str]) -> str:
    return f"One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""
