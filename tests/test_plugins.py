"""Plug-ins: found without `importlib.metadata`, checked when they are loaded; and the documented example at work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command_line import CLEAN
from plugin_parts import load, op, rule

from rflint import plugin
from rflint.algebra import AXIS_OPS
from rflint.extensions import EntryPoint
from rflint.model import UsageError
from rflint.plugin import KERNEL, FieldSpec, Rule
from rflint.project import plugins
from rflint.project.plugins import entry_points
from rflint.verdict.options import BUILTIN

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "tests" / "plugin_example"
PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))

needs_toml = pytest.mark.skipif(not any(map(find_spec, ("tomllib", "tomli"))), reason="Python 3.10 without tomli")


# The documented example


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example package in it, as an installer leaves it."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "rflint_team").symlink_to(EXAMPLE / "rflint_team")
    project = toml((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8")
    sections = ("".join(f"{name} = {to}\n" for name, to in group.items()) for group in project["entry-points"].values())
    text = "\n".join(f"[{name}]\n{section}" for name, section in zip(project["entry-points"], sections, strict=True))
    (metadata / "entry_points.txt").write_text(text, encoding="utf-8")
    return folder


def toml(text: str) -> dict[str, Any]:
    return import_module("tomllib" if find_spec("tomllib") else "tomli").loads(text)  # type: ignore[no-any-return]


def cli(site: Path, folder: Path, *argv: str, **environ: str) -> tuple[int, str, str]:
    """Run the real command line in a folder, with what is installed in `site`."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(site), str(ROOT))), "PYTHONUTF8": "1", **environ}
    env.pop("FORCE_COLOR", None)
    command = [sys.executable, "-m", "rflint", *argv]
    run = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60)
    return run.returncode, run.stdout, run.stderr


