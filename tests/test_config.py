"""Configuration: what is accepted, what is refused and in which words, and what beats what."""

from __future__ import annotations

import json
import sys
import types
from importlib.util import find_spec
from typing import TYPE_CHECKING

import jsonschema
import pytest
from command_line import rflint
from hypothesis import given
from hypothesis import strategies as st

from rflint.model import UsageError
from rflint.project import Settings, config
from rflint.project.config import Config, Glob, from_table, load, mentions_rflint
from rflint.resources import schema_text

if TYPE_CHECKING:
    from pathlib import Path

RULES = {"RF001": "yaml-error", "RF102": "center-mismatch", "RF301": "off-center-even-kernel", "RF305": "uneven-border"}
BASE = "/repo"

HAS_TOML = any(map(find_spec, ("tomllib", "tomli")))
needs_toml = pytest.mark.skipif(not HAS_TOML, reason="Python 3.10 without tomli")


def parse(text: str, where: str = "rflint.toml") -> Config | None:
    return load(text.encode(), where, BASE, RULES)


FULL = """\
select = ["RF1", "uneven-border", "ALL"]
extend-select = ["RF301"]
ignore = ["center-mismatch"]
exclude = ["drafts", "third_party/**"]
fail-on = "error"

[severity]
RF301 = "off"
uneven-border = "warning"

[per-file-ignores]
"legacy/*.yaml" = ["RF3"]

[limits]
layers = 1000
"""

PARSED = Config(
    select=("RF1", "uneven-border", "ALL"),
    extend_select=("RF301",),
    ignore=("center-mismatch",),
    severity={"RF301": "off", "RF305": "warning"},
    per_file_ignores=((Glob(BASE, "legacy/*.yaml"), ("RF3",)),),
    exclude=(Glob(BASE, "drafts"), Glob(BASE, "third_party/**")),
    fail_on="error",
    limits={"layers": 1000},
)


@needs_toml
def test_everything() -> None:
    assert parse(FULL) == PARSED
    inner = (
        FULL.replace("[severity]", "[tool.rflint.severity]")
        .replace("[per-file", "[tool.rflint.per-file")
        .replace("[limits]", "[tool.rflint.limits]")
    )
    assert parse(f"[tool.rflint]\n{inner}", "sub/pyproject.toml") == PARSED


@needs_toml
def test_a_byte_order_mark_is_no_content() -> None:
    assert load(b'\xef\xbb\xbfignore = ["RF102"]', "rflint.toml", BASE, RULES) == Config(ignore=("RF102",))


@needs_toml
def test_empty_file_says_nothing() -> None:
    assert parse("") == Config()


@needs_toml
@pytest.mark.parametrize(
    "text", ["", "[project]\ndependencies = ['rflint==1']\n", "[tool.other]\nx = 1\n", "[tool]\nother = 1\n", "broken = ["]
)
def test_pyproject_without_a_table_does_not_count(text: str) -> None:
    assert parse(text, "pyproject.toml") is None


@pytest.mark.parametrize(
    "text",
    [
        "[tool.rflint]",
        "[ tool . rflint ]",
        '[tool."rflint"]',
        "[tool.rflint.severity]",
        "[tool]\nrflint = {}",
        "tool.rflint.select = []",
        "[tool] # x\nrflint.ignore = []",
    ],
)
def test_every_spelling_of_the_table_is_noticed(text: str) -> None:
    assert mentions_rflint(f"[project]\nname = 'x'\n{text}\n".encode())
    if HAS_TOML:
        assert parse(text, "pyproject.toml") == (Config(select=()) if "select" in text else Config())


