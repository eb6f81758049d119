"""The nodes of an ONNX graph, layer by layer; weights are made by the graph, so that files stay small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import Any, Final

import numpy as np
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from rflint.exporting.settled import Network, Settled, whole

_FLOAT: Final = TensorProto.FLOAT


class Writer:
    """Collects nodes; what it is told belongs to the layer that was begun last."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}
        self.shapes: list[ValueInfoProto] = []
        self._counts: Counter[str] = Counter()
        self._layer = ""
        self._weights: set[str] = set()

    def begin(self, layer: Settled) -> None:
        """Begin a layer."""
        self._layer = layer.name
        self._counts.clear()

    def end(self, made: str) -> None:
        """Call the tensor that a layer made like the layer."""
        last = self.nodes[-1] if self.nodes else None
        if last is None or made not in last.output or not last.name.startswith(f"/{self._layer}/"):
            self.add("Identity", made)
            last = self.nodes[-1]
            made = last.output[0]
        last.output[list(last.output).index(made)] = self._layer

    def add(self, op: str, *inputs: str, count: int = 1, **attributes: Any) -> str:
        """Add a node; return its first output."""
        return self.add_all(op, *inputs, count=count, **attributes)[0]

    def add_all(self, op: str, *inputs: str, count: int, **attributes: Any) -> list[str]:
        """Add a node; return its outputs."""
        number = self._counts[op]
        self._counts[op] += 1
        name = f"/{self._layer}/{op}" + (f"_{number}" if number else "")
        outputs = [f"{name}_output_{place}" for place in range(count)]
        self.nodes.append(helper.make_node(op, list(inputs), outputs, name=name, **attributes))
        return outputs

    def weight(self, layer: Settled, name: str, shape: Sequence[int], fan_in: int) -> str:
        """Random numbers of a layer, or of the one whose weights it shares, as He et al. (ICCV 2015) begin with."""
        tensor = f"{layer.weights or layer.name}.{name}"
        if tensor not in self._weights:
            self._weights.add(tensor)
            scale = float((2 / max(fan_in, 1)) ** 0.5)
            seed = float(len(self._weights))
            # Not in the layer's own name: whoever reads names would count it as a part of the layer.
            node = helper.make_node("RandomNormal", [], [tensor], shape=list(shape), scale=scale, seed=seed, name=f"/{tensor}/RandomNormal")
            self.nodes.append(node)
            self.shapes.append(helper.make_tensor_value_info(tensor, _FLOAT, list(shape)))
        return tensor

    def filled(self, shape: Sequence[int], value: float) -> str:
        """One number many times over."""
        if prod(shape) == 1:
            return self.constant(f"fill_{value:g}_{'x'.join(map(str, shape))}", np.full(shape, value, np.float32))
        filler = helper.make_tensor("value", _FLOAT, [1], [value])
        return self.add("ConstantOfShape", self.integers(shape), value=filler)

    def integers(self, values: Sequence[int]) -> str:
        """A list of integers: shapes, places."""
        return self.constant(f"integers_{'_'.join(map(str, values)) or 'none'}", np.array(values, np.int64))

    def decimals(self, values: Sequence[float]) -> str:
        """A list of decimals."""
        return self.constant(f"decimals_{'_'.join(f'{value:.9g}' for value in values)}", np.array(values, np.float32))

    def number(self, value: float) -> str:
        """One decimal, as a scalar."""
        return self.constant(f"number_{value:.9g}", np.array(value, np.float32))

    def constant(self, name: str, values: np.ndarray) -> str:
        """A small tensor of the file."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(values, name)
        return name

    def reshape(self, tensor: str, shape: Sequence[int]) -> str:
        """The same numbers in another shape."""
        return self.add("Reshape", tensor, self.integers(shape))

    def per_channel(self, layer: Settled, name: str, channels: int) -> str:
        """A learnt number for each channel, as it is multiplied with a map or added to one."""
        return self.weight(layer, name, [channels, *[1] * len(layer.axes)], 2)


def sizes_of(layer: Settled, place: int = 0) -> tuple[int, ...]:
    """Return the samples of what a layer reads; raises ExportFailure where they are not known."""
    return whole(layer.sizes_in[place], layer)
