"""A network as an ONNX model of random weights: one small file, whatever the size of the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from onnx import TensorProto, helper

from rflint.exporting.onnx import maps, samples, windows
from rflint.exporting.onnx.writer import Writer
from rflint.exporting.settled import ExportFailure, Network

#: The first with GroupNormalization as everybody has it; onnxruntime has it from 1.20 on.
OPSET: Final = 21
_IR_VERSION: Final = 10

HANDLERS: Final[Mapping[str, Any]] = {**windows.HANDLERS, **maps.HANDLERS, **samples.HANDLERS}


def write(network: Network) -> bytes:
    """Return the bytes of the model; the same network gives the same bytes.  Raises ExportFailure."""
    for each in network.inputs:
        if None in each.size:
            raise ExportFailure(f"the size of input `{each.name}` is not known, and an ONNX model needs it: give it with --size")
    writer = Writer(network)
    for layer in network.layers:
        writer.begin(layer)
        writer.end(HANDLERS[layer.op](writer, layer, *layer.sources))
    channels = {each.name: (each.channels, each.size) for each in network.inputs}
    channels |= {layer.name: (layer.channels, layer.size) for layer in network.layers}

    def place(name: str) -> Any:
        count, size = channels[name]
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, count, *size])

    graph = helper.make_graph(
        writer.nodes,
        network.name or "network",
        [place(each.name) for each in network.inputs],
        [place(name) for name in network.outputs],
        list(writer.constants.values()),
        value_info=[*writer.shapes, *(place(layer.name) for layer in network.layers if layer.name not in network.outputs)],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=_IR_VERSION,
        producer_name="rflint",
    )
    return bytes(model.SerializeToString(deterministic=True))
