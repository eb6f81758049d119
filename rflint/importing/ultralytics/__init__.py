"""Ultralytics model files: rows `[from, repeats, module, arguments]` below `backbone:` and `head:`.

What a module does stands in tables of our own, after the papers that introduced each and what networks built from them do.
"""

from __future__ import annotations

from typing import BinaryIO

from rflint.importing.draft import Draft, Wishes
from rflint.importing.ultralytics.rows import Reader, parsed


def read(stream: BinaryIO, name: str, wishes: Wishes) -> Draft:
    """Read a model from an open file; raises ImportFailure."""
    return Reader(parsed(stream), name, wishes).read()
