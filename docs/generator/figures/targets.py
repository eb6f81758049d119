"""Targets beside what features see (RF201, RF202, RF203, RF205)."""

from __future__ import annotations

from math import ceil, exp, sqrt
from typing import TYPE_CHECKING

from generator.figures.net import Net
from generator.figures.panel import BAR, LANE
from generator.figures.ruler import LEFT
from rflint.questions.inside import spreads
from rflint.questions.targets import judge_targets
from rflint.words import samples, show

if TYPE_CHECKING:
    from generator.figures.net import Seen
    from generator.figures.panel import Panel
    from generator.figures.ruler import Ruler

#: A sample that some feature is centred on: the target between centres begins behind it.
AFTER = 16
#: Points of a curve.
_POINTS = 120


def draw_target(panel: Panel, text: str, reported: bool, *, layers: int) -> str:
    """Draw the receptive field as it grows over the last layers, and the target where it is seen best."""
    net = Net(text)
    target = net.graph.targets[0]
    node, size = target.node, target.size[0]
    chain = range(node - layers + 1, node + 1)
    windows = [net.seen(each, ceil(size / 2)) for each in chain]
    widest = windows[-1]
    reach = _width(widest)
    told = f"`{net.name(node)}` sees {samples(reach)}, `{target.name}` spans {size}"
    panel.heading(reported=reported, written=net.written(node), told=told)
    low = widest.low + (reach - size) // 2
    ruler = panel.ruler((min(low, widest.low), max(low + size - 1, widest.high) + 1))
    panel.cells(ruler, net.name(0), None, more=True)
    for each, seen in zip(chain, windows, strict=True):
        panel.label(net.name(each), "code one")
        panel.remark(f"sees {_width(seen)}")
        panel.bar(ruler, net.name(each), seen)
        panel.space(LANE)
    panel.space(4)
    _object(panel, ruler, target.name, (low, low + size - 1), widest)
    return told


def draw_parts(panel: Panel, text: str, reported: bool) -> str:
    """Draw what features of each map see that the layer of the target puts together, and the target."""
    net = Net(text)
    target = net.graph.targets[0]
    node, size = target.node, target.size[0]
    parts = [(each, net.seen(each, size)) for each in net.sources(node)]
    reach = " and ".join(f"{samples(_width(seen))} through `{net.name(each)}`" for each, seen in parts)
    told = f"`{net.name(node)}` sees {reach}, `{target.name}` spans {size}"
    panel.heading(reported=reported, written=net.written(node), told=told)
    low = size - (size - 1) // 2
    ruler = panel.ruler((min(low, *(seen.low for _, seen in parts)), max(low + size, *(seen.high + 1 for _, seen in parts))))
    panel.cells(ruler, net.name(0), None, more=True)
    for each, seen in parts:
        panel.label(net.name(each), "code one")
        panel.remark(f"sees {_width(seen)}")
        panel.bar(ruler, net.name(each), seen)
        panel.space(LANE)
    panel.space(4)
    _object(panel, ruler, target.name, (low, low + size - 1), None if reported else parts[-1][1])
    return told


def draw_everywhere(panel: Panel, text: str, reported: bool) -> str:
    """Draw a target at the place that suits the features best, and at the one that suits them worst."""
    net = Net(text)
    (verdict,) = judge_targets(net.analysis)
    target, seen_whole = verdict.target, verdict.axes[0].guaranteed
    node, size = target.node, target.size[0]
    features = [net.seen(node, index) for index in (2, 3)]
    told = (
        f"`{net.name(node)}` sees {samples(_width(features[0]))} every {show(features[1].center - features[0].center)}, "
        f"so {seen_whole} are seen whole wherever they are; `{target.name}` spans {size}"
    )
    panel.heading(reported=reported, written=net.written(node), told=told)
    # The worst place: the next window has just not begun.
    places = [(low, low + size - 1) for low in (features[0].low, features[1].low - 1)]
    ruler = panel.ruler((features[0].low, max(features[1].high, places[1][1])))
    panel.cells(ruler, net.name(0), None, more=True)
    for seen in features:
        panel.label(f"{net.name(node)} {seen.feature}", "code one")
        panel.bar(ruler, net.name(node), seen)
        panel.space(LANE)
    panel.space(4)
    for low, high in places:
        best = max(features, key=lambda seen: min(seen.high, high) - max(seen.low, low))
        _object(panel, ruler, target.name, (low, high), best)
    return told


