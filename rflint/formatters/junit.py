"""`junit`: test results as XML, in the dialect that Jenkins and GitLab read (Jenkins xUnit plug-in, `junit-10.xsd`)."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rflint.formatters.annotations import distinct, failures, headline, paragraphs, said
from rflint.model import Diagnostic, Report
from rflint.words import Style, safe

#: Markup, and the two characters that a terminal may see and XML may not.
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\ufffe": "\\ufffe", "\uffff": "\\uffff"})


class _Case(NamedTuple):
    """One test case: its name, the element that says what is the matter (none: it passes), and that element's text."""

    name: str
    outcome: str = ""
    finding: Diagnostic | None = None


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Write one suite per file and one case per finding.

    What fails the run fails, the rest passes and says its piece as output; a file without findings passes one case.
    """
    found: dict[str, list[_Case]] = {spec.path: [] for spec in report.specs}
    failing = {said(finding) for spec in report.specs for finding in spec.findings if spec.fails(finding)}
    for finding in distinct(report):
        outcome = "failure" if said(finding) in failing else "system-out"
        found.setdefault(finding.path, []).append(_Case(_name(finding), outcome, finding))
    for finding in failures(report):
        found[finding.path].append(_Case(headline(finding), "error", finding))
    suites = {path: cases or [_Case("no findings")] for path, cases in sorted(found.items())}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    every = [case for cases in suites.values() for case in cases]
    lines.append(f"<testsuites{_attributes(name='rflint', **_counts(every))}>")
    for path, cases in suites.items():
        lines.extend(_suite(path, cases))
    return "".join(f"{line}\n" for line in [*lines, "</testsuites>"])


def _name(finding: Diagnostic) -> str:
    """Name a case by what outlives edits: it is the same case when lines move."""
    about = finding.subject or finding.layer
    return f"{headline(finding)}: {about}" if about else headline(finding)


def _counts(cases: Sequence[_Case]) -> dict[str, str]:
    outcomes = [case.outcome for case in cases]
    return {"tests": str(len(cases)), "failures": str(outcomes.count("failure")), "errors": str(outcomes.count("error"))}


def _suite(path: str, cases: Sequence[_Case]) -> Iterator[str]:
    yield f"  <testsuite{_attributes(name=path, **_counts(cases), skipped='0')}>"
    seen: dict[str, int] = {}
    for case in cases:
        # GitLab ignores the second of two cases of one name.
        number = seen[case.name] = seen.get(case.name, 0) + 1
        head = f"    <testcase{_attributes(classname=path, name=case.name if number == 1 else f'{case.name} ({number})')}"
        if case.finding is None:
            yield f"{head}/>"
            continue
        yield f"{head}>"
        yield f"      {_outcome(case.outcome, case.finding)}"
        yield "    </testcase>"
    yield "  </testsuite>"


def _outcome(element: str, finding: Diagnostic) -> str:
    first, *rest = paragraphs(finding)
    place = f"{safe(finding.path)}{safe(finding.position)}"
    text = "\n".join([f"{place}: {safe(finding.code)} {finding.severity}: {first}", *rest])
    attributes = "" if element == "system-out" else _attributes(type=finding.code, message=first)
    return f"<{element}{attributes}>{_text(text)}</{element}>"


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{_text(safe(value))}"' for name, value in values.items())


def _text(text: str) -> str:
    """Escape markup and what XML cannot hold; all of it is ASCII, so that no encoding can fail."""
    return text.translate(_ESCAPES).encode("ascii", "xmlcharrefreplace").decode("ascii")
