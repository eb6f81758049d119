"""Suppressions: what they say, what they cover, and which of them are told to be of no use."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from plugin_parts import load, rule

from rflint.model import DataPath, Diagnostic, Finding, Site, Span
from rflint.pipeline import Options, lint_bytes
from rflint.reading.source import Document, read
from rflint.verdict import directives
from rflint.verdict.directives import Directive
from rflint.verdict.options import BUILTIN
from rflint.verdict.suppress import apply

if TYPE_CHECKING:
    from rflint.validation.vocabulary import Vocabulary

SPECS = Path(__file__).parent.parent / "specs"

RULES = {
    "RF002": "schema-violation",
    "RF102": "center-mismatch",
    "RF301": "off-center-even-kernel",
    "RF302": "off-center-padding",
    "RF901": "unused-suppression",
}
KNOWN = {key: code for code, name in RULES.items() for key in (code, name)}


def document(text: str, path: str = "net.yaml") -> Document:
    found = read(text.encode(), path).document
    assert found is not None
    return found


def told(text: str) -> list[str]:
    """What is wrong with the suppressions of a file, and where."""
    return [shown(finding) for finding in directives.read(document(text), KNOWN)[1]]


def shown(finding: Finding) -> str:
    assert finding.code == "RF901"
    span = finding.where
    assert isinstance(span, Span)
    assert span.line == span.end_line
    return f"{span.line}:{span.column}-{span.end_column} {finding.message}; {finding.help}"


def diagnostic(code: str, line: int, layer: str | None = None, path: str = "net.yaml") -> Diagnostic:
    return Diagnostic(code, RULES.get(code, "some-rule"), "warning", f"{code} in {line}", path, Span(line, 1, line, 2), layer=layer)


def suppressed(
    text: str, found: list[Diagnostic], sites: dict[str, DataPath] | None = None, checked: set[str] | None = None
) -> tuple[list[tuple[str, int, str | None]], list[str]]:
    """Code, line and reason of what is suppressed, and what is said of suppressions without use."""
    by_layer = {name: (Site("net.yaml", path),) for name, path in (sites or {}).items()}
    marked, unused = apply(found, directives.read(document(text), KNOWN)[0], by_layer, checked)
    assert [each.message for each in marked] == [each.message for each in found]
    return [(each.code, each.span.line, each.reason) for each in marked if each.suppressed], [shown(finding) for _, finding in unused]


def test_a_directive_as_read() -> None:
    found, findings = directives.read(document("a: 1 # rflint: ignore[RF301, center-mismatch ] odd by design  \n"), KNOWN)
    assert findings == ()
    (one,) = found
    assert isinstance(one, Directive)
    assert (one.file, one.scope, one.line, one.reason, one.span) == ("net.yaml", "layer", 1, "odd by design", Span(1, 6, 1, 61))
    assert [tuple(code)[:3] for code in one.codes] == [
        ("RF301", "RF301", Span(1, 23, 1, 28)),
        ("RF102", "center-mismatch", Span(1, 30, 1, 45)),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    text = end.join(["\ufeff# rflint: ignore-file[RF301] all", "a: 1 # rflint: ignore[RF302] one", "b: 2", ""])
    found, findings = directives.read(document(text), KNOWN)
    assert findings == ()
    assert [(each.scope, each.line, each.reason) for each in found] == [("file", 0, "all"), ("layer", 2, "one")]


MALFORMED = {
    "a: 1 # rflint: ignore": "1:6-22 `ignore` must name the rules that it ignores; write `# rflint: ignore[RF301] why`",
    "a: 1 # rflint: ignore [ , ] x": "1:6-30 `ignore` must name the rules that it ignores; write `# rflint: ignore[RF301] why`",
    "# rflint: ignore-file\na: 1": "1:1-22 `ignore-file` must name the rules that it ignores; write `# rflint: ignore-file[RF301] why`",
    "a: 1 # rflint: ignore[RF301": "1:6-28 the `[` of this `ignore` is never closed; add the `]`",
    "a: 1 # rflint: ignroe[RF301]": "1:6-29 `ignroe` is no directive of rflint; write `# rflint: ignore[RF301] why`",
    "a: 1 # rflint: disable=RF301": "1:6-29 `disable` is no directive of rflint; write `# rflint: ignore[RF301] why`",
    "a: 1 # rflint: ignore_file[RF301]": "1:6-34 `ignore_file` is no directive of rflint; write `# rflint: ignore-file[RF301] why`",
    "a: 1 # rflint: skip-file": "1:6-25 `skip-file` is no directive of rflint; write `# rflint: ignore-file[RF301] why`",
    "a: 1 # rflint: good": "1:6-20 `good` is no directive of rflint; write `# rflint: ignore[RF301] why`",
    "a: 1 # rflint: 'x'": "1:6-19 this comment is no directive of rflint; write `# rflint: ignore[RF301] why`",
    "a: 1 # rflint: ignore[RF031]": "1:23-28 no rule is called `RF031`; did you mean `RF301`?",
    "a: 1 # rflint: ignore[RF301, center-missmatch]": "1:30-46 no rule is called `center-missmatch`; did you mean `center-mismatch`?",
    "a: 1 # rflint: ignore[everything there is]": "1:23-42 no rule is called `everything there is`; `rflint rules` lists the rules",
    "a: 1 # rflint: ignore[RF002]": "1:23-28 `RF002` cannot be suppressed; mend what it reports",
    "a: 1 # rflint: ignore[schema-violation]": "1:23-39 `schema-violation` cannot be suppressed; mend what it reports",
    "a: 1 # rflint: ignore[RF901]": "1:23-28 `RF901` cannot be suppressed; remove the suppression that suppresses nothing",
    "a: 1 # rflint: ignore-file[RF301]": "1:6-34 `ignore-file` must stand before the first key of the file; move it up, or use `ignore`",
    "a: 1\n# rflint: ignore-file[RF301]": "2:1-29 `ignore-file` must stand before the first key of the file; move it up, or use `ignore`",
    "layers: [{op: conv, ignore: [RF002]}]": "1:30-35 `RF002` cannot be suppressed; mend what it reports",
    "layers: [{op: conv, ignore: [RF31]}]": "1:30-34 no rule is called `RF31`; did you mean `RF301`?",
}


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_directives_are_findings(text: str) -> None:
    assert told(text) == [MALFORMED[text]]


def test_what_is_wrong_with_one_code_leaves_the_others() -> None:
    found, findings = directives.read(document("a: 1 # rflint: ignore[RF3, RF301, RF301]"), KNOWN)
    assert [code.code for each in found for code in each.codes] == ["RF301"]
    assert len(findings) == 1


@pytest.mark.parametrize(
    "text",
    [
        "# rflint: 1\na: 1",
        "a: '# rflint: ignore'",
        "a: |\n  # rflint: ignore\n",
        "a: x#rflint:ignore",
        "a: 1 # see rflint: ignore",
        "rflint: 1 # version",
        "layers: [{op: conv, ignore: RF301}, {ignore: [3, null]}, 4]\nblocks: {a: 1, b: {layers: 2}}",
        "- ignore: [RF002]",
    ],
)
def test_what_is_no_directive(text: str) -> None:
    assert directives.read(document(text), KNOWN) == ((), ())


def test_several_directives_in_one_comment() -> None:
    text = "a: 1 # big # rflint: ignore[RF301] odd # rflint: ignore[RF302]"
    found, findings = directives.read(document(text), KNOWN)
    assert findings == ()
    assert [(each.codes[0].code, each.reason, each.span.column, each.span.end_column) for each in found] == [
        ("RF301", "odd", 12, 39),
        ("RF302", None, 40, 63),
    ]


def test_many_directives_are_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directives, "MOST_DIRECTIVES", 3)
    found, findings = directives.read(document("# rflint: ignore[RF301]\n" * 5 + "a: 1"), KNOWN)
    assert len(found) == 3
    assert [finding.message for finding in findings] == ["the file has more than 3 suppressions; the rest are not read"]


LAYERS = """\
layers:
  - {name: a, op: conv, kernel: 2}  # rflint: ignore[RF301] first
  - name: b
    op: conv
    kernel: 2  # rflint: ignore[RF301] second
    padding: 1
  # rflint: ignore[RF301] third
  # and more of it
  - name: c
    op: conv
  - {name: d, op: conv}
