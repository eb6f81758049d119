"""Pictures: where boxes and lines stand, colours, what a feature sees; pure functions to plain values and SVG text."""

from rflint.drawing.layout import ROOT, Group, Layout, Node, Rect, Route, lay_out
from rflint.drawing.level import Point, Spacing
from rflint.drawing.palette import COLORS, STEPS, contrast, painted, variables
from rflint.drawing.region import Extent, region, runs
from rflint.drawing.scale import Scale, scale
from rflint.drawing.svg import Drawing, number, words
from rflint.drawing.tree import Tree, connected, grouped

__all__ = [
    "COLORS",
    "ROOT",
    "STEPS",
    "Drawing",
    "Extent",
    "Group",
    "Layout",
    "Node",
    "Point",
    "Rect",
    "Route",
    "Scale",
    "Spacing",
    "Tree",
    "connected",
    "contrast",
    "grouped",
    "lay_out",
    "number",
    "painted",
    "region",
    "runs",
    "scale",
    "variables",
    "words",
]
