"""All specs in one table, trends against an older report, and the badge."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from command_line import CLEAN, INFO, MISALIGNED, rflint

from rflint.formatters import overview
from rflint.model import Report, SpecReport, summarize

#: A target that three layers see, and two do not; and one finding that says that it is as large as can be.
TARGETED = """\
rflint: 1
inputs: {image: {size: [64, 48], channels: 3}}
layers:
  - {name: a, op: conv, kernel: 3, channels: 8, repeat: %d}
targets: [{name: cat, size: 7, layer: a}]
"""

#: An older report of `clean`: size of the input, receptive field, parameters.
REPORT = """\
{"schema": "rflint-report.v1", "specs": [{"path": "specs/clean.yaml", "axes": ["y", "x"], "inputs": {"image": {"size": %s}},
 "layers": [{"receptive_field": {"image": {"size": %s}}, "params": %s, "macs": null}], "findings": [], "targets": []}]}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    for name, text in (("clean", CLEAN), ("info", INFO), ("targeted", TARGETED % 3)):
        (tmp_path / "specs" / f"{name}.yaml").write_text(text)


def markdown(*arguments: str, code: int = 0) -> list[str]:
    outcome = rflint("report", "specs", "--format", "markdown", *arguments)
    assert (outcome.code, outcome.err) == (code, "")
    return outcome.out.split("\n")


def row(lines: list[str], name: str) -> list[str]:
    [line] = [line for line in lines if line.startswith(f"| `specs/{name}.yaml`")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_all_specs_stand_in_a_table_on_top() -> None:
    lines = markdown()
    assert lines[2] == "| spec | input | layers | largest receptive field | findings | targets | parameters | multiply-adds |"
    assert row(lines, "clean") == ["`specs/clean.yaml`", "33", "1", "3", "none", "", "224", "208k"]
    assert row(lines, "info")[4] == "2 infos"
    assert row(lines, "targeted")[1:6] == ["64x48", "3", "7", "1 info", "1 of 1 guaranteed"]


def test_one_spec_needs_no_table_of_specs() -> None:
    outcome = rflint("report", "specs/clean.yaml", "--format", "markdown")
    assert "| spec |" not in outcome.out


def test_what_changed_since_an_older_report_is_told() -> None:
    assert rflint("report", "specs", "--format", "json", "-o", "old.json").code == 0
    lines = markdown("--against", "old.json")
    assert "Since `old.json`: no spec changed; as many findings." in lines
    assert row(lines, "targeted")[1:6] == ["64x48", "3", "7", "1 info", "1 of 1 guaranteed"]
    Path("specs/targeted.yaml").write_text(TARGETED % 2)
    Path("specs/clean.yaml").write_text(CLEAN.replace("33, 33", "65, 33").replace("channels: 8", "channels: 16"))
    Path("specs/info.yaml").unlink()
    Path("specs/new.yaml").write_text(MISALIGNED)
    lines = markdown("--against", "old.json", code=1)
    told = "2 specs changed, 1 spec new (`specs/new.yaml`), 1 spec gone (`specs/info.yaml`); +2 errors, -3 infos."
    assert next(line for line in lines if line.startswith("Since")) == f"Since `old.json`: {told}"
    assert row(lines, "targeted")[2:6] == [
        "2 (▼ was 3)",
        "5 (▼ was 7)",
        "1 error (▲ was 1 info)",
        "0 of 1 guaranteed (▼ was 1 of 1 guaranteed)",
    ]
    assert row(lines, "clean")[1] == "65x33 (was 33)"
    assert row(lines, "clean")[6] == "448 (▲ was 224)"
    assert row(lines, "new")[0] == "`specs/new.yaml` (new)"


def test_a_report_that_says_what_is_compared_is_one() -> None:
    Path("old.json").write_text(REPORT % ("[33, 33]", "[5, 5]", 224))
    assert row(markdown("--against", "old.json"), "clean")[1:7] == ["33", "1", "3 (▼ was 5)", "none", "", "224"]


def test_a_spec_that_rflint_failed_on_is_not_gone() -> None:
    Path("old.json").write_text(REPORT % ("[33, 33]", "[3, 3]", 224))
    older = overview.earlier(Path("old.json").read_text(), "old.json")
    failed = SpecReport("specs/clean.yaml", "clean", (), (), (), (), (), (), internal_error="ValueError: what")
    report = Report("0", (failed,), summarize((failed,)), (), against=older)
    assert overview.since(report) == "Since `old.json`: no spec changed; as many findings."


def test_a_report_of_check_has_findings_to_compare() -> None:
    assert rflint("check", "specs", "--format", "json", "-o", "old.json").code == 0
    Path("specs/info.yaml").write_text(CLEAN)
    lines = markdown("--against", "old.json")
    assert row(lines, "info")[4] == "none (▼ was 2 infos)"
    assert row(lines, "clean")[2] == "1"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "is no report of rflint"),
        ('{"schema": "rflint-locate.v1"}', "is no report of rflint"),
        ('{"schema": "rflint-report.v1", "specs": [{"path": 1}]}', "does not follow the schema"),
        ('{"schema": "rflint-report.v1", "specs": [3]}', "does not follow the schema"),
        (REPORT % ('["33", "33"]', "[3, 3]", 224), "does not follow the schema"),
        (REPORT % ("[33, 33]", '["3", "3"]', 224), "does not follow the schema"),
        (REPORT % ("[33, 33]", "[3]", 224), "does not follow the schema"),
        (REPORT % ("[33, 33]", "[3, 3]", 2.5), "does not follow the schema"),
        ("\udcff", "is no text"),
    ],
)
def test_what_is_no_older_report_is_refused(text: str, why: str) -> None:
    Path("old.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    outcome = rflint("report", "specs", "--format", "markdown", "--against", "old.json")
    assert outcome.code == 2
    assert f"--against: `old.json` {why}" in outcome.err


def test_usage() -> None:
    assert rflint("report", "specs", "--format", "markdown", "--against", "none.json").code == 2
    assert rflint("report", "specs", "--against", "none.json").code == 2
    assert "--format markdown" in rflint("report", "specs", "--format", "csv", "--against", "none.json").err


@pytest.mark.parametrize(
    ("specs", "told"),
    [
        ({"a": CLEAN}, "sound"),
        ({"a": CLEAN, "b": INFO}, "2 sound"),
        ({"a": CLEAN, "b": TARGETED % 2}, "1 error"),
        ({"a": MISALIGNED, "b": "rflint: 1\nlayers: 3\n"}, "2 errors"),
        ({"a": "rflint: 1\nlayers:\n  - {name: a, op: conv, kernel: 3, padding: [[0, 2], [0, 2]]}\n"}, "1 warning"),
    ],
)
def test_badge(specs: dict[str, str], told: str, tmp_path: Path) -> None:
    (tmp_path / "badges").mkdir()
    for name, text in specs.items():
        (tmp_path / "badges" / f"{name}.yaml").write_text(text)
    outcome = rflint("report", "badges", "--format", "badge", "--exit-zero")
    assert (outcome.code, outcome.err) == (0, "")
    root = ET.fromstring(outcome.out)
    assert root.attrib["aria-label"] == f"receptive fields: {told}"
    assert [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")] == ["receptive fields", told]
    found = json.loads(rflint("report", "badges", "--format", "json").out)["summary"]
    assert told.startswith(str(found["errors"] or found["warnings"] or "")) or not (found["errors"] or found["warnings"])
