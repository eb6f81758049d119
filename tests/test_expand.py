"""From document to graph: the whole language of docs/language.md, its mistakes, its limits.

`pytest --update tests/test_expand.py` writes the expected texts under `data/expand` anew.
"""

from __future__ import annotations

import gc
import inspect
import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rflint.language.expand import Expansion, expand
from rflint.model import MISSING, Expectation, Graph, InputSpec, Limits, Site, Target
from rflint.reading import source
from rflint.validation import schema

if TYPE_CHECKING:
    from conftest import Golden

DATA = Path(__file__).parent / "data" / "expand"


def open_in(files: dict[str, str]):
    """An `open_import` for files that exist in a dict only; paths are joined as on disk."""

    def opened(importing: str, target: str) -> tuple[str, bytes] | str:
        parts: list[str] = []
        for part in [*importing.split("/")[:-1], *target.split("/")]:
            parts = parts[:-1] if part == ".." else [*parts, part]
        path = "/".join(parts)
        return (path, files[path].encode()) if path in files else "does not exist"

    return opened


def expansion(text: str, files: dict[str, str] | None = None, limits: Limits | None = None, path: str = "net.yaml") -> Expansion:
    document = source.read(text.encode(), path).document
    assert document is not None
    return expand(document, schema.check(document).bad, open_in(files or {}), limits)


def graph_of(text: str, files: dict[str, str] | None = None) -> Graph:
    """The graph of a spec in which nothing is wrong; `rflint: 1` may be left out."""
    text = dedent(text)
    text = text if "rflint:" in text else "rflint: 1\n" + text
    document = source.read(text.encode(), "net.yaml").document
    assert document is not None
    assert schema.check(document).findings == ()
    found = expansion(text, files)
    assert found.findings == ()
    assert found.graph is not None
    return found.graph


def drawn(graph: Graph) -> str:
    """A graph as text: a line for each layer."""

    def name(node: int | None) -> str:
        return "?" if node == MISSING or node is None else graph.node_name(node)

    lines = []
    for layer in graph.layers:
        fields = "".join(f" {key}={value}" for key, value in layer.fields.items())
        like = f" like {name(layer.like)}" if layer.like is not None else ""
        lines.append(
            f"{layer.name}: {layer.op}{fields} <- {', '.join(map(name, layer.sources))}{like}{' (broken)' if layer.broken else ''}"
        )
    outputs = ", ".join(map(graph.node_name, graph.outputs))
    return "\n".join([*lines, f"=> {outputs}", ""])


def told(found: Expansion, documents: dict[str, source.Document] | None = None) -> str:
    """Findings as text."""
    known = {**found.documents, **(documents or {})}

    def place(site: Site) -> str:
        span = known[site.file].span(site.path, key=site.key)
        return f"{site.file}:{span.line}:{span.column}-{span.end_column if span.end_line == span.line else '…'}"

    lines = []
    for finding in found.findings:
        assert isinstance(finding.where, Site)
        layer = f" [{finding.layer}]" if finding.layer else ""
        lines.append(f"{place(finding.where)} {finding.code}{layer} {finding.message}")
        if finding.help:
            lines.append(f"    help: {finding.help}")
        lines += [f"    {place(note.site)} {note.message}" for note in finding.related]
        if finding.instances:
            lines.append(f"    instances: {', '.join(finding.instances)}")
    return "".join(f"{line}\n" for line in lines)


def codes(found: Expansion) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in found.findings]


# One example with everything


def test_the_example_of_the_design() -> None:
    text = (DATA / "design.yaml").read_text("utf-8")
    found = expansion(text, {"common/blocks.yaml": "rflint: 1\nblocks: {other: {layers: [{op: relu}]}}"})
    assert codes(found) == []
    graph = found.graph
    assert graph is not None
    assert drawn(graph) == dedent(
        """\
        conv1: conv kernel=7 stride=2 padding=3 channels=64 <- image
        relu_2: relu <- conv1
        block1/0/reduce: conv kernel=1 channels=64 padding=same <- relu_2
        block1/0/conv3: conv kernel=3 stride=1 channels=64 padding=same <- block1/0/reduce
        block1/0/expand: conv kernel=1 channels=256 padding=same <- block1/0/conv3
        block1/0/shortcut: conv kernel=1 stride=1 channels=256 padding=same <- relu_2
        block1/0/add: add <- block1/0/expand, block1/0/shortcut
        block1/1/reduce: conv kernel=1 channels=64 padding=same <- block1/0/add
        block1/1/conv3: conv kernel=3 stride=1 channels=64 padding=same <- block1/1/reduce
        block1/1/expand: conv kernel=1 channels=256 padding=same <- block1/1/conv3
        block1/1/add: add <- block1/1/expand, block1/0/add
        block1/2/reduce: conv kernel=1 channels=64 padding=same <- block1/1/add
        block1/2/conv3: conv kernel=3 stride=1 channels=64 padding=same <- block1/2/reduce
        block1/2/expand: conv kernel=1 channels=256 padding=same <- block1/2/conv3
        block1/2/add: add <- block1/2/expand, block1/1/add
        stages/0/reduce: conv kernel=1 channels=128 padding=same <- block1/2/add
        stages/0/conv3: conv kernel=3 stride=2 channels=128 padding=same <- stages/0/reduce
        stages/0/expand: conv kernel=1 channels=512 padding=same <- stages/0/conv3
        stages/0/shortcut: conv kernel=1 stride=2 channels=512 padding=same <- block1/2/add
        stages/0/add: add <- stages/0/expand, stages/0/shortcut
        stages/1/reduce: conv kernel=1 channels=128 padding=same <- stages/0/add
        stages/1/conv3: conv kernel=3 stride=1 channels=128 padding=same <- stages/1/reduce
        stages/1/expand: conv kernel=1 channels=512 padding=same <- stages/1/conv3
        stages/1/add: add <- stages/1/expand, stages/0/add
        mixed/b0/conv_1: conv kernel=1 channels=64 padding=same <- stages/1/add
        mixed/b1/conv_1: conv kernel=1 channels=48 padding=same <- stages/1/add
        mixed/b1/conv_2: conv kernel=5 channels=64 padding=same <- mixed/b1/conv_1
        mixed: concat <- mixed/b0/conv_1, mixed/b1/conv_2, stages/1/add
        => mixed
        """
    )
    assert (graph.name, graph.axes) == ("tiny-net", ("y", "x"))
    assert graph.inputs == (InputSpec("image", (224, 224), 3, (1, 1), Site("net.yaml", ("inputs", "image"))),)
    last = len(graph.inputs) + len(graph.layers) - 1
    assert graph.targets == (Target("pedestrian", (96, 40), last, 1.0, None, Site("net.yaml", ("targets", 0))),)
    facts = {"receptive_field": 63, "stride": 8, "padding": 18, "aligned": True}
    assert graph.expectations == (Expectation(last, "mixed", facts, Site("net.yaml", ("expect", "mixed"))),)
    assert graph.rules == {"RF301": "off", "target-too-large": "warning"}
    assert graph.output_sites == (Site("net.yaml", ("outputs", 0)),)
    assert {name: graph.node_name(node) for name, node in graph.aliases.items()} == {
        "block1/0": "block1/0/add",
        "block1/1/shortcut": "block1/0/add",
        "block1/1": "block1/1/add",
        "block1/2/shortcut": "block1/1/add",
        "block1/2": "block1/2/add",
        "block1": "block1/2/add",
        "block1/add": "block1/2/add",
        "stages/0": "stages/0/add",
        "stages/1/shortcut": "stages/0/add",
        "stages/1": "stages/1/add",
        "stages": "stages/1/add",
        "stages/add": "stages/1/add",
        "mixed/b0": "mixed/b0/conv_1",
        "mixed/b1": "mixed/b1/conv_2",
        "mixed/skip": "stages/1/add",
    }
    layers = {layer.name: layer for layer in graph.layers}
    inner = layers["block1/1/conv3"]
    assert (inner.site, inner.origin) == (Site("net.yaml", ("blocks", "bottleneck", "layers", 1)), (Site("net.yaml", ("layers", 2)),))
    inner = layers["mixed/b1/conv_2"]
    assert (inner.site, inner.origin) == (Site("net.yaml", ("layers", 4, "branches", "b1", 1)), (Site("net.yaml", ("layers", 4)),))
    assert (layers["mixed"].site, layers["mixed"].origin) == (Site("net.yaml", ("layers", 4)), ())


