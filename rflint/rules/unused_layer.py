"""RF006: parts of a spec that nothing needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.model.finding import Finding, Remedy, Removal
from rflint.model.rule import Example, Rule
from rflint.model.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.engine.analysis import Analysis
    from rflint.model.graph import Graph


def _check(analysis: Analysis) -> Iterator[Finding]:
    """Layers that lead nowhere; inputs, blocks and parameters, and all of a spec without `outputs`, are the front end's to report."""
    graph = analysis.graph
    # Whatever nothing reads may be what a broken layer means to read.
    if not any(site.path[:1] == ("outputs",) for site in graph.output_sites) or any(layer.broken for layer in graph.layers):
        return
    count = len(graph.inputs)
    needed = [False] * (count + len(graph.layers))
    for node in (*graph.outputs, *(target.node for target in graph.targets), *(expectation.node for expectation in graph.expectations)):
        needed[node] = True
    readers = [0] * len(needed)
    for node in range(len(needed) - 1, count - 1, -1):
        for source in _read(graph, node):
            readers[source] += 1
            needed[source] = needed[source] or needed[node]
    if all(needed[count:]):
        return
    useful = {layer.site for node, layer in enumerate(graph.layers, count) if needed[node]}
    for node, layer in enumerate(graph.layers, count):
        # Of what is not needed only the ends; and of a block only what no copy of it needs.
        if not needed[node] and not readers[node] and layer.site not in useful:
            yield Finding(
                "RF006",
                f"`{layer.name}` leads nowhere: no layer reads it, and `outputs`, `targets` and `expect` do not name it",
                layer.site,
                help="name it in `outputs`, read it with `from`, or remove it, and with it what only it reads",
                layer=layer.name,
                remedy=_without(graph, node, needed, readers),
            )


def _read(graph: Graph, node: int) -> Iterator[int]:
    """Nodes that a layer reads, for their values or for their size."""
    layer = graph.layers[node - len(graph.inputs)]
    yield from layer.sources
    if layer.like is not None:
        yield layer.like


def _without(graph: Graph, node: int, needed: list[bool], readers: list[int]) -> Remedy:
    """Remove a layer that nothing reads, and with it what only it reads."""
    count = len(graph.inputs)
    left: dict[int, int] = {}
    gone = [node]
    for each in gone:
        for source in _read(graph, each):
            left[source] = left.get(source, readers[source]) - 1
            if not left[source] and not needed[source] and source >= count:
                gone.append(source)
    layers = [graph.layers[each - count] for each in gone]
    sites = {layer.site for layer in layers}
    # A layer of a branch goes with its branches.
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
