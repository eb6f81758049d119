"""Sets of residues in words: "multiples of 16", "n ≡ 1 (mod 32)"."""

from __future__ import annotations

from collections.abc import Collection

from rflint.algebra import reduce_residues
from rflint.words.wording import listing

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
        return f"{name} ≡ {listing([*map(str, kept)], word='or')} (mod {short})"
    missing = sorted(set(range(short)) - set(kept))
    if len(missing) <= LISTED:
        return f"any {name} but {name} ≡ {listing([*map(str, missing)], word='or')} (mod {short})"
    return f"{len(kept)} of every {short} sizes ({name} ≡ {', '.join(map(str, kept[:LISTED]))}, …)"