# Structure: one test for each sentence of docs/language.md

GRAPHS = {
    "items chain, and unnamed ones are named by op and place": (
        """
        layers:
          - {op: conv, kernel: 3}
          - {op: relu}
          - {name: pool, op: max_pool, kernel: 2}
          - {op: relu}
        """,
        """\
        conv_1: conv kernel=3 <- input
        relu_2: relu <- conv_1
        pool: max_pool kernel=2 <- relu_2
        relu_4: relu <- pool
        => relu_4
        """,
    ),
    "the first item reads the first input; `from` names others": (
        """
        inputs: {left: {}, right: {}}
        layers:
          - {name: a, op: relu}
          - {name: b, op: relu, from: right}
          - {name: sum, op: add, from: [a, b]}
        """,
        """\
        a: relu <- left
        b: relu <- right
        sum: add <- a, b
        => sum
        """,
    ),
    "items may stand in any order once `from` is given; what is in order stays so": (
        """
        layers:
          - {name: head, op: add, from: [late, early]}
          - {name: side, op: relu, from: input}
          - {name: late, op: relu, from: early}
          - {name: early, op: relu, from: input}
          - {name: last, op: concat, from: [side, head]}
        """,
        """\
        side: relu <- input
        early: relu <- input
        late: relu <- early
        head: add <- late, early
        last: concat <- side, head
        => last
        """,
    ),
    "a repeat chains its copies; the index is part of the path, also of one": (
        """
        layers:
          - {name: conv, op: conv, kernel: 3, repeat: 2}
          - {name: once, op: relu, repeat: 1}
          - {op: relu, repeat: 2}
          - {name: sum, op: add, from: [conv, conv/0, once, relu_3/1]}
        """,
        """\
        conv/0: conv kernel=3 <- input
        conv/1: conv kernel=3 <- conv/0
        once/0: relu <- conv/1
        relu_3/0: relu <- once/0
        relu_3/1: relu <- relu_3/0
        sum: add <- conv/1, conv/0, once/0, relu_3/1
        => sum
        """,
    ),
    "inputs beyond the outputs of a copy stay as given": (
        """
        layers:
          - {name: stem, op: relu}
          - {name: skip, op: relu, from: stem}
          - {name: sums, op: add, from: [stem, skip], repeat: 3}
          - {name: crops, op: crop_like, from: [sums, skip], repeat: 2}
        """,
        """\
        stem: relu <- input
        skip: relu <- stem
        sums/0: add <- stem, skip
        sums/1: add <- sums/0, skip
        sums/2: add <- sums/1, skip
        crops/0: crop_like <- sums/2 like skip
        crops/1: crop_like <- crops/0 like skip
        => crops/1
        """,
    ),
    "index and count in the fields of a repeating item, `from`, `when` and what is inside its branches": (
        """
        layers:
          - {name: enc, op: conv, kernel: 3, dilation: "${2 ** index}", channels: "${count * 8}", repeat: 3}
          - {name: dec, op: add, from: [enc, "enc/${count - index}"], repeat: 2}
          - {name: odd, op: relu, when: "${index % 2 == 1}", repeat: 3}
          - {name: fork, join: add, repeat: 2, broadcast: "${index == 1}", branches: {a: [{op: conv, kernel: "${index + 1}"}], b: []}}
        """,
        """\
        enc/0: conv kernel=3 dilation=1 channels=24 <- input
        enc/1: conv kernel=3 dilation=2 channels=24 <- enc/0
        enc/2: conv kernel=3 dilation=4 channels=24 <- enc/1
        dec/0: add <- enc/2, enc/2
        dec/1: add <- dec/0, enc/1
        odd/1: relu <- dec/1
        fork/0/a/conv_1: conv kernel=1 <- odd/1
        fork/0: add broadcast=False <- fork/0/a/conv_1, odd/1
        fork/1/a/conv_1: conv kernel=2 <- fork/0
        fork/1: add broadcast=True <- fork/1/a/conv_1, fork/0
        => fork/1
        """,
    ),
    "what is left out is the identity of its first input; names resolve, neighbours chain": (
        """
        blocks:
          pair:
            inputs: [a, b]
            outputs: [x, y]
            layers: [{name: x, op: relu, from: a}, {name: y, op: relu, from: b}]
        layers:
          - {name: stem, op: relu}
          - {name: off, op: conv, kernel: 3, when: false}
          - {name: none, op: conv, kernel: 3, repeat: 0}
          - {name: next, op: conv, kernel: 3}
          - {name: merge, op: add, from: [later, next], when: false}
          - {name: later, op: relu, from: off}
          - {name: pair, use: pair, from: [next, later], repeat: 0}
          - {name: fork, join: add, from: next, when: "${1 > 2}", branches: {a: [], b: []}}
          - {name: end, op: concat, from: [off, none, merge, pair, pair/x, pair/y, fork]}
        """,
        """\
        stem: relu <- input
        next: conv kernel=3 <- stem
        later: relu <- stem
        end: concat <- stem, stem, later, next, next, later, next
        => end
        """,
    ),
    "one of two items of one name, where only one is there": (
        """
        blocks:
          unit:
            params: {pool: true}
            layers:
              - {name: down, op: max_pool, kernel: 2, when: "${pool}"}
              - {name: before, op: relu, from: down}
              - {name: down, op: conv, kernel: 2, stride: 2, when: "${not pool}", from: input}
              - {name: after, op: add, from: [down, before]}
        layers:
          - {name: a, use: unit}
          - {name: b, use: unit, with: {pool: false}}
        """,
        """\
        a/down: max_pool kernel=2 <- input
        a/before: relu <- a/down
        a/after: add <- a/down, a/before
        b/down: conv kernel=2 stride=2 <- a/after
        b/before: relu <- b/down
        b/after: add <- b/down, b/before
        => b/after
        """,
    ),
    "blocks: parameters, positional inputs, several outputs": (
        """
        blocks:
          cross:
            params: {k: null, s: 1, name: mix}
            inputs: [left, right]
            outputs: [sum, product]
            layers:
              - {name: sum, op: add, from: [left, right]}
              - {name: product, op: mul, from: [left, right]}
              - {name: "${name}_${k}", op: conv, kernel: "${k}", stride: ["${s}", "${s + 1}"], from: sum}
              - {name: end, op: relu}
        inputs: {x: {}, y: {}}
        layers:
          - {name: one, use: cross, from: [x, y], with: {k: 3}}
          - {name: two, use: cross, from: [one, one/product], with: {k: 5, s: 2, name: blend}}
          - {name: three, op: concat, from: [two, two/sum, two/product, two/blend_5, one/end, two/end]}
        """,
        """\
        one/sum: add <- x, y
        one/product: mul <- x, y
        one/mix_3: conv kernel=3 stride=[1, 2] <- one/sum
        one/end: relu <- one/mix_3
        two/sum: add <- one/sum, one/product
        two/product: mul <- one/sum, one/product
        two/blend_5: conv kernel=5 stride=[2, 3] <- two/sum
        two/end: relu <- two/blend_5
        three: concat <- two/sum, two/sum, two/product, two/blend_5, one/end, two/end
        => three
        """,
    ),
    "output j of a copy feeds input j of the next; `*` means every index, in order": (
        """
        blocks:
          step:
            inputs: [x, state, clock]
            outputs: [skip, next]
            layers:
              - {name: skip, op: add, from: [x, clock]}
              - {name: next, op: relu, from: state}
        layers:
          - {name: stem, op: relu}
          - {name: clock, op: relu, from: input}
          - {name: stack, use: step, repeat: 3, from: [stem, input, clock]}
          - {name: skips, op: concat, from: ["stack/*/skip", stack, stack/next, "stack/*"]}
        """,
        """\
        stem: relu <- input
        clock: relu <- input
        stack/0/skip: add <- stem, clock
        stack/0/next: relu <- input
        stack/1/skip: add <- stack/0/skip, clock
        stack/1/next: relu <- stack/0/next
        stack/2/skip: add <- stack/1/skip, clock
        stack/2/next: relu <- stack/1/next
        skips: concat <- stack/0/skip, stack/1/skip, stack/2/skip, stack/2/skip, stack/2/next, stack/0/skip, stack/1/skip, stack/2/skip
        => skips
        """,
    ),
    "wildcards inside one another, and more than ten": (
        """
        blocks:
          unit: {layers: [{name: conv, op: relu, repeat: 2}]}
        layers:
          - {name: stage, use: unit, repeat: 2}
          - {name: many, op: relu, repeat: 11}
          - {name: all, op: concat, from: ["stage/*/conv/*", "many/*"]}
        """,
        """\
        stage/0/conv/0: relu <- input
        stage/0/conv/1: relu <- stage/0/conv/0
        stage/1/conv/0: relu <- stage/0/conv/1
        stage/1/conv/1: relu <- stage/1/conv/0
        many/0: relu <- stage/1/conv/1
        many/1: relu <- many/0
        many/2: relu <- many/1
        many/3: relu <- many/2
        many/4: relu <- many/3
        many/5: relu <- many/4
        many/6: relu <- many/5
        many/7: relu <- many/6
        many/8: relu <- many/7
        many/9: relu <- many/8
        many/10: relu <- many/9
        all: concat <- stage/0/conv/0, stage/0/conv/1, stage/1/conv/0, stage/1/conv/1, many/0, many/1, many/2, many/3, many/4, many/5, \
many/6, many/7, many/8, many/9, many/10
        => all
        """,
    ),
    "rows: an instance for each mapping, one of them too": (
        """
        blocks:
          unit: {params: {k: null, n: 0}, layers: [{name: conv, op: conv, kernel: "${k}", channels: "${n}"}]}
        layers:
          - {name: stages, use: unit, with: [{k: 3, n: "${index + 1}"}, {k: 5, n: "${count}"}]}
          - {use: unit, with: [{k: 7, n: 9}]}
          - {op: add, from: [stages, stages/0, stages/0/conv, unit_2]}
        """,
        """\
        stages/0/conv: conv kernel=3 channels=1 <- input
        stages/1/conv: conv kernel=5 channels=2 <- stages/0/conv
        unit_2/0/conv: conv kernel=7 channels=9 <- stages/1/conv
        add_3: add <- stages/1/conv, stages/0/conv, stages/0/conv, unit_2/0/conv
        => add_3
        """,
    ),
    "branches: an empty one is the identity, the join is named like the item, its fields stand beside it": (
        """
        layers:
          - {name: stem, op: relu}
          - name: mixed
            from: stem
            join: concat
            axis: y
            broadcast: true
            branches:
              a: [{op: conv, kernel: 1}, {op: relu}]
              skip: []
              deep:
                - {name: inner, join: add, branches: {x: [], y: [{op: relu}]}}
          - {join: max, branches: {p: [{op: relu}], q: [{op: relu, from: mixed/a}]}}
          - {name: parts, op: add, from: [mixed, mixed/a/conv_1, mixed/skip, mixed/deep/inner/y, max_3, max_3/p]}
        """,
        """\
        stem: relu <- input
        mixed/a/conv_1: conv kernel=1 <- stem
        mixed/a/relu_2: relu <- mixed/a/conv_1
        mixed/deep/inner/y/relu_1: relu <- stem
        mixed/deep/inner: add <- stem, mixed/deep/inner/y/relu_1
        mixed: concat axis=y broadcast=True <- mixed/a/relu_2, stem, mixed/deep/inner
        max_3/p/relu_1: relu <- mixed
        max_3/q/relu_1: relu <- mixed/a/relu_2
        max_3: max <- max_3/p/relu_1, max_3/q/relu_1
        parts: add <- mixed, mixed/a/conv_1, stem, mixed/deep/inner/y/relu_1, max_3, max_3/p/relu_1
        => parts
        """,
    ),
    "look-up: layer of this list, block input, the lists around a branch, then paths": (
        """
        blocks:
          unit:
            inputs: [input, x, y]
            layers:
              - {name: x, op: relu, from: z}
              - {name: z, op: relu, from: y}
              - name: fork
                from: input
                join: concat
                branches:
                  a:
                    - {name: z, op: relu}
                    - {name: own, op: relu, from: input}
                    - {name: all, op: concat, from: [z, x, y, own, s/t, fork2/a/own]}
                  b: [{name: own, op: relu}, {name: s, op: relu, repeat: 1}, {op: add, from: [own, s/0]}]
              - {name: fork2, from: input, join: concat, branches: {a: [{name: own, op: relu}], b: [{name: b, op: relu, from: x}]}}
              - {name: s/t, op: relu, from: x}
              - {name: end, op: add, from: [fork, fork2, s/t]}
        layers:
          - {name: z, op: relu}
          - {name: u, use: unit, from: [input, input, z]}
        """,
        """\
        z: relu <- input
        u/z: relu <- z
        u/x: relu <- u/z
        u/fork/a/z: relu <- input
        u/fork/a/own: relu <- input
        u/fork/b/own: relu <- input
        u/fork/b/s/0: relu <- u/fork/b/own
        u/fork/b/add_3: add <- u/fork/b/own, u/fork/b/s/0
        u/fork2/a/own: relu <- input
        u/fork2/b/b: relu <- u/x
        u/fork2: concat <- u/fork2/a/own, u/fork2/b/b
        u/s/t: relu <- u/x
        u/fork/a/all: concat <- u/fork/a/z, u/x, z, u/fork/a/own, u/s/t, u/fork2/a/own
        u/fork: concat <- u/fork/a/all, u/fork/b/add_3
        u/end: add <- u/fork, u/fork2, u/s/t
        => u/end
        """,
    ),
    "names with slashes, as models have them": (
        """
        layers:
          - {name: layer1/conv, op: relu}
          - {name: layer1/bn, op: relu, from: layer1/conv}
          - {name: x.1, op: add, from: [layer1/conv, layer1/bn]}
          - {name: stack, op: relu, repeat: 2}
          - {name: fork, join: add, branches: {a: [{op: add, from: [layer1/bn, stack/0]}], b: []}}
        """,
        """\
        layer1/conv: relu <- input
        layer1/bn: relu <- layer1/conv
        x.1: add <- layer1/conv, layer1/bn
        stack/0: relu <- x.1
        stack/1: relu <- stack/0
        fork/a/add_1: add <- layer1/bn, stack/0
        fork: add <- fork/a/add_1, stack/1
        => fork
        """,
    ),
    "a name with a slash comes before a path of the same letters": (
        """
        blocks: {inner: {layers: [{name: y, op: relu}]}}
        layers:
          - {name: x/y, op: tanh}
          - {name: fork, join: add, branches: {a: [{name: x, use: inner}, {op: add, from: [x/y, x]}], b: []}}
        """,
        """\
        x/y: tanh <- input
        fork/a/x/y: relu <- x/y
        fork/a/add_2: add <- x/y, fork/a/x/y
        fork: add <- fork/a/add_2, x/y
        => fork
        """,
    ),
    "inputs with slashes in their names": (
        """
        inputs: {cam/left: {channels: 3}, cam/right: {channels: 3}}
        blocks:
          pair:
            inputs: [a/b, a/c]
            layers:
              - {name: both, op: add, from: [a/c, a/b]}
        layers:
          - {name: l, op: relu, from: cam/left}
          - {name: r, op: relu, from: cam/right}
          - {name: p, use: pair, from: [l, r]}
          - {name: fork, join: add, branches: {a: [{op: add, from: [cam/right, p]}], b: []}}
        """,
        """\
        l: relu <- cam/left
        r: relu <- cam/right
        p/both: add <- r, l
        fork/a/add_1: add <- cam/right, p/both
        fork: add <- fork/a/add_1, p/both
        => fork
        """,
    ),
    "a block may use itself under `when`": (
        """
        blocks:
          tree:
            params: {depth: null}
            layers:
              - {name: root, op: relu}
              - {name: left, use: tree, when: "${depth > 0}", with: {depth: "${depth - 1}"}}
              - {name: right, use: tree, when: "${depth > 0}", with: {depth: "${depth - 1}"}, from: root}
              - {name: sum, op: add, from: [left, right]}
        layers:
          - {name: t, use: tree, with: {depth: 1}}
        """,
        """\
        t/root: relu <- input
        t/left/root: relu <- t/root
        t/left/sum: add <- t/left/root, t/left/root
        t/right/root: relu <- t/root
        t/right/sum: add <- t/right/root, t/right/root
        t/sum: add <- t/left/sum, t/right/sum
        => t/sum
        """,
    ),
    "a parameter, or an index, says which block is used": (
        """
        blocks:
          one: {layers: [{name: r, op: relu}]}
          two: {outputs: [s, t], layers: [{name: s, op: sigmoid}, {name: t, op: tanh}]}
          both:
            params: {kinds: null}
            layers:
              - {use: "${kinds[0]}"}
              - {name: each, use: "${kinds[index]}", repeat: "${len(kinds)}"}
              - {name: gone, use: "${kinds[7]}", when: false}
              - {name: end, op: add, from: [gone, each/t]}
        layers:
          - {name: a, use: both, with: {kinds: [one, two]}}
        """,
        """\
        a/use_1/r: relu <- input
        a/each/0/r: relu <- a/use_1/r
        a/each/1/s: sigmoid <- a/each/0/r
        a/each/1/t: tanh <- a/each/1/s
        a/end: add <- a/each/1/s, a/each/1/t
        => a/end
        """,
    ),
    "`like`, and the last input of crop_like and resize_like, give a size only": (
        """
        layers:
          - {name: big, op: relu}
          - {name: small, op: max_pool, kernel: 2}
          - {name: up, op: resize, like: big}
          - {name: up2, op: resize_like, from: [small, later]}
          - {name: crop, op: crop_like, from: ["${'up'}", "${'big'}"]}
          - {name: later, op: relu, from: big}
          - {name: end, op: add, from: [up2, crop, later]}
        """,
        """\
        big: relu <- input
        small: max_pool kernel=2 <- big
        up: resize like=big <- small like big
        crop: crop_like <- up like big
        later: relu <- big
        up2: resize_like <- small like later
        end: add <- up2, crop, later
        => end
        """,
    ),
    "defaults are laid under; of exclusive fields the item's own choice counts": (
        """
        defaults:
          conv: {padding: same, kernel: 3, channels: "${16 * 2}"}
          resize: {scale: 2, mode: linear}
          add: {broadcast: true}
        layers:
          - {name: a, op: conv}
          - {name: b, op: conv, padding: 0, channels: 8}
          - {name: c, op: resize}
          - {name: d, op: resize, size: 7}
          - {name: e, op: resize, like: a}
          - {name: f, join: add, branches: {x: [], y: []}}
        """,
        """\
        a: conv padding=same kernel=3 channels=32 <- input
        b: conv padding=0 channels=8 kernel=3 <- a
        c: resize scale=2 mode=linear <- b
        d: resize size=7 mode=linear <- c
        e: resize like=a mode=linear <- d like a
        f: add broadcast=True <- e, e
        => f
        """,
    ),
    "parameters may be lists, of names too; null is not given": (
        """
        blocks:
          unit:
            params: {kernel: [3, 5], at: null, pad: [[0, 1], [1, 0]]}
            inputs: [a, b]
            layers:
              - {name: sum, op: add, from: "${at}"}
              - {name: conv, op: conv, kernel: "${kernel}", padding: "${pad}"}
        layers:
          - {name: u, use: unit, from: [input, input], with: {kernel: null, at: [a, b]}}
        """,
        """\
        u/sum: add <- input, input
        u/conv: conv kernel=[3, 5] padding=[[0, 1], [1, 0]] <- u/sum
        => u/conv
        """,
    ),
    "outputs are named one by one, with `*`, through instances, as inputs": (
        """
        blocks:
          two: {outputs: [b, a], layers: [{name: a, op: relu}, {name: b, op: relu}]}
        layers:
          - {name: heads, op: relu, repeat: 2}
          - {name: two, use: two}
        outputs: ["heads/*", two, two/a, heads]
        """,
        """\
        heads/0: relu <- input
        heads/1: relu <- heads/0
        two/a: relu <- heads/1
        two/b: relu <- two/a
        => heads/0, heads/1, two/b, two/a
        """,
    ),
    "an output of a block may be an input, or lie deep inside": (
        """
        blocks:
          inner: {layers: [{name: conv, op: relu, repeat: 2}]}
          outer: {outputs: [inner/conv/0, input], layers: [{name: inner, use: inner}]}
        layers:
          - {name: stem, op: relu}
          - {name: o, use: outer}
          - {name: p, use: outer, repeat: 2}
          - {name: end, op: add, from: [o, o/input, p, p/input, p/inner/conv/0, o/inner/conv/1, p/0/inner]}
        outputs: [end]
        """,
        """\
        stem: relu <- input
        o/inner/conv/0: relu <- stem
        o/inner/conv/1: relu <- o/inner/conv/0
        p/0/inner/conv/0: relu <- o/inner/conv/0
        p/0/inner/conv/1: relu <- p/0/inner/conv/0
        p/1/inner/conv/0: relu <- p/0/inner/conv/0
        p/1/inner/conv/1: relu <- p/1/inner/conv/0
        end: add <- o/inner/conv/0, stem, p/1/inner/conv/0, p/0/inner/conv/0, p/1/inner/conv/0, o/inner/conv/1, p/0/inner/conv/1
        => end
        """,
    ),
}


