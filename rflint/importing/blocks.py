"""Block recovery: what a model repeats is written once, with parameters for what differs.

It knows nothing of formats: modules are the paths in the names of layers.  The same layers come back in the same order
when the spec is expanded; `rflint.importing.conversion` holds it to that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from rflint.importing.draft import Network
from rflint.importing.parameters import ANY, Expression, Parameters
from rflint.importing.scopes import Instance, Kind, Scope, Wires, default, kinds, wires
from rflint.model import EMPTY

#: Copies in a row that are written as one item though they have other names in the model.
_WORTH_RENAMING: Final = 4
_NUMBERED: Final = re.compile(r"(.*?)([0-9]+)", re.DOTALL)


class Entry(NamedTuple):
    """An item of `layers`: an op, or a use of a block."""

    name: str
    sources: tuple[str, ...]
    op: str | None = None
    use: str | None = None
    #: Fields of the op: values, or expressions.
    fields: Mapping[str, Any] = EMPTY
    #: Arguments of the block, for each copy.
    rows: tuple[Mapping[str, Any], ...] = ()
    #: The copies are a chain, and their names have an index.
    chained: bool = False
    when: Expression | None = None
    #: The operator of the model; of a chain, the modules, where their names are not those of the copies.
    origin: str = ""


class Block(NamedTuple):
    """A block; a parameter without a default has None."""

    name: str
    params: Mapping[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    entries: tuple[Entry, ...]
    #: Modules of the model that are its instances.
    found: tuple[str, ...]


class Plan(NamedTuple):
    """What is to be written."""

    blocks: tuple[Block, ...]
    entries: tuple[Entry, ...]
    #: Outputs of the network, by the names that its layers have here.
    outputs: tuple[str, ...]


def flat(network: Network) -> Plan:
    """One item for each layer."""
    entries = tuple(Entry(each.name, each.sources, each.op, fields=each.fields, origin=each.origin) for each in network.layers)
    return Plan((), entries, network.outputs)


def compact(network: Network) -> Plan:
    """Write once what the network repeats."""
    writer = _Writer(network)
    blocks = tuple(writer.block(number) for number in reversed(range(len(writer.chosen))))
    entries, names = writer.layers()
    place = {each.name: number for number, each in enumerate(network.layers)}
    return Plan(blocks, entries, tuple(names.get(place.get(name, -1), name) for name in network.outputs))


def _chosen(found: Sequence[Kind]) -> list[Kind]:
    """Return the kinds that are written twice or more once those around them are blocks."""
    chosen: list[Kind] = []
    # Starts of modules inside of copies, which nobody writes: the block stands for them.
    hidden: set[int] = set()
    modules = {instance.scope.prefix: (instance.scope, number) for number, kind in enumerate(found) for instance in kind.instances}
    for kind in found:
        if sum(each.scope.start not in hidden for each in kind.instances) > 1 and not _is_chain(kind.template, modules):
            chosen.append(kind)
            for instance in kind.instances:
                if instance.scope != kind.template:
                    hidden.update(range(instance.scope.start, instance.scope.stop))
    return chosen


def _is_chain(scope: Scope, modules: Mapping[str, tuple[Scope, int]]) -> bool:
    """Whether a module holds nothing but numbered copies of one kind: they are written where it is used."""
    at, number, same = scope.start, 0, set()
    while at < scope.stop:
        inner, kind = modules.get(f"{scope.prefix}/{number}", (None, -1))
        if inner is None or inner.start != at:
            return False
        same.add(kind)
        at, number = inner.stop, number + 1
    return len(same) == 1


class _Piece(NamedTuple):
    """An entry, and its part in the template that it is written from."""

    entry: Entry
    scope: Scope
    #: Number of its kind; None: a layer.
    kind: int | None
    reads: tuple[int, ...]
    gives: tuple[int, ...]


class _Writer:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._wired: Wires = wires(network)
        self.chosen = _chosen(kinds(network, self._wired))
        #: Where a copy starts -> those that do: stop, number of the kind, number of the instance; the longest first.
        self._copies: dict[int, list[tuple[int, int, int]]] = {}
        for number, kind in enumerate(self.chosen):
            for place, instance in enumerate(kind.instances):
                self._copies.setdefault(instance.scope.start, []).append((instance.scope.stop, number, place))
        self._under = Counter(prefix for layer in network.layers for prefix in _prefixes(layer.name))
        self._blocks: dict[int, Block] = {}
        self._values: dict[int, Mapping[str, list[Any]]] = {}
        self._taken: set[str] = set()

    def block(self, number: int) -> Block:
        """Write a block; those inside of it are written."""
        kind = self.chosen[number]
        parameters = Parameters()
        template = next(each for each in kind.instances if each.scope == kind.template)
        inputs = tuple("input" if not place else f"input_{place + 1}" for place in range(len(template.inputs)))
        names = dict(reversed(list(zip(template.inputs, inputs, strict=True))))
        pieces = self._pieces(template, kind.instances, parameters, number)
        entries = self._chained(pieces, names, template.scope)
        outputs = tuple(names[end] for end in template.ends)
        found = tuple(each.scope.prefix for each in kind.instances)
        self._values[number] = parameters.values
        self._blocks[number] = Block(self._block_name(kind), _defaults(parameters.values), inputs, outputs, entries, found)
        return self._blocks[number]

    def layers(self) -> tuple[tuple[Entry, ...], Mapping[int, str]]:
        """Write the layers of the network, all blocks of which are written; what each node is called that can be read from outside."""
        count = len(self._network.layers)
        whole = Instance(Scope("", 0, count), tuple(range(count)), (), ())
        names = {-1 - number: each.name for number, each in enumerate(self._network.inputs)}
        entries = self._chained(self._pieces(whole, (whole,), Parameters(), -1), names, whole.scope)
        return entries, {node: name for node, name in names.items() if node >= 0}

    def _pieces(self, template: Instance, instances: Sequence[Instance], parameters: Parameters, outer: int) -> list[_Piece]:
        pieces = []
        at, stop = template.scope.start, template.scope.stop
        while at < stop:
            piece = self._copy(at, template, instances, parameters, outer) or self._layer(at, template, instances, parameters)
            pieces.append(piece)
            at = piece.scope.stop
        return pieces

    def _copy(self, at: int, template: Instance, instances: Sequence[Instance], parameters: Parameters, outer: int) -> _Piece | None:
        """Write the longest block that begins at a layer, in all instances alike."""
        first = template.scope.start
        for stop, number, place in self._copies.get(at, ()):
            if number <= outer or stop > template.scope.stop or number not in self._blocks:
                continue
            inner: list[int] = []
            for instance in instances:
                present = [each for each in instance.places[at - first : stop - first] if each is not None]
                copies = self._copies.get(present[0], ()) if present else ()
                inner += [copy for end, kind, copy in copies if kind == number and end == present[-1] + 1]
            if len(inner) != len(instances):
                continue
            copy = self.chosen[number].instances[place]
            name = _local(copy.scope.prefix, template.scope)
            given = {key: parameters.write([values[each] for each in inner], key, name) for key, values in self._values[number].items()}
            entry = Entry(name, (), use=self._blocks[number].name, rows=(given,))
            return _Piece(entry, copy.scope, number, copy.inputs, copy.ends)
        return None

    def _layer(self, at: int, template: Instance, instances: Sequence[Instance], parameters: Parameters) -> _Piece:
        layers = self._network.layers
        layer = layers[at]
        name = _local(layer.name, template.scope)
        places = [instance.places[at - template.scope.start] for instance in instances]
        fields = dict(layer.fields)
        fields |= {
            key: default(layer.op, key) for place in places if place is not None for key in layers[place].fields if key not in fields
        }
        when = None
        if None in places:
            written = parameters.write([place is not None for place in places], "when", name)
            when = written if isinstance(written, Expression) else None
        for key in fields:
            values = [ANY if place is None else layers[place].fields.get(key, default(layer.op, key)) for place in places]
            fields[key] = parameters.write(values, key, name)
        entry = Entry(name, (), layer.op, fields=fields, when=when, origin=layer.origin)
        return _Piece(entry, Scope(layer.name, at, at + 1), None, self._wired.sources[at], (at,))

    def _chained(self, pieces: Sequence[_Piece], names: dict[int, str], scope: Scope) -> tuple[Entry, ...]:
        """Put copies that follow each other into chains, and name what each entry reads; `names` gains what they give."""
        entries = []
        taken = {piece.entry.name for piece in pieces}
        at = 0
        while at < len(pieces):
            length, name, origin = self._chain(pieces, at, scope, taken)
            first, last = pieces[at], pieces[at + length - 1]
            entry = first.entry._replace(sources=tuple(names[node] for node in first.reads))
            if length > 1:
                taken.add(name)
                rows = tuple(row for piece in pieces[at : at + length] for row in piece.entry.rows)
                entry = entry._replace(name=name, rows=rows, chained=True, origin=origin)
            former = [self._network.layers[place].former for place in (first.scope.start, last.scope.stop - 1)]
            if entry.use is not None and all(former):
                entry = entry._replace(origin=" to ".join(former))
            ends = () if last.kind is None else self._blocks[last.kind].outputs
            entries.append(entry)
            for number, node in enumerate(last.gives):
                names[node] = f"{entry.name}/{ends[number]}" if number else entry.name
            at += length
        return tuple(entries)

    def _chain(self, pieces: Sequence[_Piece], at: int, scope: Scope, taken: set[str]) -> tuple[int, str, str]:
        """Return how many copies from here on are a chain, its name, and what the model calls them where that is another name."""
        first = pieces[at]
        numbered = _NUMBERED.fullmatch(first.entry.name)
        if first.kind is None or numbered is None:
            return 1, first.entry.name, ""
        stem, start = numbered[1], int(numbered[2])
        end = at + 1
        while end < len(pieces) and self._follows(pieces[end - 1], pieces[end], first):
            if pieces[end].entry.name != f"{stem}{start + end - at}":
                break
            end += 1
        length = end - at
        if length == 1:
            return 1, first.entry.name, ""
        if stem.endswith("/") or not stem:
            whole = "/".join(filter(None, (scope.prefix, stem.rstrip("/"))))
            inside = sum(len(piece.scope) for piece in pieces[at:end])
            if start or not stem or self._under[whole] != inside or stem[:-1] in taken:
                return 1, first.entry.name, ""
            return length, stem[:-1], ""
        # Other names than the model's are worth it where many lines become one.
        name = stem.rstrip("_-.")
        if length < _WORTH_RENAMING or any(piece.entry.rows != first.entry.rows for piece in pieces[at:end]):
            return 1, first.entry.name, ""
        if not name or name.endswith("/") or name in taken or self._under["/".join(filter(None, (scope.prefix, name)))]:
            return 1, first.entry.name, ""
        ends = (pieces[place].entry.name.rpartition("/")[2] for place in (at, end - 1))
        return length, name, " to ".join(ends)

    def _follows(self, before: _Piece, piece: _Piece, first: _Piece) -> bool:
        """Whether a copy reads what the copy before it gives, and nobody else does."""
        if piece.kind != before.kind:
            return False
        passed = min(len(before.gives), len(piece.reads))
        return (
            piece.reads[:passed] == before.gives[:passed]
            and piece.reads[passed:] == first.reads[passed:]
            and all(self._wired.last_reader[node] < piece.scope.stop for node in before.gives)
        )

    def _block_name(self, kind: Kind) -> str:
        """Name a block after the modules that it was found in, or after what it is."""
        parts = [part for part in kind.template.prefix.split("/") if not part.isdigit()]
        stem = re.sub(r"[^A-Za-z]*[0-9]+[a-z]?$", "", parts[-1]) if parts else ""
        ops = [op for _, op, _, _ in kind.form.layers]
        residual = ops[-1] == "add"
        in_row = 1 + sum(op == "conv" and min(sources) >= 0 for _, op, _, sources in kind.form.layers)
        if kind.template.prefix.rpartition("/")[2].isdigit() or len(stem) < 3:
            stem = (
                ("inverted_residual" if "depthwise_conv" in ops else "bottleneck" if in_row > 2 else "residual_block")
                if residual
                else f"{stem}_unit"
                if stem
                else "unit"
            )
        name = re.sub(r"\W+", "_", stem).strip("_") or "unit"
        number, wanted = 1, name
        while wanted in self._taken:
            number += 1
            wanted = f"{name}_{number}"
        self._taken.add(wanted)
        return wanted


def _prefixes(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def _local(name: str, scope: Scope) -> str:
    return name[len(scope.prefix) + 1 :] if scope.prefix else name


def _defaults(values: Mapping[str, list[Any]]) -> Mapping[str, Any]:
    """Return a default for each parameter that has one value more often than not."""
    defaults = {}
    for name, each in values.items():
        known = [value for value in each if value is not ANY]
        common, count = Counter(map(repr, known)).most_common(1)[0]
        value = next(value for value in known if repr(value) == common)
        defaults[name] = value if 2 * count > len(each) or len(known) < len(each) else None
    return defaults
