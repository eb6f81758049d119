"""The referee is tested before it judges: published values, and a second simulation that moves arrays about."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from brute import ADAPTIVE, GLOBAL_POINTS, MERGES, POINTWISE, POOLS, TRANSPOSED, WINDOWS, Axis
from hypothesis import HealthCheck, given, settings
from random_nets import nets, random_net, to_yaml

Layers = list[dict[str, Any]]


def chain(layers: Layers, size: int | None = None) -> Axis:
    """Layers one after the other; each is named by its place."""
    named = [{"name": str(j), "from": str(j - 1) if j else "input", **layer} for j, layer in enumerate(layers)]
    return Axis({"axes": ["x"], "inputs": {"input": {"size": size}}, "layers": named})


def conv(kernel: int, stride: int = 1, padding: Any = 0, **fields: Any) -> dict[str, Any]:
    return {"op": "conv", "kernel": kernel, "stride": stride, "padding": padding, **fields}


def tconv(kernel: int, stride: int, padding: Any = 0, **fields: Any) -> dict[str, Any]:
    return {"op": "conv_transpose", "kernel": kernel, "stride": stride, "padding": padding, **fields}


def resize(**fields: Any) -> dict[str, Any]:
    return {"op": "resize", **fields}


def measure(layers: Layers, size: int | None = None) -> tuple[set[int], Fraction, int | None]:
    """Extents of all phases, effective stride, effective padding of the last layer."""
    seen = chain(layers, size).seen(str(len(layers) - 1), "input")
    assert seen.phases is not None
    assert seen.sizes is not None
    assert seen.grid is not None
    return set(seen.sizes), seen.grid[0], seen.phases[0] and -seen.phases[0][0]


POOL = {"op": "max_pool", "kernel": 2}
VGG16 = [layer for convs in (2, 2, 3, 3, 3) for layer in [*[conv(3, 1, 1)] * convs, POOL]]


@pytest.mark.parametrize(
    ("layers", "size", "expected"),
    [
        pytest.param(VGG16, 224, ({212}, 32, 90), id="VGG16 pool5, Araujo et al. 2019"),
        pytest.param([conv(3), conv(3)], None, ({5}, 1, 0), id="two 3x3 see what one 5x5 sees"),
        pytest.param([conv(3, dilation=4)], None, ({9}, 1, 0), id="dilation"),
        pytest.param([conv(4, 2, 1)] * 3 + [conv(4, 1, 1)] * 2, 256, ({70}, 8, 23), id="PatchGAN 70"),
        pytest.param([conv(2, padding="causal", dilation=2**j) for j in range(10)], None, ({1024}, 1, 1023), id="WaveNet 1024"),
        pytest.param([conv(3, dilation=3**j) for j in range(5)], None, ({243}, 1, 0), id="VideoPose3D 243"),
        pytest.param([conv(9), conv(1), conv(5)], None, ({13}, 1, 0), id="SRCNN 9-1-5"),
        pytest.param([conv(3, 2, 1), tconv(3, 2, 1)], None, ({3, 5}, 1, 1), id="stride-2 down and up"),
        pytest.param([conv(3, 2, 1), resize(scale=2), conv(3, 1, 1)], None, ({5}, 1, 3), id="nearest, not 7"),
        pytest.param([conv(4, 2, 1), tconv(4, 2, 1)], None, ({6}, 1, 3), id="even kernels down and up"),
        pytest.param([conv(3, 2, "same")], 224, ({3}, 2, 0), id="same on an even size pads the high side"),
        pytest.param([conv(3, 2, "same")], 321, ({3}, 2, 1), id="same on an odd size pads both"),
        pytest.param([{"op": "depth_to_space", "block": 2}, {"op": "space_to_depth", "block": 2}], None, ({1}, 1, 0), id="shuffled back"),
        pytest.param([tconv(1, 2)], None, ({1}, Fraction(1, 2), 0), id="every other output sees nothing"),
    ],
)
def test_published(layers: Layers, size: int | None, expected: tuple[set[int], Fraction, int | None]) -> None:
    assert measure(layers, size) == expected


def unet(depth: int, size: int) -> Axis:
    """Ronneberger et al. 2015: valid 3x3 convolutions in pairs, 2x2 pools, 2x2 up-convolutions, cropped skips."""
    layers: Layers = []

    def add(name: str, source: str | list[str], **fields: Any) -> str:
        layers.append({"name": name, "from": source, **fields})
        return name

    def pair(name: str, source: str) -> str:
        return add(f"{name}b", add(f"{name}a", source, **conv(3)), **conv(3))

    end, skips = pair("down0", "input"), []
    for level in range(1, depth + 1):
        skips.append(end)
        end = pair(f"down{level}", add(f"pool{level}", end, **POOL))
    for level, skip in reversed(list(enumerate(skips))):
        up = add(f"up{level}", end, **tconv(2, 2))
        crop = add(f"crop{level}", [skip, up], op="crop_like")
        end = pair(f"right{level}", add(f"cat{level}", [crop, up], op="concat"))
    return Axis({"axes": ["x"], "inputs": {"input": {"size": size}}, "layers": layers})


def test_unet() -> None:
    net = unet(4, 572)
    seen = net.seen("right0b", "input")
    assert net.nodes["right0b"].size == 388
    assert seen.sizes is not None
    assert (set(seen.sizes), seen.period, seen.advance) == ({188, 204}, 16, 16)
    assert net.seen("down4b", "input").sizes == [140]
    # Cropped in the middle, the skips lie exactly on what comes up.
    assert seen.aligned
    assert set(unet(3, 132).seen("right0b", "input").sizes or ()) == {92, 100}


def test_unet_regions() -> None:
    net = unet(2, 44)
    clipped = net.clipped("right0b", "input")
    assert clipped is not None
    assert len(clipped) == net.nodes["right0b"].size == 4
    assert {s.hull() for s in clipped} == {(0, 43)}


@pytest.mark.parametrize(
    ("name", "layer", "size", "center"),
    [
        ("window", conv(3, 2, 1), 20, (2, 0)),
        ("even window", conv(4, 1, [[1, 2]]), 20, (1, Fraction(1, 2))),
        ("dilated", conv(3, 1, 0, dilation=3), 20, (1, 3)),
        ("causal", conv(3, 2, "causal"), 20, (2, 0)),
        ("transposed", tconv(3, 2, [[1, 0]]), 20, (Fraction(1, 2), 0)),
        ("transposed, dilated", tconv(3, 2, 0, dilation=3), 20, (Fraction(1, 2), Fraction(-3, 2))),
        ("transposed, k < s", tconv(2, 3, 0), 20, (Fraction(1, 3), Fraction(-1, 6))),
        ("transposed, causal", tconv(8, 4, "causal"), 20, (Fraction(1, 4), Fraction(0))),
        ("linear", resize(mode="linear", scale=2), 20, (Fraction(1, 2), Fraction(-1, 4))),
        ("linear down", resize(mode="linear", scale="2/3"), 20, (Fraction(3, 2), Fraction(1, 4))),
        ("cubic", resize(mode="cubic", scale="3/2"), 20, (Fraction(2, 3), Fraction(-1, 6))),
        ("cubic asymmetric", resize(mode="cubic", scale="3/2", coordinates="asymmetric"), 20, (Fraction(2, 3), 0)),
        ("linear asymmetric", resize(mode="linear", scale=5, coordinates="asymmetric"), 20, (Fraction(1, 5), 0)),
        ("area", resize(mode="area", scale="3/2"), 20, (Fraction(2, 3), Fraction(-1, 6))),
        ("nearest", resize(scale="3/2"), 20, (Fraction(2, 3), Fraction(-1, 3))),
        ("align_corners", resize(mode="linear", size=167, coordinates="align_corners"), 84, (Fraction(1, 2), 0)),
        ("align_corners to one", resize(mode="linear", size=1, coordinates="align_corners"), 84, (0, 0)),
        ("space to depth", {"op": "space_to_depth", "block": 3}, 21, (3, 1)),
        ("depth to space", {"op": "depth_to_space", "block": 3}, 20, (Fraction(1, 3), Fraction(-1, 3))),
        ("pad", {"op": "pad", "padding": [[2, 1]]}, 20, (1, -2)),
        ("crop", {"op": "crop", "crop": [[2, 1]]}, 20, (1, 2)),
        ("slice", {"op": "slice", "start": 3, "step": 2}, 20, (2, 3)),
        ("attention", {"op": "attention", "window": 7, "shift": 3}, 21, (1, 0)),
    ],
)
def test_centres(name: str, layer: dict[str, Any], size: int, center: tuple[Fraction, Fraction]) -> None:
    """The means of the taps are the table of design.md#grids."""
    assert chain([layer], size).seen("0", "input").grid == center, name


