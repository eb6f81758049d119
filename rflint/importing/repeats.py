"""Repetition of layers that have no modules: a run of equal units becomes a module with numbered copies.

Names are given up for it only where they say nothing, numbers and ops with numbers; a comment in the spec says which they were.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from rflint.importing.draft import Layer, Network
from rflint.importing.scopes import REQUIRED, Wires, default, wires

#: Names that are numbers, or an operator with one: `36`, `conv_12`.
_NAMELESS: Final = re.compile(r"(?:[A-Za-z]+(?:_[A-Za-z]+)*)?_?[0-9]*")
#: Layers of a unit, and of a network in which units are looked for.
_LONGEST: Final = 48
_MOST_LAYERS: Final = 20_000
#: Lines that a run has to save.
_WORTH: Final = 6


class _Run(NamedTuple):
    start: int
    period: int
    copies: int

    @property
    def saved(self) -> int:
        return (self.copies - 1) * self.period

    @property
    def stop(self) -> int:
        return self.start + self.period * self.copies


def with_units(network: Network) -> Network:
    """Name the layers of runs by unit and copy: `unit/3/conv`."""
    layers = network.layers
    if len(layers) > _MOST_LAYERS or not any("/" not in each.name for each in layers):
        return network
    wired = wires(network)
    names: dict[str, str] = {}
    taken = {*(each.name for each in network.inputs), *(each.name for each in layers)}
    outputs = set(network.outputs)
    tokens = [
        _token(layer, number, wired, nameless=_is_nameless(layer) and layer.name not in outputs) for number, layer in enumerate(layers)
    ]
    for number, run in enumerate(_runs(tokens, wired), 1):
        stem = f"unit{number}"
        if stem in taken:
            return network
        labels = _labels([layer.op for layer in layers[run.start : run.start + run.period]])
        for place in range(run.start, run.stop):
            copy, inside = divmod(place - run.start, run.period)
            names[layers[place].name] = f"{stem}/{copy}/{labels[inside]}" if run.copies > 1 else f"{stem}/{labels[inside]}"
    renamed = [
        each._replace(
            name=names.get(each.name, each.name),
            sources=tuple(names.get(source, source) for source in each.sources),
            former=each.name if each.name in names else "",
        )
        for each in layers
    ]
    return network._replace(layers=tuple(renamed))


def _is_nameless(layer: Layer) -> bool:
    return "/" not in layer.name and _NAMELESS.fullmatch(layer.name) is not None


def _token(layer: Layer, number: int, wired: Wires, *, nameless: bool) -> object:
    """What two layers share that stand at the same place of two units; a layer that keeps its name is like no other."""
    if not nameless:
        return number
    own = tuple(sorted(name for name in layer.fields if default(layer.op, name) is REQUIRED))
    kernel = layer.fields.get("kernel")
    return layer.op, own, repr(kernel), tuple(number - source if source >= 0 else source for source in wired.sources[number])


def _labels(ops: Sequence[str]) -> list[str]:
    many = Counter(ops)
    seen: Counter[str] = Counter()
    labels = []
    for op in ops:
        seen[op] += 1
        labels.append(f"{op}_{seen[op]}" if many[op] > 1 else op)
    return labels


def _runs(tokens: Sequence[object], wired: Wires) -> list[_Run]:
    """Return runs that do not overlap, in order: those that save most first."""
    found: list[_Run] = []
    for period in range(2, min(_LONGEST, len(tokens) // 2) + 1):
        start = None
        for place in range(len(tokens) - period + 1):
            if place + period < len(tokens) and tokens[place] == tokens[place + period]:
                start = place if start is None else start
            elif start is not None:
                found += _aligned(start, place - start + period, period, wired)
                start = None
    taken: set[int] = set()
    chosen: list[_Run] = []
    # Short units first: a long one may be made of them.
    for run in sorted(found, key=lambda run: (run.period, -run.saved, run.start)):
        if run.saved >= _WORTH and taken.isdisjoint(range(run.start, run.stop)):
            taken.update(range(run.start, run.stop))
            chosen.append(run)
    return sorted([*chosen, *_elsewhere(chosen, tokens, taken, wired)])


def _elsewhere(runs: Sequence[_Run], tokens: Sequence[object], taken: set[int], wired: Wires) -> list[_Run]:
    """Return shorter runs of the same units, single ones among them."""
    found = []
    units = {tuple(tokens[run.start : run.start + run.period]) for run in runs}
    for unit in sorted(units, key=len, reverse=True):
        period, place = len(unit), 0
        while place + period <= len(tokens):
            copies = 0
            while _stands(unit, place + copies * period, tokens, taken, wired):
                copies += 1
            if copies:
                found.append(_Run(place, period, copies))
                taken.update(range(place, place + copies * period))
            place += max(copies * period, 1)
    return found


def _stands(unit: tuple[object, ...], place: int, tokens: Sequence[object], taken: set[int], wired: Wires) -> bool:
    period = len(unit)
    return (
        tokens[place : place + 1] == [unit[0]]
        and tuple(tokens[place : place + period]) == unit
        and taken.isdisjoint(range(place, place + period))
        and _is_closed(place, period, wired)
    )


def _aligned(start: int, length: int, period: int, wired: Wires) -> list[_Run]:
    """Let units begin where they read one layer only, the one before: there the run is a chain."""
    for shift in range(min(period, length - 2 * period + 1)):
        run = _Run(start + shift, period, (length - shift) // period)
        if all(_is_closed(run.start + copy * period, period, wired) for copy in range(run.copies)):
            return [run]
    return []


def _is_closed(start: int, period: int, wired: Wires) -> bool:
    inside = range(start, start + period)
    read = {source for place in inside for source in wired.sources[place] if source not in inside}
    leaving = [place for place in inside if wired.last_reader[place] not in inside and place != inside[-1]]
    return read <= {start - 1} and not leaving
