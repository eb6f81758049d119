"""Keras models: `.keras` archives, configurations as JSON, and the configuration in `.h5` files; no weight is read, no code is run."""

from __future__ import annotations

from typing import BinaryIO

from rflint.importing.draft import Draft, Wishes
from rflint.importing.keras.attention import OPERATIONS as ATTENTION
from rflint.importing.keras.container import config_of
from rflint.importing.keras.pointwise import OPERATIONS as POINTWISE
from rflint.importing.keras.reader import Reader
from rflint.importing.keras.shapes import OPERATIONS as SHAPES
from rflint.importing.keras.windows import OPERATIONS as WINDOWS


def read(stream: BinaryIO, name: str, wishes: Wishes) -> Draft:
    """Read a model from an open file; raises ImportFailure."""
    return Reader({**POINTWISE, **SHAPES, **WINDOWS, **ATTENTION}, wishes).read(config_of(stream), name)
