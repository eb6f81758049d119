"""Every generated page, figure and schema, as it should be.

Rule pages, their figures, the pictures of pictures.md, the command reference and the JSON schemas are generated whole.  In
the other pages (README.md and docs/*.md) only what stands after the marks of `generator.marks` is filled in, the rest is
written by hand.
`pytest --update tests/test_docs.py` writes those that differ.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from generator.action_table import action_table
from generator.command_page import command_page, environment_table
from generator.configuration_tables import config_table, limits_table
from generator.format_table import format_table
from generator.language_tables import field_table, key_table, op_table
from generator.markdown import lines
from generator.marks import filled
from generator.pictures import overview_table, pictures
from generator.rule_pages import rule_pages
from generator.schemas import schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ROOT: Final = Path(__file__).resolve().parent.parent.parent

_TABLES: Final[Mapping[str, Callable[[], Iterable[str]]]] = {
    "ops": op_table,
    "fields": field_table,
    **{name: partial(key_table, name) for name in ("spec", "input", "block", "item", "target", "facts", "source")},
    "config": config_table,
    "limits": limits_table,
    "formats": format_table,
    "environment": environment_table,
    "action": action_table,
    "overview": overview_table,
}


def pages() -> dict[str, str | None]:
    """Every page, figure and schema by its path in the repository; None for those of rules that are gone."""
    wanted: dict[str, str | None] = {**dict(rule_pages()), "docs/cli.md": lines(command_page()), **dict(schemas()), **dict(pictures())}
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        name = path.relative_to(ROOT).as_posix()
        if name not in wanted:
            wanted[name] = filled(path.read_text(encoding="utf-8"), _TABLES)
    made = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "rules").rglob("*") if path.is_file()]
    return {**dict.fromkeys(made), **wanted}
