"""RF404: real samples at the high edge that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from rflint.engine import Analysis
from rflint.model import Example, Finding, Rule, together
from rflint.questions.axes import causal_axes
from rflint.questions.readers import Unread, dropped_borders, explains, lost_samples
from rflint.words import axes_text, samples


def _check(analysis: Analysis) -> Iterator[Finding]:
    graph = analysis.graph
    groups: dict[tuple[str, ...], list[Unread]] = {}
    for unread, axes in dropped_borders(analysis):
        groups.setdefault(axes, []).append(unread)
    by_axis = dict(zip(graph.axes, lost_samples(analysis), strict=True)) if groups else {}
    for axes, group in groups.items():
        # Told where it is the same on all axes of the finding.
        lost = {node: count for node, count in by_axis[axes[0]].items() if all(by_axis[axis].get(node) == count for axis in axes)}
        yield together(group, lambda unread: graph.node_name(unread.readers[0]), partial(_finding, analysis, axes, lost))


def _finding(analysis: Analysis, axes: tuple[str, ...], lost: Mapping[int, int], group: Sequence[Unread]) -> Finding:
    graph = analysis.graph
    # Padding at the high side stands in for what has not come.
    causal = not causal_axes(analysis).isdisjoint(axes)
    worst = max(group, key=lambda unread: unread.dropped)
    name, reader = graph.node_name(worst.node), graph.layer(worst.readers[0])
    others = f"; {len(group) - 1} more map{'s lose' if len(group) > 2 else ' loses'} some too" if len(group) > 1 else ""
    most = max(lost, key=lost.__getitem__, default=None)
    if most is not None and not explains(analysis, axes[0], most, lost[most], group):
        others += "; crops and merges behind drop the rest"
    if most is None:
        message = f"{_last(worst.dropped)} of `{name}` on {axes_text(axes)} {'is' if worst.dropped == 1 else 'are'} read by nobody"
    else:
        verb = "reaches" if lost[most] == 1 else "reach"
        message = f"{_last(lost[most])} of `{graph.node_name(most)}` on {axes_text(axes)} {verb} no output"
    return Finding(
        "RF404",
        f"{message}: floor division ends `{reader.name}` {samples(worst.dropped)} early{others}",
        reader.field_site("stride", "kernel"),
        help="harmless at a large map; for every sample to count choose an input size that divides exactly"
        + (", or pad the low side" if causal else ", pad the high side, or use `ceil_mode`"),
        layer=reader.name,
        axes=axes,
        data={"dropped": worst.dropped, "map": name, "lost": {graph.node_name(node): count for node, count in lost.items()}},
    )


def _last(count: int) -> str:
    return "the last sample" if count == 1 else f"the last {count} samples"


RULE = Rule(
    code="RF404",
    name="dropped-border",
    severity="info",
    summary="real samples at the high edge that nobody reads",
    docs="""
A strided window does not divide its input exactly, and the samples that are left over at the high edge are read by no
layer.

## Why it matters

`r = n + low + high - k - s·(n_out - 1)` samples are left over; where that is more than the padding on the high side,
real samples are dropped. The image's right and bottom edge then never reaches the output, and the map is off-centre by
half of what is lost. Without padding this is what `valid` pooling at an odd size does.

## How to mend it

Choose a size that divides exactly, pad the high side, or round up (`ceil_mode`).

## References

Alsallakh et al.: Mind the Pad: CNNs can develop blind spots, ICLR 2021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {size: 65}
layers:
  - {name: pool, op: max_pool, kernel: 2}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {size: 64}
layers:
  - {name: pool, op: max_pool, kernel: 2}
""",
    ),
    check=_check,
)
