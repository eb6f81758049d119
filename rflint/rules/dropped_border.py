"""RF404: real samples at the high edge that nobody reads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rflint.model.finding import Finding, together
from rflint.model.rule import Example, Rule
from rflint.questions.borders import decided_sizings, misfit
from rflint.questions.readers import kept_nodes, unread
from rflint.words.numbers import axes_text, samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rflint.engine.analysis import Analysis
    from rflint.questions.readers import Unread


def _check(analysis: Analysis) -> Iterable[Finding]:
    if misfit(analysis):
        return
    kept = kept_nodes(analysis)
    per_axis: list[dict[int, Unread]] = []
    for part in analysis.axes:
        sizings = decided_sizings(part)
        twin = next((found for other, found in zip(analysis.axes, per_axis, strict=False) if other.cases is part.cases), None)
        if twin is not None:
            per_axis.append(twin)
            continue
        found = {each.node: each for sizing in sizings[:1] for each in unread(part, sizing, kept) if each.dropped and not each.skipped}
        for sizing in sizings[1:]:
            same = {(each.node, each.dropped) for each in unread(part, sizing, kept)}
            found = {node: each for node, each in found.items() if (node, each.dropped) in same}
        per_axis.append(found)
    groups: dict[tuple[int, ...], list[Unread]] = {}
    for node in sorted({node for found in per_axis for node in found}):
        by_drop: dict[int, list[int]] = {}
        for axis, found in enumerate(per_axis):
            if node in found:
                by_drop.setdefault(found[node].dropped, []).append(axis)
        for alike in by_drop.values():
            groups.setdefault(tuple(alike), []).append(per_axis[alike[0]][node])
    for axes, group in groups.items():
        names = tuple(analysis.graph.axes[axis] for axis in axes)
        yield together(group, lambda each: analysis.graph.layer(each.readers[0]).name, partial(_finding, analysis, names))


def _finding(analysis: Analysis, names: tuple[str, ...], group: Sequence[Unread]) -> Finding:
    worst = max(group, key=lambda each: each.dropped)
    reader = analysis.graph.layer(worst.readers[0])
    others = f"; {len(group) - 1} more map{'s lose' if len(group) > 2 else ' loses'} some too" if len(group) > 1 else ""
    last = "sample" if worst.dropped == 1 else f"{worst.dropped} samples"
    return Finding(
        "RF404",
        f"the last {last} of `{analysis.graph.node_name(worst.node)}` on {axes_text(names)} "
        f"{'is' if worst.dropped == 1 else 'are'} read by nobody: "
        f"floor division ends `{reader.name}` {samples(worst.dropped)} early{others}",
        reader.field_site("stride", "kernel"),
        help="harmless at a large map; for every sample to count choose an input size that divides exactly, pad the high side, "
        "or use `ceil_mode`",
        layer=reader.name,
        axes=names,
        data={"dropped": worst.dropped, "map": analysis.graph.node_name(worst.node)},
    )


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
