"""Which modules of a network are alike: equal up to the values of fields, and up to layers that some of them leave out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from rflint.importing.draft import Layer, Network

#: What a field is where a layer does not have it; layers that differ in the presence of these are alike.
_DEFAULTS: Final[Mapping[str, Any]] = {
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "groups": 1,
    "bias": True,
    "ceil_mode": False,
    "output_padding": 0,
    "broadcast": False,
    "affine": True,
    "shift": 0,
}
#: Ops that step by their kernel where nothing else is said.
_STEP_BY_KERNEL: Final = frozenset(("max_pool", "avg_pool", "lp_pool", "max_unpool"))
#: What a field is that has no default.
REQUIRED: Final = object()
#: Modules within modules that are looked at.
_DEEPEST: Final = 16
#: Layers that some of the modules that are alike may leave out.
_MOST_LEFT_OUT: Final = 3
#: Layers that are compared in search of modules which leave some out.
_MOST_COMPARED: Final = 1_000_000

#: A source: a place in the module (0, 1, ...), or an input of it (-1, -2, ...).
_Reference = int


def default(op: str, field: str) -> Any:
    """Return what a field is where a layer does not have it; REQUIRED where it has to have it."""
    if op == "instance_norm" and field == "affine":
        return False
    return REQUIRED if field == "stride" and op in _STEP_BY_KERNEL else _DEFAULTS.get(field, REQUIRED)


def without_defaults(op: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a layer that are not as they are by default."""
    return {name: value for name, value in fields.items() if not is_default(op, name, value)}


def is_default(op: str, field: str, value: Any) -> bool:
    """Whether a field may as well be left out."""
    usual = default(op, field)
    return type(value) is type(usual) and bool(value == usual)


class Scope(NamedTuple):
    """A module: consecutive layers whose names begin alike."""

    prefix: str
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


class Form(NamedTuple):
    """What a module is but for the values of its fields."""

    #: Of each layer: local name, op, fields that have no default, sources.
    layers: tuple[tuple[str, str, tuple[str, ...], tuple[_Reference, ...]], ...]
    #: Places of layers that are read outside of it.
    outputs: tuple[int, ...]


class Instance(NamedTuple):
    """A module as one of its kind."""

    scope: Scope
    #: Place in the network of each layer of the kind; None: left out here.
    places: tuple[int | None, ...]
    #: Nodes of the network that it reads, in the order of the inputs of the kind.
    inputs: tuple[int, ...]
    #: Nodes that are its outputs.
    ends: tuple[int, ...]


class Kind(NamedTuple):
    """Modules that are alike; the first is not always the fullest, `template` is."""

    form: Form
    template: Scope
    instances: tuple[Instance, ...]


class Wires(NamedTuple):
    """Who reads whom, by place: layers 0, 1, ..., inputs of the network -1, -2, ..."""

    sources: tuple[tuple[int, ...], ...]
    #: Last reader of each layer; `len(sources)` for an output of the network.
    last_reader: tuple[int, ...]


def wires(network: Network) -> Wires:
    """Return who reads whom."""
    place = {each.name: -1 - number for number, each in enumerate(network.inputs)}
    place |= {layer.name: number for number, layer in enumerate(network.layers)}
    sources = tuple(tuple(place[name] for name in layer.sources) for layer in network.layers)
    last = {source: number for number, read in enumerate(sources) for source in read}
    last |= {place[name]: len(sources) for name in network.outputs}
    return Wires(sources, tuple(last.get(number, -1) for number in range(len(sources))))


def scopes(layers: Sequence[Layer]) -> list[Scope]:
    """Return the modules of two layers or more that stand together, outer ones first."""
    spans: dict[str, list[int]] = {}
    for number, layer in enumerate(layers):
        parts = layer.name.split("/")[:_DEEPEST]
        for depth in range(1, len(parts)):
            span = spans.setdefault("/".join(parts[:depth]), [number, number, 0])
            span[1] = number
            span[2] += 1
    found = [Scope(prefix, first, last + 1) for prefix, (first, last, count) in spans.items() if 2 <= count == last + 1 - first]
    return sorted(found, key=lambda scope: (-len(scope), scope.start, len(scope.prefix)))


