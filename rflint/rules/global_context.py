"""RF501: a summary of the whole map merged back into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rflint.engine import Analysis
from rflint.model import Example, Finding, Graph, Rule, together
from rflint.questions.summaries import summaries
from rflint.words import counted


def _check(analysis: Analysis) -> Iterator[Finding]:
    graph = analysis.graph
    if mixing := summaries(analysis):
        yield together(mixing, lambda layer: graph.node_name(layer[0]), partial(_finding, graph))


def _finding(graph: Graph, mixing: Sequence[tuple[int, tuple[str, ...]]]) -> Finding:
    first = graph.layer(mixing[0][0])
    others = f" ({counted(len(mixing), 'layer')} do this)" if len(mixing) > 1 else ""
    return Finding(
        "RF501",
        f"`{first.name}` mixes a summary of the whole map into every feature{others}: "
        "from here on the receptive field is the whole input, and the sizes reported are those of the local paths",
        first.site,
        help="nothing to mend where this is meant; but tiles of a large image give other results than the whole, however far they overlap",
        layer=first.name,
        axes=tuple(axis for axis in graph.axes if any(axis in axes for _, axes in mixing)),
        data={"count": len(mixing)},
    )


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
