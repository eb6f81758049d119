"""The table of the GitHub Action's inputs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from generator.markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACTION: Final = Path(__file__).resolve().parents[2] / "action.yml"


def action_table() -> Iterator[str]:
    """Yield a row for each input."""
    inputs = yaml.safe_load(_ACTION.read_text(encoding="utf-8"))["inputs"]
    rows = ([f"`{name}`", f"`{each['default']}`" if each["default"] else "", each["description"]] for name, each in inputs.items())
    return table("Input", "Default", "Meaning", rows=rows)
