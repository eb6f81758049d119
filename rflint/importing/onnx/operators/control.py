"""Control flow: a branch that is known to be taken is part of the graph; everything else stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rflint.importing.onnx.graph import Node, branch
from rflint.importing.onnx.reader import Handler, Made, NotExpressible, Reader


def _if(reader: Reader, node: Node) -> Made:
    condition = reader.input(node, 0)
    if condition.value is None or condition.value.size != 1:
        raise NotExpressible
    reader.sized = reader.sized or condition.sized
    taken = node.attributes.get("then_branch" if bool(condition.value.reshape(-1)[0]) else "else_branch")
    if taken is None:
        raise NotExpressible
    return reader.follow(branch(taken))


OPERATORS: Final[Mapping[str, Handler]] = {"If": _if}
