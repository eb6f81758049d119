"""`gitlab`: a Code Quality report, which GitLab shows in merge requests.

The fields are those of https://docs.gitlab.com/ci/testing/code_quality/ and, beyond what GitLab asks for, the ones that
the Code Climate specification calls required.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rflint.formatters.annotations import encodable, headline, json_list, last_line, paragraphs, reported
from rflint.formatters.fingerprints import unique_fingerprints
from rflint.model import NOWHERE, Diagnostic, Report, Span
from rflint.words import Style, safe

#: `critical` and `blocker` are left to what breaks a running service.
_SEVERITIES: Final[Mapping[str, str]] = {"error": "major", "warning": "minor", "info": "info"}


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Write one entry per finding; the fingerprints tell GitLab which ones a merge request adds."""
    findings = reported(report)
    return f"{json_list(map(_entry, findings, unique_fingerprints(findings)))}\n"


def _lines(span: Span) -> dict[str, int]:
    """Lines of a finding; GitLab wants one, and the first stands for a file that has none, a model."""
    return {"begin": 1, "end": 1} if span == NOWHERE else {"begin": span.line, "end": last_line(span)}


def _entry(finding: Diagnostic, fingerprint: str) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": safe(headline(finding)),
        # One line, as the specification wants it; GitLab shows nothing else.
        "description": f"{safe(finding.code)}: {'; '.join(paragraphs(finding))}",
        "categories": ["Bug Risk"],
        "severity": _SEVERITIES[finding.severity],
        "fingerprint": fingerprint,
        "location": {"path": encodable(finding.path), "lines": _lines(finding.span)},
    }
