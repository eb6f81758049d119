"""`concise`: one line per finding, as editors and grep read it."""

from __future__ import annotations

from rflint.model import Diagnostic, Report
from rflint.words import Style, safe


def render(report: Report, style: Style) -> str:
    """Write `path:line:column: RF102 error: message` for every finding; `RF102 [*]` where `--fix` can mend it."""
    findings = ((finding, spec.path) for spec in report.specs for finding in spec.shown())
    return "".join(f"{line(finding, style, fixable=_is_safe(finding, path))}\n" for finding, path in findings)


def _is_safe(finding: Diagnostic, path: str) -> bool:
    return finding.fix is not None and finding.fix.safe and finding.path == path


def line(finding: Diagnostic, style: Style, *, fixable: bool = False) -> str:
    """Write one finding on one line."""
    code = f"{finding.code} [*]" if fixable else finding.code
    where = f"{style.paint('strong', safe(finding.path))}{safe(finding.position)}"
    return f"{where}: {code} {style.paint(finding.severity, finding.severity)}: {safe(finding.message)}"
