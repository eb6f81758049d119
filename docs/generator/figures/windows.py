"""One window over the map that it reads: padding, middles, what is left out (RF104, RF301 to RF305, RF401, RF404)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from generator.figures.net import Net
from generator.figures.ruler import around
from rflint.words import samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.figures.net import Seen
    from generator.figures.panel import Panel

#: What a figure is about: where the middle of the map lies, windows that see padding only, or samples that nobody reads.
View = Literal["middles", "blind", "unread"]


def draw_window(panel: Panel, text: str, reported: bool, *, sizes: Sequence[int] = (), view: View = "middles") -> str:
    """Draw all windows of the output layer (of a large map those at its ends), at its own size or at others."""
    maps = [_Map(Net(text, size)) for size in sizes] or [_Map(Net(text))]
    told = _WORDS[view](maps)
    panel.heading(reported=reported, written=maps[0].net.written(maps[0].net.last), told=told)
    for each in maps:
        if len(maps) > 1:
            panel.remark(f"{each.size} samples", "strong", row=4)
        each.draw(panel, view)
        panel.space(0 if each is maps[-1] else 10)
    return told


class _Map:
    """The output layer of a net, and the map that it reads."""

    def __init__(self, net: Net) -> None:
        self.net = net
        (self.source,) = net.sources(net.last)
        self.size = net.size(self.source)
        self.low, self.high = net.padding(net.last)
        self.windows = [net.seen(net.last, index, self.source) for index in range(net.size(net.last))]
        read = {tap for seen in self.windows for tap in net.taps(net.last, seen.feature)}
        self.unread = set(range(self.size)) - read
        self.unused = {*range(-self.low, 0), *range(self.size, self.size + self.high)} - read
        self.blind = [seen.feature for seen in self.windows if seen.high < 0 or seen.low >= self.size]

    @property
    def middle(self) -> Fraction:
        """Middle of the input."""
        return Fraction(self.size - 1, 2)

    @property
    def own_middle(self) -> Fraction:
        """Middle of the layer's map, in samples of its input."""
        return (self.windows[0].center + self.windows[-1].center) / 2

    def draw(self, panel: Panel, view: View) -> None:
        names = self.net.name(self.source), self.net.name(self.net.last)
        ruler = panel.ruler(*around(self.low, self.high, self.size, middle=view == "middles"))
        top = panel.y + 26
        crossed = self.unread if view == "unread" else self.unused
        if crossed:
            panel.remark("crossed: never read", "bad", row=4)
        panel.cells(ruler, names[0], self.size, crossed=crossed)
        if view == "blind" and self.blind:
            panel.remark("see padding only", "bad")
        shown: list[Seen] = [seen for seen in self.windows if ruler.shows(seen.low, seen.high)]
        panel.windows(ruler, names[1], shown, bad=self.blind if view == "blind" else ())
        if view == "middles":
            panel.middles(ruler, top, (names[0], self.middle), (names[1], self.own_middle))


def _middles_words(maps: Sequence[_Map]) -> str:
    first = maps[0]
    if len({(each.low, each.high) for each in maps}) > 1:
        listed = ", ".join(f"at {each.size} samples {each.low} before and {each.high} after" for each in maps)
        return f"the padding depends on the size: {listed}"
    if len(maps) > 1:
        return f"the padding is {first.low} before and {first.high} after at every size that the input can have"
    off = first.own_middle - first.middle
    unused = f" ({len(first.unused)} unused)" if first.unused else ""
    padded = f"padded {first.low} before and {first.high} after{unused}"
    if not off:
        return f"{padded}: the two middles meet"
    name, source = first.net.name(first.net.last), first.net.name(first.source)
    return f"{padded}: the middle of `{name}` lies {samples(abs(off))} {'after' if off > 0 else 'before'} that of `{source}`"


def _blind_words(maps: Sequence[_Map]) -> str:
    (only,) = maps
    count = len(only.windows)
    if only.blind:
        return f"{len(only.blind)} of {count} windows see nothing but padding"
    return f"each of the {count} windows sees real samples"


def _unread_words(maps: Sequence[_Map]) -> str:
    (only,) = maps
    reader, source = only.net.name(only.net.last), only.net.name(only.source)
    if only.unread:
        return f"`{reader}` never reads {len(only.unread)} of the {only.size} samples of `{source}`"
    return f"`{reader}` reads every sample of `{source}`"


_WORDS = {"middles": _middles_words, "blind": _blind_words, "unread": _unread_words}
