"""What rules and ops of other packages are written with: everything here, and nothing else of rflint, is theirs to rely on.

A package offers rules through entry points of the group `rflint.rules`, each a `Rule` or several, and ops through
`rflint.ops`, each an `Op` or several; docs/plugins.md shows a whole one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rflint.algebra import (
    Adaptive,
    AxisOp,
    CropLike,
    DepthToSpace,
    Facts,
    Global,
    Join,
    Merge,
    Opaque,
    Pad,
    PadLike,
    Past,
    Pointwise,
    Resize,
    Slice,
    SpaceToDepth,
    Step,
    Transposed,
    Window,
    WindowAttention,
)
from rflint.algebra.grid import grid
from rflint.engine import Analysis, AxisAnalysis
from rflint.model import (
    ChannelError,
    Cost,
    CostQuestion,
    Example,
    FieldEdit,
    Fields,
    FieldSpec,
    Finding,
    Graph,
    Layer,
    Note,
    Op,
    Remedy,
    Rule,
    Site,
    SiteEdit,
    derive,
)
from rflint.ops import OPS
from rflint.ops._fields import BIAS, CEIL_MODE, CHANNELS, DILATION, GROUPS, KERNEL, PADDING, POOL_STRIDE, STRIDE
from rflint.ops._lower import (
    collapse,
    convolution,
    depthwise,
    everywhere,
    fraction,
    gated,
    merge,
    merged_channels,
    normalisation,
    on_axis,
    padding_on_axis,
    pointwise,
    pooling,
    same_channels,
    unknown_cost,
    window,
)
from rflint.questions.view import AxisView, view
from rflint.words import axes_text, samples, show

__all__ = [
    "BIAS",
    "CEIL_MODE",
    "CHANNELS",
    "DILATION",
    "GROUPS",
    "KERNEL",
    "OPS",
    "PADDING",
    "POOL_STRIDE",
    "STRIDE",
    "Adaptive",
    "Analysis",
    "AxisAnalysis",
    "AxisOp",
    "AxisView",
    "ChannelError",
    "Cost",
    "CostQuestion",
    "CropLike",
    "DepthToSpace",
    "Example",
    "Facts",
    "FieldEdit",
    "FieldSpec",
    "Fields",
    "Finding",
    "Global",
    "Graph",
    "Join",
    "Layer",
    "Merge",
    "Note",
    "Op",
    "Opaque",
    "Pad",
    "PadLike",
    "Past",
    "Pointwise",
    "Remedy",
    "Resize",
    "Rule",
    "Site",
    "SiteEdit",
    "Slice",
    "SpaceToDepth",
    "Step",
    "Transposed",
    "Window",
    "WindowAttention",
    "axes_text",
    "collapse",
    "convolution",
    "depthwise",
    "derive",
    "everywhere",
    "field",
    "field_site",
    "fraction",
    "gated",
    "grid",
    "layer_of",
    "layers",
    "merge",
    "merged_channels",
    "normalisation",
    "on_axis",
    "padding_on_axis",
    "pointwise",
    "pooling",
    "same_channels",
    "samples",
    "show",
    "unknown_cost",
    "view",
    "views",
    "window",
]


def field(op: str, name: str) -> FieldSpec:
    """Return a field of an op of rflint, for ops that have the same; raise KeyError if there is none."""
    return {each.name: each for each in OPS[op].fields}[name]


def field_site(layer: Layer, *names: str) -> Site:
    """Return where the first of these fields that the layer has is written; where it has none, its op."""
    return layer.field_site(*names)


def layer_of(analysis: Analysis, node: int) -> Layer:
    """Return the layer with a node number, which is that of no input."""
    return analysis.graph.layer(node)


def layers(analysis: Analysis) -> Iterator[tuple[int, Layer]]:
    """Yield the layers in an order in which each stands after what it reads, with their node numbers.

    Nodes are numbered inputs first, then layers: `analysis.graph.outputs`, `Layer.sources` and
    `analysis.costs.channels` speak of these numbers.
    """
    return enumerate(analysis.graph.layers, len(analysis.graph.inputs))


def views(analysis: Analysis, node: int) -> Iterator[tuple[str, Mapping[str, AxisView]]]:
    """Yield, for each input that a node depends on, its name, and what the node sees of it by the names of the axes."""
    for source in analysis.graph.inputs:
        seen = {axis.name: found for axis in analysis.axes if (found := view(axis, source.name, node, ahead=True)) is not None}
        if seen:
            yield source.name, seen
