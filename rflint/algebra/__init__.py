"""The algebra of receptive fields on one axis, in exact integers: grids, axis ops and their steps, fields, supports.

It imports nothing else of rflint.
"""

from rflint.algebra.axis import AxisOp
from rflint.algebra.congruence import reduce_residues

__all__ = ["AxisOp", "reduce_residues"]
