"""An ONNX model as plain nodes: attributes and small constants as values, functions inlined, scopes of names taken apart."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

from rflint.importing.draft import ImportFailure
from rflint.importing.names import scoped

if TYPE_CHECKING:
    import numpy as np

#: Elements of a constant from which on its numbers are not looked at.
_LARGEST: Final = 4096
_LARGEST_DIM: Final = 2**31 - 1
#: Functions within functions, and nodes that they may become.
_DEEPEST: Final = 16
_LONGEST_SCOPES: Final = 10_000
_MOST_NODES: Final = 200_000
_MOST_INLINED: Final = 50_000

#: Operators all of whose inputs but the first are weights, and how exporters end the names of weights.
_WEIGHED: Final = frozenset(
    [
        "Conv",
        "ConvTranspose",
        "ConvInteger",
        "Gemm",
        "BatchNormalization",
        "InstanceNormalization",
        "LayerNormalization",
        "PRelu",
        "LSTM",
        "GRU",
        "RNN",
    ]
)
_WEIGHT_NAMES: Final = (".weight", ".bias", ".running_mean", ".running_var", "/kernel", "/kernel:0", "/bias:0")


class Constant(NamedTuple):
    """An initialiser: its shape, and its numbers where these are few and known."""

    shape: tuple[int, ...]
    value: np.ndarray | None


class Node(NamedTuple):
    """An operator of the graph."""

    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    #: As the model calls it.
    name: str
    #: Modules that it stands in, as far as the names tell.
    path: tuple[str, ...]
    #: What graphs in its attributes read of the graphs around them, beside its inputs.
    captured: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it is, for people: `Conv /layer1/conv1/Conv`."""
        return f"{self.op} {self.name}" if self.name else self.op


class Place(NamedTuple):
    """A declared tensor: sizes of its dimensions, None where they are free; None: not even their number is known."""

    name: str
    shape: tuple[int | None, ...] | None
    is_float: bool


class _Weight(NamedTuple):
    name: str
    shape: tuple[int, ...]


class Graph(NamedTuple):
    """A graph with all functions inlined."""

    name: str
    inputs: tuple[Place, ...]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    constants: Mapping[str, Constant]
    declared: Mapping[str, tuple[int | None, ...] | None]
    #: Version of the operators.
    opset: int = 0