# --- a second simulation: arrays of sets, moved about as an implementation moves samples ----------------------------

Samples = list[frozenset[int]]
EMPTY: frozenset[int] = frozenset()


def window(x: Samples, layer: dict[str, Any]) -> Samples:
    kernel = layer["kernel"]
    stride = layer.get("stride", kernel if layer["op"] in POOLS else 1)
    dilation = layer.get("dilation", 1)
    extent = dilation * (kernel - 1) + 1
    padding = layer.get("padding", "valid")
    low = high = 0
    if padding == "causal":
        low = extent - 1
    elif padding in ("same", "same_lower"):
        # As little as makes the wanted number of windows fit, the odd one on the side that the word says.
        while (len(x) + low + high - extent) // stride + 1 < math.ceil(len(x) / stride):
            high, low = (high + 1, low) if (low + high) % 2 == (padding == "same_lower") else (high, low + 1)
    elif padding != "valid":
        low, high = pair(padding)
    partial = stride - 1 if layer.get("ceil_mode") else 0
    padded = [EMPTY] * low + x[max(-low, 0) : len(x) + min(high, 0)] + [EMPTY] * (max(high, 0) + partial)
    starts = list(range(0, len(padded) - extent + 1, stride))
    if layer.get("ceil_mode") and starts and starts[-1] >= low + len(x):
        starts.pop()  # the last window must not start in the padding after the samples
    return [union(padded[start : start + extent : dilation]) for start in starts]


