"""darknet `.cfg` files: https://github.com/AlexeyAB/darknet/wiki/CFG-Parameters-in-the-different-layers.

A layer is called by its number, as `route` and `shortcut` call it.  Where the implementations differ (`reorg`, a shortcut
between maps of different size) it is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final, NamedTuple

from rflint.importing.draft import Draft, DraftInput, ImportFailure, Item, Wishes
from rflint.importing.fields import brief

#: Bytes of a file; those of the published networks have a hundredth of this.
_LARGEST: Final = 2_000_000
_MOST_LAYERS: Final = 10_000
_LARGEST_NUMBER: Final = 2**31 - 1
_SECTION: Final = re.compile(r"\[([A-Za-z0-9_]+)\]")
#: What a network ends in: boxes and classes of one scale.
_ENDS: Final = frozenset(("yolo", "gaussian_yolo", "region", "detection"))
#: Layers that move nothing, and the ops that they are.
_QUIET: Final = {
    "dropout": "dropout",
    "softmax": "softmax",
    "soft": "softmax",
    "batchnorm": "batch_norm",
    "activation": "identity",
    "active": "identity",
    "logistic": "sigmoid",
    "l2norm": "layer_norm",
    "normalization": "lrn",
    "lrn": "lrn",
    "cost": "identity",
    "silence": "identity",
    "empty": "identity",
    "contrastive": "identity",
    **dict.fromkeys(_ENDS, "identity"),
}
#: Activations, and the ops that they are; others are told by no op, and move nothing either.
_ACTIVATIONS: Final = {
    "relu": "relu",
    "relu6": "relu6",
    "leaky": "leaky_relu",
    "mish": "mish",
    "swish": "silu",
    "hard_mish": "mish",
    "logistic": "sigmoid",
    "tanh": "tanh",
    "elu": "elu",
    "selu": "selu",
    "gelu": "gelu",
    "hardtan": "hard_tanh",
}


class _Map(NamedTuple):
    key: str
    #: Height and width; None where unknown.
    sizes: tuple[int | None, ...]
    channels: int | None


class _Section(NamedTuple):
    kind: str
    options: Mapping[str, str]

    def number(self, name: str, default: int = 0, least: int = 0) -> int:
        """Return a whole number; raises ImportFailure where it is none."""
        text = self.options.get(name)
        if text is None:
            return default
        try:
            value = int(float(text))
        except (ValueError, OverflowError):
            raise ImportFailure(f"has `{name}={text[:40]}` in [{self.kind}], which is no number") from None
        if not least <= value <= _LARGEST_NUMBER:
            raise ImportFailure(f"has `{name}={text[:40]}` in [{self.kind}], which is out of range")
        return value

    def numbers(self, name: str) -> list[int]:
        """Return whole numbers between commas."""
        parts = [part for part in self.options.get(name, "").split(",") if part]
        if not all(re.fullmatch(r"-?[0-9]{1,9}", part) for part in parts):
            raise ImportFailure(f"has `{name}={self.options[name][:40]}` in [{self.kind}], which are no numbers")
        return [int(part) for part in parts]


def read(stream: BinaryIO, name: str, wishes: Wishes) -> Draft:
    """Read a model from an open file; raises ImportFailure."""
    data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ImportFailure(f"has more than {_LARGEST:,} bytes: no network is described in so many")
    net, *sections = _sections(data.decode("utf-8", "replace"))
    if not sections:
        raise ImportFailure("has no layers")
    if len(sections) > _MOST_LAYERS:
        raise ImportFailure(f"has more than {_MOST_LAYERS:,} layers")
    return _Reader(net, wishes).read(sections, name)


def _sections(text: str) -> list[_Section]:
    found: list[_Section] = []
    options: dict[str, str] = {}
    for line in text.splitlines():
        # Blanks mean nothing anywhere, comments begin with either sign.
        bare = re.split(r"[#;]", re.sub(r"\s", "", line), maxsplit=1)[0]
        bare = "".join(letter if letter.isprintable() else "?" for letter in bare)
        if head := _SECTION.fullmatch(bare):
            options = {}
            found.append(_Section(head[1].lower(), options))
        elif bare:
            name, equals, value = bare.partition("=")
            if not equals or not found:
                raise ImportFailure(f"has a line that is neither a section nor an option: `{bare[:60]}`")
            options[name] = value
    if not found or found[0].kind not in {"net", "network"}:
        raise ImportFailure("does not begin with [net]")
    return found


class _Reader:
    def __init__(self, net: _Section, wishes: Wishes) -> None:
        asked = wishes.size_of("image", 2)
        own = [net.number(each) or None for each in ("height", "width")]
        sizes = tuple(size if wish is None else wish for size, wish in zip(own, asked or (None, None), strict=True))
        self._input = DraftInput("image", sizes, net.number("channels") or wishes.channels or 3)
        self._items: list[Item] = []
        self._maps: list[_Map] = []
        self._section = net

    def read(self, sections: list[_Section], name: str) -> Draft:
        """Read all layers."""
        before = _Map("image", self._input.size, self._input.channels)
        ends = []
        for section in sections:
            self._section = section
            before = self._layer(section, before)
            self._maps.append(before)
            if section.kind in _ENDS:
                ends.append(before.key)
        outputs = tuple((key, "") for key in ends or [before.key])
        return Draft(name, ("y", "x"), (self._input,), tuple(self._items), outputs, len(sections))

    def _layer(self, section: _Section, before: _Map) -> _Map:
        if (op := _QUIET.get(section.kind)) is not None:
            return self._add(op, [before], {})
        handler = _LAYERS.get(section.kind)
        return self._unknown([before]) if handler is None else handler(self, section, before)

    def _add(self, op: str, sources: list[_Map], fields: Mapping[str, Any], label: str = "", **changes: Any) -> _Map:
        number = len(self._maps)
        key = f"{number}_{label}" if label else str(number)
        item = Item(key, op, tuple(each.key for each in sources), fields, (), key, f"[{self._section.kind}] {number}")
        self._items.append(item)
        return sources[0]._replace(key=key, **changes)

    def _unknown(self, sources: list[_Map], channels: int | None = None) -> _Map:
        fields = {"original": self._section.kind, **({"channels": channels} if channels else {})}
        return self._add("unknown", sources, fields, sizes=(None, None), channels=channels)

    def at(self, number: int) -> _Map:
        """Return the map of a layer that another names: by its number, or by how many layers before it stands."""
        here = len(self._maps)
        place = here + number if number < 0 else number
        if not 0 <= place < here:
            raise ImportFailure(f"has a [{self._section.kind}], layer {here}, that reads layer {number}, which is not before it")
        return self._maps[place]

    # What layers do

    def _activated(self, made: _Map) -> _Map:
        op = _ACTIVATIONS.get(self._section.options.get("activation", "linear"))
        return made if op is None else self._add(op, [made], {}, op)

    def convolutional(self, section: _Section, before: _Map) -> _Map:
        """A convolution; `pad=1` asks for half of the kernel, times the dilation."""
        kernel, strides = section.number("size", 1, 1), self._strides(section, 1)
        dilation = section.number("dilation", 1, 1) if kernel > 1 else 1
        padding = dilation * (kernel // 2 if section.number("pad") else section.number("padding"))
        channels, groups = section.number("filters", 1, 1), section.number("groups", 1, 1)
        fields: dict[str, Any] = {"kernel": kernel} | _unless(1, stride=brief(strides), dilation=dilation) | _unless(0, padding=padding)
        op = "depthwise_conv" if groups > 1 and groups == before.channels else "conv"
        if op == "conv" or channels != before.channels:
            fields["channels"] = channels
        if op == "conv" and groups > 1:
            fields["groups"] = groups
        if section.number("batch_normalize"):
            fields["bias"] = False
        sizes = _windows(before.sizes, dilation * (kernel - 1) + 1, strides, 2 * padding)
        made = self._add(op, [before], fields, sizes=sizes, channels=channels)
        return self._activated(made if fields.get("bias", True) else self._add("batch_norm", [made], {}, "batch_norm"))

    def deconvolutional(self, section: _Section, before: _Map) -> _Map:
        """A transposed convolution."""
        kernel, stride, channels = section.number("size", 1, 1), section.number("stride", 1, 1), section.number("filters", 1, 1)
        padding = kernel // 2 if section.number("pad") else section.number("padding")
        fields = {"kernel": kernel} | _unless(1, stride=stride) | _unless(0, padding=padding) | {"channels": channels}
        sizes = tuple(None if size is None else (size - 1) * stride + kernel - 2 * padding for size in before.sizes)
        return self._activated(self._add("conv_transpose", [before], fields, sizes=sizes, channels=channels))

    def local(self, section: _Section, before: _Map) -> _Map:
        """A convolution with weights of its own at each position."""
        kernel, stride, channels = section.number("size", 1, 1), section.number("stride", 1, 1), section.number("filters", 1, 1)
        padding = kernel // 2 if section.number("pad") else 0
        fields = {"kernel": kernel} | _unless(1, stride=stride) | _unless(0, padding=padding) | {"channels": channels}
        sizes = _windows(before.sizes, kernel, [stride, stride], 2 * padding)
        return self._activated(self._add("window", [before], fields, sizes=sizes, channels=channels))

    def pool(self, section: _Section, before: _Map) -> _Map:
        """Pooling; unless said otherwise it is padded by all but one sample of the kernel, the smaller half of it low."""
        if section.number("maxpool_depth"):
            channels = section.number("out_channels", 1, 1)
            return self._add("select_channels", [before], {"channels": channels}, channels=channels)
        strides = self._strides(section, 1)
        kernel = section.number("size", section.number("stride", 1, 1), 1)
        total = section.number("padding", kernel - 1)
        low, high = total // 2, total - total // 2
        fields = {"kernel": kernel, "stride": brief(strides)}
        if total:
            fields["padding"] = low if low == high else [[low, high]] * 2
        op = "max_pool" if section.kind.startswith("max") else "avg_pool"
        return self._add(op, [before], fields, sizes=_windows(before.sizes, kernel, strides, total))

    def avgpool(self, _: _Section, before: _Map) -> _Map:
        """The mean of the whole map."""
        return self._add("global_avg_pool", [before], {}, sizes=(1, 1))

    def connected(self, section: _Section, before: _Map) -> _Map:
        """A layer over the whole map."""
        channels = section.number("output", 1, 1)
        fields = {"channels": channels, **({"bias": False} if section.number("batch_normalize") else {})}
        return self._activated(self._add("dense", [before], fields, sizes=(1, 1), channels=channels))

    def route(self, section: _Section, _: _Map) -> _Map:
        """Earlier maps, or one of several equal groups of their channels, side by side."""
        groups = section.number("groups", 1, 1)
        maps = [self.at(number) for number in section.numbers("layers")]
        if not maps:
            raise ImportFailure(f"has a [route], layer {len(self._maps)}, that reads nothing")
        if groups > 1:
            parts = []
            for number, each in enumerate(maps):
                if each.channels is None or each.channels % groups:
                    return self._unknown(maps)
                own = each.channels // groups
                label = f"group{number}" if len(maps) > 1 else ""
                parts.append(self._add("select_channels", [each], {"channels": own}, label, channels=own))
            maps = parts
        if len(maps) == 1:
            return maps[0] if groups > 1 else self._add("identity", maps, {})
        channels = [each.channels for each in maps]
        return self._add("concat", maps, {}, channels=None if None in channels else sum(each or 0 for each in channels))

    def shortcut(self, section: _Section, before: _Map) -> _Map:
        """The sum with earlier maps; implementations differ where these have another shape."""
        maps = [before, *(self.at(number) for number in section.numbers("from"))]
        if len(maps) < 2:
            raise ImportFailure(f"has a [shortcut], layer {len(self._maps)}, that reads nothing")
        if len({(each.sizes, each.channels) for each in maps}) > 1:
            return self._unknown(maps)
        return self._activated(self._add("add", maps, {}))

    def product(self, section: _Section, before: _Map) -> _Map:
        """The product with an earlier map: of all its positions, or of one for all."""
        numbers = section.numbers("from")
        if len(numbers) != 1:
            raise ImportFailure(f"has a [{section.kind}], layer {len(self._maps)}, that does not read one layer")
        other = self.at(numbers[0])
        spread = {"broadcast": True} if before.sizes != other.sizes else {}
        return self._activated(self._add("mul", [other, before], spread))

    def upsample(self, section: _Section, before: _Map) -> _Map:
        """Each sample again and again."""
        stride = section.number("stride", 2, -_LARGEST_NUMBER)
        if stride < 1:
            return self._unknown([before], before.channels)
        return self._add("resize", [before], {"scale": stride}, sizes=tuple(size and size * stride for size in before.sizes))

    def reorg(self, section: _Section, before: _Map) -> _Map:
        """`reorg3d` is space to depth; `reorg` mixes positions, and not in the same way everywhere."""
        stride = section.number("stride", 1, 1)
        channels = before.channels and before.channels * stride**2
        if section.kind != "reorg3d" or section.number("reverse"):
            return self._unknown([before], channels)
        sizes = tuple(size and size // stride for size in before.sizes)
        return self._add("space_to_depth", [before], {"block": stride}, sizes=sizes, channels=channels)

    def crop(self, section: _Section, before: _Map) -> _Map:
        """At test time the middle is kept."""
        wanted = [section.number("crop_height", 1, 1), section.number("crop_width", 1, 1)]
        cut = [None if size is None else size - own for size, own in zip(before.sizes, wanted, strict=True)]
        if any(each is None or each < 0 for each in cut):
            return self._unknown([before], before.channels)
        pairs = [[(each or 0) // 2, (each or 0) - (each or 0) // 2] for each in cut]
        return self._add("crop", [before], {"crop": pairs}, sizes=tuple(wanted))

    @staticmethod
    def _strides(section: _Section, default: int) -> list[int]:
        stride = section.number("stride", default, 1)
        return [section.number("stride_y", stride, 1), section.number("stride_x", stride, 1)]


def _windows(sizes: tuple[int | None, ...], reach: int, strides: list[int], padding: int) -> tuple[int | None, ...]:
    return tuple(None if size is None else (size + padding - reach) // stride + 1 for size, stride in zip(sizes, strides, strict=True))


def _unless(default: int, **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value != default}


_LAYERS: Final[Mapping[str, Callable[[_Reader, _Section, _Map], _Map]]] = {
    "convolutional": _Reader.convolutional,
    "conv": _Reader.convolutional,
    "deconvolutional": _Reader.deconvolutional,
    "deconv": _Reader.deconvolutional,
    "local": _Reader.local,
    "maxpool": _Reader.pool,
    "max": _Reader.pool,
    "local_avgpool": _Reader.pool,
    "avgpool": _Reader.avgpool,
    "avg": _Reader.avgpool,
    "connected": _Reader.connected,
    "conn": _Reader.connected,
    "route": _Reader.route,
    "shortcut": _Reader.shortcut,
    "scale_channels": _Reader.product,
    "sam": _Reader.product,
    "upsample": _Reader.upsample,
    "reorg": _Reader.reorg,
    "reorg3d": _Reader.reorg,
    "crop": _Reader.crop,
}
