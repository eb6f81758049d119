"""Names and values as messages show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rflint.model.finding import Remedy, SiteEdit
from rflint.reading.scalars import plain
from rflint.words.wording import counted, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rflint.model.site import Site

_LONGEST: Final = 100


def clip(name: str) -> str:
    """Cut a name that would drown the message."""
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def respelled(where: Site, name: str) -> Remedy:
    """Put another name in the place of one that stands for nothing; whether it is the one that was meant is not certain."""
    return Remedy((SiteEdit(where, plain(name)),), safe=False)


def shown(value: object) -> str:
    """Name a value that came from an expression."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 128 else "a number of many digits"
    if isinstance(value, str):
        return f'the text "{clip(value)}"' if value else "empty text"
    if isinstance(value, list):
        return f"a list with {counted(len(value), 'entry', 'entries')}" if value else "an empty list"
    return str(value)


def listed(names: Sequence[str], word: str) -> str:
    """Names in a sentence: `a`, `b` and `c`."""
    return listing([f"`{clip(name)}`" for name in names], word=word)
