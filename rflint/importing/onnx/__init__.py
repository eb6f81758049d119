"""ONNX models: https://onnx.ai.  Weights are skipped before anything is parsed; shapes are folded at the declared size."""

from __future__ import annotations

from itertools import chain
from typing import BinaryIO, Final

from rflint.importing.draft import Draft, ImportFailure, Wishes
from rflint.importing.onnx.graph import parse
from rflint.importing.onnx.inputs import Layout, layouts, sizes
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
    fewest, best, work = -1, Layout(2), 0
    failure: ImportFailure | None = None
    ways = layouts(graph)
    for round_ in (lambda: ways, lambda: sizes(graph, best, wishes)):
        for layout in round_():
            if fewest == 0 or (work := work + len(graph.nodes)) > max(_MOST_READ, len(graph.nodes)):
                break
            try:
                draft = (reader := Reader(graph, wishes, OPERATORS, layout)).read(name)
            except ImportFailure as raised:
                failure = failure or raised
                continue
            if found is None or reader.missed < fewest:
                found, fewest, best = draft, reader.missed, layout
    if found is None:
        assert failure is not None
        raise failure
    return found
