"""`concise`: one line per finding, as editors and grep read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.terminal import Style, safe

if TYPE_CHECKING:
    from rflint.diagnostics import Diagnostic
    from rflint.report import Report


def render(report: Report, style: Style) -> str:
    """Write `path:line:column: RF102 error: message` for every finding."""
    findings = (finding for spec in report.specs for finding in spec.findings if not finding.suppressed)
    return "".join(f"{line(finding, style)}\n" for finding in findings)


def line(finding: Diagnostic, style: Style) -> str:
    """Write one finding on one line."""
    where = f"{style.paint('strong', safe(finding.path))}:{finding.span.line}:{finding.span.column}"
    return f"{where}: {finding.code} {style.paint(finding.severity, finding.severity)}: {safe(finding.message)}"
