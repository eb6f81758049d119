"""Arrays of a running model as maps of a spec: which dimension holds which axis, as the importer of its format found it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Final

import numpy as np

from rflint.importing import TOKENS, Part, Value
from rflint.verifying.measuring import Run, Seen

#: Positions that are no samples before those that are, at most.
_MOST_BEFORE: Final = 5
_NO_MAP: Final = "a value that is no map"

#: Inputs and layers of the spec -> where the model holds their maps, at some sizes of the inputs; raises ImportFailure.
Located = Callable[[Mapping[str, tuple[int, ...]]], Mapping[str, Value]]


def held(value: Value) -> np.ndarray:
    """Return what an input holds that is not lit: ones."""
    return np.ones([prod(part.size for part in dim) for dim in value.dims or ()], np.float32)


def lit(value: Value, axis: int, stretch: tuple[int, int]) -> np.ndarray:
    """Return what an input holds: ones in a stretch of an axis, else zeros."""
    array = held(value)
    along = next((number for number, dim in enumerate(value.dims or ()) if any(part.axis == axis for part in dim)), None)
    if along is not None:
        rows = np.moveaxis(array, along, 0)
        rows[: stretch[0]] = rows[stretch[1] + 1 :] = 0.0
    return array


def seen_in(array: np.ndarray, value: Value, run: Run, expected: tuple[int, ...] | None) -> Seen | str:
    """Reduce a tensor to the samples along the axis that depend on the lit stretch."""
    dims = value.dims or ()
    if any(part.axis == TOKENS for dim in dims for part in dim):
        return _of_tokens(array, dims, run.axis, expected)
    if len(array.shape) == len(dims):
        # One channel may stand for all.
        dims = tuple(() if size == 1 and all(part.axis < 0 for part in dim) else dim for size, dim in zip(array.shape, dims, strict=True))
    shape = [part.size for dim in dims for part in dim]
    if array.size != prod(shape):
        return _NO_MAP
    parts = [part for dim in dims for part in dim]
    sizes: dict[int, int] = {}
    for part in parts:
        sizes[part.axis] = sizes.get(part.axis, 1) * part.size
    size = tuple(sizes.get(axis, 1) for axis in range(len(run.sizes[run.input])))
    along = sorted((number for number, part in enumerate(parts) if part.axis == run.axis), key=lambda number: -parts[number].step)
    whole = array.reshape(shape)
    row = whole.max(axis=tuple(number for number in range(len(parts)) if number not in along))
    # Parts of an axis may stand in any order.
    return Seen(size, (bits(row.transpose([sorted(along).index(number) for number in along]).reshape(-1)),))


def _of_tokens(array: np.ndarray, dims: Sequence[Sequence[Part]], axis: int, expected: tuple[int, ...] | None) -> Seen | str:
    place = next(number for number, dim in enumerate(dims) if any(part.axis == TOKENS for part in dim))
    surplus = array.shape[place] - prod(expected or ())
    if expected is None or not 0 <= surplus <= _MOST_BEFORE:
        return _NO_MAP
    row = np.moveaxis(array, place, 0)[surplus:].reshape(*expected, -1)
    return Seen(expected, (bits(np.moveaxis(row, axis, 0).reshape(expected[axis], -1).max(1)),))


def bits(row: np.ndarray) -> int:
    """Return positions that are positive, as bits."""
    return sum(1 << int(number) for number in np.flatnonzero(row > 0.5))
