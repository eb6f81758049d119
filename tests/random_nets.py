"""Small random nets for the referee: one generator, drawn from by Hypothesis or by a seeded plain generator.

Nets are built layer by layer on the referee's own sizes, so that most merges fit: branches are built in parallel from
one source, other merges are made to fit by a crop, a pad or a resize, and some are left to mismatch.
"""

from __future__ import annotations

import random
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from brute import MERGES, POINTWISE, POOLS, WINDOWS, Axis
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
Net = dict[str, Any]

#: Nets are kept within this period and stride, so that looking at every phase stays cheap.
MAX_PERIOD = 192
MAX_STRIDE = 128

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_/]*")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

_OPTIONAL = {"stride", "dilation", "padding", "output_padding", "ceil_mode", "start", "align", "step", "shift", "coordinates", "rounding"}


#: Maps joined along an axis, which the generator does not draw: their receptive fields depend on the position.
JOINED: list[Net] = [
    {
        "axes": ["x"],
        "inputs": {"a": {"size": [20]}, "b": {"size": [7]}},
        "layers": [
            {"name": "c", "op": "conv", "kernel": 3, "from": "a"},
            {"name": "j", "op": "concat", "axis": "x", "from": ["c", "b", "a"]},
            {"name": "d", "op": "conv", "kernel": 3, "stride": 2, "from": "j"},
        ],
    },
    {
        "axes": ["y", "x"],
        "inputs": {"a": {"size": [20, 9]}},
        "layers": [
            {"name": "c", "op": "conv", "kernel": [5, 3], "padding": [0, 1], "from": "a"},
            {"name": "j", "op": "concat", "axis": "y", "from": ["c", "a"]},
            {"name": "g", "op": "global_avg_pool", "from": "j"},
        ],
    },
]


class Chooser(Protocol):
    """Picks one of several; the first is the simplest."""

    def __call__(self, options: Sequence[T]) -> T: ...


def random_net(seed: int, *, classic: bool, axes: Sequence[int] = (1, 1, 2, 3), past: bool = False) -> Net:
    """The net of this seed, with one of these numbers of axes; `past`: most of its windows do not look ahead."""
    generator = random.Random(seed)

    def choose(options: Sequence[T]) -> T:
        return generator.choice(options)

    return _Builder(choose, classic, axes, past=past).net


def nets(*, classic: bool, axes: Sequence[int] = (1, 1, 2, 3)) -> st.SearchStrategy[Net]:
    """Nets that Hypothesis can shrink."""

    @st.composite
    def build(draw: st.DrawFn) -> Net:
        return _Builder(lambda options: draw(st.sampled_from(options)), classic, axes).net

    return build()


def shrink(net: Net, fails: Callable[[Net], bool]) -> Net:
    """A net that still fails and from which nothing more can be taken away."""
    while True:
        smaller = next((candidate for candidate in _smaller(net) if fails(candidate)), None)
        if smaller is None:
            return net
        net = smaller


def _smaller(net: Net) -> Iterator[Net]:
    """Every net that is one step simpler."""
    for axis in range(len(net["axes"])) if len(net["axes"]) > 1 else ():
        yield _one_axis(net, axis)
    layers = net["layers"]
    for index in range(len(layers) - 1, -1, -1):
        # Leave a layer out: what read it reads each of its sources instead, or goes too.
        name, sources = layers[index]["name"], _sources(layers[index])
        for source in dict.fromkeys(sources):
            yield _with(net, [_renamed(layer, name, source) for layer in layers if layer["name"] != name])
        if not any(name in _names(layer) for layer in layers):
            yield _with(net, layers[:index] + layers[index + 1 :])
    for index, layer in enumerate(layers):
        for field, value in layer.items():
            rest = {key: other for key, other in layer.items() if key != field}
            replaced: list[dict[str, Any]] = []
            if field == "from" and isinstance(value, list) and len(value) > 2:
                replaced = [{**layer, "from": value[:j] + value[j + 1 :]} for j in range(len(value))]
            elif field in {
                "stride",
                "dilation",
                "padding",
                "output_padding",
                "ceil_mode",
                "start",
                "step",
                "shift",
                "coordinates",
                "rounding",
            }:
                replaced = [rest] if layer["op"] != "pad" else []
            if isinstance(value, int) and value > 1:
                replaced.append({**layer, field: value - 1})
            if isinstance(value, list) and len(value) == 1 and field != "from":
                replaced.append({**layer, field: value[0]} if not isinstance(value[0], list) else {**layer, field: [[0, value[0][1]]]})
            for other in replaced:
                if other != layer:
                    yield _with(net, [*layers[:index], other, *layers[index + 1 :]])
    for name, declared in net["inputs"].items():
        if not any(name in _names(layer) for layer in layers) and len(net["inputs"]) > 1:
            yield _with({**net, "inputs": {key: value for key, value in net["inputs"].items() if key != name}}, layers)
        if declared["size"][0] is not None and declared["size"][0] > 1:
            smaller = {**declared, "size": [size - 1 if size > 1 else size for size in declared["size"]]}
            yield _with({**net, "inputs": {**net["inputs"], name: smaller}}, layers)


