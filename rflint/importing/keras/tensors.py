"""What is known of a tensor of a Keras model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from rflint.importing.draft import Part, Value

#: The channels, among the parts of a dimension; 0, 1, ... are the axes of the network.
CHANNELS: Final = -1

#: A dimension: the parts of the map that it holds, outermost first; `()` is of one position.
Dim = tuple[int, ...]


class NotExpressible(Exception):  # noqa: N818 - it ends one layer, not the import
    """The language has no op for what a layer does here."""


class Tensor(NamedTuple):
    """A view of a map: which dimension holds what, without the batch."""

    #: The item, or the input, that it is of.
    key: str
    #: None where unknown.
    dims: tuple[Dim, ...] | None
    #: Samples along each axis of the network; None where unknown.
    sizes: tuple[int | None, ...]
    channels: int | None

    def extent(self, dim: Dim) -> int | None:
        """Return the length of a dimension."""
        length = 1
        for part in dim:
            own = self.channels if part == CHANNELS else self.sizes[part]
            if own is None:
                return None
            length *= own
        return length

    @property
    def is_vector(self) -> bool:
        """Whether it has channels and nothing else."""
        return self.dims is not None and all(part == CHANNELS or self.sizes[part] == 1 for dim in self.dims for part in dim)


def value_of(name: str, tensor: Tensor) -> Value | None:
    """Say that a layer of the model, by its path, gives a map; None where sizes are open."""
    if tensor.dims is None or tensor.channels is None or None in tensor.sizes:
        return None
    sizes = {CHANNELS: tensor.channels, **dict(enumerate(each or 1 for each in tensor.sizes))}
    dims = tuple(tuple(Part(part, sizes[part]) for part in dim) for dim in tensor.dims)
    return Value(name, ((), *dims))


class Call(NamedTuple):
    """A layer at one of the places where it is called."""

    kind: str
    name: str
    config: dict[str, Any]
    #: Modules that it stands in.
    path: tuple[str, ...]
    #: Arguments as the model has them, with a Tensor for each tensor.
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    #: Shape that the model gives for the output, with the batch.
    shape: tuple[int | None, ...] | None = None

    @property
    def tensors(self) -> list[Tensor]:
        """All tensors among the arguments, in order."""
        return list(_tensors((*self.arguments, *self.keywords.values())))

    @property
    def first(self) -> Tensor:
        """The first tensor; raises NotExpressible where there is none."""
        if not (found := self.tensors):
            raise NotExpressible
        return found[0]

    def value(self, name: str, place: int, default: Any = None) -> Any:
        """Return an option of an operation: from its configuration, a keyword, or an argument."""
        if name in self.config:
            return self.config[name]
        if name in self.keywords:
            return self.keywords[name]
        return self.arguments[place] if place < len(self.arguments) else default


def _tensors(values: Sequence[Any]) -> Sequence[Tensor]:
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += _tensors(value)
        elif isinstance(value, dict):
            found += _tensors(list(value.values()))
    return found


def whole(value: Any, least: int = 1) -> int:
    """Return a whole number of a configuration; raises NotExpressible where it is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise NotExpressible
    return value


def numbers(value: Any, count: int, least: int = 1) -> list[int]:
    """Return one whole number for each of some dimensions; raises NotExpressible."""
    given = [value] * count if isinstance(value, int) else value
    if not isinstance(given, (list, tuple)) or len(given) != count:
        raise NotExpressible
    return [whole(each, least) for each in given]


def place_of(axis: Any, rank: int) -> int:
    """Return the dimension that an axis means, the batch not counted; raises NotExpressible."""
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise NotExpressible
    place = axis + rank if axis < 0 else axis - 1
    if not 0 <= place < rank:
        raise NotExpressible
    return place
