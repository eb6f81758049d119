"""Values of fields as people write them: one for all axes where they share it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def brief(values: Sequence[Any]) -> Any:
    """Return one value for all axes where they share it."""
    return values[0] if all(each == values[0] for each in values) else list(values)


def paddings(low: Sequence[int], high: Sequence[int]) -> Any:
    """Return padding as it is written: one number of samples, one for each axis, or pairs of them."""
    each = [one if one == two else [one, two] for one, two in zip(low, high, strict=True)]
    # One pair for all axes would read as one number for each.
    return each if any(isinstance(pair, list) for pair in each) else brief(each)
