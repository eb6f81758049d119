"""The formats that machines read: valid for their readers, inert whatever names hold, the same for the same report."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

import format_checks
import pytest
from command_line import CLEAN, INFO, MISALIGNED, rflint
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_report import HOSTILE, SAMPLE, broken, diagnostic, hostile, note, report, toy, unread

from rflint import formatters
from rflint.formatters.annotations import distinct, last_line, paragraphs, reported
from rflint.formatters.fingerprints import unique_fingerprints
from rflint.model import Diagnostic, Edit, Fix, Report, Span, SpecReport, entry_of
from rflint.pipeline import lint_bytes
from rflint.rules import rule_by
from rflint.words.terminal import Style, safe

CASES = sorted((Path(__file__).parent / "cases").glob("*/*.yaml"))
#: Formats for machines: `format_checks` has a function for each.
CHECKED = tuple(name for name, form in formatters.FORMATS.items() if form.for_machines)
FORMATS = (*CHECKED, "markdown")


def render(name: str, run: Report) -> str:
    return formatters.render(name, run, Style())


def check(name: str, text: str) -> object:
    return getattr(format_checks, name)(text)


def spec(path: str, *findings: Diagnostic, sources: dict[str, str] | None = None) -> SpecReport:
    return SpecReport(path, "net", ("y",), (), (), (), (), findings, sources or {})


def finding(message: str = "m", *, path: str = "specs/a.yaml", line: int = 3, code: str = "RF102", **more: object) -> Diagnostic:
    severity = str(more.pop("severity", "error"))
    made = diagnostic(code, "center-mismatch", severity, message, path, (line, 5, line, 9), **more)
    return made if "fingerprint" in more else made._replace(fingerprint=f"{code}-{path}")


# Validity


@pytest.mark.parametrize("name", CHECKED)
def test_valid(name: str) -> None:
    check(name, render(name, report(*SAMPLE.specs, hostile())))
    check(name, render(name, report()))
    check(name, render(name, report(spec("a.yaml"))))


def test_real_findings_are_valid() -> None:
    """Every finding of the rules' test cases, in one report: all rules, fixes, notes, suppressions."""
    run = report(*(lint_bytes(path.read_bytes(), f"{path.parent.name}/{path.name}") for path in CASES))
    found = reported(run)
    assert len({each.code for each in found}) > 30
    assert any(each.fix for each in found)
    assert len(format_checks.sarif(render("sarif", run))["results"]) == len(distinct(run, suppressed=True))
    assert len(format_checks.github(render("github", run))) == len(found)
    assert len(format_checks.gitlab(render("gitlab", run))) == len(found)
    assert len(format_checks.rdjson(render("rdjson", run))) == len(found)
    assert format_checks.junit(render("junit", run)).attrib["failures"] == str(sum(each.severity != "info" for each in found))


@pytest.mark.parametrize("name", FORMATS)
def test_deterministic(name: str) -> None:
    assert render(name, SAMPLE) == render(name, SAMPLE)
    assert render(name, SAMPLE) == render(name, report(*reversed(SAMPLE.specs))), "the order of files is that of their names"


# Severities, suppressions, failures


def test_severities() -> None:
    run = report(spec("specs/a.yaml", *(finding(severity, severity=severity) for severity in ("error", "warning", "info"))))
    assert [each.name for each in format_checks.github(render("github", run))] == ["error", "notice", "warning"]
    by_text = {each["description"]: each["severity"] for each in format_checks.gitlab(render("gitlab", run))}
    assert by_text == {"RF102: error": "major", "RF102: warning": "minor", "RF102: info": "info"}
    assert {each["message"]["text"]: each["level"] for each in format_checks.sarif(render("sarif", run))["results"]} == {
        "error": "error",
        "warning": "warning",
        "info": "note",
    }
    assert {each["message"]: each["severity"] for each in format_checks.rdjson(render("rdjson", run))} == {
        "error": "ERROR",
        "warning": "WARNING",
        "info": "INFO",
    }
    cases = [(case[0].tag, case[0].attrib.get("message")) for case in format_checks.junit(render("junit", run)).iter("testcase")]
    assert cases == [("failure", "error"), ("system-out", None), ("failure", "warning")]


