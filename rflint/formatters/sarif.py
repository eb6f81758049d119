"""`sarif`: Static Analysis Results Interchange Format 2.1.0, as GitHub code scanning and editors read it.

Sections named in comments are those of https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from rflint.formatters.annotations import distinct, encodable, failures, json_list, paragraphs
from rflint.formatters.fingerprints import unique_fingerprints
from rflint.formatters.manual import manual
from rflint.model import NOWHERE, Diagnostic, Fix, Report, Rule, Span
from rflint.words import Style, safe

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final[Mapping[str, str]] = {"error": "error", "warning": "warning", "info": "note", "graded": "error"}
#: GitHub's word for it (`problem.severity`).
_PROBLEMS: Final[Mapping[str, str]] = {"error": "error", "warning": "warning", "info": "recommendation", "graded": "error"}
_TAGS: Final[Mapping[str, str]] = {
    "RF0": "specification",
    "RF1": "alignment",
    "RF2": "receptive-field",
    "RF3": "padding",
    "RF4": "coverage",
    "RF5": "global-context",
    "RF6": "expectation",
    "RF7": "verification",
    "RF9": "rflint",
}
_ROOT: Final = "%SRCROOT%"
#: What ends a line for YAML, in the order in which it is matched (3.14.26).
_LINE_ENDS: Final = ("\r\n", "\n", "\r", "\x85", "\u2028", "\u2029")
_DRIVE: Final = re.compile(r"[A-Za-z]:/")
#: Surrogates that do not stand for a byte of a file name.
_NO_BYTE: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Write one run: all rules, all findings, the suppressed ones marked as such."""
    findings = distinct(report, suppressed=True)
    places = {rule.code: place for place, rule in enumerate(report.rules)}
    results = (_result(finding, fingerprint, places) for finding, fingerprint in zip(findings, unique_fingerprints(findings), strict=True))
    driver = json.dumps({"name": "rflint", "version": report.version})
    run = {
        "invocations": [_invocation(report)],
        # Known to the consumer: no absolute path belongs into a report that leaves the machine (3.14.14).
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that rflint ran in: the root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": _LINE_ENDS,
    }
    return (
        f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [\n'
        f'{{"tool": {{"driver": {driver[:-1]}, "rules": {json_list([_rule(rule.load()) for rule in report.rules])}}}}},\n'
        f"{json.dumps(run)[1:-1]},\n"
        f'"results": {json_list(results)}}}]}}\n'
    )


def _rule(rule: Rule) -> dict[str, Any]:
    docs = manual(rule)
    examples = (("Reported", rule.example.failing), ("Not reported", rule.example.passing))
    shown = "".join(f"\n\n## {heading}\n\n```yaml\n{text.strip()}\n```" for heading, text in examples if text)
    tag = _TAGS.get(rule.code[:3])
    # Nothing is put into these texts, so their braces stay single, as CodeQL's do.
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": encodable(rule.summary)},
        "fullDescription": {"text": encodable(docs.partition("\n\n")[0].replace("\n", " "))},
        "help": {"text": encodable(docs), "markdown": encodable(f"{docs}{shown}")},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"problem.severity": _PROBLEMS[rule.severity], "tags": [tag] if tag else []},
    }


def _invocation(report: Report) -> dict[str, Any]:
    notifications = [
        {"level": "error", "message": _message("\n".join(paragraphs(each))), "locations": [{"physicalLocation": _place(each.path, None)}]}
        for each in failures(report)
    ]
    return {"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}


def _result(finding: Diagnostic, fingerprint: str, places: Mapping[str, int]) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": _place(finding.path, finding.span)}
    if finding.layer is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": safe(finding.layer), "kind": "layer"}]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        **({"ruleIndex": places[finding.code]} if finding.code in places else {}),
        "level": _LEVELS[finding.severity],
        "message": _message("\n".join(paragraphs(finding))),
        "locations": [location],
        "partialFingerprints": {"rflint/v1": fingerprint},
        # An empty list says that nothing suppresses it; where one result has the list, all must (3.27.23).
        "suppressions": [_suppression(finding)] if finding.suppressed else [],
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "message": _message(safe(note.message)), "physicalLocation": _place(note.path, note.span)}
            for number, note in enumerate(finding.related, 1)
        ]
    if finding.fix is not None and finding.fix.edits:
        result["fixes"] = [_fix(finding.path, finding.fix)]
    return result


def _suppression(finding: Diagnostic) -> dict[str, str]:
    kind = {"kind": "external" if finding.baselined else "inSource"}
    return {**kind, "justification": safe(finding.reason)} if finding.reason else kind


def _fix(path: str, fix: Fix) -> dict[str, Any]:
    said = "Changes nothing else about the network." if fix.safe else "May change the network: look at it before you apply it."
    replacements = [{"deletedRegion": _region(edit.span), "insertedContent": {"text": encodable(edit.text)}} for edit in fix.edits]
    return {"description": {"text": said}, "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": replacements}]}


def _message(text: str) -> dict[str, str]:
    """Write a text that is free of placeholders (3.11.5) and of links (3.11.6), whatever names it holds."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def _place(path: str, span: Span | None) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _artifact(path)}
    return place if span is None or span == NOWHERE else {**place, "region": _region(span)}


def _region(span: Span) -> dict[str, int]:
    return {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column}


def _artifact(path: str) -> dict[str, str]:
    """Locate a file: relative to the root, or where it lies on another drive or far away, absolutely (3.4.4)."""
    escaped = quote(_NO_BYTE.sub("\ufffd", path).encode("utf-8", "surrogateescape"))
    if path.startswith("//"):  # a share: its server is the URI's host
        return {"uri": f"file:{escaped}"}
    if path.startswith("/"):
        return {"uri": f"file://{escaped}"}
    return {"uri": f"file:///{path[:2]}{escaped[4:]}"} if _DRIVE.match(path) else {"uri": escaped, "uriBaseId": _ROOT}