@pytest.mark.parametrize(("text", "expected"), GRAPHS.values(), ids=[name.replace(" ", "_") for name in GRAPHS])
def test_graph(text: str, expected: str) -> None:
    assert drawn(graph_of(text)) == dedent(expected)


# What layers know


def test_origins_and_suppressions_of_nested_instances() -> None:
    files = {"lib/a.yaml": "rflint: 1\nimport: [../b.yaml]\nblocks: {outer: {layers: [{name: in, use: inner, ignore: [RF302]}]}}"}
    files["b.yaml"] = dedent(
        """\
        rflint: 1
        defaults: {conv: {padding: same}}
        blocks:
          inner:
            layers:
              - {name: fork, join: add, ignore: [drift], branches: {a: [{name: conv, op: conv, kernel: 3, ignore: [RF301]}], b: []}}
        """
    )
    text = """
        import: [lib/a.yaml]
        defaults: {conv: {padding: 7}}
        layers:
          - {name: use, use: outer, repeat: 2, ignore: [RF401]}
          - {name: own, op: conv, kernel: 1}
        """
    graph = graph_of(text, files)
    assert drawn(graph) == dedent(
        """\
        use/0/in/fork/a/conv: conv kernel=3 padding=same <- input
        use/0/in/fork: add <- use/0/in/fork/a/conv, input
        use/1/in/fork/a/conv: conv kernel=3 padding=same <- use/0/in/fork
        use/1/in/fork: add <- use/1/in/fork/a/conv, use/0/in/fork
        own: conv kernel=1 padding=7 <- use/1/in/fork
        => own
        """
    )
    use, inner = Site("net.yaml", ("layers", 0)), Site("lib/a.yaml", ("blocks", "outer", "layers", 0))
    fork = Site("b.yaml", ("blocks", "inner", "layers", 0))
    conv = Site("b.yaml", ("blocks", "inner", "layers", 0, "branches", "a", 0))
    assert [(layer.site, layer.origin, layer.ignore) for layer in graph.layers[2:]] == [
        (conv, (use, inner, fork), ("RF401", "RF302", "drift", "RF301")),
        (fork, (use, inner), ("RF401", "RF302", "drift")),
        (Site("net.yaml", ("layers", 1)), (), ()),
    ]