"""
SITES: dict[str, DataPath] = {name: ("layers", index) for index, name in enumerate("abcd")}


def test_a_directive_covers_the_layer_on_whose_lines_it_stands_or_that_begins_below() -> None:
    found = [diagnostic("RF301", line, layer) for line, layer in ((2, "a"), (4, "b"), (10, "c"), (11, "d"))]
    assert suppressed(LAYERS, found, SITES) == ([("RF301", 2, "first"), ("RF301", 4, "second"), ("RF301", 10, "third")], [])


def test_a_directive_covers_findings_of_its_line_without_a_layer() -> None:
    found = [diagnostic("RF301", line) for line in (2, 3, 5, 6, 9)]
    assert suppressed(LAYERS, found) == ([("RF301", 2, "first"), ("RF301", 5, "second"), ("RF301", 9, "third")], [])


def test_a_directive_covers_only_its_rules_its_file_and_its_layer() -> None:
    found = [diagnostic("RF302", 2, "a"), diagnostic("RF301", 2, "a", "other.yaml"), diagnostic("RF301", 11, "d")]
    sites = {"d": SITES["d"]}
    marked, unused = suppressed(LAYERS, found, sites)
    assert marked == []
    assert unused == [
        "2:37-66 this suppression is not needed: `RF301` reports nothing here; remove it",
        "5:16-46 this suppression is not needed: `RF301` reports nothing here; remove it",
        "7:3-32 this suppression is not needed: `RF301` reports nothing here; remove it",
    ]


def test_codes_of_a_directive_that_are_not_needed_are_named() -> None:
    text = "layers:\n- {op: conv} # rflint: ignore[RF301, center-mismatch, RF302] why\n"
    both = "`center-mismatch` and `RF302`"
    assert suppressed(text, [diagnostic("RF301", 2)])[1] == [
        f"2:38-53 this suppression is not needed: {both} report nothing here; remove {both} from it"
    ]
    assert suppressed(text, [diagnostic("RF301", 2)], checked={"RF301", "RF102"})[1] == [
        "2:38-53 this suppression is not needed: `center-mismatch` reports nothing here; remove `center-mismatch` from it"
    ]
    assert suppressed(text, [], checked=set()) == ([], [])


def test_a_file_directive_covers_the_file() -> None:
    text = "# rflint: ignore-file[RF301] all kernels are even\n# rflint: ignore-file[RF302]\na: 1\n"
    found = [diagnostic("RF301", 3), diagnostic("RF301", 9, "x"), diagnostic("RF301", 3, path="blocks.yaml")]
    reason = "all kernels are even"
    assert suppressed(text, found) == (
        [("RF301", 3, reason), ("RF301", 9, reason)],
        ["2:1-29 this suppression is not needed: `RF302` reports nothing in this file; remove it"],
    )


def test_front_end_findings_are_never_suppressed() -> None:
    found = [diagnostic("RF006", 1), diagnostic("RF901", 1)]
    known = {**KNOWN, "RF006": "RF006"}
    (directive,) = directives.read(document("a: 1 # rflint: ignore[RF301]"), known)[0]
    forged = Directive(
        directive.file, directive.span, tuple(code._replace(code=each.code) for code in directive.codes for each in found), None, "file"
    )
    assert not any(each.suppressed for each in apply(found, [forged], {})[0])


NESTED = """\
layers:
  - name: mixed
    branches:
      left:
        # rflint: ignore[RF301] left
        - {name: p, op: conv}
      right:
        - name: q
          op: conv  # rflint: ignore[RF302] right
    join: concat  # rflint: ignore[RF102] join