def test_the_page_shows_the_package() -> None:
    shown = {name: text for name, text in FILES.items() if name not in {"net.yaml", "sound.yaml", "test_team.py"}}
    assert shown == {
        path.relative_to(EXAMPLE).as_posix(): path.read_text(encoding="utf-8")
        for path in EXAMPLE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@needs_toml
@pytest.mark.parametrize(("spec", "count"), [("net.yaml", 2), ("sound.yaml", 1)])
def test_the_page_shows_what_the_package_does(spec: str, count: int, site: Path, tmp_path: Path) -> None:
    (tmp_path / spec).write_text(FILES[spec], encoding="utf-8")
    match = re.search(rf"^<!-- with the plug-in: {spec} -->\n```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert match is not None
    commands = re.findall(r"^\$ rflint (.*)$", match[1], re.MULTILINE)
    assert len(commands) == count
    printed = "".join(f"$ rflint {command}\n{cli(site, tmp_path, *command.split())[1]}" for command in commands)
    assert match[1] == "".join(f"{line.rstrip()}\n" for line in printed.splitlines())


@needs_toml
def test_the_tests_of_the_page_pass(site: Path, tmp_path: Path) -> None:
    (tmp_path / "test_team.py").write_text(FILES["test_team.py"] + "\n\ntest_examples()\nprint('passed')\n", encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(site), str(ROOT)))}
    run = subprocess.run([sys.executable, "test_team.py"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert (run.stdout, run.stderr) == ("passed\n", "")


@needs_toml
def test_commands_know_an_installed_rule(site: Path, tmp_path: Path) -> None:
    text = FILES["net.yaml"]
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "quiet.yaml").write_text(text + "rules: {TEAM001: info}\n", encoding="utf-8")
    (tmp_path / "pool.yaml").write_text(text.replace("  - {name: pool", "  # rflint: ignore[TEAM001] why not\n  - {name: pool"), "utf-8")
    (tmp_path / "stale.yaml").write_text(CLEAN.replace("layers:", "layers:  # rflint: ignore[TEAM001]"), encoding="utf-8")

    def codes(*argv: str) -> list[str]:
        specs = json.loads(cli(site, tmp_path, "check", "--format", "json", *argv)[1])["specs"]
        return [f"{each['code']} {each['severity']}{' suppressed' * each['suppressed']}" for spec in specs for each in spec["findings"]]

    assert codes("net.yaml") == ["TEAM001 warning"]
    assert codes("quiet.yaml", "--select", "stride-no-power-of-two") == ["TEAM001 info"]
    assert codes("net.yaml", "--select", "TEAM") == codes("net.yaml", "--select", "RF1,TEAM0") == ["TEAM001 warning"]
    assert codes("net.yaml", "--ignore", "TEAM001") == codes("net.yaml", "--select", "RF") == []
    assert codes("net.yaml", "--severity", "TEAM001=error") == ["TEAM001 error"]
    assert codes("pool.yaml") == ["TEAM001 warning suppressed"]
    assert codes("stale.yaml") == ["RF901 warning"]
    assert codes("net.yaml", "pool.yaml", "--jobs", "2") == ["TEAM001 warning", "TEAM001 warning suppressed"]
    unknown = "rflint: --select: no rule is called `TEA`; is the plug-in installed that brings it?\n"
    assert cli(site, tmp_path, "check", "net.yaml", "--select", "TEA")[2] == unknown

    listed = json.loads(cli(site, tmp_path, "rules", "--format", "json")[1])
    assert [rule["code"] for rule in listed] == [*(rule.code for rule in BUILTIN.rules), "TEAM001"]
    told = cli(site, tmp_path, "explain", "stride-no-power-of-too")[2]
    assert told.startswith("rflint: no rule is called `stride-no-power-of-too`; did you mean `stride-no-power-of-two`?")
    page = cli(site, tmp_path, "explain", "TEAM001")[1]
    assert page.startswith("TEAM001 stride-no-power-of-two (warning)\n")
    assert cli(site, tmp_path, "explain", "team001")[1] == page
    run = json.loads(cli(site, tmp_path, "check", "net.yaml", "--format", "sarif")[1])["runs"][0]
    assert "TEAM001" in [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [(each["ruleId"], run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"]) for each in run["results"]] == [("TEAM001",) * 2]


@needs_toml
def test_an_installed_op_is_known_and_can_be_declared_upon(site: Path, tmp_path: Path) -> None:
    (tmp_path / "rflint.toml").write_text('[ops.halve]\nlike = "max_blur_pool"\nkernel = 2\nstride = 2\n', encoding="utf-8")
    (tmp_path / "net.yaml").write_text(CLEAN + "  - {name: half, op: halve}\n", encoding="utf-8")
    spec = json.loads(cli(site, tmp_path, "report", "net.yaml", "--format", "json")[1])["specs"][0]
    half = spec["layers"][1]
    assert (half["op"], half["size"], half["receptive_field"]["image"]["size"]) == ("halve", [16, 16], [6, 6])
    schema = json.loads(cli(site, tmp_path, "schema", "--extended")[1])
    assert {"conv", "max_blur_pool", "halve"} <= set(schema["$defs"]["item-op"]["enum"])
    assert {"RF102", "TEAM001", "stride-no-power-of-two"} <= set(schema["properties"]["rules"]["properties"])


@needs_toml
def test_switch(site: Path, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(FILES["net.yaml"], encoding="utf-8")
    assert cli(site, tmp_path, "check", "net.yaml", "--format", "concise", RFLINT_PLUGINS="off")[1] == (
        "net.yaml:7:22: RF003 error: `max_blur_pool` is not an op that rflint knows; did you mean `max_pool` or `blur_pool`?\n"
    )
    wrong = cli(site, tmp_path, "check", "net.yaml", RFLINT_PLUGINS="of")
    assert wrong == (2, "", "rflint: RFLINT_PLUGINS is `on` or `off`, not `of`; did you mean `off`?\n")


def test_every_public_name_exists_and_the_page_names_the_helpers() -> None:
    assert all(hasattr(plugin, name) for name in plugin.__all__)
    types = {"AxisAnalysis", "AxisOp", "AxisView", "CostQuestion", "Fields", "Graph", "Layer"}
    missing = [name for name in plugin.__all__ if name not in types and not re.search(rf"\b{name}\b", PAGE)]
    assert missing == []


def test_the_page_lists_every_axis_op() -> None:
    for kind in AXIS_OPS:
        call = f"{kind.__name__}({', '.join(kind._fields)})"  # type: ignore[attr-defined] # NamedTuples, all
        assert f"`{call}`" in PAGE, f"docs/plugins.md: the table of values of `lower` lacks `{call}`"


# Finding entry points


def install(folder: Path, name: str, text: str | bytes) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "entry_points.txt").write_bytes(text if isinstance(text, bytes) else text.encode())


def test_entry_points_are_read_as_installers_write_them(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    install(
        first,
        "Team_Rules-1.0.dist-info",
        "# comment\n[console_scripts]\nrflint.rules = no:main\n\n[rflint.rules]\r\n"
        "b = pkg.rules:RULES [extra]\n; more\na=pkg:A.b\n[rflint.other]\nx = y:z\n",
    )
    install(first, "other-2.egg-info", "[rflint.ops]\nop = other\n")
    install(first, "none-1.dist-info", "[console_scripts]\nx = y:z\n")
    install(first, "odd-1.dist-info", b"[rflint.rules]\n\xff\xfe = \x00\n")
    (first / "bare-1.dist-info").mkdir()
    install(second, "team_rules-0.9.dist-info", "[rflint.rules]\nold = old:OLD\n")
    (tmp_path / "file").write_text("no folder")
    found = entry_points((str(first), str(tmp_path / "absent"), str(tmp_path / "file"), str(second)))
    assert found == [
        EntryPoint("Team_Rules", "rflint.rules", "a", "pkg:A.b"),
        EntryPoint("Team_Rules", "rflint.rules", "b", "pkg.rules:RULES"),
        EntryPoint("odd", "rflint.rules", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}", "\0"),
        EntryPoint("other", "rflint.ops", "op", "other"),
    ]


def test_the_working_folder_of_python_m_is_no_place_for_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for here in ("", ".", str(tmp_path), f"{tmp_path}{os.sep}", str(tmp_path.parent), os.sep):
        beside = f"{tmp_path}-packages"
        monkeypatch.setattr(sys, "path", [here, "/one", beside, "/one", here])
        assert plugins._folders() == ("/one", beside)
    inside = str(tmp_path / ".venv/lib/site-packages")
    monkeypatch.setattr(sys, "path", [inside])
    assert plugins._folders() == (inside,)


@pytest.mark.parametrize("place", [".", "nets"])
def test_a_stranger_in_the_repository_is_not_run(place: str, tmp_path: Path) -> None:
    install(tmp_path, "evil-1.dist-info", "[rflint.rules]\nevil = evil:RULE\n")
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')\n")
    (tmp_path / "nets").mkdir()
    (tmp_path / place / "net.yaml").write_text(CLEAN, encoding="utf-8")
    found = "." if place == "." else ".."
    for path in (str(ROOT), os.pathsep.join((found, str(ROOT))), os.pathsep.join((str(ROOT), str(tmp_path)))):
        code, _, err = cli(ROOT, tmp_path / place, "check", "net.yaml", PYTHONPATH=path)
        assert (code, err) == (0, ""), path
        assert not (tmp_path / "run").exists()
    # It would be, from anywhere else: the folder is one that Python imports from.
    cli(ROOT, ROOT, "check", str(tmp_path / place / "net.yaml"), PYTHONPATH=os.pathsep.join((str(ROOT), str(tmp_path))))
    assert (tmp_path / "run").exists()


def test_without_plugins_nothing_more_is_imported() -> None:
    code = (
        "import sys; from rflint.project import plugins; from rflint.verdict.options import BUILTIN\n"
        "sys.path[:] = [path for path in sys.path if 'site-packages' not in path]\n"
        "assert plugins.load() is BUILTIN\n"
        "print(sorted({'importlib.metadata', 'rflint.extensions.loading', 'rflint.extensions.guard', 'email'} & set(sys.modules)))"
    )
    env = {**os.environ, "RFLINT_PLUGINS": "on"}
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout == "[]\n"


def test_load_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(plugins, "entry_points", lambda folders: calls.append(folders) or [])
    plugins._load.cache_clear()
    assert plugins.load() is plugins.load() is BUILTIN
    assert len(calls) == 1
    monkeypatch.setenv("RFLINT_PLUGINS", "yes")
    with pytest.raises(UsageError, match="`on` or `off`, not `yes`"):
        plugins.load()
    plugins._load.cache_clear()


# Loading


@pytest.mark.parametrize(
    ("things", "failure"),
    [
        (3, "`int` is not a Rule"),
        ("ab", "`str` is not a Rule (and 1 more like this)"),
        ([op()], "`Op` is not a Rule"),
        (
            [rule(code="RF999")],
            "`RF999` is not a code for a rule: it takes 2 to 8 capital letters, not beginning with RF, and three digits",
        ),
        (
            [rule(code="RFX001")],
            "`RFX001` is not a code for a rule: it takes 2 to 8 capital letters, not beginning with RF, and three digits",
        ),
        ([rule(code=["x"])], "`list` is not a code for a rule: it takes 2 to 8 capital letters, not beginning with RF, and three digits"),
        (
            [rule(name="Some_Rule")],
            "rule TEAM001: `Some_Rule` is not a name for a rule: it takes lower-case words with hyphens between them",
        ),
        ([rule(severity="fatal")], "rule TEAM001: `severity` must be one of `info`, `warning`, `error`, or `graded`"),
        ([rule(severity=["error"])], "rule TEAM001: `severity` must be one of `info`, `warning`, `error`, or `graded`"),
        ([rule(summary=" ")], "rule TEAM001: `summary` must be text"),
        ([rule(docs=None)], "rule TEAM001: `docs` must be text"),
        ([rule(example=("a", "b"))], "rule TEAM001: `example` must be an Example of two texts"),
        ([rule(check=None)], "rule TEAM001: `check` must be a function that takes an Analysis"),
        ([rule(), rule(name="other")], "a rule is called `TEAM001` already (plug-in `r` of `pkg` (rflint.rules: team:RULES))"),
        ([rule(name="drift")], "a rule is called `drift` already (rflint's own)"),
        (
            [rule(), rule(code="TEAM002")],
            "a rule is called `some-rule` already (plug-in `r` of `pkg` (rflint.rules: team:RULES))",
        ),
    ],
)
def test_rules_that_are_none(things: Any, failure: str) -> None:
    assert load(rules=things).failures == (f"plug-in `r` of `pkg` (rflint.rules: team:RULES): {failure}",)


@pytest.mark.parametrize(
    ("thing", "failure"),
    [
        (rule(), "`Rule` is not an Op"),
        (op(name="Team Op"), "`Team Op` is not a name for an op: it takes lower-case words with `_` or `-` between them"),
        (op(name="conv"), "an op is called `conv` already (rflint's own)"),
        (
            op(group="other"),
            "op `team_op`: `group` must be one of `windows`, `resampling`, `borders`, `merging`, `pointwise`, `gated`, `global`, `honest`",
        ),
        (op(doc=""), "op `team_op`: `doc` must be text"),
        (op(lower=None), "op `team_op`: `lower` and `cost` must be functions"),
        (op(fields=[KERNEL]), "op `team_op`: `fields` must be a tuple of FieldSpec"),
        (op(fields=(KERNEL, KERNEL)), "op `team_op`: two fields are called `kernel`"),
        (op(fields=(KERNEL._replace(name="from"),)), "op `team_op`: a field cannot be called `from`: that is a key of every item"),
        (
            op(fields=(KERNEL._replace(name="my field"),)),
            "op `team_op`: `my field` is not a name for a field: it takes lower-case letters, digits and `_`",
        ),
        (op(fields=(KERNEL._replace(doc=3),)), "op `team_op`: field `kernel`: `doc` and `default` must be text, `examples` a tuple"),
        (
            op(fields=(FieldSpec("x", {"type": "object"}, "x"),)),
            (
                "op `team_op`: field `x`: its schema cannot be read: "
                'ValueError: a field schema that the published schema cannot say flatly: {"type": "object"}'
            ),
        ),
        (op(fields=(FieldSpec("x", 3, "x"),)), None),  # type: ignore[arg-type] # what the test is about
        (
            op(fields=(FieldSpec("kernel", {"enum": ["small", "large"]}, "x"),)),
            "op `team_op`: a field called `kernel` must be as rflint's ops have it: rules rely on what it means",
        ),
        (op(preset={"kernel": 0}), "op `team_op`: `kernel` of `team_op` must be at least 1, not 0"),
        (op(required=("size",)), "op `team_op`: `required` must be a tuple of names of its fields"),
        (op(one_of="kernel"), "op `team_op`: `one_of` must be a tuple of names of its fields"),
        (op(preset={"size": 3}), "op `team_op`: `preset` must be a dict from names of its fields to values"),
        (op(inputs=(0, 1)), "op `team_op`: `inputs` must be a tuple of the least and the largest number of inputs (None: no limit)"),
        (op(inputs=(3, 2)), "op `team_op`: `inputs` must be a tuple of the least and the largest number of inputs (None: no limit)"),
        (op(sized_by_input=1), "op `team_op`: `sized_by_input` must be True or False"),
        (op(like=None), "op `team_op`: `like` must be the name of an op"),
    ],
)
def test_ops_that_are_none(thing: Any, failure: str | None) -> None:
    found = load(ops=thing)
    assert found.ops.keys() == BUILTIN.ops.keys()
    assert len(found.failures) == 1
    if failure:
        assert found.failures == (f"plug-in `o` of `pkg` (rflint.ops: team:OPS): {failure}",)


class _Mute(BaseException):
    def __str__(self) -> str:
        raise ValueError


class _Leaving(ValueError):
    def __str__(self) -> str:
        raise SystemExit(0)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (SystemExit(3), "SystemExit: 3"),
        (GeneratorExit(), "GeneratorExit"),
        (_Mute(), "_Mute"),
        (_Leaving(), "_Leaving"),
        (ValueError("many\nlines\x1b[31m " + "x" * 10_000_000), f"ValueError: many lines\x1b[31m {'x' * 284}"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_whatever_a_module_raises(error: BaseException, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def things() -> Iterable[Rule]:
        yield rule()
        raise error

    entry = EntryPoint("pkg", "rflint.rules", "r", "team:RULES")
    assert load(rules=things()).failures == (f"{entry} cannot be loaded: {told}",)


def test_what_cannot_be_imported(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chatty_plugin.py").write_text("print('hello')\nRULES = []\n")
    (tmp_path / "broken_plugin.py").write_text("def f(:\n")
    monkeypatch.syspath_prepend(tmp_path)
    targets = ["no_such_module:X", "broken_plugin", "team:RULES.missing", "team:ABSENT", "", ":x", "team.:x", "chatty_plugin:RULES"]
    entries = [EntryPoint("pkg", "rflint.rules", "n", target) for target in targets]
    failures = load(rules=[], more=entries).failures
    assert [failure.partition(" cannot be loaded: ")[2].partition(":")[0] for failure in failures] == [
        "ModuleNotFoundError",
        "SyntaxError",
        "AttributeError",
        "AttributeError",
        "ValueError",
        "ValueError",
        "ModuleNotFoundError",
    ]
    # Standard output is the report's.
    assert capsys.readouterr() == ("", "hello\n")


def test_endless_rules() -> None:
    def things() -> Iterable[Rule]:
        number = 0
        while True:
            number += 1
            yield rule(code=f"TEAM{number % 1000:03}", name=f"rule-{number}")

    found = load(rules=things())
    assert found.failures == ("plug-in `r` of `pkg` (rflint.rules: team:RULES): has more than 1,000 rules or ops; the rest are left out",)
    assert len(found.rules) == len(BUILTIN.rules) + 1000


def test_ctrl_c_while_loading() -> None:
    def things() -> Iterable[Rule]:
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        load(rules=things())


def test_good_ones_beside_bad_ones() -> None:
    found = load(rules=[rule(code="ZZ001", name="z"), 3, rule()], ops=[op(), None])
    assert [each.code for each in found.rules[-2:]] == ["TEAM001", "ZZ001"]
    assert "team_op" in found.ops
    assert found.entry_by["z"].code == "ZZ001"
    assert list(found.providers) == ["ZZ001", "TEAM001", "team_op"]
    assert len(found.failures) == 2
