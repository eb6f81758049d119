"""Fixes: what they do to a text, to the layout around them, and to a spec that is mended until nothing is left."""

from __future__ import annotations

import codecs
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rflint.fixing.diffing import painted, unified_diff
from rflint.fixing.mending import apply, choose, edits_of, mend
from rflint.fixing.mending import unified_diff as diff_of_files
from rflint.formatters.fixes import tally, words
from rflint.model import LANGUAGE_ERRORS, Diagnostic, Edit, Fix, Removal, Report, Site, SiteEdit, Span, SpanEdit, SpecReport, summarize
from rflint.pipeline import lint_bytes
from rflint.reading.edits import located
from rflint.reading.lines import Lines
from rflint.reading.source import read
from rflint.rules import ENTRIES
from rflint.verdict import Options
from rflint.words.spelling import misspelt
from rflint.words.terminal import Style

if TYPE_CHECKING:
    from conftest import Golden

ROOT = Path(__file__).parent.parent
ZOO = sorted((ROOT / "specs").glob("*.yaml"))
INPUTS = sorted((ROOT / "tests" / "cases").glob("*/*.yaml")) + sorted((ROOT / "tests" / "data").glob("**/*.yaml"))


def mended(text: str, *, unsafe: bool = True) -> str:
    return mend(text.encode(), "net.yaml", Options(), unsafe=unsafe).data.decode()


# Edits of a text

ALPHABET = "ab é中🙂\t\n\r\x85\u2028\u2029"


@given(st.text(ALPHABET), st.data())
def test_offsets_and_positions_are_inverse(text: str, data: st.DataObject) -> None:
    lines = Lines(text)
    offset = data.draw(st.integers(0, len(text)))
    assert lines.offset(*lines.position(offset)) == offset


def test_offsets_far_into_a_text() -> None:
    text = "ab\r\n" * 2_000 + "\u2028" * 1_500 + "x" * 3_000
    lines = Lines(text)
    assert all(lines.offset(*lines.position(offset)) == offset for offset in range(0, len(text), 7))
    assert lines.offset(9_999, 1) == len(text)


@given(st.text(ALPHABET), st.data())
def test_apply_is_splicing(text: str, data: st.DataObject) -> None:
    lines = Lines(text)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), unique=True, max_size=8)))
    edits, expected, at = [], "", 0
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        new = data.draw(st.text(ALPHABET, max_size=4))
        edits.append(Edit(lines.span(start, end), new))
        expected += text[at:start] + new
        at = end
    assert apply(text, data.draw(st.permutations(edits))) == expected + text[at:]


def finding(*edits: tuple[tuple[int, int, int, int], str], safe: bool = True, **more: object) -> Diagnostic:
    fix = Fix(tuple(Edit(Span(*span), text) for span, text in edits), safe)
    return Diagnostic("RF302", "off-center-padding", "warning", "text", "net.yaml", Span(1, 1, 1, 2), fix=fix)._replace(**more)


def test_what_is_chosen_together() -> None:
    first = finding(((1, 5, 1, 8), "x"), ((3, 1, 3, 4), "y"))
    touching = finding(((1, 8, 1, 9), "z"))
    overlapping = finding(((4, 1, 4, 2), "z"), ((2, 9, 3, 2), ""))
    same = finding(((3, 1, 3, 4), "y"), ((5, 1, 5, 1), "new"), message="another")
    other_text = finding(((3, 1, 3, 4), "w"))
    inside = finding(((1, 6, 1, 6), "z"))
    elsewhere = finding(((9, 1, 9, 2), "z"), path="lib.yaml")
    suppressed = finding(((9, 1, 9, 2), "z"), suppressed=True)
    without = finding(((9, 1, 9, 2), "z"), fix=None)
    unsafe = finding(((7, 1, 7, 2), "u"), safe=False)
    free = finding(((4, 1, 4, 2), "v"))
    found = [first, touching, overlapping, same, other_text, inside, elsewhere, suppressed, without, unsafe, free]
    assert choose(found, "net.yaml", unsafe=False) == (first, same, free)
    assert choose(found, "net.yaml", unsafe=True) == (first, same, unsafe, free)
    assert [(edit.span.line, edit.text) for edit in edits_of(choose(found, "net.yaml", unsafe=False))] == [
        (1, "x"),
        (3, "y"),
        (4, "v"),
        (5, "new"),
    ]