def test_fields_of_equal_layers_are_one_object() -> None:
    graph = graph_of("layers: [{op: conv, kernel: 3}, {op: conv, kernel: 3}, {op: conv, kernel: 3, repeat: 2}, {op: conv, kernel: '${3}'}]")
    assert len({id(layer.fields) for layer in graph.layers}) == 1
    graph = graph_of("layers: [{op: conv, kernel: 3, bias: true}, {op: conv, kernel: 3, channels: 1, repeat: 2}]")
    assert [dict(layer.fields) for layer in graph.layers] == [
        {"kernel": 3, "bias": True},
        {"kernel": 3, "channels": 1},
        {"kernel": 3, "channels": 1},
    ]


def test_inputs_and_axes() -> None:
    graph = graph_of(
        """
        axes: [z, y, x]
        inputs: {a: {size: 7}, b: {size: [1, null, 3], channels: 4}, c: {multiple_of: [1, 2, 3]}, d: {multiple_of: 8}, e: {}}
        layers: [{op: concat, from: [a, b, c, d, e]}]
        """
    )
    unknown = (None, None, None)
    ones = (1, 1, 1)
    assert graph.axes == ("z", "y", "x")
    assert [(given.name, given.size, given.channels, given.multiple_of) for given in graph.inputs] == [
        ("a", (7, 7, 7), None, ones),
        ("b", (1, None, 3), 4, ones),
        ("c", unknown, None, (1, 2, 3)),
        ("d", unknown, None, (8, 8, 8)),
        ("e", unknown, None, ones),
    ]
    (default,) = graph_of("{axes: [t], layers: [{op: relu}]}".join(["{rflint: 1, ", "}"]).replace("{axes", "axes", 1)[:-1]).inputs
    assert (default.name, default.size, default.multiple_of) == ("input", (None,), (1,))


