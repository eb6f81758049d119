"""The documentation: nothing stale, every example as its page says, every link leads somewhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from conftest import renew
from documentation import FENCED, ROOT, anchors, marks, pages, read, shell

import rflint
from rflint.cli.commands import COMMANDS, load, sections
from rflint.ops import OPS
from rflint.pipeline import lint_bytes
from rflint.project import config
from rflint.rules import RULES
from rflint.validation.config_schema import config_schema
from rflint.verdict import BUILTIN, Options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Golden

    from rflint.model import Rule

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("[CR]*.md"), *(ROOT / "docs").rglob("*.md")))

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
GENERATED = "<!-- Generated: `pytest --update tests/test_docs.py` writes it, do not edit. -->"
_COMMAND = re.compile(r"(?:`|^\$ |run: )(?:\S*/)?rflint ([a-z]+)\b", re.MULTILINE)


# Staleness


def test_generated_pages(golden: Golden) -> None:
    for name, text in pages.pages().items():
        golden(ROOT / name, text)


def test_every_kind_of_staleness_is_seen_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("README.md", "docs", "schemas"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(pages, "ROOT", tmp_path)

    def stale() -> list[str]:
        held = {name: tmp_path / name for name in pages.pages()}
        texts = {name: path.read_text(encoding="utf-8") if path.is_file() else None for name, path in held.items()}
        return sorted(name for name, text in pages.pages().items() if text != texts[name])

    assert stale() == []
    (tmp_path / "docs/rules/cycle.md").unlink()
    (tmp_path / "docs/rules/gone.md").write_text("# a rule that is gone\n")
    (tmp_path / "docs/rules/figures/RF101.svg").unlink()
    figure = tmp_path / "docs/rules/figures/RF102.svg"
    figure.write_text(figure.read_text(encoding="utf-8").replace("1 sample apart", "2 samples apart"), encoding="utf-8")
    (tmp_path / "docs/rules/figures/RF999.svg").write_text("<svg/>")
    for name, told, instead in (
        ("tutorial", "No findings", "Some findings"),
        ("language", "Convolution.", "Something."),
        ("ci", "took 2 findings", "took 3 findings"),
    ):
        page = tmp_path / f"docs/{name}.md"
        page.write_text(page.read_text(encoding="utf-8").replace(told, instead), encoding="utf-8")
    outdated = [
        "docs/ci.md",
        "docs/language.md",
        "docs/rules/cycle.md",
        "docs/rules/figures/RF101.svg",
        "docs/rules/figures/RF102.svg",
        "docs/rules/figures/RF999.svg",
        "docs/rules/gone.md",
        "docs/tutorial.md",
    ]
    assert stale() == outdated
    made = pages.pages()
    for name in outdated:
        text = made[name]
        renew(tmp_path / name, None if text is None else text.encode())
    assert stale() == []
    assert not (tmp_path / "docs/rules/gone.md").exists()
    assert (tmp_path / "docs/tutorial.md").read_text(encoding="utf-8") == read("docs/tutorial.md")


# Examples

EXAMPLES = [(page, name) for page in PAGES for name in marks.examples(read(page))]


def shown(page: str) -> Iterator[str]:
    """Examples whose findings the page shows."""
    text = read(page)
    yield from re.findall(r"<!-- output: (\S+)", text)
    for session in marks.SESSION.finditer(text):
        yield from (pair.partition("=")[2] for pair in session["files"].split())


SHOWN = {(page, name) for page in PAGES for name in shown(page)}
CONFIGS = [(page, name) for page in PAGES for name in marks.configs(read(page))]
FILES = [(page, name) for page in PAGES for name in marks.files(read(page))]


@pytest.mark.parametrize(("page", "name"), [pair for pair in EXAMPLES if pair not in SHOWN], ids=lambda part: part)
def test_example_without_output_is_clean(page: str, name: str) -> None:
    specs = marks.examples(read(page))
    outcome = shell.rflint(specs, ["check", name])
    assert outcome.code == 0
    assert outcome.text.startswith("No findings in 1 spec")


def test_marks_are_understood() -> None:
    kinds = {"example": marks.EXAMPLE, "config": marks.CONFIG, "file": marks.FILE, "output": marks.OUTPUT, "session": marks.SESSION}
    for page in PAGES:
        text = read(page)
        for kind, pattern in kinds.items():
            assert len(list(pattern.finditer(text))) == text.count(f"<!-- {kind}: "), (page, kind)
        stored = {**marks.examples(text), **marks.configs(text), **marks.files(text)}
        assert len(stored) == sum(text.count(f"<!-- {kind}: ") for kind in ("example", "config", "file")), f"{page}: one name, two files"
        assert {name for of, name in SHOWN if of == page} <= set(stored), page
        assert all(match[0].count("\n") > 2 for pattern in (marks.OUTPUT, marks.SESSION) for match in pattern.finditer(text)), page


def test_sessions_run_in_order_in_one_folder() -> None:
    page = """\
