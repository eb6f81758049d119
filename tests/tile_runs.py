"""The referee of tiles: a net run on a piece of an image and on the whole, one axis, every value exact.

A value is a hash of all that it is computed from: the layer, the phase of the output, and the values read, with a mark
for every tap in a padding.  Two values are equal where every tap reads the same, and differ else: all taps have weight.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from brute import Axis

if TYPE_CHECKING:
    from collections.abc import Mapping

HOLE = 12345


class Run:
    """The values of one net on the stretch of the inputs that starts at `starts` and has these sizes."""

    def __init__(self, net: Mapping[str, Any], axis: int, sizes: Mapping[str, int], starts: Mapping[str, int]) -> None:
        self.model = Axis(net, axis, sizes)
        self.starts = starts
        self.layers = {layer["name"]: layer for layer in net["layers"]}
        self.memo: dict[tuple[str, int], int] = {}

    def fits(self, name: str) -> bool:
        """Whether the layer and all layers before it have a map."""
        layer = self.layers.get(name)
        if self.model.nodes[name].size is None:
            return False
        if layer is None:
            return True
        names = layer["from"] if isinstance(layer["from"], list) else [layer["from"]]
        if layer["op"] == "space_to_depth":
            block = layer["block"][self.model.axis] if isinstance(layer["block"], list) else layer["block"]
            if (self.model.nodes[names[0]].size or 0) % block:
                return False
        return all(map(self.fits, [*names, *([layer["like"]] if "like" in layer else [])]))

    def value(self, name: str, i: int) -> int:
        """The value of feature i; a mark where there is no such feature."""
        key = (name, i)
        if key not in self.memo:
            self.memo[key] = self._value(name, i)
        return self.memo[key]

    def _value(self, name: str, i: int) -> int:
        node = self.model.nodes[name]
        assert node.size is not None
        if not 0 <= i < node.size:
            return HOLE
        if name in self.starts:
            return hash((name, i + self.starts[name]))
        parts: list[object] = [name]
        for before, reading in node.reads:
            assert reading.taps is not None
            taps = reading.taps(i)
            if reading.clamp:
                taps = [min(max(tap, 0), (before.size or 1) - 1) for tap in taps]
            parts.append((before.name, i % reading.period, tuple(self.value(before.name, tap) for tap in taps)))
        return hash(tuple(parts))


class Tiling:
    """A net with one layer and one input on one axis, run on pieces."""

    def __init__(self, net: Mapping[str, Any], axis: int, layer: str, source: str, rates: Mapping[str, Fraction], whole: int) -> None:
        """`rates`: samples of every input for one of `source`; `whole`: size of the image, the declared one and some periods more."""
        self.net, self.axis, self.layer, self.source, self.rates = net, axis, layer, source, rates
        self.declared = {name: item["size"][axis] for name, item in net["inputs"].items()}
        self.size = whole
        self.whole = self.run(0, whole)
        assert self.whole is not None
        grid = self.whole.model.grid(layer, source)
        assert grid is not None
        self.stride, self.center = grid

    def run(self, start: int, end: int) -> Run | None:
        """The net on `[start, end)`; None where sizes clash."""
        sizes, starts = {}, {}
        for name, rate in self.rates.items():
            first = start * rate
            size = self.declared[name] + (end - start - self.declared[self.source]) * rate
            if self.declared[name] == 1 and name != self.source:
                first, size = Fraction(0), Fraction(1)
            if first.denominator != 1 or size.denominator != 1 or size < 1:
                return None
            sizes[name], starts[name] = int(size), int(first)
        run = Run(self.net, self.axis, sizes, starts)
        return run if run.fits(self.layer) else None

    def places(self, a: int, b: int) -> range:
        """Features whose centre lies in `[a - 1/2, b - 1/2)`, of a map without borders."""
        half = Fraction(1, 2)
        first, last = ((border - half - self.center) / self.stride for border in (a, b))
        return range(math.ceil(first), math.ceil(last))

    def outputs(self, a: int, b: int) -> range:
        """Those that the image has."""
        assert self.whole is not None
        size = self.whole.model.nodes[self.layer].size
        assert size is not None
        places = self.places(a, b)
        return range(max(places.start, 0), min(places.stop, size))

    def same(self, a: int, b: int, start: int, end: int) -> bool:
        """Whether the piece `[start, end)` gives the outputs of the tile `[a, b)` the values of the whole."""
        piece = self.run(start, end)
        shift = start / self.stride
        if piece is None or shift.denominator != 1:
            return False
        size = piece.model.nodes[self.layer].size
        assert size is not None
        assert self.whole is not None
        return all(
            0 <= i - shift < size and piece.value(self.layer, i - int(shift)) == self.whole.value(self.layer, i) for i in self.outputs(a, b)
        )
