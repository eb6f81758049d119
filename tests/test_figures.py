"""The figures of the rule pages: what they draw is where it is said to be, and where paper and pencil put it."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

import pytest
from documentation import figures

import rflint
from rflint.rules import RULE_BY, RULES

if TYPE_CHECKING:
    from rflint.model import Rule

_SVG = "{http://www.w3.org/2000/svg}"
DRAWN = [rule for rule in RULES if figures.figure(rule) is not None]
each_figure = pytest.mark.parametrize("rule", DRAWN, ids=lambda rule: rule.code)


def svg(code: str) -> str:
    drawn = figures.figure(RULE_BY[code])
    assert drawn is not None
    return drawn.svg


class Bar(NamedTuple):
    """A window as drawn: what it says, and where its ends and its dot stand among the numbered cells."""

    told: str
    low: float
    high: float
    center: float


def bars(code: str) -> list[Bar]:
    """All windows of a figure, measured with the cells above them."""
    found = []
    numbers: dict[int, float] = {}
    row = ""
    shapes = list(ET.fromstring(svg(code)))
    for place, shape in enumerate(shapes):
        if shape.tag == f"{_SVG}text" and shape.get("class") == "small middle dim" and (shape.text or "").isdigit():
            if shape.get("y") != row:
                row, numbers = str(shape.get("y")), {}
            numbers[int(shape.text or "")] = float(shape.get("x", ""))
        title = shape.find(f"{_SVG}title")
        if shape.tag == f"{_SVG}rect" and title is not None and ", centre " in (title.text or ""):
            (zero, at), (other, far) = sorted(numbers.items())[0], sorted(numbers.items())[-1]
            pitch = (far - at) / (other - zero)
            left, width = float(shape.get("x", "")), float(shape.get("width", ""))
            dot = next(each for each in shapes[place:] if each.tag == f"{_SVG}circle")
            # Bars stand a pixel inside their cells; a cell is `pitch` wide around its number.
            ends = (left - 1 - at) / pitch + zero + 0.5, (left + width + 1 - at) / pitch + zero - 0.5
            found.append(Bar(str(title.text), *ends, (float(dot.get("cx", "")) - at) / pitch + zero))
    return found


def family(name: str, count: int, low: int, high: int, center: float, stride: int = 1, first: int = 0) -> list[str]:
    """What features `first …` of a layer say: the first of all sees `low … high` around `center`."""
    return [
        f"{name} {i}: samples {low + i * stride} to {high + i * stride}, centre {center + i * stride:g}"
        for i in range(first, first + count)
    ]


def pairs(one: list[str], other: list[str]) -> list[str]:
    return [told for pair in zip(one, other, strict=True) for told in pair]


#: By hand, after the paper: `low = -padding`, `high = low + kernel - 1`, `centre = (low + high) / 2`, strides multiply.
BY_HAND = {
    "RF101": [
        *pairs(family("down", 4, -1, 1, 0, 2), family("side", 4, -1, 1, 0)),
        *pairs(family("down", 4, -1, 1, 0, 2), family("side", 4, 0, 0, 0, 2)),
    ],
    "RF102": [
        *pairs(family("stem", 3, -1, 1, 0), family("wide", 3, -2, 4, 1)),
        *pairs(family("stem", 3, -1, 1, 0), family("wide", 3, -3, 3, 0)),
    ],
    "RF103": [
        *pairs(family("down", 2, 0, 2, 1, 2), family("side", 2, 0, 0, 0, 2)),
        *pairs(family("down", 2, -1, 1, 0, 2), family("side", 2, 0, 0, 0, 2)),
        *pairs(family("down", 2, -1, 1, 0, 2), family("side", 2, 0, 0, 0, 2)),
        *pairs(family("down", 2, -1, 1, 0, 2), family("side", 2, 0, 0, 0, 2)),
    ],
    "RF201": [
        *(*family("conv1", 1, -1, 1, 0, first=6), *family("conv2", 1, -2, 2, 0, first=6), *family("head", 1, -3, 3, 0, first=6)),
        *(*family("conv1", 1, -1, 1, 0, first=6), *family("conv2", 1, -3, 3, 0, first=6), *family("head", 1, -6, 6, 0, first=6)),
    ],
    "RF202": [*family("head", 2, -7, 7, 0, 4, first=2), *family("head", 2, -11, 11, 0, 4, first=2)],
    "RF203": 2 * family("body/19", 1, -20, 20, 0, first=30),
    "RF205": [*family("down3", 4, -7, 7, 0, 8, first=1), *family("refine", 4, -7, 7, 0, 4, first=3)],
    "RF301": [*family("even", 8, -1, 2, 0.5), *family("odd", 8, -2, 2, 0)],
    "RF302": [*family("shifted", 8, 0, 2, 1), *family("centred", 8, -1, 1, 0)],
    "RF303": [
        *family("down", 4, 0, 2, 1, 2),
        *family("down", 5, -1, 1, 0, 2),
        *family("down", 4, 0, 2, 1, 2),
        *family("down", 5, 0, 2, 1, 2),
    ],
    "RF401": [*family("project", 5, 0, 0, 0, 2), *family("project", 5, -1, 1, 0, 2)],
    "RF501": 2 * family("conv2", 1, -2, 2, 0, first=7),
}


@pytest.mark.parametrize("code", BY_HAND)
def test_windows_are_those_of_paper_and_pencil_and_stand_where_they_say(code: str) -> None:
    drawn = bars(code)
    assert [bar.told for bar in drawn] == BY_HAND[code]
    for bar in drawn:
        low, high, center = map(float, re.findall(r"-?[\d.]+", bar.told.partition(": ")[2]))
        assert (bar.low, bar.high, bar.center) == pytest.approx((low, high, center), abs=0.02), bar.told


@pytest.mark.parametrize(
    ("code", "crossed"),
    [("RF301", 0), ("RF305", 1), ("RF401", 5), ("RF402", 4), ("RF404", 1)],
)
def test_what_nobody_reads_is_crossed_out(code: str, crossed: int) -> None:
    failing, _, passing = svg(code).partition("not reported")
    assert (failing.count('class="unread"'), passing.count('class="unread"')) == (crossed, 0)


def test_windows_on_padding_only_are_marked() -> None:
    marked = re.findall(r'class="bad"[^>]*><title>([^<]*):', svg("RF304"))
    assert marked == ["wide 0", "wide 1", "wide 36", "wide 37"]


def test_overlaps() -> None:
    counted = [tuple(map(int, each)) for each in re.findall(r"<title>(\d+): (\d)</title>", svg("RF403"))]
    uneven, even = counted[:12], counted[12:]
    assert uneven == [(output, 1 + output % 2) for output in range(6, 18)]
    assert even == [(output, 2) for output in range(6, 18)]


def test_targets() -> None:
    """Of 12 samples, 7 are seen; of 14 at the worst place, all but the first."""
    assert re.findall(r"<title>(sign: [^<]*)</title>", svg("RF201")) == [
        "sign: samples 0 to 11",
        "sign: samples 0 to 2 are not seen",
        "sign: samples 10 to 11 are not seen",
        "sign: samples 0 to 11",
    ]
    assert re.findall(r"<title>(sign: [^<]*)</title>", svg("RF202")) == [
        "sign: samples 1 to 14",
        "sign: samples 4 to 17",
        "sign: samples 4 to 4 are not seen",
        "sign: samples -3 to 10",
        "sign: samples 0 to 13",
    ]
    # sigma² is 20 times the variance of three equal taps, 2/3.
    assert "4 sigma: 14.6 samples" in svg("RF203")


def test_growth() -> None:
    """3, 7, 15, 31 behind the strides, then 32 more a layer; half of it lies outside for the feature in the corner."""
    reach = [1, 3, 7, 15, 31, 47, 63, 79, 95]
    names = [*(f"stage/{i}" for i in range(4)), *(f"deep/{i}" for i in range(5))]
    told = [f"{name} 0: samples {-high} to {high}" for name, high in zip(names, reach, strict=True)]
    assert re.findall(r"<title>([^<]*samples [^<]*)</title>", svg("RF204")) == 2 * told
    assert svg("RF204").count("adds no context") == 3


@each_figure
def test_rule_speaks_at_the_sizes_that_the_figure_picks(rule: Rule) -> None:
    scene = figures._SCENES[rule.code]
    sizes = scene.keywords.get("sizes", ()) if isinstance(scene, partial) else ()
    if len(sizes) == 1:
        for example, reported in ((rule.example.failing, True), (rule.example.passing, False)):
            found = {finding.code for finding in rflint.load(example).lint(size=sizes[0]).findings}
            assert (rule.code in found) == reported


@each_figure
def test_document(rule: Rule) -> None:
    drawn = figures.figure(rule)
    assert drawn is not None
    assert drawn == figures.figure(rule), "not the same bytes twice"
    root = ET.fromstring(drawn.svg)
    assert (root.tag, root.get("role"), root.get("aria-labelledby")) == (f"{_SVG}svg", "img", "title desc")
    assert root.findtext(f"{_SVG}title") == f"{rule.code} {rule.name}: {rule.summary}"
    assert root.findtext(f"{_SVG}desc") == drawn.words
    assert re.fullmatch(r"Reported: [^\n`<>]+\. Not reported: [^\n`<>]+\.", drawn.words)
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert height < 800
    lowest = max(float(text.get("y", "")) for text in root.iter(f"{_SVG}text"))
    assert lowest < height
    for text in root.iter(f"{_SVG}text"):
        roles = (text.get("class") or "").split()
        words = "".join(text.itertext())
        # A generous mean width of letters, as a share of the size of the type.
        long = len(words) * (7.9 if "code" in roles else 6.4 if "small" in roles else 7.1)
        x = float(text.get("x", ""))
        left = x - long if "end" in roles else x - long / 2 if "middle" in roles else x
        assert left >= 0, words
        assert left + long <= width, words
    for rect in root.iter(f"{_SVG}rect"):
        assert float(rect.get("width", "")) > 0
        assert float(rect.get("x", "0")) + float(rect.get("width", "")) <= width


def _luminance(color: str) -> float:
    """As WCAG 2 defines it."""
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_for(mode: str) -> None:
    light, _, dark = svg("RF102").partition("@media(prefers-color-scheme:dark)")
    style = light if mode == "light" else dark
    (paper,) = re.findall(r"\.paper\{fill:(#\w{6})\}", style)
    inks = dict(re.findall(r"text(?:\.(\w+))?\{fill:(#\w{6})\}", style))
    assert set(inks) == {"", "dim", "one", "two", "bad", "good"}
    for role, ink in inks.items():
        dim, bright = sorted((_luminance(paper), _luminance(ink)))
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, role


def test_every_class_has_a_style() -> None:
    for rule in DRAWN:
        text = svg(rule.code)
        style = text.partition("<style>")[2].partition("</style>")[0]
        used = {role for classes in re.findall(r'class="([^"]*)"', text) for role in classes.split()}
        assert used <= set(re.findall(r"\.(\w+)", style)), rule.code