def test_suppressed_findings_are_in_sarif_only() -> None:
    run = report(
        spec(
            "a.yaml",
            finding("hidden by the spec", suppressed=True, reason="as {published} [here](1)"),
            finding("hidden by the baseline", suppressed=True, baselined=True),
            finding("hidden without a reason", suppressed=True),
            finding("shown"),
        )
    )
    results = format_checks.sarif(render("sarif", run))["results"]
    assert {result["message"]["text"]: result["suppressions"] for result in results} == {
        "hidden by the spec": [{"kind": "inSource", "justification": "as {published} [here](1)"}],
        "hidden by the baseline": [{"kind": "external"}],
        "hidden without a reason": [{"kind": "inSource"}],
        "shown": [],
    }
    for name in FORMATS[1:]:
        assert "hidden" not in render(name, run), name
        assert "shown" in render(name, run), name
    assert "(2 suppressed, 1 in the baseline)" in render("markdown", run)


def test_specs_that_rflint_failed_on_are_told() -> None:
    run = report(broken(), spec("clean.yaml"))
    log = format_checks.sarif(render("sarif", run))
    (invocation,) = log["invocations"]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert told["level"] == "error"
    assert told["message"]["text"].startswith("not checked, because rflint itself failed: ValueError: boom")
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "boom.yaml"
    assert log["results"] == []
    assert format_checks.sarif(render("sarif", report(spec("clean.yaml"))))["invocations"] == [
        {"executionSuccessful": True, "toolExecutionNotifications": []}
    ]
    root = format_checks.junit(render("junit", run))
    assert root.attrib == {"name": "rflint", "tests": "2", "failures": "0", "errors": "1"}
    assert [(suite.attrib["name"], suite[0].attrib["name"]) for suite in root] == [
        ("boom.yaml", "internal-error"),
        ("clean.yaml", "no findings"),
    ]
    assert [(each.name, each.properties["file"]) for each in format_checks.github(render("github", run))] == [("error", "boom.yaml")]
    assert [each["check_name"] for each in format_checks.gitlab(render("gitlab", run))] == ["internal-error"]
    assert [each["code"]["value"] for each in format_checks.rdjson(render("rdjson", run))] == ["internal-error"]
    assert render("markdown", run).startswith("**rflint:** no findings in 2 specs. 1 spec could not be checked: rflint itself failed.\n")


# Findings of libraries


def test_finding_of_a_library_is_told_once() -> None:
    shared = finding("kernel 4 is even", path="lib.yaml")
    run = report(
        spec("lib.yaml", shared),
        spec("one.yaml", shared._replace(severity="warning"), finding("its own", path="one.yaml")),
        spec("two.yaml", shared._replace(suppressed=True, severity="error")),
    )
    assert [(each.path, each.message, each.severity) for each in reported(run)] == [
        ("lib.yaml", "kernel 4 is even", "error"),
        ("one.yaml", "its own", "error"),
    ]
    for name in FORMATS:
        assert render(name, run).count("kernel 4 is even") == (2 if name == "junit" else 1), name
    suites = {suite.attrib["name"]: [case.attrib["name"] for case in suite] for suite in format_checks.junit(render("junit", run))}
    assert suites == {
        "lib.yaml": ["RF102 center-mismatch"],
        "one.yaml": ["RF102 center-mismatch"],
        "two.yaml": ["no findings"],
    }


def test_gravest_and_unsuppressed_stands() -> None:
    shared = finding("same")
    ways = [shared._replace(severity="info"), shared._replace(severity="error", suppressed=True), shared._replace(severity="warning")]
    for order in (ways, ways[::-1]):
        assert distinct(report(*(spec(f"{place}.yaml", each) for place, each in enumerate(order)))) == [ways[2]]
    assert distinct(report(spec("a.yaml", ways[1]))) == []
    assert distinct(report(spec("a.yaml", ways[1])), suppressed=True) == [ways[1]]


# Fingerprints

SAME = [finding(f"message {number}", line=number) for number in range(1, 4)]


def moved(each: Diagnostic, lines: int) -> Diagnostic:
    return each._replace(span=Span(each.span.line + lines, each.span.column, each.span.end_line + lines, each.span.end_column))


def fingerprints(name: str, *findings: Diagnostic) -> dict[str, str]:
    text = render(name, report(spec("specs/a.yaml", *findings)))
    if name == "gitlab":
        return {each["description"]: each["fingerprint"] for each in format_checks.gitlab(text)}
    return {each["message"]["text"]: each["partialFingerprints"]["rflint/v1"] for each in format_checks.sarif(text)["results"]}