def test_targets_and_expectations_name_instances() -> None:
    graph = graph_of(
        """
        inputs: {left: {}, right: {}}
        blocks: {unit: {layers: [{name: conv, op: conv, kernel: 3}]}}
        layers:
          - {name: stack, use: unit, repeat: 2}
          - {name: off, op: relu, when: false}
          - {name: end, op: add, from: [stack, right]}
        targets:
          - {name: car, size: [7, 8], layer: stack/0, coverage: 0.5, input: left}
          - {name: dog, size: 9, layer: off}
        expect:
          stack: {size: [3, 4], input: left}
          off: {stride: 1}
          right: {channels: null}
        """
    )
    assert [(target.name, graph.node_name(target.node), target.size, target.coverage, target.input) for target in graph.targets] == [
        ("car", "stack/0/conv", (7, 8), 0.5, "left"),
        ("dog", "stack/1/conv", (9, 9), 1.0, None),
    ]
    assert [(fact.layer, graph.node_name(fact.node), fact.facts) for fact in graph.expectations] == [
        ("stack", "stack/1/conv", {"size": [3, 4], "input": "left"}),
        ("off", "stack/1/conv", {"stride": 1}),
        ("right", "right", {"channels": None}),
    ]


def test_no_graph() -> None:
    library = expansion("rflint: 1\nblocks: {unit: {layers: [{op: relu}]}}")
    assert (library.graph, library.findings, library.is_library) == (None, (), True)
    assert [*library.documents] == ["net.yaml"]
    for text in ("rflint: 2\nlayers: [{op: [relu]}]", "[rflint]", "rflint: 1", "rflint: 1\nlayers: 3", "3"):
        found = expansion(text)
        assert (found.graph, found.findings, found.is_library) == (None, (), False)


def test_an_import_that_is_no_spec_of_this_version() -> None:
    files = {"new.yaml": "rflint: 2\nblocks: [{op: [relu]}]", "list.yaml": "[rflint]"}
    found = expansion("rflint: 1\nimport: [new.yaml, list.yaml]\nlayers: [{use: a}]", files)
    assert told(found) == (
        "new.yaml:1:9-10 RF002 this spec is written in version 2 of the language; this rflint reads version 1\n"
        "    help: use a newer rflint, or write the spec in version 1\n"
        "list.yaml:1:1-9 RF002 a spec must be a mapping, not a list with 1 entry\n"
        "    help: put the list under `layers:`, behind a first line `rflint: 1`\n"
    )
    assert found.graph is not None
    assert [layer.broken for layer in found.graph.layers] == [True]


