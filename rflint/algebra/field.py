"""Receptive fields on one axis: a grid and a family of intervals, carried through steps and merges (design.md#periodic-families)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from rflint.algebra import hull
from rflint.algebra.axis import LARGEST_COMPUTED, NoSupport, Step
from rflint.algebra.grid import IDENTITY, Grid, compose
from rflint.algebra.hull import Family


class Field(NamedTuple):
    """What the features of one map see of one input, on one axis."""

    #: None: no local path to the input, or unknown.
    grid: Grid | None
    #: None: no support, and `why` says the reason.
    family: Family | None
    #: All local paths from the input have one grid (design.md#alignment); None: that depends on an unknown size.
    aligned: bool | None = True
    #: Some path sees the whole input.
    is_global: bool = False
    #: The offset depends on an unknown size: only stride and size mean something.
    floating: bool = False
    #: The stride of the representative path comes from map sizes (resize to a size): it is nominal.
    sized: bool = False
    why: NoSupport = ""

    @property
    def exact(self) -> bool:
        """False: what is said of regions is a sound outer bound, or nothing."""
        return self.why == "global" if self.family is None else self.family.exact

    @property
    def size(self) -> int | None:
        """Receptive field size: the largest over the phases, in input samples."""
        return None if self.family is None else max(self.family.sizes, default=None)

    @property
    def size_min(self) -> int | None:
        """The smallest over the phases; None where a phase sees nothing."""
        return None if self.family is None or None in self.family.low else min(self.family.sizes)

    def region(self, index: int) -> tuple[int, int] | None:
        """`(low, high)` of a feature, in input samples; None where it sees nothing or there is no support."""
        return None if self.family is None else self.family.region(index)


#: The input itself: feature i sees sample i.
SOURCE = Field(IDENTITY, Family(1, 1, (0,), (0,)))

#: The same, for those who do not ask for regions.
GRID = Field(IDENTITY, None)

#: Nothing can be said (an op that is not known, a broken layer).
UNKNOWN = Field(None, None, why="unknown-op")

#: A number of it is larger than any that is computed with.
BEYOND = Field(None, None, why="beyond-limits")

#: Reasons for which nothing is known of all that follows, whatever it is.
LOST: Final = ("unknown-op", "beyond-limits")

#: Bits of the numerator and the denominator of an exact fraction.
FRACTION_BITS: Final = 4096

#: What of a field can be too large.
Excess = Literal["stride", "centre", "fraction", "reach"]

#: The whole input is seen, and there is no local path.
GLOBAL = Field(None, None, is_global=True, why="global")

#: Where a feature looks depends on where it stands (maps joined along this axis).
SCATTERED = Field(None, None, why="position-dependent")


def through(step: Step, field: Field) -> Field:
    """The field behind one more step, within the limits."""
    behind = unlimited(step, field)
    return BEYOND if excess(behind) else behind


def excess(field: Field) -> Excess | None:
    """What of a field is beyond the limits; None: nothing."""
    grid, family = field.grid, field.family
    if grid is not None and not (
        grid.s <= LARGEST_COMPUTED and -LARGEST_COMPUTED <= grid.c <= LARGEST_COMPUTED and grid.d <= LARGEST_COMPUTED
    ):
        if grid.s > LARGEST_COMPUTED * grid.d:
            return "stride"
        if abs(grid.c) > LARGEST_COMPUTED * grid.d:
            return "centre"
        if max(map(int.bit_length, grid)) > FRACTION_BITS:
            return "fraction"
    if family is not None:
        ends = [end for end in (*family.low, *family.high) if end is not None] or [0]
        low, high = min(ends), max(ends)
        if max(family.advance, -low, high, high - low + 1) > LARGEST_COMPUTED:
            return "reach"
    return None


def unlimited(step: Step, field: Field) -> Field:
    """The field behind one more step, however large its numbers."""
    why = field.why or step.why
    family = None
    if why:
        if field.why in LOST:
            return field
        if step.why == "global" and step.grid is None:
            return GLOBAL
        if step.why == "unknown-op":
            return UNKNOWN
        if field.why == "global" and field.grid is None:
            return field
        if step.why == "global":  # on one side: features stay where they are
            why = "global"
    elif field.family is not None:
        family = hull.through(step, field.family)
        why = "" if family else "position-dependent"
    outer, inner = step.grid, field.grid
    return Field(
        None if outer is None or inner is None else compose(outer, inner),
        family,
        field.aligned,
        is_global=field.is_global or step.gated,
        floating=field.floating or step.floating,
        sized=field.sized or step.sized,
        why=why,
    )


class Branch(NamedTuple):
    """A branch of a merge, with its own representative path."""

    node: int
    field: Field
    #: The grid of largest stride on the path, from the input on; and its layers.
    coarsest: Grid
    length: int


def representative(branches: Sequence[Branch]) -> Branch | None:
    """The branch whose grid goes on (design.md#alignment), whatever the order of the branches; None if none has a grid."""
    local = [branch for branch in branches if branch.field.grid is not None]
    if not local:
        return None
    # One question after the other: most merges are decided by the first, and rationals are slow.
    finest = local[0].coarsest
    for branch in local:
        if branch.coarsest.s * finest.d < finest.s * branch.coarsest.d:
            finest = branch.coarsest
    local = [branch for branch in local if branch.coarsest.s * finest.d == finest.s * branch.coarsest.d]
    grids = [branch.field.grid for branch in local if branch.field.grid is not None]
    if any([grid != grids[0] for grid in grids]):
        most = max(map(grids.count, grids))
        chosen = min({grid for grid in grids if grids.count(grid) == most}, key=_apart)
        local = [branch for branch in local if branch.field.grid == chosen]
    return min(local, key=_size)


def _apart(own: Grid) -> tuple[Fraction, int | Fraction, int | Fraction]:
    """What tells grids apart that equally many branches have: `|c0 - (S - 1)/2|`, from the grid of plain cells; `c0`; and `S`."""
    s, c, d = own
    apart = Fraction(abs(2 * c - s + d), 2 * d)
    return (apart, c, s) if d == 1 else (apart, own.center, own.stride)


def _size(branch: Branch) -> tuple[int, int]:
    return branch.length, branch.node


def agree(one: Field, other: Field) -> bool:
    """Whether two local fields are aligned as far as can be known: equal grids, or equal strides where one floats."""
    if one.grid is None or other.grid is None or one.grid == other.grid:
        return True
    if one.floating or other.floating:
        return one.grid.s * other.grid.d == other.grid.s * one.grid.d
    return False


def union(fields: Sequence[Field], head: Field | None, *, single: bool = False) -> Field:
    """The field behind a merge of several; `head` represents them, None where they have no grid.

    Whether the branches are aligned is the caller's to record; here `aligned` is that of the branches themselves and,
    unless the merged map is a `single` sample, between them.
    """
    lost = next((field for field in fields if field.why in LOST), None)
    if lost is not None:
        return lost
    placed = [field for field in fields if field.why != "global" or field.grid is not None]
    if not placed:
        return fields[0]
    head = head or placed[0]
    floating = any([field.floating for field in placed])
    aligned: bool | None = True
    if not all([field.aligned is not False and (single or agree(head, field)) for field in placed]):
        aligned = False
    elif not all([field.aligned for field in placed]) or (floating and any(field != head for field in placed)):
        aligned = None
    local = [field for field in placed if field.why != "global"]
    # Of two reasons "size-dependent" is told: a declared size may leave the other.
    why: NoSupport = max([field.why for field in local], default="global")
    family: Family | None = None
    if not why and floating and any(field.family != local[0].family for field in local):
        why = "size-dependent"
    elif not why:
        families = [field.family for field in local if field.family is not None]
        family = hull.union(families) if families else None
        why = "" if family else "position-dependent"
    if family is not None and excess(Field(None, family)):
        return BEYOND
    return Field(
        head.grid,
        family,
        aligned,
        is_global=any([field.is_global for field in fields]),
        floating=floating,
        sized=head.sized,
        why=why,
    )
