"""Names in messages, and in the place of others."""

from __future__ import annotations

from collections.abc import Sequence

from rflint.model import Remedy, Site, SiteEdit
from rflint.reading.scalars import plain
from rflint.words import clip, quoted


def respelled(where: Site, name: str) -> Remedy:
    """Put another name in the place of one that stands for nothing; whether it is the one that was meant is not certain."""
    return Remedy((SiteEdit(where, plain(name)),), safe=False)


def several(where: Site, names: Sequence[str]) -> Remedy:
    """Put a list of names in the place of one text."""
    return Remedy((SiteEdit(where, f"[{', '.join(map(plain, names))}]"),))


def listed(names: Sequence[str], word: str) -> str:
    """Names in a sentence, all of them: `a`, `b` and `c`."""
    return quoted(list(map(clip, names)), None, word)
