"""How far layers see: over the depth of a network, and through global operations (RF204, RF501)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.figures.net import Net
from generator.figures.panel import BAR, LANE
from generator.figures.ruler import LEFT, STRIP

if TYPE_CHECKING:
    from generator.figures.panel import Panel


def draw_growth(panel: Panel, text: str, reported: bool) -> str:
    """Draw what the first feature of each layer of a chain, the one in the corner, sees of the whole input."""
    net = Net(text)
    size = net.size(0)
    seen = {node: net.seen(node, 0) for node in range(1, net.last + 1)}
    idle = [node for node in seen if node - 1 in seen and seen[node - 1].high >= size - 1]
    told = (
        f"{len(idle)} of {len(seen)} layers read maps on which even the corner feature sees the whole `{net.name(0)}`"
        if idle
        else "every layer widens what the corner feature sees"
    )
    panel.heading(reported=reported, written=f"{net.name(0)}: {size} samples", told=told)
    cell = STRIP / size
    middle = panel.y + 17
    panel.drawing.text(LEFT - 12, middle, net.name(0), "end code")
    panel.drawing.rect(LEFT, panel.y, STRIP, 24, "cell")
    panel.drawing.text(LEFT + 6, middle - 0.5, "0", "small start dim")
    panel.drawing.text(LEFT + STRIP - 6, middle - 0.5, str(size - 1), "small end dim")
    panel.space(32)
    for node, each in seen.items():
        role = "bad" if node in idle else "one"
        told_bar = f"{net.name(node)} 0: samples {each.low} to {each.high}"
        panel.label(net.name(node), f"code {role}")
        panel.drawing.rect(LEFT, panel.y, (min(each.high, size - 1) + 1) * cell, BAR, role, radius=4, title=told_bar)
        whole = "sees everything" if each.high >= size - 1 else f"sees up to {each.high}"
        panel.remark("adds no context" if node in idle else whole, "bad" if node in idle else "")
        panel.space(LANE)
    return told


def draw_reach(panel: Panel, text: str, reported: bool) -> str:
    """Draw what a feature of the last layer sees by itself, and what through the global operation before it."""
    net = Net(text, 16)
    node, gate, size = net.last, net.last - 1, net.size(0)
    field = net.part.valid_cases[0].traces[net.name(0)].fields[node]
    seen = net.seen(node, size // 2 - 1)
    reach = seen.high - seen.low + 1
    is_global = field is not None and field.is_global
    told = f"`{net.name(node)}` sees {reach} samples by itself" + (
        f", and through `{net.name(gate)}` the whole input" if is_global else " and no others"
    )
    panel.heading(reported=reported, written=net.written(gate), told=told)
    ruler = panel.ruler((0, size - 1))
    panel.cells(ruler, net.name(0), None, more=True)
    panel.label(f"{net.name(node)} {seen.feature}", "code one")
    panel.remark(f"local: {reach}")
    panel.bar(ruler, net.name(node), seen)
    panel.space(LANE)
    if is_global:
        panel.label(f"by {net.name(gate)}", "one")
        panel.remark("global: everything", "bad")
        panel.drawing.rect(ruler.x(-0.5), panel.y, size * ruler.cell, BAR, "faint", radius=4, title=f"through {net.name(gate)}: everything")
        panel.space(LANE)
    return told
