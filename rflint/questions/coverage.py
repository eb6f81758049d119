"""How much of an object the best feature sees, by where the object lies."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

#: Places of an object that are looked at.
MOST = 4096

Phases = Sequence[tuple[int, int] | None]


def coverage(phases: Phases, advance: int, features: int | None, size: int, extent: int | None) -> list[tuple[int, Fraction]]:
    """Share of an object that some feature sees, for each sample that it may begin at.

    `phases`: what features 0, 1, … of one period see, first and last sample each; the next period sees the same, `advance` samples
    on.  `features`: samples of the layer's map; None: no end.  `size`: of the object; `extent`: of the input; None: unknown, then
    one period in the interior is looked at, else all places inside of the input, or evenly chosen ones of very many.
    """
    period = len(phases)
    if extent is None:
        places: Sequence[int] = range(max(1, min(advance, MOST)))
    else:
        last = max(extent - size, 0)
        places = range(0, last + 1, 1 + last // MOST)
    found = []
    for place in places:
        best = 0
        for phase, region in enumerate(phases):
            if region is None:
                continue
            low, high = region
            # The overlap grows up to where the middles meet, and shrinks from there on: the turns around that decide.
            middle = (2 * place + size - 1 - low - high) // (2 * advance) if advance else 0
            for turn in (middle, middle + 1):
                held = turn
                if extent is not None and features is not None:
                    held = min(max(turn, 0), (features - 1 - phase) // period)
                    if held < 0:
                        continue
                begin, end = low + held * advance, high + held * advance
                best = max(best, min(end, place + size - 1) - max(begin, place) + 1)
        found.append((place, Fraction(best, size)))
    return found