def pair(value: Any) -> tuple[int, int]:
    return (value[0], value[1]) if isinstance(value, list) else (value, value)


def transposed(x: Samples, layer: dict[str, Any]) -> Samples:
    kernel = layer["kernel"]
    stride = layer.get("stride", kernel if layer["op"] == "max_unpool" else 1)
    dilation = layer.get("dilation", 1)
    padding = layer.get("padding", 0)
    canvas = [set[int]() for _ in range((len(x) - 1) * stride + dilation * (kernel - 1) + 1 + layer.get("output_padding", 0))]
    for j, sample in enumerate(x):
        for t in range(kernel):
            canvas[j * stride + t * dilation] |= sample
    if padding == "causal":
        padding = [0, len(canvas) - len(x) * stride]
    if padding in ("same", "same_lower"):
        surplus = len(canvas) - len(x) * stride
        low = max(surplus // 2 if padding == "same" else -(-surplus // 2), 0)
        padding = [low, surplus - low]
    low, high = pair(padding)
    stretched = [set[int]()] * -low + canvas + [set[int]()] * -high
    return [frozenset(s) for s in stretched[max(low, 0) : len(stretched) - max(high, 0)]]


def resized(x: Samples, layer: dict[str, Any], like: Samples | None) -> Samples:
    mode = layer.get("mode", "nearest")
    if "scale" in layer:
        step = 1 / Fraction(layer["scale"])
        out = int(len(x) / step)
    else:
        out = len(like) if like is not None else layer["size"]
        step = Fraction(len(x), out)
    if mode == "area":
        # Every output cell, against every input cell it overlaps.
        return [union(x[j] for j in range(len(x)) if j < (i + 1) * step and j + 1 > i * step) for i in range(out)]
    coordinates = layer.get("coordinates", "asymmetric" if mode == "nearest" else "half_pixel")
    result = []
    for i in range(out):
        at = {
            "half_pixel": (i + Fraction(1, 2)) * step - Fraction(1, 2),
            "asymmetric": i * step,
            "align_corners": Fraction(i * (len(x) - 1), out - 1) if out > 1 else Fraction(0),
        }[coordinates]
        # The kernel of the interpolation, as far as it is not zero, over all integers near by.
        near = range(math.floor(at) - 4, math.floor(at) + 5)
        if mode == "nearest":
            rounding = layer.get("rounding", "floor" if coordinates == "asymmetric" else "round_prefer_floor")
            low, high = math.floor(at), math.ceil(at)
            prefer = {"floor": low, "ceil": high, "round_prefer_floor": low, "round_prefer_ceil": high}[rounding]
            closest = min((low, high), key=lambda j: (abs(at - j), j != prefer))
            picked = [prefer if rounding in {"floor", "ceil"} else closest]
        else:
            picked = [j for j in near if _weight(mode, at - j) != 0]
        result.append(union(x[sorted((0, j, len(x) - 1))[1]] for j in picked))
    return result


def _weight(mode: str, t: Fraction) -> Fraction:
    """Triangle, and Keys' cubic with a = -3/4."""
    t = abs(t)
    if mode == "linear":
        return max(1 - t, Fraction(0))
    a = Fraction(-3, 4)
    if t <= 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a if t < 2 else Fraction(0)


def union(sets: Any) -> frozenset[int]:
    return frozenset().union(*sets)


def simulate(net: dict[str, Any], source: str) -> dict[str, Samples]:
    """All maps of a one-axis net of which every size is known and positive, up to the first that is not."""
    maps: dict[str, Samples] = {
        name: [frozenset({i}) if name == source else EMPTY for i in range(declared["size"][0])] for name, declared in net["inputs"].items()
    }
    for layer in net["layers"]:
        names = layer["from"] if isinstance(layer["from"], list) else [layer["from"]]
        if any(name not in maps for name in [*names, *([layer["like"]] if "like" in layer else [])]):
            continue
        made = apply({key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in layer.items()}, maps, names)
        if made:
            maps[layer["name"]] = made
    return maps


def apply(layer: dict[str, Any], maps: dict[str, Samples], names: list[str]) -> Samples | None:
    op = layer["op"]
    x = maps[names[0]]
    if op in WINDOWS or op in POOLS:
        return window(x, layer)
    if op in TRANSPOSED:
        return transposed(x, layer)
    if op in {"resize", "resize_like"}:
        return resized(x, layer, maps[names[1]] if op == "resize_like" else maps[layer["like"]] if "like" in layer else None)
    if op in ADAPTIVE:
        return resized(x, {"mode": "area", "size": layer["size"]}, None)
    if op == "space_to_depth":
        return [union(x[i : i + layer["block"]]) for i in range(0, len(x) - layer["block"] + 1, layer["block"])]
    if op == "depth_to_space":
        return [sample for sample in x for _ in range(layer["block"])]
    if op == "pad":
        low, high = pair(layer["padding"])
        kept = x[max(-low, 0) : len(x) - max(-high, 0)]
        return [EMPTY] * low + kept + [EMPTY] * high if kept else None
    if op == "crop":
        low, high = pair(layer["crop"])
        return x[low : len(x) - high] if low + high < len(x) else None
    if op == "crop_like":
        extra = len(x) - len(maps[names[1]])
        return None if extra < 0 else x[extra // 2 : len(x) - (extra - extra // 2)]
    if op == "pad_like":
        want = len(maps[names[1]])
        missing, extra = max(want - len(x), 0), max(len(x) - want, 0)
        align = layer.get("align", "center") if "start" not in layer else None
        before = {"start": 0, "end": missing, "center": missing // 2, None: max(layer.get("start", 0), 0)}[align]
        cut = {"start": 0, "end": extra, "center": extra // 2, None: max(-layer.get("start", 0), 0)}[align]
        placed = [EMPTY] * before + x[cut:]
        return (placed + [EMPTY] * want)[:want] if cut < len(x) and before < want else None
    if op == "slice":
        return x[layer.get("start", 0) : layer.get("stop") : layer.get("step", 1)]
    if op == "attention" and "window" in layer:
        size, shift = layer["window"], layer.get("shift", 0)
        masked = layer.get("causal", False)
        return [
            union(x[j] for j in range(len(x)) if (j + shift) // size == (i + shift) // size and not (masked and j > i))
            for i in range(len(x))
        ]
    if op == "attention" and layer.get("causal"):
        return [union(x[: i + 1]) for i in range(len(x))]
    if op == "rnn":
        return {
            "forward": [union(x[: i + 1]) for i in range(len(x))],
            "backward": [union(x[i:]) for i in range(len(x))],
            "both": [union(x)] * len(x),
        }[layer["direction"]]
    if op in MERGES:
        sizes = {len(maps[name]) for name in names}
        if len(sizes) == 1 or (layer.get("broadcast") and len(sizes - {1}) == 1):
            return [union(maps[name][i if len(maps[name]) > 1 else 0] for name in names) for i in range(max(sizes))]
        return None
    if op in GLOBAL_POINTS:
        return [union(x)]
    if op in POINTWISE and not layer.get("training"):
        return x
    assert op in {"batch_norm", "instance_norm", "group_norm", "squeeze_excite", "attention", "spatial_softmax", "fft"}
    return [union(x)] * len(x)


def compare(net: dict[str, Any]) -> None:
    axis = Axis(net)
    for source in net["inputs"]:
        maps = simulate(net, source)
        for name, node in axis.nodes.items():
            clipped = axis.clipped(name, source)
            if name not in maps:
                assert clipped is None, to_yaml(net) + name
                continue
            assert node.size == len(maps[name]), to_yaml(net) + name
            assert clipped is not None
            found = [frozenset(s.indices()) for s in clipped]
            assert found == maps[name], to_yaml(net) + name
            _nominal_agrees(axis, name, source, maps[name])


def _nominal_agrees(axis: Axis, name: str, source: str, clipped: Samples) -> None:
    """Without borders a feature sees at least as much: clipping drops samples, or moves them to the border."""
    extent = axis.nodes[source].size
    assert extent is not None
    if axis.is_global(name, source) or not axis.determined(name, source):
        return
    for i, seen in enumerate(clipped):
        nominal = axis.nominal(name, source, i).indices()
        assert seen <= nominal | {0, extent - 1} or not _drops_only(axis, name), name


def _drops_only(axis: Axis, name: str) -> bool:
    """No map on the way is interpolated past its border."""
    node = axis.nodes[name]
    return all(not reading.clamp and _drops_only(axis, before.name) for before, reading in node.reads)


@pytest.mark.parametrize("classic", [True, False])
def test_against_arrays(classic: bool) -> None:
    for seed in range(300):
        compare(random_net(seed, classic=classic, axes=[1]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(nets(classic=False, axes=[1]))
def test_against_arrays_shrinking(net: dict[str, Any]) -> None:
    compare(net)


def test_periods_by_search() -> None:
    """The period holds over a long stretch, before zero too, and no shorter one does."""
    for seed in range(100):
        net = random_net(seed, classic=False)
        axis = Axis(net)
        for layer in net["layers"]:
            for source in axis.inputs:
                if not axis.determined(layer["name"], source):
                    continue
                seen = axis.seen(layer["name"], source)
                if seen.phases is None:
                    continue
                assert seen.period is not None
                assert seen.advance is not None
                reach = range(-2 * seen.period - 5, 2 * seen.period + 5)
                hulls = {i: axis.nominal(layer["name"], source, i).hull() for i in range(reach[0], reach[-1] + seen.period + 1)}

                def repeats(t: int, d: Fraction, hulls: dict[int, Any] = hulls, reach: range = reach) -> bool:
                    return all(
                        (a is None) == (b is None) and (a is None or (a[0] + d, a[1] + d) == b)
                        for a, b in ((hulls[i], hulls[i + t]) for i in reach)
                    )

                assert repeats(seen.period, Fraction(seen.advance)), to_yaml(net)
                step = Fraction(seen.advance, seen.period)
                assert not any(repeats(t, step * t) for t in range(1, seen.period)), to_yaml(net)
                assert tuple(hulls[i] for i in range(seen.period)) == seen.phases


def test_mismatched_merge_depends_on_position() -> None:
    """The paper's second figure: 5x5 stride 2 padding 2 beside two valid 3x3 sees 6 at feature 1 and 5 at feature 2."""
    layers = [
        {"name": "left", "op": "conv", "kernel": 5, "stride": 2, "padding": 2, "from": "input"},
        {"name": "mid", "op": "conv", "kernel": 3, "from": "input"},
        {"name": "right", "op": "conv", "kernel": 3, "from": "mid"},
        {"name": "add", "op": "add", "from": ["left", "right"]},
    ]
    axis = Axis({"axes": ["x"], "inputs": {"input": {"size": None}}, "layers": layers})
    seen = axis.seen("add", "input")
    assert (seen.phases, seen.period, seen.aligned) == (None, None, False)
    extents = [high - low + 1 for low, high in (axis.nominal("add", "input", i).hull() or (0, 0) for i in range(4))]
    assert extents[1:3] == [6, 5]


def test_gate_is_global_and_local() -> None:
    layers = [
        {"name": "pool", "op": "global_avg_pool", "from": "input"},
        {"name": "conv", "op": "conv", "kernel": 3, "padding": 1, "from": "input"},
        {"name": "mul", "op": "mul", "from": ["conv", "pool"], "broadcast": True},
    ]
    axis = Axis({"axes": ["x"], "inputs": {"input": {"size": 9}}, "layers": layers})
    seen = axis.seen("mul", "input")
    assert (seen.is_global, seen.sizes, seen.aligned) == (True, [3], True)
    assert not axis.seen("pool", "input").local
    clipped = axis.clipped("mul", "input")
    assert clipped is not None
    assert {s.hull() for s in clipped} == {(0, 8)}
