"""Both paths of a merge, feature by feature (RF101, RF102, RF103)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.figures.net import Net
from generator.figures.panel import BAR, LANE
from rflint.words import samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.figures.net import Seen
    from generator.figures.panel import Panel
    from generator.figures.ruler import Ruler


def draw_merge(panel: Panel, text: str, reported: bool, *, count: int = 3, last: int = 9, sizes: Sequence[int] = ()) -> str:
    """Draw the first `count` features of the two paths that meet at the output, over the input up to sample `last`.

    `sizes`: the input sizes to compare; the whole input is then shown.
    """
    nets = [Net(text, size) for size in sizes] or [Net(text)]
    first = nets[0]
    told = _words(nets)
    panel.heading(reported=reported, written=";  ".join(map(first.written, _moving(first))), told=told)
    for net in nets:
        size = net.part.size(0)
        features = [[net.seen(branch, index) for branch in net.sources(net.last)] for index in range(count)]
        lowest = min(seen.low for pair in features for seen in pair)
        end = last if not sizes or size is None else size
        if sizes:
            panel.remark(f"{size} samples", "strong", row=4)
        ruler = panel.ruler((lowest, end))
        panel.cells(ruler, net.name(0), size, more=not sizes)
        for pair in features:
            _pair(panel, ruler, net, pair)
        panel.space(0 if net is nets[-1] else 10)
    return told


def _moving(net: Net) -> list[int]:
    """Branches that are more than the layer where the paths part."""
    branches = net.sources(net.last)
    return [branch for branch in branches if all(branch not in net.sources(other) for other in branches)]


def _pair(panel: Panel, ruler: Ruler, net: Net, pair: list[Seen]) -> None:
    """Draw one feature of both paths, and the way from one centre to the other."""
    gap = max(seen.center for seen in pair) - min(seen.center for seen in pair)
    role = "bad" if gap else "good"
    panel.remark(f"{samples(gap)} apart" if gap else "one centre", role, row=LANE / 2)
    top = panel.y
    for branch, seen, side in zip(net.sources(net.last), pair, ("one", "two"), strict=True):
        panel.label(f"{net.name(branch)} {seen.feature}", f"code {side}")
        panel.bar(ruler, net.name(branch), seen, side)
        panel.space(LANE)
    upper, lower = (ruler.x(seen.center) for seen in pair)
    between = top + (LANE + BAR) / 2
    way = [(upper, top + BAR / 2), (upper, between), (lower, between), (lower, top + LANE + BAR / 2)]
    panel.drawing.polyline(way, f"{role} thick")
    panel.space(8)


def _words(nets: Sequence[Net]) -> str:
    net = nets[0]
    one, other = net.sources(net.last)
    gaps = [tuple(each.seen(other, index).center - each.seen(one, index).center for index in (0, 1)) for each in nets]
    names = f"`{net.name(one)}` and `{net.name(other)}`"
    if len(set(gaps)) > 1:
        return f"whether {names} look at one place depends on the size of the input"
    first, second = gaps[0]
    if first != second:
        return f"{names} look {samples(abs(second - first))} further apart with every feature"
    if first:
        return f"`{net.name(other)}` looks {samples(abs(first))} {'after' if first > 0 else 'before'} `{net.name(one)}` at every position"
    return f"{names} look at one place" + (" at every size" if len(nets) > 1 else "")
