"""What a layer is in PyTorch: a module with arguments and a call, or an expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class Arg(NamedTuple):
    """One argument of a module."""

    name: str
    value: Any
    #: Left out where it has this value; those without are written by place.
    default: Any = None


class Leaf(NamedTuple):
    """One layer: `call` has `{m}` for the module and `{0}`, `{1}`, … for what the layer reads."""

    call: str
    module: str = ""
    args: tuple[Arg, ...] = ()
    helpers: tuple[str, ...] = ()
    #: What the reader should know, where PyTorch has no counterpart.
    comment: str = ""
    #: It also gives the places of its maxima.
    places: bool = False


def brief(values: Sequence[Any]) -> Any:
    """Return one number where all axes share it, else a tuple."""
    return values[0] if len(set(values)) == 1 else tuple(values)


def pads(pairs: Sequence[tuple[int, int]]) -> str:
    """Return padding as F.pad has it: the last axis first."""
    return str([each for pair in reversed(pairs) for each in pair])
