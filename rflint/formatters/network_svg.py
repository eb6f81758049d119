"""A network as an SVG image: boxes by the layout, coloured by how much they see, with a legend; light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from unicodedata import east_asian_width

from rflint.drawing import Drawing, Group, Node, Scale, lay_out
from rflint.formatters.network import Box, Network
from rflint.words import clip, counted, quoted

#: Pixels of a character of a name, and of what stands below it.
_NAME: Final = 7.9
_TEXT: Final = 6.1
_LINE: Final = 16
_MARGIN: Final = 20
#: Longer names are cut, and told in full to who points at them.
_LONGEST: Final = 44
_RULES: Final = """\
path.edge{fill:none;stroke:$edge;stroke-width:1.4}
rect.block{fill:$cell;fill-opacity:.55;stroke:$edge;stroke-dasharray:2 3}
.box rect{stroke:$edge}
.folded rect.behind{stroke:$edge}
.output rect.front{stroke:$ink;stroke-width:2}
.input rect{fill:$cell;stroke:$edge}
rect.step0{fill:$step0}
rect.step1{fill:$step1}
rect.step2{fill:$step2}
rect.step3{fill:$step3}
rect.step4{fill:$step4}
rect.global{fill:$global}
rect.unknown{fill:$unknown;stroke-dasharray:4 3}
rect.swatch{stroke:$edge}
text.tag{stroke:$cell}
circle.error{fill:$bad}
circle.warning{fill:$two}
circle.info{fill:$one}
text.sign{fill:$paper;font-weight:700}
"""
_SEVERITIES: Final = ("error", "warning", "info")


def draw(network: Network) -> str:
    """Draw a network; the text ends with a newline."""
    nodes = [Node(box.name, *_size(box), box.group) for box in network.boxes]
    groups = [Group(block.name, block.parent, _wide(block.label, _NAME) + 16) for block in network.blocks]
    picture = lay_out(nodes, network.edges, groups)
    title = clip(network.name, _LONGEST)
    keys = _legend(network)
    room = max([_wide(title, 9) + 8, *(_wide(words, _TEXT + 0.3) + 36 for _, words in keys)])
    width = max(picture.width, room) + 2 * _MARGIN
    drawing = Drawing(width, _RULES)
    drawing.name(_MARGIN, _MARGIN + 12, title, "strong")
    top = _MARGIN + 32.0
    for role, words in keys:
        if role in _SEVERITIES:
            _sign(drawing, _MARGIN + 9, top + 7, role)
        elif role:
            drawing.rect(_MARGIN, top, 18, 14, f"swatch {role}", radius=3)
        drawing.text(_MARGIN + (28 if role else 0), top + 11.5, words, "small" if role else "small dim")
        top += 20
    top += 14
    left = (width - picture.width) / 2
    for block, rect in zip(network.blocks, picture.groups, strict=True):
        assert rect is not None, "no block of these is folded"
        drawing.rect(left + rect.left, top + rect.top, rect.width, rect.height, "block", radius=8, title=block.name)
    for route in picture.routes:
        drawing.curve([(left + x, top + y) for x, y in route.points], "edge")
    for block, rect in zip(network.blocks, picture.groups, strict=True):
        assert rect is not None
        drawing.name(left + rect.left + 8, top + rect.top + 16, clip(block.label, _LONGEST), "code small dim inner tag")
    for box, rect in zip(network.boxes, picture.nodes, strict=True):
        assert rect is not None
        _box(drawing, box, left + rect.left, top + rect.top, rect.width, rect.height)
    described = f"{counted(len(network.boxes), 'box', 'boxes')}, from the input at the top to the output at the bottom."
    return drawing.document(top + picture.height + _MARGIN, f"Network {network.name}", described)


def _size(box: Box) -> tuple[float, float]:
    widest = max(_wide(clip(box.label, _LONGEST), _NAME), *(_wide(line, _TEXT) for line in box.lines))
    return round(widest + 20), 12 + _LINE * (1 + len(box.lines))


def _wide(text: str, each: float) -> float:
    """Pixels that a text takes, about."""
    return each * sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _box(drawing: Drawing, box: Box, left: float, top: float, width: float, height: float) -> None:
    kind = f"box {box.kind}" + (" folded" if box.kind == "block" else "") + (" output" if box.is_output else "")
    drawing.begin(kind, box.name, *box.lines, *(["output"] if box.is_output else []), *box.findings)
    if box.kind == "block":
        drawing.rect(left + 4, top + 4, width, height, f"behind {box.role}", radius=6)
    drawing.rect(left, top, width, height, f"front {box.role}", radius=14 if box.kind == "input" else 6)
    middle = left + width / 2
    drawing.name(middle, top + 18, clip(box.label, _LONGEST), "code middle strong")
    for number, line in enumerate(box.lines, 1):
        drawing.name(middle, top + 18 + _LINE * number, line, "small middle")
    if box.severity is not None:
        _sign(drawing, left + width - 2, top + 2, box.severity)
    drawing.end()


def _sign(drawing: Drawing, x: float, y: float, severity: str) -> None:
    drawing.dot(x, y, severity, 8)
    drawing.name(x, y + 4, "i" if severity == "info" else "!", "small middle sign")


def _legend(network: Network) -> Sequence[tuple[str, str]]:
    """Roles that the picture has, and what they mean; a line without a role is a heading."""
    used = {box.role for box in network.boxes if box.kind != "input"}
    keys: list[tuple[str, str]] = []
    alike: dict[Scale, list[str]] = {}
    for each in network.scales:
        alike.setdefault(each._replace(input=""), []).append(each.input)
    for each, names in alike.items():
        keys.append(("", _heading(each, names)))
        keys += zip(each.roles, each.words, strict=True)
    if "global" in used:
        keys.append(("global", "the whole input, through a global operation"))
    if "unknown" in used:
        keys.append(("unknown", "not known, or no one number"))
    found = {box.severity for box in network.boxes}
    keys += [(severity, f"{severity}: point at the layer to read it") for severity in _SEVERITIES if severity in found]
    return [*keys, *(("", note) for note in network.notes)]


def _heading(scale: Scale, names: Sequence[str]) -> str:
    against = {"targets": "the targets there", "input size": "its size", "largest": "the largest of them"}[scale.against]
    return f"Receptive fields (RF) on {quoted(names)}, against {against}"