# Whole texts, before and after

CASES = ROOT / "tests" / "data" / "fixes"
#: What is mended without `--unsafe-fixes`.
SAFE = ("RF002", "RF003-misspelt", "RF003-other-frameworks", "RF901")


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem)
def test_golden(path: Path, golden: Golden) -> None:
    data = path.read_bytes()
    result = mend(data, "net.yaml", Options(), unsafe=True)
    golden(path.with_suffix(".fixed"), result.data)
    assert result.dropped == ()
    assert path.stem[:5] in result.fixed
    assert all(each.fix is None for each in result.report.findings)
    assert mend(data, "net.yaml", Options(), unsafe=False).data == (result.data if path.stem.startswith(SAFE) else data)


HEAD = "rflint: 1\nname: toy\n"

#: What no fix changes, though each has a finding that is mended elsewhere.
LEFT_ALONE = {
    "computed": """\
blocks:
  unit:
    params: {high: 2}
    layers: [{op: conv, kernel: 3, padding: [[0, "${high}"], [0, "${high}"]]}]
layers: [{use: unit}]
""",
    "a block whose uses disagree": """\
inputs: {image: {size: 64}}
blocks:
  unit:
    params: {stride: 1}
    layers: [{op: conv, kernel: 3, padding: [[0, 2], [0, 2]], stride: "${stride}"}]
layers:
  - {use: unit}
  - {use: unit, with: {stride: 2}}
""",
    "one use is suppressed": """\
blocks:
  unit:
    layers: [{op: conv, kernel: 3, padding: [[0, 2], [0, 2]]}]
layers:
  - {use: unit}
  # rflint: ignore[RF302] as published
  - {use: unit}
""",
    "anchor": """\
layers:
  - &one {op: conv, kernel: 3, padding: [[0, 2], [0, 2]]}
  - {name: two, op: conv, kernel: 3, padding: 1}
  - *one
""",
    "a value with a name": """\
layers:
  - {op: conv, kernel: 3, padding: &lopsided [[0, 2], [0, 2]]}
  - {op: conv, kernel: 5, stride: 1, padding: 2}
""",
    "a comment in the value": """\
layers:
  - op: conv
    kernel: 3
    padding:
      - [0, 2]  # as in the paper
      - [0, 2]
""",
    "one fact about two inputs": """\
inputs: {left: {size: 32}, right: {size: 32}}
layers:
  - {name: wide, op: conv, kernel: 5, padding: 2, from: left}
  - {name: sum, op: add, from: [wide, right]}
expect:
  sum: {receptive_field: 7}
""",
    "no certain word": """\
layers:
  - {op: adaptive_pool, size: 1}
  - {op: mean_pool, kernel: 2}
""",
    "a name of other digits": """\
layers:
  - {name: conv2, op: conv, kernel: 3}
  - {op: relu, from: conv1}
""",
    "two for one": """\
layers:
  - {op: conv, kernl: 3, kernal: 5}
""",
    "a key that is there already": """\
layers:
  - {name: stem, op: conv, kernel: 3}
expect:
  stem: {stride: 1}
  stemm: {stride: 1}
""",
    "expected to be off-centre": """\
layers:
  - {name: stem, op: conv, kernel: 3, padding: [[0, 2], [0, 2]]}
expect:
  stem: {center: 1}
""",
    "suppressions while the spec is not understood": """\
layers:
  - {op: conv, kernel: four, padding: same}  # rflint: ignore[RF301] as published
""",
    "the end of several": """\
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: left, op: relu, from: stem}
  - {name: right, op: relu, from: stem}
""",
    "alias": """\
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
expect:
  stem: &facts {stride: 2}
  toy: *facts
""",
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_left_alone(name: str) -> None:
    text = HEAD + LEFT_ALONE[name]
    found = lint_bytes(text.encode(), "net.yaml").findings
    assert {each.code for each in found} & {"RF002", "RF003", "RF004", "RF006", "RF302", "RF601"}
    assert mended(text) == text


# Texts as they come

SPEC = """\
rflint: 1
name: "é中🙂"
layers:
  # as published
  - {name: "é中🙂", op: conv, kernal: 3, padding: 1}   # "kernal"
  - name: body
    op: conv
    kernel: 3

  - {op: max_pool, kernel: 3, stride: 1, padding: [[0, 2], [0, 2]]}  # rflint: ignore[RF404] why
expect:
  body: {receptive_field: 7}
"""
MENDED = """\
rflint: 1
name: "é中🙂"
layers:
  # as published
  - {name: "é中🙂", op: conv, kernel: 3, padding: 1}   # "kernal"
  - name: body
    op: conv
    kernel: 3

  - {op: max_pool, kernel: 3, stride: 1, padding: 1}
expect:
  body: {receptive_field: 5}
"""


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["", "BOM"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"], ids=["LF", "CRLF", "CR", "LS"])
@pytest.mark.parametrize("last", [True, False], ids=["", "no final newline"])
def test_newlines_and_byte_order_marks(mark: bytes, end: str, last: bool) -> None:
    def dressed(text: str) -> bytes:
        return mark + (text if last else text.removesuffix("\n")).replace("\n", end).encode()

    result = mend(dressed(SPEC), "net.yaml", Options(), unsafe=True)
    assert result.data == dressed(MENDED)
    assert result.fixed == {"RF002": 1, "RF302": 1, "RF601": 1, "RF901": 1}


def test_a_field_is_added_on_a_line_that_ends_as_the_others_do() -> None:
    text = "rflint: 1\r\ndefaults: {conv: {padding: [[0, 2], [0, 2]]}}\r\nlayers:\r\n  - name: a\r\n    op: conv\r\n    kernel: 3"
    assert mended(text) == f"{text}\r\n    padding: 1"


def test_blanks_at_the_ends_of_lines_stay_but_for_those_of_what_goes() -> None:
    text = (
        "rflint: 1  \nlayers:\t\n"
        "  - {op: conv, kernel: 3, padding: 1}\t # rflint: ignore[RF301]   \n"
        "  - {op: conv, kernal: 3, padding: 1}  \n"
        "# rflint: ignore[RF301]"
    )
    want = "rflint: 1  \nlayers:\t\n  - {op: conv, kernel: 3, padding: 1}\n  - {op: conv, kernel: 3, padding: 1}  "
    assert mended(text, unsafe=False) == want


def test_what_cannot_be_read_is_given_back() -> None:
    for data in (b"", b"\xff\xfe", b"rflint: 1\nlayers: [\n", b"\0", b"rflint: 1\nlayers: [{op: \x01}]\n"):
        result = mend(data, "net.yaml", Options(), unsafe=True)
        assert (result.data, result.fixed, result.dropped) == (data, {}, ())
        assert result.report == lint_bytes(data, "net.yaml")


# Judgement

OFF_CENTRE = """\
layers:
  - {name: stem, op: conv, kernel: 3, padding: [[0, 2], [0, 2]]}
  - {name: body, op: conv, kernel: 5, padding: [[1, 3], [1, 3]]}
  - {name: head, op: conv, kernel: 3, padding: [[0, 2], [0, 2]]}
"""


def test_a_fix_that_breaks_an_expectation_is_taken_back_and_the_others_stay() -> None:
    text = f"{HEAD}{OFF_CENTRE}expect:\n  stem: {{center: 1, stride: 2}}\n"
    result = mend(text.encode(), "net.yaml", Options(), unsafe=True)
    assert result.data.decode() == text.replace("[[1, 3], [1, 3]]", "2").replace(
        "{name: head, op: conv, kernel: 3, padding: [[0, 2], [0, 2]]}", "{name: head, op: conv, kernel: 3, padding: 1}"
    ).replace("stride: 2", "stride: 1")
    assert result.fixed == {"RF302": 2, "RF601": 1}
    assert [(each.code, each.layer) for each in result.dropped] == [("RF302", "stem")]
    assert all(each.fix is None for each in result.report.findings), "what does harm is offered no more"


def test_rules_that_nobody_asked_for_judge_as_well() -> None:
    text = f"{HEAD}{OFF_CENTRE}expect:\n  stem: {{center: 1}}\n"
    result = mend(text.encode(), "net.yaml", Options(select=("RF302",)), unsafe=True)
    assert result.fixed == {"RF302": 2}
    assert {each.code for each in result.report.findings} == {"RF302"}


def test_mistakes_of_the_language_come_first() -> None:
    """What they hide may need the suppression that seems not to be needed."""
    text = HEAD + "layers:\n  - {op: conv, kernl: 4, padding: same}  # rflint: ignore[RF301, RF401] even\n"
    result = mend(text.encode(), "net.yaml", Options(), unsafe=False)
    assert result.data.decode() == text.replace("kernl", "kernel").replace(", RF401", "")
    assert result.fixed == {"RF002": 1, "RF901": 1}


def test_findings_that_a_baseline_knows_are_not_mended() -> None:
    text = HEAD + OFF_CENTRE

    def lint(data: bytes, path: str, options: Options) -> SpecReport:
        report = lint_bytes(data, path, options)
        known = tuple(each._replace(suppressed=True, baselined=True) if each.layer == "body" else each for each in report.findings)
        return report._replace(findings=known)

    result = mend(text.encode(), "net.yaml", Options(), unsafe=True, lint=lint)
    assert result.data.decode() == text.replace("[[0, 2], [0, 2]]", "1")


#: What keeps rules from speaking, before a layer whose suppression is needed.
HIDING = {
    "RF001": "  - {name: a, name: b, op: relu}\n",
    "RF002": "  - {name: a, op: conv, kernel: 3, padding: 1, stirde: 1}\n",
    "RF008": "  - {name: a, op: conv, kernel: 99}\n",
    "RF009": "  - {name: a, op: conv, kernel: 3, padding: 1, channels: 8, groups: 3}\n",
}


@pytest.mark.parametrize("code", HIDING)
def test_while_findings_are_hidden_no_suppression_is_called_unused(code: str) -> None:
    text = (
        f"{HEAD}inputs: {{image: {{size: 64}}}}\nlayers:\n{HIDING[code]}"
        "  # rflint: ignore[RF301] published\n  - {op: conv, kernel: 4, padding: same}\n"
        "  - {op: conv, kernel: 3, stride: 2, padding: 1, ignore: [RF305]}\n"
    )
    assert {each.code for each in lint_bytes(text.encode(), "net.yaml").findings if not each.suppressed} == {code}
    sound = text.replace(HIDING[code], "")
    assert not {each.code for each in lint_bytes(sound.encode(), "net.yaml").findings if not each.suppressed} & {"RF901", "RF301", "RF305"}


def test_a_fix_that_waits_for_the_language_is_not_told_as_left() -> None:
    text = f"{HEAD}{OFF_CENTRE}  - {{op: nonsense}}\n"
    assert any(each.fix for each in lint_bytes(text.encode(), "net.yaml").findings)
    result = mend(text.encode(), "net.yaml", Options(), unsafe=True)
    assert (result.data.decode(), tally(Report("0", (result.report,), summarize((result.report,)), ENTRIES))) == (text, None)


SHORTCUT = """inputs: {image: {size: 64}}
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: wide, op: conv, kernel: 5}
  - {name: sum, op: add, from: [stem, wide]}
expect:
  sum: {receptive_field: 9}
"""


def test_maps_that_differ_in_size_are_aligned_only_together_with_their_sizes() -> None:
    found = {each.code: each for each in lint_bytes((HEAD + SHORTCUT).encode(), "net.yaml").findings}
    assert found["RF102"].help == "give `wide` `padding: 2`: both paths then have one centre and one size"
    assert found["RF601"].fix is None, "what comes of sizes that do not fit is nothing to state"
    assert mended(HEAD + SHORTCUT) == (HEAD + SHORTCUT).replace("kernel: 5", "kernel: 5, padding: 2").replace("field: 9", "field: 7")
    # `padding: [[2, 0], [2, 0]]` would align the paths, and leave maps of 64 and 60 samples.
    cropped = SHORTCUT.replace("kernel: 5}", "kernel: 3, padding: 1}").replace(
        "  - {name: wide", "  - {op: crop, crop: [[1, 3], [1, 3]]}\n  - {name: wide"
    )
    found = {each.code: each for each in lint_bytes((HEAD + cropped).encode(), "net.yaml").findings}
    assert (found["RF102"].fix, found["RF008"].fix) == (None, None)


def test_a_value_that_touches_a_comment_is_kept_apart_from_it() -> None:
    text = HEAD + (
        "layers:\n  - name: a\n    op: 'covn'# why\n    kernel: 3\n    padding:\n    - [0, 2]\n    - [0, 2]# uneven\n"
        "  - {op: conv, 'kernel': '3'# c\n    }\ndefaults: {conv: {padding: [[0, 2], [0, 2]]}}\n"
    )
    assert mended(text) == HEAD + (
        "layers:\n  - name: a\n    op: conv # why\n    kernel: 3\n    padding: 1 # uneven\n"
        "  - {op: conv, 'kernel': 3, padding: 1 # c\n    }\ndefaults: {conv: {padding: [[0, 2], [0, 2]]}}\n"
    )


def test_a_list_behind_an_alias_is_not_taken_for_the_rule_in_it() -> None:
    one = "  - {op: conv, kernel: 3, padding: 1, ignore: IGNORED}\n"
    text = f"{HEAD}layers:\n{one.replace('IGNORED', '&all [off-center-pading]')}{one.replace('IGNORED', '*all')}"
    found = [each for each in lint_bytes(text.encode(), "net.yaml").findings if each.code == "RF901"]
    assert [(each.span.line, each.fix is None) for each in found] == [(4, False), (5, True)]


def test_other_sizes_say_nothing_about_suppressions() -> None:
    text = HEAD + "layers:\n  - {op: conv, kernel: 3, padding: 1}  # rflint: ignore[RF302] at 224\n"
    assert mend(text.encode(), "net.yaml", Options(sizes=((None, (65,)),)), unsafe=True).data.decode() == text
    assert mended(text) != text


def test_libraries_are_mended_by_themselves() -> None:
    library = b"rflint: 1\nblocks:\n  unit:\n    layers: [{op: conv, kernel: 3, padding: [[0, 2], [0, 2]]}]\n"
    spec = b"rflint: 1\nimport: [lib.yaml]\nlayers: [{use: unit}]\n"
    options = Options(open_import=lambda _, target: (target, library))
    found = lint_bytes(spec, "net.yaml", options)
    assert [(each.code, each.path, each.fix is None) for each in found.findings if each.code == "RF302"] == [("RF302", "lib.yaml", False)]
    assert mend(spec, "net.yaml", options, unsafe=True).data == spec
    report = Report("0", (found,), summarize((found,)), ENTRIES)
    assert tally(report) is None


def test_every_bad_fix_is_dropped_and_the_work_is_bounded() -> None:
    """A lint of its own whose fixes all do harm: what would go on for ever ends."""
    calls = Counter[str]()

    def lint(data: bytes, path: str, options: Options) -> SpecReport:
        calls["lint"] += 1
        report = lint_bytes(b"rflint: 1\nlayers: [{op: relu}]\n", path, options)
        spans = [(1, column, 1, column + 1) for column in range(1, 400, 2)]
        found = [finding((span, "x"), message=str(number), fingerprint=str(number)) for number, span in enumerate(spans)]
        return report._replace(findings=tuple(found))

    data = b"a" * 500
    result = mend(data, "net.yaml", Options(), unsafe=True, lint=lint)
    assert result.data == data
    assert calls["lint"] <= 101


# Everything there is


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_published_networks_are_left_alone(path: Path) -> None:
    data = path.read_bytes()
    result = mend(data, path.name, Options(), unsafe=True)
    assert result.data == data


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_safe_fix_leaves_the_network_as_it_was(path: Path) -> None:
    """Every safe fix by itself: its finding is gone, nothing as bad came, and what was understood of the network is the same."""
    data = path.read_bytes()
    options = Options(layers=True)
    before = lint_bytes(data, "net.yaml", options)
    understood = not any(each.code in LANGUAGE_ERRORS for each in before.findings)
    for each in choose(before.findings, "net.yaml", unsafe=False):
        after = lint_bytes(apply(data.decode(), edits_of([each])).encode(), "net.yaml", options)
        same = [(other.fingerprint, other.message) for other in after.findings]
        was = [(other.fingerprint, other.message) for other in before.findings]
        assert same.count((each.fingerprint, each.message)) < was.count((each.fingerprint, each.message))
        assert len(after.findings) <= len(before.findings) or not understood
        if understood and each.code != "RF006":
            assert [replace(layer, line=0, origin=()) for layer in after.layers] == [
                replace(layer, line=0, origin=()) for layer in before.layers
            ]


def test_a_fix_that_is_not_made_says_why() -> None:
    text = HEAD + "layers:\n  - {name: c, op: conv, kernel: 5, padding: [[1, 3], [1, 3]]}\nexpect:\n  c: {center: [1, 1]}\n"
    result = mend(text.encode(), "net.yaml", Options(), unsafe=True)
    (left,) = [each for each in result.report.findings if each.code == "RF302"]
    assert left.fix is None
    assert left.help is not None
    assert "its fix was tried and taken back: it uncovers RF601, `center` of `c` is 0 instead of 1" in left.help


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_input_gets_worse(path: Path) -> None:
    data = path.read_bytes()
    before = lint_bytes(data, "net.yaml")
    for unsafe in (False, True):
        result = mend(data, "net.yaml", Options(), unsafe=unsafe)
        assert not is_worse(before, result.report)
        assert mend(result.data, "net.yaml", Options(), unsafe=unsafe).data == result.data
        if data == result.data:
            assert result.fixed == {}


def is_worse(before: SpecReport, after: SpecReport) -> bool:
    """Whether there are more errors; what mistakes of the language hid does not count."""

    def count(report: SpecReport, of_language: bool) -> int:
        return sum(
            each.severity == "error" and not each.suppressed and (each.code in LANGUAGE_ERRORS or not of_language)
            for each in report.findings
        )

    hidden = count(before, of_language=True) > 0
    return count(after, of_language=hidden) > count(before, of_language=hidden)


LAYERS = (
    "  - {name: NAME, op: conv, kernel: 3, padding: 1}  # keep",
    "  - {name: NAME, op: conv, kernel: 5, padding: [[1, 3], [1, 3]]}",
    "  - {name: NAME, op: conv, kernal: 3, padding: same}",
    "  - {name: NAME, op: covn, kernel: 2, padding: smae}",
    "  - {op: relu}  # keep",
    "  - {name: NAME, op: conv, kernel: 3, from: NAMEE}",
    "  - {name: NAME, op: relu, from: stem}",
    "  - {name: NAME, op: add, from: [stem, LAST]}",
    "  - {name: NAME, use: unit}",
    "  - {name: NAME, use: untit, repeat: 2}",
    "  - name: NAME\n    op: max_pool\n    kernel: 3\n    stride: 1\n    padding:\n      - [0, 2]\n      - 1",
    "  # keep\n  - {op: conv, kernel: 4, padding: same}  # rflint: ignore[RF301, RF401] why",
    "  - {op: relu}  # rflint: ignore[RF301]",
    "  # rflint: disable[RF301] why\n  - {op: conv, kernel: 4, padding: same}",
    "  - {name: NAME, op: conv, kernel: 3, padding: 1, ignore: [RF302, off-center-pading]}",
    "",
    "  # keep",
)
WIDE = """\
blocks:
  unit:
    params: {width: 3, depth: 1}
    layers:
      - {op: conv, kernel: 3}
      - {op: add, from: [conv_1, input]}"""
UNITS = (
    "blocks:\n  unit: {layers: [{op: conv, kernel: 3, padding: [[0, 2], [0, 2]]}]}",
    WIDE,
    "blocks:\n  # spare\n  spare: {layers: [{op: relu}]}\n\n  unit: {layers: [{op: relu}, {op: relu, from: input}]}",
)


@st.composite
def specs(draw: st.DrawFn) -> str:
    """Specs with mistakes, and with lines that no fix is about: those that end in `# keep`."""
    names = ["stem"]
    lines = ["# keep", "rflint: 1", draw(st.sampled_from(UNITS)), "layers:", "  - {name: stem, op: conv, kernel: 3, padding: 1}  # keep"]
    for number, line in enumerate(draw(st.lists(st.sampled_from(LAYERS), max_size=6))):
        if "NAMEE" in line:
            lines.append(line.replace("NAMEE", f"{names[-1]}e").replace("NAME", f"layer{number}"))
        else:
            lines.append(line.replace("LAST", names[-1]).replace("NAME", f"layer{number}"))
        if "NAME" in line:
            names.append(f"layer{number}")
    if draw(st.booleans()):
        lines.append(f"outputs: [{draw(st.sampled_from(names))}]")
    if draw(st.booleans()):
        lines.append(f"expect:\n  {draw(st.sampled_from(names))}: {{receptive_field: {draw(st.integers(1, 9))}, center: 0}}")
    return draw(st.sampled_from(["\n", "\r\n"])).join("\n".join(lines).split("\n"))


@settings(max_examples=150)
@given(specs(), st.booleans())
def test_mending(text: str, unsafe: bool) -> None:
    data = text.encode()
    before = lint_bytes(data, "net.yaml")
    result = mend(data, "net.yaml", Options(), unsafe=unsafe)
    assert not is_worse(before, result.report)
    again = mend(result.data, "net.yaml", Options(), unsafe=unsafe)
    assert (again.data, again.fixed) == (result.data, {})
    assert (result.data == data) == (not result.fixed)
    new = result.data.decode()
    # An unsafe fix may align a merge by the padding of any layer, or drop a layer that nobody reads.
    if not result.fixed.get("RF102"):
        assert kept(new) <= kept(text)
        if not result.fixed.get("RF006"):
            assert kept(new) == kept(text)
    assert ("\r" in new) == ("\r" in text)
    assert patched(text, unified_diff(text, new, "net.yaml")) == new


def kept(text: str) -> Counter[str]:
    return Counter(line for line in text.split("\n") if "# keep" in line)


# Words and edits


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("kernal", "kernel"), ("kernl", "kernel"), ("kkernel", "kernel"), ("kenrel", "kernel"), ("Kernel", "kernel"), ("axi", "axis"),
        ("max_poool", "max_pool"), ("MaxPool", "max_pool"), ("max-pol", "max_pool"), ("stridee", "stride"),
        ("mean_pool", None), ("relu6", None), ("ad", None), ("krenal", None), ("", None), ("x" * 100, None), ("men", None), ("rel", "relu"),
    ],
)  # fmt: skip
def test_slips(word: str, meant: str | None) -> None:
    known = ("kernel", "stride", "axis", "max_pool", "avg_pool", "relu", "add", "mean", "min", "max")
    assert misspelt(word, known) == meant