def test_documents_hold_all_that_was_read() -> None:
    files = {
        "lib/a.yaml": "rflint: 1\nimport: [b.yaml]\nblocks: {a: {layers: [{use: b}]}}",
        "lib/b.yaml": "rflint: 1\nblocks: {b: {layers: [{op: relu}]}}",
    }
    found = expansion("rflint: 1\nimport: [lib/a.yaml]\nlayers: [{use: a}]", files)
    assert [*found.documents] == ["net.yaml", "lib/a.yaml", "lib/b.yaml"]
    assert found.findings == ()


def test_networkx_is_imported_for_cycles_only() -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests'); from test_expand import expansion\n"
        "expansion('rflint: 1\\nlayers: [{name: a, op: relu, from: b}, {name: b, op: relu, from: input}]\\noutputs: [a]')\n"
        "print(sorted({'networkx', 'jsonschema', 'rflint.language.expression_compiler'} & {*sys.modules}))\n"
        "expansion('rflint: 1\\nlayers: [{name: a, op: relu, from: b}, {name: b, op: relu}]')\n"
        "print(sorted({'networkx', 'jsonschema', 'rflint.language.expression_compiler'} & {*sys.modules}))"
    )
    # `hypothesis` and `pytest` bring neither.
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=DATA.parents[2])
    assert done.stdout.splitlines() == ["[]", "['networkx']"]


# Limits: each its own error, at once and without memory

NEST = "blocks:\n  a: {layers: [{use: b, repeat: 1000}]}\n  b: {layers: [{use: c, repeat: 1000}]}\n"
COUNTDOWN = "blocks: {a: {params: {n: null}, layers: [{op: relu}, {use: a, when: '${n > 0}', with: {n: '${n - 1}'}}]}}\n"
BOMBS = {
    "repeat": (
        "layers: [{op: relu, repeat: '${10 ** 9}'}]",
        "1,000,000,000 copies would make more than 200,000 layers in all, which is the limit",
    ),
    "repeat of nothing": (
        "layers: [{op: relu, repeat: '${10 ** 9}', when: false}]",
        "1,000,000,000 copies would make more than 200,000 layers in all, which is the limit",
    ),
    "nested repeats": (
        NEST + "  c: {layers: [{op: relu, repeat: 1000}]}\nlayers: [{use: a, repeat: 1000}]",
        "expanding this spec takes more than 200,000 steps",
    ),
    "nested repeats of nothing": (
        NEST + "  c: {layers: [{op: relu, when: false}]}\nlayers: [{use: a, repeat: 1000}]",
        "expanding this spec takes more than 200,000 steps",
    ),
    "doubling": (
        "blocks:\n  b0: {layers: [{op: relu}]}\n"
        + "".join(f"  b{i}: {{layers: [{{use: b{i - 1}}}, {{use: b{i - 1}}}]}}\n" for i in range(1, 50))
        + "layers: [{use: b49}]",
        "expanding this spec takes more than 200,000 steps",
    ),
    "wildcards": (
        "layers: [{name: a, op: relu, repeat: 2000}, {op: concat, from: ['a/*', 'a/*'], repeat: 2000}]",
        "expanding this spec takes more than 200,000 steps",
    ),
    "parameters": (
        "blocks: {a: {params: {"
        + ", ".join(f"p{i}: 1" for i in range(1000))
        + "}, layers: [{op: relu}]}}\nlayers: [{use: a, repeat: 5000}]",
        "expanding this spec takes more than 200,000 steps",
    ),
    "expressions": (
        "layers: [{op: conv, kernel: '${(" + "+".join(["index"] * 50) + ") * 0 + 1}', repeat: 10000}]",
        "expanding this spec takes more than 200,000 steps",
    ),
    "strings": ("layers: [{op: conv, kernel: \"${len('a' * 9999)}\", repeat: 10000}]", "expanding this spec takes more than 200,000 steps"),
    "names": (
        f"blocks: {{a: {{layers: [{{name: {'a' * 5000}, op: relu}}]}}}}\nlayers: [{{name: {'b' * 5000}, use: a, repeat: 10000}}]",
        "expanding this spec takes more than 200,000 steps",
    ),
    "a block that uses itself": (
        "blocks: {a: {layers: [{op: relu}, {use: a}]}}\nlayers: [{use: a}]",
        "`a` → `a` never ends: blocks may be nested 64 deep; end it with a `when` on the inner use",
    ),
    "blocks that use each other": (
        "blocks: {a: {layers: [{use: b}]}, b: {layers: [{use: a}]}}\nlayers: [{use: b}]",
        "`b` → `a` → `b` never ends: blocks may be nested 64 deep; end it with a `when` on the inner use",
    ),
    "depth that counts down too late": (
        COUNTDOWN + "layers: [{use: a, with: {n: 64}}]",
        "`a` → `a` never ends: blocks may be nested 64 deep; end it with a `when` on the inner use",
    ),
}


@pytest.mark.parametrize(("text", "message"), BOMBS.values(), ids=BOMBS)
def test_bombs(text: str, message: str) -> None:
    found = expansion("rflint: 1\n" + text, limits=Limits(steps=200_000))
    assert codes(found) == [("RF001", message)]
    assert found.graph is None


def test_bombs_at_the_default_limits() -> None:
    layers = "1,000 copies would make more than 200,000 layers in all, which is the limit"
    assert codes(expansion("rflint: 1\n" + BOMBS["nested repeats"][0])) == [("RF001", layers)]
    steps = "expanding this spec takes more than 5,000,000 steps"
    assert codes(expansion("rflint: 1\n" + BOMBS["wildcards"][0].replace("2000", "4000"))) == [("RF001", steps)]


def test_limits_are_exact() -> None:
    text = "rflint: 1\nblocks: {a: {layers: [{op: relu, repeat: 3}, {op: relu}]}}\n"
    text += "layers: [{op: relu}, {use: a, repeat: 2}, {op: relu, repeat: 1}]"
    assert expansion(text, limits=Limits(layers=10)).findings == ()
    assert codes(expansion(text, limits=Limits(layers=9))) == [("RF001", "1 copy would make more than 9 layers in all, which is the limit")]
    assert codes(expansion(text, limits=Limits(layers=8))) == [("RF001", "this would make more than 8 layers in all, which is the limit")]
    assert len(graph_of(COUNTDOWN + "layers: [{use: a, with: {n: 63}}]").layers) == 64
    text = "rflint: 1\nlayers: [{join: add, branches: {a: [{join: add, branches: {a: [], b: []}}], b: []}}]"
    assert expansion(text, limits=Limits(nesting=2)).findings == ()
    assert codes(expansion(text, limits=Limits(nesting=1))) == [
        ("RF001", "blocks and branches are nested more than 1 deep, which is the limit")
    ]


def test_a_short_stack_is_a_finding_too() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 250)
    try:
        found = expansion("rflint: 1\n" + COUNTDOWN + "layers: [{use: a, with: {n: 63}}]")
    finally:
        sys.setrecursionlimit(limit)
    assert codes(found) == [("RF001", "blocks and branches are nested deeper than can be followed here")]