REFUSED = [
    ('ignor = ["RF1"]', "rflint.toml: unknown key `ignor`; did you mean `ignore`?"),
    ("fail_on = 'error'", "rflint.toml: unknown key `fail_on`; did you mean `fail-on`?"),
    ("zzz = 1", "rflint.toml: unknown key `zzz`"),
    ('ignore = ["RF999"]', "rflint.toml: `ignore`: no rule is called `RF999`"),
    ('select = ["center-missmatch"]', "rflint.toml: `select`: no rule is called `center-missmatch`; did you mean `center-mismatch`?"),
    ('select = "RF1"', 'rflint.toml: `select` must be a list of rules, like "RF1" or "center-mismatch"'),
    ("extend-select = [1]", 'rflint.toml: `extend-select` must be a list of rules, like "RF1" or "center-mismatch"'),
    ('ignore = [""]', 'rflint.toml: `ignore` must be a list of rules, like "RF1" or "center-mismatch"'),
    ('severity = "error"', 'rflint.toml: `severity` must be a table: severity = {RF301 = "off"}'),
    (
        'severity = {RF3 = "off"}',
        "rflint.toml: `severity`: `RF3` stands for several rules, and a severity is that of one: write its code or name",
    ),
    ('severity = {RF301 = "warn"}', "rflint.toml: `severity.RF301` must be one of off, info, warning, error; did you mean `warning`?"),
    ("severity = {RF301 = 1}", "rflint.toml: `severity.RF301` must be one of off, info, warning, error"),
    ("per-file-ignores = []", 'rflint.toml: `per-file-ignores` must be a table: per-file-ignores = {"legacy/*.yaml" = ["RF3"]}'),
    (
        'per-file-ignores = {"a.yaml" = ["XX"]}',
        "rflint.toml: `per-file-ignores.a.yaml`: no rule is called `XX`; is the plug-in installed that brings it?",
    ),
    ('per-file-ignores = {"" = []}', "rflint.toml: `per-file-ignores`: a glob is empty; write one like `drafts/**`"),
    ("exclude = ['a\\b']", "rflint.toml: `exclude`: `a\\b` has a `\\`; folders are separated by `/` in globs, on Windows too"),
    ('exclude = ["!a"]', "rflint.toml: `exclude`: `!a` begins with `!`; globs only leave out, none takes back in"),
    ('ignore = ["TEAM"]', "rflint.toml: `ignore`: no rule is called `TEAM`; is the plug-in installed that brings it?"),
    (
        'severity = {RF301 = "off", off-center-even-kernel = "error"}',
        "rflint.toml: `severity` names one rule twice, as `RF301` and as `off-center-even-kernel`",
    ),
    ("[tool.rflint]", "rflint.toml: unknown key `tool`; in a file of rflint's own the keys stand without [tool.rflint]"),
    ("limits = {layers = 1.5}", "rflint.toml: `limits.layers` must be a whole number from 1 to 10,000,000"),
    ('exclude = "a"', 'rflint.toml: `exclude` must be a list of globs, like "drafts/**"'),
    ('fail-on = "errors"', "rflint.toml: `fail-on` must be one of error, warning, info, never; did you mean `error`?"),
    ("fail-on = true", "rflint.toml: `fail-on` must be one of error, warning, info, never"),
    ("limits = 1", "rflint.toml: `limits` must be a table: limits = {layers = 1000}"),
    ("limits = {layer = 1}", "rflint.toml: unknown key `limits.layer`; did you mean `layers`?"),
    ("limits = {nesting = 65}", "rflint.toml: `limits.nesting` must be a whole number from 1 to 64"),
    ("limits = {nesting = true}", "rflint.toml: `limits.nesting` must be a whole number from 1 to 64"),
    ("limits = {nesting = 0}", "rflint.toml: `limits.nesting` must be a whole number from 1 to 64"),
]


@needs_toml
@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(text)
    assert str(refused.value) == message


