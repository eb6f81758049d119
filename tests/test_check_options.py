"""Options of `check` beside the findings: fixing, counting, listing, many processes."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from command_line import CLEAN, INFO, MISALIGNED, rflint
from conftest import ROOT

from rflint.cli import check, mending
from rflint.cli.dispatch import run
from rflint.cli.streams import Streams
from rflint.formatters import of_command

if TYPE_CHECKING:
    from pathlib import Path

needs_toml = pytest.mark.skipif(not any(map(find_spec, ("tomllib", "tomli"))), reason="Python 3.10 without tomli")

MISSPELT = """\
rflint: 1
name: misspelt  # kept
inputs: {image: {size: [33, 33], channels: 3}}
layers:
  - {name: conv1, op: conv, kernal: 3, channels: 8}   # kept, too
"""
MENDED = MISSPELT.replace("kernal", "kernel")
UNSAFE = CLEAN + "expect:\n  conv1: {stride: 2}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    for name, text in (("clean", CLEAN), ("misaligned", MISALIGNED), ("info", INFO), ("misspelt", MISSPELT)):
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Fixes


def test_fix_writes_and_reports_the_rest(here: Path) -> None:
    outcome = rflint("check", "--fix", "--format", "concise", ".")
    assert outcome.code == 1
    assert (here / "misspelt.yaml").read_text() == MENDED
    assert outcome.err == "rflint: fixed 1 finding (1 RF002) in 1 file\n"
    assert {line.split(":")[0] for line in outcome.out.splitlines()} == {"misaligned.yaml", "info.yaml"}
    assert (here / "misaligned.yaml").read_text() == MISALIGNED


def test_fix_keeps_what_is_not_mended(here: Path) -> None:
    """Newlines, a byte-order mark, the mode, and the link that leads to the file."""
    (here / "deep").mkdir()
    target = here / "deep" / "real.yaml"
    target.write_bytes(b"\xef\xbb\xbf" + MISSPELT.replace("\n", "\r\n").encode())
    target.chmod(0o640)
    (here / "link.yaml").symlink_to(target)
    assert rflint("check", "--fix", "link.yaml").code == 0
    assert target.read_bytes() == b"\xef\xbb\xbf" + MENDED.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert (here / "link.yaml").is_symlink()
    assert sorted(path.name for path in (here / "deep").iterdir()) == ["real.yaml"]


def test_unsafe_fixes_are_asked_for(here: Path) -> None:
    (here / "unsafe.yaml").write_text(UNSAFE)
    assert rflint("check", "--fix", "unsafe.yaml").code == 1
    assert (here / "unsafe.yaml").read_text() == UNSAFE
    assert rflint("check", "--fix", "--unsafe-fixes", "unsafe.yaml").code == 0
    assert (here / "unsafe.yaml").read_text() == UNSAFE.replace("stride: 2", "stride: 1")


def test_diff_changes_nothing(here: Path) -> None:
    outcome = rflint("check", "--diff", ".")
    assert outcome.code == 1
    assert outcome.out == (
        "--- a/misspelt.yaml\n+++ b/misspelt.yaml\n@@ -2,4 +2,4 @@\n"
        " name: misspelt  # kept\n inputs: {image: {size: [33, 33], channels: 3}}\n layers:\n"
        "-  - {name: conv1, op: conv, kernal: 3, channels: 8}   # kept, too\n"
        "+  - {name: conv1, op: conv, kernel: 3, channels: 8}   # kept, too\n"
    )
    assert outcome.err == "rflint: would fix 1 finding (1 RF002) in 1 file\n"
    assert (here / "misspelt.yaml").read_text() == MISSPELT
    assert rflint("check", "--diff", "misaligned.yaml", "clean.yaml")[:3] == (0, "", "rflint: nothing to fix\n")


def test_a_patch_can_be_applied_where_it_says(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patches lead neither upwards nor through links."""
    (here / "deep").mkdir()
    (here / "deep" / "link.yaml").symlink_to(here / "misspelt.yaml")
    monkeypatch.chdir(here / "deep")
    for path in ("../misspelt.yaml", "link.yaml", str(here / "misspelt.yaml")):
        outcome = rflint("check", "--diff", path)
        assert outcome.out.startswith("--- a/misspelt.yaml\n+++ b/misspelt.yaml\n@@ ")
        assert outcome.err == (
            f"rflint: the paths of this patch begin in `{here.resolve()}`, which holds all of the files: apply it there\n"
            "rflint: would fix 1 finding (1 RF002) in 1 file\n"
        )
    monkeypatch.chdir(here)
    assert rflint("check", "--diff", "deep/link.yaml").err == "rflint: would fix 1 finding (1 RF002) in 1 file\n"


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_what_programs_read_has_the_bytes_of_the_file(option: str) -> None:
    """Not those that the platform makes of a text: an editor puts them in the place of what it has."""
    text = MISSPELT.replace("misspelt ", "missgl\u00fcckt ").replace("\n", "\r\n").encode()
    buffer = io.BytesIO()
    stdout = io.TextIOWrapper(buffer, encoding="ascii", newline="\r")
    run(["check", option, "-"], Streams(io.BytesIO(text), stdout, io.StringIO(), {}))
    lines = text.replace(b"kernal", b"kernel").splitlines(keepends=True)
    assert all(line in buffer.getvalue() for line in lines[1:])
    assert (buffer.getvalue() == b"".join(lines)) == (option == "--fix")