def test_two_slips_away_from_two_words_is_no_slip() -> None:
    assert misspelt("prelux", ("prelu", "relux")) is None


def test_edits_of_one_fix_that_are_in_each_others_way_are_none() -> None:
    document = read(b"a: [1, 2]\nb: {c: 3}\n", "net.yaml").document
    assert document is not None
    whole, part = SiteEdit(Site("net.yaml", ("a",)), "4"), SiteEdit(Site("net.yaml", ("a", 1)), "5")
    assert located(document, (whole, part)) is None
    assert located(document, (part,)) == (Edit(Span(1, 8, 1, 9), "5"),)
    assert located(document, (SiteEdit(Site("net.yaml", ("a", 7)), "5"),)) is None
    assert located(document, (SpanEdit(Span(2, 4, 2, 1), "5"),)) is None
    assert located(document, (Removal(Site("net.yaml")),)) is None
    assert located(document, (Removal(Site("net.yaml", ("b", "d"))),)) is None


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (((2, 12, 2, 18), "[0, 1]"), "`padding: [1, 2]` becomes `padding: [0, 1]`"),
        (((1, 1, 1, 4), "op"), "`typ` becomes `op` in line 1"),
        (((2, 18, 2, 18), ", stride: 2"), "add `stride: 2`"),
        (((1, 8, 1, 8), "\n  stride: 2"), "add `stride: 2` in line 1"),
        (((2, 19, 2, 27), ""), "remove `# a note`"),
        (((2, 1, 3, 1), ""), "remove `padding: [1, 2] # a note`"),
        (((1, 8, 3, 5), ""), "remove lines 2 to 3"),
        (((2, 1, 4, 1), "x"), "change lines 2 to 3"),
        (((99, 1, 99, 2), "x"), "change the end of the file"),
    ],
)
def test_edits_in_words(edit: tuple[tuple[int, int, int, int], str], told: str) -> None:
    fix = finding(edit).fix
    assert fix
    assert words(fix, ["typ: xy", "  padding: [1, 2] # a note", "last"], 2) == told


