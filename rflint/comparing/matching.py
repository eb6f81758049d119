"""Which layer is which: by name, then by structure.

A stated name counts first.  What is left is matched by what it is and by what it reads, from the inputs on, and by what reads it,
from the outputs back: a block that was renamed or moved is the same block.  Each sweep looks at every connection once, and there
are a handful of them: no graph is searched for another.  Of equals the one that comes first is taken, so that the answer depends on
nothing but the two specs.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from rflint.engine import Analysis
from rflint.model import Graph, Layer, SpecReport

#: A last part of a name that says nothing: a number, or what a layer without a name is called.
_COUNTED: Final = re.compile(r"(?:.*[/.])?(?:[0-9]+|([a-z0-9_-]+)_[0-9]+)")
#: Sweeps over a layer that was edited may lead on to others that were not.
_ROUNDS: Final = 4


class Matching(NamedTuple):
    """Pairs of nodes: inputs and layers, numbered as in their graphs."""

    new_of: Mapping[int, int]
    old_of: Mapping[int, int]
    #: Numbers of the axes that both have, in the order of the new graph: of the old graph, of the new one.
    axes: tuple[tuple[int, int], ...]
    #: Name of an old input -> of the new one.
    inputs: Mapping[str, str]


class Pair(NamedTuple):
    """Two versions of one network."""

    #: With their layers.
    old: SpecReport
    new: SpecReport
    #: What these rest on.
    before: Analysis
    after: Analysis
    matching: Matching

    def was(self, node: int) -> str:
        """Name of a node of the old version."""
        return self.before.graph.node_name(node)

    def name(self, node: int) -> str:
        """Name of a node of the new version."""
        return self.after.graph.node_name(node)

    @property
    def axes(self) -> dict[str, str]:
        """Name of an old axis -> of the new one."""
        return {self.old.axes[here]: self.new.axes[there] for here, there in self.matching.axes}

    def same(self) -> Iterator[tuple[int, Layer, int, Layer]]:
        """Layers that are the same, with their nodes, in the order of the new version."""
        before, after = self.before.graph, self.after.graph
        for other, node in sorted(self.matching.old_of.items()):
            if node >= len(before.inputs) and other >= len(after.inputs):
                yield node, before.layer(node), other, after.layer(other)


def match(old: Analysis, new: Analysis) -> Matching:
    """Match the nodes of two specs."""
    axes = _axes(old.graph.axes, new.graph.axes)
    matcher = _Matcher(old, new, axes)
    matcher.run()
    names = {
        old.graph.inputs[node].name: new.graph.inputs[other].name
        for node, other in matcher.new_of.items()
        if node < len(old.graph.inputs) and other < len(new.graph.inputs)
    }
    return Matching(matcher.new_of, matcher.old_of, axes, names)


def _axes(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Pair axes by name; where that pairs none, and there are as many, by place."""
    pairs = tuple((old.index(name), place) for place, name in enumerate(new) if name in old)
    return pairs if pairs or len(old) != len(new) else tuple(zip(range(len(old)), range(len(new)), strict=True))


class _Net:
    """One graph, as it is matched: lists are indexed by node."""

    def __init__(self, analysis: Analysis, axes: Sequence[int], ids: _Ids) -> None:
        graph = analysis.graph
        self.inputs = len(graph.inputs)
        self.names = [*(item.name for item in graph.inputs), *(layer.name for layer in graph.layers)]
        self.node_of = {name: node for node, name in enumerate(self.names)}
        count = len(self.names)
        self.sources: Sequence[Sequence[int]] = [
            [source for source in sources if 0 <= source < count]
            for sources in (*([()] * self.inputs), *(layer.sources for layer in graph.layers))
        ]
        self.readers: list[list[int]] = [[] for _ in self.names]
        for node, sources in enumerate(self.sources):
            for source in sources:
                self.readers[source].append(node)
        self.outputs: dict[int, int] = {node: place for place, node in reversed(list(enumerate(graph.outputs)))}
        self.output_count = len(graph.outputs)
        self.kinds = [ids.of("input")] * self.inputs + [ids.of(("op", graph.kind(layer))) for layer in graph.layers]
        lowered = [analysis.axes[axis].program.ops for axis in axes]
        geometry = [[ops[node] for ops in lowered] for node in range(count)]
        self.shapes = [
            ids.of(("shape", kind, tuple((type(op).__name__, ids.of(op)) for op in ops)))
            for kind, ops in zip(self.kinds, geometry, strict=True)
        ]
        self.full = [ids.of(("full", shape, channels)) for shape, channels in zip(self.shapes, analysis.costs.channels, strict=True)]
        self.down = [0] * count
        for node in range(count - 1, -1, -1):
            below = tuple(sorted(self.down[reader] for reader in self.readers[node]))
            self.down[node] = ids.of(("down", self.full[node], below, node in self.outputs))
        self.stated = [not _says_nothing(graph, node) for node in range(count)]


def _says_nothing(graph: Graph, node: int) -> bool:
    if node < len(graph.inputs):
        return False
    layer: Layer = graph.layer(node)
    found = _COUNTED.fullmatch(layer.name)
    return found is not None and found[1] in (None, layer.op)