def test_standard_input_that_cannot_be_mended_is_given_back(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "rflint.toml").write_text("limits = {file-size = 100}\n")
    assert len(MISALIGNED) > 200
    for more in ((), ("clean.yaml", "--jobs", "2")):
        assert rflint("check", "--fix", "-", *more, stdin=MISALIGNED.encode()).out == MISALIGNED
    monkeypatch.setattr("rflint.fixing.mending.mend", lambda *_, **__: 1 // 0)
    crashed = rflint("check", "--fix", "-", stdin=MISSPELT.encode()[:90])
    assert (crashed.code, crashed.out) == (3, MISSPELT[:90])


def test_fix_of_standard_input_goes_to_standard_output() -> None:
    outcome = rflint("check", "--fix", "-", "--stdin-filename", "net.yaml", stdin=MISSPELT.encode())
    assert (outcome.code, outcome.out) == (0, MENDED)
    assert outcome.err == "No findings in 1 spec.\n"
    untouched = rflint("check", "--fix", "-", stdin=MISALIGNED.encode())
    assert (untouched.code, untouched.out) == (1, MISALIGNED)


def test_a_mended_library_is_seen_by_those_that_import_it(here: Path) -> None:
    (here / "lib.yaml").write_text("rflint: 1\nname: lib\nblocks:\n  b: {layers: [{name: c, op: conv, kernal: 3, channels: 8}]}\n")
    (here / "a_user.yaml").write_text(
        "rflint: 1\nname: user\nimport: [lib.yaml]\ninputs: {image: {size: 33, channels: 3}}\nlayers: [{use: b}]\n"
    )
    assert rflint("check", "a_user.yaml").code == 1
    outcome = rflint("check", "--fix", "a_user.yaml", "lib.yaml")
    assert (outcome.code, outcome.out) == (0, "No findings in 2 specs.\n")


def test_a_file_that_changes_meanwhile_is_left_alone(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending.files, "read_bytes", lambda _: b"somebody else's")
    outcome = rflint("check", "--fix", "misspelt.yaml")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "rflint: `misspelt.yaml` changed while it was mended; it is left as it is\n"
    assert (here / "misspelt.yaml").read_text() == MISSPELT


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is read-only for this user")
def test_read_only_file(here: Path) -> None:
    (here / "misspelt.yaml").chmod(0o444)
    assert rflint("check", "--fix", "misspelt.yaml").err == "rflint: cannot write `misspelt.yaml`: permission denied\n"


def test_mending_spares_what_is_suppressed(here: Path) -> None:
    """Neither a comment nor the baseline asks for a fix."""
    text = UNSAFE.replace("conv1: {stride: 2}", "conv1: {stride: 2}  # rflint: ignore[RF601] as published")
    (here / "unsafe.yaml").write_text(text)
    assert rflint("check", "--fix", "--unsafe-fixes", "unsafe.yaml").code == 0
    assert (here / "unsafe.yaml").read_text() == text
    (here / "unsafe.yaml").write_text(UNSAFE)
    assert rflint("check", "unsafe.yaml", "--write-baseline").code == 0
    assert rflint("check", "--fix", "--unsafe-fixes", "--baseline", "rflint-baseline.json", "unsafe.yaml").code == 0
    assert (here / "unsafe.yaml").read_text() == UNSAFE


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--unsafe-fixes"], "--unsafe-fixes says which edits --fix makes and --diff shows; add one of them"),
        (["--fix", "--diff"], "--fix changes files and --diff changes none: use one of them"),
        (
            ["--fix", "--write-baseline"],
            "--fix and --write-baseline at once would leave it open which comes first: use one after the other",
        ),
        (["--fix", "--watch"], "--watch only looks on: it does not go with --fix"),
        (["--watch", "-"], "--watch waits for files to change, and standard input is read once"),
        (["--diff", "--size", "65"], "--diff is about specs as they are declared, and does not go with --size"),
        (["--statistics", "--format", "sarif"], "--statistics prints a table, or JSON with --format json"),
        (["--statistics", "--diff"], "--statistics counts findings: it does not go with --diff"),
        (["--statistics", "--layers", "--format", "json"], "--statistics counts findings: it does not go with --layers"),
        (["--layers"], "--layers lists every layer in the JSON report: add --format json"),
        (["--show-files", "--show-settings"], "--show-settings and --show-files print different things: use one after the other"),
        (["--show-files", "--fix"], "--show-files lints nothing: it does not go with --fix"),
        (["--show-settings", "--watch"], "--show-settings lints nothing: it does not go with --watch"),
        (["--config", "x.toml", "--isolated"], "--config names a configuration and --isolated uses none: use one of them"),
        (["--stdin-filename", "x.yaml"], "--stdin-filename names what standard input holds: add - to read that"),
        (["--write-baseline", "-"], "--write-baseline notes the file of each finding: tell that of standard input with --stdin-filename"),
        (["--jobs", "two"], "--jobs: `two` is not a number of processes from 0 (one for each processor) to 256"),
        (["--jobs", "-1"], "--jobs: `-1` is not a number of processes from 0 (one for each processor) to 256"),
    ],
)
def test_what_does_not_go_together(here: Path, argv: list[str], message: str) -> None:
    assert rflint("check", *argv) == (2, "", f"rflint: {message}\n")


