"""The typer application, built from the table of commands: `--help`, shell completion, and a second opinion in tests.

Never on the way of a lint: importing typer and calling one command costs more than linting a file.
"""

from __future__ import annotations

import enum
import inspect
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from typing import Any

import typer
from typer.core import TyperCommand

from rflint import __version__
from rflint.cli.commands import COMMANDS, Argument, Arguments, Command, Option, Value, load, sections, words
from rflint.cli.streams import Streams

_CONTEXT = {"help_option_names": ["-h", "--help"]}

#: What to do with a command and its parsed values; returns the exit code.
Execute = Callable[[Command, Arguments], int]


def build(execute: Execute) -> typer.Typer:
    """Build the application; each of its functions hands what typer parsed to `execute`."""
    app = typer.Typer(
        name="rflint",
        help="A declarative linter for convolutional architectures: exact receptive fields, alignment, padding.",
        epilog="Exit codes: 0 nothing found, 1 findings, 2 wrong usage or nothing to lint, 3 internal error.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=_CONTEXT,
        no_args_is_help=True,
    )
    app.callback()(_root)
    for name in COMMANDS:
        command = load(name)
        settings: Any = {"help": command.help, "short_help": command.help, "context_settings": _CONTEXT, "cls": _with_sections(command)}
        app.command(name, **settings)(_function(command, execute))
    return app


def serve(argv: Sequence[str], streams: Streams) -> int:
    """Answer `--help` and completion; the exit code."""
    app = build(lambda command, arguments: command.run(arguments, streams))
    code = 0
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            app(args=list(argv), prog_name="rflint")
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0
    streams.put(printed.getvalue())
    return code


def _with_sections(command: Command) -> type[TyperCommand]:
    """Make the class of a command whose `--help` lists the options by what they are for."""

    class WithSections(TyperCommand):
        def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002 - as click calls it
            return ["[OPTIONS]", *(argument.usage for argument in command.arguments)]

        def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as click calls it
            listed = list(_help_sections(command))
            widths = [max(len(name) for name, _ in rows) for _, rows in listed]
            for (title, rows), width in zip(listed, widths, strict=True):
                with formatter.section(title):
                    formatter.write_dl(rows, col_spacing=max(widths) - width + 2)

    return WithSections


def _help_sections(command: Command) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    if command.arguments:
        yield "Arguments", [(argument.name, argument.help) for argument in command.arguments]
    *most, (last, options) = sections(command.options)
    yield from ((title, list(map(_help_row, members))) for title, members in most)
    yield last, [*map(_help_row, options), ("-h, --help", "Show this message and exit.")]


def _help_row(option: Option) -> tuple[str, str]:
    names = ", ".join(name for name in (option.short, option.name) if name)
    chosen = f" One of {', '.join(option.choices)}." if option.choices else ""
    notes = (("default", option.default), ("env", option.env))
    noted = "; ".join([*(["repeatable"] if option.repeatable else []), *(f"{what}: {value}" for what, value in notes if value)])
    return f"{names} {option.metavar or ''}".rstrip(), f"{option.help}{chosen}{f' [{noted}]' if noted else ''}"


def _root(version: bool = typer.Option(False, "--version", "-V", help="Print the version and exit.", is_eager=True)) -> None:
    if version:
        typer.echo(f"rflint {__version__}")
        raise typer.Exit


def _function(command: Command, execute: Execute) -> Callable[..., None]:
    """Make a function with the signature that typer reads a command's options from."""
    repeatable = {argument.key for argument in command.arguments if argument.repeatable}
    repeatable |= {option.key for option in command.options if option.repeatable}
    named = {option.key for option in command.options if option.metavar}

    def function(**given: object) -> None:
        values = {key: _plain(value) or (() if key in repeatable else _plain(value)) for key, value in given.items()}
        if any(value == "" or (isinstance(value, tuple) and "" in value) for value in map(values.get, named)):
            raise typer.BadParameter("an option has an empty value")
        raise typer.Exit(execute(command, Arguments(values)))

    parameters = [_argument(argument) for argument in command.arguments] + [_option(option) for option in command.options]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # how inspect documents it
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    function.__name__ = command.name
    return function


def _option(option: Option) -> inspect.Parameter:
    names = [option.name, *([option.short] if option.short else [])]
    if option.metavar is None:
        return _parameter(option.key, bool, typer.Option(False, *names, help=option.help))
    kind = _kind(option.key, option.choices, repeatable=option.repeatable, optional=option.default is None)
    metavar = None if option.choices else option.metavar
    more: Any = {"autocompletion": _completing(option.words)} if option.words else {}
    return _parameter(option.key, kind, typer.Option(option.default, *names, help=option.help, metavar=metavar, envvar=option.env, **more))


def _argument(argument: Argument) -> inspect.Parameter:
    kind = _kind(argument.key, argument.choices, repeatable=argument.repeatable, optional=not argument.required)
    more: Any = {"autocompletion": _completing(argument.words)} if argument.words else {}
    default = typer.Argument(... if argument.required else None, help=argument.help, metavar=argument.name, show_default=False, **more)
    return _parameter(argument.key, kind, default)


def _completing(kind: str) -> Callable[[str], list[str]]:
    """Complete the last of several words with commas."""

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{word}" for word in words(kind) if word.lower().startswith(last.lower())]

    return complete


def _kind(key: str, choices: tuple[str, ...], *, repeatable: bool, optional: bool) -> Any:
    """Annotation of a value: an enumeration where there are choices, as every typer knows those."""
    single: Any = enum.Enum(key, [(choice, choice) for choice in choices]) if choices else str
    kind = list[single] if repeatable else single
    return kind | None if optional else kind


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _plain(value: object) -> Value:
    """Give what the other interpreter gives for the same: texts, flags and tuples."""
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, (list, tuple)):
        return tuple(str(_plain(item)) for item in value)
    return value if isinstance(value, (bool, str)) else None
