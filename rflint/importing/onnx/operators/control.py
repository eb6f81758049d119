"""Control flow: what is known to be run, and how often, is part of the graph; everything else stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from rflint.importing.onnx.graph import Node
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader
from rflint.importing.onnx.tensors import Tensor

#: Nodes that the turns of a loop may come to; one without nodes counts as if it had one.
_MOST_UNROLLED: Final = 2000


def _if(reader: Reader, node: Node) -> Made:
    condition = reader.input(node, 0)
    if condition.value is None or condition.value.size != 1:
        raise NotExpressible
    reader.sized = reader.sized or condition.sized
    taken = node.attributes.get("then_branch" if bool(condition.value.reshape(-1)[0]) else "else_branch")
    if taken is None:
        raise NotExpressible
    return reader.follow(reader.branch(taken))


def _loop(reader: Reader, node: Node) -> Made:
    """Read the body of a loop once for each turn, where the number of these is known."""
    turns = reader.input(node, 0).value
    if turns is None or turns.size != 1 or (body := node.attributes.get("body")) is None:
        raise NotExpressible
    taken = reader.branch(body)
    count = int(turns.reshape(-1)[0])
    carried = [reader.input(node, place) for place in range(2, len(node.inputs))]
    if not 0 <= count * max(len(taken.nodes), 1) <= _MOST_UNROLLED or len(taken.outputs) != len(carried) + 1:
        raise NotExpressible  # it is long, or stacks what its turns make
    more = reader.input(node, 1) if reader.has(node, 1) else Tensor((), value=np.array([True]))
    for turn in range(count):
        if more.value is None:
            raise NotExpressible
        if not more.value.all():
            break
        more, *carried = reader.follow(taken, [Tensor((), value=np.array(turn, dtype="i8")), more, *carried])
    return carried


OPERATORS: Final[Mapping[str, Handler]] = {"If": _if, "Loop": _loop}
