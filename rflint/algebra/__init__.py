"""The algebra of receptive fields on one axis, in exact integers: grids, axis ops and their steps, fields, supports.

It imports nothing else of rflint.
"""

from typing import Final

from rflint.algebra.axis import (
    LARGEST,
    LARGEST_COMPUTED,
    AxisOp,
    Facts,
    Global,
    Join,
    Merge,
    Opaque,
    PaddingWord,
    Pointwise,
    Step,
    Transposed,
    Window,
)
from rflint.algebra.field import BEYOND, GRID, LOST, Field, excess, unlimited
from rflint.algebra.grid import IDENTITY, Grid, compose, deviation, grid
from rflint.algebra.moments import Spread, mix_spreads, through_spread
from rflint.algebra.past import Past
from rflint.algebra.periodic import reduce_residues
from rflint.algebra.resampling import (
    RESAMPLING,
    Adaptive,
    CropLike,
    DepthToSpace,
    Pad,
    PadLike,
    Resize,
    Slice,
    SpaceToDepth,
    WindowAttention,
)
from rflint.algebra.support import SOURCE_SET, SupportSet, merge_sets, through_set

__all__ = [
    "AXIS_OPS",
    "BEYOND",
    "GRID",
    "IDENTITY",
    "LARGEST",
    "LARGEST_COMPUTED",
    "LOST",
    "RESAMPLING",
    "SOURCE_SET",
    "Adaptive",
    "AxisOp",
    "CropLike",
    "DepthToSpace",
    "Facts",
    "Field",
    "Global",
    "Grid",
    "Join",
    "Merge",
    "Opaque",
    "Pad",
    "PadLike",
    "PaddingWord",
    "Past",
    "Pointwise",
    "Resize",
    "Slice",
    "SpaceToDepth",
    "Spread",
    "Step",
    "SupportSet",
    "Transposed",
    "Window",
    "WindowAttention",
    "compose",
    "deviation",
    "excess",
    "grid",
    "merge_sets",
    "mix_spreads",
    "reduce_residues",
    "through_set",
    "through_spread",
    "unlimited",
]

#: All axis ops.  The laws, the referee, the contract of plug-ins and the docs go through this tuple.
AXIS_OPS: Final[tuple[type[AxisOp], ...]] = (
    Window,
    Transposed,
    Pointwise,
    Merge,
    Join,
    Global,
    Past,
    Opaque,
    Resize,
    Adaptive,
    SpaceToDepth,
    DepthToSpace,
    Pad,
    Slice,
    CropLike,
    PadLike,
    WindowAttention,
)
