"""What an op does on one axis: output size, grid, and which input samples each output reads.

An op of the table lowers to one `AxisOp` per axis; an `AxisOp` meets the size of its input map and becomes a `Step`,
which is all that the engine needs.  Coordinates are zero-based and maps extend past their borders without end.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Annotated, Final, Literal, NamedTuple, Protocol

from rflint.algebra.grid import IDENTITY, Grid, grid
from rflint.algebra.periodic import PERIOD_CAP

#: Largest magnitude of a number that is written, and of one that is computed from them (configuration.md#limits).
LARGEST: Final = 2**31 - 1
LARGEST_COMPUTED: Final = 2**63 - 1


class Whole(NamedTuple):
    """Range of a whole number, both ends included."""

    low: int
    high: int = LARGEST


#: What the numbers of an axis op may be: `rflint.algebra.contract` reads it off the annotations.
Count = Annotated[int, Whole(1)]
Distance = Annotated[int, Whole(0)]
Position = Annotated[int, Whole(-LARGEST)]

#: Why a step or a field has no support: the closed list of the JSON contract.
NoSupport = Literal["", "global", "unknown-op", "position-dependent", "size-dependent", "beyond-limits"]


class Step(NamedTuple):
    """One op on one axis with all numbers filled in.

    Output `p + m * period` reads the input samples `t + m * advance` for `t` in `taps[p]` (ascending ranges; an empty
    one reads nothing).
    """

    #: Samples of the output map; None: unknown.
    size: int | None
    grid: Grid | None
    period: int = 1
    advance: int = 1
    taps: tuple[range, ...] = ()
    #: Why there are no taps.
    why: NoSupport = ""
    #: Every output also sees the whole input (a gate or statistics beside the local path).
    gated: bool = False
    #: The offset is not known: `grid` has the right stride only.
    floating: bool = False
    #: The scale comes from map sizes, so the nominal stride is only approximate.
    sized: bool = False
    #: Padding as resolved for this size.
    padding: tuple[int, int] | None = None
    #: What is wrong with this input size, in words.
    problem: str | None = None
    #: How the op, geometry of a plug-in, failed at this size: what depends on it is unknown.
    crash: str | None = None

    @property
    def reading(self) -> Step:
        """What later layers can see of a step: all but what it says of its own map and of this very size."""
        return self._replace(size=None, padding=None, problem=None, crash=None)


class Facts(NamedTuple):
    """What a step may depend on."""

    #: Samples of the input map; None: unknown.
    size: int | None
    #: Samples of the map that gives a size (`like`); None: unknown or absent.
    like: int | None = None
    #: True where `size` stands for a whole residue class of sizes: what depends on more than the residue is unknown.
    virtual: bool = False
    #: Nominal output samples per input sample of the `like` map's scale over this one's; None: unknown.
    ratio: Fraction | None = None


class AxisOp(Protocol):
    """What every lowered op can do."""

    @property
    def sensitive(self) -> bool:
        """Whether taps or grid depend on the size of the input."""

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """Nominal number of output samples per input sample; None where the output size does not scale."""

    def step(self, facts: Facts) -> Step:
        """The op at this input size."""


class Pointwise(NamedTuple):
    """Output i reads input i; with `gated`, statistics of the whole map as well."""

    gated: bool = False

    @property
    def sensitive(self) -> bool:
        """Never."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """One."""
        return Fraction(1)

    def step(self, facts: Facts) -> Step:
        """Identity."""
        return Step(facts.size, IDENTITY, 1, 1, (range(1),), gated=self.gated)


class Merge(NamedTuple):
    """Elementwise merge, or concatenation along channels: output i reads i of every input."""

    broadcast: bool = False

    @property
    def sensitive(self) -> bool:
        """Never."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """One."""
        return Fraction(1)

    def step(self, facts: Facts) -> Step:
        """Identity; the sizes of the branches are compared by the sweep."""
        return Step(facts.size, IDENTITY, 1, 1, (range(1),))


class Join(NamedTuple):
    """Concatenation along this very axis: sizes add up, and what an output reads depends on where it stands."""

    @property
    def sensitive(self) -> bool:
        """Never."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """None: the sizes of all inputs add up."""
        return None

    def step(self, facts: Facts) -> Step:
        """No shift-invariant support."""
        return Step(facts.size, None, why="position-dependent")


class Global(NamedTuple):
    """Every output sees the whole input and there is no local path; `keeps` the size, or leaves one sample."""

    keeps: bool

    @property
    def sensitive(self) -> bool:
        """Never."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """One, or None."""
        return Fraction(1) if self.keeps else None

    def step(self, facts: Facts) -> Step:
        """No local support."""
        return Step(facts.size if self.keeps else 1, None, why="global", gated=True)


class Opaque(NamedTuple):
    """An op that is not known: nothing can be said of what depends on it."""

    @property
    def sensitive(self) -> bool:
        """Never."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """None."""
        return None

    def step(self, facts: Facts) -> Step:
        """Nothing is known."""
        return Step(None, None, why="unknown-op")


PaddingWord = Literal["", "same", "same_lower", "causal"]


class Window(NamedTuple):
    """Convolution, pooling: `kernel` taps `dilation` apart, every `stride` samples (design.md#borders-and-drift)."""

    kernel: Count
    stride: Count = 1
    dilation: Count = 1
    #: "": the numbers below.
    word: PaddingWord = ""
    low: Position = 0
    high: Position = 0
    ceil_mode: bool = False

    @property
    def effective_kernel(self) -> int:
        """`d (k - 1) + 1`."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def sensitive(self) -> bool:
        """`same` padding of a strided window depends on the size."""
        return self.stride > 1 and self.word in ("same", "same_lower")

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """`1 / s`."""
        return Fraction(1, self.stride)

    def padding(self, n: int | None) -> tuple[int, int] | None:
        """`(low, high)`; None where it depends on an unknown size."""
        if not self.word:
            return self.low, self.high
        reach = self.dilation * (self.kernel - 1)
        if self.word == "causal":
            return reach, 0
        if self.stride == 1:
            total = reach
        elif n is None:
            return None
        else:
            total = max((-(-n // self.stride) - 1) * self.stride + reach + 1 - n, 0)
        small = total // 2
        return (small, total - small) if self.word == "same" else (total - small, small)

    def size(self, n: int) -> int:
        """Output size, PyTorch's rule under `ceil_mode`; zero or less where the map is too small."""
        low, high = self.padding(n) or (0, 0)
        room = n + low + high - self.effective_kernel
        if not self.ceil_mode:
            return max(room // self.stride + 1, 0)
        out = -(-room // self.stride) + 1
        # The last window must start inside the input or its low padding.
        return out - 1 if (out - 1) * self.stride >= n + low else out

    def step(self, facts: Facts) -> Step:
        """Taps `-low, -low + d, …`; grid `(s, d (k - 1) / 2 - low)`, anchored at the newest tap when causal."""
        n = facts.size
        size, padding = None if n is None else self.size(n), self.padding(n)
        reach = self.dilation * (self.kernel - 1)
        low = reach // 2 if padding is None else padding[0]
        centre = Grid(self.stride, 0, 1) if self.word == "causal" else grid(2 * self.stride, reach - 2 * low, 2)
        return Step(
            size,
            centre,
            advance=self.stride,
            taps=(range(-low, reach + 1 - low, self.dilation),),
            floating=padding is None,
            padding=padding,
        )


class Transposed(NamedTuple):
    """Transposed convolution and unpooling: every input sample spreads over `kernel` outputs, `stride` apart."""

    kernel: Count
    stride: Count = 1
    dilation: Count = 1
    #: "": the numbers below.
    word: PaddingWord = ""
    low: Position = 0
    high: Position = 0
    output_padding: Distance = 0

    @property
    def sensitive(self) -> bool:
        """Never: the words mean `out = n s`, which fixes the padding."""
        return False

    def factor(self, ratio: Fraction | None) -> Fraction | None:
        """`s`."""
        return Fraction(self.stride)

    def padding(self) -> tuple[int, int]:
        """Samples removed from the output at either side; negative where a word must add some."""
        if not self.word:
            return self.low, self.high
        total = self.dilation * (self.kernel - 1) + 1 + self.output_padding - self.stride
        if self.word == "causal":
            return 0, total  # what reaches past the newest sample
        small = max(total, 0) // 2
        low = small if self.word == "same" else max(total, 0) - small
        return low, total - low

    def step(self, facts: Facts) -> Step:
        """Output `i` reads the `n` with `i = s n - low + d j`, `0 <= j < k`; period `s`, advance 1."""
        low, high = self.padding()
        s, d, k = self.stride, self.dilation, self.kernel
        reach = d * (k - 1)
        n = facts.size
        size = None if n is None else (n - 1) * s - low - high + reach + self.output_padding + 1
        centre = grid(2, 2 * low - reach, 2 * s)
        if s > PERIOD_CAP:
            return Step(size, centre, why="position-dependent", padding=(low, high))
        common = gcd(s, d)
        hop = s // common
        inverse = pow(d // common, -1, hop)
        taps = []
        for phase in range(s):
            # d j = phase + low (mod s) has solutions every s / gcd(s, d), if any.
            first = (phase + low) // common * inverse % hop
            count = 0 if (phase + low) % common or first >= k else (k - 1 - first) // hop + 1
            last = (phase + low - d * first) // s
            apart = d // common
            taps.append(range(last - apart * (count - 1), last + 1, apart) if count else range(0))
        return Step(size, centre, s, 1, tuple(taps), padding=(low, high))
