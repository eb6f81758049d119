"""What each operator means: a table for each family, from its name (with its domain, if not ONNX's own) to a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.operators import (
    arithmetic,
    borders,
    control,
    merging,
    pointwise,
    products,
    reductions,
    resampling,
    sequences,
    shapes,
    windows,
)
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader

_FAMILIES: Final = (pointwise, merging, windows, resampling, borders, shapes, reductions, products, arithmetic, control, sequences)


def _folded(reader: Reader, node: Node) -> Made:
    if (result := arithmetic.computed(reader, node)) is None:
        raise NotExpressible
    return result


#: Operators on numbers only, and after them those that have more to say.
OPERATORS: Final[Mapping[str, Handler]] = {
    **dict.fromkeys(arithmetic.COMPUTED, _folded),
    **{name: handler for family in _FAMILIES for name, handler in family.OPERATORS.items()},
}