@needs_toml
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"select = [", "rflint.toml: not valid TOML: "),
        (b"a = '\xff'", "rflint.toml: not valid TOML: byte 6 is not UTF-8"),
        (b"a = " + b"[" * 100_000, "rflint.toml: its values are nested too deeply"),
        (b"a = " + b"9" * 10_000, "rflint.toml: not valid TOML: a number has too many digits"),
    ],
)
def test_unreadable(data: bytes, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        load(data, "rflint.toml", BASE, RULES)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


@needs_toml
def test_pyproject_names_its_table() -> None:
    with pytest.raises(UsageError) as refused:
        parse("[tool.rflint]\nselct = []", "pyproject.toml")
    assert str(refused.value) == "pyproject.toml: [tool.rflint]: unknown key `selct`; did you mean `select`?"
    with pytest.raises(UsageError) as refused:
        parse("tool.rflint = 3", "pyproject.toml")
    assert str(refused.value) == "pyproject.toml: [tool.rflint]: the configuration must be a table"


def test_without_a_toml_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "sys", types.SimpleNamespace(version_info=(3, 10)))
    monkeypatch.setitem(sys.modules, "tomli", None)
    with pytest.raises(UsageError) as refused:
        parse("")
    assert str(refused.value) == "rflint.toml: reading it with Python 3.10 needs the package `tomli`"


# The published schema says the same

SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text("config")))

SELECTORS = st.lists(st.sampled_from(["RF1", "center-mismatch", "ALL"]), max_size=2)
ODD = st.sampled_from([None, True, 1, "", "x", [], [1], {}, {"x": 1}])
TABLES = st.fixed_dictionaries(
    {},
    optional={
        "select": SELECTORS | ODD,
        "extend-select": SELECTORS | ODD,
        "ignore": SELECTORS | ODD,
        "severity": st.dictionaries(st.sampled_from(["RF301", "uneven-border"]), st.sampled_from(["off", "error", False, "no", 3, True]))
        | ODD,
        "per-file-ignores": st.dictionaries(st.sampled_from(["*.yaml", "a/**"]), SELECTORS | ODD) | ODD,
        "exclude": st.lists(st.sampled_from(["a", ""])) | ODD,
        "fail-on": st.sampled_from(["error", "never", "off", "", None, 1]),
        "limits": st.dictionaries(
            st.sampled_from(["file-size", "nodes", "layers", "nesting", "expression-length", "expression-result", "no"]),
            st.sampled_from([1, 64, 65, 0, -1, 10**6, 10**10, True, "1", 1.5]),
        )
        | ODD,
        "other": ODD,
    },
)


def test_the_schema_refuses_the_same_globs() -> None:
    for glob in ("", "!a", "a\\b", "\\"):
        assert not SCHEMA.is_valid({"exclude": [glob]})
        assert not SCHEMA.is_valid({"per-file-ignores": {glob: []}})
    assert SCHEMA.is_valid({"exclude": ["a", "/a/**", "[!a]", "../a"]})


def names_rules(table: dict[str, object]) -> bool:
    """The schema cannot know the names of rules: the odd values that only rflint refuses for that."""
    severity, per_file = table.get("severity"), table.get("per-file-ignores")
    lists = [table.get(key) for key in ("select", "extend-select", "ignore")]
    lists += list(per_file.values()) if isinstance(per_file, dict) else []
    return all(not (isinstance(item, list) and "x" in item) for item in lists) and not (isinstance(severity, dict) and "x" in severity)


@given(TABLES.filter(names_rules))
def test_the_schema_agrees(table: dict[str, object]) -> None:
    try:
        from_table(table, "x", BASE, RULES)
        accepted = True
    except UsageError:
        accepted = False
    assert accepted == SCHEMA.is_valid(table)


# Layers


def test_more_specific_settings_win() -> None:
    file = Config(
        select=("RF1",), extend_select=("RF3",), ignore=("RF305",), severity={"RF102": "off", "RF301": "info"}, fail_on="error",
        exclude=(Glob("/a", "x"),), limits={"nodes": 1, "layers": 2},
    )  # fmt: skip
    asked = Config(ignore=("RF102",), severity={"RF301": "error"}, exclude=(Glob("/b", "y"),), limits={"layers": 3})
    both = asked.over(file)
    assert both.selected() == ("RF1", "RF3")
    assert both.ignore == ("RF305", "RF102")
    assert both.severity == {"RF102": "off", "RF301": "error"}
    assert both.fail_on == "error"
    assert both.exclude == (Glob("/a", "x"), Glob("/b", "y"))
    assert both.limits == {"nodes": 1, "layers": 3}
    assert Config(fail_on="never").over(file).fail_on == "never"