blocks:
  b:
    layers:
      - {name: r, op: conv}  # rflint: ignore[RF301] block
  c: {layers: [{name: s, op: conv}, {name: t, op: conv}]}  # rflint: ignore[RF302] both
"""
NESTED_SITES: dict[str, DataPath] = {
    "mixed": ("layers", 0),
    "mixed/left/p": ("layers", 0, "branches", "left", 0),
    "mixed/right/q": ("layers", 0, "branches", "right", 0),
    "x/r": ("blocks", "b", "layers", 0),
    "y/s": ("blocks", "c", "layers", 0),
    "y/t": ("blocks", "c", "layers", 1),
}


def test_a_directive_in_a_branch_is_about_the_innermost_layer() -> None:
    found = [diagnostic(code, line, "mixed") for line, code in enumerate(("RF301", "RF302", "RF102"), 100)]
    assert [code for code, _, _ in suppressed(NESTED, found, NESTED_SITES)[0]] == ["RF102"]
    found = [
        diagnostic("RF301", 100, "mixed/left/p"),
        diagnostic("RF302", 100, "mixed/right/q"),
        diagnostic("RF301", 100, "x/r"),
        diagnostic("RF302", 100, "y/s"),
        diagnostic("RF302", 101, "y/t"),
    ]
    marked, unused = suppressed(NESTED, found, NESTED_SITES)
    assert [reason for _, _, reason in marked] == ["left", "right", "block", "both", "both"]
    assert unused == ["10:19-47 this suppression is not needed: `RF102` reports nothing here; remove it"]


def test_a_directive_above_an_item_that_uses_a_block_covers_what_it_brings_in() -> None:
    text = "layers:\n# rflint: ignore[RF301] as published\n- {name: x, use: b}\nblocks: {b: {layers: [{name: r, op: conv}]}}\n"
    sites = {"x/r": (Site("net.yaml", ("blocks", "b", "layers", 0)), Site("net.yaml", ("layers", 0)))}
    marked, unused = apply([diagnostic("RF301", 4, "x/r")], directives.read(document(text), KNOWN)[0], sites)
    assert [(each.suppressed, each.reason) for each in marked] == [(True, "as published")]
    assert unused == ()


def test_the_field_covers_its_layer_only() -> None:
    text = "layers: [{name: a, op: conv, ignore: [RF301, off-center-padding]}, {name: b, op: conv}]\n"
    found = [diagnostic("RF301", 1, "a"), diagnostic("RF301", 1, "b"), diagnostic("RF301", 1)]
    assert suppressed(text, found, SITES) == (
        [("RF301", 1, None)],
        ["1:46-64 this suppression is not needed: `off-center-padding` reports nothing here; remove `off-center-padding` from it"],
    )


def test_the_field_behind_an_alias() -> None:
    text = "blocks: {x: {layers: &l [{op: conv, ignore: [RF301]}]}, y: {layers: *l}}\n"
    sites = {"one": ("blocks", "x", "layers", 0), "two": ("blocks", "y", "layers", 0)}
    assert suppressed(text, [diagnostic("RF301", 1, name) for name in sites], dict(sites)) == ([("RF301", 1, None)] * 2, [])


def test_a_blank_line_ends_what_a_directive_stands_above() -> None:
    text = "layers:\n# rflint: ignore[RF301]\n\n- {name: a, op: conv}\n"
    assert suppressed(text, [diagnostic("RF301", 4, "a")], SITES)[0] == []


def test_one_finding_may_be_covered_twice() -> None:
    text = "# rflint: ignore-file[RF301]\nlayers:\n- {name: a, op: conv, ignore: [RF301]} # rflint: ignore[RF301] why\n"
    assert suppressed(text, [diagnostic("RF301", 3, "a")], SITES) == ([("RF301", 3, "why")], [])


# In a whole run

TEAM = """\
rflint: 1
name: net
rules: {TEAM001: error}
layers:
  # rflint: ignore[TEAM001] as agreed
  - {name: a, op: conv, kernel: 3, padding: 1}
  - {name: b, op: conv, kernel: 3, padding: 1, ignore: [some-rule, RF301]}
