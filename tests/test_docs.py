"""The documentation: nothing stale, every example as its page says, every link leads somewhere."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rflint.cli.commands import COMMANDS, load
from rflint.ops import OPS
from rflint.rules import RULES

if TYPE_CHECKING:
    from types import ModuleType

    from rflint.rules._rule import Rule

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")))

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"(?:`|^\$ |run: )(?:\S*/)?rflint ([a-z]+)\b", re.MULTILINE)


def _load_build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = _load_build()


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# Staleness


def test_nothing_is_stale() -> None:
    assert build.stale(build.pages()) == [], "run `python docs/build.py`"


def test_building_is_idempotent_and_check_sees_every_kind_of_staleness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("README.md", "docs", "schemas"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    assert build.main(["--check"]) == 0

    (tmp_path / "docs/rules/cycle.md").unlink()
    (tmp_path / "docs/rules/gone.md").write_text("# a rule that is gone\n")
    tutorial = tmp_path / "docs/tutorial.md"
    tutorial.write_text(tutorial.read_text(encoding="utf-8").replace("No findings", "Some findings"), encoding="utf-8")
    language = tmp_path / "docs/language.md"
    language.write_text(language.read_text(encoding="utf-8").replace("Convolution.", "Something."), encoding="utf-8")
    stale = ["docs/language.md", "docs/rules/cycle.md", "docs/rules/gone.md", "docs/tutorial.md"]
    capsys.readouterr()
    assert build.main(["--check"]) == 1
    assert capsys.readouterr().out == "".join(f"{name} is stale: run `python docs/build.py`\n" for name in stale)

    assert build.main([]) == 0
    assert capsys.readouterr().out == "".join(f"{name}\n" for name in stale)
    assert build.main(["--check"]) == 0
    assert not (tmp_path / "docs/rules/gone.md").exists()
    assert tutorial.read_text(encoding="utf-8") == read("docs/tutorial.md")


def test_unknown_argument() -> None:
    with pytest.raises(SystemExit, match="usage"):
        build.main(["--chek"])


# Examples

EXAMPLES = [(page, name) for page in PAGES for name in build.examples(read(page))]
#: Examples whose findings the page shows.
SHOWN = {(page, name) for page in PAGES for name in re.findall(r"<!-- output: (\S+)", read(page))}


@pytest.mark.parametrize(("page", "name"), [pair for pair in EXAMPLES if pair not in SHOWN], ids=lambda part: part)
def test_example_without_output_is_clean(page: str, name: str) -> None:
    specs = build.examples(read(page))
    outcome = build.rflint(specs, ["check", name])
    assert outcome.code == 0
    assert outcome.text.startswith("No findings in 1 spec")


def test_marks_are_understood() -> None:
    for page in PAGES:
        text = read(page)
        names = re.findall(r"<!-- example: (\S+) -->", text)
        assert names == list(build.examples(text)), page
        assert {name for of, name in SHOWN if of == page} <= set(names), page
        outputs = [match[0] for match in build._OUTPUT.finditer(text)]
        assert len(outputs) == text.count("<!-- output: "), page
        assert all(block.count("\n") > 2 for block in outputs), page


def test_every_spec_on_a_hand_written_page_is_an_example() -> None:
    for page in PAGES:
        if build.GENERATED not in read(page):
            assert len(re.findall(r"^rflint: 1$", read(page), re.MULTILINE)) == len(build.examples(read(page))), page


@pytest.mark.parametrize(
    ("name", "code"),
    [("first", 0), ("mistake", 1), ("target", 1), ("final", 0), ("shrunk", 1), ("accepted", 0)],
    ids=str,
)
def test_tutorial_gate(name: str, code: int) -> None:
    spec = build.examples(read("docs/tutorial.md"))[f"{name}.yaml"]
    assert build.rflint({"specs/detector.yaml": spec}, ["check", "specs"]).code == code


def test_readme_example_fails() -> None:
    spec = build.examples(read("README.md"))["readme.yaml"]
    assert build.rflint({"net.yaml": spec}, ["check", "net.yaml"]).code == 1


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.example.failing], ids=lambda rule: rule.code)
def test_rule_page_shows_its_finding(rule: Rule) -> None:
    page = read(f"docs/rules/{rule.name}.md")
    assert f"[{rule.code}]: " in page.partition("## Reported")[2].partition("## Not reported")[0]
    outcome = build.rflint({"net.yaml": rule.example.passing}, ["check", "net.yaml"])
    assert f"[{rule.code}]: " not in outcome.text


def test_outputs_fit_80_columns() -> None:
    for page in PAGES:
        for block in re.findall(r"^```(?:text|console)\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL):
            printed = [line for line in block.splitlines() if not line.startswith("$ ")]
            assert all(len(line) <= 80 for line in printed), (page, block)


# Completeness


def test_every_rule_command_option_op_and_field_is_documented() -> None:
    index, cli, language = read("docs/rules/README.md"), read("docs/cli.md"), read("docs/language.md")
    assert [rule.code for rule in RULES] == re.findall(r"^\| \[(RF[0-9]{3})\]", index, re.MULTILINE)
    assert [f"rflint {name}" for name in COMMANDS] == re.findall(r"^## (rflint .*)$", cli, re.MULTILINE)
    for name in COMMANDS:
        section = cli.partition(f"\n## rflint {name}\n")[2].partition("\n## ")[0]
        options = re.findall(r"^\| (?:`-[a-z]`, )?`(--[a-z-]+)`", section, re.MULTILINE)
        assert options == [option.name for option in load(name).options]
    ops = language.partition("\n## Ops\n")[2].partition("\n## Fields\n")[0]
    first_cells = re.findall(r"^\| (`.*?`) \|", ops, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(first_cells))) == sorted(OPS)
    fields = set(re.findall(r"^\| `(\w+)` \|", language.partition("\n## Fields\n")[2], re.MULTILINE))
    assert fields == {field.name for op in OPS.values() for field in op.fields}


def test_every_command_that_is_named_exists() -> None:
    for page in PAGES:
        assert set(_COMMAND.findall(read(page))) <= set(COMMANDS), page


# Links


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page: str) -> None:
    for target in _LINK.findall(_FENCED.sub("", read(page))):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), target