@needs_toml
def test_the_command_line_may_set_aside_what_the_environment_says(here: Path) -> None:
    (here / "x.toml").write_text('ignore = ["ALL"]\n')
    environ = {"RFLINT_CONFIG": "x.toml"}
    assert rflint("check", "misaligned.yaml", env=environ).code == 0
    assert rflint("check", "misaligned.yaml", "--isolated", env=environ).code == 1


def test_messages_name_what_was_said(here: Path) -> None:
    for variable, value, message in (
        ("RFLINT_SELECT", "RF999", "RFLINT_SELECT: no rule is called `RF999`"),
        ("RFLINT_IGNORE", ",", "RFLINT_IGNORE: `,` names no rule"),
        (
            "RFLINT_SEVERITY",
            "RF3=off",
            "RFLINT_SEVERITY: `RF3` stands for several rules, and a severity is that of one: write its code or name",
        ),
        ("RFLINT_SEVERITY", "RF301", "RFLINT_SEVERITY: `RF301` is not RULE=SEVERITY, like RF301=off"),
        ("RFLINT_EXCLUDE", "!x", "RFLINT_EXCLUDE: `!x` begins with `!`; globs only leave out, none takes back in"),
        ("RFLINT_JOBS", "two", "RFLINT_JOBS: `two` is not a number of processes from 0 (one for each processor) to 256"),
    ):
        assert rflint("check", "clean.yaml", env={variable: value}) == (2, "", f"rflint: {message}\n")