class _Ids:
    """Small numbers for what is compared: equal things have equal ones, in both graphs."""

    def __init__(self) -> None:
        self._ids: dict[Hashable, int] = {}

    def of(self, thing: object) -> int:
        try:
            return self._ids.setdefault(thing, len(self._ids))
        except TypeError:  # geometry of a plug-in may hold a list
            return self._ids.setdefault(repr(thing), len(self._ids))


class _Matcher:
    def __init__(self, old: Analysis, new: Analysis, axes: Sequence[tuple[int, int]]) -> None:
        ids = _Ids()
        self._old = _Net(old, [axis for axis, _ in axes], ids)
        self._new = _Net(new, [axis for _, axis in axes], ids)
        self.new_of: dict[int, int] = {}
        self.old_of: dict[int, int] = {}

    def run(self) -> None:
        old, new = self._old, self._new
        self._inputs()
        self._by_name(stated=True, same_kind=True)
        levels: list[tuple[Sequence[Hashable], Sequence[Hashable]]] = [
            (
                [(old.full[node], old.names[node]) for node in range(len(old.names))],
                [(new.full[node], new.names[node]) for node in range(len(new.names))],
            ),
            (list(zip(old.full, old.down, strict=True)), list(zip(new.full, new.down, strict=True))),
            (old.full, new.full),
            (old.shapes, new.shapes),
            (old.kinds, new.kinds),
        ]
        for _ in range(_ROUNDS):
            before = len(self.new_of)
            for keys, others in levels:
                self._forward(keys, others)
                self._backward(keys, others)
            if len(self.new_of) == before:
                break
        self._by_name(stated=False, same_kind=True)
        self._by_name(stated=False, same_kind=False)

    def _pair(self, node: int, other: int) -> None:
        self.new_of[node] = other
        self.old_of[other] = node

    def _inputs(self) -> None:
        old, new = self._old, self._new
        for node in range(old.inputs):
            other = new.node_of.get(old.names[node])
            if other is not None and other < new.inputs:
                self._pair(node, other)
        left = (other for other in range(new.inputs) if other not in self.old_of)
        for node, other in zip([node for node in range(old.inputs) if node not in self.new_of], left, strict=False):
            self._pair(node, other)

    def _by_name(self, *, stated: bool, same_kind: bool) -> None:
        old, new = self._old, self._new
        for node in range(old.inputs, len(old.names)):
            other = new.node_of.get(old.names[node])
            if node in self.new_of or other is None or other < new.inputs or other in self.old_of:
                continue
            if (old.stated[node] or not stated) and (not same_kind or old.kinds[node] == new.kinds[other]):
                self._pair(node, other)

    def _forward(self, keys: Sequence[Hashable], others: Sequence[Hashable]) -> None:
        """Match what is alike and reads the same, from the inputs on."""
        old, new = self._old, self._new
        waiting: dict[Hashable, list[int]] = {}
        for other in range(len(new.names) - 1, new.inputs - 1, -1):
            if other not in self.old_of:
                waiting.setdefault((others[other], *sorted(new.sources[other])), []).append(other)
        for node in range(old.inputs, len(old.names)):
            sources = old.sources[node]
            if node not in self.new_of and sources and all(source in self.new_of for source in sources):
                found = waiting.get((keys[node], *sorted(self.new_of[source] for source in sources)))
                if found:
                    self._pair(node, found.pop())

    def _backward(self, keys: Sequence[Hashable], others: Sequence[Hashable]) -> None:
        """Match what is alike and is read by the same, from the outputs back."""
        old, new = self._old, self._new
        places = old.output_count == new.output_count

        def key(net: _Net, node: int, kind: Hashable, readers: Sequence[int]) -> Hashable:
            return kind, net.outputs.get(node) if places else node in net.outputs, *sorted(readers)

        def is_read(net: _Net, node: int) -> bool:
            return bool(net.readers[node]) or (places and node in net.outputs)

        waiting: dict[Hashable, list[int]] = {}
        for other in range(len(new.names) - 1, new.inputs - 1, -1):
            if other not in self.old_of and is_read(new, other):
                waiting.setdefault(key(new, other, others[other], new.readers[other]), []).append(other)
        asked: set[Hashable] = set()
        for node in range(len(old.names) - 1, old.inputs - 1, -1):
            readers = old.readers[node]
            if node in self.new_of or not is_read(old, node) or not all(reader in self.new_of for reader in readers):
                continue
            wanted = key(old, node, keys[node], [self.new_of[reader] for reader in readers])
            if wanted in asked or wanted not in waiting:
                continue
            asked.add(wanted)
            # Of those that are alike, and read by the same, the first is the first, however many there are on either side.
            alike = [each for each in old.sources[readers[0]] if old.readers[each] == readers] if readers else [node]
            twins = (each for each in sorted(set(alike)) if each >= old.inputs and each not in self.new_of and keys[each] == keys[node])
            for twin in twins:
                if waiting[wanted]:
                    self._pair(twin, waiting[wanted].pop())
