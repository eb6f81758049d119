"""The region that a layer sees, as an image in a hover."""

from __future__ import annotations

from base64 import b64encode

from rflint.engine import Analysis
from rflint.formatters import markdown
from rflint.questions import location


def picture(analysis: Analysis, name: str, node: int) -> str:
    """Draw what the feature in the middle of a map sees of each input, as markdown; empty where there is nothing to draw.

    Where the size of the map is unknown, the first feature stands for all.
    """
    from rflint.formatters import locate, region  # noqa: PLC0415 - few editors ask for it

    size = tuple(axis.size(node) for axis in analysis.axes)
    at = tuple(0 if each is None else max(each - 1, 0) // 2 for each in size)
    drawn = []
    for source, item in enumerate(analysis.graph.inputs):
        seen = location.feature(analysis, source, node, at)
        if any(each.region is None for each in seen):
            continue
        bits = location.seen_sets(analysis, source, node, at)
        extents = tuple(axis.size(source) for axis in analysis.axes)
        image = b64encode(region.as_svg([locate.Answer(item.name, name, extents, size, seen, (), (), bits)]).encode()).decode()
        drawn.append(f"![{markdown.prose(f'what {name} sees of {item.name}')}](data:image/svg+xml;base64,{image})")
    return "\n\n".join(drawn)