@pytest.mark.parametrize("name", ["gitlab", "sarif"])
def test_fingerprints(name: str) -> None:
    known = fingerprints(name, *SAME)
    assert len(set(known.values())) == 3
    assert known == fingerprints(name, *(moved(each, 40) for each in SAME))
    other = finding("unrelated", line=2, code="RF301")
    assert known.items() < fingerprints(name, other, *SAME).items()
    assert len(set(fingerprints(name, other, *SAME).values())) == 4


@given(st.lists(st.sampled_from(["", "a", "b", "a:2", HOSTILE]), max_size=12))
def test_fingerprints_are_unique_and_counted(given_ones: list[str]) -> None:
    unique = unique_fingerprints([finding()._replace(fingerprint=each) for each in given_ones])
    assert len(set(unique)) == len(given_ones)
    assert unique[: len(given_ones) // 2] == unique_fingerprints(
        [finding()._replace(fingerprint=each) for each in given_ones[: len(given_ones) // 2]]
    )


# Positions


@pytest.mark.parametrize(
    ("span", "properties"),
    [
        ((3, 5, 3, 9), {"line": "3", "col": "5", "endLine": "3", "endColumn": "9"}),
        ((3, 5, 3, 5), {"line": "3", "col": "5", "endLine": "3", "endColumn": "5"}),
        ((3, 5, 4, 9), {"line": "3", "endLine": "4"}),
        ((3, 5, 4, 1), {"line": "3", "col": "5", "endLine": "3"}),
        ((3, 5, 9, 1), {"line": "3", "endLine": "8"}),
    ],
)
def test_github_positions(span: tuple[int, int, int, int], properties: dict[str, str]) -> None:
    """The runner refuses columns where the lines differ."""
    each = finding()._replace(span=Span(*span))
    (command,) = format_checks.github(render("github", report(spec("specs/a.yaml", each))))
    assert command.properties == {"title": "rflint (RF102 center-mismatch)", "file": "specs/a.yaml", **properties}
    (entry,) = format_checks.gitlab(render("gitlab", report(spec("specs/a.yaml", each))))
    assert entry["location"]["lines"] == {"begin": 3, "end": last_line(each.span)}


def test_github_exactly() -> None:
    each = finding("100% of `a,b`: 1", path="50%, a:b.yaml", help="halve it")
    assert render("github", report(spec("50%, a:b.yaml", each))) == (
        "::error title=rflint (RF102 center-mismatch),file=50%25%2C a%3Ab.yaml,line=3,col=5,endLine=3,endColumn=9"
        "::50%25, a:b.yaml:3:5: RF102: 100%25 of `a,b`: 1%0Ahelp: halve it\n"
    )


NAMES = "é中\U0001f600e\u0301: {op: conv, padding: 1}"


def test_rdjson_columns_are_bytes() -> None:
    start, end = NAMES.index("padding") + 1, NAMES.index("}") + 1
    fix = Fix((Edit(Span(2, end - 1, 2, end), "2"),), safe=False)
    each = finding()._replace(span=Span(2, start, 2, end), fix=fix)
    run = report(spec("specs/a.yaml", each, sources={"specs/a.yaml": f"rflint: 1\n{NAMES}\n"}))
    (told,) = format_checks.rdjson(render("rdjson", run))
    line = NAMES.encode()
    place = told["location"]["range"]
    assert line[place["start"]["column"] - 1 : place["end"]["column"] - 1].decode() == "padding: 1"
    (suggestion,) = told["suggestions"]
    assert suggestion["text"] == "2"
    assert line[suggestion["range"]["start"]["column"] - 1 : suggestion["range"]["end"]["column"] - 1].decode() == "1"


@pytest.mark.parametrize(
    ("span", "edits", "suggested"),
    [
        ((2, 1, 2, 2), [(2, 3, 2, 4, "X")], ((2, 3), (2, 4), "X")),
        ((2, 1, 2, 2), [(2, 5, 2, 5, "Y"), (2, 1, 2, 2, "X")], ((2, 1), (2, 5), "X b Y")),
        ((2, 1, 3, 6), [(2, 3, 2, 4, "X")], ((2, 3), (3, 6), "X c\nd e f")),
        ((2, 1, 3, 6), [(3, 3, 3, 4, "X")], ((2, 1), (3, 4), "a b c\nd X")),
        ((1, 1, 3, 6), [(2, 3, 2, 4, "")], ((1, 1), (3, 6), "top\na  c\nd e f")),
        ((2, 1, 2, 2), [(3, 3, 3, 4, "X")], None),
        ((3, 1, 3, 2), [(2, 3, 2, 4, "X"), (3, 1, 3, 2, "Y")], None),
        ((2, 1, 2, 2), [], None),
    ],
)
def test_rdjson_suggestion(
    span: tuple[int, int, int, int], edits: list[tuple[int, int, int, int, str]], suggested: tuple[object, ...] | None
) -> None:
    """One suggestion that starts and ends on the lines of the finding: reviewdog takes no other."""
    fix = Fix(tuple(Edit(Span(*place), text) for *place, text in edits), safe=True)
    each = finding()._replace(span=Span(*span), fix=fix)
    run = report(spec("specs/a.yaml", each, sources={"specs/a.yaml": "top\na b c\nd e f\n"}))
    (told,) = format_checks.rdjson(render("rdjson", run))
    if suggested is None:
        assert "suggestions" not in told
        return
    (suggestion,) = told["suggestions"]
    start, end = suggestion["range"]["start"], suggestion["range"]["end"]
    assert ((start["line"], start["column"]), (end["line"], end["column"]), suggestion["text"]) == suggested
    assert (start["line"], end["line"]) == (span[0], span[2])


LINE = st.text(alphabet="ab \u00e9\u4e2d\U0001f600\ud800", max_size=30).map(lambda text: text * 400)


@given(LINE, st.integers(1, 14_000))
def test_rdjson_column_of_any_character(text: str, column: int) -> None:
    each = finding()._replace(span=Span(1, column, 1, column))
    (told,) = format_checks.rdjson(render("rdjson", report(spec("specs/a.yaml", each, sources={"specs/a.yaml": text}))))
    past_the_end = max(0, column - 1 - len(text))
    assert told["location"]["range"]["start"]["column"] == len(text[: column - 1].encode("utf-8", "surrogatepass")) + past_the_end + 1


def test_sarif_notes_and_fixes() -> None:
    result = next(each for each in format_checks.sarif(render("sarif", report(toy())))["results"] if each["ruleId"] == "RF102")
    assert [each["message"]["text"] for each in result["relatedLocations"]][:2] == ["the paths part here", "pads 2 samples"]
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "specs/toy.yaml"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 7, "startColumn": 57, "endLine": 7, "endColumn": 57},
            "insertedContent": {"text": ", padding: 1"},
        }
    ]


