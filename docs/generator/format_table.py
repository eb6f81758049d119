"""Table of the output formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.markdown import table
from rflint.formatters import FORMATS, of_command

if TYPE_CHECKING:
    from collections.abc import Iterator


def format_table() -> Iterator[str]:
    """Yield a row for each format."""
    rows = ([f"`{name}`", _commands(name), form.readers, form.severities or "-", form.suppressed or "-"] for name, form in FORMATS.items())
    return table("Format", "Of", "Read by", "Errors, warnings, infos become", "Suppressed findings", rows=rows)


def _commands(name: str) -> str:
    """Commands that offer a format; `*` marks the one whose default it is."""
    return ", ".join(f"`{command}`{'*' if of_command(command)[0] == name else ''}" for command in FORMATS[name].commands)
