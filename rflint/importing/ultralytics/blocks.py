"""The geometry of modules: Conv and its kin, bottlenecks, cross-stage partial blocks, pyramids of pooling, attention.

After the papers: CSP (Wang et al., CVPRW 2020), Ghost (Han et al., CVPR 2020), SPP (He et al., ECCV 2014), ELAN and GELAN
(Wang et al., YOLOv7, CVPR 2023, and YOLOv9, ECCV 2024), YOLOv10 (NeurIPS 2024), YOLOv12 (2025), RT-DETR (CVPR 2024).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import gcd
from typing import Any, Final

from rflint.importing.ultralytics.net import Map, Net, NotExpressible

#: `(net, x, channels, further arguments)` -> map.
Module = Callable[..., Map]
#: A unit of a block: name, map, channels -> map of as many channels.
_Unit = Callable[[str, Map], Map]


def _conv(net: Net, x: Map, c: int, k: Any = 1, s: int = 1, p: int | None = None, g: int = 1, d: int = 1, _act: Any = True) -> Map:
    return net.conv("", x, c, k, s, p, groups=g, dilation=d)


def _dw_conv(net: Net, x: Map, c: int, k: Any = 1, s: int = 1, d: int = 1, _act: Any = True) -> Map:
    return net.conv("", x, c, k, s, groups=gcd(x.channels, c), dilation=d)


def _conv_transpose(net: Net, x: Map, c: int, k: int = 2, s: int = 2, p: int = 0, *_: Any) -> Map:
    if not all(type(each) is int for each in (k, s, p)) or k < 1 or s < 1:
        raise NotExpressible
    fields = {"kernel": k, "stride": s, "channels": c} | ({"padding": p} if p else {})
    sizes = tuple(None if size is None else (size - 1) * s + k - 2 * p for size in x.sizes)
    return net.add("conv_transpose", [x], fields, channels=c, sizes=sizes)


def _focus(net: Net, x: Map, c: int, k: int = 1, s: int = 1, p: int | None = None, g: int = 1, *_: Any) -> Map:
    sizes = tuple(size and size // 2 for size in x.sizes)
    x = net.add("space_to_depth", [x], {"block": 2}, "slices", channels=4 * x.channels, sizes=sizes)
    return net.conv("conv", x, c, k, s, p, groups=g)


def _ghost_conv(net: Net, x: Map, c: int, k: int = 1, s: int = 1, g: int = 1, act: str | None = "silu") -> Map:
    half = c // 2
    y = net.conv("cv1", x, half, k, s, groups=g, act=act)
    return net.concat([y, net.conv("cv2", y, half, 5, groups=half, act=act)])


def _ghost_bottleneck(net: Net, x: Map, c: int, k: int = 3, s: int = 1) -> Map:
    half = c // 2
    with net.within("conv/0"):
        y = _ghost_conv(net, x, half)
    if s == 2:
        y = net.conv("conv/1", y, half, k, s, groups=half, act=None)
    with net.within("conv/2"):
        y = _ghost_conv(net, y, c, act=None)
    if s == 2:
        x = net.conv("shortcut/0", x, x.channels, k, s, groups=x.channels, act=None)
        x = net.conv("shortcut/1", x, c, act=None)
    return net.residual(x, y)


def _bottleneck(net: Net, x: Map, c: int, shortcut: bool = True, g: int = 1, k: Sequence[Any] = (3, 3), e: float = 0.5) -> Map:
    y = net.conv("cv1", x, int(c * e), k[0])
    return net.residual(x, net.conv("cv2", y, c, k[1], groups=g), wanted=shortcut)


def _units(net: Net, x: Map, n: int, unit: Callable[[Map], Map], within: str = "m") -> list[Map]:
    """Return what each of a chain of units gives."""
    made = []
    for number in range(n):
        with net.within(f"{within}/{number}"):
            x = unit(x)
        made.append(x)
    return made


def _csp3(kernels: Sequence[Any]) -> Module:
    def module(net: Net, x: Map, c: int, n: int = 1, shortcut: bool = True, g: int = 1, e: float = 0.5) -> Map:
        mid = int(c * e)
        y = net.conv("cv1", x, mid)
        y = [y, *_units(net, y, n, lambda each: _bottleneck(net, each, mid, shortcut, g, kernels, 1.0))][-1]
        return net.conv("cv3", net.concat([y, net.conv("cv2", x, mid)]), c)

    return module


_c3 = _csp3((1, 3))


def _c3k(net: Net, x: Map, c: int, n: int = 1, shortcut: bool = True, g: int = 1, e: float = 0.5, k: int = 3) -> Map:
    return _csp3((k, k))(net, x, c, n, shortcut, g, e)


def _c3_ghost(net: Net, x: Map, c: int, n: int = 1, _shortcut: bool = True, _g: int = 1, e: float = 0.5) -> Map:
    mid = int(c * e)
    y = net.conv("cv1", x, mid)
    y = [y, *_units(net, y, n, lambda each: _ghost_bottleneck(net, each, mid))][-1]
    return net.conv("cv3", net.concat([y, net.conv("cv2", x, mid)]), c)


def _bottleneck_csp(net: Net, x: Map, c: int, n: int = 1, shortcut: bool = True, g: int = 1, e: float = 0.5) -> Map:
    mid = int(c * e)
    y = net.conv("cv1", x, mid)
    y = [y, *_units(net, y, n, lambda each: _bottleneck(net, each, mid, shortcut, g, e=1.0))][-1]
    y = net.conv("cv3", y, mid, act=None)
    return net.conv("cv4", net.concat([y, net.conv("cv2", x, mid, act=None)]), c)


def _c1(net: Net, x: Map, c: int, n: int = 1) -> Map:
    y = net.conv("cv1", x, c)
    return net.sum([[y, *_units(net, y, n, lambda each: net.conv("", each, c, 3))][-1], y])


def _c2(net: Net, x: Map, c: int, n: int = 1, shortcut: bool = True, g: int = 1, e: float = 0.5) -> Map:
    a, b = net.halves(net.conv("cv1", x, 2 * int(c * e)))
    a = [a, *_units(net, a, n, lambda each: _bottleneck(net, each, each.channels, shortcut, g, e=1.0))][-1]
    return net.conv("cv2", net.concat([a, b]), c)


def _split_and_chain(net: Net, x: Map, c: int, n: int, e: float, unit: Callable[[Map], Map]) -> Map:
    """Two halves of one convolution, and what each of a chain of units gives beside them."""
    a, b = net.halves(net.conv("cv1", x, 2 * int(c * e)))
    return net.conv("cv2", net.concat([a, b, *_units(net, b, n, unit)]), c)


def _c2f(net: Net, x: Map, c: int, n: int = 1, shortcut: bool = False, g: int = 1, e: float = 0.5) -> Map:
    return _split_and_chain(net, x, c, n, e, lambda each: _bottleneck(net, each, each.channels, shortcut, g, e=1.0))


def _c3k2(
    net: Net, x: Map, c: int, n: int = 1, c3k: bool = False, e: float = 0.5, attn: bool = False, g: int = 1, shortcut: bool = True
) -> Map:
    def unit(each: Map) -> Map:
        if attn:
            with net.within("0"):
                each = _bottleneck(net, each, each.channels, shortcut, g)
            with net.within("1"):
                return _psa_block(net, each)
        return _c3k(net, each, each.channels, 2, shortcut, g) if c3k else _bottleneck(net, each, each.channels, shortcut, g)

    return _split_and_chain(net, x, c, n, e, unit)


def _rep_vgg_dw(net: Net, x: Map) -> Map:
    # In training, 7x7 and 3x3 side by side.
    return net.sum([net.conv(name, x, x.channels, k, groups=x.channels, act=None) for name, k in (("conv", 7), ("conv1", 3))])


def _cib(net: Net, x: Map, c: int, shortcut: bool = True, e: float = 0.5, lk: bool = False) -> Map:
    mid = 2 * int(c * e)
    y = net.conv("cv1/1", net.conv("cv1/0", x, x.channels, 3, groups=x.channels), mid)
    if lk:
        with net.within("cv1/2"):
            y = _rep_vgg_dw(net, y)
    else:
        y = net.conv("cv1/2", y, mid, 3, groups=mid)
    y = net.conv("cv1/4", net.conv("cv1/3", y, c), c, 3, groups=c)
    return net.residual(x, y, wanted=shortcut)


def _c2f_cib(net: Net, x: Map, c: int, n: int = 1, shortcut: bool = False, lk: bool = False, _g: int = 1, e: float = 0.5) -> Map:
    return _split_and_chain(net, x, c, n, e, lambda each: _cib(net, each, each.channels, shortcut, 1.0, lk))


def _sc_down(net: Net, x: Map, c: int, k: int, s: int) -> Map:
    return net.conv("cv2", net.conv("cv1", x, c), c, k, s, groups=c, act=None)


def _attend(net: Net, x: Map, heads: int, window: Any = None, around: int = 3) -> Map:
    """Attention beside a depthwise convolution of the values, which stands for their positions, behind both a projection."""
    values = net.conv("v", x, x.channels, act=None)
    fields: dict[str, Any] = ({"heads": heads} if heads > 1 else {}) | ({"window": window} if window is not None else {})
    seen = net.add("attention", [x], fields, "attention")
    where = net.conv("pe", values, x.channels, around, groups=x.channels, act=None)
    return net.conv("proj", net.sum([seen, where]), x.channels, act=None)


def _psa_block(net: Net, x: Map) -> Map:
    with net.within("attn"):
        y = _attend(net, x, max(x.channels // 64, 1))
    x = net.sum([x, y])
    y = net.conv("ffn/1", net.conv("ffn/0", x, 2 * x.channels), x.channels, act=None)
    return net.sum([x, y], "ffn/add")


def _psa(net: Net, x: Map, c: int, e: float = 0.5) -> Map:
    return _c2_psa(net, x, c, 1, e)


def _c2_psa(net: Net, x: Map, c: int, n: int = 1, e: float = 0.5) -> Map:
    if x.channels != c:
        raise NotExpressible
    a, b = net.halves(net.conv("cv1", x, 2 * int(c * e)))
    b = [b, *_units(net, b, n, lambda each: _psa_block(net, each))][-1]
    return net.conv("cv2", net.concat([a, b]), c)


def _c2f_psa(net: Net, x: Map, c: int, n: int = 1, e: float = 0.5) -> Map:
    return _split_and_chain(net, x, c, n, e, lambda each: _psa_block(net, each))


def _area_block(net: Net, x: Map, ratio: float, area: int) -> Map:
    """Attention within bands of rows, a part of the height each; then two pointwise convolutions."""
    window = None
    if area > 1:
        height, width = x.sizes
        if height is None or width is None or height % area:
            raise NotExpressible
        window = [height // area, width]
    with net.within("attn"):
        y = _attend(net, x, max(x.channels // 32, 1), window, 7)
    x = net.sum([x, y])
    y = net.conv("mlp/1", net.conv("mlp/0", x, int(x.channels * ratio)), x.channels, act=None)
    return net.sum([x, y], "mlp/add")


def _a2c2f(
    net: Net,
    x: Map,
    c: int,
    n: int = 1,
    a2: bool = True,
    area: int = 1,
    residual: bool = False,
    ratio: float = 2.0,
    e: float = 0.5,
    g: int = 1,
    shortcut: bool = True,
) -> Map:
    def unit(each: Map) -> Map:
        if not a2:
            return _c3k(net, each, each.channels, 2, shortcut, g)
        for place in "01":
            with net.within(place):
                each = _area_block(net, each, ratio, area)
        return each

    y = net.conv("cv1", x, int(c * e))
    made = net.conv("cv2", net.concat([y, *_units(net, y, n, unit)]), c)
    return net.residual(x, made, wanted=a2 and residual)


def _spp(net: Net, x: Map, c: int, k: Sequence[int] = (5, 9, 13)) -> Map:
    y = net.conv("cv1", x, x.channels // 2)
    return net.conv("cv2", net.concat([y, *(net.pool(f"m/{place}", y, each, 1, each // 2) for place, each in enumerate(k))]), c)


def _sppf(net: Net, x: Map, c: int, k: int = 5, n: int = 3, shortcut: bool = False) -> Map:
    y = net.conv("cv1", x, x.channels // 2)
    pooled = _units(net, y, n, lambda each: net.pool("", each, k, 1, k // 2))
    return net.residual(x, net.conv("cv2", net.concat([y, *pooled]), c), wanted=shortcut)


def _spp_elan(net: Net, x: Map, c: int, mid: int, k: int = 5) -> Map:
    y = net.conv("cv1", x, mid)
    return net.conv("cv5", net.concat([y, *_units(net, y, 3, lambda each: net.pool("", each, k, 1, k // 2))]), c)


def _rep_csp(net: Net, x: Map, c: int, n: int) -> Map:
    return _csp3((3, 3))(net, x, c, n)


def _elan1(net: Net, x: Map, c: int, wide: int, mid: int) -> Map:
    a, b = net.halves(net.conv("cv1", x, wide))
    first = net.conv("cv2", b, mid, 3)
    return net.conv("cv4", net.concat([a, b, first, net.conv("cv3", first, mid, 3)]), c)


def _rep_elan(net: Net, x: Map, c: int, wide: int, mid: int, n: int = 1) -> Map:
    made = net.halves(net.conv("cv1", x, wide))
    for name in ("cv2", "cv3"):
        with net.within(f"{name}/0"):
            y = _rep_csp(net, made[-1], mid, n)
        made.append(net.conv(f"{name}/1", y, mid, 3))
    return net.conv("cv4", net.concat(made), c)


def _a_conv(net: Net, x: Map, c: int) -> Map:
    return net.conv("cv1", net.pool("pool", x, 2, 1, op="avg_pool"), c, 3, 2)


def _a_down(net: Net, x: Map, c: int) -> Map:
    a, b = net.halves(net.pool("pool", x, 2, 1, op="avg_pool"))
    a = net.conv("cv1", a, c // 2, 3, 2)
    return net.concat([a, net.conv("cv2", net.pool("pool2", b, 3, 2, 1), c // 2)])


def _rep_conv(net: Net, x: Map, c: int, k: int = 3, s: int = 1, p: int = 1, g: int = 1, *_: Any) -> Map:
    """As deployed: its parallel 1x1 convolution and identity are part of the kernel."""
    return net.conv("", x, c, k, s, p, groups=g)


def _rep_c3(net: Net, x: Map, c: int, n: int = 3, e: float = 1.0) -> Map:
    mid = int(c * e)
    y = net.conv("cv1", x, mid)
    y = [y, *_units(net, y, n, lambda each: net.conv("", each, mid, 3))][-1]
    y = net.sum([y, net.conv("cv2", x, mid)])
    return y if mid == c else net.conv("cv3", y, c)


def _classify(net: Net, x: Map, c: int, k: int = 1, s: int = 1, *_: Any) -> Map:
    y = net.conv("conv", x, 1280, k, s)
    y = net.add("global_avg_pool", [y], {}, "pool", sizes=(1, 1))
    return net.add("dense", [y], {"channels": c}, "linear", channels=c)


#: Modules whose first argument is their channels, scaled by the width.
MODULES: Final[Mapping[str, Module]] = {
    "Conv": _conv,
    "Conv2": _rep_conv,
    "DWConv": _dw_conv,
    "nn.ConvTranspose2d": _conv_transpose,
    "ConvTranspose": _conv_transpose,
    "Focus": _focus,
    "GhostConv": _ghost_conv,
    "GhostBottleneck": _ghost_bottleneck,
    "Bottleneck": _bottleneck,
    "BottleneckCSP": _bottleneck_csp,
    "C1": _c1,
    "C2": _c2,
    "C2f": _c2f,
    "C2fCIB": _c2f_cib,
    "C2PSA": _c2_psa,
    "C2fPSA": _c2f_psa,
    "C3": _c3,
    "C3x": _csp3(([1, 3], [3, 1])),
    "C3k": _c3k,
    "C3k2": _c3k2,
    "C3Ghost": _c3_ghost,
    "A2C2f": _a2c2f,
    "PSA": _psa,
    "SCDown": _sc_down,
    "SPP": _spp,
    "SPPF": _sppf,
    "SPPELAN": _spp_elan,
    "ELAN1": _elan1,
    "RepNCSPELAN4": _rep_elan,
    "AConv": _a_conv,
    "ADown": _a_down,
    "RepConv": _rep_conv,
    "RepC3": _rep_c3,
    "Classify": _classify,
}
#: Modules among them that hold their units: the number of repeats is theirs.
REPEATING: Final = frozenset(
    ("BottleneckCSP", "C1", "C2", "C2f", "C2fCIB", "C2PSA", "C2fPSA", "C3", "C3x", "C3k", "C3k2", "C3Ghost", "A2C2f", "RepC3")
)
