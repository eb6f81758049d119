"""A graph, node by node, to items of a draft; what an operator means is said by the tables of `rflint.importing.onnx.operators`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np

from rflint.importing.draft import Draft, DraftInput, ImportFailure, Item, Value, Wishes
from rflint.importing.onnx.graph import Branch, Graph, Inner, Node, branch
from rflint.importing.onnx.inference import inferred
from rflint.importing.onnx.inputs import Layout, declared, freed
from rflint.importing.onnx.tails import ends
from rflint.importing.onnx.tensors import BATCH, CHANNELS, Dim, Tensor, atom, kinds_of, plain, size_of, value_of
from rflint.importing.onnx.views import rearranged
from rflint.ops import OPS

#: What an operator makes: a tensor, or one for each output.
Made = Tensor | Sequence[Tensor | None]
Handler = Callable[["Reader", Node], Made]

_AXES: Final = {1: ("t",), 2: ("y", "x"), 3: ("z", "y", "x")}
#: Nodes whose shapes `onnx` is asked for: it takes a third of a millisecond each.
_MOST_INFERRED: Final = 2000
#: Nodes of graphs within the graph, counted each time that they are read.
_MOST_FOLLOWED: Final = 50_000
_SNAKE: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class NotExpressible(Exception):  # noqa: N818 - it ends one operator, not the import
    """The language has no op for what an operator does here."""


class Reader:
    """What is known of the tensors of a graph so far, and the items that came of its nodes."""

    def __init__(self, graph: Graph, wishes: Wishes, operators: Mapping[str, Handler], layout: Layout) -> None:
        self._graph = graph
        self._wishes = wishes
        self._operators = operators
        self._items: list[Item] = []
        self._by_key: dict[str, Item] = {}
        self._tensors: dict[str, Tensor] = {name: Tensor(each.shape, value=each.value) for name, each in graph.constants.items()}
        #: Key of an item -> where the model holds its map.
        self._values: dict[str, Value] = {}
        self._inferences = 0
        #: Operators that only follow an unknown one, by its key.
        self._absorbed: dict[str, set[str]] = defaultdict(set)
        #: Operators on maps that are not understood.
        self.missed = 0
        #: Nodes of graphs within the graph that were read so far.
        self.followed = 0
        #: Some layer is as it is because an input has the size that it has.
        self.sized = layout.nominal > 0
        self._layout = layout
        self.axes = layout.axes
        self.inputs: list[DraftInput] = []

    @property
    def opset(self) -> int:
        """Version of the operators."""
        return self._graph.opset

    @property
    def axis_names(self) -> tuple[str, ...]:
        """Names of the axes of the network."""
        return _AXES[self.axes]

    # What operators ask for

    def input(self, node: Node, place: int) -> Tensor:
        """Return an input of a node; raises NotExpressible where it is missing."""
        if place >= len(node.inputs) or not node.inputs[place]:
            raise NotExpressible
        return self._tensors.get(node.inputs[place], Tensor())

    def has(self, node: Node, place: int) -> bool:
        """Whether a node has an optional input."""
        return place < len(node.inputs) and bool(node.inputs[place])

    def numbers(self, node: Node, attribute: str, place: int) -> np.ndarray | None:
        """Return numbers that older opsets have as an attribute, newer ones as an input; None where there are none.

        Raises NotExpressible where they are computed from data.
        """
        if (given := node.attributes.get(attribute)) is not None:
            return np.asarray(given)
        if not self.has(node, place):
            return None
        tensor = self.input(node, place)
        if tensor.value is None:
            raise NotExpressible
        self.sized = self.sized or tensor.sized
        return np.asarray(tensor.value).reshape(-1)

    def map(self, node: Node, tensor: Tensor) -> Tensor:
        """Return a tensor as a map whose dimensions are batch, channels, and axes; raises NotExpressible where it is none."""
        if tensor.key is None or tensor.dims is None or len(tensor.dims) < 2 or tensor.pairs:
            raise NotExpressible
        if any(tensor.rolled):
            raise NotExpressible
        batch, channels, *spatial = tensor.dims
        if kinds_of([batch]) <= {BATCH} and kinds_of([channels]) <= {CHANNELS} and self.axes_of(tensor, spatial) is not None:
            return tensor
        if (found := rearranged(tensor)) is None:
            raise NotExpressible
        made = self.emit(node, found.op, [tensor], found.fields, channels=found.channels, sizes=found.sizes, dims=found.dims)
        self._hold(next((name for name in node.inputs if self._tensors.get(name) is tensor), ""), made)
        return made

    def axes_of(self, tensor: Tensor, dims: Iterable[Dim]) -> list[int] | None:
        """Return the axis that each of some dimensions holds all of; None where one does not.

        Dimensions of one position take the axes that are left, in order.
        """
        assert tensor.dims is not None
        found: list[int | None] = []
        for dim in dims:
            if not dim:
                found.append(None)
            elif len(dim) == 1 and dim[0].kind >= 0 and dim[0] == (dim[0].kind, tensor.sizes[dim[0].kind], 1):
                found.append(dim[0].kind)
            else:
                return None
        held = kinds_of(tensor.dims)
        left = [axis for axis in range(self.axes) if axis not in held]
        # From the back: a model of one axis in a network of two is the last one's.
        for number in reversed(range(len(found))):
            if found[number] is None:
                if not left:
                    return None
                found[number] = left.pop()
        known = [axis for axis in found if axis is not None]
        return known if known == sorted(known) else None

    # What operators make

    def emit(
        self,
        node: Node,
        op: str,
        sources: Sequence[Tensor],
        fields: Mapping[str, Any] | None = None,
        *,
        channels: int | None = None,
        sizes: Sequence[int] | None = None,
        dims: tuple[Dim, ...] | None = None,
    ) -> Tensor:
        """Add an item; its tensor is a view with the dimensions of the first source where none are given."""
        first = sources[0]
        if any(each.rolled != first.rolled for each in sources) or (any(first.rolled) and not _stays(op, fields or {})):
            raise NotExpressible
        key = f"{len(self._items)}"
        path, label = node.path, _snake(node.op)
        if not path and len(sources) > 1 and (latest := self._latest(sources)) is not None:
            path = latest.path[:-1]
        item = Item(key, op, tuple(str(each.key) for each in sources), dict(fields or {}), path, label, node.title)
        self._items.append(item)
        self._by_key[key] = item
        whole = first.channels if channels is None else channels
        extents = tuple(first.sizes if sizes is None else sizes)
        view = first.dims if dims is None else dims
        shape = None if view is None else tuple(map(size_of, view))
        return Tensor(shape, key, view, extents, whole, rolled=first.rolled)

    def emit_map(
        self, node: Node, op: str, sources: Sequence[Tensor], fields: Mapping[str, Any], channels: int | None, sizes: Sequence[int]
    ) -> Tensor:
        """Add an item whose tensor has the dimensions of a map, as its first source has."""
        first = sources[0]
        assert first.dims is not None
        axes = self.axes_of(first, first.dims[2:])
        assert axes is not None
        dims = (first.dims[0], atom(CHANNELS, channels or 1), *(atom(axis, sizes[axis]) for axis in axes))
        return self.emit(node, op, sources, fields, channels=channels, sizes=sizes, dims=dims)

    def unknown(self, node: Node, shape: tuple[int, ...] | None) -> Tensor:
        """Add an item for what cannot be expressed; its tensor is a map again where it has the dimensions of one."""
        sources = list({each.key: each._replace(rolled=()) for each in self._sources(node)}.values())
        fields: dict[str, Any] = {"original": (f"{node.domain}.{node.op}" if node.domain else node.op)[:200]}
        if shape is not None and self._is_map(shape):
            fields["channels"] = shape[1]
            return self.emit(
                node, "unknown", sources, fields, channels=shape[1], sizes=shape[2:], dims=plain(shape[0], shape[1], shape[2:])
            )
        made = self.emit(node, "unknown", sources, fields)
        return made._replace(shape=shape, dims=None)

    def branch(self, inner: Inner) -> Branch:
        """Take a graph within the graph apart; raises NotExpressible where the model has too many of them."""
        self._count(0)
        taken = branch(inner)
        self._count(len(taken.nodes))
        return taken

    def _count(self, nodes: int) -> None:
        # A branch without nodes takes its time, too.
        self.followed += nodes + 1
        if self.followed > _MOST_FOLLOWED:
            raise NotExpressible

    def follow(self, taken: Branch, given: Sequence[Tensor] = ()) -> list[Tensor]:
        """Read a graph within the graph, where it is known that it is the one which is run; return its outputs."""
        self._count(len(taken.nodes))
        self._tensors |= dict(zip(taken.inputs, given, strict=False))
        self._tensors |= {name: Tensor(each.shape, value=each.value) for name, each in taken.constants.items()}
        for node in taken.nodes:
            self._read(node)
        return [self._tensors.get(name, Tensor()) for name in taken.outputs]

    def _sources(self, node: Node) -> list[Tensor]:
        known = [self._tensors.get(name, Tensor()) for name in (*node.inputs, *node.captured)]
        return [part for each in known if not each.is_constant for part in (each.pairs or each.parts)]

    def _is_map(self, shape: tuple[int, ...] | None) -> bool:
        return shape is not None and len(shape) == self.axes + 2 and all(each > 0 for each in shape)

    # The graph as a whole

    def read(self, name: str) -> Draft:
        """Read all nodes."""
        self._begin()
        for node in self._graph.nodes:
            self._read(node)
        wanted = self._wishes.outputs or self._graph.outputs
        for each in wanted:
            self._finish(each)
            if any((turned := self._tensors.get(each, Tensor())).rolled):
                self._tensors[each] = self.unknown(Node("Concat", "", (each,), (each,), {}, each, ()), turned.shape)
        made = {each: self._tensors.get(each, Tensor()).parts for each in wanted}
        outputs = [(str(part.key), each if len(parts) == 1 else "") for each, parts in made.items() for part in parts]
        if self._wishes.outputs and (missing := [each for each, parts in made.items() if not parts]):
            raise ImportFailure(f"has no tensor `{missing[0]}` that depends on an input (--outputs names tensors of the model)")
        if not outputs:
            raise ImportFailure("has no output that depends on an input")
        inputs = tuple(self.inputs)
        if not self.sized:
            inputs = tuple(
                freed(self._graph, place, self._layout, self._wishes, each) for each, place in zip(inputs, self._graph.inputs, strict=True)
            )
        found = ends(self._items, outputs, self._absorbed)
        used = {source for item in self._items for source in item.sources} | {key for key, _ in found.outputs}
        inputs = tuple(each for each in inputs if each.name in used) or inputs
        items = tuple(item._replace(value=self._values.get(item.key)) for item in self._items)
        return Draft(name, _AXES[self.axes], inputs, items, found.outputs, len(self._graph.nodes), found.notes)

    def _finish(self, name: str) -> None:
        """Make an output that is a rearranged map one of its own: nothing behind it asks for that."""
        tensor = self._tensors.get(name)
        if tensor is None or tensor.dims is None or len(tensor.dims) != self.axes + 2 or set(tensor.sizes) == {1}:
            return
        with suppress(NotExpressible):
            self._tensors[name] = self.map(Node("Reshape", "", (name,), (name,), {}, name, ()), tensor)

    def _begin(self) -> None:
        for place in self._graph.inputs:
            found, view = declared(self._graph, place, self._layout, self._wishes)
            self.inputs.append(found._replace(value=value_of(place.name, view)))
            self._tensors[place.name] = Tensor(
                tuple(map(size_of, view)), found.name, view, tuple(each or 1 for each in found.size), found.channels
            )

    def _read(self, node: Node) -> None:
        if not node.outputs:
            return
        known = [self._tensors.get(name, Tensor()) for name in (*node.inputs, *node.captured) if name]
        constant = all(each.is_constant for each in known)
        handler = self._operators.get(f"{node.domain}.{node.op}" if node.domain else node.op)
        made: Made
        try:
            if handler is None:
                raise NotExpressible
            made = handler(self, node)
        except (NotExpressible, ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError):
            # Attributes and shapes come from the file, and may be anything.
            self.missed += not constant
            shapes = self._shapes(node)
            made = [Tensor(shape) for shape in shapes] if constant else self._unknowns(node, shapes)
        results = (made,) if isinstance(made, Tensor) else made
        for name, tensor in zip(node.outputs, results, strict=False):
            if name:
                self._tensors[name] = tensor or Tensor()
                self._hold(name, self._tensors[name])

    def _hold(self, name: str, tensor: Tensor) -> None:
        """Note that a tensor of the graph holds the map of an item, which an earlier one may do, too."""
        if name and tensor.key is not None and tensor.dims is not None and not any(tensor.rolled) and not tensor.pairs:
            self._values.setdefault(tensor.key, value_of(name, tensor.dims))

    def _unknowns(self, node: Node, shapes: Sequence[tuple[int, ...] | None]) -> Sequence[Tensor]:
        before = list({each.key: each for each in self._sources(node)}.values())
        item = self._by_key.get(str(before[0].key)) if len(before) == 1 else None
        if item is not None and item.op == "unknown" and before[0].dims is None and not self._is_map(shapes[0]):
            # It goes on with what is unknown, and is no more so.
            self._absorbed[item.key].add(node.op)
            return [before[0]._replace(shape=shape) for shape in shapes]
        first = self.unknown(node, shapes[0])
        return [first, *(first._replace(shape=shape, dims=first.dims if shape == first.shape else None) for shape in shapes[1:])]

    def _shapes(self, node: Node) -> list[tuple[int, ...] | None]:
        """Return the shapes of what a node makes that is not understood: as the model declares them, or as they follow."""
        shapes = [self._shape(name) for name in node.outputs]
        if None in shapes and self._inferences < _MOST_INFERRED:
            self._inferences += 1
            inputs = [self._tensors.get(name, Tensor()) if name else None for name in node.inputs]
            found = inferred(node, inputs, self.opset)
            self.sized = self.sized or (bool(found) and any(each.sized for each in inputs if each is not None))
            shapes = [found.get(name) if shape is None else shape for name, shape in zip(node.outputs, shapes, strict=True)]
        return shapes

    def _shape(self, name: str) -> tuple[int, ...] | None:
        """Return the shape that the model declares for a tensor, where all of it is known."""
        shape = self._graph.declared.get(name)
        known = None if shape is None else tuple(each for each in shape if each is not None)
        return known if shape is not None and known is not None and len(known) == len(shape) else None

    def _latest(self, sources: Sequence[Tensor]) -> Item | None:
        items = [self._by_key[each.key] for each in sources if each.key in self._by_key]
        return max(items, key=lambda item: int(item.key), default=None)


def _stays(op: str, fields: Mapping[str, Any]) -> bool:
    """Whether an op looks at one position, so that turned maps are as good as others; or keeps within windows, or cuts."""
    return op in {"attention", "slice", "add", "sub", "mul", "div"} or fields.get("kernel") == 1 or OPS[op].group == "pointwise"


def _snake(op: str) -> str:
    return _SNAKE.sub("_", op).lower()
