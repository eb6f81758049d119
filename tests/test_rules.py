"""Every rule: its identity and documentation, its examples, and golden cases of whole findings.

Cases are pairs `tests/cases/<code>/<name>.yaml` and `.out`, of the four kinds of `test_meta_rules.py`;
`pytest --update tests/test_rules.py` writes the `.out` files anew, for a human to read before they are committed.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rflint.model import SEVERITY_ORDER, Diagnostic, Example, Finding, Rule, Site
from rflint.pipeline import lint_bytes
from rflint.rules import RULE_BY, RULES, rule_by
from rflint.verdict import Options
from rflint.verdict.grouping import grouped
from rflint.verdict.options import BUILTIN

if TYPE_CHECKING:
    from conftest import Golden


CASES = Path(__file__).parent / "cases"
SECTIONS = ["Why it matters", "How to mend it", "When it is fine", "References"]

#: The window whose padding makes two paths disagree is off-centre itself.
ACCOMPANIED = {"RF102": {"RF302"}}

rules = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
#: No spec by itself differs from a running model, or is compared with one (RF701, RF702), and none makes a sound rule crash (RF902).
WITHOUT_EXAMPLE = ("RF701", "RF702", "RF902")
rules_with_example = pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.code not in WITHOUT_EXAMPLE], ids=lambda rule: rule.code
)


def lint(text: str, options: Options | None = None) -> tuple[Diagnostic, ...]:
    return lint_bytes(text.encode(), "net.yaml", options).findings


# Identity and documentation


def test_codes_are_unique_and_ordered() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)


@rules
def test_identity(rule: Rule) -> None:
    assert re.fullmatch(r"RF[0-9]{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.severity in {*SEVERITY_ORDER, "graded"}
    assert rule_by(rule.code) is rule_by(rule.name) is rule
    assert not rule.summary.endswith(".")
    assert len(rule.summary) <= 120


@rules
def test_module_says_its_code(rule: Rule) -> None:
    module = import_module(f"rflint.rules.{rule.name.replace('-', '_')}")
    assert (module.__doc__ or "").startswith(f"{rule.code}: ")


@rules
def test_documentation(rule: Rule) -> None:
    first, *sections = re.split(r"^## (.*)\n", rule.docs.strip(), flags=re.MULTILINE)
    titles, texts = sections[::2], sections[1::2]
    assert first.strip()
    assert titles == [title for title in SECTIONS if title in titles]
    assert {"Why it matters", "How to mend it"} <= set(titles)
    assert all(text.strip() for text in texts)
    assert max(map(len, rule.docs.splitlines())) <= 140
    # Inline code that breaks over a line is not shown as such everywhere.
    assert all(line.count("`") % 2 == 0 for line in rule.docs.splitlines())


def test_unknown_rule() -> None:
    with pytest.raises(KeyError):
        rule_by("RF999")
    assert len(RULE_BY) == 2 * len(RULES)


# Examples


@rules_with_example
def test_failing_example(rule: Rule) -> None:
    found = lint(rule.example.failing)
    assert rule.code in {each.code for each in found}
    # Nothing else stands out: one mistake, one message.
    assert {each.code for each in found if each.severity != "info"} <= {rule.code, *ACCOMPANIED.get(rule.code, ())}


@rules_with_example
def test_passing_example(rule: Rule) -> None:
    found = lint(rule.example.passing)
    assert rule.code not in {each.code for each in found}
    assert "error" not in {each.severity for each in found}


@rules_with_example
def test_examples_differ_and_are_complete(rule: Rule) -> None:
    for text in (rule.example.failing, rule.example.passing):
        assert text.startswith("rflint: 1\n")
        assert text.endswith("\n")
    assert rule.example.failing != rule.example.passing


@pytest.mark.parametrize("code", WITHOUT_EXAMPLE)
def test_a_rule_without_example(code: str) -> None:
    assert rule_by(code).example == Example("", "")
    assert rule_by(code).check is None


def test_crashing_rule_does_not_hide_the_others() -> None:
    def crash(_: object) -> list[Finding]:
        raise ZeroDivisionError("division by zero")

    crashing = rule_by("RF204")._replace(check=crash)
    options = Options(vocabulary=BUILTIN.with_rules([crashing]))
    found = [(each.code, each.message) for each in lint(rule_by("RF201").example.failing, options)]
    assert ("RF902", "rule RF204 (unproductive-layer) failed: ZeroDivisionError: division by zero") in found
    assert "RF201" in {code for code, _ in found}


# Golden cases


def show(found: tuple[Diagnostic, ...]) -> str:
    """All findings, whole: place, severity, words, the other places, the edits."""
    lines: list[str] = []
    for each in found:
        span = each.span
        lines.append(f"{span.line}:{span.column}-{span.end_line}:{span.end_column} {each.severity} {each.code} {each.message}")
        about = [each.layer or "", f"input {each.input}" if each.input else "", f"axes {','.join(each.axes)}" if each.axes else ""]
        lines.append(f"    about: {'; '.join(filter(None, about))}" if any(about) else "")
        lines.append(f"    help: {each.help}" if each.help else "")
        lines.extend(f"    {note.span.line}:{note.span.column} {note.message}" for note in each.related)
        lines.append(f"    also: {', '.join(each.instances)}" if each.instances else "")
        for edit in each.fix.edits if each.fix else ():
            at = f"{edit.span.line}:{edit.span.column}-{edit.span.end_line}:{edit.span.end_column}"
            lines.append(f"    {'fix' if each.fix and each.fix.safe else 'unsafe fix'} {at}: {edit.text}")
        lines.append(f"    suppressed: {each.reason}" if each.suppressed else "")
    return "".join(f"{line}\n" for line in lines if line)


def cases() -> list[Path]:
    return sorted(CASES.glob("*/*.yaml"))


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_case(case: Path, golden: Golden) -> None:
    found = lint_bytes(case.read_bytes(), case.name).findings
    text = show(found)
    golden(case.with_suffix(".out"), text)
    assert all(each.code != "RF902" for each in found)
    # A case is either about its rule or clean altogether.
    assert not text or case.parent.name in {each.code for each in found}


@pytest.mark.parametrize("code", sorted({case.parent.name for case in cases()}))
def test_figures_for_machines(code: str, golden: Golden) -> None:
    """What findings of a rule carry in `data`, in all of its cases."""
    lines = []
    for case in cases():
        if case.parent.name == code:
            found = lint_bytes(case.read_bytes(), case.name).findings
            lines += [f"{case.stem}: {each.layer} {json.dumps(dict(each.data), default=str)}" for each in found if each.code == code]
    golden(CASES / code / "figures.txt", "".join(f"{line}\n" for line in lines))


def test_no_stray_goldens(golden: Golden) -> None:
    for stray in {case.with_suffix("") for case in CASES.glob("*/*.out")} - {case.with_suffix("") for case in cases()}:
        golden(stray.with_suffix(".out"), None)
    assert {case.parent.name for case in cases()} <= {rule.code for rule in RULES}


# Grouping


HERE, THERE = Site("a.yaml", ("layers", 1)), Site("a.yaml", ("layers", 2))


def test_copies_are_one_finding() -> None:
    first, second = Finding("RF008", "first", HERE, layer="b/0/add"), Finding("RF008", "second", HERE, layer="b/1/add")
    assert list(grouped([first, second])) == [first._replace(instances=("b/0/add", "b/1/add"))]


def test_the_worst_speaks_for_all() -> None:
    mild = Finding("RF102", "mild", HERE, severity="info", layer="b/0/add")
    bad = Finding("RF102", "bad", HERE, severity="error", layer="b/1/add")
    worse = Finding("RF102", "as bad", HERE, severity="error", layer="b/2/add")
    assert list(grouped([mild, bad, worse])) == [bad._replace(instances=("b/0/add", "b/1/add", "b/2/add"))]


@pytest.mark.parametrize(
    "other",
    [
        Finding("RF009", "", HERE, layer="b/1/add"),
        Finding("RF008", "", THERE, layer="b/1/add"),
        Finding("RF008", "", HERE, layer="b/1/add", axes=("y",)),
        Finding("RF008", "", HERE, layer="b/1/add", input="left"),
        Finding("RF008", "", HERE, layer="b/1/add", data={"kind": "empty"}),
        Finding("RF008", "", HERE, layer="b/0/add"),
        Finding("RF008", "", HERE),
    ],
    ids=["code", "site", "axes", "input", "kind", "layer", "no-layer"],
)
def test_different_mistakes_stay_apart(other: Finding) -> None:
    first = Finding("RF008", "", HERE, layer="b/0/add")
    assert list(grouped([first, other])) == [first, other]


def test_two_mistakes_in_each_copy_are_two_findings() -> None:
    found = [Finding("RF102", text, HERE, layer=layer) for layer in ("b/0/add", "b/1/add") for text in ("one", "two")]
    assert [(each.message, each.instances) for each in grouped(found)] == [
        ("one", ("b/0/add", "b/1/add")),
        ("two", ("b/0/add", "b/1/add")),
    ]


def test_instances_of_members_are_kept() -> None:
    found = [Finding("RF204", "", HERE, layer="a", instances=("a", "b")), Finding("RF204", "", HERE, layer="c")]
    assert [each.instances for each in grouped(found)] == [("a", "b", "c")]
