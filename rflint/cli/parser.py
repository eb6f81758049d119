"""A strict reader of command lines: what the table does not name is an error.

Follows the conventions of getopt and click: options and arguments in any order, `--name value`, `--name=value`,
`-o value`, `-ovalue`, `--` ends the options, the last of a repeated option counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rflint.cli.commands import Argument, Arguments, Command, Option, Value
from rflint.model import UsageError
from rflint.words import did_you_mean


class HelpWanted(Exception):  # noqa: N818 - no error: the line asks for help
    """`--help` stands on the command line."""


def parse(command: Command, argv: Sequence[str], environ: Mapping[str, str]) -> Arguments:
    """Read the words after a command's name.

    Raises UsageError for what the table does not allow, HelpWanted for `--help`.
    """
    given: dict[str, list[str]] = {}
    positional: list[str] = []
    wants_help = False
    for key, value in _words(command, argv):
        if key == "help":
            wants_help = True
        elif key is None:
            positional.append(value)
        else:
            given.setdefault(key, []).append(value)
    if wants_help:
        raise HelpWanted
    values: dict[str, Value] = {}
    sources: dict[str, str] = {}
    for option in command.options:
        source, texts = _given(option, given.get(option.key), environ)
        values[option.key] = _option_value(option, source, texts)
        if source:
            sources[option.key] = source
    values.update(_positional_values(command, positional))
    return Arguments(values, sources)


def _words(command: Command, argv: Sequence[str]) -> Iterator[tuple[str | None, str]]:
    """Pair each value with the key of its option, None for a positional one; flags and `help` have an empty value."""
    long = {option.name: option for option in command.options}
    short = {option.short: option for option in command.options if option.short}
    words = iter(argv)
    for word in words:
        if word == "--":
            yield from ((None, rest) for rest in words)
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            option = long.get(name)
            if name == "--help" and not equals:
                yield "help", ""
            elif option is None:
                raise UsageError(_no_such_option(name, command))
            elif option.metavar is None:
                if equals:
                    raise UsageError(f"`{name}` takes no value")
                yield option.key, ""
            else:
                yield option.key, value if equals else _next(words, option)
        elif word.startswith("-") and word != "-":
            yield from _short(word, short, words, command)
        else:
            yield None, word


def _short(word: str, short: Mapping[str, Option], words: Iterator[str], command: Command) -> Iterator[tuple[str, str]]:
    for place, letter in enumerate(word[1:], start=2):
        option = short.get(f"-{letter}")
        if letter == "h":
            yield "help", ""
        elif option is None:
            raise UsageError(_no_such_option(word if len(word) > 2 else f"-{letter}", command))
        elif option.metavar is None:
            yield option.key, ""
        else:
            yield option.key, word[place:] or _next(words, option)
            return


def _next(words: Iterator[str], option: Option) -> str:
    if (value := next(words, None)) is None:
        raise UsageError(f"`{option.name}` needs a value ({_wanted(option)})")
    return value


def _wanted(option: Option) -> str:
    return f"one of {', '.join(option.choices)}" if option.choices else option.metavar or ""


#: What other linters call options of ours.
_OTHER_NAMES: Final[Mapping[str, str]] = {
    "--min-severity": "--show",
    "--level": "--show",
    "--verbose": "--show",
    "--fail-level": "--fail-on",
    "--max-severity": "--fail-on",
    "--output-format": "--format",
    "--disable": "--ignore",
    "--enable": "--select",
    "--rules": "--select",
    "--dry-run": "--diff",
    "--input-size": "--size",
    "--shape": "--size",
}


def _no_such_option(name: str, command: Command) -> str:
    known = [option.name for option in command.options]
    meant = _OTHER_NAMES.get(name)
    hint = f"; did you mean `{meant}`?" if meant in known else did_you_mean(name, known)
    return f"unknown option `{name}` of `{command.name}`{hint} (`rflint {command.name} --help` lists them)"


def _given(option: Option, typed: list[str] | None, environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """Name what gives an option its values, which is empty where nothing does, and the values."""
    if typed is not None:
        return option.name, typed
    text = environ.get(option.env, "") if option.env else ""
    texts = text.split() if option.repeatable else [text] if text else []
    return (option.env or "", texts) if texts else ("", [])


def _option_value(option: Option, source: str, given: list[str]) -> Value:
    if option.metavar is None:
        return bool(source)
    if not source:
        return () if option.repeatable else option.default
    counting = given if option.repeatable else given[-1:]
    if "" in counting:  # a variable of a script that is not set: nobody wants what leaving the option out would do
        raise UsageError(f"`{source}` has an empty value; it needs one ({_wanted(option)}) or is to be left out")
    _check_choices(source, counting, option.choices)
    return tuple(counting) if option.repeatable else counting[0]


def _positional_values(command: Command, given: list[str]) -> Iterator[tuple[str, Value]]:
    rest = iter(given)
    for argument in command.arguments:
        taken = list(rest) if argument.repeatable else [value for value in (next(rest, None),) if value is not None]
        if argument.required and not taken:
            raise UsageError(f"`rflint {command.name}` needs {argument.name}: {_lowered(argument)}")
        _check_choices(argument.name, taken, argument.choices)
        yield argument.key, tuple(taken) if argument.repeatable else taken[0] if taken else None
    if (surplus := next(rest, None)) is not None:
        raise UsageError(f"`rflint {command.name}` does not take `{surplus}` (`rflint {command.name} --help` says what it takes)")


def _lowered(argument: Argument) -> str:
    return argument.help[:1].lower() + argument.help[1:].rstrip(".")


def _check_choices(source: str, values: Iterable[str], choices: tuple[str, ...]) -> None:
    for value in values:
        if choices and value not in choices:
            raise UsageError(f"{source}: `{value}` is not one of {', '.join(choices)}{did_you_mean(value, choices)}")