def test_select_starts_afresh() -> None:
    both = Config(select=("RF305",)).over(Config(select=("RF1",), extend_select=("RF3",), ignore=("RF305",)))
    assert both.selected() == ("RF305",)
    assert both.ignored("/x") == ()


def test_all_rules_unless_told() -> None:
    assert Config().selected() == ()
    assert Config(extend_select=("RF1",)).selected() == ()


def test_per_file_ignores() -> None:
    settings = Config(
        ignore=("RF1",), per_file_ignores=((Glob("/repo", "legacy/*.yaml"), ("RF3", "RF4")), (Glob("/repo", "a.yaml"), ("RF5",)))
    )
    assert settings.ignored("/repo/legacy/a.yaml") == ("RF1", "RF3", "RF4", "RF5")
    assert settings.ignored("/repo/other/b.yaml") == ("RF1",)


# Globs


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("drafts", "drafts/a.yaml", True),
        ("drafts", "specs/drafts/a.yaml", True),
        ("drafts", "specs/drafts.yaml", False),
        ("drafts/", "drafts/a.yaml", True),
        ("*.yaml", "a/b/c.yaml", True),
        ("*.yaml", "a/b/c.yml", False),
        ("a/*.yaml", "a/c.yaml", True),
        ("a/*.yaml", "a/b/c.yaml", False),
        ("a/**/*.yaml", "a/b/c.yaml", True),
        ("a/**/*.yaml", "a/c.yaml", True),
        ("a/**", "a/b/c.yaml", True),
        ("**/c.yaml", "a/b/c.yaml", True),
        ("./a/c.yaml", "a/c.yaml", True),
        ("a?c.yaml", "abc.yaml", True),
        ("a?c.yaml", "a/c.yaml", False),
        ("[ab].yaml", "a.yaml", True),
        ("[!ab].yaml", "a.yaml", False),
        ("[!ab].yaml", "c.yaml", True),
        ("[a-c].yaml", "b.yaml", True),
        ("a[.yaml", "a[.yaml", True),
        ("a(b|c).yaml", "a(b|c).yaml", True),
        ("a(b|c).yaml", "ab.yaml", False),
        ("[z-a].yaml", "b.yaml", False),
        ("*", "../outside.yaml", False),
        # From the folder itself, out of it, and in absolute terms.
        ("/a.yaml", "a.yaml", True),
        ("/a.yaml", "b/a.yaml", False),
        ("./a.yaml", "b/a.yaml", False),
        ("/a/", "a/b.yaml", True),
        ("/repo/a/*.yaml", "a/b.yaml", True),
        ("/repo/a/*.yaml", "repo/a/b.yaml", False),
        ("../x.yaml", "../x.yaml", True),
        ("../x.yaml", "x.yaml", False),
        ("../other/**", "../other/a/b.yaml", True),
        ("a/../b.yaml", "b.yaml", True),
        (".", "a/b.yaml", True),
    ],
)
def test_globs(pattern: str, path: str, expected: bool) -> None:
    assert Glob("/repo", pattern).matches(f"/repo/{path}") is expected


@given(st.text(alphabet="ab*?[]!-/.\\^(", max_size=12), st.text(alphabet="ab-/.", max_size=12))
def test_no_glob_fails(pattern: str, path: str) -> None:
    assert Glob("/repo", pattern).matches(f"/repo/{path}") in {True, False}


# One that extends another


def write(folder: Path, files: dict[str, str]) -> None:
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def settings_of(folder: Path) -> Config:
    return Settings().of(str(folder)).config


