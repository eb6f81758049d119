"""Formats of a report: each is a module with one pure function, `render(report, style) -> str`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rflint.model.report import Report
    from rflint.words.terminal import Style

__all__ = ["FORMATS", "cells", "fixes", "locate", "markdown", "page", "prose", "render", "sizes", "statistics", "table"]

#: Name on the command line -> module; imported when asked for.
FORMATS: Final[Mapping[str, str]] = {
    "full": "rflint.formatters.full",
    "concise": "rflint.formatters.concise",
    "text": "rflint.formatters.text",
    "markdown": "rflint.formatters.markdown",
    "csv": "rflint.formatters.csv",
    "json": "rflint.formatters.json",
    "sarif": "rflint.formatters.sarif",
    "github": "rflint.formatters.github",
    "gitlab": "rflint.formatters.gitlab",
    "junit": "rflint.formatters.junit",
    "rdjson": "rflint.formatters.rdjson",
}


def render(name: str, report: Report, style: Style) -> str:
    """Write a report out in the format of this name; the text ends with a newline, or is empty."""
    return cast("str", import_module(FORMATS[name]).render(report, style))
