"""Feature -> region and centre, and pixel -> features, between any two maps of a network (`rflint locate`)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import ceil, floor
from typing import Final

from rflint.algebra import Field, Grid
from rflint.engine import Analysis, AxisAnalysis, Centers, trace
from rflint.questions.inside import support_sets
from rflint.questions.positions import Region, TooLargeError, UndefinedError, regions

#: Positions of a map whose regions are evaluated one by one where the receptive field depends on the position.
EVALUATED = 100_000

_BEYOND: Final = "numbers on the way to it are too large to be computed with"


@dataclass(frozen=True, slots=True)
class FeatureOnAxis:
    """One feature on one axis; lengths and coordinates are samples of the source map."""

    axis: str
    index: int
    #: Samples of the layer's map; None: unknown.
    size: int | None
    #: On unbounded maps; None: the feature sees nothing.
    region: Region
    #: In the finite network: padding holds nothing.  None where it sees nothing, or the size is unknown.
    clipped: Region
    #: Of paths that disagree, the mean, as a decimal, and the earliest and latest of them.
    center: Fraction | float | None
    #: Share of the nominal region that lies inside the source map; None where the size is unknown.
    coverage: Fraction | None
    #: Why there is no region.
    why: str | None = None
    center_range: tuple[Fraction, Fraction] | None = None


@dataclass(frozen=True, slots=True)
class PixelOnAxis:
    """The features that see one sample of the source map, on one axis."""

    axis: str
    pixel: int
    #: First and last feature whose region holds the sample; None where none does.
    features: Region
    #: The feature whose centre is nearest to the sample (the lower of two equally near).
    nearest: int | None
    nearest_center: Fraction | float | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Variation:
    """How the receptive field of a layer varies over its map, on one axis."""

    axis: str
    #: Receptive field size in samples -> number of positions.
    sizes: tuple[tuple[int, int], ...]
    why: str | None = None


def feature(analysis: Analysis, source: int, node: int, index: tuple[int, ...]) -> tuple[FeatureOnAxis, ...]:
    """Where a feature looks; `index` has one entry per axis."""
    return tuple(_feature(axis, source, node, at) for axis, at in zip(analysis.axes, index, strict=True))


def _feature(axis: AxisAnalysis, source: int, node: int, index: int) -> FeatureOnAxis:
    sizing = axis.valid_cases[0].sizings[0]
    field, mixed = _seen(axis, source, node)
    size, extent = axis.size(node), axis.size(source)
    grid = None if field is None or field.floating or len(axis.valid_cases) > 1 else field.grid
    center: Fraction | float | None = None
    ends: tuple[Fraction, Fraction] | None = None
    if grid is not None:
        center, ends = (grid.at(index), (grid.at(index),) * 2) if mixed is None else (mixed.at(index), mixed.range_at(index))
    answer = partial(FeatureOnAxis, axis.name, index, size, center=center, center_range=ends)
    try:
        if field is not None and field.why == "beyond-limits":
            raise UndefinedError(_BEYOND)
        if len(axis.valid_cases) > 1:
            raise UndefinedError("it depends on the input size, which is not declared")
        past = _sees_past(field)
        region = regions(axis.program, sizing, source, node, index, index, clipped=False, past=past)[0]
        clipped = None
        if extent is not None and size is not None and 0 <= index < size:
            clipped = regions(axis.program, sizing, source, node, index, index, clipped=True, past=past)[0]
    except TooLargeError:
        return answer(region=None, clipped=None, coverage=None, why="its region is too large to follow position by position")
    except UndefinedError as error:
        return answer(region=None, clipped=None, coverage=None, why=str(error))
    coverage = None
    if region is not None and extent is not None:
        inside = min(region[1], extent - 1) - max(region[0], 0) + 1
        coverage = Fraction(max(inside, 0), region[1] - region[0] + 1)
    return answer(region=region, clipped=clipped, coverage=coverage)


def seen_sets(analysis: Analysis, source: int, node: int, index: tuple[int, ...]) -> tuple[int | None, ...]:
    """Per axis, which samples of its region a feature sees: bit `j` is the `j`th sample of the region; None: all of them, or unknown."""
    return tuple(_seen_set(axis, source, node, at) for axis, at in zip(analysis.axes, index, strict=True))


def _seen_set(axis: AxisAnalysis, source: int, node: int, index: int) -> int | None:
    if len(axis.valid_cases) > 1:
        return None
    found = support_sets(axis.program, axis.valid_cases[0].sizings[0], source)[node]
    return None if found is None else found.phases[index % found.period].bits


def pixel(analysis: Analysis, source: int, node: int, at: tuple[int, ...]) -> tuple[PixelOnAxis, ...]:
    """Which features see a sample of the source map; `at` has one entry per axis."""
    return tuple(_pixel(axis, source, node, sample) for axis, sample in zip(analysis.axes, at, strict=True))


def _pixel(axis: AxisAnalysis, source: int, node: int, sample: int) -> PixelOnAxis:
    field, mixed = _seen(axis, source, node)
    if field is None:
        return PixelOnAxis(axis.name, sample, None, None, None, "no path leads there")
    if field.why == "beyond-limits":
        return PixelOnAxis(axis.name, sample, None, None, None, _BEYOND)
    if field.floating or len(axis.valid_cases) > 1:
        return PixelOnAxis(axis.name, sample, None, None, None, "it depends on the input size, which is not declared")
    size = axis.size(node)
    nearest, center = _nearest(field.grid, mixed, sample, size)
    try:
        seen = _seen_by(axis, field, source, node, sample, size)
    except (UndefinedError, TooLargeError) as error:
        return PixelOnAxis(axis.name, sample, None, nearest, center, str(error) or "the map is too large to search position by position")
    return PixelOnAxis(axis.name, sample, seen, nearest, center)


def _nearest(grid: Grid | None, mixed: Centers | None, sample: int, size: int | None) -> tuple[int | None, Fraction | float | None]:
    if grid is None:
        return None, None
    stride, center = (grid.stride, grid.center) if mixed is None else (Fraction(mixed.stride), Fraction(mixed.center))
    # Without a stride all features look at one place (align_corners to one sample).
    index = ceil((sample - center) / stride - Fraction(1, 2)) if stride else 0
    if size is not None:
        index = min(max(index, 0), size - 1)
    return index, grid.at(index) if mixed is None else mixed.at(index)


def _seen_by(axis: AxisAnalysis, field: Field, source: int, node: int, sample: int, size: int | None) -> Region:
    """First and last feature that see the sample; inside the map where its size is known."""
    if (family := field.family) is None:
        if size is None:
            raise UndefinedError("the receptive field depends on the position, and the size of the map is not known")
        if size > EVALUATED:
            raise TooLargeError
        sizing = axis.valid_cases[0].sizings[0]
        seen = regions(axis.program, sizing, source, node, 0, size - 1, clipped=False, past=_sees_past(field))
        hits = [index for index, region in enumerate(seen) if region is not None and region[0] <= sample <= region[1]]
        return (hits[0], hits[-1]) if hits else None
    hits = []
    for phase, region in enumerate(family.phases):
        if region is None:
            continue
        low, high = region
        if not family.advance:
            if low <= sample <= high and size is not None:
                hits.extend((0, size - 1))
            continue
        # low + m D <= sample <= high + m D
        first, last = ceil(Fraction(sample - high, family.advance)), floor(Fraction(sample - low, family.advance))
        if size is not None:
            first, last = max(first, -(phase // family.period)), min(last, (size - 1 - phase) // family.period)
        if first <= last:
            hits.extend((phase + first * family.period, phase + last * family.period))
    return (min(hits), max(hits)) if hits else None


def variation(analysis: Analysis, source: int, node: int) -> tuple[Variation, ...]:
    """How many positions of the layer have which receptive field size, nominally."""
    return tuple(_variation(axis, source, node) for axis in analysis.axes)


def _variation(axis: AxisAnalysis, source: int, node: int) -> Variation:
    size = axis.size(node)
    field, _ = _seen(axis, source, node)
    if field is None:
        return Variation(axis.name, (), "no path leads there")
    if field.why == "beyond-limits":
        return Variation(axis.name, (), _BEYOND)
    if size is None or len(axis.valid_cases) > 1:
        return Variation(axis.name, (), "the size of the map is not known")
    if _sees_past(field):
        return Variation(axis.name, (), "a feature sees all that has come, from the first sample on")
    counts: dict[int, int] = {}
    try:
        if field.family is not None:
            seen = [field.region(index) for index in range(min(size, EVALUATED))]
        elif size > EVALUATED:
            raise TooLargeError
        else:
            sizing = axis.valid_cases[0].sizings[0]
            seen = regions(axis.program, sizing, source, node, 0, size - 1, clipped=False)
    except UndefinedError as error:
        return Variation(axis.name, (), str(error))
    except TooLargeError:
        return Variation(axis.name, (), "the map is too large to follow position by position")
    for region in seen:
        length = 0 if region is None else region[1] - region[0] + 1
        counts[length] = counts.get(length, 0) + 1
    return Variation(axis.name, tuple(sorted(counts.items())))


def _sees_past(field: Field | None) -> bool:
    """Whether all paths lead through ops that read all that has come: where others do not, those say what is seen."""
    return field is not None and field.why == "global" and field.grid is not None


def _seen(axis: AxisAnalysis, source: int, node: int) -> tuple[Field | None, Centers | None]:
    """The field of a node with respect to any other; and where its features sit, where its paths disagree."""
    case = axis.valid_cases[0]
    known = source < axis.program.input_count
    found = tuple(case.traces.values())[source] if known else trace(axis.program, case.sizings[0], source)
    field = found.fields[node]
    return field, found.centers.get(node) if field is not None and field.aligned is False else None
