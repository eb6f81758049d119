"""The report: what a run found out, as plain frozen values; every formatter is a function of it.

Field names follow the published schema `schemas/rflint-report.v1.schema.json`; lists have one entry per axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rflint.model.diagnostic import Diagnostic
from rflint.model.finding import SEVERITY_ORDER, Severity
from rflint.model.rule import Rule
from rflint.model.site import EMPTY

if TYPE_CHECKING:
    from rflint.model.layers import LayerReport

FailOn = Severity | Literal["never"]
#: The least severity that fails a run, where nothing else is asked for.
DEFAULT_FAIL_ON: Final = "warning"


class InputReport(NamedTuple):
    """One input as analysed (after `--size`)."""

    name: str
    size: tuple[int | None, ...]
    channels: int | None


class TargetReport(NamedTuple):
    """One target and whether it is seen; see design.md#targets for the verdicts."""

    name: str
    layer: str
    input: str
    size: tuple[int, ...]
    guaranteed: tuple[int | None, ...]
    verdict: Literal["guaranteed", "not-guaranteed", "too-large", "unknown"]


class SpecReport(NamedTuple):
    """Everything about one spec.  A spec that cannot be read has no layers."""

    path: str
    name: str
    axes: tuple[str, ...]
    inputs: tuple[InputReport, ...]
    outputs: tuple[str, ...]
    #: Empty unless asked for, and where the spec could not be read.
    layers: tuple[LayerReport, ...]
    targets: tuple[TargetReport, ...]
    #: Sorted, the suppressed ones among them.
    findings: tuple[Diagnostic, ...]
    #: Text of every file that a finding points into, by display path; for source frames.
    sources: Mapping[str, str] = EMPTY
    #: What went wrong inside rflint (exit code 3); None normally.
    internal_error: str | None = None
    #: Every file that was read for it, by display path: its own and what it imports.
    files: tuple[str, ...] = ()
    #: Those of them that it extends: they are judged through it.
    bases: tuple[str, ...] = ()
    #: The least severity that fails a run (`never`: none does).
    fail_on: FailOn = DEFAULT_FAIL_ON

    def __repr__(self) -> str:
        return f"<SpecReport {self.path}: {len(self.layers)} layers, findings {', '.join(each.code for each in self.findings) or 'none'}>"

    def fails(self, finding: Diagnostic) -> bool:
        """Whether one of its findings fails a run."""
        return not finding.suppressed and self.fail_on != "never" and SEVERITY_ORDER[finding.severity] >= SEVERITY_ORDER[self.fail_on]


class Summary(NamedTuple):
    """Counts over all specs; suppressed findings are counted apart."""

    specs: int
    errors: int
    warnings: int
    infos: int
    suppressed: int


class Report(NamedTuple):
    """One run."""

    version: str
    specs: tuple[SpecReport, ...]
    summary: Summary
    #: All rules that could have spoken, in the order of their codes.
    rules: tuple[Rule, ...]


def summarize(specs: tuple[SpecReport, ...]) -> Summary:
    """Count the findings of several specs."""
    counts = {"error": 0, "warning": 0, "info": 0}
    suppressed = 0
    for spec in specs:
        for finding in spec.findings:
            if finding.suppressed:
                suppressed += 1
            else:
                counts[finding.severity] += 1
    return Summary(len(specs), counts["error"], counts["warning"], counts["info"], suppressed)
