"""Which samples are read, tap by tap: holes between them, and how often each is written (RF402, RF403)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.figures.net import Net
from generator.figures.panel import BAR, LANE
from generator.figures.ruler import LEFT, lanes
from rflint.algebra.support import SOURCE_SET
from rflint.questions.inside import support_sets

if TYPE_CHECKING:
    from generator.figures.panel import Panel
    from generator.figures.ruler import Ruler


def draw_holes(panel: Panel, text: str, reported: bool) -> str:
    """Draw the taps of one feature of the last layer, through the layer before it, to where the run of equal stride begins."""
    net = Net(text, 64)
    node, between, start = net.last, net.last - 1, net.last - 2
    samples = _support(net, node, start, index := 12)
    low, high = min(samples), max(samples)
    told = f"`{net.name(node)}` sees {len(samples)} of the {high - low + 1} samples of `{net.name(start)}` between its ends"
    panel.heading(reported=reported, written=f"{net.written(between)};  {net.written(node)}", told=told)
    ruler = panel.ruler((low - 2, high + 2))
    reading = {index}
    for layer in (node, between):
        bottom = panel.y + 60
        for each in sorted(reading):
            for tap in net.taps(layer, each):
                panel.drawing.line(ruler.x(each), panel.y + 24, ruler.x(tap), bottom, "one")
        _features(panel, ruler, net.name(layer), reading)
        panel.y = bottom
        reading = {tap for each in reading for tap in net.taps(layer, each)}
    holes = set(range(low, high + 1)) - samples
    if holes:
        panel.remark("crossed: holes", "bad", row=4)
    panel.cells(ruler, net.name(start), None, crossed=holes, filled=samples, more=True)
    return told


def _support(net: Net, node: int, start: int, index: int) -> set[int]:
    """The samples of the map `start` that a feature sees."""
    found = support_sets(net.part.program, net.sizing, 0, {start: SOURCE_SET}.get)[node]
    if found is None:
        raise ValueError(f"the support of {net.name(node)} is not known")
    turn, phase = divmod(index, found.period)
    seen = found.phases[phase]
    places = range(seen.width) if seen.bits is None else [place for place in range(seen.width) if seen.bits >> place & 1]
    return {seen.low + turn * found.advance + place for place in places}


def _features(panel: Panel, ruler: Ruler, name: str, indexes: set[int]) -> None:
    """Draw the features in question of a map on the way."""
    panel.drawing.text(LEFT - 12, panel.y + 17, name, "end code one")
    for index in sorted(indexes):
        panel.drawing.rect(ruler.x(index - 0.5) + 2, panel.y, ruler.cell - 4, 24, "one", radius=4, title=f"{name} {index}")
        panel.drawing.text(ruler.x(index), panel.y + 16.5, str(index), "small middle")


def draw_overlap(panel: Panel, text: str, reported: bool) -> str:
    """Draw what each input of a transposed convolution adds to, and how many inputs each output adds up."""
    net = Net(text, 16)
    node, first, last = net.last, 6, 17
    counts = {output: len(net.taps(node, output)) for output in range(first, last + 1)}
    most = max(counts.values())
    uneven = " or ".join(map(str, sorted(set(counts.values()))))
    told = f"outputs of `{net.name(node)}` sum {uneven} inputs" + (" in turn" if min(counts.values()) < most else " each")
    panel.heading(reported=reported, written=net.written(node), told=told)
    ruler = panel.ruler((first, last))
    written: dict[int, list[int]] = {}
    for output in counts:
        for tap in net.taps(node, output):
            written.setdefault(tap, []).append(output)
    panel.label("kernel at input")
    top = panel.y
    chosen = lanes([(outputs[0], outputs[-1]) for _, outputs in sorted(written.items())])
    for (tap, outputs), lane in zip(sorted(written.items()), chosen, strict=True):
        low, high = outputs[0], outputs[-1]
        panel.y = top + lane * LANE
        panel.stretch(ruler, low, high, "one", title=f"{net.name(0)} {tap}: outputs {low} to {high}")
        panel.drawing.text((ruler.x(low) + ruler.x(high)) / 2, panel.y + 13, str(tap), "small middle one")
    panel.y = top + (max(chosen) + 1) * LANE + 4
    panel.cells(ruler, net.name(node), None, more=True)
    panel.label("inputs summed")
    for output, count in counts.items():
        left, height = ruler.x(output - 0.5) + 4, BAR * count
        role = "one" if count == most else "bad"
        panel.drawing.rect(left, panel.y + BAR * most - height, ruler.cell - 8, height, role, title=f"{output}: {count}")
        panel.drawing.text(ruler.x(output), panel.y + BAR * most - 5, str(count), "small middle")
    panel.space(BAR * most + 4)
    return told
