"""RF013: numbers that are too large to be computed with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from rflint.engine import Analysis
from rflint.model import Example, Finding, Rule
from rflint.questions.excess import Quantity, excesses
from rflint.words import axes_text, listing

#: What is too large -> its words, and the fields that make it so.
_WORDS: Final[Mapping[Quantity, tuple[str, tuple[str, ...]]]] = {
    "size": ("its map has more samples", ("scale", "stride", "block", "padding")),
    "stride": ("its effective stride is larger", ("stride", "block", "step")),
    "centre": ("its first feature is centred further away", ("padding", "start", "kernel")),
    "fraction": ("its grid needs fractions longer", ("scale", "size", "like")),
    "reach": ("its features reach further", ("kernel", "dilation", "from")),
    "channels": ("it has more channels", ("channels", "block", "from")),
    "params": ("it has more parameters", ("channels", "kernel")),
    "macs": ("it takes more multiply-adds", ("channels", "kernel")),
}


def _check(analysis: Analysis) -> Iterator[Finding]:
    for node, group in groupby(excesses(analysis), key=lambda each: each.node):
        found = list(group)
        layer = analysis.graph.layer(node)
        axes = tuple(name for name in analysis.graph.axes if any(name in each.axes for each in found))
        on = f" on {axes_text(axes)}" if axes else ""
        yield Finding(
            "RF013",
            f"`{layer.name}` is beyond the limits{on}: {listing([_WORDS[each.quantity][0] for each in found])} than rflint computes with",
            layer.field_site(*_WORDS[found[0].quantity][1]),
            help="numbers up to 2^63 - 1 are computed; look for a factor, a repeat or a unit that is wrong here or before",
            layer=layer.name,
            axes=axes or None,
            data={"quantities": [each.quantity for each in found]},
        )


RULE = Rule(
    code="RF013",
    name="beyond-limits",
    severity="error",
    summary="a number that is too large to be written, or to be computed with",
    docs="""
A `${…}` that gives a field more than 2^31 - 1 (what is written out is RF002 then), or a layer at which a computed
quantity passes 2^63 - 1: the size of a map, the effective stride, how far features reach, channels, parameters,
multiply-adds. Exact fractions have 4096 bits at most. What depends on such a number is null in reports, with
`beyond-limits` as its `why`.

## Why it matters

No network has such numbers. They come from a typing error, a unit (bytes for samples) or a `repeat` in the wrong
place; and whoever reads the report could not rely on what is behind them.

## How to mend it

The finding stands at the layer where the limit is passed first. The mistake is there, or in a layer before it that is
repeated.

## When it is fine

Never: this cannot be suppressed or switched off.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: down, op: conv, kernel: 3, stride: 1000, repeat: 7}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: down, op: conv, kernel: 3, stride: 1000, repeat: 6}
""",
    ),
    check=_check,
)
