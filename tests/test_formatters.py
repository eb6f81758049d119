"""Every format on one report: whole outputs, kept in tests/data/format.

Run with RFLINT_UPDATE_GOLDENS=1 to write them anew, then read the difference.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rflint import formatters
from rflint.diagnostics import Diagnostic, Edit, Fix, RelatedDiagnostic, Span
from rflint.formatters import FORMATS, cells
from rflint.formatters.frames import Mark, frame
from rflint.formatters.markdown import code, prose
from rflint.formatters.prose import columns, listing, shorten, wrap
from rflint.report import InputReport, LayerReport, ReceptiveField, Report, SpecReport, TargetReport, summarize
from rflint.schema import schema_text
from rflint.terminal import Style, safe

GOLDENS = Path(__file__).parent / "data" / "format"

FLOW = """\
rflint: 1
name: toy
inputs: {image: {size: [224, 160], channels: 3}}
layers:
  - {name: stem, op: conv, kernel: 7, stride: 2, padding: 3, channels: 64}
  - {name: left, op: conv, kernel: 5, stride: 2, padding: 2, channels: 64}
  - {name: r1, op: conv, kernel: 3, channels: 64, from: stem}
  - {name: r2, op: conv, kernel: 3, stride: 2, channels: 64}

  - {name: add, op: add, from: [left, r2]}
outputs: [add]
targets:
  - {name: pedestrian, size: [96, 40], layer: add}
"""

BLOCKS = """\
rflint: 1
name: styles
import: [lib.yaml]
blocks:
  unit:
    layers:
      - name: reduce
        op: conv
        kernel: 1
        channels: "${mid}"
      - name: even
        op: conv
        # why four?
        kernel: 4
        padding: same
layers:
\t- tabs are refused
  - {name: 中文层, op: conv, kernel: [3, 5], padding: same}
  - {name: "e\u0301te\u0301", op: max_poool, kernel: 2}
  - {name: stack, use: unit, repeat: 23, with: {mid: 64, first: 1, second: 2, third: 3, fourth: 4, fifth: 5}, from: "nowhere at all"}
expect:
  stack:
    receptive_field: 70
