"""Nodes and tensors of a graph, as protocol buffers: what is asked of them, and copies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper


def attribute(node: onnx.NodeProto, name: str, default: Any) -> Any:
    """Return an attribute of a node."""
    found = next((each for each in node.attribute if each.name == name), None)
    return default if found is None else helper.get_attribute_value(found)


def declared_shape(info: onnx.ValueInfoProto) -> tuple[int | None, ...] | None:
    """Return the declared sizes of a tensor, None for one that is open; None: not even their number is declared."""
    tensor = info.type.tensor_type
    return tuple(dim.dim_value or None for dim in tensor.shape.dim) if tensor.HasField("shape") else None


def renamed(node: onnx.NodeProto, inputs: Iterable[str]) -> onnx.NodeProto:
    """Return a copy of a node that reads other tensors."""
    made = onnx.NodeProto()
    made.CopyFrom(node)
    # Names of nodes say nothing here, and must not be two of a kind.
    made.name = ""
    names = list(inputs)
    del made.input[:]
    made.input.extend(names)
    return made


def has_numbers(tensor: onnx.TensorProto) -> bool:
    """Whether the file has the numbers of a tensor: models are kept without their weights, too, or beside them."""
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        return False
    return 0 in tensor.dims or any(
        getattr(tensor, field) for field in ("raw_data", "float_data", "int32_data", "int64_data", "double_data")
    )


def filled(tensor: onnx.TensorProto) -> onnx.TensorProto:
    """Return a constant with numbers: ones where the file has none."""
    if has_numbers(tensor):
        return tensor
    kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    return numpy_helper.from_array(np.ones(tuple(tensor.dims), kind), tensor.name)


def captured(node: onnx.NodeProto) -> set[str]:
    """Return what the graphs in the attributes of a node read, their own tensors among it."""
    graphs = [graph for each in node.attribute for graph in (each.g, *each.graphs)]
    inside = {name for graph in graphs for inner in graph.node for name in (*inner.input, *captured(inner))}
    return inside | {each.name for graph in graphs for each in graph.output}


def needed(nodes: Sequence[onnx.NodeProto], wanted: Collection[str]) -> list[onnx.NodeProto]:
    """Return the nodes that some tensors depend on."""
    needed = set(wanted)
    kept = []
    for node in reversed(nodes):
        if not needed.isdisjoint(node.output):
            needed.update(node.input, captured(node))
            kept.append(node)
    return kept[::-1]
