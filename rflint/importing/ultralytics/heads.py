"""Modules that read several maps, or give several: detection heads, and those whose channels follow other rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from rflint.importing.ultralytics.net import Map, Net, NotExpressible


class Settings:
    """What the heads of a model share."""

    def __init__(self, classes: int, bins: int, *, light: bool) -> None:
        self.classes = classes
        #: Bins of the distribution of one side of a box.
        self.bins = bins
        #: Heads of depthwise convolutions, as networks since YOLOv10 have them.
        self.light = light


def _heavy(net: Net, name: str, x: Map, mid: int, channels: int) -> Map:
    y = net.conv(f"{name}/1", net.conv(f"{name}/0", x, mid, 3), mid, 3)
    return net.conv(f"{name}/2", y, channels, plain=True)


def _light(net: Net, name: str, x: Map, mid: int, channels: int) -> Map:
    for place in "01":
        x = net.conv(f"{name}/{place}/0", x, x.channels, 3, groups=x.channels)
        x = net.conv(f"{name}/{place}/1", x, mid)
    return net.conv(f"{name}/2", x, channels, plain=True)


def detect(net: Net, maps: Sequence[Map], settings: Settings, *, light: bool | None = None) -> list[Map]:
    """Boxes and classes of each scale, by two branches."""
    first, nc = maps[0].channels, settings.classes
    boxes, classes = max(16, first // 4, settings.bins * 4), max(first, min(nc, 100))
    made = []
    for place, x in enumerate(maps):
        made.append(_heavy(net, f"cv2/{place}", x, boxes, 4 * settings.bins))
        branch = _light if (settings.light if light is None else light) else _heavy
        made.append(branch(net, f"cv3/{place}", x, classes, nc))
    return made


def _more(net: Net, maps: Sequence[Map], channels: int) -> list[Map]:
    mid = max(maps[0].channels // 4, channels)
    return [_heavy(net, f"cv4/{place}", x, mid, channels) for place, x in enumerate(maps)]


def _detect(net: Net, maps: Sequence[Map], settings: Settings, *_: Any) -> list[Map]:
    return detect(net, maps, settings)


def _detect_v10(net: Net, maps: Sequence[Map], settings: Settings, *_: Any) -> list[Map]:
    return detect(net, maps, settings, light=True)


def _segment(net: Net, maps: Sequence[Map], settings: Settings, _nc: int = 80, masks: int = 32, wide: int = 256, *_: Any) -> list[Map]:
    with net.within("proto"):
        x = net.conv("cv1", maps[0], wide, 3)
        fields = {"kernel": 2, "stride": 2, "channels": wide}
        x = net.add("conv_transpose", [x], fields, "upsample", channels=wide, sizes=tuple(size and 2 * size for size in x.sizes))
        proto = net.conv("cv3", net.conv("cv2", x, wide, 3), masks)
    return [*detect(net, maps, settings), *_more(net, maps, masks), proto]


def _pose(net: Net, maps: Sequence[Map], settings: Settings, _nc: int = 80, shape: Sequence[int] = (17, 3), *_: Any) -> list[Map]:
    return [*detect(net, maps, settings), *_more(net, maps, shape[0] * shape[1])]


def _turned(net: Net, maps: Sequence[Map], settings: Settings, _nc: int = 80, angles: int = 1, *_: Any) -> list[Map]:
    return [*detect(net, maps, settings), *_more(net, maps, angles)]


#: Heads by name: `(net, maps, settings, arguments)` -> outputs.
HEADS: Final[Mapping[str, Callable[..., list[Map]]]] = {
    "Detect": _detect,
    "v10Detect": _detect_v10,
    "Segment": _segment,
    "Pose": _pose,
    "OBB": _turned,
}


def _concat(net: Net, maps: Sequence[Map], dim: int = 1, *_: Any) -> Map:
    if dim != 1:
        raise NotExpressible
    return net.concat(maps)


def _upsample(net: Net, maps: Sequence[Map], size: Any = None, scale: Any = None, mode: str = "nearest", *_: Any) -> Map:
    (x,) = maps
    if size is not None or type(scale) is not int or scale < 1 or mode not in {"nearest", "bilinear"}:
        raise NotExpressible
    fields = {"scale": scale} | ({} if mode == "nearest" else {"mode": "linear"})
    return net.add("resize", [x], fields, sizes=tuple(each and each * scale for each in x.sizes))


def _pool(op: str) -> Callable[..., Map]:
    def pool(net: Net, maps: Sequence[Map], k: int = 2, s: int | None = None, p: int = 0, *_: Any) -> Map:
        (x,) = maps
        return net.pool("", x, k, k if s is None else s, p, op=op)

    return pool


def _zero_pad(net: Net, maps: Sequence[Map], padding: Any = 0, *_: Any) -> Map:
    (x,) = maps
    left, right, top, bottom = padding if isinstance(padding, list) else [padding] * 4
    sizes = tuple(
        None if size is None else size + low + high for size, (low, high) in zip(x.sizes, ((top, bottom), (left, right)), strict=True)
    )
    return net.add("pad", [x], {"padding": [[top, bottom], [left, right]]}, sizes=sizes)


def _quiet(op: str) -> Callable[..., Map]:
    def quiet(net: Net, maps: Sequence[Map], *_: Any) -> Map:
        (x,) = maps
        return net.add(op, [x], {})

    return quiet


def _linear(net: Net, maps: Sequence[Map], channels: Sequence[int], k: int = 1, s: int = 1, *_: Any) -> Map:
    """One convolution, whose channels are parts for `CBFuse` (CBNet, Liang et al., IEEE TIP 2022)."""
    (x,) = maps
    y = net.conv("conv", x, sum(channels), k, s, plain=True)
    return y._replace(parts=tuple(net.halves(y, *channels)))


def _fuse(net: Net, maps: Sequence[Map], places: Sequence[int], *_: Any) -> Map:
    """The sum of the last map and of one part of each other, resized to it."""
    *others, last = maps
    parts = [each.parts[place] for each, place in zip(others, places, strict=True)]
    return net.sum([*(_fit(net, part, last, f"up{number}") for number, part in enumerate(parts)), last])


def _fit(net: Net, x: Map, like: Map, name: str) -> Map:
    """Samples repeated up to the size of another map."""
    factors = {divmod(there, here) for here, there in zip(x.sizes, like.sizes, strict=True) if here and there}
    if None in (*x.sizes, *like.sizes):
        raise NotExpressible
    (scale, rest), *others = factors
    fields = {"size": list(like.sizes)} if others or rest or not scale else {"scale": scale}
    return x if fields == {"scale": 1} else net.add("resize", [x], fields, name, sizes=like.sizes)


def _stem(net: Net, maps: Sequence[Map], mid: int, channels: int, *_: Any) -> Map:
    """The stem of PP-HGNetV2: a 2x2 convolution path beside a pooling, padded at the high side."""
    (x,) = maps
    x = net.conv("stem1", x, mid, 3, 2, act="relu")
    wide = _zero_pad(net, [x], [0, 1, 0, 1])
    y = _zero_pad(net, [net.conv("stem2a", wide, mid // 2, 2, 1, 0, act="relu")], [0, 1, 0, 1])
    y = net.conv("stem2b", y, mid, 2, 1, 0, act="relu")
    x = net.concat([net.pool("pool", wide, 2, 1, ceil=True), y])
    return net.conv("stem4", net.conv("stem3", x, mid, 3, 2, act="relu"), channels, act="relu")


def _hg_block(
    net: Net, maps: Sequence[Map], mid: int, channels: int, k: int = 3, n: int = 6, light: bool = False, shortcut: bool = False, *_: Any
) -> Map:
    (x,) = maps
    made = [x]
    for place in range(n):
        y = made[-1]
        if light:
            y = net.conv(f"m/{place}/conv1", y, mid, act=None)
            made.append(net.conv(f"m/{place}/conv2", y, mid, k, groups=mid, act="relu"))
        else:
            made.append(net.conv(f"m/{place}", y, mid, k, act="relu"))
    y = net.conv("ec", net.conv("sc", net.concat(made), channels // 2, act="relu"), channels, act="relu")
    return net.residual(x, y, wanted=shortcut)


def _resnet_layer(
    net: Net, maps: Sequence[Map], _before: int, channels: int, s: int = 1, first: bool = False, n: int = 1, e: int = 4, *_: Any
) -> Map:
    (x,) = maps
    if first:
        return net.pool("layer/1", net.conv("layer/0", x, channels, 7, 2, 3, act="relu"), 3, 2, 1)
    for place in range(n):
        with net.within(f"layer/{place}"):
            step = s if place == 0 else 1
            y = net.conv("cv2", net.conv("cv1", x, channels, act="relu"), channels, 3, step, 1, act="relu")
            y = net.conv("cv3", y, e * channels, act=None)
            short = x if step == 1 and x.channels == e * channels else net.conv("shortcut/0", x, e * channels, 1, step, act=None)
            x = net.sum([y, short])
    return x


def _encoder(net: Net, maps: Sequence[Map], wide: int = 2048, heads: int = 8, *_: Any) -> Map:
    """A transformer layer over all positions."""
    (x,) = maps
    x = net.sum([x, net.add("attention", [x], {"heads": heads}, "ma")], "add1")
    return net.sum([x, net.conv("fc2", net.conv("fc1", x, wide, plain=True), x.channels, plain=True)], "add2")


#: Modules whose channels are not scaled by the width: `(net, maps, arguments)` -> map.
OTHERS: Final[Mapping[str, Callable[..., Map]]] = {
    "Concat": _concat,
    "nn.Upsample": _upsample,
    "nn.MaxPool2d": _pool("max_pool"),
    "nn.AvgPool2d": _pool("avg_pool"),
    "nn.ZeroPad2d": _zero_pad,
    "nn.Identity": _quiet("identity"),
    "nn.BatchNorm2d": _quiet("batch_norm"),
    "nn.Dropout": _quiet("dropout"),
    "nn.ReLU": _quiet("relu"),
    "nn.SiLU": _quiet("silu"),
    "CBLinear": _linear,
    "CBFuse": _fuse,
    "HGStem": _stem,
    "HGBlock": _hg_block,
    "ResNetLayer": _resnet_layer,
    "AIFI": _encoder,
}
