"""Pieces of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

GENERATED: Final = "<!-- Generated: `pytest --update tests/test_docs.py` writes it, do not edit. -->"


def lines(of: Iterable[str]) -> str:
    """Join lines, each with its end."""
    return "".join(f"{line}\n" for line in of)


def trimmed(text: str) -> str:
    """Strip the ends of lines and of the text."""
    return lines(line.rstrip() for line in text.rstrip("\n").split("\n"))


def table(*heads: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def alternatives(words: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} or {words[-1]}"


def sentences(*texts: str) -> str:
    """Join those that are there."""
    return " ".join(text for text in texts if text)
