"""`github`: workflow commands, which GitHub Actions turns into annotations of the lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rflint.formatters.annotations import headline, last_line, paragraphs, reported
from rflint.model import NOWHERE, Diagnostic, Report, Span
from rflint.words import Style, safe

_LEVELS: Final[Mapping[str, str]] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Write one command, which is one line, per finding."""
    return "".join(f"{_command(finding)}\n" for finding in reported(report))


def _command(finding: Diagnostic) -> str:
    span = finding.span
    # The title stands first because the runner trims the list: a path may begin or end with a space.
    properties: dict[str, str | int] = {
        "title": f"rflint ({headline(finding)})",
        "file": finding.path,
    }
    if span != NOWHERE:
        properties |= _lines(span)
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    first, *rest = paragraphs(finding)
    # The log shows the text only, and nothing of the properties.
    lines = [f"{safe(finding.path)}{safe(finding.position)}: {finding.code}: {first}", *rest]
    return f"::{_LEVELS[finding.severity]} {listed}::{'%0A'.join(map(_data, lines))}"


def _lines(span: Span) -> dict[str, str | int]:
    properties: dict[str, str | int] = {"line": span.line}
    end = last_line(span)
    if end == span.line:  # columns of a span of several lines are refused
        properties["col"] = span.column
    properties["endLine"] = end
    if span.end_line == span.line:
        properties["endColumn"] = span.end_column
    return properties


def _data(text: str) -> str:
    """Escape as the runner unescapes (actions/runner, `ActionCommand.cs`); what else could act on a terminal is shown as text."""
    return safe(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
