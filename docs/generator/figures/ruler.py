"""Where samples stand in a figure."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Where cells begin, and the most room they may take; to the left stand labels, to the right remarks.
LEFT: Final = 124
STRIP: Final = 580
#: Widest cell, and the room between two stretches of a map of which the rest is left out.
CELL: Final = 36.0
GAP: Final = 34.0

#: First and last sample of what is shown of a map.
Stretch = tuple[int, int]


class Frame(NamedTuple):
    """What the panels of one figure share, so that the eye can compare them."""

    #: The sample that stands furthest to the left, and the width of one.
    first: int
    cell: float


class Ruler(NamedTuple):
    """Where samples stand: one or more stretches of a map, first and last sample each, with gaps in between."""

    stretches: tuple[Stretch, ...]
    cell: float
    #: Where the first sample begins.
    left: float

    @classmethod
    def over(cls, stretches: tuple[Stretch, ...], frame: Frame) -> Ruler:
        """Lay stretches side by side."""
        return cls(stretches, frame.cell, LEFT + (stretches[0][0] - frame.first) * frame.cell)

    def x(self, coordinate: float | Fraction) -> float:
        """Place of a coordinate: sample `i` reaches from `i - 1/2` to `i + 1/2`."""
        left = self.left
        for first, last in self.stretches:
            if coordinate <= last + Fraction(1, 2) or (first, last) == self.stretches[-1]:
                break
            left += (last - first + 1) * self.cell + GAP
        return left + (float(coordinate) - first + 0.5) * self.cell

    def shows(self, low: float | Fraction, high: float | Fraction) -> bool:
        """Whether one of the stretches shows all of this."""
        half = Fraction(1, 2)
        return any(first - half <= low and high <= last + half for first, last in self.stretches)

    @property
    def samples(self) -> list[int]:
        """All samples shown."""
        return [sample for first, last in self.stretches for sample in range(first, last + 1)]


def fitting(shown: Sequence[tuple[Stretch, ...]]) -> Frame:
    """Return the frame in which all of these stretches have room."""
    first = min((stretches[0][0] for stretches in shown), default=0)
    widths = []
    for stretches in shown:
        cells = stretches[0][0] - first + sum(end - start + 1 for start, end in stretches)
        widths.append((STRIP - GAP * (len(stretches) - 1)) / cells)
    return Frame(first, min((CELL, *widths)))


def lanes(stretches: Sequence[Stretch]) -> list[int]:
    """Assign each stretch, low ends ascending, the first lane where it does not meet the one before."""
    ends: list[int] = []
    chosen = []
    for low, high in stretches:
        lane = next((lane for lane, end in enumerate(ends) if end < low), len(ends))
        ends[lane : lane + 1] = [high]
        chosen.append(lane)
    return chosen


def around(low: int, high: int, size: int, *, middle: bool, edge: int = 5, most: int = 17) -> tuple[Stretch, ...]:
    """The stretches that tell about borders: all of a small map; else both ends and, on request, the middle."""
    if low + size + high <= most:
        return ((-low, size - 1 + high),)
    center = (size - 1) // 2
    inner = ((center - 2, center + 3),) if middle else ()
    return (-low, edge - 1), *inner, (size - edge, size - 1 + high)
