"""Baselines: what stands in them, what they survive, and what they do not excuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command_line import CLEAN, MISALIGNED, rflint
from hypothesis import given
from hypothesis import strategies as st

from rflint.model import UsageError
from rflint.pipeline import lint_bytes
from rflint.verdict import baseline
from rflint.verdict.baseline import Key

if TYPE_CHECKING:
    from pathlib import Path

#: Two unnamed layers with the same flaw (an even kernel), one named, one in a block that is used twice.
OLD = """\
rflint: 1
name: old
inputs: {image: {size: [33, 33], channels: 3}}
blocks:
  pair:
    layers:
      - {name: even, op: conv, kernel: 2, padding: same, channels: 8}
      - {op: relu}
layers:
  - {op: conv, kernel: 2, padding: same, channels: 8}
  - {op: conv, kernel: 2, padding: same, channels: 8}
  - {op: conv, kernel: 4, padding: same, channels: 8}
  - {name: named, op: conv, kernel: 2, padding: same, channels: 8}
  - {use: pair, repeat: 2}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "rflint.toml").write_text('baseline = "known.json"\nselect = ["RF301", "RF1"]\n')
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "bad.yaml").write_text(MISALIGNED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_written(here: Path) -> None:
    assert rflint("check").code == 2
    assert rflint("check", "--isolated").code == 1
    written = rflint("check", "--write-baseline")
    assert (written.code, written.out) == (0, "No findings in 2 specs (7 in the baseline).\n")
    assert written.err == "rflint: `known.json` knows 7 findings of the files linted now; from now on only others are reported\n"
    assert (here / "known.json").read_text() == (
        '{\n "schema": "rflint-baseline.v1",\n "findings": [\n'
        '  {"path": "bad.yaml", "code": "RF101", "subject": "add", "count": 1},\n'
        '  {"path": "old.yaml", "code": "RF104", "subject": "pair/relu#32eeea7c", "count": 1},\n'
        '  {"path": "old.yaml", "code": "RF301", "subject": "conv#744a5277", "count": 1},\n'
        '  {"path": "old.yaml", "code": "RF301", "subject": "conv#f2dc4576", "count": 2},\n'
        '  {"path": "old.yaml", "code": "RF301", "subject": "named", "count": 1},\n'
        '  {"path": "old.yaml", "code": "RF301", "subject": "pair/even", "count": 2}\n'
        " ]\n}\n"
    )
    assert rflint("check").code == 0


def test_edits_elsewhere_shift_nothing(here: Path) -> None:
    rflint("check", "--write-baseline")
    text = (here / "old.yaml").read_text()
    (here / "old.yaml").write_text(
        "# a comment\n\n" + text.replace("\nlayers:\n", "\nlayers:\n  - {op: relu}\n  - {name: first, op: relu}\n")
    )
    assert rflint("check").code == 0


def test_what_an_unnamed_item_is_known_by(here: Path) -> None:
    """Not by what stands in its branches, nor by the suppressions that it has."""
    text = """\
rflint: 1
name: paths
inputs: {image: {size: [33, 33], channels: 3}}
layers:
  - branches:
      one: [{op: conv, kernel: 2, padding: same, channels: 8}, {op: conv, kernel: 1, stride: 2, channels: 8}]
      two: [{op: conv, kernel: 1, channels: 8, stride: 2}]
    join: add
"""
    (here / "paths.yaml").write_text(text)
    (here / "rflint.toml").write_text('baseline = "known.json"\n')
    written = rflint("check", "--write-baseline", "paths.yaml")
    assert written.out == "No findings in 1 spec (3 in the baseline).\n"
    text = text.replace("stride: 2}]", "stride: 2}, {op: relu}]")
    text = text.replace("stride: 2, channels: 8}", "stride: 2, channels: 8, ignore: [RF401]}")
    (here / "paths.yaml").write_text(text)
    assert rflint("check", "paths.yaml").out == "No findings in 1 spec (1 suppressed, 2 in the baseline).\n"


def test_one_more_is_new(here: Path) -> None:
    rflint("check", "--write-baseline")
    text = (here / "old.yaml").read_text()
    (here / "old.yaml").write_text(text + "  - {op: conv, kernel: 2, padding: same, channels: 8}\n")
    again = rflint("check", "--format", "concise", "--select", "RF301")
    assert (again.code, again.err) == (1, "")
    assert [line.split(": ")[0] for line in again.out.splitlines()] == ["old.yaml:15:24"]


def test_a_finding_does_not_grow_unnoticed(here: Path) -> None:
    """One more copy of a block has one mistake more, though it is one finding still."""
    rflint("check", "--write-baseline")
    text = (here / "old.yaml").read_text()
    (here / "old.yaml").write_text(text.replace("{use: pair, repeat: 2}", "{use: pair, repeat: 3}"))
    again = rflint("check", "--format", "json", "--select", "RF301")
    assert again.code == 1
    assert [each["instances"] for spec in json.loads(again.out)["specs"] for each in spec["findings"] if not each["suppressed"]] == [
        ["pair_5/0/even", "pair_5/1/even", "pair_5/2/even"]
    ]


def test_stale_entries_are_told_and_pruned(here: Path) -> None:
    rflint("check", "--write-baseline")
    text = (here / "old.yaml").read_text()
    (here / "old.yaml").write_text(text.replace("  - {op: conv, kernel: 2, padding: same, channels: 8}\n", "", 1))
    (here / "bad.yaml").unlink()
    told = rflint("check")
    assert told.code == 0
    assert told.err == "rflint: 2 findings of the baseline `known.json` are not there any more; --prune-baseline takes them out\n"
    pruned = rflint("check", "--prune-baseline")
    assert pruned.err == "rflint: took 2 findings out of `known.json`\n"
    counts = [entry["count"] for entry in json.loads((here / "known.json").read_text())["findings"]]
    assert counts == [1, 1, 1, 1, 2]
    assert rflint("check").err == ""
    assert rflint("check", "--prune-baseline").err == "rflint: `known.json` has nothing that is not needed\n"


def test_other_files_keep_their_entries(here: Path) -> None:
    rflint("check", "--write-baseline")
    before = (here / "known.json").read_text()
    assert rflint("check", "--write-baseline", "bad.yaml").code == 0
    assert (here / "known.json").read_text() == before
    # What was not linted is not judged either.
    assert rflint("check", "--prune-baseline", "bad.yaml").code == 0
    assert (here / "known.json").read_text() == before


def test_from_another_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rflint("check", "--write-baseline")
    (here / "deep").mkdir()
    monkeypatch.chdir(here / "deep")
    assert rflint("check", "..").code == 0


def test_a_broken_spec_is_no_old_story(here: Path) -> None:
    (here / "bad.yaml").write_text(MISALIGNED.replace("op: add", "op: ad"))
    written = rflint("check", "--write-baseline", "--format", "json")
    assert written.code == 1
    findings = [each for spec in json.loads(written.out)["specs"] for each in spec["findings"] if not each["suppressed"]]
    assert [each["code"] for each in findings] == ["RF003"]
    # Nobody knows what the rules would have said of it: nothing is stale.
    (here / "known.json").write_text(
        baseline.dump({Key("bad.yaml", "RF101", "add"): 1, **baseline.load((here / "known.json").read_bytes(), "known.json")})
    )
    assert rflint("check").err == ""


def test_a_library_is_judged_by_those_that_import_it(here: Path) -> None:
    (here / "lib.yaml").write_text(
        "rflint: 1\nname: lib\nblocks:\n  b: {layers: [{name: even, op: conv, kernel: 2, padding: same, channels: 8}]}\n"
    )
    user = "rflint: 1\nname: user\nimport: [lib.yaml]\ninputs: {image: {size: [33, 33], channels: 3}}\nlayers:\n  - {use: b}\n"
    for name in ("one", "two"):
        (here / f"{name}.yaml").write_text(user)
    assert rflint("check", "--write-baseline").code == 0
    entries = json.loads((here / "known.json").read_text())["findings"]
    assert {"path": "lib.yaml", "code": "RF301", "subject": "b/even", "count": 1} in entries
    assert (rflint("check", "lib.yaml").err, rflint("check", "one.yaml").err) == ("", "")
    (here / "lib.yaml").write_text((here / "lib.yaml").read_text().replace("kernel: 2", "kernel: 3"))
    # The library's finding, and the drift of its two users.
    assert rflint("check").err.startswith("rflint: 3 findings of the baseline `known.json` are not there any more")


PAIR = """\
rflint: 1
name: lib
blocks:
  even: {layers: [{name: even, op: conv, kernel: 2, padding: same, channels: 8}]}
  wide: {layers: [{name: wide, op: conv, kernel: 4, padding: same, channels: 8}]}
"""


def test_part_of_the_importers_say_nothing_about_a_library(here: Path) -> None:
    """As in a commit of one spec: that it does not use a block says nothing about those that do."""
    (here / "lib.yaml").write_text(PAIR)
    for block in ("even", "wide"):
        user = f"rflint: 1\nname: user\nimport: [lib.yaml]\ninputs: {{image: {{size: 33, channels: 3}}}}\nlayers:\n  - {{use: {block}}}\n"
        (here / f"{block}.yaml").write_text(user)
    (here / "through.yaml").write_text("rflint: 1\nname: through\nimport: [even.yaml]\nlayers: [{op: relu}]\n")
    rflint("check", "--write-baseline")
    before = (here / "known.json").read_text()
    assert '"path": "lib.yaml", "code": "RF301", "subject": "wide/wide"' in before
    for paths in (["even.yaml"], ["lib.yaml"], ["even.yaml", "lib.yaml"], ["even.yaml", "wide.yaml"]):
        assert rflint("check", *paths).err == ""
        for option in ("--prune-baseline", "--write-baseline"):
            assert rflint("check", option, *paths).code == 0
            assert (here / "known.json").read_text() == before, (option, paths)
    (here / "lib.yaml").write_text(PAIR.replace("kernel: 4", "kernel: 3"))
    assert rflint("check", "even.yaml", "wide.yaml").err.startswith("rflint: 1 finding")  # the drift of `wide.yaml`
    told = rflint("check", "even.yaml", "wide.yaml", "through.yaml").err
    assert told.startswith("rflint: 2 findings of the baseline `known.json` are not there any more")


def test_a_spec_that_broke_keeps_its_entries(here: Path) -> None:
    rflint("check", "--write-baseline")
    before = (here / "known.json").read_text()
    (here / "bad.yaml").write_text(MISALIGNED.replace("kernel: 3", "kernal: 3"))
    assert rflint("check", "--write-baseline").code == 1
    assert (here / "known.json").read_text() == before


def test_two_branches_that_git_could_not_merge(here: Path) -> None:
    rflint("check", "--write-baseline")
    whole = (here / "known.json").read_text()
    entry = '  {"path": "old.yaml", "code": "RF301", "subject": "named", "count": 1},\n'
    gone = entry.replace("named", "gone")
    assert entry in whole
    (here / "known.json").write_text(whole.replace(entry, f"<<<<<<< HEAD\n{entry}=======\n{gone}{entry}>>>>>>> theirs\n"))
    plain = rflint("check")
    assert (plain.code, plain.err) == (
        2,
        "rflint: known.json: git could not merge it; `rflint check --prune-baseline` keeps what is still there of both sides\n",
    )
    assert rflint("check", "--prune-baseline", "--jobs", "2").err == "rflint: took 1 finding out of `known.json`\n"
    assert (here / "known.json").read_text() == whole
    (here / "known.json").write_text(f"<<<<<<< HEAD\n{whole}=======\n{baseline.dump({})}>>>>>>> theirs\n")
    assert rflint("check", "--write-baseline").code == 0
    assert (here / "known.json").read_text() == whole


@pytest.mark.parametrize("option", ["--write-baseline", "--prune-baseline"])
@pytest.mark.parametrize("narrowing", [["--select", "RF1"], ["--ignore", "RF1"], ["--severity", "RF301=off"], ["--size", "65"]])
def test_needs_all_rules(here: Path, option: str, narrowing: list[str]) -> None:
    assert rflint("check", option, *narrowing).code == 2


def test_command_line_beats_configuration(here: Path) -> None:
    rflint("check", "--write-baseline", "--baseline", "mine.json")
    assert (here / "mine.json").exists()
    assert not (here / "known.json").exists()
    assert rflint("check", env={"RFLINT_BASELINE": "mine.json"}).code == 0
    assert rflint("report", "--baseline", "mine.json").code == 0


def test_without_a_name(here: Path) -> None:
    (here / "rflint.toml").unlink()
    written = rflint("check", "--write-baseline")
    assert (here / "rflint-baseline.json").exists()
    assert written.err.splitlines()[1] == 'rflint: every run uses it with `baseline = "rflint-baseline.json"` in rflint.toml'
    assert rflint("check", "--prune-baseline").err == (
        "rflint: there is no baseline to prune: name one with --baseline FILE, or as `baseline` in the configuration\n"
    )


def test_in_json(here: Path) -> None:
    rflint("check", "--write-baseline")
    report = json.loads(rflint("check", "bad.yaml", "--format", "json").out)
    (finding,) = report["specs"][0]["findings"]
    assert (finding["suppressed"], finding["baselined"], finding["reason"]) == (True, True, "in the baseline")
    assert report["summary"]["suppressed"] == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "Expecting value"),
        ("[]", 'it must be {"schema": "rflint-baseline.v1", "findings": […]}'),
        ('{"schema": "rflint-baseline.v2", "findings": []}', "it must be"),
        ('{"schema": "rflint-baseline.v1", "findings": [1]}', "entry 1 must have `path`, `code`, `subject` and `count`"),
        ('{"schema": "rflint-baseline.v1", "findings": [{"path": 1, "code": "", "subject": "", "count": 1}]}', "must be texts"),
        ('{"schema": "rflint-baseline.v1", "findings": [{"path": "", "code": "", "subject": "", "count": 0}]}', "from 1"),
        ('{"schema": "rflint-baseline.v1", "findings": [{"path": "", "code": "", "subject": "", "count": true}]}', "from 1"),
        ("[" * 100_000, "is no baseline of rflint"),
    ],
)
def test_broken_baselines(here: Path, content: str, complaint: str) -> None:
    (here / "known.json").write_text(content)
    outcome = rflint("check")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("rflint: known.json: ")
    assert complaint in outcome.err


