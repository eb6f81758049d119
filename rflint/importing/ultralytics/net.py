"""A network in the making: layers are added to the module that is being built, and give the maps that others read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from rflint.importing.draft import ImportFailure, Item

_MOST_LAYERS: Final = 50_000
_LARGEST: Final = 2**31 - 1


class NotExpressible(Exception):  # noqa: N818 - it ends one module, not the import
    """There is no module of this name in the tables, or not with these arguments."""


class Map(NamedTuple):
    """What a layer gives."""

    key: str
    channels: int
    #: Height and width; None where unknown.
    sizes: tuple[int | None, ...]
    #: Parts of the channels, of a module that gives a list of maps.
    parts: tuple[Map, ...] = ()


class Net:
    """The items so far, and the module that the next ones stand in."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._path: tuple[str, ...] = ()
        self.origin = ""

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        """Go into a module, by its path."""
        before = self._path
        self._path = (*before, *name.split("/"))
        try:
            yield
        finally:
            self._path = before

    def add(self, op: str, sources: Sequence[Map], fields: Mapping[str, Any], name: str = "", **changes: Any) -> Map:
        """Add a layer; its map is the first source but for the changes."""
        if len(self.items) >= _MOST_LAYERS:
            raise ImportFailure(f"has more than {_MOST_LAYERS:,} layers")
        key = f"#{len(self.items)}"
        path = (*self._path, *name.split("/")) if name else self._path
        made = sources[0]._replace(key=key, parts=(), **changes)
        if not 0 < made.channels <= _LARGEST:
            raise NotExpressible
        self.items.append(Item(key, op, tuple(each.key for each in sources), fields, path, op, self.origin))
        return made

    # What modules are made of

    def conv(
        self,
        name: str,
        x: Map,
        channels: int,
        kernel: Any = 1,
        stride: int = 1,
        padding: int | None = None,
        *,
        groups: int = 1,
        dilation: int = 1,
        plain: bool = False,
        bias: bool | None = None,
        act: str | None = "silu",
    ) -> Map:
        """Convolution, norm and activation (the last two not if `plain`), padded so that stride 1 keeps the size."""
        _check(channels, stride, dilation, groups, *(kernel if isinstance(kernel, list) else [kernel]))
        kernels = kernel if isinstance(kernel, list) else [kernel, kernel]
        paddings = [(dilation * (each - 1) + 1) // 2 if padding is None else padding for each in kernels]
        fields: dict[str, Any] = {"kernel": kernels[0] if kernels[0] == kernels[1] else kernels}
        fields |= {key: value for key, value in (("stride", stride), ("dilation", dilation)) if value != 1}
        if any(paddings):
            fields["padding"] = paddings[0] if paddings[0] == paddings[1] else paddings
        depthwise = groups > 1 and groups == x.channels
        if not depthwise or channels != x.channels:
            fields["channels"] = channels
        if groups > 1 and not depthwise:
            fields["groups"] = groups
        if not (plain if bias is None else bias):
            fields["bias"] = False
        sizes = tuple(
            None if size is None else (size + 2 * low - dilation * (each - 1) - 1) // stride + 1
            for size, each, low in zip(x.sizes, kernels, paddings, strict=True)
        )
        op = "depthwise_conv" if depthwise else "conv"
        made = self.add(op, [x], fields, name, channels=channels, sizes=sizes)
        if plain:
            return made
        made = self.add("batch_norm", [made], {}, name)
        return made if act is None else self.add(act, [made], {}, name)

    def pool(self, name: str, x: Map, kernel: int, stride: int, padding: int = 0, *, op: str = "max_pool", ceil: bool = False) -> Map:
        """Pooling."""
        _check(kernel, stride)
        fields: dict[str, Any] = {"kernel": kernel, "stride": stride} | ({"padding": padding} if padding else {})
        if ceil:
            fields["ceil_mode"] = True
        reach = [None if size is None else size + 2 * padding - kernel for size in x.sizes]
        up = stride - 1 if ceil else 0
        return self.add(op, [x], fields, name, sizes=tuple(None if each is None else (each + up) // stride + 1 for each in reach))

    def concat(self, maps: Sequence[Map], name: str = "") -> Map:
        """Maps side by side."""
        if len(maps) == 1:
            return maps[0]
        return self.add("concat", maps, {}, name, channels=sum(each.channels for each in maps))

    def sum(self, maps: Sequence[Map], name: str = "") -> Map:
        """Sum of maps."""
        return self.add("add", maps, {}, name)

    def halves(self, x: Map, *channels: int) -> list[Map]:
        """The channels in parts: two equal ones unless said otherwise."""
        parts = channels or (x.channels // 2, x.channels // 2)
        return [self.add("select_channels", [x], {"channels": each}, f"part{place}", channels=each) for place, each in enumerate(parts)]

    def residual(self, x: Map, y: Map, *, wanted: bool = True) -> Map:
        """The sum with what a module read, where it has as many channels."""
        return self.sum([x, y]) if wanted and x.channels == y.channels else y


def _check(*values: int) -> None:
    if not all(type(each) is int and 0 < each < _LARGEST for each in values):
        raise NotExpressible
