"""RF006: parts of a spec that nothing needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rflint.engine import Analysis
from rflint.model import Example, Finding, Layer, Remedy, Removal, Rule, Site
from rflint.questions.unused import dead_ends


def _check(analysis: Analysis) -> Iterator[Finding]:
    """Layers that lead nowhere; inputs, blocks and parameters, and all of a spec without `outputs`, are the front end's to report."""
    for dead_end in dead_ends(analysis.graph):
        layer = analysis.graph.layer(dead_end.node)
        yield Finding(
            "RF006",
            f"`{layer.name}` leads nowhere: no layer reads it, and `outputs`, `targets` and `expect` do not name it",
            layer.site,
            help="name it in `outputs`, read it with `from`, or remove it, and with it what only it reads",
            layer=layer.name,
            remedy=_without([analysis.graph.layer(node) for node in dead_end.removable]),
        )


def _without(layers: Sequence[Layer]) -> Remedy:
    """Remove the items of these layers; a layer in a branch of a removed item goes with the item."""
    sites = {layer.site for layer in layers}
    outer = [site for site in sites if not any(Site(site.file, site.path[:end]) in sites for end in range(len(site.path)))]
    return Remedy(tuple(Removal(site) for site in sorted(outer)), safe=False, layers=tuple(layer.name for layer in layers))


RULE = Rule(
    code="RF006",
    name="unused-layer",
    severity="warning",
    summary="layers, inputs, blocks and parameters that nothing needs; several unread layers without `outputs`",
    docs="""
A layer that leads to no output, target or expectation; an input that no layer reads; a block that is not used; a
parameter that its block does not read. Without `outputs`, the last layer is the output, and every other layer that
nothing reads is reported.

## Why it matters

Either the layer is a left-over, which costs whoever reads the design, or a connection is missing and the network that
is analysed is not the one that is meant: a branch that reaches no merge adds nothing to the receptive field and cannot
be misaligned.

## How to mend it

Name real outputs, auxiliary heads among them, under `outputs`; read the layer with `from`; or remove it. Only the last
layer of what is not needed is reported: the layers before it go along.

## When it is fine

For parts that are kept for a variant of the network: `when: false` at an item leaves it out and keeps its name, and
`rules: {RF006: off}` switches the rule off for a spec.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: side, op: conv, kernel: 5, padding: 2, from: stem}
  - {name: head, op: conv, kernel: 3, padding: 1, from: stem}
outputs: [head]
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: side, op: conv, kernel: 5, padding: 2, from: stem}
  - {name: main, op: conv, kernel: 3, padding: 1, from: stem}
  - {name: head, op: add, from: [main, side]}
outputs: [head]
""",
    ),
    check=_check,
)
