"""`check` and `report` on the command line: every exit code, every stream, every setting."""

from __future__ import annotations

import io
import json
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from command_line import CLEAN, INFO, MISALIGNED, Outcome, rflint

from rflint import formatters
from rflint.cli import check, linting, options, working
from rflint.cli.commands import COMMANDS
from rflint.cli.dispatch import run
from rflint.cli.streams import Streams, wants_color
from rflint.pipeline import lint_bytes
from rflint.words.terminal import safe

if TYPE_CHECKING:
    from pathlib import Path

    from rflint.model import SpecReport
    from rflint.verdict import Options

needs_toml = pytest.mark.skipif(not any(map(find_spec, ("tomllib", "tomli"))), reason="Python 3.10 without tomli")

FORMATS = [(command, name) for name, form in formatters.FORMATS.items() for command in form.commands]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a clean spec, one with an error, and one with infos only."""
    (tmp_path / ".git").mkdir()
    for name, text in (("clean", CLEAN), ("misaligned", MISALIGNED), ("info", INFO)):
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "other.yaml").write_text("apiVersion: v1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def codes(outcome: Outcome) -> list[str]:
    """Codes in the output of `--format concise`, each once."""
    return sorted({line.split()[1] for line in outcome.out.splitlines()})


@pytest.mark.parametrize(("command", "form"), FORMATS)
def test_exit_code_is_the_same_for_every_format(here: Path, command: str, form: str) -> None:
    def code(*argv: str) -> int:
        return rflint(command, "--format", form, *argv).code

    assert code("clean.yaml") == 0
    assert code("misaligned.yaml") == 1
    assert code("misaligned.yaml", "--exit-zero") == 0
    assert code("misaligned.yaml", "--fail-on", "never") == 0
    assert code("info.yaml") == 0
    assert code("info.yaml", "--fail-on", "info") == 1
    assert code("other.yaml") == 1
    assert code("missing.yaml") == 2
    assert code("missing.yaml", "--exit-zero") == 2


def test_folder_is_searched_for_specs(here: Path) -> None:
    outcome = rflint("check", "--format", "json", ".")
    assert [spec["path"] for spec in json.loads(outcome.out)["specs"]] == ["clean.yaml", "info.yaml", "misaligned.yaml"]
    assert rflint("check", "--format", "json") == outcome


def test_what_was_meant_as_a_spec_is_told(here: Path) -> None:
    (here / "typo.yaml").write_text("rfLint: 1\nlayers:\n  - {op: relu}\n", encoding="utf-8")
    outcome = rflint("check", ".")
    assert outcome.err == "rflint: `typo.yaml` looks like a spec and is not linted, for want of a top-level `rflint: 1`\n"
    assert "typo.yaml" not in outcome.out
    (here / "keyless.yml").write_text("layers:\n  - {op: relu}\n", encoding="utf-8")
    told = "rflint: `keyless.yml` and `typo.yaml` look like specs and are not linted, for want of a top-level `rflint: 1`\n"
    assert rflint("check", "--format", "json").err == told
    assert rflint("check", "--exclude", "keyless.yml", "--exclude", "typo.yaml").err == ""


def test_named_file_must_be_a_spec(here: Path) -> None:
    assert codes(rflint("check", "other.yaml", "--format", "concise")) == ["RF002"]


NO_SPEC = "no YAML file with a top-level `rflint:` key that is not excluded"


def test_nothing_to_lint(here: Path) -> None:
    (here / "empty").mkdir()
    assert rflint("check", "empty") == (
        2,
        "",
        f"rflint: nothing to lint in `empty`: {NO_SPEC} (--allow-empty accepts that)\n",
    )
    assert rflint("check", "empty", "--allow-empty") == (0, "No findings in 0 specs.\n", "")


def test_missing_path_is_one_line(here: Path) -> None:
    assert rflint("check", "nope.yaml", "clean.yaml") == (2, "", "rflint: no such file or folder: `nope.yaml`\n")
    assert rflint("check", "a\x1b[31m\n.yaml").err == "rflint: no such file or folder: `a\\x1b[31m\\n.yaml`\n"


def test_unreadable_file_is_a_finding_and_hides_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = linting.files.read

    def read(file: linting.files.SpecFile, *rest: object) -> bytes:
        if file.display == "clean.yaml":
            raise PermissionError(13, "Permission denied")
        return real(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(linting.files, "read", read)
    outcome = rflint("check", "--format", "concise", ".")
    assert outcome.code == 1
    assert outcome.out.startswith("clean.yaml:1:1: RF001 error: `clean.yaml` cannot be read: permission denied\n")
    assert "misaligned.yaml" in outcome.out
    assert outcome.err == ""


def test_internal_error_is_one_line_and_hides_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lint(data: bytes, path: str, options: Options) -> SpecReport:
        if path == "clean.yaml":
            raise ValueError("boom\n\x1b[31m")
        return lint_bytes(data, path, options)

    monkeypatch.setattr(working, "lint_bytes", lint)
    outcome = rflint("check", "--format", "concise", ".")
    assert outcome.code == 3
    assert "misaligned.yaml" in outcome.out
    assert outcome.err == (
        "rflint: internal error: clean.yaml: ValueError: boom\\n\\x1b[31m; this is a bug in rflint (--debug prints the traceback)\n"
    )
    assert rflint("check", ".", "--exit-zero").code == 3
    debugged = rflint("check", "--debug", ".")
    assert debugged.code == 3
    assert debugged.err.startswith("Traceback (most recent call last):\n")
    assert debugged.err.endswith("this is a bug in rflint\n")


def test_internal_error_that_cannot_say_what_it_is(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    def fail(*_: object) -> SpecReport:
        raise Mute

    monkeypatch.setattr(working, "lint_bytes", fail)
    outcome = rflint("check", "clean.yaml")
    assert (outcome.code, outcome.err.count("\n")) == (3, 1)
    assert outcome.err.startswith("rflint: internal error: clean.yaml: Mute: ; this is a bug in rflint")


def test_internal_error_anywhere_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise RecursionError("deep")

    monkeypatch.setattr(check, "COMMAND", check.COMMAND._replace(run=fail))
    assert rflint("check") == (
        3,
        "",
        "rflint: internal error: RecursionError: deep; this is a bug in rflint (--debug prints the traceback)\n",
    )


def test_interruption_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "COMMAND", check.COMMAND._replace(run=interrupt))
    assert rflint("check") == (130, "", "")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], f"a command is needed: {', '.join(COMMANDS)} (`rflint --help` says more)"),
        (["chek"], "unknown command `chek`; did you mean `check`? (`rflint --help` lists the commands)"),
        (["clean.yaml"], "unknown command `clean.yaml`; did you mean `rflint check clean.yaml`?"),
        (
            ["--versio"],
            "unknown option `--versio`; did you mean `--version`? (options of a command stand after it: `rflint check --color never`)",
        ),
        (["check", "--formt", "json"], "unknown option `--formt` of `check`; did you mean `--format`? (`rflint check --help` lists them)"),
        (
            ["check", "--min-severity", "error"],
            "unknown option `--min-severity` of `check`; did you mean `--show`? (`rflint check --help` lists them)",
        ),
        (["check", "-x"], "unknown option `-x` of `check` (`rflint check --help` lists them)"),
        (
            ["check", "--format", "jsn"],
            "--format: `jsn` is not one of full, concise, json, sarif, github, gitlab, junit, rdjson, markdown; did you mean `json`?",
        ),
        (["check", "--fail-on"], "`--fail-on` needs a value (one of error, warning, info, never)"),
        (["check", "--exit-zero=yes"], "`--exit-zero` takes no value"),
        (
            ["check", "--select", "RF1,center-mismach"],
            "--select: no rule is called `center-mismach`; did you mean `center-mismatch`?",
        ),
        (["check", "--ignore", "RF777"], "--ignore: no rule is called `RF777`"),
        (["check", "--severity", "RF102"], "--severity: `RF102` is not RULE=SEVERITY, like RF301=off"),
        (
            ["check", "--severity", "RF102=of"],
            "--severity: `RF102=of` must end in one of off, info, warning, error; did you mean `off`?",
        ),
        (["check", "--size", "3by4"], "--size: `3by4` is not a size; write 321, 321x224, image=321x224, or none for unknown"),
        (["check", "--size", "=3"], "--size: `=3` is not a size; write 321, 321x224, image=321x224, or none for unknown"),
        (["check", "--size", "0"], "--size: `0` is out of range; sizes are at least 1 and at most 2,147,483,647"),
        (["explain"], "`rflint explain` needs RULE: code or name of a rule: RF102, center-mismatch"),
        (["explain", "RF102", "RF103"], "`rflint explain` does not take `RF103` (`rflint explain --help` says what it takes)"),
        (["explain", "rf10"], "`rf10` is several rules, and one is explained at a time: RF101, RF102, RF103, RF104"),
        (["explain", "center-mismach"], "no rule is called `center-mismach`; did you mean `center-mismatch`? (`rflint rules` lists them)"),
        (
            ["schema", "specs"],
            "SCHEMA: `specs` is not one of spec, report, config, locate, sizes, tiles, diff, verify; did you mean `spec`?",
        ),
        (["zoo", "vgg16"], "no bundled spec is called `vgg16`; did you mean `vgg_16`? (`rflint zoo` lists them)"),
    ],
)
def test_wrong_usage(here: Path, argv: list[str], message: str) -> None:
    assert rflint(*argv) == (2, "", f"rflint: {message}\n")


def test_unknown_input_of_size(here: Path) -> None:
    outcome = rflint("check", "clean.yaml", "--size", "img=3")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("rflint: clean.yaml: --size: no input is named `img`")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("321", (None, (321,))),
        ("none", (None, (None,))),
        ("321x224", (None, (321, 224))),
        ("?x224x3", (None, (None, 224, 3))),
        ("image=321", ("image", (321,))),
        ("a=b=none", ("a=b", (None,))),
    ],
)
def test_sizes(text: str, expected: object) -> None:
    assert options.parse_sizes([text]) == (expected,)


def test_size_is_used(here: Path) -> None:
    outcome = rflint("report", "clean.yaml", "--format", "json", "--size", "50x40")
    assert json.loads(outcome.out)["specs"][0]["layers"][0]["size"] == [48, 38]
    outcome = rflint("report", "clean.yaml", "--format", "json", "--size", "image=none")
    assert json.loads(outcome.out)["specs"][0]["inputs"]["image"]["size"] == [None, None]


# Standard input


def test_standard_input(here: Path) -> None:
    outcome = rflint("check", "-", "--format", "concise", stdin=MISALIGNED.encode())
    assert outcome.code == 1
    assert all(line.startswith("<stdin>:") for line in outcome.out.splitlines())
    outcome = rflint("check", "-", "--format", "concise", "--stdin-filename", "specs/new.yaml", stdin=MISALIGNED.encode())
    assert all(line.startswith("specs/new.yaml:") for line in outcome.out.splitlines())


def test_standard_input_imports_beside_its_stated_name(here: Path) -> None:
    (here / "specs").mkdir()
    (here / "specs" / "lib.yaml").write_text("rflint: 1\nblocks: {b: {layers: [{op: conv, kernel: 3, channels: 8}]}}\n")
    text = b"rflint: 1\nname: s\nimport: [lib.yaml]\ninputs: {i: {size: [33, 33], channels: 3}}\nlayers: [{use: b}]\n"
    assert rflint("check", "-", "--stdin-filename", "specs/s.yaml", stdin=text).code == 0
    assert "RF004" in rflint("check", "-", "--format", "concise", stdin=text).out


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_messages_wrap_in_a_terminal(here: Path) -> None:
    streams = Streams(io.BytesIO(), io.StringIO(), _Terminal(), {"COLUMNS": "60"})
    assert run(["check", "--exclude", "*.yaml"], streams) == 2
    lines = streams.stderr.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(lines) > 2
    assert max(map(len, lines)) <= 60
    assert lines[0].startswith("rflint: nothing to lint in this folder")
    assert all(line.startswith("  ") for line in lines[1:])


@pytest.mark.parametrize("written", ["rf305", "Rf3", "UNEVEN-border", " uneven-border "])
def test_rules_are_named_in_any_case(here: Path, written: str) -> None:
    assert "RF305" in codes(rflint("check", "info.yaml", "--format", "concise"))
    assert "RF305" not in codes(rflint("check", "info.yaml", "--format", "concise", "--ignore", written))


def test_one_rule_is_named_in_any_case(here: Path) -> None:
    assert rflint("explain", "Drift") == rflint("explain", "rf104") == rflint("explain", "RF104")
    assert rflint("check", "info.yaml", "--severity", "rf104=error").code == 1


@pytest.mark.parametrize(("code", "headings"), [("RF104", ["Reported", "Not reported"]), ("RF701", []), ("RF902", [])])
def test_examples_are_shown_of_rules_that_have_them(code: str, headings: list[str]) -> None:
    lines = rflint("explain", code).out.splitlines()
    assert [line for line in lines if line in {"Reported", "Not reported"}] == headings
    assert lines[-1].strip()


# Where output goes


def test_output_file(here: Path) -> None:
    shown = rflint("check", "misaligned.yaml")
    written = rflint("check", "misaligned.yaml", "-o", "out.txt")
    assert written == (1, "", "")
    assert (here / "out.txt").read_bytes().decode() == shown.out
    assert rflint("check", "misaligned.yaml", "-o", "new/folder/out.txt") == (1, "", "")
    assert (here / "new" / "folder" / "out.txt").read_bytes().decode() == shown.out
    assert rflint("check", "misaligned.yaml", "-o", "out.txt/x/out.txt") == (
        2,
        "",
        f"rflint: cannot make the folder `{here / 'out.txt' / 'x'}`: not a directory\n",
    )


def test_output_does_not_overwrite_a_spec(here: Path) -> None:
    outcome = rflint("report", ".", "-o", "./clean.yaml")
    assert outcome == (2, "", "rflint: `./clean.yaml` is among the files that this run reads: write the output to another one\n")
    assert (here / "clean.yaml").read_text() == CLEAN


def test_colors_and_width(here: Path) -> None:
    plain = rflint("check", "misaligned.yaml").out
    assert "\x1b" not in plain
    for argv, env in (([], {"FORCE_COLOR": "1"}), ([], {"RFLINT_COLOR": "always"}), (["--color", "always"], {"NO_COLOR": "1"})):
        assert "\x1b[1;31m" in rflint("check", "misaligned.yaml", *argv, env=env).out
    assert rflint("check", "misaligned.yaml", "-o", "x", env={"FORCE_COLOR": "1"}).code == 1
    assert "\x1b" not in (here / "x").read_text()
    narrow = rflint("check", "misaligned.yaml", env={"COLUMNS": "50"}).out
    assert max(map(len, narrow.splitlines()[:8])) <= 50
    assert rflint("check", "misaligned.yaml", env={"COLUMNS": "-3"}).out == plain


@pytest.mark.parametrize(
    ("choice", "env", "terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_color_precedence(choice: str, env: dict[str, str], terminal: bool, expected: bool) -> None:
    assert wants_color(choice, env, is_terminal=terminal) is expected  # type: ignore[arg-type]


def test_safe() -> None:
    assert safe("plain é 中 “”") == "plain é 中 “”"
    assert safe("\x1b[31m\r\n\t\x00\x7f\x9b\u202e\u2028\ufeff\ud800\U000e0041") == (
        r"\x1b[31m\r\n\t\x00\x7f\x9b\u202e\u2028\ufeff\ud800\U000e0041"
    )


# Configuration


@needs_toml
def test_configuration_of_the_nearest_folder(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub" / "misaligned.yaml").write_text(MISALIGNED)
    (here / "rflint.toml").write_text('fail-on = "never"\n')
    assert rflint("check", "misaligned.yaml").code == 0
    assert rflint("check", "sub").code == 0
    (here / "sub" / "pyproject.toml").write_text('[tool.rflint]\nselect = ["RF101"]\n')
    assert codes(rflint("check", "sub", "--format", "concise")) == ["RF101"]
    assert rflint("check", "sub").code == 1
    assert rflint("check", "sub", "--isolated").code == 1
    assert rflint("check", "sub", "--config", "rflint.toml").code == 0
    assert rflint("check", "sub", "--fail-on", "never").code == 0
    assert rflint("check", "misaligned.yaml", env={"RFLINT_FAIL_ON": "error"}).code == 1
    assert rflint("check", "misaligned.yaml", "--fail-on", "never", env={"RFLINT_FAIL_ON": "error"}).code == 0


def test_selection(here: Path) -> None:
    def found(*argv: str, env: dict[str, str] | None = None) -> list[str]:
        return codes(rflint("check", "misaligned.yaml", "--format", "concise", *argv, env=env))

    every = found()
    assert "RF101" in every
    assert found("--select", "stride-mismatch") == ["RF101"]
    assert found("--ignore", "RF1") == [code for code in every if not code.startswith("RF1")]
    assert found(env={"RFLINT_SELECT": "RF101"}) == ["RF101"]
    assert found("--select", "RF9", "--extend-select", "RF101") == ["RF101"]
    assert rflint("check", "misaligned.yaml", "--severity", "RF101=info,RF008=info").code == 0
    assert "RF101 info" in rflint("check", "misaligned.yaml", "--format", "concise", "--severity", "stride-mismatch=info").out


@needs_toml
def test_bad_configuration_is_one_line(here: Path) -> None:
    (here / "rflint.toml").write_text('ignore = ["RF999"]\n')
    assert rflint("check", ".") == (2, "", "rflint: rflint.toml: `ignore`: no rule is called `RF999`\n")
    assert rflint("check", ".", "--config", "none.toml") == (2, "", "rflint: `none.toml` cannot be read: no such file or directory\n")
    assert rflint("check", ".", "--isolated").code == 1
    (here / "pyproject.toml").write_text("[project]\n")
    assert rflint("check", ".", "--config", "pyproject.toml") == (2, "", "rflint: `pyproject.toml` has no table [tool.rflint]\n")


@needs_toml
def test_exclusion_and_per_file_ignores(here: Path) -> None:
    (here / "rflint.toml").write_text('exclude = ["misaligned.yaml"]\n')
    assert rflint("check", ".").code == 0
    assert rflint("check", "misaligned.yaml").code == 1
    assert rflint("check", "misaligned.yaml", "--force-exclude", "--allow-empty").code == 0
    assert rflint("check", ".", "--exclude", "clean.yaml", "--exclude", "info.yaml").code == 2
    (here / "rflint.toml").write_text('[per-file-ignores]\n"mis*.yaml" = ["RF1"]\n')
    assert "RF101" not in rflint("check", "misaligned.yaml", "--format", "concise").out


@needs_toml
def test_limits(here: Path) -> None:
    (here / "rflint.toml").write_text("limits = {file-size = 20}\n")
    outcome = rflint("check", "clean.yaml", "--format", "concise")
    assert outcome.out.startswith("clean.yaml:1:1: RF001 error: ")
    assert "20 bytes" in outcome.out


def test_misspelt_variables_are_told(here: Path) -> None:
    environ = {"RFLINT_FAILON": "error", "RFLINT_FAIL_ON": "error", "RFLINT_PLUGINS": "on", "RFLINT_HOME_OF_THE_CAT": "basket"}
    told = "rflint: the environment variable `RFLINT_FAILON` has no effect; did you mean `RFLINT_FAIL_ON`?\n"
    assert rflint("check", "clean.yaml", env=environ) == (0, "No findings in 1 spec.\n", told)
    assert rflint("rules", env={"RFLINT_SELECT": "RF1"}).err == ""
