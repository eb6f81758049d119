"""Tensors of a graph as views of the maps of a spec: which part of which axis each dimension holds.

An ONNX tensor is a map with its dimensions split, permuted and merged.  A dimension is a sequence of atoms, outermost
first; an atom is a part of an axis, of the channels or of the batch: `size` positions, `step` apart.  Reshape and Transpose
only move atoms, so what a chain of them amounts to is seen where the next operator needs its dimensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING, Final, NamedTuple

from rflint.importing import draft
from rflint.importing.draft import Part, Value

if TYPE_CHECKING:
    from numpy import ndarray

#: Kinds of atoms beside the axes 0, 1, ...
CHANNELS: Final = -1
BATCH: Final = -2
#: All samples of a map in one dimension, behind positions that are no samples (class tokens).
TOKENS: Final = 40


class Atom(NamedTuple):
    """Part of an axis: `size` positions that are `step` apart."""

    kind: int
    size: int
    step: int = 1


#: What a dimension holds, outermost first; empty: one position.
Dim = tuple[Atom, ...]


class Tensor(NamedTuple):
    """A tensor: a constant, or a view of a map."""

    #: Sizes of the dimensions; None: not known.
    shape: tuple[int, ...] | None = None
    #: Key of the item of the draft that it is a view of; None: a constant.
    key: str | None = None
    dims: tuple[Dim, ...] | None = None
    #: Sizes of the map along the axes, and its channels.
    sizes: tuple[int, ...] = ()
    channels: int | None = None
    #: Numbers, where they are known and few.
    value: ndarray | None = None
    #: The numbers depend on the size of an input.
    sized: bool = False
    #: Products of queries and keys: the tensors that they are of.
    pairs: tuple[Tensor, Tensor] | None = None
    #: Of such products: some pairs are ruled out, window by window.
    masked: bool = False
    #: How far the positions are turned along each axis: position `i` holds sample `i + rolled`.
    rolled: tuple[int, ...] = ()
    #: What it was cut out of, and which positions along each axis.
    cut: tuple[Tensor, tuple[range, ...]] | None = None
    #: Of a sequence of tensors: these.
    members: tuple[Tensor, ...] | None = None

    @property
    def is_constant(self) -> bool:
        """Whether it depends on no input."""
        return not self.parts

    @property
    def parts(self) -> tuple[Tensor, ...]:
        """What of it depends on an input: itself, of a sequence its members; empty for what depends on none."""
        if self.members is not None:
            return tuple(each for each in self.members if each.key is not None)
        return () if self.key is None else (self,)


def atom(kind: int, size: int) -> Dim:
    """Return a dimension that holds all of an axis."""
    return (Atom(kind, size),) if size > 1 else ()


def plain(batch: int, channels: int | None, sizes: Iterable[int]) -> tuple[Dim, ...]:
    """Return the dimensions of a map as convolutions take it: batch, channels, axes."""
    return (atom(BATCH, batch), atom(CHANNELS, channels or 1), *(atom(axis, size) for axis, size in enumerate(sizes)))


def size_of(dim: Dim) -> int:
    """Return the number of positions of a dimension."""
    return prod(each.size for each in dim)


def kinds_of(dims: Iterable[Dim]) -> set[int]:
    """Return the kinds of atoms in some dimensions."""
    return {each.kind for dim in dims for each in dim}


def axes_in(dims: Iterable[Dim], sizes: Sequence[int]) -> set[int]:
    """Return the axes some of whose samples are in some dimensions."""
    kinds = kinds_of(dims)
    return {axis for axis, size in enumerate(sizes) if axis in kinds or (TOKENS in kinds and size > 1)}


def long_axes(sizes: Sequence[int]) -> set[int]:
    """Return the axes of more than one sample."""
    return {axis for axis, size in enumerate(sizes) if size > 1}


def merged(atoms: Iterable[Atom]) -> Dim:
    """Join neighbours that continue each other."""
    result: list[Atom] = []
    for each in atoms:
        if each.size == 1:
            continue
        if result and result[-1].kind == each.kind and result[-1].step == each.step * each.size:
            result[-1] = Atom(each.kind, result[-1].size * each.size, each.step)
        else:
            result.append(each)
    return tuple(result)


def reshaped(dims: Sequence[Dim], shape: Sequence[int]) -> tuple[Dim, ...] | None:
    """Return the dimensions after a reshape, None where one cuts through parts of an axis in no whole number."""
    rest = [each for dim in dims for each in dim][::-1]
    result = []
    for wanted in shape:
        taken: list[Atom] = []
        size = 1
        while size < wanted:
            if not rest:
                return None
            each = rest.pop()
            missing = wanted // size
            if wanted % size:
                return None
            if each.size > missing:
                if each.size % missing:
                    return None
                inner = each.size // missing
                rest.append(Atom(each.kind, inner, each.step))
                each = Atom(each.kind, missing, each.step * inner)
            taken.append(each)
            size *= each.size
        if size != wanted:
            return None
        result.append(merged(taken))
    return None if rest else tuple(result)


def value_of(name: str, dims: Iterable[Dim]) -> Value:
    """Say that a tensor of the model holds a map; what is neither of an axis nor a class token need not be told apart."""
    kinds = {TOKENS: draft.TOKENS}
    return Value(name, tuple(tuple(Part(kinds.get(each.kind, each.kind), each.size, each.step) for each in dim) for dim in dims))


def parts(dims: Iterable[Dim], kind: int) -> list[Atom]:
    """Return the atoms of an axis in some dimensions, in order."""
    return [each for dim in dims for each in dim if each.kind == kind]
