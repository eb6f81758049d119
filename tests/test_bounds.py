"""Bounds: numbers too large to compute with, files that are none, links that lead out, and one failure beside others."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from command_line import rflint

from rflint import formatters
from rflint.formatters.exact import dumps
from rflint.resources import schema_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rflint.model import Report

HUGE = "rflint: 1\nlayers:\n- {op: conv, kernel: 3, stride: 1000000, channels: 3, repeat: 717}\n"
BROKEN = "rflint: 1\nlayers:\n- {name: a, op: conv, kernel: 0}\n- {name: b, op: conv, kernel: 3}\n"
SOUND = "rflint: 1\nlayers:\n- {op: conv, kernel: 3}\n"
FIXABLE = "rflint: 1\nlayers:\n- {op: conv, kernal: 3}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, in which the commands run."""
    here = tmp_path / "repository"
    (here / ".git").mkdir(parents=True)
    monkeypatch.chdir(here)
    return here


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("command", ["check", "report", "sizes", "locate"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_command_fails_at_large_numbers(folder: Path, command: str, form: str) -> None:
    put(folder, "net.yaml", HUGE)
    layer = ["conv_1/716", "--at", "0"] if command == "locate" else []
    outcome = rflint(command, "net.yaml", *layer, *(["--format", "json"] if form == "json" else []))
    assert outcome.code in (0, 1), outcome.err


def test_what_depends_on_large_numbers_is_null_and_says_so(folder: Path) -> None:
    put(folder, "net.yaml", HUGE)
    (spec,) = json.loads(rflint("report", "net.yaml", "--format", "json").out)["specs"]
    fields = [layer["receptive_field"]["input"] for layer in spec["layers"]]
    assert fields[2]["stride"] == [str(10**18)] * 2
    assert not fields[2]["why"].get("stride")
    for field in fields[3:]:
        assert field["stride"] == field["size"] == [None, None]
        assert field["why"]["stride"] == field["why"]["size"] == "beyond-limits"


#: Sizes, channels, multiply-adds, strides, regions and phases beyond 2^53.
LONG = """\
rflint: 1
axes: [t]
inputs: {t: {size: [2000000000], channels: 4}}
layers:
- {name: fine, op: conv_transpose, kernel: 2000000000, stride: 1000000000, channels: 2000000000}
- {name: far, op: conv, kernel: 2000000000, dilation: 2000000000, stride: 2000000000, padding: same, channels: 4, from: t}
outputs: [fine, far]
"""


def numbers(value: object) -> Iterator[int]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, int):
        yield value


@pytest.mark.parametrize(
    ("arguments", "schema"),
    [
        (["report"], "report"),
        (["check", "--layers"], "report"),
        (["tiles"], "tiles"),
        (["sizes"], ""),
        (["locate", "far", "--at", "0"], ""),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else value,
)
def test_whole_numbers_that_readers_would_round_are_texts(folder: Path, arguments: list[str], schema: str) -> None:
    put(folder, "net.yaml", LONG)
    command, *rest = arguments
    document = json.loads(rflint(command, "net.yaml", *rest, "--format", "json").out)
    assert max(map(abs, numbers(document))) <= 2**53
    if schema:
        jsonschema.validate(document, json.loads(schema_text(schema)))  # type: ignore[arg-type]
    if command == "report":
        fine, far = document["specs"][0]["layers"]
        assert fine["size"] == [str((2 * 10**9 - 1) * 10**9 + 2 * 10**9)]
        (seen,) = far["receptive_field"]["t"]["size"]
        assert seen == str(2 * 10**9 * (2 * 10**9 - 1) + 1)


def test_whole_numbers_are_texts_from_the_first_that_a_reader_may_round() -> None:
    values = {"at": 2**53, "beyond": -(2**53) - 1, "flag": True, "list": [(2**63,)], "share": 0.1234567890123456, "set": {2**60}}
    text = dumps(values, default=lambda value: sorted(value) if isinstance(value, set) else str(value))
    assert json.loads(text) == {
        "at": 2**53,
        "beyond": "-9007199254740993",
        "flag": True,
        "list": [["9223372036854775808"]],
        "share": 0.1234567890123456,
        "set": ["1152921504606846976"],
    }


@pytest.mark.parametrize("command", [("sizes", "net.yaml"), ("locate", "net.yaml", "b")])
def test_questions_about_a_broken_spec_tell_what_is_wrong(folder: Path, command: tuple[str, ...]) -> None:
    put(folder, "net.yaml", BROKEN)
    outcome = rflint(*command)
    assert outcome.code == 1
    assert "net.yaml:3:31: RF002" in outcome.err
    machine = rflint(*command, "--format", "json")
    assert machine.code == 1
    assert [finding["code"] for finding in json.loads(machine.out)["findings"]] == ["RF002"]


def test_questions_about_a_sound_spec_tell_of_no_findings(folder: Path) -> None:
    put(folder, "net.yaml", SOUND)
    outcome = rflint("sizes", "net.yaml", "--format", "json")
    assert (outcome.code, json.loads(outcome.out)["findings"]) == (0, [])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("arguments", [["--config", "pipe"], ["--baseline", "pipe"], ["--baseline", "/dev/zero"]])
def test_only_regular_files_are_configuration_or_baseline(folder: Path, arguments: list[str]) -> None:
    put(folder, "net.yaml", SOUND)
    os.mkfifo(folder / "pipe")
    outcome = rflint("check", "net.yaml", *arguments)
    assert outcome.code == 2
    assert "not a regular file" in outcome.err


def test_a_search_does_not_follow_links_out_of_the_repository(folder: Path) -> None:
    put(folder, "inside/net.yaml", SOUND)
    outside = put(folder.parent, "outside.yaml", SOUND)
    (folder / "away.yaml").symlink_to(outside)
    (folder / "near.yaml").symlink_to(folder / "inside" / "net.yaml")
    outcome = rflint("check", ".", "--format", "json")

    assert "away.yaml" not in outcome.out
    assert len(json.loads(outcome.out)["specs"]) == 1


def test_fixes_do_not_leave_the_repository(folder: Path) -> None:
    outside = put(folder.parent, "outside.yaml", FIXABLE)
    (folder / "away.yaml").symlink_to(outside)
    outcome = rflint("check", "--fix", "away.yaml")
    assert outcome.code == 2
    assert "leads out of the repository" in outcome.err
    assert outside.read_text(encoding="utf-8") == FIXABLE


def test_a_failing_formatter_does_not_hide_the_other_specs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "bad.yaml", BROKEN)
    put(folder, "good.yaml", BROKEN)
    real = formatters.render

    def render(form: str, report: Report, style: Any) -> str:
        if any(spec.path == "bad.yaml" and spec.findings for spec in report.specs):
            raise OverflowError("digits")
        return real(form, report, style)

    monkeypatch.setattr(formatters, "render", render)
    outcome = rflint("check", ".", "--format", "concise")
    assert outcome.code == 3
    assert "good.yaml:3:31: RF002" in outcome.out
    assert "bad.yaml: OverflowError: digits" in outcome.err
