"""`extends`: the network of another spec under this one's own inputs, outputs, targets, expectations, rules and suppressions."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import rflint
from hypothesis import given
from hypothesis import strategies as st

from rflint.language.expand import expand
from rflint.lsp.completion import complete
from rflint.lsp.hover import hover
from rflint.lsp.marks import marks
from rflint.lsp.navigation import definition, references
from rflint.lsp.snapshot import Snapshot
from rflint.model import Limits, Site, Source
from rflint.pipeline import lint_bytes
from rflint.reading import source
from rflint.validation import schema
from rflint.verdict import Options
from rflint.verdict.options import BUILTIN
from rflint.words import covers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rflint.model import Diagnostic, Graph

BASE = """\
rflint: 1
name: base
inputs:
  image: {size: [64, 64], channels: 3}
  depth: {multiple_of: 32, channels: 1}
layers:
  - {name: conv, op: conv, kernel: 4, padding: same, channels: 8, from: image}
  - {name: deep, op: conv, kernel: 4, padding: same, channels: 8, from: depth}
  - {name: both, use: part, from: conv}
outputs: [deep, both]
targets: [{name: a, size: [2, 2], layer: conv, input: image}]
expect:
  conv: {stride: 1, channels: 8, input: image}
  deep: {channels: 8}
rules: {drift: off, RF305: off}
blocks:
  part: {layers: [{name: inner, op: max_pool, kernel: 2, padding: 1}]}
"""


def opener(files: Mapping[str, str]):
    return lambda _, target: (target, files[target].encode()) if target in files else "does not exist"


def graph_of(text: str, files: Mapping[str, str]) -> tuple[Graph | None, list[tuple[str, str]]]:
    document = source.read(text.encode(), "own.yaml").document
    assert document is not None
    found = expand(document, schema.check(document).bad, opener(files), Limits(nesting=8))
    return found.graph, [(finding.code, finding.message) for finding in found.findings]


def lint(text: str, files: Mapping[str, str]) -> list[Diagnostic]:
    return list(lint_bytes(text.encode(), "own.yaml", Options(open_import=opener(files))).findings)


def test_what_is_not_restated_is_that_of_the_base() -> None:
    graph, findings = graph_of("rflint: 1\nextends: base.yaml\n", {"base.yaml": BASE})
    alone, _ = graph_of(BASE, {})
    assert findings == []
    assert graph is not None
    assert alone is not None
    # Its own name is that of its file.
    assert (graph.name, alone.name) == ("own", "base")
    there = "base.yaml"
    assert graph.inputs == tuple(each._replace(site=each.site._replace(file=there)) for each in alone.inputs)
    assert graph.targets == tuple(each._replace(site=each.site._replace(file=there)) for each in alone.targets)
    assert [(each.facts, each.site.file) for each in graph.expectations] == [(each.facts, there) for each in alone.expectations]
    assert (graph.outputs, graph.rules) == (alone.outputs, alone.rules)
    assert [(layer.name, layer.fields, layer.sources) for layer in graph.layers] == [
        (layer.name, layer.fields, layer.sources) for layer in alone.layers
    ]


def test_a_network_of_blocks_is_that_of_the_base_whatever_it_holds() -> None:
    """Instances, shared weights, maps that give a size, axes on which nothing looks ahead, and where it came from."""
    base = """\
rflint: 1
axes: [t]
causal: [t]
inputs: {sound: {size: 64}}
source: {model: "torch:shop.nets:voice", size: 64, digest: abc}
blocks:
  unit: {layers: [{name: conv, op: conv, kernel: 3, padding: causal, ignore: [RF305]}]}
layers:
  - {name: stack, use: unit, repeat: 2}
  - {name: last, op: conv, kernel: 3, padding: causal, weights: stack/1/conv}
  - {name: pool, op: avg_pool, kernel: 2}
  - {name: up, op: resize_like, from: [pool, last]}
