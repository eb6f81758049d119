"""A drawing as SVG text: shapes by class, light and dark colours, the same bytes for the same shapes.

Classes are roles, not colours: `cell`, `pad`, `one` and `two` (the things compared), `bad`, `good`.  Names come from
strangers: every text is escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from rflint.drawing.palette import painted
from rflint.words import safe

_LINES: Final = "\n"
_FONTS: Final = """\
text{font:14px -apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif}
.small{font-size:12px}
.code{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.start{text-anchor:start}
.middle{text-anchor:middle}
.end{text-anchor:end}
.strong{font-weight:600}
.inner{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}
"""
_ROLES: Final = """\
.paper{fill:$paper}
text{fill:$ink}
text.dim{fill:$dim}
text.one{fill:$one}
text.two{fill:$two}
text.bad{fill:$bad}
text.good{fill:$good}
text.inner{stroke:$paper}
rect.cell{fill:$cell;stroke:$edge}
rect.pad{fill:url(#hatch);stroke:$edge;stroke-dasharray:3 3}
rect.unread{fill:none;stroke:$bad}
rect.one,path.one{fill:$one;fill-opacity:.22;stroke:$one}
rect.two,path.two{fill:$two;fill-opacity:.22;stroke:$two}
rect.bad,path.bad{fill:$bad;fill-opacity:.14;stroke:$bad}
rect.faint{fill:$one;fill-opacity:.1;stroke:$one;stroke-dasharray:5 4}
rect.outline{fill:none;stroke:$one;stroke-dasharray:4 3}
line,polyline{stroke:$edge;fill:none}
line.hair{stroke-opacity:.35}
line.one,polyline.one{stroke:$one}
line.two,polyline.two{stroke:$two}
line.bad,polyline.bad{stroke:$bad}
line.good,polyline.good{stroke:$good}
line.thick,polyline.thick{stroke-width:2}
line.ink,polyline.ink{stroke:$ink}
line.dashed{stroke-dasharray:4 3}
circle.one{fill:$one}
circle.two{fill:$two}
circle.bad{fill:$bad}
#hatch line{stroke:$edge}
"""
_HATCH: Final = (
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line x1="0" y1="0" x2="0" y2="6"/></pattern>'
)


def words(text: str) -> str:
    """A text as it may stand between tags."""
    return escape(safe(text), quote=False)


def number(value: float) -> str:
    """A coordinate to a tenth, without idle zeros."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


class Drawing:
    """Shapes in order; `document` makes a file of them."""

    def __init__(self, width: float, rules: str = "") -> None:
        """Begin a drawing; `rules`: style sheet beside that of the roles, with `$ink` and other roles for their colours."""
        self.width = width
        self._rules = rules
        self._shapes: list[str] = []

    def rect(self, left: float, top: float, width: float, height: float, role: str, *, radius: float = 0, title: str = "") -> None:
        """Draw a box; `title` is what a reader is told who points at it, or listens."""
        rounded = f' rx="{number(radius)}"' if radius else ""
        place = f'x="{number(left)}" y="{number(top)}" width="{number(width)}" height="{number(height)}"{rounded}'
        self._shapes.append(f'<rect class="{role}" {place}{_closed("rect", title)}')

    def line(self, x1: float, y1: float, x2: float, y2: float, role: str) -> None:
        """Draw a straight line."""
        self._shapes.append(f'<line class="{role}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"/>')

    def polyline(self, points: Sequence[tuple[float, float]], role: str) -> None:
        """Draw a line through points."""
        self._shapes.append(f'<polyline class="{role}" points="{_points(points)}"/>')

    def area(self, points: Sequence[tuple[float, float]], role: str, *, title: str = "") -> None:
        """Fill the polygon with these corners."""
        self._shapes.append(f'<path class="{role}" d="M{_points(points)}Z"{_closed("path", title)}')

    def dot(self, x: float, y: float, role: str, radius: float = 3.5) -> None:
        """Draw a filled circle."""
        self._shapes.append(f'<circle class="{role}" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>')

    def text(self, x: float, y: float, text: str, roles: str = "") -> None:
        """Write a line of text that starts at `x` (or with `middle`, `end` among the roles is centred, or ends there).

        What stands in backticks is set as code.
        """
        role = f' class="{roles}"' if roles else ""
        parts = (f'<tspan class="code">{words(part)}</tspan>' if place % 2 else words(part) for place, part in enumerate(text.split("`")))
        self._shapes.append(f'<text{role} x="{number(x)}" y="{number(y)}">{"".join(parts)}</text>')

    def name(self, x: float, y: float, text: str, roles: str = "") -> None:
        """Write a name, in which backticks are what they are."""
        role = f' class="{roles}"' if roles else ""
        self._shapes.append(f'<text{role} x="{number(x)}" y="{number(y)}">{words(text)}</text>')

    def curve(self, points: Sequence[tuple[float, float]], role: str) -> None:
        """Draw a line through points that is upright in each of them."""
        (x, y), *rest = points
        path = f"M{number(x)},{number(y)}"
        for right, below in rest:
            bend = number((y + below) / 2)
            curved = f"C{number(x)},{bend} {number(right)},{bend} {number(right)},{number(below)}"
            path += f"V{number(below)}" if right == x else curved
            x, y = right, below
        self._shapes.append(f'<path class="{role}" d="{path}"/>')

    def begin(self, role: str, *titles: str) -> None:
        """Begin a group of shapes, up to `end`; `titles` are the lines that a reader is told who points at it, or listens."""
        told = f"<title>{_LINES.join(map(words, titles))}</title>" if titles else ""
        self._shapes.append(f'<g class="{role}">{told}')

    def end(self) -> None:
        """End the group that was begun last."""
        self._shapes.append("</g>")

    def cross(self, x: float, y: float, size: float, role: str = "bad thick") -> None:
        """Draw a cross: what is left out."""
        self.line(x - size, y - size, x + size, y + size, role)
        self.line(x - size, y + size, x + size, y - size, role)

    def tick(self, x: float, y: float, size: float) -> None:
        """Draw a check mark."""
        self.polyline([(x - size, y), (x - size / 3, y + size * 0.8), (x + size, y - size * 0.9)], "good thick")

    def document(self, height: float, title: str, description: str) -> str:
        """The file: its name and words for those who do not see it, and the shapes on a ground of their own."""
        box = f'width="{number(self.width)}" height="{number(height)}" viewBox="0 0 {number(self.width)} {number(height)}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-labelledby="title desc">',
            f'<title id="title">{words(title)}</title>',
            f'<desc id="desc">{words(description)}</desc>',
            f"<style>\n{_FONTS}{painted(_ROLES + self._rules)}</style>",
            f"<defs>{_HATCH}</defs>",
            f'<rect class="paper" width="{number(self.width)}" height="{number(height)}" rx="6"/>',
        )
        return "\n".join((*head, *self._shapes, "</svg>", ""))


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def _closed(tag: str, title: str) -> str:
    return f"><title>{words(title)}</title></{tag}>" if title else "/>"
