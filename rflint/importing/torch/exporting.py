"""A module as the bytes of an ONNX model, by whichever exporter takes it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final

import torch

from rflint.importing.draft import ImportFailure
from rflint.importing.torch.silence import silence

_OPSET: Final = 17
#: What the input is called.
INPUT: Final = "image"
#: Pooling to a size, which ONNX has for one sample only: exporters fold it at the size of the example, or refuse.
_ADAPTIVE: Final = {f"aten::adaptive_{kind}_pool{axes}d": (kind, axes) for kind in ("avg", "max") for axes in (1, 2, 3)}


def exported(module: torch.nn.Module, example: torch.Tensor) -> bytes:
    """Return an ONNX model; raises ImportFailure.

    By tracing, as that keeps module paths and leaves operators whole; else by `torch.export`; else by tracing with operators that
    ONNX does not have left as they are.
    """
    tries = [_tried(_traced, module, example)]
    for export in (_captured, _traced_through):
        if isinstance(tries[-1], str):
            tries.append(_tried(export, module, example))
    if isinstance(tries[-1], str):
        raise ImportFailure(f"cannot be exported ({tries[0]!s})")
    return tries[-1]


def _tried(export: Callable[[torch.nn.Module, torch.Tensor], bytes], module: torch.nn.Module, example: torch.Tensor) -> bytes | str:
    """Return an ONNX model, or why there is none."""
    try:
        with silence(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return export(module, example)
    except Exception as error:
        lines = str(error).splitlines() or [""]
        return f"{type(error).__name__}: {lines[0][:160]}"


def _traced(module: torch.nn.Module, example: torch.Tensor, **options: Any) -> bytes:
    stream = BytesIO()
    with _adaptive_pooling():
        torch.onnx.export(module, (example,), stream, input_names=[INPUT], opset_version=_OPSET, dynamo=False, **options)
    return stream.getvalue()


def _traced_through(module: torch.nn.Module, example: torch.Tensor) -> bytes:
    return _traced(module, example, operator_export_type=torch.onnx.OperatorExportTypes.ONNX_FALLTHROUGH)


def _captured(module: torch.nn.Module, example: torch.Tensor) -> bytes:
    program = torch.onnx.export(module, (example,), input_names=[INPUT], dynamo=True, verbose=False)
    assert program is not None
    return bytes(program.model_proto.SerializeToString())


@contextmanager
def _adaptive_pooling() -> Iterator[None]:
    """Export adaptive pooling as operators of ours, which keep the size."""
    for name, (kind, axes) in _ADAPTIVE.items():
        torch.onnx.register_custom_op_symbolic(name, _symbolic(kind, axes), _OPSET)
    try:
        yield
    finally:
        for name in _ADAPTIVE:
            torch.onnx.unregister_custom_op_symbolic(name, _OPSET)


def _symbolic(kind: str, axes: int) -> Callable[..., Any]:
    def symbolic(graph: Any, source: Any, output_size: Any) -> Any:
        helper = torch.onnx.symbolic_helper
        if output_size.node().kind() == "prim::ListConstruct":
            inputs = list(output_size.node().inputs())
            values = [None if each.node().mustBeNone() else helper._maybe_get_const(each, "i") for each in inputs]  # noqa: SLF001 - as below
        else:
            values = helper._maybe_get_const(output_size, "is")  # noqa: SLF001 - there is no other way to a constant
        whole = source.type().sizes()
        sizes = [own if each is None else int(each) for each, own in zip(values, whole[2:] if whole else [None] * axes, strict=True)]
        if set(sizes) == {1}:
            made = graph.op("GlobalAveragePool" if kind == "avg" else "GlobalMaxPool", source)
        else:
            made = graph.op(f"rflint::Adaptive{kind.title()}Pool", source, size_i=sizes)
        if whole is not None:
            made.setType(source.type().with_sizes([*whole[:-axes], *sizes]))
        return made if kind == "avg" else (made, None)

    return symbolic
