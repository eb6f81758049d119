"""One half of a figure: rows of cells, windows and centres along one axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from generator.figures.ruler import LEFT, STRIP, Frame, Ruler, Stretch, lanes
from rflint.words import samples, show

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from fractions import Fraction

    from generator.figures.net import Seen
    from rflint.drawing import Drawing

WIDTH: Final = 860
REMARKS: Final = LEFT + STRIP + 10
#: Height of a window, and of a lane of windows.
BAR: Final = 18
LANE: Final = 22
#: Narrower cells have no room for their index.
NUMBERED: Final = 21


class Panel:
    """One half of a figure, drawn from top to bottom; `y` is where the next row goes."""

    def __init__(self, drawing: Drawing, top: float, frame: Frame) -> None:
        self.drawing = drawing
        self.y = top
        self._frame = frame
        #: Stretches that were asked for.
        self.stretches: list[tuple[Stretch, ...]] = []
        #: What a reader must be told: `padding`, `centre`.
        self.used: set[str] = set()

    def ruler(self, *stretches: Stretch) -> Ruler:
        """Lay out stretches of a map in the figure's frame."""
        self.stretches.append(stretches)
        return Ruler.over(stretches, self._frame)

    def rule(self) -> None:
        """Draw a line below what stands above."""
        self.drawing.line(16, self.y + 8, WIDTH - 16, self.y + 8, "")
        self.y += 18

    def legend(self, used: Collection[str]) -> None:
        """Say what hatching and dots mean, where there are any."""
        if not used:
            return
        self.rule()
        draw, left, middle = self.drawing, float(LEFT), self.y + BAR / 2
        if "padding" in used:
            draw.rect(left, self.y, 18, BAR, "pad")
            draw.text(left + 26, middle + 5, "padding", "small dim")
            left += 110
        if "centre" in used:
            draw.rect(left, self.y, 40, BAR, "one", radius=4)
            draw.line(left + 20, self.y, left + 20, self.y + BAR, "one")
            draw.dot(left + 20, middle, "one")
            draw.text(left + 48, middle + 5, "what a feature sees, and its centre", "small dim")
        self.y += BAR

    def heading(self, *, reported: bool, written: str, told: str) -> None:
        """Head the panel: whether the rule reports this, the layer in question, and what the figure says."""
        draw, y = self.drawing, self.y + 18
        if reported:
            draw.cross(22, y - 5, 5.5)
        else:
            draw.tick(22, y - 5, 6)
        draw.text(36, y, "reported" if reported else "not reported", f"strong {'bad' if reported else 'good'}")
        draw.text(LEFT + 14, y, written, "code")
        draw.text(LEFT + 14, y + 22, told, "dim")
        self.y += 54

    def space(self, height: float) -> None:
        """Leave room."""
        self.y += height

    def label(self, text: str, roles: str = "") -> None:
        """Write at the left of the row that begins here."""
        self.drawing.text(LEFT - 12, self.y + BAR - 4, text, f"end {roles}".strip())

    def remark(self, text: str, roles: str = "", row: float = 0) -> None:
        """Write at the right of the row that begins here, or `row` below."""
        self.drawing.text(REMARKS, self.y + row + BAR - 4, text, f"start {roles}".strip())

    def cells(
        self,
        ruler: Ruler,
        label: str,
        size: int | None,
        *,
        crossed: Collection[int] = (),
        filled: Collection[int] = (),
        more: bool = False,
    ) -> None:
        """Draw a map: a cell per sample, those outside of `0 … size - 1` hatched as padding, some crossed out or filled.

        `more`: the map goes on to the right of what is shown.
        """
        draw, height = self.drawing, 26
        draw.text(LEFT - 12, self.y + 18, label, "end code")
        narrow = ruler.cell < NUMBERED
        for first, last in ruler.stretches if narrow else ():
            last_inside = last if size is None else min(last, size - 1)
            draw.rect(ruler.x(max(first, 0) - 0.5), self.y, (last_inside - max(first, 0) + 1) * ruler.cell, height, "cell")
        for sample in ruler.samples:
            inside = sample >= 0 and (size is None or sample < size)
            left = ruler.x(sample - 0.5)
            if not inside:
                self.used.add("padding")
                draw.rect(left, self.y, ruler.cell, height, "pad")
            elif not narrow:
                draw.rect(left, self.y, ruler.cell, height, "one" if sample in filled else "cell")
            elif sample > ruler.samples[0]:
                draw.line(left, self.y + height - 6, left, self.y + height, "")
            if sample in crossed:
                draw.rect(left + 1.5, self.y + 1.5, ruler.cell - 3, height - 3, "unread")
                draw.cross(ruler.x(sample), self.y + height / 2, min(7.0, ruler.cell / 2 - 3))
            elif inside and (not narrow or sample % 5 == 0):
                draw.text(ruler.x(sample), self.y + 17.5 - 2 * narrow, str(sample), "small middle dim")
        for (_, last), (first, _) in zip(ruler.stretches, ruler.stretches[1:], strict=False):
            draw.text((ruler.x(last + 0.5) + ruler.x(first - 0.5)) / 2, self.y + 16, "…", "middle dim")
        if more:
            draw.text(ruler.x(ruler.samples[-1] + 0.5) + 8, self.y + 16, "…", "dim")
        self.y += height + 8

    def bar(self, ruler: Ruler, name: str, seen: Seen, role: str = "one", *, inner: str = "") -> None:
        """Draw a window in the row that begins here, with a dot at its centre; `inner` is written at its low end."""
        told = f"{name} {seen.feature}: samples {seen.low} to {seen.high}, centre {show(seen.center)}"
        self.stretch(ruler, seen.low, seen.high, role, title=told)
        center = ruler.x(seen.center)
        self.drawing.line(center, self.y, center, self.y + BAR, role)
        self.drawing.dot(center, self.y + BAR / 2, role)
        self.used.add("centre")
        if inner:
            self.drawing.text(ruler.x(seen.low - 0.5) + 6, self.y + 13, inner, f"small start inner {role}")

    def stretch(self, ruler: Ruler, low: int, high: int, role: str, *, title: str) -> None:
        """Draw a bar over some samples in the row that begins here."""
        left, right = ruler.x(low - 0.5), ruler.x(high + 0.5)
        self.drawing.rect(left + 1, self.y, right - left - 2, BAR, role, radius=4, title=title)

    def windows(self, ruler: Ruler, name: str, windows: Sequence[Seen], *, bad: Collection[int] = ()) -> None:
        """Draw the windows of a layer in lanes."""
        top = self.y
        self.drawing.text(LEFT - 12, top + BAR - 4, name, "end code one")
        chosen = lanes([(seen.low, seen.high) for seen in windows])
        for seen, lane in zip(windows, chosen, strict=True):
            self.y = top + lane * LANE
            wide = (seen.high - seen.low + 1) * ruler.cell > 44
            self.bar(ruler, name, seen, "bad" if seen.feature in bad else "one", inner=str(seen.feature) if wide else "")
        self.y = top + (max(chosen, default=0) + 1) * LANE + 4

    def middles(self, ruler: Ruler, top: float, image: tuple[str, Fraction], own: tuple[str, Fraction]) -> None:
        """Mark the middles of the input (dashed) and of the layer's map (solid), from `top` down to here, and say how far they part."""
        draw, bottom = self.drawing, self.y + 4
        (source, center), (name, middle) = image, own
        draw.line(ruler.x(center), top, ruler.x(center), bottom, "ink dashed")
        draw.line(ruler.x(middle), top, ruler.x(middle), bottom, "one")
        draw.dot(ruler.x(middle), bottom, "one")
        side = -1 if center > middle else 1
        before, after = ("end", "start") if side > 0 else ("start", "end")
        if center == middle:
            draw.text(ruler.x(center), bottom + 18, f"middle of {source} and of {name}", "middle small")
        else:
            draw.text(ruler.x(center) - side * 6, bottom + 18, f"middle of {source}", f"{before} small")
            draw.text(
                ruler.x(middle) + side * 6, bottom + 18, f"middle of {name}: {samples(abs(middle - center))} off", f"{after} small one"
            )
        self.y = bottom + 28


#: Draws an example (reported or not) into a panel, and returns what it shows in a sentence.
Scene = Callable[[Panel, str, bool], str]