def test_an_empty_value_is_no_choice(here: Path) -> None:
    """A variable of a script that is not set must not switch the gate off."""
    said = {
        "--select": "`--select` has an empty value; it needs one (RULES) or is to be left out",
        "--config": "`--config` has an empty value; it needs one (FILE) or is to be left out",
        "--color": "`--color` has an empty value; it needs one (one of auto, always, never) or is to be left out",
    }
    for option, message in said.items():
        assert rflint("check", option, "", "misaligned.yaml") == (2, "", f"rflint: {message}\n")
    assert rflint("check", "--select", ",", "misaligned.yaml") == (2, "", "rflint: --select: `,` names no rule\n")
    assert rflint("check", "misaligned.yaml", env={"RFLINT_SELECT": "", "RFLINT_CONFIG": ""}).code == 1


@needs_toml
def test_a_severity_of_the_command_line_beats_that_of_the_file(here: Path) -> None:
    """Whether rules go by their codes or by their names."""
    (here / "rflint.toml").write_text('severity = {RF104 = "off", uneven-border = "off"}\n')
    assert rflint("check", "info.yaml", "--statistics").out == "No findings in 1 spec.\n"
    found = rflint("check", "info.yaml", "--format", "concise", "--severity", "drift=error,RF305=warning").out
    assert [line.split()[1:3] for line in found.splitlines()] == [["RF104", "error:"], ["RF305", "warning:"]]
    last = rflint("check", "info.yaml", "--format", "concise", "--severity", "RF305=error", "--severity", "uneven-border=info").out
    assert [line.split()[1:3] for line in last.splitlines()] == [["RF305", "info:"]]


# Suppressions


def test_no_ignores(here: Path) -> None:
    (here / "quiet.yaml").write_text(MISALIGNED.replace("from: [a, b]}", "from: [a, b]}  # rflint: ignore[RF101] known"))
    assert rflint("check", "quiet.yaml").out == "No findings in 1 spec (1 suppressed).\n"
    loud = rflint("check", "quiet.yaml", "--no-ignores", "--format", "concise")
    assert loud.code == 1
    assert loud.out.startswith("quiet.yaml:7:")


# Counting and listing


def test_statistics(here: Path) -> None:
    outcome = rflint("check", "--statistics")
    assert outcome.code == 1
    assert outcome.out == (
        "count  code   severity  name              fixes\n"
        "    1  RF002  error     schema-violation  1 --fix\n"
        "    1  RF101  error     stride-mismatch\n"
        "    1  RF104  info      drift\n"
        "    1  RF305  info      uneven-border\n"
        "\n"
        "Found 2 errors and 2 infos in 3 of 4 specs.\n"
        "RF002 keeps rflint from judging everything: mend that first, then other findings\n"
        "may come or go.\n"
    )
    rows = json.loads(rflint("check", "--statistics", "--format", "json").out)
    assert rows[0] == {"code": "RF002", "name": "schema-violation", "severity": "error", "count": 1, "fixable": 1, "fixable_unsafe": 0}
    assert rflint("check", "--statistics", "clean.yaml").out == "No findings in 1 spec.\n"


def test_infos_are_summed_up_unless_asked_for(here: Path) -> None:
    summed_up = (
        "1 info  RF104 drift          an output off-centre with respect to the input\n"
        "1 info  RF305 uneven-border  even padding not used at the high side at this…\n"
        "--show info shows where; rflint explain RF104 says why.\n\n"
    )
    outcome = rflint("check", "info.yaml")
    assert outcome.code == 0
    assert outcome.out.startswith(summed_up + "Found 2 infos in 1 spec.\n")
    shown = rflint("check", "info.yaml", "--show", "info").out
    assert shown.startswith("info[RF104]: ")
    assert "--show" not in shown
    # What fails a run is shown, whatever it is called.
    assert rflint("check", "info.yaml", "--fail-on", "info").out.startswith("info[RF104]: ")
    assert rflint("check", "info.yaml", env={"RFLINT_SHOW": "info"}).out == shown
    assert rflint("check", "info.yaml", "--show", "warning", env={"RFLINT_SHOW": "info"}) == outcome
    assert rflint("check", "misaligned.yaml", "--show", "error", "--severity", "RF101=warning").out.startswith("1 warning  RF101 ")
    assert rflint("report", "info.yaml").out.endswith(outcome.out)
    assert [spec["findings"] != [] for spec in json.loads(rflint("check", "info.yaml", "--format", "json").out)["specs"]] == [True]
    # Editors read lines: they have all findings, unless it is said otherwise.
    assert rflint("check", "info.yaml", "--format", "concise").out.count("\n") == 2
    assert rflint("check", "info.yaml", "--format", "concise", "--show", "warning").out == ""
    comment = rflint("check", "info.yaml", "--format", "markdown").out
    assert comment == "**rflint:** 2 infos in 1 spec.\n\nNot listed: RF104 ×1, RF305 ×1 (`rflint check --show info` lists them).\n"