def test_limits_of_imports() -> None:
    files = {
        f"{number}.yaml": f"rflint: 1\nimport: [{number + 1}.yaml]\nblocks: {{b{number}: {{layers: [{{op: relu}}]}}}}"
        for number in range(70)
    }
    files["70.yaml"] = "rflint: 1\nblocks: {b70: {layers: [{op: relu}]}}"
    text = "rflint: 1\nimport: [0.yaml]\nlayers: [{use: b0}]"
    assert codes(expansion(text, files)) == [("RF001", "imports lead more than 64 files deep, which is the limit")]
    assert expansion(text, files, Limits(nesting=71)).findings == ()
    text = "rflint: 1\nimport: [{}]\nlayers: [{{use: b70}}]".format(", ".join(f"{'./' * number}70.yaml" for number in range(201)))

    def opened(importing: str, target: str) -> tuple[str, bytes]:
        return "70.yaml", files["70.yaml"].encode()

    document = source.read(text.encode(), "net.yaml").document
    assert document is not None
    found = expand(document, frozenset(), opened)
    assert codes(found) == [("RF001", "more than 200 imports, which is the limit")]
    found = expand(document, frozenset(), opened, Limits(imports=201))
    assert codes(found) == []
    text = "rflint: 1\nimport: [0.yaml]\nlayers: [{use: b0}]"
    assert codes(expansion(text, files, Limits(import_bytes=100))) == [
        ("RF001", "the imports have more than 100 bytes together, which is the limit")
    ]


def test_the_collector_of_garbage_is_left_as_it_was() -> None:
    assert gc.isenabled()
    expansion("rflint: 1\nlayers: [{op: relu}]")
    assert gc.isenabled()
    gc.disable()
    try:
        expansion("rflint: 1\nlayers: [{op: relu}]")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_many_mistakes_cost_little() -> None:
    """Did-you-mean stops, refused values are looked at a few times."""
    text = "rflint: 1\nlayers:\n" + "".join(f"  - {{name: layer{number}, op: relu, from: layr{number + 1}}}\n" for number in range(3000))
    found = expansion(text)
    assert [finding.code for finding in found.findings] == ["RF004"] * 3000
    assert found.findings[0].message == "no layer or input is named `layr1` here; did you mean `layer1`?"
    assert found.findings[-1].message == "no layer or input is named `layr3000` here"
    found = expansion("rflint: 1\nlayers: [{name: a, op: conv, kernel: '${-index}', repeat: 3000}]")
    assert codes(found) == [("RF002", "`kernel` of `conv` must be at least 1, not 0")]
    assert found.graph is not None
    assert all(layer.broken for layer in found.graph.layers)


# Mistakes: each file's findings and graph, word for word

GOLDEN = sorted(path for path in DATA.glob("*.yaml") if path.name != "design.yaml")


def golden_text(path: Path) -> str:
    files = {str(other.relative_to(DATA).as_posix()): other.read_text("utf-8") for other in DATA.rglob("*.yaml")}
    found = expansion(path.read_text("utf-8"), files, path=path.name)
    return told(found) + "---\n" + (drawn(found.graph) if found.graph else f"no graph{', a library' if found.is_library else ''}\n")


@pytest.mark.parametrize("path", GOLDEN, ids=[path.stem for path in GOLDEN])
def test_golden(path: Path, golden: Golden) -> None:
    golden(path.with_suffix(".txt"), golden_text(path))


# Hypothesis: one network, written in several ways


def wiring_of(graph: Graph) -> tuple[object, ...]:
    """A graph without the names of its layers."""
    layers = tuple((layer.op, sorted(layer.fields.items(), key=str), layer.sources, layer.like, layer.broken) for layer in graph.layers)
    return graph.inputs[0].name, layers, graph.outputs


kernels = st.lists(st.integers(1, 9), min_size=1, max_size=5)
BLOCK = """
blocks:
  unit:
    params: {k: null, n: 1}
    layers:
      - {name: conv, op: conv, kernel: "${k}", dilation: "${n}"}
      - {name: relu, op: relu, repeat: "${n}"}
      - {name: add, op: add, from: [relu, input]}
"""


@settings(max_examples=60)
@given(kernels, st.integers(0, 2))
def test_rows_and_separate_uses_are_one_network(sizes: list[int], copies: int) -> None:
    rows = ", ".join(f"{{k: {size}, n: {copies}}}" for size in sizes) if copies else ", ".join(f"{{k: {size}}}" for size in sizes)
    with_rows = f"{BLOCK}\nlayers: [{{op: relu}}, {{name: u, use: unit, with: [{rows}]}}]"
    n = f", n: {copies}" if copies else ""
    uses = "".join(f", {{name: u{place}, use: unit, with: {{k: {size}{n}}}}}" for place, size in enumerate(sizes))
    separate = f"{BLOCK}\nlayers: [{{op: relu}}{uses}]"
    written = "layers:\n  - {name: r, op: relu}\n"
    before = "r"
    for place, size in enumerate(sizes):
        written += f"  - {{name: c{place}, op: conv, kernel: {size}, dilation: {copies or 1}, from: {before}}}\n"
        written += "".join(f"  - {{name: r{place}_{copy}, op: relu}}\n" for copy in range(copies or 1))
        written += f"  - {{name: a{place}, op: add, from: [r{place}_{(copies or 1) - 1}, {before}]}}\n"
        before = f"a{place}"
    first = wiring_of(graph_of(with_rows))
    assert wiring_of(graph_of(separate)) == first
    assert wiring_of(graph_of(written)) == first


@settings(max_examples=60)
@given(st.integers(1, 6), st.integers(0, 5), st.booleans())
def test_a_repeat_and_what_it_stands_for_are_one_network(count: int, left_out: int, two: bool) -> None:
    source_ = ", from: [stem, input]" if two else ""
    op = "add" if two else "conv"
    field = "" if two else ", kernel: 3"
    item = f"{{name: a, op: {op}{field}, repeat: {count}, when: '${{index != {left_out}}}'{source_}}}"
    repeated = f"layers: [{{name: stem, op: relu}}, {item}, {{op: relu}}]"
    written = "layers: [{name: stem, op: relu}"
    before = "stem"
    for index in range(count):
        given_ = f"[{before}, input]" if two else before
        written += f", {{name: a{index}, op: {op}{field}, from: {given_}, when: {str(index != left_out).lower()}}}"
        before = f"a{index}"
    written += ", {op: relu}]"
    assert wiring_of(graph_of(repeated)) == wiring_of(graph_of(written))


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(1, 9), max_size=3), min_size=2, max_size=4), st.sampled_from(["add", "concat", "max"]))
def test_branches_and_names_are_one_network(paths: list[list[int]], join: str) -> None:
    branches = ", ".join(f"b{place}: [{', '.join(f'{{op: conv, kernel: {size}}}' for size in path)}]" for place, path in enumerate(paths))
    branched = f"layers: [{{op: relu}}, {{name: m, join: {join}, branches: {{{branches}}}}}, {{op: relu}}]"
    written = "layers: [{name: stem, op: relu}"
    ends = []
    for place, path in enumerate(paths):
        before = "stem"
        for depth, size in enumerate(path):
            written += f", {{name: c{place}_{depth}, op: conv, kernel: {size}, from: {before}}}"
            before = f"c{place}_{depth}"
        ends.append(before)
    written += f", {{name: m, op: {join}, from: [{', '.join(ends)}]}}, {{op: relu}}]"
    assert wiring_of(graph_of(branched)) == wiring_of(graph_of(written))