def test_fix_without_edits_is_none() -> None:
    run = report(spec("specs/a.yaml", finding(fix=Fix((), safe=True))))
    (result,) = format_checks.sarif(render("sarif", run))["results"]
    assert "fixes" not in result


def test_sarif_describes_every_rule_of_the_run() -> None:
    run = report(spec("a.yaml"))
    team = entry_of(rule_by("RF001")._replace(code="TEAM001", name="team-rule", severity="graded", docs="", summary="what teams want"))
    rules = format_checks.sarif(render("sarif", run._replace(rules=(*run.rules, team))))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*(rule.code for rule in run.rules), "TEAM001"]
    assert rules[-1]["help"]["text"].startswith("what teams want\n\n## How to accept it\n")
    assert all(rule["properties"]["tags"] for rule in rules[:-1])
    assert rules[-1]["properties"]["tags"] == []


# Locations


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("specs/a.yaml", "specs/a.yaml"),
        ("a b/#1/50%/c?d.yaml", "a%20b/%231/50%25/c%3Fd.yaml"),
        ("../up/a.yaml", "../up/a.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        ("中/é.yaml", "%E4%B8%AD/%C3%A9.yaml"),
        ("back\\slash.yaml", "back%5Cslash.yaml"),
        ("<stdin>", "%3Cstdin%3E"),
        ("caf\udce9.yaml", "caf%E9.yaml"),
        ("\ud800.yaml", "%EF%BF%BD.yaml"),
        ("/abs/a b.yaml", "file:///abs/a%20b.yaml"),
        ("C:/abs/a b.yaml", "file:///C:/abs/a%20b.yaml"),
        ("//server/share/a.yaml", "file://server/share/a.yaml"),
    ],
)
def test_sarif_uris(path: str, uri: str) -> None:
    (result,) = format_checks.sarif(render("sarif", report(spec(path, finding(path=path)))))["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == ({"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": "%SRCROOT%"})


# Injection

SNIPPETS = [
    *("::error::x", "\n::set-output name=a::b", "\r\n", "%0A", "%25", "%", ",line=9", "::", "##[error]"),
    *("]]>", "<!--", "</failure>", "&lt;", "&", '"', "'", "\\", "`", "``", "|", "<b>", "*", "_"),
    *("[x](http://y)", "](1)", "![i](http://y)", "@all", "http://x", "www.x.y", "\n\n# h", "\n- ", "  \n", "{0}", "{", "}}"),
    *("\x00", "\x1b[31m", "\x85", "\u2028", "\u202e", "\ud800", "\udcff", "\ufffe", "\uffff", "\U000e0041", "中", "\U0001f600", " "),
]
TEXT = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=4), max_size=6).map("".join)
FINDINGS = st.lists(
    st.builds(
        lambda message, path, line, help_, layer, names, text, code, suppressed: finding(
            f"m{message}",
            path=f"specs/{path}.yaml",
            line=line,
            code=code,
            help=help_,
            layer=layer,
            instances=tuple(names),
            related=(note(text, f"specs/{path}.yaml", 1, 1, 1, 2),),
            fix=Fix((Edit(Span(1, 1, 1, 2), text),), safe=True),
            suppressed=suppressed,
            reason=text if suppressed else None,
        ),
        TEXT, TEXT, st.integers(1, 3), st.none() | TEXT, st.none() | TEXT, st.lists(TEXT, max_size=3), TEXT,
        st.sampled_from(["RF102", "RF301"]), st.booleans(),
    ),
    max_size=4,
)  # fmt: skip


