"""A drawing as SVG text: shapes by class, light and dark colours, the same bytes for the same shapes.

Classes are roles, not colours: `cell`, `pad`, `one` and `two` (the things compared), `bad`, `good`.  The palette keeps
apart for colour-blind readers (after Okabe and Ito, darkened or lightened for contrast), and no meaning rests on colour
alone.
"""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

#: Role -> light, dark.
_COLORS: Final = {
    "paper": ("#ffffff", "#0d1117"),
    "ink": ("#1f2328", "#e6edf3"),
    "dim": ("#59636e", "#9aa4ae"),
    "cell": ("#f3f5f7", "#1c232c"),
    "edge": ("#8c959f", "#6e7681"),
    "one": ("#0072b2", "#56b4e9"),
    "two": ("#b35900", "#f0a83c"),
    "bad": ("#b3125d", "#ff7ab8"),
    "good": ("#00755a", "#3ccf9e"),
}
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
line,polyline{stroke:$edge;fill:none}
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


def _styles() -> str:
    light, dark = (_painted(shade) for shade in (0, 1))
    return f"{_FONTS}{light}@media(prefers-color-scheme:dark){{\n{dark}}}\n"


def _painted(shade: int) -> str:
    text = _ROLES
    for role, shades in _COLORS.items():
        text = text.replace(f"${role}", shades[shade])
    return text


def number(value: float) -> str:
    """A coordinate to a tenth, without idle zeros."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


class Drawing:
    """Shapes in order; `document` makes a file of them."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._shapes: list[str] = []

    def rect(self, left: float, top: float, width: float, height: float, role: str, *, radius: float = 0, title: str = "") -> None:
        """Draw a box; `title` is what a reader is told who points at it, or listens."""
        rounded = f' rx="{number(radius)}"' if radius else ""
        place = f'x="{number(left)}" y="{number(top)}" width="{number(width)}" height="{number(height)}"{rounded}'
        self._shapes.append(f'<rect class="{role}" {place}{_closed("rect", title)}')

    def line(self, x1: float, y1: float, x2: float, y2: float, role: str) -> None:
        """Draw a straight line."""
        self._shapes.append(f'<line class="{role}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"/>')

    def polyline(self, points: list[tuple[float, float]], role: str) -> None:
        """Draw a line through points."""
        self._shapes.append(f'<polyline class="{role}" points="{_points(points)}"/>')

    def area(self, points: list[tuple[float, float]], role: str, *, title: str = "") -> None:
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
        words = (f'<tspan class="code">{escape(part)}</tspan>' if place % 2 else escape(part) for place, part in enumerate(text.split("`")))
        self._shapes.append(f'<text{role} x="{number(x)}" y="{number(y)}">{"".join(words)}</text>')

    def cross(self, x: float, y: float, size: float, role: str = "bad thick") -> None:
        """Draw a cross: what is left out."""
        self.line(x - size, y - size, x + size, y + size, role)
        self.line(x - size, y + size, x + size, y - size, role)

    def tick(self, x: float, y: float, size: float) -> None:
        """Draw a check mark."""
        self.polyline([(x - size, y), (x - size / 3, y + size * 0.8), (x + size, y - size * 0.9)], "good thick")

    def document(self, height: float, title: str, description: str) -> str:
        """The file: its name and words for those who do not see it, and the shapes on a ground of their own."""
        box = f'width="{self.width}" height="{number(height)}" viewBox="0 0 {self.width} {number(height)}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(description)}</desc>',
            f"<style>\n{_styles()}</style>",
            f"<defs>{_HATCH}</defs>",
            f'<rect class="paper" width="{self.width}" height="{number(height)}" rx="6"/>',
        )
        return "\n".join((*head, *self._shapes, "</svg>", ""))


def _points(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def _closed(tag: str, title: str) -> str:
    return f"><title>{escape(title)}</title></{tag}>" if title else "/>"