def test_the_first_command_of_the_readme_prints_less_than_a_screen() -> None:
    outcome = rflint("check", str(ROOT / "specs"))
    assert outcome.code == 0
    assert outcome.out.count("\n") < 24
    assert max(map(len, outcome.out.splitlines())) <= 80


@needs_toml
def test_each_configuration_says_what_is_shown_of_its_specs(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub" / "info.yaml").write_text((here / "info.yaml").read_text())
    (here / "sub" / "rflint.toml").write_text('show = "info"\n')
    outcome = rflint("check", "info.yaml", "sub")
    assert outcome.out.count("--> sub/info.yaml") == 2
    assert "--> info.yaml" not in outcome.out
    assert "1 info  RF104 drift" in outcome.out
    (here / "sub" / "rflint.toml").write_text('show = "off"\n')
    assert rflint("check", "sub").err == "rflint: sub/rflint.toml: `show` must be one of error, warning, info\n"


def test_quiet_prints_findings_and_nothing_else(here: Path) -> None:
    assert rflint("check", "-q", "clean.yaml", "info.yaml").out == ""
    outcome = rflint("check", "--quiet", "misaligned.yaml")
    assert (outcome.code, outcome.out.count("\n\n")) == (1, 0)
    assert outcome.out.startswith("error[RF101]: ")
    assert "Found" not in outcome.out
    assert "No findings" not in rflint("report", "-q", "clean.yaml").out
    assert rflint("check", "-q", "--statistics", "misaligned.yaml").out.count("\n") == 2


def test_show_files(here: Path) -> None:
    (here / "other.yaml").write_text("apiVersion: v1\n")
    (here / "a\x1b[31m.yaml").write_text(CLEAN)
    outcome = rflint("check", "--show-files", "--exclude", "info.yaml")
    assert outcome == (0, "a\\x1b[31m.yaml\nclean.yaml\nmisaligned.yaml\nmisspelt.yaml\n", "")


@needs_toml
def test_show_settings(here: Path) -> None:
    (here / "rflint.toml").write_text('ignore = ["RF404"]\nfail-on = "error"\nexclude = ["mis*"]\n[per-file-ignores]\n"old/**" = ["RF3"]\n')
    (here / "sub").mkdir()
    (here / "sub" / "deep.yaml").write_text(CLEAN)
    (here / "sub" / "rflint.toml").write_text('select = ["RF1"]\nbaseline = "known.json"\n[limits]\nlayers = 7\n')
    outcome = rflint("check", "--show-settings", "--ignore", "drift", "--severity", "RF301=off")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        f"# configuration: rflint.toml\n# files: clean.yaml, info.yaml\n# imports stay inside: {here}\n"
        'select = ["ALL"]\nignore = ["RF404", "drift"]\nexclude = ["mis*"]\nfail-on = "error"\nshow = "warning"\n'
        '\n[severity]\n"RF301" = "off"\n\n[per-file-ignores]\n"old/**" = ["RF3"]\n\n'
        f"# configuration: sub/rflint.toml\n# files: sub/deep.yaml\n# imports stay inside: {here}\n"
        'select = ["RF1"]\nignore = ["drift"]\nexclude = []\nfail-on = "warning"\nshow = "warning"\nbaseline = "sub/known.json"\n'
        '\n[severity]\n"RF301" = "off"\n\n[limits]\n"layers" = 7\n'
    )
    written = here / "again" / "rflint.toml"
    written.parent.mkdir()
    written.write_text(outcome.out.partition("\n\n# configuration: sub")[0])
    (here / "again" / "net.yaml").write_text(CLEAN)
    again = rflint("check", "--show-settings", "again", "--config", "again/rflint.toml").out
    assert again.splitlines()[3:] == outcome.out.partition("\n\n# configuration: sub")[0].splitlines()[3:]


