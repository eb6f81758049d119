"""The other commands, and the process as a whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from command_line import CLEAN, MISALIGNED, rflint

from rflint import __version__
from rflint.cli import zoo
from rflint.cli.commands import COMMANDS, GROUPS, load
from rflint.resources import schema_text
from rflint.rules import RULES


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a clean spec and one with an error."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "clean.yaml").write_text(CLEAN)
    (tmp_path / "misaligned.yaml").write_text(MISALIGNED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_version() -> None:
    assert (
        subprocess.run([sys.executable, "-m", "rflint", "--version"], capture_output=True, text=True, check=True).stdout
        == f"rflint {__version__}\n"
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_explain(rule: object) -> None:
    by_code, by_name = rflint("explain", rule.code), rflint("explain", rule.name)  # type: ignore[attr-defined]
    assert by_code == by_name
    assert (by_code.code, by_code.err) == (0, "")
    lines = by_code.out.splitlines()
    assert lines[0].startswith(f"{rule.code} {rule.name} (")  # type: ignore[attr-defined]
    assert not [line for line in lines if line.startswith(("#", "```", "   `"))]
    # The failing example is run, and what can be seen is drawn, of the passing one too.
    assert f"  {rule.code}" in by_code.out or f"[{rule.code}]: " in by_code.out or not rule.example.failing  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= 92


def test_explain_draws_what_features_see() -> None:
    out = rflint("explain", "RF301").out
    assert "    even 0  ░+██·············\n    even 1   █+██············\n" in out
    assert "    odd 1   ░█+██············\n" in out
    assert "error[RF102]: `sum` merges paths" in rflint("explain", "RF102").out
    assert "    stem 32  " in rflint("explain", "RF102").out
    assert "█" not in rflint("explain", "RF001").out


def test_rules() -> None:
    listed = json.loads(rflint("rules", "--format", "json").out)
    assert [rule["code"] for rule in listed] == [rule.code for rule in RULES]
    assert all(rule["docs"] for rule in listed)
    text, markdown = rflint("rules").out, rflint("rules", "--format", "markdown").out
    for rule in RULES:
        assert f"{rule.code}  {rule.name} " in text
        assert f"| {rule.code} | {rule.name} | {rule.severity} |" in markdown
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("kind", ["spec", "report", "config", "tiles", "diff", "verify"])
def test_schema(here: Path, kind: str) -> None:
    assert rflint("schema", kind) == (0, schema_text(kind), "")  # type: ignore[arg-type]
    assert rflint("schema", kind, "-o", "s.json") == (0, "", "")
    assert json.loads((here / "s.json").read_text())["$id"].endswith(f"rflint-{kind}.v1.schema.json")


def test_schema_of_specs_by_default() -> None:
    assert rflint("schema") == rflint("schema", "spec")


def test_the_papers_table() -> None:
    """Araujo, Norris, Sim, Distill 2019, doi 10.23915/distill.00021: the table of networks."""
    figures = [row[0:1] + row[2:] for row in map(tuple, zoo.paper_table(zoo.bundled()))]
    assert figures == [
        ("alexnet_v2", "195", "32", "64"),
        ("vgg_16", "212", "32", "90"),
        ("mobilenet_v1", "315", "32", "126"),
        ("mobilenet_v1_075", "315", "32", "126"),
        ("resnet_v1_50", "483", "32", "239"),
        ("inception_v2", "699", "32", "318"),
        ("resnet_v1_101", "1027", "32", "511"),
        ("inception_v3", "1311", "32", "618"),
        ("resnet_v1_152", "1507", "32", "751"),
        ("resnet_v1_200", "1763", "32", "879"),
        ("inception_v4", "2071", "32", "998"),
        ("inception_resnet_v2", "3039", "32", "1482"),
    ]


def test_zoo_lists_all_specs() -> None:
    outcome = rflint("zoo")
    assert (outcome.code, outcome.err) == (0, "")
    listed = outcome.out.partition("spec  ")[2]
    assert all(f"\n{name} " in listed for name in zoo.bundled())
    assert max(map(len, outcome.out.splitlines())) <= 80


def test_zoo_prints_and_copies(here: Path) -> None:
    text = rflint("zoo", "vgg_16").out
    assert yaml.safe_load(text)["name"] == "vgg_16"
    assert rflint("zoo", "vgg_16.yaml").out == text
    (here / "specs").mkdir()
    assert rflint("zoo", "vgg_16", "-o", "specs") == (0, "", "")
    assert rflint("zoo", "vgg_16", "-o", "specs/vgg_16.yaml") == (
        2,
        "",
        "rflint: `specs/vgg_16.yaml` exists already (--force overwrites it)\n",
    )
    (here / "specs" / "vgg_16.yaml").write_text("old")
    assert rflint("zoo", "vgg_16", "-o", "specs/vgg_16.yaml", "--force") == (0, "", "")
    assert (here / "specs" / "vgg_16.yaml").read_bytes().decode() == text


# The process


def process(*argv: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-X", "utf8", "-m", "rflint", *argv], capture_output=True, check=False, **more)  # type: ignore[call-overload, no-any-return]


def test_help_is_typers() -> None:
    overview = process("--help").stdout.decode()
    assert all(f"  {name} " in overview for name in COMMANDS)
    for name in COMMANDS:
        outcome = process(name, "--help")
        assert (outcome.returncode, outcome.stderr) == (0, b"")
        assert all(option.name in outcome.stdout.decode() for option in load(name).options)


def test_many_options_are_listed_by_what_they_are_for() -> None:
    text = process("check", "--help", env={**os.environ, "COLUMNS": "80"}).stdout.decode()
    assert [line.rstrip(":") for line in text.splitlines() if line[:1] not in {"", " "}] == [
        "Usage: rflint check [OPTIONS] [PATHS...]",
        "Arguments",
        *(group for group in GROUPS if group in {option.group for option in load("check").options}),
    ]
    assert all(option.group in GROUPS for name in ("check", "report", "import") for option in load(name).options)
    few = process("explain", "--help").stdout.decode()
    assert [line for line in few.splitlines() if line[:1] not in {"", " "}] == [
        "Usage: rflint explain [OPTIONS] RULE",
        "Arguments:",
        "Options:",
    ]


def test_completion() -> None:
    environ = {**os.environ, "_RFLINT_COMPLETE": "complete_bash", "COMP_WORDS": "rflint che", "COMP_CWORD": "1"}
    assert process(env=environ).stdout.decode().split() == ["check"]


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("rflint explain RF10", ["RF101", "RF102", "RF103", "RF104"]),
        ("rflint check --ignore RF301,drif", ["RF301,drift"]),
        ("rflint report --columns stride,d", ["stride,drift", "stride,density"]),
        ("rflint report --sort pa", ["params", "padding"]),
        ("rflint zoo resnet_v1_1", ["resnet_v1_101", "resnet_v1_152"]),
    ],
)
def test_completion_of_rules_and_columns(line: str, completed: list[str]) -> None:
    words = line.split()
    bash = {"_RFLINT_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    assert process(env={**os.environ, **bash}).stdout.decode().split() == completed
    fish = {"_RFLINT_COMPLETE": "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args", "_TYPER_COMPLETE_ARGS": line}
    assert process(env={**os.environ, **fish}).stdout.decode().split() == completed
    zsh = {"_RFLINT_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line}
    assert all(word in process(env={**os.environ, **zsh}).stdout.decode() for word in completed)


def test_clean_check_imports_nothing_heavy(here: Path) -> None:
    script = (
        "import sys; from rflint.cli.dispatch import run; code = run(['check', 'clean.yaml']);"
        "heavy = {'typer', 'click', 'rich', 'networkx', 'jsonschema', 'dataclasses', 'numpy', 'difflib', 'tomllib', 'importlib.resources'};"
        "print(code, sorted(heavy & set(sys.modules)))"
    )
    outcome = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert outcome.stdout == "No findings in 1 spec.\n0 []\n"


def test_version_imports_nothing(here: Path) -> None:
    script = (
        "import atexit, sys; sys.argv = ['rflint', '--version']; from rflint.__main__ import main;"
        "atexit.register(lambda: print(sorted(name for name in sys.modules if name.startswith('rflint')))); main()"
    )
    outcome = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert outcome.stdout == f"rflint {__version__}\n['rflint', 'rflint.__main__']\n"


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_reader_that_goes_away(here: Path) -> None:
    child = subprocess.Popen([sys.executable, "-m", "rflint", "zoo", "vgg_16"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout
    child.stdout.close()
    assert child.stderr
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_standard_output_that_is_full(here: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        outcome = subprocess.run([sys.executable, "-m", "rflint", "check", "clean.yaml"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert outcome.returncode == 2
    assert outcome.stderr == b"rflint: cannot write to standard output: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("argv", ["--version", "--help", "check --help", "rules"])
@pytest.mark.parametrize("buffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_any_output_may_fail(argv: str, buffered: str) -> None:
    command = f"PYTHONUNBUFFERED={buffered} {sys.executable} -m rflint {argv}"
    full = subprocess.run(f"{command} > /dev/full", shell=True, stderr=subprocess.PIPE, check=False)
    assert (full.returncode, full.stderr) == (2, b"rflint: cannot write to standard output: No space left on device\n")
    closed = subprocess.run(f"{command} >&-", shell=True, stderr=subprocess.PIPE, check=False)
    assert (closed.returncode, closed.stderr) == (0, b"")


def test_from_an_archive_it_does_not_run(tmp_path: Path) -> None:
    root = Path(sys.modules["rflint"].__file__ or "").parent
    with zipfile.ZipFile(tmp_path / "rflint.zip", "w") as archive:
        for path in root.rglob("*.py"):
            archive.write(path, f"rflint/{path.relative_to(root)}")
        for name in ("schemas", "specs"):
            archive.writestr(f"rflint/{name}/__init__.py", "")
    (tmp_path / "clean.yaml").write_text(CLEAN)
    for argv in (["check", "clean.yaml"], ["zoo"], ["schema"]):
        script = f"import sys; sys.path.insert(0, 'rflint.zip'); sys.argv[1:] = {argv}; from rflint.__main__ import main; main()"
        outcome = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False)
        message = b"rflint: rflint does not run from inside a zip file: install it, or unpack the file\n"
        assert (outcome.returncode, outcome.stdout, outcome.stderr) == (2, b"", message)


@pytest.mark.skipif(os.name == "nt", reason="folders in use cannot be removed there")
@pytest.mark.parametrize("argv", ["check", "check /", "rules"])
def test_working_folder_that_is_gone(tmp_path: Path, argv: str) -> None:
    (tmp_path / "gone").mkdir()
    # Not `-m`: Python looks for the module in the working folder.
    run = f"{sys.executable} -c 'from rflint.__main__ import main; main()' {argv}"
    outcome = subprocess.run(f"cd {tmp_path}/gone && rmdir {tmp_path}/gone && {run}", shell=True, capture_output=True, check=False)
    assert outcome.returncode == 2
    assert outcome.stderr == b"rflint: the working folder does not exist any more: change to one that does\n"


@pytest.mark.skipif(os.name == "nt", reason="descriptors of POSIX")
def test_closed_streams(here: Path) -> None:
    command = f"{sys.executable} -m rflint check misaligned.yaml - <&- >&- 2>&-"
    assert subprocess.run(command, shell=True, check=False).returncode == 1


def test_encoding_that_cannot_say_it(here: Path) -> None:
    (here / "wide.yaml").write_text(MISALIGNED.replace("add,", "中,").replace("name: misaligned", "name: 中"), "utf-8")
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    outcome = subprocess.run([sys.executable, "-m", "rflint", "check", "wide.yaml"], capture_output=True, env=environ, check=False)
    assert outcome.returncode == 1
    assert outcome.stderr == b""
    assert b"\\u4e2d" in outcome.stdout
