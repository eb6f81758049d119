"""The command line as data: what commands exist, and the options that several of them share.

Two interpreters read it: `parser`, on the way of every run, and `app`, which builds the typer application for
`--help` and shell completion.  A test holds them to the same answers.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from keyword import iskeyword
from typing import Final, NamedTuple, cast

from rflint.cli.streams import Streams
from rflint.model import UsageError

#: Exit codes beside 0, the same for every command and format.
FINDINGS: Final = 1
USAGE: Final = 2
INTERNAL_ERROR: Final = 3
#: By convention 128 + SIGINT.
INTERRUPTED: Final = 130

#: Value of an option or argument: a text, one of its choices, True for a flag given; a tuple where it may be repeated.
Value = str | bool | tuple[str, ...] | None

#: Headings under which people read the options of a command that has many, in this order.
GROUPS: Final = (
    "Model",
    "Spec",
    "Renewing",
    "What to lint",
    "Table",
    "Rules",
    "Fixes",
    "Baseline",
    "Output",
    "Exit code",
    "Settings",
    "Running",
)
#: As many options as need no headings.
_FEW: Final = 12


class Option(NamedTuple):
    """An option: a flag when it has no `metavar`."""

    name: str
    help: str
    metavar: str | None = None
    short: str | None = None
    choices: tuple[str, ...] = ()
    repeatable: bool = False
    default: str | None = None
    #: Environment variable that stands for the option where it is not given.
    env: str | None = None
    #: What it is for: one of GROUPS, where the command has many options.
    group: str = ""
    #: What shells complete a value with, where that is no choice of a few: a kind of `words`.
    words: str = ""

    @property
    def key(self) -> str:
        """Name among the parsed arguments: `fail_on`; `from_`, as a parameter may not be called `from`."""
        return _key(self.name)


def _key(name: str) -> str:
    key = name.removeprefix("--").replace("-", "_")
    return f"{key}_" if iskeyword(key) else key


class Argument(NamedTuple):
    """A positional argument; a repeatable one takes all the rest."""

    name: str
    help: str
    required: bool = False
    repeatable: bool = False
    choices: tuple[str, ...] = ()
    #: As of an option.
    words: str = ""

    @property
    def key(self) -> str:
        """Name among the parsed arguments."""
        return self.name.lower()

    @property
    def usage(self) -> str:
        """How a line of usage writes it: `SPEC`, `[PATHS...]`."""
        name = f"{self.name}..." if self.repeatable else self.name
        return name if self.required else f"[{name}]"


class Arguments:
    """Parsed values by key, with one accessor per type."""

    __slots__ = ("_sources", "values")

    def __init__(self, values: Mapping[str, Value], sources: Mapping[str, str] | None = None) -> None:
        self.values = values
        #: Key -> option or environment variable, of those that were given.
        self._sources = sources or {}

    def source(self, key: str) -> str:
        """Name of what gave a value: `--select`, or `RFLINT_SELECT` where the environment did; empty: nothing."""
        return self._sources.get(key, "")

    def typed(self, key: str) -> bool:
        """Whether an option stands on the command line itself."""
        return self.source(key).startswith("-")

    def has(self, written: str) -> bool:
        """Whether something was given, as one writes it: `--fix`, `--format json`, or `-` among the paths."""
        if written == "-":
            return "-" in self.texts("paths")
        name, _, value = written.partition(" ")
        given = self.values[_key(name)]
        return given == value if value else bool(given)

    def with_values(self, **values: Value) -> "Arguments":
        """Return the same with other values."""
        return Arguments({**self.values, **values}, self._sources)

    def flag(self, key: str) -> bool:
        """Whether a flag was given; no for one that the command does not have."""
        return self.values.get(key) is True

    def text(self, key: str) -> str:
        """Value of an option or argument that always has one."""
        return cast("str", self.values[key])

    def optional(self, key: str) -> str | None:
        """Value of an option or argument, None where it was not given."""
        return cast("str | None", self.values[key])

    def texts(self, key: str) -> tuple[str, ...]:
        """Values of a repeatable option or argument, in order."""
        return cast("tuple[str, ...]", self.values[key])


class Conflict(NamedTuple):
    """Options that do not go together, written as `Arguments.has` takes them."""

    #: One of these ...
    one: tuple[str, ...]
    #: ... with another of these; empty: by itself.
    other: tuple[str, ...]
    #: `{one}` and `{other}` are those that were given.
    why: str
    #: With one of these, all is well.
    unless: tuple[str, ...] = ()


class Command(NamedTuple):
    """One command; `run` returns the exit code."""

    name: str
    help: str
    run: Callable[[Arguments, Streams], int]
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    def refuse_conflicts(self, arguments: Arguments) -> None:
        """Raise UsageError for the first of the conflicts that there is."""
        for conflict in self.conflicts:
            one = next(filter(arguments.has, conflict.one), None)
            other = next((name for name in conflict.other if name != one and arguments.has(name)), None)
            if one and (other or not conflict.other) and not any(map(arguments.has, conflict.unless)):
                raise UsageError(conflict.why.format(one=one, other=other))


def words(kind: str) -> Sequence[str]:
    """Words that shells complete a value with: codes and names of `rules`, names of `columns` and of the specs of the `zoo`; else none."""
    if kind == "rules":
        from rflint.project import plugins  # noqa: PLC0415 - only for completion

        return [word for code, name in plugins.load().rule_names.items() for word in (code, name)]
    if kind == "columns":
        from rflint.formatters import columns  # noqa: PLC0415 - only for completion

        return [column.name for column in columns.COLUMNS]
    if kind == "zoo":
        from pathlib import Path  # noqa: PLC0415 - only for completion

        from rflint.resources import folder  # noqa: PLC0415 - only for completion

        return sorted(path.stem for path in Path(folder("specs")).glob("*.yaml"))
    return ()


def sections(options: Sequence[Option]) -> Sequence[tuple[str, Sequence[Option]]]:
    """Group the options of a command for whoever reads them; few options stay together."""
    if len(options) <= _FEW:
        return (("Options", options),)
    grouped = ((group, [option for option in options if option.group == group]) for group in GROUPS)
    return [(group, members) for group, members in grouped if members]


#: Every command and the module that holds it as `COMMAND`, in the order of `--help`.
COMMANDS: Final[Mapping[str, str]] = {
    "check": "rflint.cli.check",
    "report": "rflint.cli.report",
    "locate": "rflint.cli.locate",
    "sizes": "rflint.cli.sizes",
    "tiles": "rflint.cli.tiles",
    "graph": "rflint.cli.graph",
    "plot": "rflint.cli.plot",
    "diff": "rflint.cli.diff",
    "import": "rflint.cli.import_",
    "export": "rflint.cli.export",
    "verify": "rflint.cli.verify",
    "explain": "rflint.cli.explain",
    "rules": "rflint.cli.rules",
    "schema": "rflint.cli.schema",
    "zoo": "rflint.cli.zoo",
    "init": "rflint.cli.init",
    "lsp": "rflint.lsp.command",
}


def load(name: str) -> Command:
    """Import the module of a command: only the one that runs is ever imported."""
    return cast("Command", import_module(COMMANDS[name]).COMMAND)


DEBUG: Final = Option("--debug", "On an internal error, print the traceback.", group="Running")
COLOR: Final = Option(
    "--color",
    "Colour the output.",
    "WHEN",
    choices=("auto", "always", "never"),
    default="auto",
    env="RFLINT_COLOR",
    group="Output",
)
OUTPUT: Final = Option("--output", "Write to this file instead of standard output, all or nothing.", "FILE", short="-o", group="Output")


def format_option(*choices: str, env: str | None = None) -> Option:
    """Declare `--format`; the first choice is the default."""
    return Option("--format", "Form of the output.", "FORMAT", choices=choices, default=choices[0], env=env, group="Output")


PATHS: Final = Argument(
    "PATHS", "Specs, folders to search for YAML files with a top-level `rflint:` key, or - for standard input.", repeatable=True
)

#: Where settings come from; options of every command that reads specs.
SURROUNDINGS: Final[Sequence[Option]] = (
    Option("--stdin-filename", "Name of what standard input holds, for messages, configuration and imports.", "PATH", group="What to lint"),
    Option(
        "--config",
        "Configuration file to use instead of the nearest rflint.toml, .rflint.toml or pyproject.toml.",
        "FILE",
        env="RFLINT_CONFIG",
        group="Settings",
    ),
    Option("--isolated", "Use no configuration file.", group="Settings"),
)

#: How sizes of inputs are written on a command line.
SIZE: Final = Option(
    "--size",
    "Override input sizes: 321, one number per axis in the order of `axes` (y, x by default: the height first) such as 360x640, "
    "image=360x640, or none (unknown).",
    "SIZE",
    repeatable=True,
    group="What to lint",
)

#: Options of every command that lints specs.
LINTING: Final[Sequence[Option]] = (
    SIZE._replace(help=f"{SIZE.help[:-1]}; `expect` is then not checked."),
    OUTPUT,
    COLOR,
    Option(
        "--select",
        "Rules to report instead of those of the configuration: codes, prefixes, names or ALL, with commas.",
        "RULES",
        repeatable=True,
        env="RFLINT_SELECT",
        group="Rules",
        words="rules",
    ),
    Option(
        "--extend-select", "Rules to report as well.", "RULES", repeatable=True, env="RFLINT_EXTEND_SELECT", group="Rules", words="rules"
    ),
    Option("--ignore", "Rules to leave out.", "RULES", repeatable=True, env="RFLINT_IGNORE", group="Rules", words="rules"),
    Option(
        "--severity",
        "Severity of a rule: RF301=error, target-too-large=off (off, info, warning, error).",
        "RULE=SEVERITY",
        repeatable=True,
        env="RFLINT_SEVERITY",
        group="Rules",
    ),
    Option("--exclude", "Files and folders to leave out, as a glob.", "GLOB", repeatable=True, env="RFLINT_EXCLUDE", group="What to lint"),
    Option("--force-exclude", "Leave excluded files out even when they are named (for pre-commit).", group="What to lint"),
    Option(
        "--fail-on",
        "Least severity that makes the exit code 1 (default: warning).",
        "SEVERITY",
        choices=("error", "warning", "info", "never"),
        env="RFLINT_FAIL_ON",
        group="Exit code",
    ),
    Option(
        "--show",
        "Least severity that is shown finding by finding (default: warning, or info under --fail-on info); what is below is summed up. "
        "Formats for programs have all findings.",
        "SEVERITY",
        choices=("error", "warning", "info"),
        env="RFLINT_SHOW",
        group="Output",
    ),
    Option("--quiet", "Print the findings, or the tables, and nothing else.", short="-q", group="Output"),
    Option("--no-ignores", "Report what specs suppress as well.", group="Rules"),
    Option(
        "--baseline",
        "File of findings that are known and not reported (see --write-baseline).",
        "FILE",
        env="RFLINT_BASELINE",
        group="Baseline",
    ),
    Option(
        "--with-dependents",
        "Lint the specs that import or extend a named file, too; without PATHS, those alone that import or extend a file whose "
        "deletion is staged.",
        group="What to lint",
    ),
    Option("--jobs", "Number of processes; 0: one for each processor (default: 1).", "N", short="-j", env="RFLINT_JOBS", group="Running"),
    Option("--exit-zero", "Exit with 0 where findings would make it 1.", group="Exit code"),
    Option("--allow-empty", "Nothing to lint is no error.", group="Exit code"),
    *SURROUNDINGS,
    DEBUG,
)

#: Options under which rules are silent that would otherwise speak: what is not found may be there.
NARROWING: Final = ("--select", "--ignore", "--severity", "--size")
