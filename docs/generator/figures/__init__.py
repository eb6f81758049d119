"""Figures of the rule pages: what the rule's own examples look like along one axis, as SVG.

Nothing is placed by hand: cells, padding, windows, centres, holes and overlaps are those that the engine computes from
the examples.  Where an example leaves the input size open, the figure picks a small one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from generator.figures.depth import draw_growth, draw_reach
from generator.figures.merges import draw_merge
from generator.figures.panel import WIDTH, Panel
from generator.figures.ruler import Frame, fitting
from generator.figures.taps import draw_holes, draw_overlap
from generator.figures.targets import draw_between, draw_everywhere, draw_parts, draw_target, draw_weight
from generator.figures.windows import draw_window
from rflint.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.figures.panel import Scene
    from rflint.model import Rule

_SCENES: Final[Mapping[str, Scene]] = {
    "RF101": partial(draw_merge, count=4, last=11),
    "RF102": draw_merge,
    "RF103": partial(draw_merge, sizes=(8, 9), count=2),
    "RF104": draw_window,
    "RF201": partial(draw_target, layers=3),
    "RF202": draw_everywhere,
    "RF203": draw_weight,
    "RF204": draw_growth,
    "RF205": draw_between,
    "RF206": draw_parts,
    "RF301": partial(draw_window, sizes=(8,)),
    "RF302": partial(draw_window, sizes=(8,)),
    "RF303": partial(draw_window, sizes=(8, 9)),
    "RF304": partial(draw_window, view="blind"),
    "RF305": draw_window,
    "RF306": partial(draw_window, sizes=(8,)),
    "RF307": draw_window,
    "RF401": partial(draw_window, sizes=(10,), view="unread"),
    "RF402": draw_holes,
    "RF403": draw_overlap,
    "RF404": partial(draw_window, view="unread"),
    "RF501": draw_reach,
}


class Figure(NamedTuple):
    """A drawing, and what it shows in words."""

    words: str
    svg: str


def figure(rule: Rule) -> Figure | None:
    """Draw the figure of a rule: its failing example above its passing one; None where there is nothing to see."""
    scene = _SCENES.get(rule.code)
    if scene is None:
        return None
    examples = ((True, rule.example.failing), (False, rule.example.passing))
    # A first draft only finds out how much room the panels need.
    stretches = []
    for reported, example in examples:
        draft = Panel(Drawing(WIDTH), 0, Frame(0, 1))
        scene(draft, example, reported)
        stretches += draft.stretches
    frame = fitting(stretches)
    drawing = Drawing(WIDTH)
    top, told, used = 10.0, [], set[str]()
    for reported, example in examples:
        panel = Panel(drawing, top, frame)
        if not reported:
            panel.rule()
        told.append(scene(panel, example, reported).replace("`", ""))
        used |= panel.used
        top = panel.y
    foot = Panel(drawing, top, frame)
    foot.legend(used)
    words = f"Reported: {told[0]}. Not reported: {told[1]}."
    return Figure(words, drawing.document(foot.y + 8, f"{rule.code} {rule.name}: {rule.summary}", words))