@needs_toml
def test_a_configuration_adds_to_the_one_that_it_extends(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[tool.rflint]\nignore = ["RF305"]\nexclude = ["drafts/*.yaml"]\nbaseline = "known.json"\nfail-on = "info"\n',
        "nets/rflint.toml": 'extend = "../pyproject.toml"\nignore = ["RF404"]\nseverity = {RF301 = "error", RF104 = "off"}\n',
        "nets/old/.rflint.toml": 'extend = "../rflint.toml"\nfail-on = "never"\nseverity = {RF104 = "info"}\nexclude = ["x.yaml"]\n',
    }
    write(tmp_path, files)
    held = settings_of(tmp_path / "nets/old")
    assert held.ignore == ("RF305", "RF404")
    assert held.severity == {"RF301": "error", "RF104": "info"}
    assert (held.fail_on, held.baseline) == ("never", str(tmp_path / "known.json"))
    assert [
        name for name in ("drafts/a.yaml", "nets/drafts/a.yaml", "nets/old/x.yaml", "x.yaml") if held.excludes(str(tmp_path / name))
    ] == [
        "drafts/a.yaml",
        "nets/old/x.yaml",
    ]
    assert held.extended == (str(tmp_path / "nets/rflint.toml"), str(tmp_path / "pyproject.toml"))
    assert settings_of(tmp_path / "nets").fail_on == "info"
    write(tmp_path, {"nets/old/.rflint.toml": 'extend = "../rflint.toml"\nselect = ["RF1"]\n'})
    assert (settings_of(tmp_path / "nets/old").selected(), settings_of(tmp_path / "nets/old").ignore) == (("RF1",), ())


@needs_toml
@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"rflint.toml": 'extend = "base.toml"'}, "rflint.toml: `extend`: there is no file `base.toml`"),
        ({"rflint.toml": 'extend = "rflint.toml"'}, "rflint.toml: `extend`: `rflint.toml` extends this file in turn"),
        (
            {"rflint.toml": 'extend = "b.toml"', "b.toml": 'extend = "./rflint.toml"'},
            "b.toml: `extend`: `rflint.toml` extends this file in turn",
        ),
        (
            {"rflint.toml": 'extend = "../other/rflint.toml"'},
            "rflint.toml: `extend`: `../other/rflint.toml` leads outside of the repository",
        ),
        ({"rflint.toml": 'extend = "link.toml"'}, "rflint.toml: `extend`: `link.toml` leads outside of the repository"),
        (
            {"rflint.toml": 'extend = "pyproject.toml"', "pyproject.toml": ""},
            "rflint.toml: `extend`: `pyproject.toml` has no table [tool.rflint]",
        ),
        ({"rflint.toml": 'extend = "b.toml"', "b.toml": "ignor = []"}, "b.toml: unknown key `ignor`; did you mean `ignore`?"),
        ({"rflint.toml": "extend = 3"}, "rflint.toml: `extend` must be the path of a file"),
        ({"rflint.toml": 'extend = "."'}, "`../here` cannot be read: is a directory"),
    ],
)
def test_extending_what_cannot_be(files: dict[str, str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, here = tmp_path / "other", tmp_path / "here"
    write(other, {"rflint.toml": ""})
    write(here, {"net.yaml": "rflint: 1\nlayers: [{op: relu}]\n", **files})
    (here / "link.toml").symlink_to(other / "rflint.toml")
    monkeypatch.chdir(here)
    outcome = rflint("check")
    assert (outcome.code, outcome.err.replace(str(tmp_path), "..")) == (2, f"rflint: {told}\n")


@needs_toml
def test_a_chain_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = {f"{number}.toml": f'extend = "{number + 1}.toml"' for number in range(70)}
    write(tmp_path, {"rflint.toml": 'extend = "0.toml"', **chain, "70.toml": ""})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="more than 64 configurations extend one another"):
        settings_of(tmp_path)
