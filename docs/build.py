"""Build the documentation: `python docs/build.py` writes it, `--check` tells what is stale and exits with 1.

Rule pages, their figures, the command reference and the JSON schemas are generated whole.  In the other pages (README.md and docs/*.md)
only what stands after the marks of `generator.marks` is filled in, the rest is written by hand.
"""

from __future__ import annotations

import sys
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
from generator.rule_pages import rule_pages
from generator.schemas import schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent

_TABLES: Final[Mapping[str, Callable[[], Iterable[str]]]] = {
    "ops": op_table,
    "fields": field_table,
    **{name: partial(key_table, name) for name in ("spec", "input", "block", "item", "target", "facts")},
    "config": config_table,
    "limits": limits_table,
    "formats": format_table,
    "environment": environment_table,
    "action": action_table,
}


def pages() -> dict[str, str]:
    """Every page and figure by its path in the repository, as it should be."""
    wanted = {**dict(rule_pages()), "docs/cli.md": lines(command_page()), **dict(schemas())}
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        name = path.relative_to(ROOT).as_posix()
        if name not in wanted:
            wanted[name] = filled(path.read_text(encoding="utf-8"), _TABLES)
    return wanted


def stale(wanted: Mapping[str, str]) -> list[str]:
    """Pages and figures that are not as they should be, and those of rules that are gone."""
    changed = {name for name, text in wanted.items() if not (ROOT / name).is_file() or (ROOT / name).read_text(encoding="utf-8") != text}
    made = [path for path in (ROOT / "docs" / "rules").rglob("*") if path.is_file()]
    return sorted(changed | ({path.relative_to(ROOT).as_posix() for path in made} - wanted.keys()))


def main(arguments: Sequence[str]) -> int:
    """Write the stale files, or with `--check` name them; 1 where there are any to name."""
    if arguments not in ([], ["--check"]):
        raise SystemExit("usage: python docs/build.py [--check]")
    wanted = pages()
    outdated = stale(wanted)
    for name in outdated:
        sys.stdout.write(f"{name}{' is stale: run `python docs/build.py`' if arguments else ''}\n")
        path = ROOT / name
        if not arguments and name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
        elif not arguments:
            path.unlink()
    return 1 if arguments and outdated else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
