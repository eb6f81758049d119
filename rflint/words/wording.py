"""Numbers and lists as sentences have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 error`, `2 errors`, `1,200 entries`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def listing(items: Sequence[str], most: int | None = None, word: str = "and") -> str:
    """Join to `a`, `a and b`, `a, b and c`; past `most`, `a, b and 20 more`."""
    if most is not None and len(items) > most:
        items = [*items[: most - 1], f"{len(items) - most + 1:,} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"
