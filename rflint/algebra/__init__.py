"""The algebra of receptive fields on one axis, in exact integers: grids, axis ops and their steps, fields, supports.

It imports nothing else of rflint.
"""

from typing import Final

from rflint.algebra.axis import LARGEST, AxisOp, Global, Join, Merge, Opaque, Pointwise, Transposed, Window
from rflint.algebra.periodic import reduce_residues
from rflint.algebra.resampling import Adaptive, CropLike, DepthToSpace, Pad, Resize, Slice, SpaceToDepth, WindowAttention

__all__ = ["AXIS_OPS", "LARGEST", "AxisOp", "reduce_residues"]

#: All axis ops.  The laws, the referee, the contract of plug-ins and the docs go through this tuple.
AXIS_OPS: Final[tuple[type[AxisOp], ...]] = (
    Window,
    Transposed,
    Pointwise,
    Merge,
    Join,
    Global,
    Opaque,
    Resize,
    Adaptive,
    SpaceToDepth,
    DepthToSpace,
    Pad,
    Slice,
    CropLike,
    WindowAttention,
)
