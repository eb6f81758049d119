"""What a rule consists of: where a part is missing, the message names the file to touch and the command to run."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rflint import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.model import Rule

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "cases"

#: A leading `_`: no rule, but what several rules share.
MODULES = sorted(path.stem for path in Path(rules.__file__).parent.glob("[!_]*.py"))

#: Kinds of golden cases by the first word of the file name; a failing one has none of them.
KINDS = {
    "": "a failing one: its name says the mistake",
    "ok": "a passing one: nothing at all is found",
    "edge": "one at the edge: a sample, a layer or a word away from the other verdict",
    "block": "a failing one whose mistake stands inside a block: the spec has `blocks`, and copies are one finding",
}


def kind_of(case: Path) -> str:
    first = case.stem.partition("-")[0]
    return first if first in KINDS else ""


def rule_of(module: str) -> Rule:
    rule: Rule = import_module(f"rflint.rules.{module}").RULE
    return rule


def told(case: Path) -> list[str]:
    """Codes in a golden."""
    golden = case.with_suffix(".out")
    return re.findall(r"^[\d:-]+ \w+ (\w+) ", golden.read_text(encoding="utf-8"), re.MULTILINE) if golden.is_file() else []


def missing(module: str) -> Iterator[str]:
    """What is still to be done for a rule, one step a line."""
    rule = rule_of(module)
    if module not in rules._MODULES:
        yield f'rflint/rules/__init__.py: add "{module}" to _MODULES, in the order of the codes'
    elif rules._MODULES[module][0] != rule.code:
        yield f"rflint/rules/__init__.py: {module} is {rule.code}"
    elif bool(rules._MODULES[module][1]) != (rule.check is not None):
        yield f"rflint/rules/__init__.py: {module} has topics if, and only if, it has a check"
    if module != rule.name.replace("-", "_"):
        yield f"rflint/rules/{module}.py: rename it to {rule.name.replace('-', '_')}.py, as the rule is called {rule.name}"
    if rule.code[2] in "12345" and not (ROOT / f"docs/rules/figures/{rule.code}.svg").is_file():
        yield f"docs/generator/figures/__init__.py: add the scene of {rule.code} to _SCENES; then pytest --update tests/test_docs.py"
    if not (ROOT / f"docs/rules/{rule.name}.md").is_file():
        yield f"docs/rules/{rule.name}.md: pytest --update tests/test_docs.py writes it, once the rule is registered"
    if not rule.example.failing:
        # What no spec by itself leads to (`WITHOUT_EXAMPLE` in test_rules.py) has neither examples nor cases.
        return
    kinds = [kind_of(case) for case in sorted((CASES / rule.code).glob("*.yaml"))]
    for kind, words in KINDS.items():
        if kind not in kinds:
            yield f"tests/cases/{rule.code}/{kind}{kind and '-'}….yaml: add {words}; then pytest --update tests/test_rules.py"


@pytest.mark.parametrize("module", MODULES)
def test_rule_is_complete(module: str) -> None:
    steps = list(missing(module))
    assert not steps, "\n".join(["still to be done (CONTRIBUTING.md, “A rule”):", *steps])


def test_registry_is_sorted_and_has_no_more_than_there_is() -> None:
    assert sorted(rules._MODULES) == MODULES, "_MODULES in rflint/rules/__init__.py is not the list of the modules beside it"
    codes = [code for code, _ in rules._MODULES.values()]
    assert codes == sorted(codes), "_MODULES in rflint/rules/__init__.py is not in the order of the codes"


@pytest.mark.parametrize("case", sorted(CASES.glob("*/*.yaml")), ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_case_is_what_its_name_says(case: Path) -> None:
    kind, codes = kind_of(case), told(case)
    place = case.relative_to(ROOT)
    if kind == "ok":
        assert not codes, f"{place} reports {', '.join(codes)}: name it by the mistake, or mend it"
    elif kind != "edge":
        assert case.parent.name in codes, f"{place} does not report {case.parent.name}: name it ok-… or edge-…"
    if kind == "block":
        assert "\nblocks:\n" in case.read_text(encoding="utf-8"), f"{place} has no `blocks`"


def test_what_is_missing_is_told() -> None:
    """The steps of a rule that has nothing yet: those that a new rule goes through."""
    rule = rules.RULE_BY["RF104"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "_MODULES", {})
        patch.setattr(import_module("rflint.rules.drift"), "RULE", rule._replace(code="RF199", name="new"))
        steps = list(missing("drift"))
    assert [step.partition(": ")[0] for step in steps] == [
        "rflint/rules/__init__.py",
        "rflint/rules/drift.py",
        "docs/generator/figures/__init__.py",
        "docs/rules/new.md",
        "tests/cases/RF199/….yaml",
        "tests/cases/RF199/ok-….yaml",
        "tests/cases/RF199/edge-….yaml",
        "tests/cases/RF199/block-….yaml",
    ]
