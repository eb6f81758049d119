"""An example of a rule, as the engine sees it on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rflint.engine.analysis import analyze
from rflint.pipeline import load
from rflint.questions.location import feature
from rflint.verdict import Options

if TYPE_CHECKING:
    from fractions import Fraction

    from rflint.model import Graph, Layer


class Seen(NamedTuple):
    """What one feature sees, in samples of the map that the figure shows."""

    feature: int
    low: int
    high: int
    center: Fraction


class Net:
    """An example as the engine sees it, on its first axis, at its own size or at one that the figure picks.

    Where the input must be a multiple of something, the next such size is taken.
    """

    def __init__(self, text: str, size: int | None = None) -> None:
        graph = _graph(text, Options())
        if size is not None:
            multiple = graph.inputs[0].multiple_of[0]
            graph = _graph(text, Options(sizes=((None, (-(-size // multiple) * multiple,)),)))
        self.graph = graph
        self.analysis = analyze(graph)
        self.part = self.analysis.axes[0]
        self.sizing = self.part.valid_cases[0].sizings[0]

    @property
    def last(self) -> int:
        """Node of the output."""
        return self.graph.outputs[0]

    def name(self, node: int) -> str:
        """Name of a layer, or of an input."""
        return self.graph.node_name(node)

    def layer(self, node: int) -> Layer:
        """The layer of a node that is no input."""
        return self.graph.layers[node - len(self.graph.inputs)]

    def sources(self, node: int) -> tuple[int, ...]:
        """The nodes that a layer reads."""
        return self.part.program.sources[node]

    def size(self, node: int) -> int:
        """Samples of a map, where they are known."""
        size = self.part.size(node)
        if size is None:
            raise ValueError(f"the figure needs the size of {self.name(node)}")
        return size

    def seen(self, node: int, index: int, source: int = 0) -> Seen:
        """What a feature sees of a map before it."""
        found = feature(self.analysis, source, node, (index,) * len(self.graph.axes))[0]
        if found.region is None or found.center is None:
            raise ValueError(f"feature {index} of {self.name(node)}: {found.why}")
        return Seen(index, *found.region, found.center)

    def taps(self, node: int, index: int) -> tuple[int, ...]:
        """The samples of its input that a feature of a layer reads, on unbounded maps."""
        step = self.sizing.steps[node]
        if step is None:
            raise ValueError(f"{self.name(node)} has no taps")
        turn, phase = divmod(index, step.period)
        return tuple(tap + turn * step.advance for tap in step.taps[phase])

    def read(self, node: int) -> frozenset[int]:
        """All samples of its input that a layer reads, those of the padding too."""
        return frozenset(tap for index in range(self.size(node)) for tap in self.taps(node, index))

    def padding(self, node: int) -> tuple[int, int]:
        """Padding of a window as resolved for this size."""
        step = self.sizing.steps[node]
        return (step.padding if step is not None else None) or (0, 0)

    def written(self, node: int) -> str:
        """The layer as the spec says it: `wide: conv, kernel 5, padding [1, 3]`."""
        layer = self.layer(node)
        fields = (f"{name} {_first(value)}" for name, value in layer.fields.items() if name != "channels")
        return f"{layer.name}: {', '.join((layer.op, *fields))}"


def _graph(text: str, options: Options) -> Graph:
    graph = load(text.encode("utf-8"), "net.yaml", options).graph
    if graph is None:
        raise ValueError("an example without a graph")
    return graph


def _first(value: object) -> str:
    """The value of the first axis: figures show one, and the examples treat all alike."""
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], (list, tuple)):
        value = value[0]
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, (list, tuple)) else str(value)