@settings(max_examples=60)
@given(st.permutations(range(7)), st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=3), min_size=7, max_size=7))
def test_any_order_of_the_items_is_one_network(order: list[int], reads: list[list[int]]) -> None:
    """Layer i reads layers below i; all orders give the same layers, each after what it reads."""
    items = []
    for number, below in enumerate(reads):
        names = [f"l{other % number}" if number else "input" for other in below]
        names += ["input"] if len(names) == 1 else []
        items.append(f"{{name: l{number}, op: concat, from: [{', '.join(names)}]}}")
    texts = [
        "layers: [" + ", ".join(items[place] for place in places) + "]\noutputs: [" + ", ".join(f"l{n}" for n in range(7)) + "]"
        for places in (range(7), order)
    ]
    straight, shuffled = map(graph_of, texts)
    read = {layer.name: [straight.node_name(node) for node in layer.sources] for layer in straight.layers}
    assert {layer.name: [shuffled.node_name(node) for node in layer.sources] for layer in shuffled.layers} == read
    assert all(source_ < number for number, layer in enumerate(shuffled.layers, 1) for source_ in layer.sources)
    # As written where that is possible: of the layers that could have come next, the first written came.
    position = {f"l{number}": place for place, number in enumerate(order)}
    done = {"input"}
    for layer in shuffled.layers:
        ready = [name for name in read if name not in done and done.issuperset(read[name])]
        assert layer.name == min(ready, key=position.__getitem__)
        done.add(layer.name)


# Hypothesis: whatever is written, findings and a sound graph come out

scalars = st.one_of(
    st.sampled_from(
        ["input", "a", "b", "a/0", "a/*", "b/x", "${index}", "${p}", "${p + 1}", "${zz}", "${", "a${count}", "*", "/", "a/b/*/x"]
    ),
    st.integers(-1, 3),
    st.booleans(),
    st.none(),
)
fields = st.dictionaries(
    st.sampled_from(
        ["kernel", "stride", "padding", "like", "scale", "size", "broadcast", "axis", "channels", "name", "op", "zzz", "ignore", "with"]
    ),
    st.one_of(scalars, st.lists(scalars, max_size=3)),
    max_size=4,
)
frame = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["a", "b", "x", "x/y", "${p}", "n${index}"]),
        "from": st.one_of(scalars, st.lists(scalars, min_size=1, max_size=3)),
        "when": st.one_of(st.booleans(), st.sampled_from(["${p > 0}", "${index == 0}", "${p}"])),
        "repeat": st.one_of(st.integers(0, 3), st.sampled_from(["${p}", "${count}"])),
    },
)
ops = st.sampled_from(["conv", "relu", "add", "concat", "resize", "crop_like", "resize_like", "unknown", "convv", "max_pool"])


def _merged(*parts: dict[str, object]) -> dict[str, object]:
    return {key: value for part in parts for key, value in part.items()}


def _items(children: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    layer = st.builds(_merged, frame, fields, st.fixed_dictionaries({"op": ops}))
    arguments = st.dictionaries(st.sampled_from(["p", "q"]), scalars, max_size=2)
    use = st.builds(
        _merged,
        frame,
        st.fixed_dictionaries(
            {"use": st.sampled_from(["one", "two", "three", "${'two'}", "${k}"])},
            optional={"with": st.one_of(arguments, st.lists(arguments, max_size=2))},
        ),
    )
    named = st.dictionaries(st.sampled_from(["x", "y", "0"]), children, min_size=1, max_size=2)
    branches = st.builds(
        _merged, frame, fields, st.fixed_dictionaries({"branches": named, "join": st.sampled_from(["add", "concat", "relu", 3])})
    )
    return st.lists(st.one_of(layer, use, branches, scalars), min_size=1, max_size=4)


item_lists = st.recursive(_items(st.just([])), _items, max_leaves=3)
blocks = st.fixed_dictionaries(
    {"layers": item_lists},
    optional={
        "params": st.dictionaries(st.sampled_from(["p", "q"]), st.one_of(st.none(), st.integers(0, 3), scalars), max_size=2),
        "inputs": st.sampled_from([["input"], ["a", "z"], ["x"], 3]),
        "outputs": st.sampled_from([["a"], ["a", "b/x"], ["a/*"]]),
        "output": st.sampled_from(["a", "input"]),
    },
)
specs = st.fixed_dictionaries(
    {"rflint": st.just(1)},
    optional={
        "layers": item_lists,
        "blocks": st.dictionaries(st.sampled_from(["one", "two", "three"]), blocks, max_size=3),
        "defaults": st.fixed_dictionaries({}, optional={"conv": fields, "add": fields}),
        "inputs": st.sampled_from([{"input": {}}, {"a": {"size": [1, 2]}, "b": {"size": [1]}}, {"a": 3}]),
        "outputs": st.lists(st.sampled_from(["a", "b", "a/*", "nothing"]), min_size=1, max_size=2),
        "targets": st.sampled_from([[{"name": "t", "size": 3, "layer": "a"}], [{"name": "t", "size": [3], "layer": "zzz"}], [3]]),
        "expect": st.sampled_from([{"a": {"stride": 1}}, {"a/0": {"stride": [1, 2, 3]}}, {"zzz": {"stride": 1}}, {"a": 3}]),
        "axes": st.sampled_from([["t"], ["y", "x"], [3]]),
        "import": st.sampled_from([["lib.yaml"], ["nothing.yaml", 3], 3]),
    },
)


@settings(max_examples=400)
@given(specs, specs)
def test_anything_expands_to_findings_and_a_sound_graph(spec: dict[str, object], library: dict[str, object]) -> None:
    library = {key: value for key, value in library.items() if key in {"rflint", "blocks", "defaults", "import"}}
    reading = source.read(json.dumps(spec).encode(), "net.yaml")
    if reading.document is None:
        return
    checked = schema.check(reading.document)
    found = expand(reading.document, checked.bad, open_in({"lib.yaml": json.dumps(library)}), Limits(layers=500, steps=100_000))
    for finding in found.findings:
        assert isinstance(finding.where, Site)
        for site in (finding.where, *(note.site for note in finding.related)):
            found.documents[site.file].span(site.path, key=site.key)
    assert_sound(found)
    if found.graph is not None and not checked.findings and not any(finding.code != "RF006" for finding in found.findings):
        assert not any(layer.broken for layer in found.graph.layers)


def assert_sound(found: Expansion) -> None:
    graph = found.graph
    if graph is None:
        return
    count = len(graph.inputs)
    names = [layer.name for layer in graph.layers]
    assert len({*names}) == len(names)
    for node, layer in enumerate(graph.layers, count):
        assert all(source_ == MISSING or 0 <= source_ < node for source_ in layer.sources)
        assert layer.like is None or layer.like == MISSING or 0 <= layer.like < node
        assert layer.broken or (MISSING not in layer.sources and layer.like != MISSING)
        assert layer.site.file in found.documents
    total = count + len(graph.layers)
    assert all(0 <= node < total for node in (*graph.outputs, *graph.aliases.values()))
    assert all(0 <= target.node < total and len(target.size) == len(graph.axes) for target in graph.targets)
    assert all(0 <= fact.node < total for fact in graph.expectations)
    assert len(graph.outputs) == len(graph.output_sites)
