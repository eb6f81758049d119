"""Formats of a report: each is a module with one pure function, `render(report, style) -> str`."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final, NamedTuple, cast

from rflint.model import Report
from rflint.words import Style

__all__ = [
    "FORMATS",
    "Format",
    "cells",
    "charts",
    "columns",
    "csv",
    "diff",
    "diff_markdown",
    "diff_page",
    "fixes",
    "layer_rows",
    "locate",
    "markdown",
    "network",
    "network_svg",
    "network_text",
    "of_command",
    "overview",
    "page",
    "prose",
    "region",
    "render",
    "sizes",
    "statistics",
    "table",
    "tiles",
    "verify",
]


class Format(NamedTuple):
    """A format; its module bears its name, and is imported when it is asked for."""

    #: Who reads it, and as what.
    readers: str
    #: Commands that write it; the default of a command is its first format.
    commands: tuple[str, ...]
    #: What errors, warnings and infos become; empty: it has no findings.
    severities: str = ""
    #: What becomes of findings that are suppressed.
    suppressed: str = ""
    #: Whether programs read it, and hold it to rules of their own.
    for_machines: bool = False


#: Name on the command line -> format.
FORMATS: Final[Mapping[str, Format]] = {
    "full": Format("people: every finding with the lines it speaks of", ("check",), "`error`, `warning`, `info`", "counted"),
    "concise": Format("editors and `grep`: one line per finding", ("check",), "`error`, `warning`, `info`", "left out"),
    "text": Format("people: a table of the layers", ("report",), "`error`, `warning`, `info`", "counted"),
    "html": Format(
        "people: a page of its own with pictures, in which layers and cells can be looked at ([the page](report-page.md))",
        ("report",),
        "`error`, `warning`, `info`",
        "marked",
    ),
    "csv": Format("spreadsheets: a row per layer and input", ("report",)),
    "json": Format(
        "programs: everything rflint knows, by a published schema (`rflint schema report`)",
        ("check", "report"),
        "`error`, `warning`, `info`",
        "marked",
    ),
    "sarif": Format(
        "GitHub code scanning, editors: SARIF 2.1.0", ("check",), "`error`, `warning`, `note`", "marked, with the reason", for_machines=True
    ),
    "github": Format("GitHub Actions: annotations of the lines", ("check",), "`error`, `warning`, `notice`", "left out", for_machines=True),
    "gitlab": Format("GitLab: Code Quality report", ("check",), "`major`, `minor`, `info`", "left out", for_machines=True),
    "junit": Format(
        "Jenkins, GitLab and others: a test suite per file, a test per finding",
        ("check",),
        "failed where they fail the run, else passed with output",
        "left out",
        for_machines=True,
    ),
    "rdjson": Format("reviewdog: Diagnostic Format", ("check",), "`ERROR`, `WARNING`, `INFO`", "left out", for_machines=True),
    "markdown": Format(
        "people: a comment on a pull request, the gravest findings first; of `report`, the tables",
        ("check", "report"),
        "`error`, `warning`, `info`",
        "counted",
    ),
    "badge": Format("people: an image for a README, how many specs are sound or the gravest that was found", ("report",)),
}


def of_command(command: str) -> tuple[str, ...]:
    """Return the names of the formats that a command offers, its default first."""
    return tuple(name for name, form in FORMATS.items() if command in form.commands)


def render(name: str, report: Report, style: Style) -> str:
    """Write a report out in the format of this name; the text ends with a newline, or is empty."""
    return cast("str", import_module(f"rflint.formatters.{name}").render(report, style))
