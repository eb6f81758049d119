"""Ops that resample a map, move its borders, or attend inside windows, on one axis (see `rflint.algebra.axis`)."""

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import Annotated, Final, Literal, NamedTuple

from rflint.algebra.axis import Count, Distance, Facts, Position, Step, Whole
from rflint.algebra.grid import IDENTITY, Grid, grid
from rflint.algebra.periodic import PERIOD_CAP

Mode = Literal["nearest", "linear", "cubic", "area"]
Coordinates = Literal["half_pixel", "asymmetric", "align_corners"]
Scale = Annotated[Fraction, Whole(1)]
Rounding = Literal["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]


class Resize(NamedTuple):
    """Interpolation to `scale` times the size, to `size`, or to the size of another map (both None)."""

    mode: Mode = "nearest"
    coordinates: Coordinates = "asymmetric"
    rounding: Rounding = "floor"
    scale: Scale | None = None
    size: Count | None = None

    @property
    def sensitive(self) -> bool:
        """Scales that come from sizes do."""
        return self.scale is None or self.coordinates == "align_corners"

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """The scale; for `like`, the ratio of the two maps' scales."""
        return self.scale if self.scale is not None else ratio if self.size is None else None

    def step(self, facts: Facts) -> Step:
        """Taps by phase of the coordinate map; zero-weight taps (`src` an integer) do not count."""
        out, exact, nominal = self._out(facts), self._inverse(facts), self.factor(facts.ratio)
        sized = self.scale is None or self._aligns_corners
        if exact is not None:
            return self._taps(out, exact, sized=sized)
        if nominal is None:
            return Step(None if facts.virtual and self.size is None else out, None, why="size-dependent", floating=True, sized=True)
        if self._aligns_corners or (facts.size is not None and out is not None and out != nominal * facts.size):
            # (n - 1) / (out - 1), or n / out where one of them was rounded, differs at every size; only the nominal stride is known.
            return Step(out, Grid(nominal.denominator, 0, nominal.numerator), why="size-dependent", floating=True, sized=True)
        return self._taps(out, 1 / nominal, sized=True)

    @property
    def _aligns_corners(self) -> bool:
        return self.coordinates == "align_corners" and self.mode != "area"

    def _out(self, facts: Facts) -> int | None:
        """Output size: the scaled one, the given one, or that of the other map."""
        if self.scale is not None:
            return None if facts.size is None else int(facts.size * self.scale)
        return facts.like if self.size is None else self.size

    def _inverse(self, facts: Facts) -> Fraction | None:
        """Input samples from one output to the next; None where sizes decide it that are not known, or too small."""
        if self.scale is not None and not self._aligns_corners:
            return 1 / self.scale
        n, out = facts.size, self._out(facts)
        if facts.virtual or n is None or out is None or n <= 0 or out <= 0:
            return None
        if self._aligns_corners:
            return Fraction(n - 1, out - 1) if out > 1 else Fraction(0)
        return Fraction(n, out)

    def _taps(self, out: int | None, inverse: Fraction, *, sized: bool) -> Step:
        """The step for `src = inverse * i + offset`."""
        period, advance = inverse.denominator, inverse.numerator
        half = self.coordinates == "half_pixel" or self.mode == "area"
        offset = (inverse - 1) / 2 if half else Fraction(0)
        if period > PERIOD_CAP:
            return Step(out, _grid_of(inverse, offset), why="position-dependent", sized=sized)
        # In integers: src = (i * move + begin) / whole.  Fractions would take ten times as long, for each of a thousand phases.
        whole = lcm(period, offset.denominator)
        move, begin = advance * (whole // period), offset.numerator * (whole // offset.denominator)
        if self.mode == "area":
            taps = tuple(range(i * advance // period, -(-(i + 1) * advance // period)) for i in range(period))
        else:
            taps = tuple(self._read(i * move + begin, whole) for i in range(period))
        centre = offset
        if self.mode == "nearest" and self.coordinates == "asymmetric":
            # Rounding shifts every phase; the centre is the mean over the phases.
            centre = Fraction(2 * sum(tap[0] for tap in taps) - advance * (period - 1), 2 * period)
        return Step(out, _grid_of(inverse, centre), period, advance, taps, sized=sized)

    def _read(self, src: int, whole: int) -> range:
        """Samples that are interpolated at `src / whole`."""
        base, rest = divmod(src, whole)
        if self.mode == "nearest":
            chosen = _ROUND[self.rounding](src, whole)
            return range(chosen, chosen + 1)
        if not rest:
            return range(base, base + 1)
        return range(base, base + 2) if self.mode == "linear" else range(base - 1, base + 3)


def _grid_of(stride: Fraction, center: Fraction) -> Grid:
    return grid(stride.numerator * center.denominator, center.numerator * stride.denominator, stride.denominator * center.denominator)


_ROUND: dict[Rounding, Callable[[int, int], int]] = {
    "floor": lambda src, whole: src // whole,
    "ceil": lambda src, whole: -(-src // whole),
    "round_prefer_floor": lambda src, whole: -((whole - 2 * src) // (2 * whole)),
    "round_prefer_ceil": lambda src, whole: (2 * src + whole) // (2 * whole),
}


class Adaptive(NamedTuple):
    """Adaptive pooling to `size` samples: `floor(i n / m)` to `ceil((i + 1) n / m)` (PyTorch)."""

    size: Count

    @property
    def sensitive(self) -> bool:
        """Always."""
        return True

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """None: the output size is fixed."""
        return None

    def step(self, facts: Facts) -> Step:
        """An area resize whose scale is known only with the size."""
        if self.size == 1:
            return Step(1, None, why="global", gated=True)
        if facts.size is None or facts.virtual or facts.size <= 0:
            return Step(self.size, None, why="size-dependent", floating=True, sized=True)
        return Resize("area", "half_pixel", size=self.size).step(facts)


class SpaceToDepth(NamedTuple):
    """Blocks of `block` samples become channels."""

    block: Count

    @property
    def sensitive(self) -> bool:
        """Never."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """`1 / b`."""
        return Fraction(1, self.block)

    def step(self, facts: Facts) -> Step:
        """Output `i` reads `b i … b i + b - 1`."""
        b, n = self.block, facts.size
        problem = f"needs a multiple of {b} samples, got {_shown(n, facts)}" if n is not None and n % b else None
        return Step(None if n is None else n // b, grid(2 * b, b - 1, 2), 1, b, (range(b),), problem=problem)


def _shown(n: int, facts: Facts) -> str:
    return "another size" if facts.virtual else str(n)


class DepthToSpace(NamedTuple):
    """Channels become blocks of `block` samples."""

    block: Count

    @property
    def sensitive(self) -> bool:
        """Never."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """`b`."""
        return Fraction(self.block)

    def step(self, facts: Facts) -> Step:
        """Output `i` reads `floor(i / b)`."""
        b = self.block
        size = None if facts.size is None else facts.size * b
        centre = grid(2, 1 - b, 2 * b)
        return Step(size, centre, why="position-dependent") if b > PERIOD_CAP else Step(size, centre, b, 1, (range(1),) * b)


#: Axis ops that make up samples between those of their input, or join several to one, by convention.
RESAMPLING: Final = (Resize, SpaceToDepth, DepthToSpace)


class Pad(NamedTuple):
    """`low` samples before the first and `high` after the last; negative removes."""

    low: Position
    high: Position

    @property
    def sensitive(self) -> bool:
        """Never."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """One."""
        return Fraction(1)

    def step(self, facts: Facts) -> Step:
        """Output `i` reads `i - low`."""
        size = None if facts.size is None else facts.size + self.low + self.high
        return Step(size, Grid(1, -self.low, 1), 1, 1, (range(-self.low, 1 - self.low),), padding=(self.low, self.high))


class Slice(NamedTuple):
    """Samples `start`, `start + step`, … before `stop` (Python's rules, None: to the end)."""

    start: Position = 0
    stop: Position | None = None
    step_size: Count = 1

    @property
    def sensitive(self) -> bool:
        """A start counted from the end does."""
        return self.start < 0

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """`1 / step`, unless both ends stand on one side, which fixes the size."""
        fixed = self.start < 0 if self.stop is None else (self.start < 0) == (self.stop < 0)
        return None if fixed else Fraction(1, self.step_size)

    def step(self, facts: Facts) -> Step:
        """Output `i` reads `start + step i`."""
        n = facts.size
        size, start = None, self.start
        if n is not None:
            kept = range(n)[self.start : self.stop : self.step_size]
            size = len(kept)
            start = kept.start if kept else start
        lost = self.start < 0 and (n is None or facts.virtual)
        return Step(
            size,
            Grid(self.step_size, start, 1),
            advance=self.step_size,
            taps=() if lost else (range(start, start + 1),),
            why="size-dependent" if lost else "",
            floating=lost,
        )


class CropLike(NamedTuple):
    """The part of the map that has the size of another one: from `start`, or centred (rounded down)."""

    start: Distance | None = None

    @property
    def sensitive(self) -> bool:
        """Unless the start is given."""
        return self.start is None

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """The ratio of the two maps' scales: one, where the crop makes sense at every size."""
        return ratio

    def step(self, facts: Facts) -> Step:
        """Output `i` reads `i + start`."""
        n, m = facts.size, facts.like
        if (start := self.start) is None:
            across = facts.virtual and facts.ratio != 1
            if n is None or m is None or across:
                return Step(m, IDENTITY, why="size-dependent", floating=True)
            start = (n - m) // 2
        problem = None
        if n is not None and m is not None and (m + start > n or start < 0):
            problem = f"cannot crop {_shown(n, facts)} samples to {_shown(m, facts)}" + (f" from {start}" if self.start else "")
        return Step(m, Grid(1, start, 1), 1, 1, (range(start, start + 1),), problem=problem)


class PadLike(NamedTuple):
    """The map at the size of another one: padded where it is smaller, cropped where it is larger.

    `start`: the output at which the first sample stands; None: `align` says, centred with the odd sample on the high side.
    """

    align: Literal["center", "start", "end"] = "center"
    start: Position | None = None

    @property
    def sensitive(self) -> bool:
        """Unless the place of the first sample is given."""
        return self.start is None and self.align != "start"

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """The ratio of the two maps' scales, as of a crop."""
        return ratio

    def step(self, facts: Facts) -> Step:
        """Output `i` reads `i - low`."""
        n, m = facts.size, facts.like
        gap = None if n is None or m is None or (facts.virtual and facts.ratio != 1) else m - n
        low = self._low(gap)
        if low is None:
            return Step(m, IDENTITY, why="size-dependent", floating=True)
        problem = None
        if n is not None and m is not None and not -n < low < m:
            problem = f"puts none of {_shown(n, facts)} samples into {_shown(m, facts)}: the first one would stand at {low}"
        padding = None if gap is None else (low, gap - low)
        return Step(m, Grid(1, -low, 1), 1, 1, (range(-low, 1 - low),), padding=padding, problem=problem)

    def _low(self, gap: int | None) -> int | None:
        """Samples before the first, of `gap` in all; None where the unknown gap decides."""
        if not self.sensitive:
            return self.start or 0
        if gap is None or self.align == "end":
            return gap
        return gap // 2 if gap > 0 else -(-gap // 2)


class WindowAttention(NamedTuple):
    """Attention inside windows of `window` samples, shifted by `shift`: a whole window sees one stretch, or what is past of it."""

    window: Count
    shift: Distance = 0
    causal: bool = False

    @property
    def sensitive(self) -> bool:
        """Never."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """One."""
        return Fraction(1)

    def step(self, facts: Facts) -> Step:
        """`low = floor((i + o) / w) w - o`, period and advance `w`."""
        w, o = self.window, self.shift
        if w > PERIOD_CAP:
            return Step(facts.size, IDENTITY, why="position-dependent")
        starts = ((i + o) // w * w - o for i in range(w))
        taps = tuple(range(start, i + 1 if self.causal else start + w) for i, start in enumerate(starts))
        return Step(facts.size, IDENTITY, w, w, taps)