"""


def found_by(vocabulary: Vocabulary, text: str = TEAM) -> list[tuple[str, int]]:
    return [(each.code, each.span.line) for each in lint_bytes(text.encode(), "net.yaml", Options(vocabulary=vocabulary)).findings]


def test_rules_of_a_plugin_that_could_not_be_loaded() -> None:
    """Nobody knows which rules it has, nor what they would have found."""
    assert found_by(load([rule()])) == [("RF901", 5), ("RF901", 7)]
    assert found_by(BUILTIN) == [("RF002", 3), ("RF901", 5), ("RF901", 7)]
    assert found_by(load([object()])) == [("RF902", 1)]


def test_a_rule_that_crashed_may_need_its_suppressions() -> None:
    def crash(_: object) -> None:
        raise ValueError

    assert found_by(load([rule(crash)])) == [("RF902", 1)]
    quiet = Options(vocabulary=load([rule(crash)]), ignore=("RF902",))
    assert lint_bytes(TEAM.encode(), "net.yaml", quiet).findings == ()


def test_one_of_several_layers_with_one_finding() -> None:
    """A suppression at one layer silences what is said of that one, and leaves the rest as it is."""
    spec = """\
rflint: 1
name: many
inputs: {image: {size: [64, 64], channels: 3}}
layers:
  - {name: stem, op: conv, kernel: 7, stride: 2, padding: 3, channels: 8}
  - {name: pool, op: max_pool, kernel: 3, stride: 2, padding: 1}  # rflint: ignore[RF305] as published
  - {name: down, op: conv, kernel: 3, stride: 2, padding: 1, channels: 8}
