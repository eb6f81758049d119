"""ONNX models: https://onnx.ai.  Weights are skipped before anything is parsed; shapes are folded at the declared size."""

from __future__ import annotations

from typing import BinaryIO, Final

from rflint.importing.draft import Draft, ImportFailure, Wishes
from rflint.importing.onnx.graph import parse
from rflint.importing.onnx.inputs import layouts
from rflint.importing.onnx.operators import OPERATORS
from rflint.importing.onnx.payloads import without_payloads
from rflint.importing.onnx.reader import Reader

#: Nodes that are read in all, while other meanings of the inputs are tried.
_MOST_READ: Final = 20_000


def read(stream: BinaryIO, name: str, wishes: Wishes) -> Draft:
    """Read a model from an open file; raises ImportFailure.

    What the dimensions of an input are, and at which of several usual sizes the shapes fit that were folded into a model, is told by
    what comes of it: of the readings that are tried the one is taken that leaves the fewest operators unknown.
    """
    graph = parse(without_payloads(stream))
    found: Draft | None = None
    failure: ImportFailure | None = None
    fewest, work = 0, 0
    for layout in layouts(graph, wishes):
        work += len(graph.nodes)
        if (found or failure) and work > _MOST_READ:
            break
        try:
            draft = (reader := Reader(graph, wishes, OPERATORS, layout)).read(name)
        except ImportFailure as raised:
            failure = failure or raised
            continue
        work += reader.followed
        if found is None or reader.missed < fewest:
            found, fewest = draft, reader.missed
        if not _unknown(draft):
            return draft
    if found is None:
        assert failure is not None
        raise failure
    return found


def _unknown(draft: Draft) -> bool:
    """Whether an output depends on an operator that is not understood."""
    needed = {key for key, _ in draft.outputs}
    for item in reversed(draft.items):
        if item.key in needed:
            if item.op == "unknown":
                return True
            needed.update(item.sources)
    return False