def test_many_edits_in_words() -> None:
    fix = finding(*(((1, column, 1, column + 1), "") for column in range(1, 9))).fix
    assert fix
    assert words(fix, ["abcdefgh"], 1) == "remove `a`, remove `b` and 6 more"


# Differences


def patched(old: str, diff: str) -> str:
    """What `patch` makes of a text and a difference: lines end at line feeds only."""
    if not diff:
        return old
    lines = re.findall(r"[^\n]*\n|[^\n]+", old)
    head, *hunks = re.split(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@\n", diff, flags=re.MULTILINE)
    assert head.count("\n") == 2
    result, at = [], 0
    for first, count, body in zip(hunks[::3], hunks[1::3], hunks[2::3], strict=True):
        start = int(first) - (count != "0")
        result += lines[at:start]
        at = start
        for mark, line, unended in re.findall(r"([ +-])([^\n]*\n)(\\ No newline at end of file\n)?", body):
            text = line[:-1] if unended else line
            if mark != "+":
                assert lines[at] == text
                at += 1
            if mark != "-":
                result.append(text)
    return "".join(result + lines[at:])


@given(st.text("ab\r\n\u2028", max_size=30), st.text("ab\r\n\u2028", max_size=30))
def test_differences_can_be_applied(old: str, new: str) -> None:
    assert patched(old, unified_diff(old, new, "net.yaml")) == new


@pytest.mark.parametrize("path", ["net.yaml", "a b/net é.yaml", 'odd"\t\\name.yaml'])
@pytest.mark.parametrize("program", ["git", "patch"])
def test_programs_take_it(tmp_path: Path, path: str, program: str) -> None:
    executable = shutil.which(program)
    if executable is None:
        pytest.skip(f"no {program} here")
    before, after = b"a\r\nb\n" + b"x\n" * 20 + b"c\rd\x85\n\ttail", b"a\r\nB\n" + b"x\n" * 20 + b"c\rd\x85\n\tTAIL\n"
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(before)
    diff = diff_of_files(before.decode("latin-1").encode(), after.decode("latin-1").encode(), path, Style())
    file.write_bytes(before.decode("latin-1").encode())
    command = [executable, "apply"] if program == "git" else [executable, "-p1", "--binary"]
    done = subprocess.run(command, cwd=tmp_path, input=diff.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert file.read_bytes() == after.decode("latin-1").encode()


def test_a_diff_as_a_whole() -> None:
    old = "".join(f"{number}\n" for number in range(1, 21)) + "end"
    new = old.replace("2\n3\n", "2\nthree\n").replace("17\n", "").replace("end", "END")
    assert unified_diff(old, new, "a/net.yaml") == (
        "--- a/a/net.yaml\n+++ b/a/net.yaml\n@@ -1,6 +1,6 @@\n 1\n 2\n-3\n+three\n 4\n 5\n 6\n"
        "@@ -14,8 +14,7 @@\n 14\n 15\n 16\n-17\n 18\n 19\n 20\n-end\n\\ No newline at end of file\n"
        "+END\n\\ No newline at end of file\n"
    )
    assert unified_diff(old, old, "net.yaml") == ""
    assert unified_diff("", "a\n", "n") == "--- a/n\n+++ b/n\n@@ -0,0 +1 @@\n+a\n"


def test_very_many_equal_lines_take_no_time() -> None:
    old = "".join(f"{number % 7}\n" for number in range(60_000))
    assert patched(old, diff := unified_diff(old, f"first\n{old}last\n"[2:], "net.yaml")) == f"first\n{old}last\n"[2:]
    assert diff


def test_a_diff_on_a_terminal_can_only_be_read() -> None:
    diff = unified_diff("a\n\x1b[2Jb\r\n\tc\n", "a\n\tc\n", "n\x1b")
    assert painted(diff, Style()) == '--- "a/n\\033"\n+++ "b/n\\033"\n@@ -1,3 +1,2 @@\n a\n-\\x1b[2Jb\n \tc\n'
    colored = diff_of_files(b"a\n", b"b\n", "n", Style(color=True))
    assert colored == "\x1b[1m--- a/n\x1b[0m\n\x1b[1m+++ b/n\x1b[0m\n\x1b[1;94m@@ -1 +1 @@\x1b[0m\n\x1b[1;31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n"


# What is said of it


def test_the_tally() -> None:
    def told(*fixes: Diagnostic) -> str | None:
        spec = lint_bytes(b"rflint: 1\nlayers: [{op: relu}]\n", "net.yaml")._replace(findings=fixes)
        return tally(Report("0", (spec,), summarize((spec,)), ENTRIES))

    edit = ((1, 1, 1, 2), "x")
    safe, unsafe = finding(edit), finding(edit, safe=False)
    error = finding(edit, code="RF002", severity="error")
    assert told(finding(fix=None)) is None
    assert told(safe, safe) == "2 fixable with --fix."
    assert told(safe, unsafe, safe) == "2 fixable with --fix (1 more with --unsafe-fixes)."
    assert told(unsafe) == "1 fixable with --fix --unsafe-fixes."
    assert told(safe, unsafe, error) == "1 fixable with --fix.", "what is not understood comes first"
    assert told(safe._replace(suppressed=True), safe._replace(path="lib.yaml")) is None
