"""RF501: a summary of the whole map merged back into it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rflint.engine.analysis import layer_of
from rflint.engine.program import GATE, MERGE
from rflint.model.finding import Finding
from rflint.model.rule import Example, Rule
from rflint.rules._together import together
from rflint.words.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rflint.engine.analysis import Analysis, AxisAnalysis
    from rflint.engine.tracing import Trace


def _check(analysis: Analysis) -> Iterator[Finding]:
    found: dict[int, list[str]] = {}
    for part in analysis.axes:
        nodes = {node for trace in part.valid_cases()[0].traces.values() for node in _mixing(part, trace)}
        for node in sorted(nodes):
            found.setdefault(node, []).append(part.name)
    if found:
        yield together(sorted(found), lambda node: layer_of(analysis, node).name, partial(_finding, analysis, found))


def _finding(analysis: Analysis, found: Mapping[int, Sequence[str]], nodes: Sequence[int]) -> Finding:
    layers = [layer_of(analysis, node) for node in nodes]
    first = layers[0]
    others = f" ({counted(len(layers), 'layer')} do this)" if len(layers) > 1 else ""
    return Finding(
        "RF501",
        f"`{first.name}` mixes a summary of the whole map into every feature{others}: "
        "from here on the receptive field is the whole input, and the sizes reported are those of the local paths",
        first.site,
        help="nothing to mend where this is meant; but tiles of a large image give other results than the whole, however far they overlap",
        layer=first.name,
        axes=tuple(axis for axis in analysis.graph.axes if any(axis in axes for axes in map(found.__getitem__, nodes))),
        data={"count": len(layers)},
    )


def _mixing(part: AxisAnalysis, trace: Trace) -> Iterator[int]:
    """Nodes where a global result meets a local path: gates, and merges with a global branch."""
    program, sizing = part.program, part.valid_cases()[0].sizings[0]
    for node, kind in enumerate(program.kinds):
        field = trace.fields[node]
        if field is None or field.why in ("global", "unknown-op"):
            continue
        if kind == GATE:
            yield node
        elif kind == MERGE and field.is_global:
            arriving = [(origin, branch) for origin in program.sources[node] if (branch := trace.fields[origin]) is not None]
            if any(branch.why == "global" or sizing.spreads(program, node, origin) for origin, branch in arriving):
                yield node


RULE = Rule(
    code="RF501",
    name="global-context",
    severity="info",
    summary="a global result merged back into a map: the receptive field is the whole input",
    docs="""
A layer combines a map with a summary of all of it: `squeeze_excite`, `instance_norm`, `group_norm`, `batch_norm` with
`training: true`, attention beside an identity path, a globally pooled branch that is broadcast back. One finding, with
the number of such layers, at the first.

## Why it matters

Every output then depends on every input sample, so the receptive field in the strict sense is the whole input. What the
layer *locates* is still decided by the local paths: their receptive field is what rflint reports, with `global: true`
beside it. Two things follow in practice. Tiling a large image gives other results than the whole, however large the
overlap. And a feature can react to what lies far outside its receptive field, if only as an average.

## How to mend it

Mostly there is nothing to mend. Where tiles must agree with the whole image, use statistics that are fixed at test time
(`batch_norm`), or layers with a local window.

## When it is fine

In most networks that have these layers: the finding is information. Switch it off with `rules: {RF501: off}`.

## References

Hu, Shen, Sun: Squeeze-and-Excitation Networks, CVPR 2018; Araujo, Norris, Sim: Distill 2019, doi 10.23915/distill.00021
(receptive fields of modern networks).
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: conv1, op: conv, kernel: 3, padding: 1}
  - {name: gate, op: squeeze_excite}
  - {name: conv2, op: conv, kernel: 3, padding: 1}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: conv1, op: conv, kernel: 3, padding: 1}
  - {name: norm, op: batch_norm}
  - {name: conv2, op: conv, kernel: 3, padding: 1}
""",
    ),
    check=_check,
)
