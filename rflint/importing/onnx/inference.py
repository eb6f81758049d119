"""Shapes of what a node makes, as `onnx` itself infers them: for operators that are not understood, and constants that are too large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import onnx
from onnx import checker, defs, helper, numpy_helper, shape_inference

from rflint.importing.onnx.graph import Constant, Inner, Node

if TYPE_CHECKING:
    from rflint.importing.onnx.tensors import Tensor

_FLOAT: Final = onnx.TensorProto.FLOAT
#: No such operator, or one that cannot be as the file has it.
_REFUSALS: Final = (
    *(ValueError, TypeError, RuntimeError, OverflowError),
    *(shape_inference.InferenceError, defs.SchemaError, checker.ValidationError),
)


def inferred(node: Node, inputs: Sequence[Tensor | None], opset: int) -> Mapping[str, tuple[int, ...]]:
    """Return the shapes of the outputs that are known; `inputs` has None where one is left out."""
    known = {name: each for name, each in zip(node.inputs, inputs, strict=True) if name and each is not None}
    if node.domain or any(each.shape is None for each in known.values()):
        return {}
    try:
        schema = defs.get_schema(node.op, opset, "")
        types, data = _typed(known)
        written = helper.make_node(node.op, node.inputs, node.outputs, **_attributes(node.attributes))
        found = shape_inference.infer_node_outputs(schema, written, types, data, opset_imports=[helper.make_opsetid("", opset)])
    except _REFUSALS:
        return {}
    return {name: shape for name, each in found.items() if (shape := _shape(each)) is not None}


def _typed(known: Mapping[str, Tensor]) -> tuple[dict[str, onnx.TypeProto], dict[str, onnx.TensorProto]]:
    data = {name: numpy_helper.from_array(each.value) for name, each in known.items() if each.value is not None}
    types = {
        name: helper.make_tensor_type_proto(data[name].data_type if name in data else _FLOAT, each.shape) for name, each in known.items()
    }
    return types, data


def _attributes(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes that can be written again; graphs cannot, and what is in them shows in no shape."""
    return {name: _written(value) for name, value in attributes.items() if value is not None and not isinstance(value, Inner)}


def _written(value: Any) -> Any:
    if not isinstance(value, Constant):
        return value
    if value.value is not None:
        return numpy_helper.from_array(value.value)
    return onnx.TensorProto(dims=value.shape, data_type=_FLOAT)


def _shape(found: onnx.TypeProto) -> tuple[int, ...] | None:
    if not found.HasField("tensor_type") or not found.tensor_type.HasField("shape"):
        return None
    sizes = tuple(each.dim_value if each.HasField("dim_value") else -1 for each in found.tensor_type.shape.dim)
    return sizes if all(each >= 0 for each in sizes) else None