def _with(net: Net, layers: list[dict[str, Any]]) -> Net:
    read = {name for layer in layers for name in _names(layer)}
    return {**net, "layers": layers, "outputs": [layer["name"] for layer in layers if layer["name"] not in read]}


def _one_axis(net: Net, axis: int) -> Net:
    def picked(layer: dict[str, Any]) -> dict[str, Any]:
        listed = {field: [value[axis]] for field, value in layer.items() if isinstance(value, list) and field != "from"}
        return {**layer, **listed, **({"axis": "x"} if "axis" in layer and layer["axis"] == net["axes"][axis] else {})}

    layers = [picked(layer) for layer in net["layers"] if layer.get("axis") in {None, net["axes"][axis]}]
    names = {layer["name"] for layer in layers}
    if any(name not in names and name not in net["inputs"] for layer in layers for name in _names(layer)):
        return net  # a layer along another axis stood in the way; it is left out first
    inputs = {name: {"size": [declared["size"][axis]]} for name, declared in net["inputs"].items()}
    return _with({**net, "axes": ["x"], "inputs": inputs}, layers)


def _renamed(layer: dict[str, Any], name: str, source: str) -> dict[str, Any]:
    def swap(value: Any) -> Any:
        return [source if item == name else item for item in value] if isinstance(value, list) else source if value == name else value

    return {field: swap(value) if field in {"from", "like"} else value for field, value in layer.items()}