def escaped_but_line_ends(path: str) -> str:
    return "".join(character if character in "\r\n" else safe(character) for character in path)


@settings(max_examples=60)
@given(FINDINGS)
def test_nothing_breaks_out(findings: list[Diagnostic]) -> None:
    """Each format reads back as what was said, escaped as `safe` shows it, and as nothing else."""
    run = report(spec("specs/net.yaml", *findings))
    told = distinct(run)
    said = ["\n".join(paragraphs(each)) for each in told]

    commands = format_checks.github(render("github", run))
    assert [each.properties["file"] for each in commands] == [escaped_but_line_ends(each.path) for each in told]
    assert [each.data for each in commands] == [
        f"{safe(each.path)}:{each.span.line}:5: {each.code}: {text}" for each, text in zip(told, said, strict=True)
    ]

    entries = format_checks.gitlab(render("gitlab", run))
    assert [each["description"] for each in entries] == [
        f"{each.code}: {text}" for each, text in zip(told, ["; ".join(paragraphs(each)) for each in told], strict=True)
    ]
    paths = [re.sub("[\ud800-\udfff]", "\ufffd", each.path) for each in told]
    assert [each["location"]["path"] for each in entries] == paths

    diagnostics = format_checks.rdjson(render("rdjson", run))
    assert [each["message"] for each in diagnostics] == said
    assert [each["location"]["path"] for each in diagnostics] == paths

    every = distinct(run, suppressed=True)
    results = format_checks.sarif(render("sarif", run))["results"]
    messages = ["\n".join(paragraphs(each)).replace("](", "] (") for each in every]
    assert [each["message"]["text"].replace("{{", "{").replace("}}", "}") for each in results] == messages
    located = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results]
    whole = [re.sub("[\ud800-\udc7f\udd00-\udfff]", "\ufffd", each.path).encode("utf-8", "surrogateescape") for each in every]
    assert [unquote_to_bytes(uri) for uri in located] == whole

    cases = list(format_checks.junit(render("junit", run)).iter("failure"))
    texts = {f"{safe(each.path)}:{each.span.line}:5: {each.code} error: {text}" for each, text in zip(told, said, strict=True)}
    assert {case.text for case in cases} == {text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff") for text in texts}


@settings(max_examples=60)
@given(FINDINGS)
def test_markdown_is_inert(findings: list[Diagnostic]) -> None:
    """What a strict reader makes of a comment: one list of text and code, no markup, no links, nobody notified."""
    markdown_it = pytest.importorskip("markdown_it")
    run = report(spec("specs/net.yaml", *findings))
    reader = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    text = render("markdown", run)
    assert not re.search("https?://|www[.]", re.sub(r"(`+).*?(?<!`)\1(?!`)", "", text)), "what GitHub makes a link of"
    tokens = [token for block in reader.parse(text) for token in (block, *(block.children or ()))]
    types = {f"{kind}_{end}" for kind in ("paragraph", "bullet_list", "list_item", "strong", "em") for end in ("open", "close")}
    assert {token.type for token in tokens} <= types | {"inline", "text", "softbreak", "code_inline", "html_inline"}
    assert {token.content for token in tokens if token.type == "html_inline"} <= {"<!-- -->"}
    assert sum(token.type == "list_item_open" for token in tokens) == len(distinct(run))
    assert not [token for token in tokens if token.type == "text" and "@a" in token.content]


# The comment


def test_comment_says_so_where_nothing_is_found() -> None:
    assert render("markdown", report(spec("a.yaml"), spec("b.yaml"))) == "**rflint:** no findings in 2 specs.\n"


def test_comment_fits_and_keeps_the_gravest() -> None:
    infos = [finding(f"{number} " + "x" * 500, line=number, severity="info") for number in range(1, 301)]
    text = render("markdown", report(spec("specs/a.yaml", *infos, finding("the one that matters", line=999))))
    assert len(text) < 65_536
    assert text.startswith(
        "**rflint:** 1 error and 300 infos in 1 spec.\n\n- **error** RF102 center-mismatch, `specs/a.yaml:999:5`: the one"
    )
    left = 301 - text.count("\n- ")
    assert text.endswith(f"\n\n{left} more findings would not fit here: `rflint check` lists all of them.\n")


# The command line


@pytest.mark.parametrize("name", FORMATS)
def test_exit_codes_are_those_of_every_format(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for file, text in {"clean.yaml": CLEAN, "info.yaml": INFO, "bad.yaml": MISALIGNED}.items():
        (tmp_path / file).write_text(text)
    for file, code in {"clean.yaml": 0, "info.yaml": 0, "bad.yaml": 1}.items():
        outcome = rflint("check", "--format", name, file)
        assert (outcome.code, outcome.err) == (code, "")
        if name in CHECKED:
            check(name, outcome.out)


@pytest.mark.parametrize(
    ("arguments", "failed"),
    [
        ((), ("bad.yaml",)),
        (("--fail-on", "info"), ("bad.yaml", "info.yaml")),
        (("--fail-on", "never"), ()),
        (("--exit-zero",), ()),
        (("--severity", "RF102=warning,RF101=warning", "--fail-on", "error"), ()),
    ],
    ids=" ".join,
)
def test_junit_fails_what_the_run_fails(
    arguments: tuple[str, ...], failed: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file, text in {"clean.yaml": CLEAN, "info.yaml": INFO, "bad.yaml": MISALIGNED}.items():
        (tmp_path / file).write_text(text)
    outcome = rflint("check", "--format", "junit", *arguments)
    root = format_checks.junit(outcome.out)
    assert tuple(suite.attrib["name"] for suite in root if suite.attrib["failures"] != "0") == failed
    assert outcome.code == (1 if failed else 0)
    assert int(root.attrib["tests"]) >= 3


def test_junit_obeys_the_configuration_of_each_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("strict", "lax"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "bad.yaml").write_text(MISALIGNED)
    (tmp_path / "lax" / "rflint.toml").write_text('fail-on = "never"\n')
    outcome = rflint("check", "--format", "junit")
    suites = {suite.attrib["name"]: suite.attrib["failures"] for suite in format_checks.junit(outcome.out)}
    assert suites["lax/bad.yaml"] == "0" != suites["strict/bad.yaml"]
    assert outcome.code == 1


def test_lines_move_and_fingerprints_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "bad.yaml"
    file.write_text(MISALIGNED)
    before = format_checks.gitlab(rflint("check", "--format", "gitlab", "bad.yaml").out)
    file.write_text(f"# one\n# more\n{MISALIGNED}")
    after = format_checks.gitlab(rflint("check", "--format", "gitlab", "bad.yaml").out)
    assert [each["fingerprint"] for each in before] == [each["fingerprint"] for each in after]
    assert [each["location"]["lines"]["begin"] + 2 for each in before] == [each["location"]["lines"]["begin"] for each in after]


def test_unreadable_file_is_valid_everywhere() -> None:
    for name in CHECKED:
        check(name, render(name, report(unread())))