def test_lists_can_be_written_to_a_file(here: Path) -> None:
    assert rflint("check", "--show-files", "-o", "list.txt") == (0, "", "")
    assert (here / "list.txt").read_text() == "clean.yaml\ninfo.yaml\nmisaligned.yaml\nmisspelt.yaml\n"


@needs_toml
@pytest.mark.parametrize("name", ["misaligned.yaml", "lib.yaml", "rflint.toml", "known.json"])
def test_output_does_not_overwrite_what_is_read(here: Path, name: str) -> None:
    (here / "lib.yaml").write_text("rflint: 1\nblocks: {b: {layers: [{op: relu}]}}\n")
    (here / "misaligned.yaml").write_text(MISALIGNED + "import: [lib.yaml]\n")
    (here / "rflint.toml").write_text('baseline = "known.json"\n')
    rflint("check", "--write-baseline")
    before = (here / name).read_text()
    message = f"rflint: `./{name}` is among the files that this run reads: write the output to another one\n"
    assert rflint("check", "misaligned.yaml", "-o", f"./{name}") == (2, "", message)
    assert (here / name).read_text() == before


def test_exit_zero_of_a_patch(here: Path) -> None:
    assert rflint("check", "--diff").code == 1
    assert rflint("check", "--diff", "--exit-zero").code == 0


def test_standard_input_is_left_out_by_its_name(here: Path) -> None:
    argv = ["check", "-", "--stdin-filename", "drafts/x.yaml", "--exclude", "drafts", "--allow-empty"]
    assert rflint(*argv, stdin=MISALIGNED.encode()).code == 1
    assert rflint(*argv, "--force-exclude", stdin=MISALIGNED.encode()) == (0, "No findings in 0 specs.\n", "")


# Many processes


@pytest.mark.parametrize("name", of_command("check"))
def test_any_number_of_processes_says_the_same(here: Path, name: str) -> None:
    for number in range(12):
        (here / f"more{number}.yaml").write_text((CLEAN, MISALIGNED, INFO, MISSPELT)[number % 4])
    argv = ["check", "--format", name, ".", "-"]
    alone = rflint(*argv, stdin=INFO.encode())
    assert alone.code == 1
    assert rflint(*argv, "--jobs", "3", stdin=INFO.encode()) == alone


def test_processes_tell_of_wrong_usage(here: Path) -> None:
    outcome = rflint("check", "--jobs", "2", "--size", "foo=33")
    assert outcome.code == 2
    assert outcome.err == "rflint: clean.yaml: --size: no input is named `foo` (inputs: image)\n"


def test_processes_fix(here: Path) -> None:
    (here / "misspelt2.yaml").write_text(MISSPELT)
    assert rflint("check", "--fix", "--jobs", "2").err == "rflint: fixed 2 findings (2 RF002) in 2 files\n"
    assert (here / "misspelt.yaml").read_text() == (here / "misspelt2.yaml").read_text() == MENDED


def test_one_process_for_each_processor(here: Path) -> None:
    assert rflint("check", "--jobs", "0", "clean.yaml", "info.yaml").code == 0
    assert rflint("check", "clean.yaml", "info.yaml", env={"RFLINT_JOBS": "2"}).code == 0
    assert sys.modules["rflint.project.files"].processors() >= 1


# Options that do not go together


def test_conflicts_are_of_options_that_there_are() -> None:
    names = {"-", *(option.name for option in check.COMMAND.options)}
    assert {written.split()[0] for one, other, _, unless in check.CONFLICTS for written in (*one, *other, *unless)} <= names
