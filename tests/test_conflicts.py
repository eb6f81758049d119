"""Merge conflicts in a spec: one finding, wherever the markers stand and whatever YAML makes of them."""

from __future__ import annotations

import pytest

from rflint.model import Span
from rflint.reading.source import read

BASE = "rflint: 1\nname: a\n"
MERGE = "<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> topic\n"
REMEDY = "keep what is meant of the two versions, and remove the lines that begin with "
MARKERS = "`<<<<<<<`, `=======` and `>>>>>>>`"


def told(text: str) -> list[str]:
    """Findings as `line:column-column message; help`."""
    reading = read(text.encode(), "net.yaml")
    assert reading.document is None
    assert reading.text == text
    lines = []
    for finding in reading.findings:
        assert isinstance(finding.where, Span)
        assert finding.code == "RF001"
        assert finding.where.line == finding.where.end_line
        lines.append(f"{finding.where.line}:{finding.where.column}-{finding.where.end_column} {finding.message}; {finding.help}")
    return lines


def one(first: int, second: int, third: int) -> list[str]:
    message = f"the file holds merge-conflict markers, in lines {first}, {second} and {third}"
    return [f"{first}:1-13 {message}: nothing in it is checked until the conflict is resolved; {REMEDY}{MARKERS}"]


@pytest.mark.parametrize(
    ("before", "ours", "theirs", "after"),
    [
        (BASE, "axes: [y, x]\n", "axes: [t]\n", "layers: [{op: relu}]\n"),
        (BASE + "layers:\n", "  - {op: relu}\n", "  - {op: gelu}\n", "  - {op: dropout}\n"),
        (BASE + "layers:\n  - {op: conv,\n", "     kernel: 3,\n", "     kernel: 5,\n", "     channels: 8}\n"),
        # In brackets and quotes all of it is text to YAML.
        (BASE + "layers:\n  - op: relu\n    from: [a\n", "      b\n", "      c\n", "    ]\n"),
        (BASE + 'description: "a\n', "  b\n", "  c\n", '  d"\nlayers: [{op: relu}]\n'),
        (BASE + "description: |\n  a\n", "  b\n", "  c\n", "layers: [{op: relu}]\n"),
        (BASE, "# ours\n", "# theirs\n", ""),
        ("", BASE, BASE, "layers: [{op: relu}]\n"),
        (BASE, "", "", ""),
        # What else is wrong is not of interest.
        (BASE + "\tname: b\n", "a: *b\n", "a: !x\n", "}"),
    ],
    ids=["top", "layers", "braces", "brackets", "quotes", "block scalar", "comments", "first line", "empty", "broken"],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_conflict(before: str, ours: str, theirs: str, after: str, newline: str) -> None:
    text = before + MERGE.format(ours=ours, theirs=theirs) + after
    first = before.count("\n") + 1
    second = first + ours.count("\n") + 1
    third = second + theirs.count("\n") + 1
    assert told(text.replace("\n", newline)) == one(first, second, third)


def test_without_a_last_line_break() -> None:
    assert told(BASE + MERGE.format(ours="a: 1\n", theirs="a: 2\n").rstrip("\n")) == one(3, 5, 7)


def test_with_the_common_ancestor() -> None:
    text = BASE + "<<<<<<< HEAD\na: 1\n||||||| 3a1f2c9\na: 0\n=======\na: 2\n>>>>>>> topic\n"
    message = "the file holds merge-conflict markers, in lines 3, 5, 7 and 9: nothing in it is checked until the conflict is resolved"
    assert told(text) == [f"3:1-13 {message}; {REMEDY}`<<<<<<<`, `|||||||`, `=======` and `>>>>>>>`"]


@pytest.mark.parametrize(
    ("count", "where"),
    [
        (2, "2 merge conflicts, in lines 3-7 and 8-12"),
        (3, "3 merge conflicts, in lines 3-7, 8-12 and 13-17"),
        (1_000, "100 or more merge conflicts, the first in lines 3-7, 8-12 and 13-17"),
    ],
)
def test_several_are_one_finding(count: int, where: str) -> None:
    text = BASE + MERGE.format(ours="a: 1\n", theirs="a: 2\n") * count
    assert told(text) == [
        f"3:1-13 the file holds the markers of {where}: nothing in it is checked until they are resolved; {REMEDY}{MARKERS}"
    ]


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ("=======\n  - {op: gelu}\n", "5:1-8 `=======`"),
        ("  - {op: gelu}\n>>>>>>> topic\n", "6:1-14 `>>>>>>>`"),
        ("<<<<<<< HEAD\n  - {op: gelu}\n", "5:1-13 `<<<<<<<`"),
        ("||||||| base\n  - {op: gelu}\n=======\n", "5:1-13 `|||||||`"),
        (">>>>>>> topic\n<<<<<<< HEAD\n=======\n", "5:1-14 `>>>>>>>`"),
    ],
)
def test_markers_that_were_left(left: str, expected: str) -> None:
    text = BASE + "layers:\n  - {op: relu}\n" + left
    remedy = "remove the line, and see that what stands around it is meant so"
    assert told(text) == [f"{expected} begins a line that a merge conflict left here; {remedy}"]


@pytest.mark.parametrize(
    "text",
    [
        "description: '<<<<<<< HEAD ======= >>>>>>> topic'\n",
        "description: |\n  <<<<<<< HEAD\n  =======\n  >>>>>>> topic\n",
        "# <<<<<<< HEAD\n# =======\n# >>>>>>> topic\n",
        "description: 'a\n=======\n  b'\n",
        "'<<<<<<<<': 1\n",
    ],
)
def test_no_markers(text: str) -> None:
    reading = read((BASE + text).encode(), "net.yaml")
    assert reading.findings == ()
    assert reading.document is not None


def test_errors_before_a_marker_are_told_as_they_are() -> None:
    [line] = told(BASE + "a: b: c\n=======\n")
    assert line.startswith("3:5-6 a `:` cannot begin a value here")