"""

LIBRARY = "rflint: 1\nblocks:\n  shared:\n    layers:\n      - {op: conv, kernel: 3}\n"


def diagnostic(code: str, name: str, severity: str, message: str, path: str, span: tuple[int, int, int, int], **more: object) -> Diagnostic:
    return Diagnostic(code, name, severity, message, path, Span(*span), fingerprint=f"{code}-{span[0]}-{span[1]}", **more)  # type: ignore[arg-type]


def note(message: str, path: str, *span: int) -> RelatedDiagnostic:
    return RelatedDiagnostic(message, path, Span(*span))


def seen(size: int, stride: int, padding: int, /, **more: object) -> ReceptiveField:
    """What a classic layer sees: the same on both axes, unless told otherwise."""
    center = (size - 1) / 2 - padding
    fields: dict[str, object] = {
        "size": (size, size),
        "size_min": (size, size),
        "stride": (stride, stride),
        "padding": (padding, padding),
        "center": (center, center),
        "grid_stride": (str(stride), str(stride)),
        "grid_center": (str(int(center)) if center.is_integer() else f"{int(2 * center)}/2",) * 2,
        "aligned": (True, True),
        "is_global": False,
        "period": (1, 1),
        "advance": (stride, stride),
        "phases": (((-padding, size - 1 - padding),),) * 2,
        "density": (1.0, None),
        "effective": (None, None),
        "drift": (0.0, 0.0),
        "exact": True,
    }
    return ReceptiveField(**{**fields, **more})  # type: ignore[arg-type]


def layer(
    name: str, op: str, sources: tuple[str, ...], line: int, size: tuple[int | None, ...], fields: dict[str, ReceptiveField], **more: object
) -> LayerReport:
    return LayerReport(name, op, sources, line, (), size, more.get("channels"), more.get("params"), more.get("macs"), fields)  # type: ignore[arg-type]


NOTHING = ReceptiveField(
    *((None, None),) * 7, (None, None), True, *((None, None),) * 6, True,
    dict.fromkeys(("size", "size_min", "stride", "padding", "center", "aligned", "period", "advance", "phases", "drift"), "global"),
)  # fmt: skip


def toy() -> SpecReport:
    findings = (
        diagnostic(
            "RF102",
            "center-mismatch",
            "error",
            "`add` adds paths from `stem` whose centres lie 4 input samples (1 cell) apart on y and x: `left` is centred on 0, `r2` on 4.",
            "specs/toy.yaml",
            (10, 12, 10, 15),
            help="give `r1` and `r2` `padding: 1`: the paths then agree, and the output size stays the same",
            layer="add",
            input="image",
            axes=("y", "x"),
            related=(
                note("the paths part here", "specs/toy.yaml", 5, 12, 5, 16),
                note("pads 2 samples", "specs/toy.yaml", 6, 46, 6, 56),
                note("`r1` and `r2` pad nothing: this path starts two cells later than the other one does", "specs/toy.yaml", 7, 12, 7, 14),
            ),
            data={"shift": 4, "cells": 1.0},
            fix=Fix((Edit(Span(7, 57, 7, 57), ", padding: 1"),), safe=True),
        ),
        diagnostic(
            "RF302",
            "off-center-padding",
            "info",
            "hidden, with a reason",
            "specs/toy.yaml",
            (6, 46, 6, 56),
            suppressed=True,
            reason="as published",
        ),
        diagnostic(
            "RF008",
            "size-mismatch",
            "error",
            "`add` merges maps of different size: 56 from `left` and 54 from `r2` on y.",
            "specs/toy.yaml",
            (10, 5, 10, 43),
            help="give `r1` and `r2` `padding: [[1, 1], [1, 1]]`",
            related=(
                note("the paths part after `stem`, at 112 samples", "specs/toy.yaml", 5, 5, 5, 75),
                note("the path to `r2`: 112 → 110 at `r1`, 110 → 54 at `r2`", "specs/toy.yaml", 8, 5, 8, 62),
            ),
        ),
        diagnostic("RF204", "unproductive-layer", "info", "the mark of a whole layer is cut.", "specs/toy.yaml", (5, 5, 5, 75)),
        diagnostic("RF305", "uneven-border", "info", "the padding of the high side is not used at 224.", "specs/toy.yaml", (5, 60, 5, 70)),
    )
    layers = (
        layer("stem", "conv", ("image",), 5, (112, 80), {"image": seen(7, 2, 3)}, channels=64, params=9_472, macs=84_295_680),
        layer("left", "conv", ("stem",), 6, (56, 40), {"image": seen(15, 4, 7)}, channels=64, params=102_464, macs=229_376_000),
        layer(
            "r2",
            "conv",
            ("r1",),
            8,
            (54, 38),
            {"image": seen(15, 4, 3, padding=(3, 5), center=(4.0, 2.5), grid_center=("4", "5/2"))},
            channels=64,
            params=36_928,
        ),
        layer(
            "add",
            "add",
            ("left", "r2"),
            10,
            (54, 38),
            {"image": seen(23, 4, 7, aligned=(False, True), size=(23, 15), size_min=(19, 15))},
            channels=64,
            params=0,
            macs=0,
        ),
    )
    targets = (
        TargetReport("pedestrian", "add", "image", (96, 40), (20, 12), "too-large"),
        TargetReport("sign", "add", "image", (8, 8), (20, 12), "guaranteed"),
    )
    inputs = (InputReport("image", (224, 160), 3),)
    return SpecReport("specs/toy.yaml", "toy", ("y", "x"), inputs, ("add",), layers, targets, findings, {"specs/toy.yaml": FLOW})


def styles() -> SpecReport:
    path = "specs/styles.yaml"
    names = tuple(f"stack/{index}/even" for index in range(23))
    long = BLOCKS.split("\n")[18]
    findings = (
        diagnostic(
            "RF011",
            "duplicate-name",
            "error",
            "two blocks are called `shared`.",
            path,
            (3, 10, 3, 18),
            related=(note("`shared` is first defined here", "specs/lib.yaml", 3, 3, 3, 9),),
        ),
        diagnostic("RF204", "unproductive-layer", "info", "this block shows a span of several lines.", path, (7, 7, 10, 27)),
        diagnostic(
            "RF301",
            "off-center-even-kernel",
            "warning",
            "kernel 4 with `padding: same` pads 1 before and 2 after: everything behind it is centred half a sample too far left.",
            path,
            (14, 17, 14, 18),
            help="an odd kernel has a centre",
            instances=names,
        ),
        diagnostic(
            "RF204",
            "unproductive-layer",
            "info",
            "and this one a longer span, down to the next key.",
            path,
            (5, 3, 16, 1),
            related=(note("a note inside of it", path, 9, 17, 9, 18),),
        ),
        diagnostic("RF001", "yaml-error", "error", "a tab cannot indent.", path, (17, 1, 17, 2)),
        diagnostic(
            "RF302",
            "off-center-padding",
            "warning",
            "wide characters take two columns.",
            path,
            (18, 12, 18, 15),
            related=(note("kernel of the second axis", path, 18, 38, 18, 39), note("kernel of the first", path, 18, 35, 18, 36)),
        ),
        diagnostic("RF003", "unknown-op", "error", "there is no op `max_poool`.", path, (19, 27, 19, 36), help="did you mean `max_pool`?"),
        diagnostic(
            "RF004",
            "unknown-reference",
            "error",
            "there is no layer `nowhere at all`.",
            path,
            (20, len(long) - 16, 20, len(long)),
            related=(note("in this item", path, 20, 12, 20, 17),),
        ),
        diagnostic("RF601", "expectation-failed", "error", "expected 70, found 63.", path, (23, 22, 23, 24)),
        diagnostic("RF601", "expectation-failed", "error", "past the end of the text.", path, (99, 9, 99, 12)),
    )
    return SpecReport(path, "styles", ("y", "x"), (), (), (), (), findings, {path: BLOCKS, "specs/lib.yaml": LIBRARY})


def several() -> SpecReport:
    """Two inputs, and every way in which a value may not exist."""
    both = {"rgb": seen(63, 8, 18, size_min=(47, 63)), "depth": seen(5, 8, 0, exact=False)}
    drifting = seen(
        9,
        2,
        1,
        size=(None, 9),
        stride=(None, 2),
        grid_stride=(None, "1/2"),
        padding=(None, 1),
        center=(None, 1 / 3),
        aligned=(None, True),
        why={
            "size": "position-dependent",
            "stride": "position-dependent",
            "padding": "size-dependent",
            "center": "misaligned",
            "aligned": "unknown-op",
        },
    )
    layers = (
        layer("fuse", "concat", ("rgb", "depth"), 4, (None, 40), both),
        layer("drift", "add", ("fuse", "rgb"), 5, (None, None), {"rgb": drifting}),
        layer("gate", "squeeze_excite", ("drift",), 6, (7, 7), {"rgb": seen(63, 8, 18, is_global=True)}),
        layer("gap", "global_avg_pool", ("gate",), 7, (1, 1), {"rgb": NOTHING}),
        layer("orphan", "unknown", ("?",), 8, (None, None), {}),
    )
    inputs = (InputReport("rgb", (None, None), 3), InputReport("depth", (None, 320), 1))
    return SpecReport("specs/several.yaml", "several", ("y", "x"), inputs, ("gap",), layers, (), ())


def unread() -> SpecReport:
    finding = diagnostic("RF001", "yaml-error", "error", "`locked.yaml` cannot be read: permission denied", "locked.yaml", (1, 1, 1, 1))
    return SpecReport("locked.yaml", "locked", (), (), (), (), (), (finding,))


def broken() -> SpecReport:
    return SpecReport("boom.yaml", "boom", (), (), (), (), (), (), internal_error="ValueError: boom")


#: What a pull request from a stranger may hold: escape codes, line ends, text that runs backwards, markup, formulas.
HOSTILE = "\x1b[31mred\x07\r\n::error::x\u202e\u2066\x9b|<b>`@all [x](http://y)\ud800\U000e0041"


def hostile() -> SpecReport:
    finding = diagnostic(
        "RF006",
        "unused-layer",
        "warning",
        f"nothing reads `{HOSTILE}`.",
        f"{HOSTILE}.yaml",
        (1, 1, 1, 4),
        help=HOSTILE,
        layer=HOSTILE,
        instances=(HOSTILE, HOSTILE),
        related=(note(HOSTILE, f"{HOSTILE}.yaml", 1, 2, 1, 3),),
    )
    fields = {HOSTILE: seen(3, 1, 1)}
    layers = (layer(HOSTILE, HOSTILE, (HOSTILE,), 1, (4, 4), fields), layer("=1+1", "-x", ("@a",), 1, (4, 4), {"i": seen(3, 1, 1)}))
    targets = (TargetReport(HOSTILE, HOSTILE, HOSTILE, (1, 1), (1, 1), "unknown"),)
    inputs = (InputReport(HOSTILE, (4, 4), 1), InputReport("i", (4, 4), 1))
    sources = {f"{HOSTILE}.yaml": f"{HOSTILE}\nsecond\n"}
    return SpecReport(f"{HOSTILE}.yaml", HOSTILE, ("y", "x"), inputs, (HOSTILE,), layers, targets, (finding,), sources)


def report(*specs: SpecReport) -> Report:
    return Report("0.1.0", specs, summarize(specs))


SAMPLE = report(unread(), toy(), styles(), several(), broken())

CASES = {
    "full-80.txt": ("full", Style(80)),
    "full-120.txt": ("full", Style(120)),
    "full-40.txt": ("full", Style(40)),
    "full-80-color.txt": ("full", Style(80, color=True)),
    "concise.txt": ("concise", Style(80)),
    "concise-color.txt": ("concise", Style(80, color=True)),
    "text-80.txt": ("text", Style(80)),
    "text-120-color.txt": ("text", Style(120, color=True)),
    "report.md": ("markdown", Style(80)),
    "report.csv": ("csv", Style(80)),
    "report.json": ("json", Style(80, layers=True)),
    "check.json": ("json", Style(80)),
}


@pytest.mark.parametrize("golden", CASES)
def test_golden(golden: str) -> None:
    name, style = CASES[golden]
    text = formatters.render(name, SAMPLE, style)
    path = GOLDENS / golden
    if os.environ.get("RFLINT_UPDATE_GOLDENS"):
        path.write_text(text, "utf-8", newline="\n")
    assert text == path.read_bytes().decode()


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


def test_every_format_is_registered() -> None:
    modules = {path.stem for path in Path(formatters.__file__).parent.glob("*.py")}
    assert {module.rpartition(".")[2] for module in FORMATS.values()} <= modules
    assert all(formatters.render(name, report(), Style()) is not None for name in FORMATS)


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
    text = formatters.render("markdown", report(hostile()), Style())
    reader = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = [token for block in reader.parse(text) for token in (block, *(block.children or ()))]
    allowed = ["heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "bullet_list", "list_item", "strong", "em"]
    types = {f"{kind}_{end}" for kind in allowed for end in ("open", "close")} | {"inline", "text", "code_inline", "html_inline"}
    assert {token.type for token in tokens} <= types
    assert {token.content for token in tokens if token.type == "html_inline"} == {"<!-- -->"}
    assert not [token for token in tokens if token.type == "text" and "@a" in token.content]
    cells_per_row = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in text.splitlines() if row.startswith("|")}
    assert cells_per_row == {9 + 1, 5 + 1}


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
    assert cells.amount(number) == text


def test_listing() -> None:
    assert listing(["a"]) == "a"
    assert listing(["a", "b"]) == "a and b"
    assert listing(["a", "b", "c", "d"], 3) == "a, b and 2 more"
    assert listing(["a", "b", "c"], 3) == "a, b and c"
