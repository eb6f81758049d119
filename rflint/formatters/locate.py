"""Answers of `rflint locate`, as text and as JSON."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from rflint import __version__
from rflint.formatters.exact import dumps
from rflint.formatters.json import finding
from rflint.formatters.picture import Extent, picture
from rflint.formatters.table import table
from rflint.model import Diagnostic
from rflint.questions.location import FeatureOnAxis, PixelOnAxis, Variation
from rflint.words import Style, safe


class Answer(NamedTuple):
    """What was asked of one source map and one layer; the last three are empty unless asked for."""

    source: str
    layer: str
    source_size: tuple[int | None, ...]
    size: tuple[int | None, ...]
    feature: tuple[FeatureOnAxis, ...]
    pixel: tuple[PixelOnAxis, ...]
    variation: tuple[Variation, ...]
    #: Which samples of its region the feature sees, per axis (`location.seen_sets`); for pictures.
    seen: tuple[int | None, ...] = ()


def _number(value: Fraction | float | None) -> str:
    if value is None:
        return "?"
    return f"{float(value):.4f}".rstrip("0").rstrip(".")


def _center(each: FeatureOnAxis) -> str:
    """Of paths that disagree the mean, and from where to where they lie: `9 (8 … 10)`."""
    ends = each.center_range
    return _number(each.center) + ("" if ends is None or ends[0] == ends[1] else f" ({_number(ends[0])} … {_number(ends[1])})")


def _stretch(region: tuple[int, int] | None) -> str:
    return "nothing" if region is None else f"{region[0]} … {region[1]}"


def _extent(sizes: Sequence[int | None]) -> str:
    return "×".join("?" if size is None else str(size) for size in sizes)


def as_text(name: str, answers: Sequence[Answer], style: Style) -> str:
    """Tables for a terminal; indexes and coordinates count from 0."""
    lines: list[str] = []
    for _, group in groupby(answers, key=lambda answer: answer.source):
        answer, *more = group
        names = ", ".join(each.axis for each in answer.feature or answer.pixel or answer.variation)
        axes = f", {names}" if len(answer.size) > 1 else ""
        seen = f"{safe(answer.source)} ({_extent(answer.source_size)}{safe(axes)})"
        lines += [style.paint("strong", f"{safe(name)}: {safe(answer.layer)} ({_extent(answer.size)}) looking at {seen}"), ""]
        lines.extend(_feature([each for one in (answer, *more) for each in one.feature], style))
        for one in (answer, *more):
            lines.extend(_drawn(one, style))
        lines.extend(_pixel(answer.pixel, style))
        lines.extend(_variation(answer.variation, style))
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _drawn(answer: Answer, style: Style) -> Iterator[str]:
    """Draw what a feature sees, where all of it is known."""
    if not (style.draws and answer.seen):
        return
    extents = [
        Extent(each.axis, size, each.region, None if each.center is None else float(each.center), bits)
        for each, size, bits in zip(answer.feature, answer.source_size, answer.seen, strict=True)
        if size is not None and each.region is not None
    ]
    if extents and len(extents) == len(answer.source_size):
        yield ""
        yield from picture(extents, style)


def _feature(axes: Sequence[FeatureOnAxis], style: Style) -> Iterator[str]:
    if not axes:
        return
    rows = []
    for each in axes:
        region = each.region
        size = "-" if region is None else str(region[1] - region[0] + 1)
        coverage = "?" if each.coverage is None else f"{float(each.coverage):.0%}"
        shown = each.why if each.why else _stretch(region)
        rows.append((each.axis, str(each.index), shown, size, _stretch(each.clipped) if each.clipped else "-", _center(each), coverage))
    yield from table(
        ("axis", "feature", "region", "samples", "inside", "centre", "coverage"), rows, {"feature", "samples", "centre", "coverage"}, style
    )


def _pixel(axes: Sequence[PixelOnAxis], style: Style) -> Iterator[str]:
    if not axes:
        return
    rows = [
        (
            each.axis,
            str(each.pixel),
            each.why or (_stretch(each.features) if each.features else "none"),
            "?" if each.nearest is None else str(each.nearest),
            _number(each.nearest_center),
        )
        for each in axes
    ]
    yield from table(("axis", "pixel", "seen by features", "nearest", "its centre"), rows, {"pixel", "nearest", "its centre"}, style)


def _variation(axes: Sequence[Variation], style: Style) -> Iterator[str]:
    if not axes:
        return
    rows = []
    for each in axes:
        if each.why:
            rows.append((each.axis, each.why, ""))
        rows.extend((each.axis, str(size) if size else "nothing", str(count)) for size, count in each.sizes)
    yield from table(("axis", "receptive field", "positions"), rows, {"receptive field", "positions"}, style)


def as_json(path: str, name: str, answers: Sequence[Answer], errors: Sequence[Diagnostic]) -> str:
    """Machine-readable; `null` where a value does not exist, and `why` says so; and what is wrong with the spec."""

    def number(value: Fraction | float | None) -> float | int | None:
        return None if value is None else int(value) if value == int(value) else float(value)

    document = {
        "schema": "rflint-locate.v1",
        "version": __version__,
        "path": path,
        "name": name,
        "answers": [
            {
                "from": answer.source,
                "layer": answer.layer,
                "from_size": answer.source_size,
                "size": answer.size,
                "feature": [
                    {
                        "axis": each.axis,
                        "index": each.index,
                        "region": each.region,
                        "clipped": each.clipped,
                        "center": number(each.center),
                        "center_range": None if each.center_range is None else [number(end) for end in each.center_range],
                        "coverage": None if each.coverage is None else float(each.coverage),
                        "why": each.why,
                    }
                    for each in answer.feature
                ],
                "pixel": [
                    {
                        "axis": each.axis,
                        "pixel": each.pixel,
                        "features": each.features,
                        "nearest": each.nearest,
                        "nearest_center": number(each.nearest_center),
                        "why": each.why,
                    }
                    for each in answer.pixel
                ],
                "variation": [
                    {"axis": each.axis, "sizes": [list(pair) for pair in each.sizes], "why": each.why} for each in answer.variation
                ],
            }
            for answer in answers
        ],
        "findings": [finding(error) for error in errors],
    }
    return dumps(document, indent=2) + "\n"