def _text(value: str | bytes) -> str:
    """Return a text of the model; one that is not UTF-8 comes as bytes."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def parse(data: bytes) -> Graph:
    """Parse a model without payloads; raises ImportFailure."""
    try:
        model = onnx.ModelProto.FromString(data)
    except DecodeError:
        raise ImportFailure("is no ONNX model, or a damaged one") from None
    graph = model.graph
    if not graph.node:
        raise ImportFailure("is an ONNX model without nodes" if model.ir_version else "is no ONNX model")
    constants = {_text(each.name): _constant(each) for each in graph.initializer}
    constants |= {_text(each.values.name): Constant(tuple(each.dims), None) for each in graph.sparse_initializer}
    functions = {(_text(each.domain), _text(each.name)): each for each in model.functions}
    weights = _weights(graph)
    constants |= {place.name: Constant(place.shape, None) for place in weights if place.name not in constants}
    inputs = tuple(_place(each) for each in graph.input if _text(each.name) not in constants)
    places = [_place(each) for each in (*graph.input, *graph.value_info, *graph.output)]
    nodes = tuple(_inlined(graph.node, functions, "", 0, [0]))
    outputs = tuple(_text(each.name) for each in graph.output)
    opset = max((each.version for each in model.opset_import if _text(each.domain) in {"", "ai.onnx"}), default=0)
    return Graph(_text(graph.name), inputs, outputs, nodes, constants, {_text(each.name): each.shape for each in places}, opset)


def _weights(graph: onnx.GraphProto) -> Iterator[_Weight]:
    """Yield what is declared as an input and is a weight: models are exported without their numbers, too."""
    uses: dict[str, list[bool]] = {}
    for node in graph.node:
        for place, name in enumerate(map(_text, node.input)):
            uses.setdefault(name, []).append(place > 0 and _text(node.op_type) in _WEIGHED)
    for info in graph.input:
        declared = _place(info).shape
        shape = None if declared is None else tuple(each for each in declared if each is not None)
        if (
            shape is not None
            and declared == shape
            and (all(uses.get(_text(info.name), [False])) or _text(info.name).endswith(_WEIGHT_NAMES))
        ):
            yield _Weight(_text(info.name), shape)


def _place(info: onnx.ValueInfoProto) -> Place:
    tensor = info.type.tensor_type
    if not tensor.HasField("shape"):
        return Place(_text(info.name), None, True)
    shape = tuple(dim.dim_value if 0 < dim.dim_value <= _LARGEST_DIM else None for dim in tensor.shape.dim)
    return Place(_text(info.name), shape, tensor.elem_type in (0, 1, 10, 11, 16))


def _constant(tensor: onnx.TensorProto) -> Constant:
    shape = tuple(tensor.dims)
    if any(not 0 <= size <= _LARGEST_DIM for size in shape):
        raise ImportFailure(f"has a tensor of an absurd size: `{_text(tensor.name)[:80]}`")
    count = 1
    for size in shape:
        count *= size
    if count > _LARGEST or tensor.data_location == onnx.TensorProto.EXTERNAL:
        return Constant(shape, None)
    try:
        return Constant(shape, numpy_helper.to_array(tensor))
    except (ValueError, TypeError, KeyError):
        return Constant(shape, None)  # its payload was skipped, or is of a type without numbers


class Inner(NamedTuple):
    """A graph that an attribute of a node holds, for `branch`."""

    graph: onnx.GraphProto
    #: What names are called outside, in a function that was inlined; all others begin with `prefix`.
    renamed: Mapping[str, str]
    prefix: str
    #: Functions of the model, which nodes in it may call.
    functions: Mapping[tuple[str, str], onnx.FunctionProto]

    def local(self, name: str) -> str:
        """Return what a name of it is called outside."""
        return self.renamed.get(name, f"{self.prefix}{name}")


class Branch(NamedTuple):
    """A graph within a graph: it sees the tensors of those around it."""

    nodes: tuple[Node, ...]
    constants: Mapping[str, Constant]
    outputs: tuple[str, ...]
    #: What it is given: none in a branch, the number of the turn and what is carried over in a loop.
    inputs: tuple[str, ...] = ()


def branch(inner: Inner) -> Branch:
    """Take a graph apart that an attribute of a node holds."""
    constants = {inner.local(_text(each.name)): _constant(each) for each in inner.graph.initializer}
    nodes = tuple(_inlined(inner.graph.node, inner.functions, inner.prefix, 0, [0], inner.renamed))
    given, made = ([inner.local(_text(each.name)) for each in group] for group in (inner.graph.input, inner.graph.output))
    return Branch(nodes, constants, tuple(made), tuple(given))


def _captured(graph: onnx.GraphProto) -> Iterator[str]:
    """Yield the tensors of the graphs around it that a graph reads, or passes on."""
    own = {_text(each.name) for each in graph.input} | {_text(each.name) for each in graph.initializer}
    own |= {_text(each.values.name) for each in graph.sparse_initializer}
    for node in graph.node:
        yield from (name for name in (*map(_text, node.input), *_captured_by(node.attribute)) if name and name not in own)
        own.update(map(_text, node.output))
    yield from (name for each in graph.output if (name := _text(each.name)) not in own)


def _captured_by(attributes: Iterable[onnx.AttributeProto]) -> Iterator[str]:
    for each in attributes:
        for graph in (each.g, *each.graphs) if each.type in (each.GRAPH, each.GRAPHS) else ():
            yield from _captured(graph)


def _attribute(
    attribute: onnx.AttributeProto,
    renamed: Mapping[str, str],
    prefix: str,
    functions: Mapping[tuple[str, str], onnx.FunctionProto],
) -> Any:
    """Return the value of an attribute; names in a graph are those of the nodes around it."""
    kinds = onnx.AttributeProto
    if attribute.type == kinds.GRAPH:
        return Inner(attribute.g, renamed, prefix, functions)
    if attribute.type == kinds.TENSOR:
        return _constant(attribute.t)
    if attribute.type == kinds.STRING:
        return attribute.s.decode("utf-8", "replace")
    if attribute.type == kinds.STRINGS:
        return [each.decode("utf-8", "replace") for each in attribute.strings]
    simple = {kinds.INT: "i", kinds.FLOAT: "f", kinds.INTS: "ints", kinds.FLOATS: "floats"}
    if attribute.type not in simple:
        return None
    value = getattr(attribute, simple[attribute.type])
    return value if isinstance(value, (int, float)) else list(value)


def _inlined(
    nodes: Sequence[onnx.NodeProto],
    functions: Mapping[tuple[str, str], onnx.FunctionProto],
    prefix: str,
    depth: int,
    count: list[int],
    renamed: Mapping[str, str] | None = None,
    given: Mapping[str, onnx.AttributeProto] | None = None,
    outer: tuple[str, ...] = (),
) -> Iterator[Node]:
    """Yield nodes with those of functions in the place of their calls; names inside of a call begin with `prefix`."""
    if depth > _DEEPEST:
        raise ImportFailure(f"has functions that call each other, more than {_DEEPEST} deep")
    names = dict(renamed or {})

    def local(name: str) -> str:
        return name if not name or not prefix else names.setdefault(name, f"{prefix}{name}")

    for number, node in enumerate(nodes):
        count[0] += 1
        if count[0] > (_MOST_INLINED if depth else _MOST_NODES):
            raise ImportFailure(f"has more than {_MOST_INLINED if depth else _MOST_NODES:,} nodes")
        attributes = {
            _text(each.name): given[_text(each.ref_attr_name)]
            if _text(each.ref_attr_name) and given and _text(each.ref_attr_name) in given
            else each
            for each in node.attribute
        }
        path = outer or _path(node)
        if (called := functions.get((_text(node.domain), _text(node.op_type)))) is not None:
            inside = dict(zip(map(_text, called.input), map(local, map(_text, node.input)), strict=False))
            inside |= dict(zip(map(_text, called.output), map(local, map(_text, node.output)), strict=False))
            defaults = {_text(each.name): each for each in called.attribute_proto}
            yield from _inlined(
                called.node,
                functions,
                f"{prefix}{_text(node.name) or number}/{_text(node.op_type)}:",
                depth + 1,
                count,
                inside,
                defaults | attributes,
                path,
            )
            continue
        yield Node(
            _text(node.op_type),
            "" if _text(node.domain) == "ai.onnx" else _text(node.domain),
            tuple(map(local, map(_text, node.input))),
            tuple(map(local, map(_text, node.output))),
            {name: _attribute(each, names, prefix, functions) for name, each in attributes.items()},
            _text(node.name),
            path,
            tuple(dict.fromkeys(map(local, _captured_by(attributes.values())))),
        )


def _path(node: onnx.NodeProto) -> tuple[str, ...]:
    """Return the modules of a node: exporters have them in its name, in that of its weight, or beside it."""
    *scopes, last = _text(node.name).split("/")
    if scopes:
        return scoped(filter(None, scopes if _is_operator(last, _text(node.op_type)) else [*scopes, last]))
    if len(node.input) > 1 and _text(node.op_type) in _WEIGHED and _text(node.input[1]).endswith(".weight"):
        return scoped([_text(node.input[1]).removesuffix(".weight")])
    for each in node.metadata_props:
        if _text(each.key) == "pkg.torch.onnx.name_scopes" and len(_text(each.value)) < _LONGEST_SCOPES:
            try:
                modules = ast.literal_eval(_text(each.value))
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                break
            known = [scope for scope in modules[:-1] if isinstance(scope, str) and scope] if isinstance(modules, list) else []
            return scoped(known[-1:])
    return ()


def _is_operator(text: str, op: str) -> bool:
    """Whether the end of a node's name is that of its operator, and no module's."""
    return text.rpartition("_")[0] == op or text == op or text[:1].isupper()