"""
    graph, findings = graph_of("rflint: 1\nextends: base.yaml\n", {"base.yaml": base})
    alone, _ = graph_of(base.replace("axes: [t]", "axes: [t]\nname: own"), {})
    assert findings == []
    assert graph is not None
    assert alone is not None
    assert graph.aliases == {"stack/0": 1, "stack/1": 2, "stack": 2}
    assert (graph.causal, graph.source) == (("t",), Source("torch:shop.nets:voice", (64,), {}, "abc"))
    assert [(layer.like, layer.weights) for layer in graph.layers] == [(None, None), (None, None), (None, 2), (None, None), (3, None)]
    assert [layer.ignore for layer in graph.layers] == [("RF305",), ("RF305",), (), (), ()]

    def there(site: Site) -> Site:
        return site._replace(file="base.yaml")

    # All else, and what may come, but for the file that holds it.
    assert graph == alone._replace(
        inputs=tuple(each._replace(site=there(each.site)) for each in alone.inputs),
        layers=tuple(each._replace(site=there(each.site), origin=tuple(map(there, each.origin))) for each in alone.layers),
        output_sites=tuple(map(there, alone.output_sites)),
    )


def test_lists_are_replaced_and_mappings_are_merged() -> None:
    text = (
        "rflint: 1\nname: own\nextends: base.yaml\ninputs: {image: {size: [96, 32]}, depth: {size: 8}}\noutputs: [both]\n"
        "targets: [{size: [3, 3], input: image}]\nexpect: {conv: {stride: 2, size: [96, 32]}, both: {channels: 8}}\nrules: {RF305: info}\n"
    )
    graph, findings = graph_of(text, {"base.yaml": BASE})
    assert findings == []
    assert graph is not None
    image, depth = graph.inputs
    assert (image.size, image.channels, image.multiple_of, image.site) == ((96, 32), 3, (1, 1), Site("own.yaml", ("inputs", "image")))
    assert (depth.size, depth.channels, depth.multiple_of) == ((8, 8), 1, (1, 1))
    assert [graph.node_name(node) for node in graph.outputs] == ["both/inner"]
    assert [(target.size, target.site) for target in graph.targets] == [((3, 3), Site("own.yaml", ("targets", 0)))]
    assert [(each.site.file, each.layer, dict(each.facts)) for each in graph.expectations] == [
        ("base.yaml", "conv", {"channels": 8, "input": "image"}),
        ("base.yaml", "deep", {"channels": 8}),
        ("own.yaml", "conv", {"stride": 2, "size": [96, 32], "input": "image"}),
        ("own.yaml", "both", {"channels": 8}),
    ]
    assert graph.rules == {"drift": "off", "RF305": "info"}


def test_a_base_may_extend_another_and_the_nearest_word_counts() -> None:
    middle = "rflint: 1\nextends: base.yaml\ninputs: {image: {size: 80}}\noutputs: [conv]\nexpect: {deep: {channels: 9}}\n"
    text = "rflint: 1\nextends: middle.yaml\ninputs: {image: {channels: 4}}\n"
    graph, findings = graph_of(text, {"base.yaml": BASE, "middle.yaml": middle})
    assert findings == []
    assert graph is not None
    assert (graph.inputs[0].size, graph.inputs[0].channels) == ((80, 80), 4)
    assert graph.output_sites == (Site("middle.yaml", ("outputs", 0)),)
    assert [dict(each.facts) for each in graph.expectations if each.layer == "deep"] == [{"channels": 9}]


@pytest.mark.parametrize(
    ("text", "files", "told"),
    [
        (
            "extends: base.yaml\ninputs: {imag: {size: 8}}",
            {},
            ("RF004", "what this spec extends has no input named `imag`; did you mean `image`?"),
        ),
        ("extends: none.yaml", {}, ("RF004", "`none.yaml` does not exist")),
        (
            "extends: lib.yaml",
            {"lib.yaml": "rflint: 1\nblocks: {b: {layers: [{op: relu}]}}"},
            ("RF004", "`lib.yaml` has no layers: there is no network to extend"),
        ),
        ("extends: own.yaml", {"own.yaml": ""}, ("RF005", "this file extends itself: `own.yaml` → `own.yaml`")),
        ("extends: base.yaml\noutputs: [cnv]", {}, ("RF004", "no layer or input is named `cnv` here; did you mean `conv`?")),
        (
            "extends: 1.yaml",
            {f"{number}.yaml": f"rflint: 1\nextends: {number + 1}.yaml" for number in range(1, 12)},
            ("RF001", "imports lead more than 8 files deep, which is the limit"),
        ),
    ],
)
def test_what_cannot_be_extended(text: str, files: dict[str, str], told: tuple[str, str]) -> None:
    assert graph_of(f"rflint: 1\n{text}\n", {"base.yaml": BASE, **files})[1] == [told]


@pytest.mark.parametrize(
    "key", ["layers: [{op: relu}]", "blocks: {b: {layers: [{op: relu}]}}", "import: [a.yaml]", "axes: [t]", "defaults: {}"]
)
def test_no_network_of_its_own(key: str) -> None:
    found = lint(f"rflint: 1\nextends: base.yaml\n{key}\n", {"base.yaml": BASE})
    told = [each.message for each in found if each.code == "RF002"]
    assert told[0] == "a spec with `extends` has the network of the spec that it extends, and none of its own"


def test_ignore_belongs_beside_extends() -> None:
    (found,) = lint("rflint: 1\nlayers: [{name: a, op: relu}]\nignore: {a: [drift]}\n", {})
    assert (found.code, found.message) == ("RF002", "`ignore` stands in the layers; beside `extends` it names them")


def test_findings_stand_in_the_file_that_holds_the_line() -> None:
    text = "rflint: 1\nextends: base.yaml\nexpect: {conv: {stride: 2}}\nrules: {drfit: off}\n"
    found = lint(text, {"base.yaml": BASE.replace("RF305: off", "RF355: off")})
    assert [(each.code, each.path, each.span.line) for each in found if each.severity != "info"] == [
        ("RF301", "base.yaml", 7),
        ("RF301", "base.yaml", 8),
        ("RF002", "base.yaml", 15),
        ("RF601", "own.yaml", 3),
        ("RF002", "own.yaml", 4),
    ]


@pytest.mark.parametrize(
    ("globs", "left"),
    [
        ("{}", ["RF301 conv", "RF301 deep", "RF304 both/inner"]),
        ("{conv: [RF301], deep: [RF301]}", ["RF304 both/inner"]),
        ('{"*": [RF301, RF304]}', []),
        ('{"*e*": [RF301], both: [RF304]}', ["RF301 conv"]),
        ("{both/inner: [RF304], inner: [RF301]}", ["RF901 None", "RF301 conv", "RF301 deep"]),
    ],
)
def test_suppressions_by_names_of_layers(globs: str, left: list[str]) -> None:
    base = BASE.replace("kernel: 2, padding: 1", "kernel: 2, padding: 2")
    text = f"rflint: 1\nextends: base.yaml\n{'' if globs == '{}' else f'ignore: {globs}'}\n"
    found = [each for each in lint(text, {"base.yaml": base}) if not each.suppressed and each.severity != "info"]
    assert sorted(f"{each.code} {each.layer}" for each in found) == sorted(left)


@pytest.mark.parametrize("refused", ["3", "about RF355", "[RF355]"])
def test_an_unknown_rule_of_the_base_is_told_there_whatever_stands_beside_extends(refused: str) -> None:
    found = lint(f"rflint: 1\nextends: base.yaml\nrules: {refused}\n", {"base.yaml": BASE.replace("RF305: off", "RF355: off")})
    assert [(each.path, each.span.line) for each in found if each.code == "RF002"] == [("base.yaml", 15), ("own.yaml", 3)]


def test_a_flaw_of_a_suppression_in_the_base_is_told() -> None:
    found = lint("rflint: 1\nextends: base.yaml\n", {"base.yaml": BASE + "# rflint: ignore\n"})
    assert [(each.path, each.span.line, each.message[:24]) for each in found if each.code == "RF901"] == [
        ("own.yaml", 2, "`base.yaml`, line 18: `i")
    ]


def test_a_base_is_judged_through_what_extends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    Path("own.yaml").write_text("rflint: 1\nextends: base.yaml\nignore: {'*': [RF301]}\n", encoding="utf-8")
    assert "1 spec" in rflint("check", ".").out
    assert rflint("check", ".").code == 0
    assert rflint("check", "base.yaml").code == 1
    # The hook, of a changed base.
    assert rflint("check", "--with-dependents", "base.yaml").code == 0
    assert rflint("check", "--jobs", "2", ".").code == 0


def test_editors() -> None:
    def open_import(_: str, target: str) -> tuple[str, bytes] | str:
        return target, BASE.encode()

    text = "rflint: 1\nextends: base.yaml\nexpect: {conv: {stride: 1}}\n"
    snapshot = Snapshot(text, "own.yaml", Options(open_import=open_import))
    assert {text[mark.start : mark.end] for mark in marks(snapshot) if mark.diagnostic.path == "base.yaml"} == {"base.yaml"}
    for word in ("base.yaml", "conv"):
        spot = definition(snapshot, text.index(word) + 1)
        assert spot is not None
        assert spot.path == "base.yaml"
    for offset in range(len(text) + 1):
        hover(snapshot, offset)
        complete(text, offset, "own.yaml", BUILTIN)
        references(snapshot, offset, declaration=True)


@given(st.text("ab/*", min_size=1, max_size=8), st.text("ab/", min_size=1, max_size=8))
def test_globs_mean_what_their_regular_expression_means(glob: str, layer: str) -> None:
    pattern = ".*".join(map(re.escape, glob.split("*")))
    assert covers(glob, layer) == (re.fullmatch(f"(?:{pattern})(?:/.*)?", layer) is not None)


def test_a_hostile_glob_costs_one_pass() -> None:
    """As a regular expression it would take longer than the age of the world."""
    assert not covers("a*" * 500 + "b", "a" * 1000)


def test_globs_of_one_ignore_are_counted() -> None:
    globs = ", ".join(f"none{number}: [RF301]" for number in range(300))
    found = lint(f"rflint: 1\nextends: base.yaml\nignore: {{{globs}}}\n", {"base.yaml": BASE})
    assert Counter(each.message.split(" (")[0] for each in found if each.code == "RF901") == {
        "`ignore` has more than 256 names and globs; the rest are not read": 1,
        "this suppression is not needed: `RF301` reports nothing here": 256,
    }


# The source of the model


def test_source_is_that_of_the_file_with_the_layers() -> None:
    base = BASE + 'source: {model: "torch:shop.nets:detector", size: [64, 32], options: {flat: true}, digest: abc}\n'
    graph, found = graph_of("rflint: 1\nextends: base.yaml\n", {"base.yaml": base})
    assert not found
    assert graph is not None
    assert graph.source == Source("torch:shop.nets:detector", (64, 32), {"flat": True}, "abc")
    assert graph.source.framework == "torch"


def test_source_not_beside_extends() -> None:
    findings = lint_bytes(b"rflint: 1\nextends: base.yaml\nsource: {model: a.onnx}\n", "own.yaml", Options()).findings
    assert ("RF002", "a spec with `extends` has the network of the spec that it extends, and none of its own") in [
        (each.code, each.message) for each in findings
    ]


@pytest.mark.parametrize(
    ("model", "framework"),
    [
        ("torch:a:b", "torch"), ("a/B.ONNX", "onnx"), ("a.keras", "keras"), ("a.h5", "keras"), ("net.json", "keras"),
        ("plans.json", "torch"), ("yolov4.cfg", "darknet"), ("deploy.prototxt", "caffe"), ("yolov8.yaml", "torch"), ("model", None),
    ],
)  # fmt: skip
def test_framework_of_a_source(model: str, framework: str | None) -> None:
    assert Source(model).framework == framework


@pytest.mark.parametrize(
    "written", ["{size: 3}", "{model: ''}", "{model: a, size: 0}", "{model: a, options: 3}", "a.onnx", "{model: a, x: 1}"]
)
def test_source_that_is_refused(written: str) -> None:
    text = f"rflint: 1\nlayers: [{{op: relu}}]\nsource: {written}\n"
    assert [each.code for each in lint_bytes(text.encode(), "own.yaml", Options()).findings] == ["RF002"]


def test_source_has_one_size_an_axis() -> None:
    text = "rflint: 1\nlayers: [{op: relu}]\nsource: {model: a.onnx, size: [1, 2, 3]}\n"
    assert [each.code for each in lint_bytes(text.encode(), "own.yaml", Options()).findings] == ["RF002"]
