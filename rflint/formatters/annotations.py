"""What the formats that annotate files have in common: each finding once, and what is said of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from rflint.formatters.prose import shared
from rflint.model import SEVERITY_ORDER, Diagnostic, Report, Span
from rflint.words import safe

#: What stands for a rule where rflint itself failed.
INTERNAL_ERROR: Final = "internal-error"

Said = tuple[str, Span, str, str]

_START: Final = Span(1, 1, 1, 1)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def distinct(report: Report, *, suppressed: bool = False, shown: bool = False) -> list[Diagnostic]:
    """Findings of all specs in the order of print, each once.

    A finding about a library is reported with every spec that imports it, perhaps at another severity: the gravest
    stands for all, and one that is not suppressed before those that are.  `shown`: those only that people are shown.
    """
    best: dict[Said, Diagnostic] = {}
    for spec in report.specs:
        for finding in spec.shown() if shown else spec.findings:
            key = said(finding)
            if key not in best or _weight(finding) > _weight(best[key]):
                best[key] = finding
    return sorted((each for each in best.values() if suppressed or not each.suppressed), key=Diagnostic.sort_key)


def said(finding: Diagnostic) -> Said:
    """What makes findings of several specs one."""
    return finding.path, finding.span, finding.code, finding.message


def _weight(finding: Diagnostic) -> tuple[bool, int]:
    return not finding.suppressed, SEVERITY_ORDER[finding.severity]


def failures(report: Report) -> Iterator[Diagnostic]:
    """Yield one error for every spec that rflint itself failed on: silence would pass for a clean file."""
    for spec in report.specs:
        if spec.internal_error is not None:
            yield Diagnostic(
                code=INTERNAL_ERROR,
                name=INTERNAL_ERROR,
                severity="error",
                message=f"not checked, because rflint itself failed: {spec.internal_error}",
                path=spec.path,
                span=_START,
                help="this is a bug in rflint: `rflint check --debug` prints where it failed",
                fingerprint=f"{INTERNAL_ERROR}:{spec.path}",
            )


def reported(report: Report, *, shown: bool = False) -> list[Diagnostic]:
    """Everything that is to be shown at a line of a file: findings that nothing suppresses, and failures."""
    return sorted([*distinct(report, shown=shown), *failures(report)], key=Diagnostic.sort_key)


def headline(finding: Diagnostic) -> str:
    """Code and name of a finding: `RF102 center-mismatch`."""
    return finding.code if finding.code == finding.name else f"{finding.code} {finding.name}"


def paragraphs(finding: Diagnostic) -> list[str]:
    """What a finding says in plain text: its message, who shares the mistake, how to mend it; no line breaks inside."""
    texts = [finding.message]
    if len(finding.instances) > 1:
        texts.append(shared(finding.instances))
    if finding.help:
        texts.append(f"help: {finding.help}")
    return [safe(text) for text in texts]


def last_line(span: Span) -> int:
    """Last line that a span touches; its end is exclusive."""
    return span.end_line - 1 if span.end_column == 1 and span.end_line > span.line else span.end_line


def encodable(text: str) -> str:
    """Return a text as it is, but for lone surrogates, which no encoding has (names of files that are not UTF-8)."""
    return _SURROGATE.sub("\ufffd", text)


def json_list(items: Iterable[dict[str, Any]]) -> str:
    """Write a JSON array with one item a line, all of it ASCII: nothing in it can act on a terminal."""
    lines = [json.dumps(item) for item in items]
    return "[\n{}\n]".format(",\n".join(lines)) if lines else "[]"
