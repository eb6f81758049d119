"""Every format on one report: whole outputs, kept in tests/data/format.

`pytest --update tests/test_formatters.py` writes them anew; read the difference.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import readable
from sample_report import HOSTILE, SAMPLE, diagnostic, hostile, report, toy, unread

from rflint import formatters
from rflint.formatters import FORMATS
from rflint.formatters.frames import Mark, frame
from rflint.formatters.markdown import code, prose
from rflint.formatters.prose import columns, shorten, wrap
from rflint.model import Span, SpecReport
from rflint.resources import schema_text
from rflint.words import amount, listing
from rflint.words.terminal import Style, safe

if TYPE_CHECKING:
    from conftest import Golden

GOLDENS = Path(__file__).parent / "data" / "format"


def hostile_golden(name: str) -> Path:
    """Where it is kept what a format makes of hostile names."""
    return GOLDENS / f"hostile-{name}.txt"


CASES = {
    "full-80.txt": ("full", Style(80)),
    "full-120.txt": ("full", Style(120)),
    "full-40.txt": ("full", Style(40)),
    "full-80-color.txt": ("full", Style(80, color=True)),
    "concise.txt": ("concise", Style(80)),
    "concise-color.txt": ("concise", Style(80, color=True)),
    "text-80.txt": ("text", Style(80)),
    "text-120-color.txt": ("text", Style(120, color=True)),
    "report.md": ("markdown", Style(80, layers=True)),
    "check.md": ("markdown", Style(80)),
    "report.csv": ("csv", Style(80)),
    "report.json": ("json", Style(80, layers=True)),
    "check.json": ("json", Style(80)),
    "check.sarif": ("sarif", Style(80)),
    "check-github.txt": ("github", Style(80)),
    "check-gitlab.json": ("gitlab", Style(80)),
    "check-junit.xml": ("junit", Style(80)),
    "check-rdjson.json": ("rdjson", Style(80)),
}


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_golden(name: str, golden: Golden) -> None:
    """What becomes of names that hold terminal, markup and spreadsheet commands."""
    golden(hostile_golden(name), readable(formatters.render(name, report(hostile()), Style(layers="report" in FORMATS[name].commands))))


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, golden: Golden) -> None:
    name, style = CASES[case]
    golden(GOLDENS / case, formatters.render(name, SAMPLE, style))


def test_json_follows_the_schema() -> None:
    document = json.loads(formatters.render("json", report(*SAMPLE.specs, hostile()), Style(layers=True)))
    schema = json.loads(schema_text("report"))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["schema"] == "rflint-report.v1"
    assert document["specs"][1]["findings"][1]["suppressed"] is True
    assert document["specs"][-1]["findings"][0]["layer"] == HOSTILE


def test_json_of_check_leaves_layers_out() -> None:
    document = json.loads(formatters.render("json", SAMPLE, Style()))
    assert all("layers" not in spec for spec in document["specs"])


def test_json_of_unread_spec_has_no_layers_when_asked() -> None:
    document = json.loads(formatters.render("json", report(unread()), Style(layers=True)))
    assert document["specs"][0]["layers"] == []


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_printed_acts_on_a_terminal(name: str) -> None:
    text = formatters.render(name, report(hostile()), Style(layers=True))
    harmful = {character for character in text if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character != "\n"}
    assert not harmful
    text.encode("utf-8")


@pytest.mark.parametrize("name", ["full", "concise", "text"])
def test_names_cannot_start_lines(name: str) -> None:
    lines = formatters.render(name, report(hostile()), Style()).splitlines()
    assert not any(line.lstrip().startswith("::error") for line in lines)


def test_markdown_is_inert() -> None:
    """What a strict reader of markdown makes of hostile names: text and code, nothing else."""
    markdown_it = pytest.importorskip("markdown_it")
    text = formatters.render("markdown", report(hostile()), Style(layers=True))
    reader = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = [token for block in reader.parse(text) for token in (block, *(block.children or ()))]
    allowed = ["heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "bullet_list", "list_item", "strong", "em"]
    types = {f"{kind}_{end}" for kind in allowed for end in ("open", "close")} | {"inline", "text", "code_inline", "html_inline"}
    assert {token.type for token in tokens} <= types
    assert {token.content for token in tokens if token.type == "html_inline"} == {"<!-- -->"}
    assert not [token for token in tokens if token.type == "text" and "@a" in token.content]
    cells_per_row = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in text.splitlines() if row.startswith("|")}
    assert cells_per_row == {9 + 1, 8 + 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "`a`"), ("a|b", "`a|b`"), ("`", "`` ` ``"), ("a``b", "```a``b```"), ("", ""), ("a\nb", "`a\\nb`")],
)
def test_code_span(text: str, expected: str) -> None:
    assert code(text) == expected


def test_prose_keeps_code_spans() -> None:
    assert prose("`a_b` is *no* <b> for @you: `c|d` at http://x `") == r"`a_b` is \*no\* \<b\> for @<!-- -->you: `c|d` at http&#58;//x \`"


def test_csv_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(formatters.render("csv", SAMPLE, Style()))))
    assert len(rows) == sum(2 * max(1, len(layer.receptive_field)) for spec in SAMPLE.specs for layer in spec.layers)
    assert [row["padding"] for row in rows if row["layer"] == "r2"] == ["3", "5"]
    formulas = list(csv.DictReader(io.StringIO(formatters.render("csv", report(hostile()), Style()))))
    assert {(row["layer"], row["op"], row["from"]) for row in formulas if row["input"] == "i"} == {("'=1+1", "'-x", "'@a")}


def test_summaries() -> None:
    fine = SpecReport("a.yaml", "a", ("x",), (), (), (), (), ())
    assert formatters.render("full", report(fine), Style()) == "No findings in 1 spec.\n"
    assert formatters.render("full", report(fine, fine), Style()) == "No findings in 2 specs.\n"
    assert formatters.render("full", report(), Style()) == "No findings in 0 specs.\n"
    assert formatters.render("concise", report(fine), Style()) == ""
    hidden = SpecReport("a.yaml", "a", ("x",), (), (), (), (), (toy().findings[1],))
    assert formatters.render("full", report(hidden), Style()) == "No findings in 1 spec (1 suppressed).\n"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_fit(width: int) -> None:
    """Paths and code lists cannot be broken; everything else can."""
    lines = formatters.render("full", SAMPLE, Style(width)).splitlines()
    assert not [line for line in lines if columns(line) > width and "-->" not in line and "Found" not in line and "checked" not in line]


def test_line_of_ten_kilobytes() -> None:
    line = "  - {name: a, comment: '" + "x" * 5_000 + "', kernel: 4, other: '" + "y" * 5_000 + "'}"
    start = line.index("4")
    drawn = frame(["", line], [Mark(Span(2, start + 1, 2, start + 2), "here", primary=True)], 1, "error", Style(60))
    assert drawn == [
        "  |",
        "2 | …xxxxxxxxxxxxxxxx', kernel: 4, other: 'yyyyyyyyyyyyyyyy…",
        "  |                             ^ here",
    ]


def test_mark_at_the_end_of_a_line() -> None:
    assert frame(["ab"], [Mark(Span(1, 3, 1, 3), "expected more", primary=True)], 1, "error", Style()) == [
        "  |",
        "1 | ab",
        "  |   ^ expected more",
    ]


def test_lines_are_those_of_yaml() -> None:
    source = "a\r\nb\rc\x85d\u2028e\x0bstill e\nf"
    finding = diagnostic("RF001", "yaml-error", "error", "m", "p", (6, 1, 6, 2))
    text = formatters.render("full", report(SpecReport("p", "p", (), (), (), (), (), (finding,), {"p": source})), Style())
    assert "6 | f\n  | ^ yaml-error\n" in text


TEXT = st.text(alphabet=st.sampled_from("ab \t-#:中\u0301\x1b\u202e\x85é{}"), max_size=300)


@given(
    st.lists(TEXT, min_size=1, max_size=8),
    st.lists(st.tuples(*[st.integers(1, 12), st.integers(1, 320)] * 2, TEXT), min_size=1, max_size=4),
    st.integers(40, 100),
)
def test_frames_never_fail_and_fit(lines: list[str], spans: list[tuple[int, int, int, int, str]], width: int) -> None:
    marks = [Mark(Span(*span), label, primary=not place) for place, (*span, label) in enumerate(spans)]
    for row in frame(lines, marks, 2, "error", Style(width)):
        assert columns(row) <= width or "^" in row  # the label of a block stands where the block ends
        assert row == safe(row)
    colored = "".join(frame(lines, marks, 2, "error", Style(width, color=True)))
    assert re.sub(r"\x1b\[[0-9;]+m", "", colored) == "".join(frame(lines, marks, 2, "error", Style(width)))


@given(TEXT, st.integers(2, 60))
def test_wrap_keeps_every_word_and_fits(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(columns(line) <= width for line in lines)


@given(TEXT, st.integers(1, 60))
def test_shorten_keeps_both_ends(text: str, width: int) -> None:
    short = shorten(text, width)
    assert columns(short) <= max(width, 1)
    if short != text:
        head, _, tail = short.partition("…")
        assert text.startswith(head)
        assert text.endswith(tail)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, ""),
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (9_408, "9.41k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (25_557_032, "25.6M"),
        (4_089_184_256, "4.09G"),
        (10**17, "100P"),
    ],
)
def test_amount(number: int | None, text: str) -> None:
    assert amount(number) == text


def test_listing() -> None:
    assert listing(["a"]) == "a"
    assert listing(["a", "b"]) == "a and b"
    assert listing(["a", "b", "c", "d"], 3) == "a, b and 2 more"
    assert listing(["a", "b", "c"], 3) == "a, b and c"
