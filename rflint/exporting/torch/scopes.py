"""Layers by the paths of their names: which stand in one module, what that module reads, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rflint.exporting.settled import Network, Settled
from rflint.exporting.torch.layers import LEAVES
from rflint.exporting.torch.leaf import Arg, Leaf

#: Parts of the place of an item: `blocks`, the block, `layers`, the number.
_ITEM_OF_BLOCK: Final = 4


class Unit(NamedTuple):
    """A layer, or a module of several."""

    #: Below the module around it: `conv1`, or `b0/conv` where a module of one layer is none.
    name: str
    #: Names of values: inputs, layers, and `pool:places`.
    sources: tuple[str, ...]
    outputs: tuple[str, ...]
    leaf: Leaf | None
    children: tuple[Unit, ...]
    #: The block of the spec that it is a use of; empty: none.
    block: str
    path: str

    @property
    def args(self) -> tuple[Arg, ...]:
        """Arguments of all layers in it, in order."""
        return self.leaf.args if self.leaf is not None else tuple(arg for child in self.children for arg in child.args)

    @property
    def is_chain(self) -> bool:
        """Whether it is numbered copies, each behind the other: an nn.Sequential."""
        if not self.children or len(self.sources) != 1 or len(self.outputs) != 1:
            return False
        before = self.sources
        for number, child in enumerate(self.children):
            plain = child.leaf is None or (child.leaf.call == "{m}({0})" and not child.leaf.places)
            if child.name != str(number) or child.sources != before or len(child.outputs) != 1 or not plain:
                return False
            before = child.outputs
        return before == self.outputs


class _Reader(NamedTuple):
    """Who reads each value, by the places of layers."""

    layers: tuple[Settled, ...]
    leaves: Mapping[str, Leaf]
    sources: Mapping[str, tuple[str, ...]]
    readers: Mapping[str, frozenset[int]]
    blocks: Mapping[str, str]
    outputs: frozenset[str]


def units(network: Network) -> tuple[Unit, ...]:
    """Return the layers of a network as they stand in its modules, in an order in which each reads only what is before it."""
    leaves = {layer.name: LEAVES[layer.op](layer, network) for layer in network.layers}
    sources = {layer.name: _sources(layer, leaves[layer.name]) for layer in network.layers}
    readers: dict[str, set[int]] = {}
    for place, layer in enumerate(network.layers):
        for source in sources[layer.name]:
            readers.setdefault(source, set()).add(place)
    # What stands in a branch of a block has a longer place.
    blocks = {
        layer.name: str(layer.site.path[1])
        for layer in network.graph.layers
        if layer.site.path[:1] == ("blocks",) and len(layer.site.path) == _ITEM_OF_BLOCK
    }
    frozen = {name: frozenset(places) for name, places in readers.items()}
    reader = _Reader(network.layers, leaves, sources, frozen, blocks, frozenset(network.outputs))
    return _children(reader, "", range(len(network.layers)))


def _sources(layer: Settled, leaf: Leaf) -> tuple[str, ...]:
    more = [f"{layer.partner}:places"] if layer.partner else [layer.like_name] if layer.like_name and "{1}" in leaf.call else []
    return (*layer.sources, *more)


def _values(reader: _Reader, name: str) -> tuple[str, ...]:
    return (name, f"{name}:places") if reader.leaves[name].places else (name,)


def _children(reader: _Reader, prefix: str, places: Sequence[int]) -> tuple[Unit, ...]:
    """Group layers by the next part of their paths; a group that would read what reads it is taken apart."""
    names = [reader.layers[place].name[len(prefix) :].strip("/") for place in places]
    groups: dict[str, list[int]] = {}
    folders = {name.partition("/")[0] for name in names if "/" in name}
    for place, name in zip(places, names, strict=True):
        head = name.partition("/")[0]
        groups.setdefault(head if "/" in name or name in folders else name, []).append(place)
    while True:
        order = _ordered(reader, groups)
        if order is not None:
            return tuple(_unit(reader, prefix, name, groups[name]) for name in order)
        largest = max(groups, key=lambda name: len(groups[name]))
        for place in groups.pop(largest):
            groups[reader.layers[place].name[len(prefix) :].strip("/")] = [place]


def _ordered(reader: _Reader, groups: Mapping[str, Sequence[int]]) -> list[str] | None:
    """Order groups so that each reads only what is before it; None where some read each other."""
    group_of = {reader.layers[place].name: name for name, places in groups.items() for place in places}
    needs = {
        name: {
            group_of[owner]
            for place in places
            for source in reader.sources[reader.layers[place].name]
            if (owner := source.removesuffix(":places")) in group_of and group_of[owner] != name
        }
        for name, places in groups.items()
    }
    order: dict[str, None] = {}
    waiting = sorted(groups, key=lambda name: groups[name][0])
    while waiting:
        ready = next((name for name in waiting if needs[name] <= order.keys()), None)
        if ready is None:
            return None
        order[ready] = None
        waiting.remove(ready)
    return list(order)


def _unit(reader: _Reader, prefix: str, name: str, places: Sequence[int]) -> Unit:
    path = f"{prefix}/{name}".strip("/")
    if len(places) == 1:
        layer = reader.layers[places[0]]
        own = layer.name[len(prefix) :].strip("/")
        return Unit(own, reader.sources[layer.name], _values(reader, layer.name), reader.leaves[layer.name], (), "", layer.name)
    children = _children(reader, path, places)
    if len(children) == 1:
        return children[0]._replace(name=f"{name}/{children[0].name}")
    inside = {value for place in places for value in _values(reader, reader.layers[place].name)}
    sources = dict.fromkeys(source for child in children for source in child.sources if source not in inside)
    own_places = set(places)
    outputs = [
        value
        for child in children
        for value in child.outputs
        if value in reader.outputs or reader.readers.get(value, frozenset()) - own_places
    ]
    outputs = outputs or [children[-1].outputs[0]]
    block = next((found for child in children if child.leaf is not None and (found := reader.blocks.get(child.path))), "")
    return Unit(name, tuple(sources), tuple(outputs), None, children, block, path)
