"""Arguments of the functions: read as the command line reads its options, and refused alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import index
from typing import SupportsIndex

from rflint.api.errors import ArgumentError
from rflint.model import Graph, UsageError
from rflint.verdict import SizeOverride
from rflint.verdict.sizes import check_range, read_size
from rflint.words import did_you_mean

#: Samples: one number for all axes, or one per axis in the order of the spec's `axes` (None: unknown).
Extent = SupportsIndex | Sequence[SupportsIndex | None]
#: Input size: an extent, a text as `--size` takes it ("352x640", "image=320", "none"), or one of these by input name.
Size = Extent | str | Mapping[str, Extent | str]

_WANTED = 'write 321, (321, 224), "321x224", {"image": 321}, or "none" for unknown'


def read_sizes(size: Size | None) -> tuple[SizeOverride, ...]:
    """Read an input size; None: as declared.  Raises ArgumentError."""
    if size is None:
        return ()
    if not isinstance(size, Mapping):
        return (_override(size, "size"),)
    overrides = []
    for name, each in size.items():
        named, extents = _override(each, "size")
        if named is not None:
            raise ArgumentError(f"size: `{each}` names an input, and so does its key `{name}`")
        overrides.append((name, extents))
    return tuple(overrides)


def _override(size: Extent | str, what: str) -> SizeOverride:
    if isinstance(size, str):
        try:
            return read_size("none" if size == "unknown" else size, what)
        except UsageError as error:
            raise ArgumentError(str(error)) from None
    return None, _extents(size, what, _WANTED)


def _parts(value: object) -> tuple[object, ...]:
    """One whole number, or those of a sequence or array; empty: it is neither."""
    if isinstance(value, (str, bytes, Mapping)):
        return ()
    try:
        return (_whole(value),)
    except TypeError:
        pass
    return tuple(value) if isinstance(value, Iterable) else ()


def _whole(value: object) -> int:
    """Take a whole number of any library; raises TypeError for what is none, a truth value among it."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError
    return index(value)


def _extents(size: object, what: str, wanted: str) -> tuple[int | None, ...]:
    try:
        extents = tuple(None if part is None else _whole(part) for part in _parts(size))
    except TypeError:
        extents = ()
    if not extents:
        raise ArgumentError(f"{what}: `{size!r}` is not a size; {wanted}")
    try:
        check_range(extents, what, repr(size))
    except UsageError as error:
        raise ArgumentError(str(error)) from None
    return extents


def read_extent(size: Extent | str, axes: Sequence[str], what: str) -> tuple[int, ...]:
    """Read the size of a tile or an object: 512, (512, 256) or "512x256".  Raises ArgumentError."""
    name, extents = _override(size, what) if isinstance(size, str) else (None, _extents(size, what, "write 512, or one number per axis"))
    known = tuple(each for each in extents if each is not None)
    if name is not None or len(known) != len(extents):
        raise ArgumentError(f"{what}: `{size}` is not a size; write 512, or one number per axis ({', '.join(axes)})")
    if len(known) not in (1, len(axes)):
        raise ArgumentError(f"{what}: {len(known)} sizes for {len(axes)} axes ({', '.join(axes)})")
    return known * len(axes) if len(known) == 1 else known


def read_index(at: SupportsIndex | Sequence[SupportsIndex], axes: Sequence[str], what: str) -> tuple[int, ...]:
    """Read a position: one whole number per axis, or one for all.  Raises ArgumentError."""
    try:
        values = tuple(map(_whole, _parts(at)))
    except TypeError:
        values = ()
    if not values:
        raise ArgumentError(f"{what}: `{at!r}` is not a position; write one whole number per axis ({', '.join(axes)})")
    if len(values) not in (1, len(axes)):
        raise ArgumentError(f"{what}: {len(values)} numbers for {len(axes)} axes ({', '.join(axes)})")
    return values * len(axes) if len(values) == 1 else values


def node_of(graph: Graph, name: str, what: str) -> int:
    """Return the node that a name stands for: a layer, an input, or an instance.  Raises ArgumentError."""
    if (node := graph.find(name)) is not None:
        return node
    raise ArgumentError(f"{what}: `{graph.name}` has no layer `{name}`{did_you_mean(name, graph.names())}")
