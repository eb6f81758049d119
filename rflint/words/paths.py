"""Names that are paths: which of their parts tell layers apart, and what is repeated below them."""

from __future__ import annotations

from collections.abc import Sequence


def coarsest(names: Sequence[str]) -> int | None:
    """Return the least number of parts, from the first on, that tells some names apart; None where names have no parts."""
    paths = [name.split("/") for name in names]
    deepest = max(map(len, paths))
    return next((depth for depth in range(1, deepest) if len({tuple(parts[:depth]) for parts in paths}) > 1), None)


def copies(below: Sequence[Sequence[str]]) -> int:
    """How often a block is repeated, by what the paths of its members have below it: `0/conv`, `1/conv`; 0 where nothing is."""
    for parts in map(set, zip(*below)):  # noqa: B905 - as far as the shortest name goes
        if len(parts) > 1 or all(map(str.isdecimal, parts)):
            return len(parts) if len(parts) > 1 and all(map(str.isdecimal, parts)) else 0
    return 0
