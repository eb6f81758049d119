"""Sets of residues in words: "multiples of 16", "n ≡ 1 (mod 32)"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

#: More residues than this are counted rather than listed.
LISTED = 6


def reduce_residues(residues: Collection[int], modulus: int) -> tuple[tuple[int, ...], int]:
    """The same set of integers with the smallest modulus: `{0, 2}` mod 4 is `{0}` mod 2."""
    kept = set(residues)
    rest, prime = modulus, 2
    while rest > 1:
        if rest % prime:
            prime = prime + 1 if prime * prime <= rest else rest
            continue
        rest //= prime
        short = modulus // prime
        folded = {residue % short for residue in kept}
        if len(folded) * prime == len(kept):
            kept, modulus = folded, short
    return tuple(sorted(kept)), modulus


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
