"""What features see of a map, as an SVG image."""

from __future__ import annotations

from collections.abc import Sequence

from rflint.drawing import Extent, region, runs
from rflint.formatters.locate import Answer


def as_svg(answers: Sequence[Answer]) -> str:
    """Draw what features see of one map: the first filled, the others as outlines.

    Raises ValueError, with the reason, where one of them has no region.
    """
    first, *others = map(_extents, answers)
    at = ", ".join(str(each.index) for each in answers[0].feature)
    return region(first, f"{answers[0].layer} ({at}) looking at {answers[0].source}", others)


def _extents(answer: Answer) -> tuple[Extent, ...]:
    sizes, seen = answer.source_size, answer.seen or (None,) * len(answer.feature)
    extents = []
    for each, size, bits in zip(answer.feature, sizes, seen, strict=True):
        if each.region is None:
            raise ValueError(each.why or f"on {each.axis}, feature {each.index} of `{answer.layer}` sees nothing")
        extents.append(Extent(each.axis, size, runs(*each.region, bits), None if each.center is None else float(each.center)))
    return tuple(extents)
