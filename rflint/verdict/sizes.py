"""Sizes as people write them, on the command line and in Python."""

import re
from typing import Final

from rflint.model import UsageError
from rflint.verdict.options import SizeOverride

#: Of an input or a tile, in samples.
LARGEST_SIZE: Final = 2**31 - 1
_SIZE: Final = re.compile(r"none|(?:\?|[0-9]{1,10})(?:x(?:\?|[0-9]{1,10}))*")


def read_size(text: str, what: str) -> SizeOverride:
    """Read `321`, `321x224`, `image=321x224`, `none` or `?x224`; raises UsageError, which begins with `what` was written."""
    name, equals, size = text.rpartition("=")
    if not _SIZE.fullmatch(size) or (equals and not name):
        raise UsageError(f"{what}: `{text}` is not a size; write 321, 321x224, image=321x224, or none for unknown")
    extents = tuple(None if extent in {"none", "?"} else int(extent) for extent in size.split("x"))
    check_range(extents, what, text)
    return name or None, extents


def check_range(sizes: tuple[int | None, ...], what: str, text: str) -> None:
    """Refuse sizes that no map has; raises UsageError."""
    if any(size is not None and not 1 <= size <= LARGEST_SIZE for size in sizes):
        raise UsageError(f"{what}: `{text}` is out of range; sizes are at least 1 and at most {LARGEST_SIZE:,}")