def draw_between(panel: Panel, text: str, reported: bool) -> str:
    """Draw a target where it begins just after a centre."""
    net = Net(text)
    target = net.graph.targets[0]
    node, size = target.node, target.size[0]
    stride = net.seen(node, 1).center - net.seen(node, 0).center
    before = int(AFTER / stride)
    features = [net.seen(node, index) for index in range(before - 1, before + 3)]
    told = f"the centres of `{net.name(node)}` stand {samples(stride)} apart, `{target.name}` spans {size}"
    panel.heading(reported=reported, written=net.written(node), told=told)
    low = AFTER + 1
    high = low + size - 1
    ruler = panel.ruler((features[0].low, features[-1].high))
    panel.cells(ruler, net.name(0), None, more=True)
    top = panel.y
    panel.windows(ruler, net.name(node), features)
    for seen in features:
        panel.drawing.line(ruler.x(seen.center), top, ruler.x(seen.center), panel.y + BAR, "one dashed")
    hit = [seen.feature for seen in features if low <= seen.center <= high]
    panel.remark(f"on the centre of {hit[0]}" if hit else "between centres", "good" if hit else "bad")
    _object(panel, ruler, target.name, (low, high), None)
    return told


def draw_weight(panel: Panel, text: str, reported: bool) -> str:
    """Draw how path weight spreads over the receptive field (a bell of the exact mean and variance), and the target."""
    net = Net(text)
    target = net.graph.targets[0]
    node, size, index = target.node, target.size[0], 30
    spread = spreads(net.part.program, net.sizing, 0)[node]
    moments = None if spread is None else spread.phases[0]
    if spread is None or moments is None:
        raise ValueError(f"the weight of {net.name(node)} is not known")
    seen = net.seen(node, index)
    mean, variance = moments[0] + index * spread.advance, moments[1]
    wide = 4 * sqrt(variance)
    told = f"a feature reaches {samples(_width(seen))}, most of its weight falls on {wide:.0f}; `{target.name}` spans {size}"
    panel.heading(reported=reported, written=f"{node} layers like {net.written(node)}", told=told)
    ruler = panel.ruler((seen.low, seen.high))
    _bell(panel, ruler, seen, mean, variance)
    panel.cells(ruler, net.name(0), None)
    panel.label(net.name(node), "code one")
    panel.remark(f"reaches {_width(seen)}")
    panel.bar(ruler, net.name(node), seen)
    panel.space(LANE)
    panel.label("most weight", "one")
    panel.remark(f"4 sigma: {wide:.0f}")
    panel.drawing.rect(ruler.x(mean - wide / 2), panel.y, wide * ruler.cell, BAR, "one", radius=4, title=f"4 sigma: {wide:.1f} samples")
    panel.space(LANE + 4)
    low = seen.low + (_width(seen) - size) // 2
    panel.remark(f"spans {size}", "bad" if size > wide else "good")
    _object(panel, ruler, target.name, (low, low + size - 1), None)
    return told


def _bell(panel: Panel, ruler: Ruler, seen: Seen, mean: float, variance: float) -> None:
    height = 70.0
    base = panel.y + height
    step = _width(seen) / _POINTS
    coordinates = [seen.low - 0.5 + step * point for point in range(_POINTS + 1)]
    curve = [(ruler.x(at), base - height * exp(-((at - mean) ** 2) / (2 * variance))) for at in coordinates]
    panel.drawing.area([(curve[0][0], base), *curve, (curve[-1][0], base)], "one", title=f"path weight, variance {variance:.1f}")
    panel.drawing.text(LEFT - 12, base - 4, "path weight", "end one")
    panel.y = base + 4


def _width(seen: Seen) -> int:
    return seen.high - seen.low + 1


def _object(panel: Panel, ruler: Ruler, name: str, place: tuple[int, int], seen: Seen | None) -> None:
    """Draw a target; with a feature that looks at it, mark what that one does not see."""
    low, high = place
    left, right = (low, high) if seen is None else (max(low, seen.low), min(high, seen.high))
    panel.label(name, "code two")
    panel.stretch(ruler, left, right, "two", title=f"{name}: samples {low} to {high}")
    for start, end in ((low, left - 1), (right + 1, high)):
        if end >= start:
            panel.stretch(ruler, start, end, "bad", title=f"{name}: samples {start} to {end} are not seen")
    missing = high - low - (right - left)
    if seen is not None:
        panel.remark(f"{samples(missing)} unseen" if missing else "seen whole", "bad" if missing else "good")
    panel.space(LANE + 2)
