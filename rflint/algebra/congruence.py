"""Sets of residues: the smallest modulus that describes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


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
