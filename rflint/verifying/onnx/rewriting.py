"""A graph rewritten: tensors hold 1 where they depend on the lit input, else 0, and what computes with values computes with these.

What moves values about stays as it is, so that the geometry is that of whoever runs the graph.  Weights are ones, or ones where
the file has numbers that are not zero; behind each sum stands a `Sign`, so that nothing grows or vanishes, however deep the graph.
Operators: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import onnx
from onnx import helper, numpy_helper

from rflint.verifying.onnx.nodes import captured, declared_shape, filled, has_numbers, needed, renamed

#: Of the operators that are written here; older graphs are taken as this one.
_OPSET: Final = 9
#: From which on reductions take their axes as an input.
_AXES_AS_INPUT: Final = 18
#: Elements of weights from which on their numbers are not looked at.
_LARGEST: Final = 1 << 26

#: Does one operator: returns the new names of its outputs, a text where what they depend on is not known.
Rule = Callable[["Rewriter", onnx.NodeProto], "Sequence[str | Unknown]"]


class Unknown(str):
    """Why it is not known what a tensor depends on."""

    __slots__ = ()


class NotFollowed(Exception):  # noqa: N818 - it ends one operator, not the rewriting
    """What an operator does with dependence is not known; the message says why, if it says anything."""


class Site(NamedTuple):
    """A place where what sees the whole map is held: names of numbers that are 0 or 1."""

    #: Input: whether it may be held.
    allowed: str
    #: Whether all of the result depends on what not all of its sources do, and whether these depend on the lit input in part.
    spread: str
    reached: str


class Rewritten(NamedTuple):
    """A graph that tells what depends on an input."""

    model: bytes
    #: Tensor of the graph -> what it is called here, or why that is not known; those that do not depend on the input are left out.
    tensors: Mapping[str, str | Unknown]
    #: Inputs of the graph that are still needed, and the types of their elements.
    inputs: Mapping[str, int]
    #: Places where something may see the whole map.
    sites: tuple[Site, ...]


class Rewriter:
    """Goes through a graph, in order.  `held`: what sees the whole map passes nothing on."""

    def __init__(self, model: onnx.ModelProto, lit: str, rules: Mapping[str, Rule], *, held: bool) -> None:
        self._model, self._rules, self.held = model, rules, held
        graph = model.graph
        self.opset = max([_OPSET, *(each.version for each in model.opset_import if each.domain in ("", "ai.onnx"))])
        self._nodes: list[onnx.NodeProto] = []
        self._sites: list[Site] = []
        self._made: dict[str, onnx.TensorProto] = {}
        self._given = {each.name: each for each in graph.initializer}
        self._lit: dict[str, str | Unknown] = {lit: lit}
        self._first = lit
        self._shapes = {each.name: declared_shape(each) for each in (*graph.input, *graph.value_info, *graph.output)}
        self._shapes |= {each.name: tuple(each.dims) for each in graph.initializer}
        self._numbers: dict[str, np.ndarray | None] = {}
        self._patterns: dict[str, np.ndarray | None] = {}
        #: New name -> the largest value over its channels, which stands for it wherever channels do not matter.
        self._tops: dict[str, str] = {}
        #: New names of maps whose channels are all alike.
        self._alike: set[str] = set()
        #: New names of scores of attention -> which of their entries count, where a mask rules others out.
        self.counted: dict[str, str] = {}

    def run(self, wanted: Collection[str]) -> Rewritten:
        """Rewrite the graph for some of its tensors."""
        for node in self._model.graph.node:
            self._read(node)
        tensors = {
            name: new if isinstance(new := self._lit[name], Unknown) else self.top(new) or new for name in wanted if name in self._lit
        }
        known = {new for new in tensors.values() if not isinstance(new, Unknown)}
        nodes = needed(self._nodes, known)
        read = {name for node in nodes for name in node.input} | known
        sites = tuple(each for each in self._sites if each.allowed in read)
        known |= {name for each in sites for name in (each.spread, each.reached)}
        # What tells whether a site is one is not needed by what it holds.
        nodes = needed(self._nodes, known)
        read |= {name for node in nodes for name in node.input}
        inputs = [each for each in self._model.graph.input if each.name in read and each.name not in self._given]
        for each in inputs:
            # Its declared size is not the one at which it is run.
            for dim in each.type.tensor_type.shape.dim:
                dim.Clear()
        entries = [
            helper.make_tensor_value_info(each.name, onnx.TensorProto.FLOAT, [None] * len(each.type.tensor_type.shape.dim))
            if each.name == self._first
            else each
            for each in inputs
        ]
        graph = helper.make_graph(
            nodes,
            "verified",
            [*entries, *(helper.make_tensor_value_info(each.allowed, onnx.TensorProto.FLOAT, []) for each in sites)],
            [helper.make_empty_tensor_value_info(name) for name in sorted(known)],
            [
                *(filled(each) for name, each in self._given.items() if name in read),
                *(each for name, each in self._made.items() if name in read),
            ],
        )
        imports = [helper.make_opsetid("", self.opset), *(each for each in self._model.opset_import if each.domain not in ("", "ai.onnx"))]
        made = helper.make_model(graph, opset_imports=imports, ir_version=min(max(self._model.ir_version, 8), 10))
        return Rewritten(made.SerializeToString(), tensors, {each.name: each.type.tensor_type.elem_type for each in inputs}, sites)

    def _read(self, node: onnx.NodeProto) -> None:
        read = {*node.input, *captured(node)} - {""}
        why = next((found for name in read if isinstance(found := self._lit.get(name), Unknown)), None)
        if read.isdisjoint(self._lit):
            self._nodes.append(renamed(node, node.input))
            return
        if node.op_type in ("Shape", "Size") and why is None:
            self._nodes.append(renamed(node, [str(self._lit.get(name, name)) for name in node.input]))
            return
        made: Sequence[str | Unknown] = ()
        if why is None:
            rule = self._rules.get(node.op_type) if node.domain in ("", "ai.onnx") else self._rules.get(f"{node.domain}.{node.op_type}")
            try:
                if rule is None:
                    raise NotFollowed
                made = rule(self, node)
            except NotFollowed as reason:
                why = Unknown(str(reason) or f"operator {node.op_type}")
            except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
                # Attributes and weights come from the file, and may be anything.
                why = Unknown(f"operator {node.op_type}")
        for number, name in enumerate(node.output):
            if name:
                self._lit[name] = made[number] if number < len(made) else why or Unknown(f"operator {node.op_type}")

    # What rules ask for

    def lit(self, node: onnx.NodeProto, place: int) -> str | None:
        """Return the new name of an input that depends on the lit one; None where it does not."""
        name = node.input[place] if place < len(node.input) else ""
        found = self._lit.get(name) if name else None
        return None if found is None else str(found)

    def first(self, node: onnx.NodeProto) -> str:
        """Return the first input, the only one that may depend on the lit one: raises NotFollowed where another one does."""
        found = self.lit(node, 0)
        if found is None or any(self.lit(node, place) is not None for place in range(1, len(node.input))):
            raise NotFollowed("positions or weights that are data")
        return found

    def rank(self, name: str) -> int:
        """Return the number of dimensions of a tensor of the graph; raises NotFollowed where the graph does not tell."""
        shape = self._shapes.get(name)
        if shape is None:
            raise NotFollowed("a tensor of unknown rank")
        return len(shape)

    def shape(self, name: str) -> tuple[int, ...] | None:
        """Return the shape of a tensor of the graph where all of it is known."""
        shape = self._shapes.get(name)
        known = None if shape is None else tuple(each for each in shape if each is not None)
        return known if shape is not None and known is not None and len(known) == len(shape) else None

    def channels(self, name: str) -> tuple[int, int] | None:
        """Return the number of dimensions of a map of the graph, and of its channels; None where the graph does not tell."""
        shape = self._shapes.get(name)
        return None if shape is None or len(shape) < 3 or shape[1] is None else (len(shape), shape[1])

    def numbers(self, name: str) -> np.ndarray | None:
        """Return the numbers of a constant, where the file has them."""
        if name not in self._numbers:
            found = self._given.get(name)
            made = (
                next((node for node in self._nodes if name in node.output and node.op_type == "Constant"), None) if found is None else None
            )
            if made is not None:
                found = next((each.t for each in made.attribute if each.name == "value"), None)
            self._numbers[name] = None if found is None or not has_numbers(found) else numpy_helper.to_array(found)
        return self._numbers[name]

    def present(self, name: str) -> np.ndarray | None:
        """Return which numbers of a weight are not zero, as ones; None: all of them, and of weights that are all zero, too."""
        if name not in self._patterns:
            found = self.numbers(name)
            count = 0 if found is None or found.size > _LARGEST else int(np.count_nonzero(found))
            self._patterns[name] = None if found is None or count in (0, found.size) else (found != 0).astype(np.float32)
        return self._patterns[name]

    # What rules write

    def add(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Write an operator of one output; its name."""
        name = f"rflint:{len(self._nodes)}"
        self._nodes.append(helper.make_node(op, list(inputs), [name], name, **attributes))
        return name

    def copy(self, node: onnx.NodeProto, inputs: Sequence[str], *, without: Collection[str] = (), op: str | None = None) -> list[str]:
        """Write an operator as it is, with other inputs; the names of its outputs."""
        made = renamed(node, inputs)
        names = [f"rflint:{len(self._nodes)}:{number}" if each else "" for number, each in enumerate(node.output)]
        del made.output[:]
        made.output.extend(names)
        made.op_type = op or made.op_type
        kept = [each for each in made.attribute if each.name not in without]
        del made.attribute[:]
        made.attribute.extend(kept)
        self._nodes.append(made)
        return names

    def constant(self, value: np.ndarray) -> str:
        """Write a constant."""
        name = f"rflint:c{len(self._made)}"
        self._made[name] = numpy_helper.from_array(value, name)
        return name

    def ones(self, shape: Iterable[int]) -> str:
        """Write a constant of ones."""
        return self.constant(np.ones(tuple(shape), np.float32))

    def top(self, name: str) -> str | None:
        """Return the largest value over the channels of a map, as a map of one channel, where it is known."""
        return self._tops.get(name)

    def is_alike(self, name: str) -> bool:
        """Whether all channels of a map are alike."""
        return name in self._alike

    def mapped(self, names: Sequence[str], made: Callable[[Sequence[str]], str], form: tuple[int, int] | None) -> str:
        """Write what does the same to every channel of some maps: to all of them, and to the largest values over them.

        Of the former nothing is left but what somebody needs; `form`: dimensions and channels of the result.
        """
        tops = [self._tops[name] for name in names if name in self._tops]
        if len(tops) < len(names):
            return made(names)
        top = made(tops)
        return self.topped(made(names), top) if form is None or not self._alike.issuperset(names) else self.widened(top, form)

    def topped(self, name: str, top: str) -> str:
        """Note the largest value over the channels of a map."""
        self._tops[name] = top
        return name

    def widened(self, top: str, form: tuple[int, int]) -> str:
        """Write a map whose channels are all alike."""
        rank, channels = form
        name = self.add("Expand", [top, self.constant(np.array([1, channels, *[1] * (rank - 2)], np.int64))])
        self._alike.add(name)
        return self.topped(name, top)

    def like(self, name: str, value: float) -> str:
        """Write a tensor of the shape of another one, all of one value."""
        fill = numpy_helper.from_array(np.array([value], np.float32))
        return self.add("ConstantOfShape", [self.add("Shape", [name])], value=fill)

    def sign(self, name: str) -> str:
        """Write ones for what is positive."""
        return self.add("Sign", [name])

    def either(self, names: Sequence[str]) -> str:
        """Write what depends on what any of some tensors does, in the shape that all of them come to."""
        return names[0] if len(names) == 1 else self.add("Max", names)

    def most(self, name: str, axes: Sequence[int] | None, *, keep: bool = True) -> str:
        """Write the largest value along some axes; None: along all."""
        return self._reduced("ReduceMax", name, axes, keep=keep)

    def _reduced(self, op: str, name: str, axes: Sequence[int] | None, *, keep: bool) -> str:
        if axes is None:
            return self.add(op, [name], keepdims=int(keep))
        if self.opset >= _AXES_AS_INPUT:
            return self.add(op, [name, self.constant(np.array(axes, np.int64))], keepdims=int(keep))
        return self.add(op, [name], axes=list(axes), keepdims=int(keep))

    def hold(self, name: str, before: Sequence[str]) -> str:
        """Let nothing pass where all of a result depends on what some of its sources did not."""
        if not self.held:
            return name
        whole, reached = self._reduced("ReduceMin", name, None, keep=False), self.constant(np.array(0.0, np.float32))
        for each in before:
            least = self._reduced("ReduceMin", each, None, keep=False)
            whole = self.add("Sub", [whole, self.add("Mul", [whole, least])])
            reached = self.add("Max", [reached, self.add("Sub", [self._reduced("ReduceMax", each, None, keep=False), least])])
        site = Site(f"rflint:s{len(self._sites)}", whole, reached)
        self._sites.append(site)
        return self.add("Sub", [name, self.add("Mul", [name, self.add("Mul", [whole, site.allowed])])])

    def spread(self, name: str, axes: Sequence[int] | None) -> str:
        """Write what each sample depends on if it has to do with all others along some axes."""
        return self.either([name, self.hold(self.add("Mul", [self.most(name, axes), self.like(name, 1.0)]), [name])])