def to_yaml(net: Net) -> str:
    """The net as a spec, one layer a line."""
    lines = ["rflint: 1", f"axes: {_flow(net['axes'])}", *([f"causal: {_flow(net['causal'])}"] if "causal" in net else []), "inputs:"]
    lines += [f"  {name}: {_flow(declared)}" for name, declared in net["inputs"].items()]
    lines += ["layers:", *(f"  - {_flow(layer)}" for layer in net["layers"])]
    if "outputs" in net:
        lines.append(f"outputs: {_flow(net['outputs'])}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and value not in _RESERVED else f'"{value}"'
    return {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else str(value)


class _Builder:
    def __init__(self, choose: Chooser, classic: bool, axes: Sequence[int], *, past: bool = False) -> None:
        self.choose = choose
        self.past = past
        self.classic = classic
        self.count = choose(axes)
        names = ["image", "depth"][: choose([1, 1, 1, 2])]
        sizes = [20, 33, 16, 7, 12, 1, 2, 3, 5, 8, 24, 31, 32, 36, 40, 45]
        self.net: Net = {
            "axes": {1: ["x"], 2: ["y", "x"], 3: ["z", "y", "x"]}[self.count],
            "inputs": {name: {"size": [choose(sizes) for _ in range(self.count)]} for name in names},
            "layers": [],
        }
        if past and self._chance(30):
            self.net["causal"] = self.net["axes"][-1:]
        self.models = [Axis(self.net, axis) for axis in range(self.count)]
        steps: list[Callable[[], object]] = [
            self._layer,
            self._layer,
            self._layer,
            self._parallel,
            self._merge,
            self._parallel,
            self._global,
        ]
        if not classic:
            steps += [self._decoder, self._resample, self._resample, self._decoder]
        for _ in range(choose([3, 2, 4, 5, 6, 8])):
            choose(steps)()
        if not self.net["layers"]:
            self._add("identity", names[-1])
        read = {name for layer in self.net["layers"] for name in _names(layer)}
        self.net["outputs"] = [layer["name"] for layer in self.net["layers"] if layer["name"] not in read]

    # --- drawing --------------------------------------------------------------------------------------------------

    def _chance(self, percent: int) -> bool:
        """Seldom true; false is simpler."""
        return self.choose(range(100)) >= 100 - percent

    def _node(self) -> str:
        """Some layer or input, the last few most often."""
        names = list(self.models[0].nodes)
        return self.choose([names[-1], names[-1], *names[-3:], *names])

    def _sizes(self, name: str) -> list[int | None]:
        return [model.nodes[name].size for model in self.models]

    def _each(self, draw: Callable[[], T]) -> T | list[T]:
        """One value for all axes, or one per axis."""
        return draw() if self._chance(70) else [draw() for _ in range(self.count)]

    def _add(self, op: str, source: str | list[str], *, force: bool = False, **fields: Any) -> str | None:
        """Append the layer, unless it breaks the net (some may) or is beyond the limits."""
        name = f"n{len(self.net['layers']) + 1}"
        layer = {"name": name, "op": op, "from": source, **fields}
        whole = all(None not in self._sizes(other) for other in _names(layer))
        for model in self.models:
            model.add(layer)
        broken = whole and None in self._sizes(name)
        small = all(size is None or size <= 200 for size in self._sizes(name))
        if not small or (broken and not force and not self._chance(5)) or not all(self._cheap(model, name) for model in self.models):
            for model in self.models:
                model.remove(name)
            return None
        self.net["layers"].append(layer)
        return name

    @staticmethod
    def _cheap(model: Axis, name: str) -> bool:
        for source in model.inputs:
            if not model.reaches(name, source) or not model.determined(name, source):
                continue
            bound, grid = model.bound(name, source), model.grid(name, source)
            if (bound is not None and bound[0] > MAX_PERIOD) or (grid is not None and grid[0] > MAX_STRIDE):
                return False
        return True

    # --- classic layers -------------------------------------------------------------------------------------------

    def _layer(self) -> str | None:
        kind = self.choose(["window", "window", "window", "pool", "pointwise", "border", "gate"])
        if kind == "window":
            return self._window(self._node(), self.choose(WINDOWS))
        if kind == "pool":
            return self._window(self._node(), self.choose(POOLS))
        if kind == "border":
            return self._border(self._node())
        if kind == "gate" and self._chance(30):
            return self._add(self.choose(["squeeze_excite", "instance_norm", "group_norm"]), self._node())
        return self._pointwise(self._node())

    def _pointwise(self, source: str) -> str | None:
        op = self.choose([op for op in POINTWISE if op not in {"channel_shuffle", "select_channels"}])
        return self._add(op, source, **({"training": True} if op == "batch_norm" and self._chance(20) else {}))

    def _window(self, source: str, op: str, stride: int | None = None) -> str | None:
        fields: dict[str, Any] = {"kernel": self._each(lambda: self.choose([3, 3, 3, 1, 2, 4, 5, 7]))}
        if stride is not None or op not in POOLS or self._chance(70):
            fields["stride"] = stride or self._each(lambda: self.choose([1, 1, 1, 2, 2, 3, 4]))
        if op not in {"blur_pool", "avg_pool", "lp_pool"} and self._chance(25):
            fields["dilation"] = self._each(lambda: self.choose([2, 1, 3]))
        padding = self._padding(fields["kernel"], fields.get("dilation", 1))
        if isinstance(padding, list) and isinstance(padding[0], list) and self._chance(30):
            # The same by a layer before it, or by one behind it that takes off what is too much.
            if self._chance(50):
                before = self._add("pad", source, padding=padding)
                return before and self._add(op, before, **fields)
            wide = self._add(op, source, **fields, padding=[[max(pair)] * 2 for pair in padding])
            return wide and self._add("crop", wide, crop=[[max(low, high) - low, max(low, high) - high] for low, high in padding])
        if padding is not None:
            fields["padding"] = padding
        if self._chance(30 if op in POOLS else 10) and "-" not in str(padding):  # no framework crops and rounds up
            fields["ceil_mode"] = True
        return self._add(op, source, **fields)

    def _padding(self, kernel: Any, dilation: Any) -> Any:
        """Every way to write a padding; most often the one that centres."""
        kernels = kernel if isinstance(kernel, list) else [kernel] * self.count
        dilations = dilation if isinstance(dilation, list) else [dilation] * self.count
        half = [d * (k - 1) // 2 for k, d in zip(kernels, dilations, strict=True)]
        if self.past and self._chance(75):
            reaches = [d * (k - 1) for k, d in zip(kernels, dilations, strict=True)]
            return self.choose(["causal", [[reach, 0] for reach in reaches], [[max(reach - 1, 0), 0] for reach in reaches]])
        style = self.choose(["half", "half", "half", "none", "word", "number", "pairs", "mixed"])
        if style == "half":
            return half[0] if len(set(half)) == 1 else half
        if style == "word":
            return self.choose(["same", "same", "same", "same_lower", "causal", "valid"])
        if style == "number":
            return self.choose([1, 0, 2, 3])
        if style == "pairs":
            return [[self.choose([p, 0, 1, 2, -1]), self.choose([p, 0, 1, 3, -1])] for p in half]
        if style == "mixed":
            return [self.choose([p, "same", "valid", "causal", 1]) for p in half]
        return None

    def _border(self, source: str) -> str | None:
        op = self.choose(["pad", "crop", "slice"])
        if op == "slice":
            return self._slice(source)
        pairs = [[self.choose([1, 0, 2, 3]), self.choose([1, 0, 2, 3])] for _ in range(self.count)]
        if op == "crop":
            return self._add(op, source, crop=pairs)
        return self._add(op, source, padding=self.choose([pairs, pairs, 1, 2]))

    def _slice(self, source: str) -> str | None:
        fields: dict[str, Any] = {}
        if self._chance(70):
            fields["start"] = self._each(lambda: self.choose([1, 0, 2, 3, -7]))
        if self._chance(30):
            fields["step"] = self._each(lambda: self.choose([2, 1, 3]))
        if not fields or self._chance(30):
            fields["stop"] = self._each(lambda: self.choose([8, 5, 12, 20, -1, -2]))
        return self._add("slice", source, **fields)

    def _parallel(self) -> str | None:
        """Branches of equal stride from one source, merged; centred alike unless a padding differs."""
        source = self._node()
        stride = self.choose([1, 1, 2, 2, 3])
        ends = [self._branch(source, stride) for _ in range(self.choose([2, 2, 3]))]
        if self._chance(25):
            ends.insert(self.choose([0, 1]), source if stride == 1 else self._add("conv", source, kernel=1, stride=stride))
        return self._join([end for end in ends if end is not None])

    def _branch(self, source: str, stride: int) -> str | None:
        end: str | None = source
        length = self.choose([1, 1, 2])
        strided = self.choose(range(length))
        for j in range(length):
            s = stride if j == strided else 1
            kernel = self.choose([3, 1, 5, 3, 7])
            if end is None:
                return None
            if self._chance(15):
                end = self._window(end, self.choose(["conv", "max_pool", "avg_pool"]), s)
            elif self._chance(30):
                end = self._add("conv", end, kernel=kernel, stride=s, padding="same")
            elif self._chance(20):
                # Wider, and no less centred: a crop after it.
                wide = self._add("conv", end, kernel=kernel, stride=s, padding=(kernel - 1) // 2 + s)
                end = wide and self._add("crop", wide, crop=[[1, 1]] * self.count)
            else:
                dilation = self.choose([1, 1, 2])
                end = self._add("conv", end, kernel=kernel, stride=s, dilation=dilation, padding=dilation * (kernel - 1) // 2)
        return end

    def _merge(self) -> str | None:
        """Layers that stand anywhere, made to fit if they must."""
        first = self._node()
        names = list(self.models[0].nodes)
        fitting = [name for name in names if name != first and self._sizes(name) == self._sizes(first)]
        if fitting and not self._chance(30):
            return self._join([first, *(self.choose(fitting) for _ in range(self.choose([1, 1, 2])))])
        other = self.choose(names)
        if self._chance(10):
            return self._add(self.choose(MERGES), [first, other], force=True)
        return self._join([first, other])

    def _join(self, ends: list[str]) -> str | None:
        if len(ends) < 2:
            return None
        head = ends[0]
        fitted = [head, *(end if self._sizes(end) == self._sizes(head) else self._fit(end, head) for end in ends[1:])]
        names = [name for name in fitted if name is not None]
        if len(names) < 2:
            return None
        if self._chance(20):
            names.reverse()
        return self._add(self.choose(MERGES), names)

    def _fit(self, name: str, like: str) -> str | None:
        """A layer of the size of `like` that reads `name`."""
        have, want = self._sizes(name), self._sizes(like)
        if None in have or None in want:
            return None
        # Lists are of numbers from here on; the type checker cannot know.
        gaps: list[int] = [b - a for a, b in zip(have, want, strict=True)]  # type: ignore[operator]
        if not self.classic and self._chance(50):
            fields = self._resize_fields()
            return self._add("resize_like", [name, like], **fields)
        if all(gap <= 0 for gap in gaps) and self._chance(50):
            return self._add("crop_like", [name, like])
        if not self.classic and self._chance(30):
            return self._add("pad_like", [name, like], **self._alignment())
        pairs = [[(low := gap // 2 if self._chance(80) else 0), gap - low] for gap in gaps]
        if all(gap <= 0 for gap in gaps):
            return self._add("crop", name, crop=[[-low, -high] for low, high in pairs])
        return self._add("pad", name, padding=pairs) if all(gap <= 6 for gap in gaps) else None

    def _alignment(self) -> dict[str, Any]:
        """Where `pad_like` puts the map; most often in the middle."""
        style = self.choose(["default", "align", "start"])
        if style == "default":
            return {}
        drawn: list[Any] = ["center", "end", "start"] if style == "align" else [0, 1, 2, -1, -2]
        return {style: self._each(lambda: self.choose(drawn))}

    def _global(self) -> str | None:
        if not self._chance(35):
            return self._layer()
        source = self._node()
        kind = self.choose(["gate", "attention", "spatial", "rnn"])
        if kind == "gate":
            pooled = self._add(self.choose(["global_avg_pool", "global_max_pool"]), source)
            gate = pooled and self._add("conv", pooled, kernel=1)
            return gate and self._add(self.choose(["mul", "add"]), [source, gate] if self._chance(70) else [gate, source], broadcast=True)
        if kind == "rnn":
            return self._add("rnn", source, axis=self.choose(self.net["axes"]), direction=self.choose(["forward", "backward", "both"]))
        if kind == "attention":
            end = self._add("attention", source, **({"causal": True} if self._chance(60 if self.past else 20) else {}))
        else:
            end = self._add(self.choose(["spatial_softmax", "fft"]), source)
        return end and self._add("add", [source, end])

    # --- decoders -------------------------------------------------------------------------------------------------

    def _resample(self) -> str | None:
        source = self._node()
        op = self.choose(
            ["resize", "resize", "conv_transpose", "conv_transpose", "shuffle", "attention", "adaptive", "max_unpool", "slice"]
        )
        if op == "resize":
            return self._resize(source)
        if op == "conv_transpose":
            return self._transposed(source)
        if op == "max_unpool":
            fields: dict[str, Any] = {"kernel": self._each(lambda: self.choose([2, 3, 4]))}
            if self._chance(60):
                fields["stride"] = self._each(lambda: self.choose([2, 1, 3]))
            return self._add(op, source, **fields, padding=self.choose([0, 1, "causal"]))
        if op == "attention":
            fields = {"window": self._each(lambda: self.choose([4, 2, 3, 7]))}
            if self._chance(20):
                fields["causal"] = True
            if self._chance(50):
                fields["shift"] = self._each(lambda: self.choose([1, 2, 3]))
            return self._add(op, source, **fields)
        if op == "adaptive":
            name = self.choose(["adaptive_avg_pool", "adaptive_max_pool"])
            return self._add(name, source, size=self._each(lambda: self.choose([6, 2, 3, 5, 1, 7, 12])))
        if op == "slice":
            return self._slice(source)
        return self._shuffle(source)

    def _shuffle(self, source: str) -> str | None:
        block = self._each(lambda: self.choose([2, 2, 3]))
        op = self.choose(["depth_to_space", "space_to_depth"])
        blocks = block if isinstance(block, list) else [block] * self.count
        if op == "space_to_depth" and any(size is not None and size % b for size, b in zip(self._sizes(source), blocks, strict=True)):
            op = "depth_to_space"
        return self._add(op, source, block=block)

    def _resize_fields(self) -> dict[str, Any]:
        mode = self.choose(["nearest", "nearest", "linear", "linear", "cubic", "area"])
        fields: dict[str, Any] = {} if mode == "nearest" and self._chance(50) else {"mode": mode}
        if mode != "area" and self._chance(60):
            fields["coordinates"] = self.choose(["half_pixel", "asymmetric", "align_corners"])
        if mode == "nearest" and "coordinates" in fields and self._chance(70):
            fields["rounding"] = self.choose(["floor", "round_prefer_floor", "round_prefer_ceil", "ceil"])
        return fields

    def _resize(self, source: str) -> str | None:
        fields = self._resize_fields()
        target = self.choose(["scale", "scale", "scale", "size", "like"])
        if target == "scale":
            fields["scale"] = self._each(lambda: self.choose([2, 2, 2, 3, 4, "3/2", "1/2", "2/3", "4/3", "5/2"]))
        elif target == "size":
            fields["size"] = self._each(lambda: self.choose([12, 1, 2, 5, 7, 16, 24, 31]))
        else:
            fields["like"] = self.choose(list(self.models[0].nodes))
        return self._add("resize", source, **fields)

    def _transposed(self, source: str) -> str | None:
        kernel = self._each(lambda: self.choose([2, 3, 4, 1, 5, 6]))
        stride = self._each(lambda: self.choose([2, 2, 1, 3, 4]))
        fields: dict[str, Any] = {"kernel": kernel, "stride": stride}
        if self._chance(20):
            fields["dilation"] = self._each(lambda: self.choose([2, 3]))
        if self._chance(25) and isinstance(stride, int) and stride > 1:
            fields["output_padding"] = self._each(lambda: self.choose(range(1, stride)))
        kernels, strides = (value if isinstance(value, list) else [value] * self.count for value in (kernel, stride))
        style = self.choose(["half", "none", "half", "same", "number", "pairs"])
        half = [max(k - s, 0) // 2 for k, s in zip(kernels, strides, strict=True)]
        if style == "half":
            fields["padding"] = half
        elif style == "same":
            fields["padding"] = self.choose(["same", "same", "same_lower", "causal"])
        elif style == "number":
            fields["padding"] = self.choose([1, 0, 2])
        elif style == "pairs":
            fields["padding"] = [[self.choose([p, 0, 1, -1]), self.choose([p, 0, 1, 2])] for p in half]
        return self._add("conv_transpose", source, **fields)

    def _decoder(self) -> str | None:
        """Down, through a bottleneck, up again, and merged with the way round."""
        source = self._node()
        factor = self.choose([2, 2, 3, 4])
        down = self._down(source, factor)
        if down is None:
            return None
        middle = self._branch(down, 1) or down
        up = self._up(middle, factor)
        return up and self._join([source, up] if self._chance(50) else [up, source])

    def _down(self, source: str, factor: int) -> str | None:
        kind = self.choose(["pool", "conv", "same", "resize"])
        if kind == "pool":
            return self._add("max_pool", source, kernel=factor, ceil_mode=self._chance(20))
        if kind == "conv":
            return self._add("conv", source, kernel=2 * factor - 1, stride=factor, padding=factor - 1)
        if kind == "same":
            return self._add("conv", source, kernel=self.choose([3, 2, 4]), stride=factor, padding="same")
        return self._add("resize", source, scale=str(Fraction(1, factor)), mode=self.choose(["linear", "nearest", "area"]))

    def _up(self, source: str, factor: int) -> str | None:
        kind = self.choose(["nearest", "linear", "exact", "overlap", "shuffle", "align"])
        if kind == "nearest":
            return self._add("resize", source, scale=factor)
        if kind == "linear":
            return self._add("resize", source, scale=factor, mode="linear")
        if kind == "exact":
            return self._add("conv_transpose", source, kernel=factor, stride=factor)
        if kind == "overlap":
            return self._add(
                "conv_transpose", source, kernel=2 * factor, stride=factor, padding=[[factor // 2, factor - factor // 2]] * self.count
            )
        if kind == "shuffle":
            return self._add("depth_to_space", source, block=factor)
        return self._add("resize", source, scale=factor, mode="linear", coordinates="align_corners")


def _sources(layer: dict[str, Any]) -> list[str]:
    return layer["from"] if isinstance(layer["from"], list) else [layer["from"]]


def _names(layer: dict[str, Any]) -> list[str]:
    """Everything a layer refers to."""
    return [*_sources(layer), layer["like"]] if "like" in layer else _sources(layer)