<!-- example: good.yaml -->
```yaml
rflint: 1
layers: [{op: conv, kernel: 3, padding: 1}]
```

<!-- file: bad.yaml -->
```yaml
rflint: 1
layers: [{op: conv, kernal: 3, padding: 1}]
```

<!-- session: one specs/net.yaml=bad.yaml -->
```console
$ rflint check specs --fix
stale
$ cat specs/net.yaml
```

<!-- session: two -->
```console
$ rflint check
$ echo $?
```

<!-- session: one specs/other.yaml=good.yaml -->
```console
$ rflint check --show-files  # both
$ rflint check --show-settings --isolated
```
"""
    first, second, third = (match["text"] for match in marks.SESSION.finditer(marks.filled(page, {})))
    assert (
        first
        == """\
$ rflint check specs --fix
rflint: fixed 1 finding (1 RF002) in 1 file
No findings in 1 spec.
$ cat specs/net.yaml
rflint: 1
layers: [{op: conv, kernel: 3, padding: 1}]
"""
    )
    assert (
        second
        == """\
$ rflint check
rflint: nothing to lint in this folder: no YAML file with a top-level `rflint:` key that is not excluded (--allow-empty accepts that)
$ echo $?
2
"""
    )
    assert (
        third
        == """\
$ rflint check --show-files  # both
specs/net.yaml
specs/other.yaml
$ rflint check --show-settings --isolated
# configuration: none; these are the defaults and the command line
# files: specs/net.yaml, specs/other.yaml
# imports stay inside: /home/ada/project
select = ["ALL"]
ignore = []
exclude = []
fail-on = "warning"
show = "warning"
"""
    )
    with pytest.raises(SystemExit, match="cannot run `rm -r"):
        marks.filled("<!-- session: three -->\n```console\n$ rm -r .\n```\n", {})


@pytest.mark.parametrize(("page", "name"), CONFIGS, ids=lambda part: part)
def test_configuration_is_accepted(page: str, name: str) -> None:
    text = marks.configs(read(page))[name]
    where = "pyproject.toml" if "[tool.rflint" in text else "rflint.toml"
    loaded = config.load(text.encode(), where, "/", {rule.code: rule.name for rule in RULES})
    assert loaded is not None
    assert loaded != config.Config()
    table = config._toml(text.encode(), where)
    jsonschema.validate(table["tool"]["rflint"] if "tool" in table else table, config_schema())


@pytest.mark.parametrize("page", ["docs/ci.md", "docs/configuration.md", "docs/tutorial.md"])
def test_every_file_is_marked(page: str) -> None:
    blocks = re.findall(r"(?:^|\n)([^\n]*)\n```(?:toml|yaml)\n", read(page))
    assert len(blocks) > 3
    assert all(before.startswith(("<!-- config: ", "<!-- example: ", "<!-- file: ")) for before in blocks)


#: Names of files -> schemas that check-jsonschema brings along.
_SCHEMAS = {".github/workflows/": "vendor.github-workflows", ".gitlab-ci.yml": "vendor.gitlab-ci"}


@pytest.mark.skipif(find_spec("check_jsonschema") is None, reason="needs check-jsonschema")
@pytest.mark.parametrize(("page", "name"), [pair for pair in FILES if pair[1].startswith(tuple(_SCHEMAS))], ids=lambda part: part)
def test_workflow_follows_its_schema(page: str, name: str, tmp_path: Path) -> None:
    schema = next(schema for start, schema in _SCHEMAS.items() if name.startswith(start))
    (tmp_path / "workflow.yml").write_text(marks.files(read(page))[name], encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, "workflow.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _uses(node: object) -> Iterator[dict[str, Any]]:
    """Steps of a workflow that use rflint."""
    if isinstance(node, dict):
        if str(node.get("uses", "")).startswith("OWNER/rflint@"):
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _uses(each)


def test_workflows_use_the_action_as_it_is() -> None:
    inputs = set(yaml.safe_load(read("action.yml"))["inputs"])
    steps = [
        step
        for page in PAGES
        for block in re.findall(r"^```yaml\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL)
        if "uses: OWNER/rflint@" in block
        for step in _uses(yaml.safe_load(block))
    ]
    assert len(steps) >= 3
    assert all(set(step.get("with", {})) <= inputs for step in steps)


_FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))


@pytest.mark.skipif(find_spec("check_jsonschema") is None, reason="needs check-jsonschema")
@pytest.mark.parametrize("form", _FORMS, ids=lambda path: path.stem)
def test_issue_form_follows_its_schema(form: Path) -> None:
    schema = f"vendor.github-issue-{'config' if form.stem == 'config' else 'forms'}"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(form)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(find_spec("pre_commit") is None, reason="needs pre-commit")
@pytest.mark.parametrize("page", [page for page, name in FILES if name == ".pre-commit-config.yaml"])
def test_pre_commit_configuration(page: str, tmp_path: Path) -> None:
    text = marks.files(read(page))[".pre-commit-config.yaml"]
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pre_commit", "validate-config", "config.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    hooks = {hook["id"]: hook for hook in yaml.safe_load(read(".pre-commit-hooks.yaml"))}
    for hook in yaml.safe_load(text)["repos"][0]["hooks"]:
        command = [*hooks[hook["id"]]["entry"].split(), *hook.get("args", [])]
        assert shell.rflint({"net.yaml": "rflint: 1\nlayers: [{op: relu}]\n"}, [*command[1:], "net.yaml"]).code == 0


def test_every_spec_on_a_hand_written_page_is_an_example() -> None:
    for page in PAGES:
        if GENERATED not in read(page):
            blocks = re.findall(r"^```yaml\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL)
            specs = [block for block in blocks if re.search(r"^rflint: 1$", block, re.MULTILINE)]
            assert specs == list(marks.examples(read(page)).values()), page


@pytest.mark.parametrize(
    ("name", "code"),
    [("first", 0), ("mistake", 1), ("target", 1), ("final", 0), ("shrunk", 1), ("accepted", 0)],
    ids=str,
)
def test_tutorial_gate(name: str, code: int) -> None:
    spec = marks.examples(read("docs/tutorial.md"))[f"{name}.yaml"]
    assert shell.rflint({"specs/detector.yaml": spec}, ["check", "specs"]).code == code


def test_readme_example_fails() -> None:
    spec = marks.examples(read("README.md"))["readme.yaml"]
    assert shell.rflint({"net.yaml": spec}, ["check", "net.yaml"]).code == 1


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.example.failing], ids=lambda rule: rule.code)
def test_rule_page_shows_its_finding(rule: Rule) -> None:
    page = read(f"docs/rules/{rule.name}.md")
    assert f"[{rule.code}]: " in page.partition("## Reported")[2].partition("## Not reported")[0]
    outcome = shell.rflint({"net.yaml": rule.example.passing}, ["check", "net.yaml"])
    assert f"[{rule.code}]: " not in outcome.text


def test_outputs_fit_80_columns() -> None:
    for page in PAGES:
        for block in re.findall(r"^```(?:text|console)\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL):
            # Messages on standard error are one line each, and a patch has the lines of the file: a terminal breaks them.
            printed = [line for line in block.splitlines() if not line.startswith(("$ ", "rflint: ", "+ ", "- "))]
            assert all(len(line) <= 80 for line in printed), (page, block)


# Contributing


def test_the_rule_that_contributing_shows_works() -> None:
    # Without the indentation that puts it into a list.
    page = re.sub(r"^ {3}", "", read("CONTRIBUTING.md"), flags=re.MULTILINE)
    (source,) = [block for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL) if "RULE = " in block]
    module: dict[str, Any] = {"__name__": "idle_dilation"}
    exec(compile(source, "CONTRIBUTING.md", "exec"), module)
    rule: Rule = module["RULE"]
    assert rule.code not in {known.code for known in RULES}, "CONTRIBUTING.md shows a rule that there is by now: think of another"
    options = Options(vocabulary=BUILTIN.with_rules([rule]))
    failing, passing = (lint_bytes(text.encode(), "net.yaml", options).findings for text in rule.example)
    assert [(finding.code, finding.axes, finding.span.line) for finding in failing] == [(rule.code, ("y", "x"), 3)]
    assert passing == ()


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/design.md"])
def test_named_files_exist(page: str) -> None:
    named = re.findall(r"`((?:rflint|tests|docs|specs|schemas|benchmarks|\.ci)/[\w./-]*)`", read(page))
    examples = (
        "rflint/rules/idle_dilation.py",
        "tests/cases/RF405/NAME.yaml",
        "rflint/formatters/NAME.py",
        "rflint/importing/NAME.py",
        "tests/test_NAME.py",
    )
    assert len(named) > 1
    assert [name for name in named if not (ROOT / name).exists() and name not in examples] == [], f"{page} names files that are gone"


#: A version of rflint, named as a tag.
_TAG = re.compile(r"(?:OWNER/rflint@|^ *rev: )(\S+?)['\"]?(?:\s|$)", re.MULTILINE)


@pytest.mark.parametrize("page", [*PAGES, "action.yml", ".pre-commit-hooks.yaml"])
def test_pages_name_this_version(page: str) -> None:
    for number, line in enumerate(read(page).splitlines(), 1):
        for tag in _TAG.findall(line):
            assert tag == f"v{rflint.__version__}", f"{page}:{number} names {tag}: write v{rflint.__version__}"


def test_changelog_has_a_place_for_this_version() -> None:
    titles = re.findall(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)
    assert titles[0] == "Unreleased", "CHANGELOG.md: start it with `## Unreleased`"
    # Before its first release there is nothing but `Unreleased`.
    assert titles[1:2] in ([], [rflint.__version__]), f"CHANGELOG.md: the newest release is not {rflint.__version__}"


# Completeness


def test_every_rule_command_option_op_and_field_is_documented() -> None:
    index, cli, language = read("docs/rules/README.md"), read("docs/cli.md"), read("docs/language.md")
    assert [rule.code for rule in RULES] == re.findall(r"^\| \[(RF[0-9]{3})\]", index, re.MULTILINE)
    assert [f"rflint {name}" for name in COMMANDS] == re.findall(r"^## (rflint .*)$", cli, re.MULTILINE)
    for name in COMMANDS:
        section = cli.partition(f"\n## rflint {name}\n")[2].partition("\n## ")[0]
        options = re.findall(r"^\| (?:`-[a-z]`, )?`(--[a-z-]+)`", section, re.MULTILINE)
        assert options == [option.name for _, grouped in sections(load(name).options) for option in grouped]
    ops = language.partition("\n## Ops\n")[2].partition("\n## Fields\n")[0]
    first_cells = re.findall(r"^\| (`.*?`) \|", ops, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(first_cells))) == sorted(OPS)
    fields = set(re.findall(r"^\| `(\w+)` \|", language.partition("\n## Fields\n")[2], re.MULTILINE))
    assert fields == {field.name for op in OPS.values() for field in op.fields}


def _properties(schema: object) -> Iterator[str]:
    """Every key that an object may have, anywhere in a schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from _properties(each)


