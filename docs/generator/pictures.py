"""The pictures of docs/pictures.md, drawn by the commands that it names."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from generator.marks import examples
from generator.shell import Scratch, rflint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_PAGE: Final = "docs/pictures.md"
_FOLDER: Final = "docs/pictures"
#: File -> what draws it, of the examples of the page.
_COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "detector.svg": ("graph", "detector.yaml"),
    "decoder.svg": ("locate", "decoder.yaml", "mask", "--at", "12", "--at", "13", "--format", "svg"),
    "atrous.svg": ("locate", "atrous.yaml", "wide", "--at", "8", "--format", "svg"),
    "badge.svg": ("report", "detector.yaml", "--format", "badge"),
}


def overview_table() -> Iterator[str]:
    """The table of all specs, of two of the page, since the detector had a smaller kernel and the decoder was not there."""
    specs = _specs()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(folder)
        scratch.write({"specs/detector.yaml": specs["detector.yaml"].replace("kernel: 7", "kernel: 3").replace("padding: 3", "padding: 1")})
        scratch.rflint(["report", "specs", "--format", "json", "-o", "old.json"])
        scratch.write({f"specs/{name}": specs[name] for name in ("decoder.yaml", "detector.yaml")})
        text = scratch.rflint(["report", "specs", "--format", "markdown", "--against", "old.json"]).text
    rows = text.split("\n")
    yield from rows[2 : rows.index(next(row for row in rows if row.startswith("Since"))) + 1]


def _specs() -> Mapping[str, str]:
    return examples((_ROOT / _PAGE).read_text(encoding="utf-8"))


def pictures() -> Iterator[tuple[str, str | None]]:
    """Each picture by its path, as it should be; None for those that are gone."""
    specs = _specs()
    for path in sorted((_ROOT / _FOLDER).glob("*")):
        if path.name not in _COMMANDS:
            yield f"{_FOLDER}/{path.name}", None
    for name, command in _COMMANDS.items():
        yield f"{_FOLDER}/{name}", rflint(specs, command).text
