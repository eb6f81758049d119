"""JSON whose readers may keep numbers as binary64, as JavaScript does: whole numbers that would lose digits there are texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

#: Beyond it not every whole number is a binary64.
_LARGEST: Final = 2**53
#: As many digits as the first number beyond it has.
_LONG: Final = re.compile("[0-9]{16}")


def dumps(value: object, *, indent: int | None = None, default: Callable[[object], object] | None = None) -> str:
    """Write JSON, whole numbers beyond 2^53 as texts; all of it is ASCII, so nothing in it can act on a terminal."""
    text = json.dumps(value, indent=indent, default=default)
    if _LONG.search(text) is None:
        return text
    return json.dumps(_exact(value, default), indent=indent)


def _exact(value: Any, default: Callable[[object], object] | None) -> Any:
    if isinstance(value, int):  # no bool is that large
        return str(value) if abs(value) > _LARGEST else value
    if isinstance(value, Mapping):
        return {key: _exact(each, default) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(each, default) for each in value]
    return value if default is None or value is None or isinstance(value, (str, float)) else _exact(default(value), default)