def test_every_key_of_the_published_schemas_is_documented() -> None:
    spec = set(_properties(json.loads(read("schemas/rflint-spec.v1.schema.json"))))
    assert {"rflint", "kernel", "repeat", "multiple_of", "coverage", "receptive_field_min"} <= spec
    in_tables = set(re.findall(r"^\| (?:\*\*)?`([\w-]+)`", read("docs/language.md"), re.MULTILINE))
    rules = {word for rule in RULES for word in (rule.code, rule.name)}
    # Tables of ops and of rules are compared above.
    assert spec - rules - set(OPS) - in_tables == set()
    settings = set(_properties(json.loads(read("schemas/rflint-config.v1.schema.json"))))
    assert {"per-file-ignores", "nesting"} <= settings
    text = read("docs/configuration.md")
    # What an op is declared with stands in its example.
    assert {key for key in settings if f"`{key}`" not in text and f"\n{key} = " not in text} == set()


def test_every_environment_variable_is_documented() -> None:
    known = {option.env for name in COMMANDS for option in load(name).options if option.env}
    section = read("docs/configuration.md").partition("\n## Environment variables\n")[2]
    assert set(re.findall(r"^\| `(RFLINT_\w+)` \|", section, re.MULTILINE)) == known


def test_every_page_is_in_the_index() -> None:
    index = {target.partition("#")[0] for target in _LINK.findall(read("docs/README.md"))}
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= index


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_page_shows_the_figure(rule: Rule) -> None:
    drawn = (ROOT / f"docs/rules/figures/{rule.code}.svg").is_file()
    assert (f"](figures/{rule.code}.svg)" in read(f"docs/rules/{rule.name}.md")) == drawn


def test_every_command_that_is_named_exists() -> None:
    for page in PAGES:
        assert set(_COMMAND.findall(read(page))) <= set(COMMANDS), page


# Links


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page: str) -> None:
    for target in _LINK.findall(FENCED.sub("", read(page))):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file.resolve().relative_to(ROOT).as_posix()), target