def kinds(network: Network, wired: Wires) -> list[Kind]:
    """Sort the modules of a network into kinds, those of most layers first."""
    forms: dict[Form, list[Instance]] = defaultdict(list)
    for scope in scopes(network.layers):
        form, inputs = _form(scope, network.layers, wired)
        ends = tuple(scope.start + place for place in form.outputs)
        forms[form].append(Instance(scope, tuple(range(scope.start, scope.stop)), inputs, ends))
    found = [Kind(form, instances[0].scope, tuple(instances)) for form, instances in forms.items()]
    return _with_less(sorted(found, key=lambda kind: -len(kind.template)))


def _form(scope: Scope, layers: Sequence[Layer], wired: Wires) -> tuple[Form, tuple[int, ...]]:
    cut = len(scope.prefix) + 1
    inputs: dict[int, int] = {}
    described = []
    for number in range(scope.start, scope.stop):
        layer = layers[number]
        references = tuple(
            source - scope.start if scope.start <= source < scope.stop else inputs.setdefault(source, -1 - len(inputs))
            for source in wired.sources[number]
        )
        own = tuple(sorted(name for name in layer.fields if default(layer.op, name) is REQUIRED))
        described.append((layer.name[cut:], layer.op, own, references))
    outputs = tuple(number - scope.start for number in range(scope.start, scope.stop) if wired.last_reader[number] >= scope.stop)
    return Form(tuple(described), outputs), tuple(inputs)


def _with_less(found: list[Kind]) -> list[Kind]:
    """Join kinds of which one is another without some of its layers."""
    result: list[Kind] = []
    by_size: dict[int, list[int]] = defaultdict(list)
    work = 0
    for kind in found:
        size = len(kind.form.layers)
        instances = None
        for number in (each for more in range(1, _MOST_LEFT_OUT + 1) for each in by_size[size + more]):
            work += size
            if work > _MOST_COMPARED or (instances := _as_kind(kind, result[number].form)) is not None:
                break
        if instances is None:
            by_size[size].append(len(result))
            result.append(kind)
        else:
            whole = result[number]
            ordered = sorted((*whole.instances, *instances), key=lambda instance: instance.scope.start)
            result[number] = whole._replace(instances=tuple(ordered))
    return result


def _as_kind(kind: Kind, whole: Form) -> list[Instance] | None:
    """Instances of a kind as those of a fuller one, None where they are not: a layer left out is the identity of its first input."""
    names = {layer[0]: place for place, layer in enumerate(kind.form.layers)}
    if not names.keys() <= {layer[0] for layer in whole.layers}:
        return None
    stands_for: list[int] = []
    inputs: dict[int, int] = {}
    at = 0
    for place, (name, op, own, references) in enumerate(whole.layers):
        meant = [stands_for[each] if each >= 0 else each for each in references]
        if name not in names:
            stands_for.append(meant[0])
            continue
        if names[name] != at or kind.form.layers[at][1:3] != (op, own):
            return None
        own_references = kind.form.layers[at][3]
        if len(own_references) != len(meant):
            return None
        for ours, theirs in zip(own_references, meant, strict=True):
            if ours < 0:
                if theirs >= 0 or inputs.setdefault(theirs, ours) != ours:
                    return None
            elif theirs < 0 or whole.layers[theirs][0] != kind.form.layers[ours][0]:
                return None
        stands_for.append(place)
        at += 1
    ends = [stands_for[place] for place in whole.outputs]
    if any(end < 0 for end in ends) or [whole.layers[end][0] for end in ends] != [kind.form.layers[end][0] for end in kind.form.outputs]:
        return None
    if len(set(inputs.values())) != len(inputs) or -1 not in inputs:
        return None
    count = 1 + max(-each - 1 for layer in whole.layers for each in (*layer[3], -1) if each < 0)
    instances = []
    for instance in kind.instances:
        places = tuple(instance.places[names[layer[0]]] if layer[0] in names else None for layer in whole.layers)
        # An input that only layers read which are left out may be any: the first.
        own_inputs = tuple(instance.inputs[-1 - inputs.get(-1 - number, inputs[-1])] for number in range(count))
        instances.append(Instance(instance.scope, places, own_inputs, instance.ends))
    return instances
