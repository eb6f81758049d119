"""A configuration as calls of layers, for both ways in which versions 2 and 3 write them down."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from rflint.importing.draft import ImportFailure
from rflint.importing.names import legal

#: Classes whose configuration holds layers.
MODELS: Final = frozenset(("Functional", "Model", "Sequential"))


class Ref(NamedTuple):
    """An output of a call of a layer."""

    layer: str
    node: int
    place: int


class Node(NamedTuple):
    """A call of a layer, with references in its arguments."""

    layer: Mapping[str, Any]
    number: int
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the layer."""
        return name_of(self.layer)


def name_of(layer: Mapping[str, Any]) -> str:
    """Return the name of a layer."""
    config = layer.get("config")
    found = layer.get("name") or (config.get("name") if isinstance(config, dict) else None)
    return found if isinstance(found, str) else str(layer.get("class_name", "layer")).lower()


def layers_of(model: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the layers of a model; raises ImportFailure."""
    config = model.get("config")
    found = config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ImportFailure("has a model without layers in it: one that is a class of its own writes none (export ONNX instead)")
    return found


def every_layer(model: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Walk through the layers of a model, of the models in it, and those that a wrapper holds."""
    waiting = deque([model])
    while waiting:
        layer = waiting.popleft()
        if layer is not model:
            yield layer
        config = layer.get("config")
        inner = config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
        waiting += [each for each in inner or () if isinstance(each, dict)] if isinstance(inner, list) else []
        if isinstance(config, dict) and isinstance(config.get("layer"), dict):
            waiting.append(config["layer"])


def nodes_of(layers: Sequence[Mapping[str, Any]]) -> tuple[list[Node], Mapping[Ref, tuple[int | None, ...]]]:
    """Return the calls in a functional model in an order in which each follows what it reads, and shapes that it says.

    Raises ImportFailure where there is none.
    """
    shapes: dict[Ref, tuple[int | None, ...]] = {}
    nodes: dict[tuple[str, int], Node] = {}
    for layer in layers:
        given = layer.get("inbound_nodes") or []
        if not isinstance(given, list):
            raise ImportFailure(f"has no list of calls at layer `{legal(name_of(layer))}`")
        for number, node in enumerate(given or [None]):
            arguments, keywords = _arguments(node, shapes)
            nodes[name_of(layer), number] = Node(layer, number, arguments, keywords)
    read = {key: list(refs_in((*node.arguments, *node.keywords.values()))) for key, node in nodes.items()}
    shift = _shifts(nodes, (ref for refs in read.values() for ref in refs))
    readers: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
    missing: dict[tuple[str, int], int] = {}
    for key, refs in read.items():
        sources = {(ref.layer, ref.node - shift.get(ref.layer, 0)) for ref in refs}
        if lost := sorted(sources - nodes.keys()):
            raise ImportFailure(f"has a layer `{legal(key[0])}` that reads `{legal(lost[0][0])}`, which is not there")
        missing[key] = len(sources)
        for source in sources:
            readers[source].append(key)
    ready = deque(key for key, count in missing.items() if not count)
    ordered = []
    while ready:
        key = ready.popleft()
        ordered.append(nodes[key])
        # What follows comes next, as one writes it.
        for reader in reversed(readers[key]):
            missing[reader] -= 1
            if not missing[reader]:
                ready.appendleft(reader)
    if len(ordered) < len(nodes):
        raise ImportFailure("has layers that read each other in a circle")
    return ordered, {ref._replace(node=ref.node - shift.get(ref.layer, 0)): shape for ref, shape in shapes.items()}


def _shifts(nodes: Mapping[tuple[str, int], Node], refs: Iterable[Ref]) -> Mapping[str, int]:
    """Version 2 counts the calls of a model within a model from 1: its call number 0 made it."""
    count: dict[str, int] = defaultdict(int)
    for name, _ in nodes:
        count[name] += 1
    highest: dict[str, int] = {}
    for ref in refs:
        highest[ref.layer] = max(highest.get(ref.layer, 0), ref.node)
    return {name: 1 for name, node in highest.items() if node == count[name]}


def refs_in(values: Iterable[Any]) -> Iterator[Ref]:
    """Walk through the references in arguments."""
    for value in values:
        if isinstance(value, Ref):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from refs_in(value)
        elif isinstance(value, dict):
            yield from refs_in(value.values())


def refs_of(value: Any) -> list[Ref]:
    """Return the references that `input_layers` and `output_layers` hold: one, a list or a mapping of them."""
    if _is_ref(value):
        return [Ref(*value[:3])]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [ref for each in inner for ref in refs_of(each)]


def _is_ref(value: Any) -> bool:
    return isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str) and type(value[1]) is type(value[2]) is int


def _arguments(node: Any, shapes: dict[Ref, tuple[int | None, ...]]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if node is None:
        return (), {}
    if isinstance(node, dict) and "args" in node:
        arguments, keywords = _parsed(node["args"], shapes), _parsed(node.get("kwargs") or {}, shapes)
        if isinstance(arguments, list) and isinstance(keywords, dict):
            return tuple(arguments), keywords
        raise ImportFailure("has a call whose arguments are no list")
    # Version 2: [[layer, node, tensor, keywords], ...], or one of them.
    each = [node] if _is_ref(node) else list(node.values()) if isinstance(node, dict) else node
    if not isinstance(each, list):
        raise ImportFailure("has a call whose arguments are no list")
    arguments, keywords = [], {}
    for entry in each:
        if isinstance(entry, list) and len(entry) > 2 and entry[0] == "_CONSTANT_VALUE":
            arguments.append(entry[2])
        elif _is_ref(entry):
            arguments.append(Ref(*entry[:3]))
        else:
            raise ImportFailure("has a call that reads something which is no layer")
        if len(entry) > 3 and isinstance(entry[3], dict):
            keywords |= {name: _parsed(value, shapes) for name, value in entry[3].items()}
    return tuple(arguments), keywords


def _parsed(value: Any, shapes: dict[Ref, tuple[int | None, ...]]) -> Any:
    if isinstance(value, dict):
        config = value.get("config")
        if value.get("class_name") == "__keras_tensor__" and isinstance(config, dict) and _is_ref(config.get("keras_history")):
            ref = Ref(*config["keras_history"][:3])
            shape = config.get("shape")
            if isinstance(shape, list) and all(each is None or type(each) is int for each in shape):
                shapes[ref] = tuple(shape)
            return ref
        return {name: _parsed(each, shapes) for name, each in value.items()}
    if _is_ref(value):
        return Ref(*value[:3])
    return [_parsed(each, shapes) for each in value] if isinstance(value, list) else value