def test_merged_twice(here: Path) -> None:
    entry = '{"path": "a", "code": "RF101", "subject": "", "count": 1}'
    with pytest.raises(UsageError, match="entry 2 stands there twice"):
        baseline.load(f'{{"schema": "rflint-baseline.v1", "findings": [{entry}, {entry}]}}'.encode(), "known.json")


KEYS = st.builds(Key, st.text(max_size=4), st.sampled_from(["RF101", "RF301"]), st.text(max_size=4))


@given(st.dictionaries(KEYS, st.integers(1, 9), max_size=6))
def test_round_trip(known: dict[Key, int]) -> None:
    assert baseline.load(baseline.dump(known).encode(), "known.json") == known


@given(st.integers(0, 4), st.integers(0, 4))
def test_counts(layers: int, known: int) -> None:
    """Of n findings, a baseline of k knows the first k; what it counts beyond them is stale."""
    item = "  - {op: conv, kernel: 2, padding: same, channels: 8}\n"
    spec = lint_bytes((CLEAN + item * layers).encode(), "a.yaml")
    key = next((key for key in baseline.collect([spec], str) if key.code == "RF301"), Key("a.yaml", "RF301", "?"))
    counted = {key: known} if known else {}
    marked = baseline.apply(spec, counted, str)
    flags = [each.baselined for each in marked.findings if each.code == "RF301"]
    assert flags == [place < known for place in range(layers)]
    surplus = baseline.stale(counted, [marked], str, lambda _: True, set)
    assert surplus == ({key: known - layers} if known > layers else {})
    assert baseline.without(counted, surplus) == ({key: min(known, layers)} if min(known, layers) else {})
