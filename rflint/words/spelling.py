"""Did you mean: the nearest known word to a misspelt one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

#: Spellings longer than this are no typing mistakes; the comparison is quadratic in the length.
_LONGEST = 80
#: Words compared with at most; of larger vocabularies (layer names of a huge spec) only the likeliest are.
_MOST = 1_000
_ALIKE = 0.6
#: For words of one or two letters, which are somewhat like anything.
_ALIKE_SHORT = 0.75
#: How alike, and how much more alike than the runner-up, a word must be to be put in the place of the wrong one unasked.
_CERTAIN = 0.75
_MARGIN = 0.08

#: Shortest word, folded, in which one slip leaves no doubt.
_LONG_ENOUGH: Final = 4


@lru_cache(maxsize=4_096)
def fold(word: str) -> str:
    """Return a word without what nobody misreads: case, `_`, `-`, `.` and blanks."""
    return word.lower().translate({ord(character): None for character in "_-. "})


def _likely(word: str, candidates: Collection[str]) -> Collection[str]:
    """Candidates worth comparing: all of a few, of very many those of about the same length and beginning."""
    if len(candidates) <= _MOST:
        return candidates
    rest = (name for name in candidates if name[:1] == word[:1] and abs(len(name) - len(word)) <= 2)
    return list(islice(rest, _MOST))


def _ranked(word: str, candidates: Collection[str]) -> Sequence[tuple[float, str]]:
    """Candidates alike enough to be meant, with how alike they are, best first."""
    return _rank(word, tuple(_likely(word, candidates))) if 0 < len(word) <= _LONGEST else ()


@lru_cache(maxsize=16)  # the nearest, and whether it is certain, are asked one after the other
def _rank(word: str, candidates: tuple[str, ...]) -> Sequence[tuple[float, str]]:
    from difflib import SequenceMatcher  # noqa: PLC0415 - start-up

    folded = fold(word)
    alike = _ALIKE if len(folded) > 2 else _ALIKE_SHORT
    compared = SequenceMatcher(autojunk=False)
    compared.set_seq2(folded)
    near = []
    for candidate in candidates:
        if fold(candidate) == folded:
            near.append((1.0, candidate))
            continue
        compared.set_seq1(fold(candidate[:_LONGEST]))
        if compared.real_quick_ratio() >= alike and compared.quick_ratio() >= alike and (ratio := compared.ratio()) >= alike:
            near.append((ratio, candidate))
    return sorted(near, key=lambda pair: (-pair[0], pair[1]))


def suggest(word: str, candidates: Collection[str]) -> str | None:
    """Return the candidate that `word` most likely stands for, None when nothing is near."""
    ranked = _ranked(word, candidates)
    return ranked[0][1] if ranked else None


def certain(word: str, candidates: Collection[str]) -> str | None:
    """Return the candidate that `word` stands for when only one comes into question: good enough for an automatic fix."""
    ranked = _ranked(word, candidates)
    if not ranked or ranked[0][0] < _CERTAIN or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _MARGIN):
        return None
    return ranked[0][1]


def misspelt(word: str, candidates: Collection[str]) -> str | None:
    """Return the only candidate that is one slip of the finger away: a letter too many, too few, another, two swapped.

    Case, `_`, `-` and `.` do not count; a digit is never a slip (`relu6`).
    """
    folded = fold(word)
    if not 0 < len(word) <= _LONGEST:
        return None
    near = [name for name in _likely(word, candidates) if (other := fold(name)) == folded or _slips(folded, other)]
    same = [name for name in near if fold(name) == folded]
    if len(same) == 1:
        return same[0]
    sure = len(near) == 1 and max(len(folded), len(fold(near[0]))) >= _LONG_ENOUGH
    return near[0] if sure else None


def _slips(one: str, other: str) -> bool:
    """Whether a single slip makes one word of the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    same = next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other)))
    head, tail = one[same:], other[same:]
    if len(head) == len(tail):
        swapped = head[:2] == tail[1::-1] and head[2:] == tail[2:]
        return swapped or (head[1:] == tail[1:] and (head[:1] + tail[:1]).isalpha())
    longer, shorter = (head, tail) if len(head) > len(tail) else (tail, head)
    return longer[1:] == shorter and longer[:1].isalpha()


def did_you_mean(word: str, known: Collection[str]) -> str:
    """End of a sentence about an unknown word: the nearest known one, or nothing."""
    meant = suggest(word, known)
    return f"; did you mean `{meant}`?" if meant else ""
