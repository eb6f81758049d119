"""The algebra of receptive fields on one axis, in exact integers: grids, axis ops and their steps, fields, supports.

It imports nothing else of rflint.  Supports and moments, for the few questions about what lies inside the hull, have doors of their own.
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

__all__ = [
    "AXIS_OPS",
    "BEYOND",
    "GRID",
    "IDENTITY",
    "LARGEST",
    "LARGEST_COMPUTED",
    "LOST",
    "RESAMPLING",
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
    "Step",
    "Transposed",
    "Window",
    "WindowAttention",
    "compose",
    "deviation",
    "excess",
    "grid",
    "reduce_residues",
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