"""
    found = [each for each in lint_bytes(spec.encode(), "many.yaml").findings if each.code != "RF104"]
    assert [(each.code, each.layer, each.instances, each.suppressed, each.reason) for each in found] == [
        ("RF305", "pool", (), True, "as published"),
        ("RF305", "down", ("stem", "down"), False, None),
    ]
    assert found[0].message.startswith("`pool` pads 1 on both sides on y and x")
    assert "; 1 more window is like it" in found[1].message
    whole = lint_bytes(spec.replace("  # rflint: ignore[RF305] as published", "").encode(), "many.yaml").findings
    assert [each.instances for each in whole if each.code == "RF305"] == [("stem", "pool", "down")]


GROUPED = {"RF104", "RF302", "RF305", "RF404"}


def concerned(text: str, name: str) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Layers that findings are about, reported and suppressed, by code."""
    shown: Counter[tuple[str, str]] = Counter()
    hidden: Counter[tuple[str, str]] = Counter()
    for each in lint_bytes(text.encode(), name, Options(select=tuple(GROUPED))).findings:
        if each.code in GROUPED:
            (hidden if each.suppressed else shown).update((each.code, layer or "") for layer in each.instances or (each.layer,))
    return shown, hidden


@pytest.mark.parametrize("name", ["alexnet_v2", "densenet-121", "hourglass", "inception_v3", "resnet-18", "segnet"])
def test_a_suppression_loses_nothing(name: str) -> None:
    """Whatever line has one: what was said of a layer is said still, or suppressed."""
    text = (SPECS / f"{name}.yaml").read_text(encoding="utf-8")
    shown, hidden = concerned(text, name)
    before = shown + hidden
    lines = text.splitlines()
    items = [number for number, line in enumerate(lines) if re.match(r" +- \{.*\}$", line)]
    hits = 0
    for number in items:
        marked = [*lines[:number], f"{lines[number]}  # rflint: ignore[{', '.join(sorted(GROUPED))}] a test", *lines[number + 1 :]]
        shown, hidden = concerned("\n".join(marked), name)
        assert shown + hidden == before, lines[number]
        hits += bool(hidden)
    assert hits
