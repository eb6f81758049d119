"""ONNX models: https://onnx.ai.  Weights are skipped before anything is parsed; shapes are folded at the declared size."""

from __future__ import annotations

from typing import BinaryIO

from rflint.importing.draft import Draft, Wishes
from rflint.importing.onnx.graph import parse
from rflint.importing.onnx.operators import OPERATORS
from rflint.importing.onnx.payloads import without_payloads
from rflint.importing.onnx.reader import Reader


def read(stream: BinaryIO, name: str, wishes: Wishes) -> Draft:
    """Read a model from an open file; raises ImportFailure."""
    return Reader(parse(without_payloads(stream)), wishes, OPERATORS).read(name)
