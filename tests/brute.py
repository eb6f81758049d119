"""The referee: one-axis maps simulated with explicit index sets, from first principles.

Nothing here is shared with rflint.  Every op is written as what one output index reads (`taps`), and everything else
is found by looking: regions by taking unions index by index, periods by searching, centres as means of taps, alignment
by carrying the grid of *every* path.  A net is plain data as in the spec language, flat (no blocks, no expressions):

    {"axes": ["x"], "inputs": {"a": {"size": [20]}}, "layers": [{"name": "c", "op": "conv", "kernel": 3, "from": "a"}, …]}

Layers stand in an order in which sources come first.  `nominal` is the paper's convention (maps extend past their
borders without end), `clipped` what the finite network reads (taps in a padding dropped, resize taps clamped).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

Layer = Mapping[str, Any]
Net = Mapping[str, Any]
Interval = tuple[int, int]
#: Centre of feature i: stride * i + centre of feature 0.
Grid = tuple[Fraction, Fraction]
#: Names of maps, from an input on.
Path = tuple[str, ...]

WINDOWS = ("conv", "depthwise_conv", "separable_conv", "deformable_conv", "unfold", "blur_pool", "window")
POOLS = ("max_pool", "avg_pool", "lp_pool")
TRANSPOSED = ("conv_transpose", "max_unpool")
ADAPTIVE = ("adaptive_avg_pool", "adaptive_max_pool")
MERGES = ("add", "sub", "mul", "div", "max", "min", "mean", "concat", "stack")
POINTWISE = (
    *("relu", "sigmoid", "softmax", "batch_norm", "layer_norm", "dropout", "bias", "scale_shift"),
    *("channel_shuffle", "select_channels", "lrn", "identity", "cast", "quantize"),
)
#: Global, beside an identity path that people design with.
GATES = ("instance_norm", "group_norm", "squeeze_excite")
#: Global with nothing local left; the second group leaves one position.
GLOBAL_MAPS = ("attention", "spatial_softmax", "fft")
GLOBAL_POINTS = ("global_avg_pool", "global_max_pool")


class IndexSet:
    """A set of integers, empty or not: the smallest one and a bit for each index from it on."""

    __slots__ = ("bits", "low")

    def __init__(self, low: int = 0, bits: int = 0) -> None:
        self.low = low
        self.bits = bits

    @staticmethod
    def union(sets: Iterable[IndexSet]) -> IndexSet:
        members = [s for s in sets if s.bits]
        if len(members) < 2:
            return members[0] if members else NOTHING
        low = min(s.low for s in members)
        bits = 0
        for s in members:
            bits |= s.bits << (s.low - low)
        return IndexSet(low, bits)

    def indices(self) -> set[int]:
        return {self.low + j for j in range(self.bits.bit_length()) if self.bits >> j & 1}

    def hull(self) -> Interval | None:
        return (self.low, self.low + self.bits.bit_length() - 1) if self.bits else None

    def count(self) -> int:
        return self.bits.bit_count()


NOTHING = IndexSet()


@dataclass(frozen=True)
class Reading:
    """What one layer reads of one source along the axis."""

    #: Source indices that output i reads, on an unbounded map.  None: only the layer's geometry is missing (a size is).
    taps: Callable[[int], Sequence[int]] | None
    #: Output i + period reads what output i reads, `advance` further on.
    period: int = 1
    advance: int = 1
    #: Centre of feature 0 where a convention decides; None: the mean of the taps.
    anchor: Fraction | None = None
    #: Taps past the border are clamped (interpolation), not dropped (padding).
    clamp: bool = False
    #: The stride follows from map sizes.
    sized: bool = False
    #: Of a window: samples added before and after.
    padding: Interval | None = None

    @cached_property
    def grid(self) -> Grid:
        """Stride, and the mean of every tap of one period, less the path of the feature."""
        assert self.taps is not None
        stride = Fraction(self.advance, self.period)
        if self.anchor is not None:
            return stride, self.anchor
        pairs = [(i, tap) for i in range(self.period) for tap in self.taps(i)]
        return stride, (sum(tap for _, tap in pairs) - stride * sum(i for i, _ in pairs)) / len(pairs)


IDENTITY = Reading(lambda i: (i,))


@dataclass
class Node:
    """One layer (or input) on the axis."""

    name: str
    #: Sources with a local path to this layer, and how it reads them.
    reads: list[tuple[Node, Reading]]
    #: None: not known, or there is none because the net is broken here or before.
    size: int | None
    #: Sources that reach every position: through a global op, or a size-1 map spread over a larger one.
    spread: list[Node]
    #: No merge here or before has branches of different size.
    fits: bool
    #: What a global op reads in the finite network, beside `reads`: output i sees these indices of the size-n source.
    spread_range: Callable[[int, int], range]
    #: Beside the sample below, all before it are read: no region, but a place, and a newest sample.
    past: bool = False


@dataclass(frozen=True)
class Seen:
    """What a layer sees of one input along the axis; None where there is no such value."""

    #: There is a path without a global op.
    local: bool
    is_global: bool
    #: The grid of the path that represents the layer (design.md#alignment).
    grid: Grid | None
    #: The grids of all local paths, and how much of each there is where merges mix their branches equally.
    paths: Mapping[Grid, Fraction]
    #: No merge of differing branches here or on the way.
    aligned: bool
    #: One entry for each of `period` phases; None when merged strides differ: it depends on the position.
    phases: tuple[Interval | None, ...] | None
    period: int | None
    advance: int | None
    #: Share of the hulls, all phases together, that is in the support.
    density: Fraction | None

    @property
    def sizes(self) -> list[int] | None:
        """Extent of every phase that sees something."""
        return None if self.phases is None else [high - low + 1 for low, high in filter(None, self.phases)]


@dataclass(frozen=True)
class Misalignment:
    """Two branches of a merge that differ; without shift and cells, in stride."""

    merge: str
    branches: frozenset[str]
    shift: Fraction | None
    cells: Fraction | None
    severity: str


class Axis:
    """A net along one of its axes; `size_of` overrides input sizes.  Layers that do not fit have no size, and raise nothing."""

    def __init__(self, net: Net, axis: int = 0, size_of: Mapping[str, int | None] | None = None) -> None:
        self.axes: Sequence[str] = net["axes"]
        self.axis = axis
        self.stated: Sequence[str] = net.get("causal", ())
        self.outputs: Sequence[str] = net.get("outputs", ())
        self.nodes: dict[str, Node] = {}
        self.inputs: list[str] = list(net["inputs"])
        self._nominal: dict[tuple[str, str], dict[int, IndexSet]] = {}
        self._clipped: dict[tuple[str, str], list[IndexSet] | None] = {}
        self._bound: dict[tuple[str, str, bool], tuple[int, int] | None] = {}
        self._routes: dict[tuple[str, str], Path] = {}
        self._spread: dict[tuple[str, str], Mapping[Grid, Fraction]] = {}
        self.layers: dict[str, Layer] = {}
        self._local: dict[tuple[str, str, bool], list[tuple[Node, Reading]]] = {}
        self._newest: dict[tuple[str, str, int], int | None] = {}
        for name, declared in net["inputs"].items():
            size = self._pick((declared or {}).get("size"))
            if size_of is not None and name in size_of:
                size = size_of[name]
            self.nodes[name] = Node(name, [], size, [], True, _all)
        for layer in net["layers"]:
            self.add(layer)

    # --- geometry -------------------------------------------------------------------------------------------------

    def _pick(self, value: Any, default: Any = None) -> Any:
        """A field's value on this axis: one for all, or a list with one per axis."""
        if value is None:
            return default
        return value[self.axis] if isinstance(value, list) else value

    def add(self, layer: Layer) -> Node:
        """Append a layer whose sources are there already."""
        names = layer["from"] if isinstance(layer["from"], list) else [layer["from"]]
        node = self._node(layer, [self.nodes[name] for name in names])
        self.nodes[node.name] = node
        self.layers[node.name] = layer
        return node

    def remove(self, name: str) -> None:
        """Take the last layer back."""
        del self.nodes[name], self.layers[name]
        for memo in (self._nominal, self._clipped, self._bound, self._routes, self._spread, self._local):
            for key in [key for key in memo if key[0] == name]:
                del memo[key]

    def _node(self, layer: Layer, sources: list[Node]) -> Node:
        op = layer["op"]
        first = sources[0]
        n = first.size
        if op in MERGES:
            return self._merge(layer, sources)
        spread: list[Node] = []
        spread_range: Callable[[int, int], range] = _all
        reading: Reading | None = IDENTITY
        size = n
        if op in WINDOWS or op in POOLS:
            reading, size = self._window(layer, n, pool=op in POOLS)
        elif op in TRANSPOSED:
            reading, size = self._transposed(layer, n)
        elif op in ("resize", "resize_like"):
            like = sources[1] if op == "resize_like" else self.nodes[layer["like"]] if "like" in layer else None
            reading, size = self._resize(layer, n, like)
        elif op in ADAPTIVE:
            size = self._pick(layer["size"])
            if size == 1:
                reading, spread = None, [first]  # global pooling by another name
            else:
                reading = replace(_area(Fraction(n, size)), sized=True) if n is not None else Reading(None)
        elif op == "space_to_depth":
            block = self._pick(layer["block"])
            reading, size = Reading(lambda i: range(block * i, block * i + block), 1, block), None if n is None else n // block
        elif op == "depth_to_space":
            block = self._pick(layer["block"])
            reading, size = Reading(lambda i: (i // block,), block, 1), None if n is None else n * block
        elif op == "pad":
            low, high = self._pair(layer["padding"])
            reading, size = _shifted(-low), None if n is None else n + low + high
        elif op == "crop":
            low, high = self._pair(layer["crop"])
            reading, size = _shifted(low), None if n is None else n - low - high
        elif op == "crop_like":
            reading, size = self._crop_like(n, sources[1].size)
        elif op == "pad_like":
            reading, size = self._pad_like(layer, n, sources[1].size)
        elif op == "slice":
            reading, size = self._slice(layer, n)
        elif op == "attention" and "window" in layer:
            window, shift = self._pick(layer["window"]), self._pick(layer.get("shift"), 0)
            ahead = not self._masked(layer)

            def attended(i: int) -> range:
                low = (i + shift) // window * window - shift
                return range(low, low + window if ahead else i + 1)

            reading = Reading(attended, window, window, None if ahead else Fraction(0))
        elif op == "attention" and self._masked(layer):
            return Node(layer["name"], [(first, IDENTITY)], size, [first], first.fits, _upto, past=True)
        elif op in GATES or (op == "batch_norm" and layer.get("training")):
            spread = [first]
        elif op in GLOBAL_MAPS:
            reading, spread = None, [first]
        elif op in GLOBAL_POINTS:
            reading, size, spread = None, 1, [first]
        elif op == "rnn":
            if self.axes[self.axis] == layer["axis"]:
                direction = layer.get("direction", "both")
                if direction == "forward":
                    return Node(layer["name"], [(first, IDENTITY)], size, [first], first.fits, _upto, past=True)
                reading, spread = None, [first]
                spread_range = _from if direction == "backward" else _all
        elif op not in POINTWISE:
            raise ValueError(f"the referee does not know `{op}`")
        if size is not None and size < 1:
            size = None
        return Node(layer["name"], [] if reading is None else [(first, reading)], size, spread, first.fits, spread_range)

    def _masked(self, layer: Layer) -> bool:
        """Whether attention does not look ahead: on the only axis, or on those that the net states to be causal."""
        return bool(layer.get("causal")) and (len(self.axes) == 1 or self.axes[self.axis] in self.stated)

    def _merge(self, layer: Layer, sources: list[Node]) -> Node:
        sizes = [source.size for source in sources]
        known = [size for size in sizes if size is not None]
        if layer.get("axis") == self.axes[self.axis]:
            # One after the other: what an output reads depends on where it stands.
            total = sum(known) if len(known) == len(sizes) else None
            return Node(layer["name"], [(source, Reading(None)) for source in sources], total, [], True, _all)
        local, spread = sources, []
        size = None
        reading = IDENTITY
        if len(known) < len(sizes):
            if layer.get("broadcast"):
                reading = Reading(None)  # which of them spread is not known
        else:
            size = max(known)
            if layer.get("broadcast") and size > 1:
                local = [source for source in sources if source.size != 1]
                spread = [source for source in sources if source.size == 1]
            if any(source.size != size for source in local):
                size = None
        fits = all(source.fits for source in sources) and (size is not None or len(known) < len(sizes))
        return Node(layer["name"], [(source, reading) for source in local], size, spread, fits, _all)

    def _pair(self, value: Any) -> tuple[int, int]:
        picked = self._pick(value, 0)
        return (picked[0], picked[1]) if isinstance(picked, list) else (picked, picked)

    def _window(self, layer: Layer, n: int | None, *, pool: bool) -> tuple[Reading, int | None]:
        k = self._pick(layer["kernel"])
        s = self._pick(layer.get("stride"), k if pool else 1)
        d = self._pick(layer.get("dilation"), 1)
        padding = self._pick(layer.get("padding"), "valid")
        reach = d * (k - 1) + 1
        anchor = None
        if padding in ("same", "same_lower"):
            if n is not None:
                total = max((-(-n // s) - 1) * s + reach - n, 0)
            elif s == 1:
                total = reach - 1
            else:
                return Reading(None), None
            low = total // 2 if padding == "same" else total - total // 2
            high = total - low
        elif padding == "causal":
            low, high, anchor = d * (k - 1), 0, Fraction(0)
        elif padding == "valid":
            low = high = 0
        else:
            low, high = self._pair(layer["padding"])
        reading = Reading(lambda i: range(s * i - low, s * i - low + reach, d), 1, s, anchor, padding=(low, high))
        if n is None:
            return reading, None
        room = n + low + high - reach
        if not layer.get("ceil_mode"):
            return reading, room // s + 1
        # PyTorch: round up, but no window starts in the padding at the high side.
        size = -(-room // s) + 1
        return reading, size - 1 if (size - 1) * s >= n + low else size

    def _transposed(self, layer: Layer, n: int | None) -> tuple[Reading, int | None]:
        k = self._pick(layer["kernel"])
        s = self._pick(layer.get("stride"), k if layer["op"] == "max_unpool" else 1)
        d = self._pick(layer.get("dilation"), 1)
        extra = self._pick(layer.get("output_padding"), 0)
        padding = self._pick(layer.get("padding"), "valid")
        reach = d * (k - 1) + 1
        if padding in ("same", "same_lower"):
            total = reach + extra - s
            # Never below zero at the low side: outputs that are missing are appended (TensorFlow).
            low = max(total, 0) // 2 if padding == "same" else max(total, 0) - max(total, 0) // 2
            high = total - low
        elif padding == "causal":
            low, high = 0, reach + extra - s
        elif padding == "valid":
            low = high = 0
        else:
            low, high = self._pair(layer["padding"])

        def taps(i: int) -> list[int]:
            # Input j writes to s * j - low + d * t, for every tap t of the kernel.
            return [(i + low - d * t) // s for t in range(k) if (i + low - d * t) % s == 0]

        return Reading(taps, s, 1), None if n is None else (n - 1) * s - low - high + reach + extra

    def _resize(self, layer: Layer, n: int | None, like: Node | None) -> tuple[Reading, int | None]:
        mode = layer.get("mode", "nearest")
        coordinates = layer.get("coordinates", "asymmetric" if mode == "nearest" else "half_pixel")
        rounding = layer.get("rounding", "floor" if coordinates == "asymmetric" else "round_prefer_floor")
        size: int | None
        if "scale" in layer:
            factor = Fraction(str(self._pick(layer["scale"])))
            size = None if n is None else math.floor(n * factor)
            ratio = 1 / factor
        else:
            size = like.size if like is not None else self._pick(layer.get("size"))
            if n is None or size is None:
                return Reading(None), size
            ratio = Fraction(n, size)
        if mode == "area":
            return replace(_area(ratio), sized="scale" not in layer), size
        if coordinates == "align_corners":
            if n is None or size is None or size < 1:
                return Reading(None), size
            ratio = Fraction(n - 1, size - 1) if size > 1 else Fraction(0)
        offset = (ratio - 1) / 2 if coordinates == "half_pixel" else Fraction(0)

        def taps(i: int) -> Sequence[int]:
            source = i * ratio + offset
            if mode == "nearest":
                return (_ROUND[rounding](source),)
            base = math.floor(source)
            if source == base:
                return (base,)
            return (base, base + 1) if mode == "linear" else range(base - 1, base + 3)

        # Symmetric taps have their mean where the coordinates say; the nearest one need not, and convention decides
        # (design.md#grids): asymmetric, the mean of its taps; else the coordinates themselves.
        anchor = None if coordinates == "asymmetric" or mode != "nearest" else offset
        sized = "scale" not in layer or coordinates == "align_corners"
        return Reading(taps, ratio.denominator, ratio.numerator, anchor, clamp=True, sized=sized), size

    def _crop_like(self, n: int | None, size: int | None) -> tuple[Reading, int | None]:
        if n is None or size is None:
            return Reading(None), size
        return (_shifted((n - size) // 2), size) if size <= n else (Reading(None), None)

    def _pad_like(self, layer: Layer, n: int | None, size: int | None) -> tuple[Reading, int | None]:
        if n is None or size is None:
            return Reading(None), size
        # Where the first sample comes to stand, of all places that leave the samples that are over where they belong.
        places = {"start": 0, "end": size - n, "center": math.trunc(Fraction(size - n, 2))}
        first = self._pick(layer.get("start"), places[self._pick(layer.get("align"), "center")])
        return (_shifted(-first), size) if -n < first < size else (Reading(None), None)

    def _slice(self, layer: Layer, n: int | None) -> tuple[Reading, int | None]:
        start, stop, step = (self._pick(layer.get(field), default) for field, default in (("start", 0), ("stop", None), ("step", 1)))
        if n is None:
            return (Reading(None) if start < 0 else Reading(lambda i: (start + step * i,), 1, step)), None
        kept = range(n)[start:stop:step]
        first = start if start >= 0 else kept.start
        return Reading(lambda i: (first + step * i,), 1, step), len(kept)

    # --- what a feature sees --------------------------------------------------------------------------------------

    def determined(self, name: str, source: str) -> bool:
        """Every geometry on a local path from the input to the layer is known."""
        return all(reading.taps is not None and self.determined(before.name, source) for before, reading in self._paths(name, source))

    def reaches(self, name: str, source: str, *, local: bool = False) -> bool:
        """There is a path on which features have a place; a `local` one, which no op that reads all that is past stands on."""
        return name == source or bool(self._paths(name, source, local=local))

    def _paths(self, name: str, source: str, *, local: bool = False) -> list[tuple[Node, Reading]]:
        key = (name, source, local)
        if key not in self._local:
            reads = [] if local and self.nodes[name].past else self.nodes[name].reads
            self._local[key] = [(node, reading) for node, reading in reads if self.reaches(node.name, source, local=local)]
        return self._local[key]

    def nominal(self, name: str, source: str, i: int) -> IndexSet:
        """Indices of the input that feature i sees by local paths, maps without borders."""
        if name == source:
            return IndexSet(i, 1)
        memo = self._nominal.setdefault((name, source), {})
        if i not in memo:
            memo[i] = IndexSet.union(
                self.nominal(node.name, source, tap)
                for node, reading in self._paths(name, source, local=True)
                for tap in reading.taps(i)  # type: ignore[misc]  # asked for determined layers only
            )
        return memo[i]

    def clipped(self, name: str, source: str) -> list[IndexSet] | None:
        """What each real feature of the finite network sees, global ops and all.  None: a size is missing."""
        key = (name, source)
        if key not in self._clipped:
            self._clipped[key] = self._clip(name, source)
        return self._clipped[key]

    def _clip(self, name: str, source: str) -> list[IndexSet] | None:
        node = self.nodes[name]
        if node.size is None:
            return None
        if name == source:
            return [IndexSet(i, 1) for i in range(node.size)]
        seen: list[list[IndexSet]] = [[] for _ in range(node.size)]
        for before, reading in node.reads:
            below = self.clipped(before.name, source)
            if below is None or reading.taps is None:
                return None
            last = len(below) - 1
            for i, found in enumerate(seen):
                for tap in reading.taps(i):
                    if reading.clamp:
                        found.append(below[min(max(tap, 0), last)])
                    elif 0 <= tap <= last:
                        found.append(below[tap])
        for before in node.spread:
            below = self.clipped(before.name, source)
            if below is None:
                return None
            for i, found in enumerate(seen):
                found.extend(below[j] for j in node.spread_range(i, len(below)))
        return [IndexSet.union(found) for found in seen]

    # --- what follows from it -------------------------------------------------------------------------------------

    def is_global(self, name: str, source: str) -> bool:
        """A global op, or a spread size-1 map, stands on some path from the input."""
        node = self.nodes[name]
        return any(self.depends(before.name, source) for before in node.spread) or any(
            self.is_global(before.name, source) for before, _ in node.reads
        )

    def depends(self, name: str, source: str) -> bool:
        """There is a path, local or global."""
        node = self.nodes[name]
        return name == source or any(self.depends(before.name, source) for before in [*node.spread, *(before for before, _ in node.reads)])

    def along(self, path: Path) -> list[Grid]:
        """The grids of all maps of a path, one step after the other."""
        grids = [(Fraction(1), Fraction(0))]
        for before, name in itertools.pairwise(path):
            s, c = self.step(name, self.reading(before, name))
            stride, center = grids[-1]
            grids.append((stride * s, stride * c + center))
        return grids

    def reading(self, before: str, name: str) -> Reading:
        return next(reading for node, reading in self.nodes[name].reads if node.name == before)

    def route(self, name: str, source: str) -> Path:
        """The path that represents a layer: of its branches, each by its own such path, the one that stays finest, and so on."""
        if name == source:
            return (source,)
        key = (name, source)
        if key not in self._routes:
            routes = [(*self.route(node.name, source), name) for node, _ in self._paths(name, source)]
            ends = [self.along(route)[-1] for route in routes]
            written = list(self.nodes)

            def rank(route: Path) -> tuple[object, ...]:
                grids = self.along(route)
                stride, center = grids[-1]
                off = abs(center - (stride - 1) / 2)
                return max(grids)[0], -ends.count(grids[-1]), off, center, stride, len(route), written.index(route[-2])

            self._routes[key] = min(routes, key=rank)
        return self._routes[key]

    def grid(self, name: str, source: str) -> Grid | None:
        """The grid that represents the layer."""
        return self.along(self.route(name, source))[-1] if self.reaches(name, source) else None

    def violations(self, name: str, source: str) -> dict[str, tuple[Path, Path]]:
        """By branch that differs: the paths that represent the merge and the branch."""
        if name == source or self.nodes[name].size == 1 or not self.reaches(name, source):
            return {}
        head = self.route(name, source)
        paths = {node.name: (*self.route(node.name, source), name) for node, _ in self._paths(name, source)}
        return {branch: (head, path) for branch, path in paths.items() if self.along(path)[-1] != self.along(head)[-1]}

    def paths(self, name: str, source: str) -> Mapping[Grid, Fraction]:
        """The grids of all paths, and the share of each; a single sample has those of the branch that represents it."""
        if name == source:
            return {(Fraction(1), Fraction(0)): Fraction(1)}
        key = (name, source)
        if key not in self._spread:
            branches = self._paths(name, source)
            if self.nodes[name].size == 1:
                head = self.route(name, source)[-2]
                branches = [next(branch for branch in branches if branch[0].name == head)]
            shares: dict[Grid, Fraction] = {}
            for node, reading in branches:
                s, c = self.step(name, reading)
                for (stride, center), share in self.paths(node.name, source).items():
                    grid = (stride * s, stride * c + center)
                    shares[grid] = shares.get(grid, Fraction(0)) + share / len(branches)
            self._spread[key] = shares
        return self._spread[key]

    def aligned(self, name: str, source: str) -> bool:
        return not self.violations(name, source) and all(self.aligned(node.name, source) for node, _ in self._paths(name, source))

    def misalignments(self, source: str) -> list[Misalignment]:
        """What differs at merges, each cause once, from first to last."""
        found: list[tuple[str, Path, Path, object]] = []
        causes: list[Misalignment] = []
        written = list(self.nodes)
        for name in written:
            differing = self.violations(name, source)
            for branch in sorted(differing, key=written.index):
                head, path = differing[branch]
                shift, common = self._shift(head, path), _in_common(head[:-1], path[:-1])
                starts = frozenset(way[common] if common < len(way) - 1 else way[common - 1] for way in (head, path))
                key = (head[common - 1], starts, shift)
                if not any(key == known or self._explains(earlier, name, head, path, common) for *earlier, known in found):
                    causes.append(self._judged(head, path, common, shift))
                found.append((name, head, path, key))
        return causes

    def _shift(self, head: Path, path: Path) -> Fraction | None:
        """Largest distance over the map; None where it is unbounded."""
        (one_stride, one), (other_stride, other) = self.along(head)[-1], self.along(path)[-1]
        sized = any(self.reading(*step).sized for way in (head, path) for step in itertools.pairwise(way))
        if one_stride != other_stride and not sized:
            return None
        size = self.nodes[head[-1]].size
        assert size is not None
        return max(abs(one_stride * i + one - other_stride * i - other) for i in range(size))

    def _explains(self, earlier: Sequence[Any], name: str, head: Path, path: Path, common: int) -> bool:
        """Whether both paths agree once one of them takes the other branch of an earlier violation."""
        merge, _, branch = earlier
        if merge == name:
            return self.along(branch)[-1] == self.along(path)[-1]
        return any(
            self.along((*branch, *way[way.index(merge) + 1 :]))[-1] == self.along(other)[-1]
            for way, other in ((head, path), (path, head))
            if merge in way[common:]
        )

    def _judged(self, head: Path, path: Path, common: int, shift: Fraction | None) -> Misalignment:
        pair = frozenset({head[-2], path[-2]})
        if shift is None:
            return Misalignment(head[-1], pair, None, None, "error")
        cell = max(grid[0] for way in (head, path) for grid in self.along(way)[common - 1 :])
        cells = shift / cell if cell else None
        steps = [step for way in (head, path) for step in itertools.pairwise(way[common - 1 :])]
        resampled = any(
            self.layers[name]["op"] in (*TRANSPOSED, "resize", "resize_like", "depth_to_space", "space_to_depth")
            and (self.reading(before, name).sized or self.reading(before, name).grid[0] != 1)
            for before, name in steps
        )
        if cells is None or cells >= 1:
            grade = "error"
        elif cells > (Fraction(1, 2) if resampled else Fraction(1, 4)):
            grade = "warning"
        else:
            grade = "warning" if any(self._closes(way, other, common) for way, other in ((head, path), (path, head))) else "info"
        return Misalignment(head[-1], pair, shift, cells, grade)

    def _closes(self, way: Path, other: Path, common: int) -> bool:
        """Whether one layer of a path, moved in some admissible way, brings it onto the other: all are tried."""
        target = self.along(other)[-1]
        for place in range(common, len(way)):
            before, name = self.nodes[way[place - 1]], way[place]
            if self.layers[name]["op"] in MERGES:
                continue
            for reading in self._moved(self.layers[name], before):
                grid = self.along(way[:place])[-1]
                for each, step in [(name, reading), *((pair[1], self.reading(*pair)) for pair in itertools.pairwise(way[place:]))]:
                    s, c = self.step(each, step)
                    grid = (grid[0] * s, grid[0] * c + grid[1])
                if grid == target:
                    return True
        return False

    def _moved(self, layer: Layer, before: Node) -> Iterable[Reading]:
        """The layer at all admissible offsets with its output size."""
        op, n, out = layer["op"], before.size, self.nodes[layer["name"]].size
        assert n is not None
        sources = [before, *(self.nodes[other] for other in (layer["from"] if isinstance(layer["from"], list) else [])[1:])]

        def made(**fields: Any) -> Iterable[Reading]:
            node = self._node({**layer, **fields}, sources)
            return [node.reads[0][1]] if node.size == out else []

        padding = self._pick(layer.get("padding"), "valid")
        reach = self._pick(layer.get("dilation"), 1) * (self._pick(layer.get("kernel"), 1) - 1)
        if (op in WINDOWS or op in POOLS) and padding != "causal":
            for low, high in itertools.product(range(reach + 1), repeat=2):
                yield from made(padding=self._alone([low, high]))
        elif op in TRANSPOSED:
            total = reach + 1 + self._pick(layer.get("output_padding"), 0) - self._pick(layer.get("stride"), 1)
            if op == "max_unpool" and "stride" not in layer:
                total = reach + 1 + self._pick(layer.get("output_padding"), 0) - self._pick(layer["kernel"])
            total = total if padding in ("same", "same_lower") else 0 if padding == "valid" else sum(self._pair(layer["padding"]))
            for low in range(reach + 1):
                if 0 <= total - low <= reach:
                    yield from made(padding=self._alone([low, total - low]))
        elif op in ("pad", "crop"):
            field = {"pad": "padding", "crop": "crop"}[op]
            pair = self._pair(layer[field])
            if min(pair) >= 0 or max(pair) <= 0:
                sign = 1 if sum(pair) > 0 else -1
                for low in range(abs(sum(pair)) + 1):
                    yield from made(**{field: self._alone([sign * low, sum(pair) - sign * low])})
        elif op == "crop_like":
            assert out is not None
            yield from (_shifted(start) for start in range(n - out + 1))
        elif op == "pad_like":
            assert out is not None
            current = self._pad_like(layer, n, out)[0].taps
            first = -current(0)[0] if current is not None else 0
            old = (first, out - n - first)
            for low in range(1 - n, out) if any(old) else ():
                # Both sides keep their sign, a zero that of the other side.
                if (old[0] or old[1]) * low >= 0 and (old[1] or old[0]) * (out - n - low) >= 0:
                    yield _shifted(-low)
        elif op == "slice":
            step = self._pick(layer.get("step"), 1)
            last = (out or 1) - 1
            yield from (Reading(lambda i, start=start: (start + step * i,), 1, step) for start in range(n - last * step))

    def _alone(self, pair: list[int]) -> list[list[int]]:
        """A field with this value on every axis."""
        return [pair] * len(self.axes)

    def bound(self, name: str, source: str, *, local: bool = True) -> tuple[int, int] | None:
        """Some period and its advance, seldom the smallest; None when merged strides differ."""
        if name == source:
            return 1, 1
        key = (name, source, local)
        if key not in self._bound:
            found: list[tuple[int, int] | None] = []
            for node, reading in self._paths(name, source, local=local):
                below = self.bound(node.name, source, local=local)
                if below is None:
                    found.append(None)
                    continue
                # Whole periods of the op until its taps have moved by whole periods of the source.
                turns = below[0] // math.gcd(reading.advance, below[0])
                found.append((reading.period * turns, reading.advance * turns // below[0] * below[1]))
            self._bound[key] = _common(found)
        return self._bound[key]

    def seen(self, name: str, source: str) -> Seen:
        """Everything about a layer and an input, by looking at one whole period of positions."""
        local, is_global = self.reaches(name, source, local=True), self.is_global(name, source)
        if not self.reaches(name, source):
            return Seen(False, is_global, None, {}, True, None, None, None, None)
        grid, paths = self.grid(name, source), self.paths(name, source)
        bound = self.bound(name, source) if local else None
        if bound is None:
            return Seen(True, is_global, grid, paths, self.aligned(name, source), None, None, None, None)
        whole, whole_advance = bound
        sets = [self.nominal(name, source, i) for i in range(whole)]
        hulls = [s.hull() for s in sets]

        def at(i: int) -> Interval | None:
            return _moved(hulls[i % whole], i // whole * whole_advance)

        def repeats(t: int) -> bool:
            return whole_advance * t % whole == 0 and all(at(i + t) == _moved(at(i), whole_advance * t // whole) for i in range(whole))

        period = next(t for t in range(1, whole + 1) if whole % t == 0 and repeats(t))
        extent = sum(hull[1] - hull[0] + 1 for hull in hulls if hull)
        density = Fraction(sum(s.count() for s in sets), extent) if extent else None
        advance = whole_advance * period // whole
        return Seen(True, is_global, grid, paths, self.aligned(name, source), tuple(hulls[:period]), period, advance, density)

    # --- what has not come yet --------------------------------------------------------------------------------------

    def border(self, name: str) -> Interval | None:
        """Samples that a layer which moves borders, and nothing else, adds before and after."""
        layer, node = self.layers.get(name), self.nodes[name]
        moves = layer is not None and layer["op"] in ("pad", "crop", "crop_like", "pad_like", "slice")
        if not moves or not node.reads or node.reads[0][1].taps is None:
            return None
        (before, reading), *_ = node.reads
        (first,), (second,) = reading.taps(0), reading.taps(1)  # type: ignore[misc]  # asked for above
        if second - first != 1:
            return None
        if layer is not None and layer["op"] == "pad":
            return self._pair(layer["padding"])
        if layer is not None and layer["op"] == "crop":
            low, high = self._pair(layer["crop"])
            return -low, -high
        return (-first, node.size - before.size + first) if node.size is not None and before.size is not None else None

    @cached_property
    def _owners(self) -> dict[str, tuple[str, list[str]]]:
        """Border layers that are part of windows, which alone they feed (`before`) or alone they follow (`after`)."""
        owners = {}
        for name in self.layers:
            if (border := self.border(name)) is None:
                continue
            source = self.nodes[name].reads[0][0].name
            readers = self._readers(name)
            follows = self._is_window(source) and self._readers(source) == [name]
            feeds = (
                bool(readers)
                and all(map(self._is_window, readers))
                and (len(readers) == 1 or (self.layers[name]["op"] in ("pad", "crop") and sum(border) >= 0))
            )
            if follows and (sum(border) < 0 or not feeds):
                owners[name] = "after", [source]
            elif feeds:
                owners[name] = "before", readers
        return owners

    def partners(self, name: str) -> tuple[Interval, Interval]:
        """What border layers add to the map that a window reads, and to its own."""
        sides = {"before": (0, 0), "after": (0, 0)}
        for layer, (side, windows) in self._owners.items():
            if name in windows:
                sides[side] = self.border(layer) or (0, 0)
        return sides["before"], sides["after"]

    def _readers(self, name: str) -> list[str]:
        """Layers that read a map, an output once more by itself."""
        reading = [
            other
            for other, node in self.nodes.items()
            for before in [*(node for node, _ in node.reads), *node.spread]
            if before.name == name
        ]
        return [*dict.fromkeys(reading), *([name] if name in self.outputs else [])]

    def _is_window(self, name: str) -> bool:
        return name in self.layers and self.layers[name]["op"] in (*WINDOWS, *POOLS, *TRANSPOSED)

    def padded(self, name: str) -> tuple[int, int, int, int] | None:
        """Reach, stride, and padding with that of partners, of a window that is not transposed."""
        node = self.nodes[name]
        if not self._is_window(name) or self.layers[name]["op"] in TRANSPOSED or not node.reads or node.reads[0][1].padding is None:
            return None
        reading = node.reads[0][1]
        assert reading.taps is not None
        assert reading.padding is not None
        taps, (before, after) = reading.taps(0), self.partners(name)
        low, high = (own + first + reading.advance * last for own, first, last in zip(reading.padding, before, after, strict=True))
        return taps[-1] - taps[0], reading.advance, low, high

    @cached_property
    def causal(self) -> bool:
        """Nothing is to look ahead: it is stated, written somewhere, or most windows that overlap are padded so."""
        windows = [layer for name, layer in self.layers.items() if self._is_window(name)]
        if self.axes[self.axis] in self.stated or any(self._pick(layer.get("padding")) == "causal" for layer in windows):
            return True
        votes = []
        for layer in windows:
            if layer["op"] in TRANSPOSED:
                continue
            kernel = self._pick(layer["kernel"])
            stride = self._pick(layer.get("stride"), kernel if layer["op"] in POOLS else 1)
            reach = self._pick(layer.get("dilation"), 1) * (kernel - 1)
            if reach + 1 > stride:
                padded = self.padded(layer["name"])
                votes.append(padded is not None and padded[3] == 0 and reach / 2 < padded[2] and reach - stride + 1 <= padded[2] <= reach)
        return sum(votes) > len(votes) / 2

    def step(self, name: str, reading: Reading) -> Grid:
        """The grid of a layer over its source; where nothing is to look ahead, that of its newest samples."""
        op = self.layers[name]["op"]
        resamples = ("resize", "resize_like", "space_to_depth", "depth_to_space", "attention", *ADAPTIVE)
        if not self.causal or not (self._is_window(name) or op in resamples) or self.nodes[name].past:
            return reading.grid
        assert reading.taps is not None
        stride = Fraction(reading.advance, reading.period)
        newest = max(max(taps) - stride * i for i in range(reading.period) if (taps := reading.taps(i)))
        if reading.period > 1:
            return stride, newest
        (before, _), (after, _) = self.partners(name)
        apart = before + reading.advance * after if self._is_window(name) and op not in TRANSPOSED else 0
        last = newest - apart
        return stride, Fraction(max(last - max(reading.advance - 1, 0), min(last, 0)) + apart)

    def newest(self, name: str, source: str, i: int) -> int | None:
        """The last sample of the input that feature i sees, maps without borders; of what is past, its own."""
        if name == source:
            return i
        key = (name, source, i)
        if key not in self._newest:
            seen = [self.newest(node.name, source, tap) for node, reading in self._paths(name, source) for tap in reading.taps(i)]  # type: ignore[misc]
            self._newest[key] = max((last for last in seen if last is not None), default=None)
        return self._newest[key]

    def _shortened(self, before: str, name: str) -> int:
        """Samples that a layer takes from the start of its map."""
        if (padded := self.padded(name)) is not None:
            reach, stride, low, high = padded
            return max(reach - (stride - 1) - low - high, 0)
        if self.layers[name]["op"] not in ("pad", "crop", "crop_like", "pad_like", "slice"):
            return 0
        if name in self._owners:
            return 0
        reading = self.reading(before, name)
        assert reading.taps is not None
        return max(reading.taps(0)[0], 0)

    def lookahead(self, name: str, source: str) -> int | None:
        """How much later than the sample that it stands for a feature reads; None where there is no such number."""
        if not self.reaches(name, source) or self._two_sided(name, source):
            return None
        route = self.route(name, source)
        grids = self.along(route)
        start = sum((grid[0] * self._shortened(*pair) for grid, pair in zip(grids, itertools.pairwise(route), strict=False)), Fraction(0))
        bound, size = self.bound(name, source, local=False), self.nodes[name].size
        if bound is None and size is None:
            return None
        last = [(self.newest(name, source, i), math.floor(grids[-1][0] * i + start)) for i in range(bound[0] if bound else size or 0)]
        return max((seen - own for seen, own in last if seen is not None), default=None)

    def _two_sided(self, name: str, source: str) -> bool:
        """A global op that is not past only stands on some path."""
        node = self.nodes[name]
        if not node.past and any(self.depends(before.name, source) for before in node.spread):
            return True
        return any(self._two_sided(before.name, source) for before, _ in node.reads)


def _in_common(one: Path, other: Path) -> int:
    """How many maps both paths begin with."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


_ROUND: Mapping[str, Callable[[Fraction], int]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "round_prefer_floor": lambda x: math.ceil(x - Fraction(1, 2)),
    "round_prefer_ceil": lambda x: math.floor(x + Fraction(1, 2)),
}


def _shifted(offset: int) -> Reading:
    return Reading(lambda i: (i + offset,))


def _area(ratio: Fraction) -> Reading:
    """Output i averages what its cell [i, i + 1) * ratio touches; PyTorch's adaptive pooling."""
    return Reading(lambda i: range(math.floor(i * ratio), math.ceil((i + 1) * ratio)), ratio.denominator, ratio.numerator)


def _all(_i: int, n: int) -> range:
    return range(n)


def _upto(i: int, _n: int) -> range:
    return range(i + 1)


def _from(i: int, n: int) -> range:
    return range(i, n)


def _moved(hull: Interval | None, distance: int) -> Interval | None:
    return None if hull is None else (hull[0] + distance, hull[1] + distance)


def _common(periods: Sequence[tuple[int, int] | None]) -> tuple[int, int] | None:
    """A period of a union; None unless all advance alike."""
    known = [p for p in periods if p is not None]
    if len(known) < len(periods) or len({Fraction(advance, period) for period, advance in known}) != 1:
        return None
    period = math.lcm(*(p for p, _ in known))
    return period, known[0][1] * period // known[0][0]
