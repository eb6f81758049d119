"""Sets of residues in words: "multiples of 16", "n ≡ 1 (mod 32)"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.algebra import reduce_residues

if TYPE_CHECKING:
    from collections.abc import Collection

#: More residues than this are counted rather than listed.
LISTED = 6


def in_words(residues: Collection[int], modulus: int, name: str = "n") -> str:
    """`any n`, `no n`, `n a multiple of 16`, `n ≡ 1 (mod 32)`, `n ≡ 1 or 3 (mod 4)`, or a count."""
    kept, short = reduce_residues(residues, modulus)
    if not kept:
        return f"no {name}"
    if short == 1:
        return f"any {name}"
    if kept == (0,):
        return f"{name} a multiple of {short}"
    if len(kept) <= LISTED:
        listed = ", ".join(map(str, kept[:-1])) + " or " + str(kept[-1]) if len(kept) > 1 else str(kept[0])
        return f"{name} ≡ {listed} (mod {short})"
    missing = sorted(set(range(short)) - set(kept))
    if len(missing) <= LISTED:
        listed = ", ".join(map(str, missing[:-1])) + " or " + str(missing[-1]) if len(missing) > 1 else str(missing[0])
        return f"any {name} but {name} ≡ {listed} (mod {short})"
    return f"{len(kept)} of every {short} sizes ({name} ≡ {', '.join(map(str, kept[:LISTED]))}, …)"
