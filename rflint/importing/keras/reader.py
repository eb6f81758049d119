"""From the calls of layers to items of a draft; what a layer means is said by the tables beside this module."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from rflint.importing.draft import Draft, DraftInput, ImportFailure, Item, Wishes
from rflint.importing.keras.graph import MODELS, Ref, every_layer, layers_of, name_of, nodes_of, refs_of
from rflint.importing.keras.tensors import CHANNELS, Call, Dim, NotExpressible, Tensor, value_of
from rflint.importing.names import legal
from rflint.importing.patterns import moves_nothing

#: What a call makes: a tensor, or several.
Made = Tensor | list[Tensor]
Operation = Callable[["Reader", Call], Made]

_AXES: Final = {1: ("t",), 2: ("y", "x"), 3: ("z", "y", "x")}
_DIMENSIONS: Final = re.compile(r"([123])D")
#: How the name of a module ends, and that of a class.
_NUMBERED: Final = re.compile(r"[0-9][a-z]?$")
_DIMENSIONED: Final = re.compile(r"(?:conv|pool|pooling|padding|sampling|cropping|dropout)[123]d$")
#: Calls of layers, with those in models that are called again and again.
_MOST_CALLS: Final = 20_000
#: Models within models.
_DEEPEST: Final = 32


class Reader:
    """The items that came of the calls so far."""

    def __init__(self, operations: Mapping[str, Operation], wishes: Wishes) -> None:
        self._operations = operations
        self._wishes = wishes
        self._items: list[Item] = []
        self._inputs: list[DraftInput] = []
        self._calls = 0
        self._first = False
        self._tokens = False
        self.axes = 2

    # What operations ask for

    @property
    def axis_names(self) -> tuple[str, ...]:
        """Names of the axes of the network."""
        return _AXES[self.axes]

    def axes_of(self, tensor: Tensor, dims: Sequence[Dim]) -> list[int]:
        """Return the axis that each of some dimensions holds; raises NotExpressible where one holds anything else."""
        left = [axis for axis in range(self.axes) if tensor.dims is not None and not any(axis in dim for dim in tensor.dims)]
        found: list[int] = []
        for dim in reversed(dims):
            if len(dim) > 1 or dim == (CHANNELS,) or (not dim and not left):
                raise NotExpressible
            found.insert(0, dim[0] if dim else left.pop())
        if found != sorted(found):
            raise NotExpressible
        return found

    def map_axes(self, call: Call, tensor: Tensor, rank: int) -> tuple[Tensor, list[int]]:
        """Return a tensor as a map of so many dimensions, and the axis of each; raises NotExpressible."""
        first = call.config.get("data_format") == "channels_first"
        if tensor.dims is None:
            if rank != self.axes:
                raise NotExpressible
            tensor = tensor._replace(dims=self.plain(first=first))
        assert tensor.dims is not None
        if len(tensor.dims) != rank + 1:
            raise NotExpressible
        spatial = tensor.dims[1:] if first else tensor.dims[:-1]
        if tensor.dims[0 if first else -1] not in ((CHANNELS,), ()):
            raise NotExpressible
        return tensor, self.axes_of(tensor, spatial)

    def plain(self, *, first: bool) -> tuple[Dim, ...]:
        """Return the dimensions of a map over all axes."""
        spatial = tuple((axis,) for axis in range(self.axes))
        return ((CHANNELS,), *spatial) if first else (*spatial, (CHANNELS,))

    def spread(self, values: Sequence[Any], axes: Sequence[int], default: Any) -> list[Any]:
        """Return one value for each axis of the network."""
        given = dict(zip(axes, values, strict=True))
        return [given.get(axis, default) for axis in range(self.axes)]

    # What operations make

    def emit(self, call: Call, op: str, sources: Sequence[Tensor], fields: Mapping[str, Any] | None = None, **changes: Any) -> Tensor:
        """Add an item; its tensor is the first source but for the changes."""
        key = f"#{len(self._items)}"
        path = (*call.path, *modules_of(legal(call.name) or call.kind.lower()))
        used = bool(self._items) and self._items[-1].path == path
        label = legal(op if used else call.kind.lower())
        title = f"{call.kind} {call.name}"
        self._items.append(Item(key, op, tuple(each.key for each in sources), dict(fields or {}), path, label, title))
        return sources[0]._replace(key=key, **changes)

    def activation(self, call: Call, tensor: Tensor) -> Tensor:
        """Add the activation that a layer has."""
        given = call.config.get("activation")
        if given in (None, "linear"):
            return tensor
        if isinstance(given, dict):
            inner = given.get("config")
            given = inner if isinstance(inner, str) else given.get("class_name")
        made = self.again(call._replace(kind="Activation", config={"activation": given}, arguments=(tensor,), keywords={}))
        return made if isinstance(made, Tensor) else made[0]

    def again(self, call: Call) -> Made:
        """Do a call in other words; raises NotExpressible."""
        operation = self._operations.get(call.kind)
        if operation is None:
            raise NotExpressible
        return operation(self, call)

    def call(self, call: Call) -> Made:
        """Do what a layer says; what cannot be expressed is unknown."""
        start = len(self._items)
        try:
            return self.again(call)
        except (NotExpressible, ValueError, TypeError, IndexError, KeyError, ZeroDivisionError, OverflowError, AttributeError):
            # Configurations come from a file, and may be anything.
            del self._items[start:]
            return self._unknown(call)

    def _unknown(self, call: Call) -> Tensor:
        sources = list({each.key: each for each in call.tensors}.values())
        if not sources:
            raise ImportFailure(f"has a layer `{legal(call.name)}` that reads nothing")
        shape = call.shape
        fields: dict[str, Any] = {"original": call.kind[:200] or "layer"}
        if shape is None or len(shape) < 2:
            return self.emit(call, "unknown", sources, fields, dims=None, sizes=(None,) * self.axes, channels=None)
        first = self._first and len(shape) == self.axes + 2
        channels = shape[1] if first else shape[-1]
        spatial = shape[2:] if first else shape[1:-1]
        if channels is not None and channels > 0:
            fields["channels"] = channels
        else:
            channels = None
        count = len(spatial)
        sizes = (1,) * max(self.axes - count, 0) + tuple(spatial[-self.axes :])
        inner = [(axis,) for axis in range(self.axes)][-count:] if count else []
        dims = None if count > self.axes else ((CHANNELS,), *inner) if first else (*inner, (CHANNELS,))
        return self.emit(call, "unknown", sources, fields, dims=dims, sizes=sizes, channels=channels)

    # The model as a whole

    def read(self, config: Mapping[str, Any], name: str) -> Draft:
        """Read a model; raises ImportFailure."""
        try:
            self._look_around(config)
            outputs = self._model(config, None, ())
        except RecursionError:
            raise ImportFailure("is nested too deeply") from None
        if not outputs:
            raise ImportFailure("has no outputs")
        used = {source for item in self._items for source in item.sources} | {each.key for each in outputs}
        inputs = tuple(each for each in self._inputs if each.name in used)
        ends = tuple((each.key, "") for each in outputs)
        return Draft(name, _AXES[self.axes], inputs, tuple(self._items), ends, self._calls)

    def _look_around(self, config: Mapping[str, Any]) -> None:
        ranks, formats = [1], []
        for layer in every_layer(config):
            kind, own = str(layer.get("class_name")), layer.get("config")
            if not isinstance(own, dict):
                continue
            ranks += [int(each) for each in _DIMENSIONS.findall(kind)[:1]]
            shape = _shape_of(own)
            if shape is not None:
                ranks.append(min(max(len(shape) - 2, 1), 3))
            if own.get("data_format") is not None:
                formats.append(own["data_format"])
            self._tokens = self._tokens or kind == "Embedding"
        self.axes = max(ranks)
        self._first = formats[:1] == ["channels_first"]

    def _model(self, model: Mapping[str, Any], given: Sequence[Tensor] | None, path: tuple[str, ...]) -> list[Tensor]:
        if len(path) > _DEEPEST:
            raise ImportFailure("has models in models in models, without an end")
        layers = layers_of(model)
        config = model["config"]
        if model.get("class_name") == "Sequential" or isinstance(config, list):
            return self._chain(model, layers, given, path)
        nodes, shapes = nodes_of(layers)
        entries = refs_of(config.get("input_layers"))
        if given is not None and len(given) != len(entries):
            raise NotExpressible
        outer = {} if given is None else {ref.layer: tensor for ref, tensor in zip(entries, given, strict=True)}
        made: dict[tuple[str, int], list[Tensor]] = {}
        called: dict[str, int] = {}
        for node in nodes:
            if node.layer.get("class_name") == "InputLayer":
                made[node.name, 0] = [outer[node.name] if node.name in outer else self._input(node.name, node.layer.get("config"))]
                continue
            arguments, keywords = (_resolved(each, made) for each in (list(node.arguments), node.keywords))
            shape = shapes.get(Ref(node.name, node.number, 0))
            again = called.get(node.name, 0)
            called[node.name] = again + 1
            made[node.name, node.number] = self._layer(node.layer, tuple(arguments), keywords, path, shape, again)
        return [_of(made, ref) for ref in refs_of(config.get("output_layers"))]

    def _chain(
        self, model: Mapping[str, Any], layers: Sequence[Mapping[str, Any]], given: Sequence[Tensor] | None, path: tuple[str, ...]
    ) -> list[Tensor]:
        at: list[Tensor] | None = None if given is None else list(given)
        for number, layer in enumerate(layers):
            config = layer.get("config")
            if layer.get("class_name") == "InputLayer":
                at = at or [self._input(name_of(layer), config if isinstance(config, dict) else {})]
                continue
            if at is None:
                own = model["config"]
                shape = _shape_of(config) if isinstance(config, dict) else None
                shape = shape or (own.get("build_input_shape") if isinstance(own, dict) else None)
                at = [self._input("input", {"batch_shape": shape})]
            following = layers[number + 1].get("build_config") if number + 1 < len(layers) else None
            shape = following.get("input_shape") if isinstance(following, dict) else None
            known = isinstance(shape, list) and all(each is None or type(each) is int for each in shape)
            at = self._layer(layer, tuple(at), {}, path, tuple(shape) if known and shape else None, 0)
        return at or []

    def _layer(
        self,
        layer: Mapping[str, Any],
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        path: tuple[str, ...],
        shape: tuple[int | None, ...] | None,
        again: int,
    ) -> list[Tensor]:
        self._calls += 1
        if self._calls > _MOST_CALLS:
            raise ImportFailure(f"has more than {_MOST_CALLS:,} calls of layers")
        kind, config = str(layer.get("class_name")), layer.get("config")
        name = name_of(layer) + (f"_{again}" if again else "")
        call = Call(kind, name, config if isinstance(config, dict) else {}, path, arguments, keywords, shape)
        inner = isinstance(config, list) or (isinstance(config, dict) and isinstance(config.get("layers"), list))
        if inner and (kind in MODELS or isinstance(config.get("output_layers") if isinstance(config, dict) else None, list)):
            start = len(self._items)
            try:
                return self._model(layer, call.tensors, (*path, legal(name) or "model"))
            except NotExpressible:
                del self._items[start:]
                return [self._unknown(call)]
        start = len(self._items)
        made = self.call(call)
        self._hold("/".join((*path, name)), made, start)
        return [made] if isinstance(made, Tensor) else made

    def _hold(self, name: str, made: Made, start: int) -> None:
        """Note which call gives the map of the items from `start` on: of the last one, and of those before that only activations follow."""
        tensor = made if isinstance(made, Tensor) else made[0] if len(made) == 1 else None
        value = None if tensor is None else value_of(name, tensor)
        for place in reversed(range(start, len(self._items))):
            item = self._items[place]
            if value is None or (place == len(self._items) - 1 and (tensor is None or item.key != tensor.key)):
                return
            self._items[place] = item._replace(value=value)
            if not moves_nothing(item):
                return

    def _input(self, layer: str, config: Any) -> Tensor:
        shape = _shape_of(config) if isinstance(config, dict) else None
        if shape is None:
            shape = [None] * (self.axes + 2)
        if not all(each is None or type(each) is int for each in shape) or len(shape) > self.axes + 2 or len(shape) < 2:
            raise ImportFailure(f"has an input `{legal(layer)[:80]}` whose shape is that of no map")
        inner = shape[1:]
        tokens = self._tokens and len(inner) == 1
        first = self._first and len(inner) == self.axes + 1
        channels = 1 if tokens else inner[0] if first else inner[-1]
        spatial = inner if tokens else inner[1:] if first else inner[:-1]
        taken = {each.name for each in self._inputs}
        name = legal(layer) or "input"
        name = next(each for each in (name, *(f"{name}_{number}" for number in range(1, len(taken) + 2))) if each not in taken)
        asked = self._wishes.size_of(name, self.axes)
        sizes: tuple[int | None, ...] = (1,) * (self.axes - len(spatial)) + tuple(spatial)
        if asked is not None:
            sizes = tuple(own if each is None or own == 1 else each for own, each in zip(sizes, asked, strict=True))
        channels = channels or self._wishes.channels
        if any(each is not None and each < 1 for each in (*sizes, channels)):
            raise ImportFailure(f"has an input `{name}` without samples")
        axes = [(axis,) for axis in range(self.axes - len(spatial), self.axes)]
        dims = tuple(axes) if tokens else ((CHANNELS,), *axes) if first else (*axes, (CHANNELS,))
        tensor = Tensor(name, dims, sizes, channels)
        self._inputs.append(DraftInput(name, sizes, channels, value_of(layer, tensor)))
        return tensor


def modules_of(name: str) -> tuple[str, ...]:
    """Return the path that a name stands for: Keras has no modules, so people number them, `conv2_block1_out`, `block_14_expand`.

    What ends in a number is a module of what follows, unless that is a number, too, or the class: `conv2d_1`, `conv2d_transpose`.
    """
    words = name.split("_")
    path = [words[0]]
    for place, word in enumerate(words[1:], 1):
        before = words[place - 1]
        inside = _NUMBERED.search(before) and not _DIMENSIONED.search(before) and not all(each.isdigit() for each in words[place:])
        path = [*path, word] if inside else [*path[:-1], f"{path[-1]}_{word}"]
    return tuple(filter(None, path)) or (name,)


def _shape_of(config: Mapping[str, Any]) -> list[Any] | None:
    found = config.get("batch_shape") or config.get("batch_input_shape")
    return found if isinstance(found, list) else None


def _of(made: Mapping[tuple[str, int], list[Tensor]], ref: Ref) -> Tensor:
    # A model in a model counts its calls from 1 in version 2.
    found = made.get((ref.layer, ref.node)) or made.get((ref.layer, ref.node - 1))
    if not found:
        raise ImportFailure(f"has an output `{legal(ref.layer)[:80]}`, which is no layer")
    return found[ref.place] if 0 <= ref.place < len(found) else found[0]._replace(dims=None)


def _resolved(value: Any, made: Mapping[tuple[str, int], list[Tensor]]) -> Any:
    if isinstance(value, Ref):
        return _of(made, value)
    if isinstance(value, dict):
        return {name: _resolved(each, made) for name, each in value.items()}
    return [_resolved(each, made) for each in value] if isinstance(value, list) else value
