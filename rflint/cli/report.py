"""`rflint report`: the table of every layer, and the findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rflint.cli.commands import LINTING, PATHS, Arguments, Command, Conflict, Option, format_option
from rflint.cli.streams import Streams
from rflint.formatters import of_command
from rflint.model import UsageError
from rflint.words import Choice, did_you_mean

if TYPE_CHECKING:
    from rflint.model.figures import Earlier

_MOST_LEVELS: Final = 1000


def run(arguments: Arguments, streams: Streams) -> int:
    """Lint, print the tables, return the exit code."""
    from rflint.cli import linting  # noqa: PLC0415 - `report --help` needs none of it

    choice = Choice(
        only=arguments.texts("only"),
        ops=_words(arguments.texts("op")),
        outputs=arguments.flag("outputs"),
        columns=tuple(_column(word, "--columns") for word in _words(arguments.texts("columns"))),
        sort=_column(word, "--sort") if (word := arguments.optional("sort")) else "",
        depth=levels(arguments.optional("depth")),
        every=arguments.flag("all"),
    )
    return linting.run(arguments, streams, layers=True, choice=choice, against=_against(arguments.optional("against")))


def _against(path: str | None) -> Earlier | None:
    """Read the older report; raises UsageError."""
    if path is None:
        return None
    from rflint.formatters import overview  # noqa: PLC0415 - start-up
    from rflint.project import files  # noqa: PLC0415 - start-up

    try:
        return overview.earlier(files.read_bytes(path).decode("utf-8"), path)
    except OSError as error:
        raise UsageError(f"--against: `{path}` {files.why_unreadable(error)}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--against: `{path}` is no text") from None
    except ValueError as error:
        raise UsageError(f"--against: `{path}` {error}; `rflint report --format json -o {path}` writes one") from None


def _words(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for text in texts for word in map(str.strip, text.split(",")) if word)


def _column(word: str, option: str) -> str:
    from rflint.formatters import columns  # noqa: PLC0415 - start-up

    if (name := columns.called(word)) is None:
        known = [column.name for column in columns.COLUMNS]
        raise UsageError(f"{option}: there is no column `{word}`{did_you_mean(word, known)} (columns: {', '.join(known)})")
    return name


def levels(text: str | None) -> int | None:
    """Read `--depth`; raises UsageError."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= _MOST_LEVELS):
        raise UsageError(f"--depth: `{text}` is not a number of levels from 1 to {_MOST_LEVELS:,}")
    return int(text)


CONFLICTS: Final = (
    Conflict(
        ("--against",),
        ("--format text", "--format csv", "--format json", "--format badge", "--format html"),
        "{one} is told in a table of all specs, which {other} does not have: use --format markdown",
    ),
    Conflict(("--all",), ("--depth",), "{one} shows every layer and {other} folds some: use one of them"),
    Conflict(
        ("--columns", "--sort", "--depth", "--all"), ("--format json",), "{one} lays out a table, and {other} has all fields of all layers"
    ),
    Conflict(
        ("--only", "--op", "--outputs", "--columns", "--sort", "--depth", "--all"),
        ("--format html",),
        "{one} lays out a table, and the page of {other} shows every layer",
    ),
    Conflict(("--with-geometry",), (), "--with-geometry adds to --format json", unless=("--format json", "--format html")),
)

COMMAND = Command(
    name="report",
    help="Print the table of all layers, and the findings.",
    run=run,
    arguments=(PATHS,),
    options=(
        format_option(*of_command("report")),
        Option(
            "--only",
            "Layers of this name, or inside an instance of it: a glob, `*` stands for anything.",
            "GLOB",
            repeatable=True,
            group="Table",
        ),
        Option("--op", "Layers of these ops, with commas.", "OPS", repeatable=True, group="Table"),
        Option("--outputs", "Outputs, and layers with a target, only.", group="Table"),
        Option(
            "--columns",
            "Columns, with commas: those of CSV, such as receptive_field, lookahead or drift (default: what has something to say and "
            "has room).",
            "COLUMNS",
            repeatable=True,
            group="Table",
            words="columns",
        ),
        Option("--sort", "Sort by a column, the largest first.", "COLUMN", group="Table", words="columns"),
        Option(
            "--depth",
            "Fold what lies deeper than N levels of names into one row each (default: as few as show more than one row, in tables of more "
            "than 60 layers that are not pointwise).",
            "N",
            group="Table",
        ),
        Option(
            "--with-geometry",
            "Add to JSON what pictures need: which samples each layer reads, both paths of misalignments, the text of lines.",
            group="Table",
        ),
        Option("--all", "A row for every layer: nothing folded, no pointwise layer left out.", group="Table"),
        Option(
            "--against",
            "An older report, of --format json: the table of all specs says what was another thing there.",
            "FILE",
            group="Table",
        ),
        *LINTING,
    ),
    conflicts=CONFLICTS,
)
