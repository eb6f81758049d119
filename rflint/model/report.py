"""The report: what a run found out, as plain frozen values; every formatter is a function of it.

Field names follow the published schema `schemas/rflint-report.v1.schema.json`; lists have one entry per axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from rflint.model.diagnostic import Diagnostic
from rflint.model.finding import SEVERITY_ORDER, Severity
from rflint.model.rule import RuleEntry
from rflint.model.site import EMPTY

if TYPE_CHECKING:
    from rflint.model.figures import Earlier
    from rflint.model.geometry import Geometry
    from rflint.model.layers import LayerReport

FailOn = Severity | Literal["never"]
#: The least severity that fails a run, where nothing else is asked for.
DEFAULT_FAIL_ON: Final = "warning"


class InputReport(NamedTuple):
    """One input as analysed (after `--size`)."""

    name: str
    size: tuple[int | None, ...]
    channels: int | None


class FirstToSee(NamedTuple):
    """Which layer is the first that sees a target."""

    #: Name of the first that sees it wherever it stands.
    layer: str | None
    #: Whether all layers before it were asked; there may be too many.
    complete: bool
    #: Name of the first that sees it at some positions.
    at_best: str | None = None


class TargetReport(NamedTuple):
    """One target and whether it is seen; see design.md#targets for the verdicts."""

    name: str
    layer: str
    input: str
    size: tuple[int, ...]
    guaranteed: tuple[int | None, ...]
    verdict: Literal["guaranteed", "not-guaranteed", "too-large", "unknown"]
    #: The first layers that see it, wherever it stands and at best; None where there is none, or where they were not asked for.
    first: FirstToSee | None = None
    #: How much of the object must be seen, in input samples.
    needed: tuple[int, ...] = ()


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
    #: Least severity of the findings that people are shown one by one.
    show: Severity = "info"
    #: The least severity that fails a run (`never`: none does).
    fail_on: FailOn = DEFAULT_FAIL_ON
    #: What somebody may have got wrong who asked for this report.
    hints: tuple[str, ...] = ()
    #: Path of an instance (of a block, a repeat, a branch) -> layer that stands for its output; where layers are asked for.
    instances: Mapping[str, str] = EMPTY
    #: `metadata` of the spec, as it is written; where layers are asked for.
    metadata: Mapping[str, Any] = EMPTY
    #: What pictures need, where that is asked for.
    geometry: Geometry | None = None

    def shown(self) -> Iterator[Diagnostic]:
        """Findings that people are shown one by one, in order."""
        least = SEVERITY_ORDER[self.show]
        return (each for each in self.findings if not each.suppressed and SEVERITY_ORDER[each.severity] >= least)

    def summed_up(self) -> Iterator[Diagnostic]:
        """Findings that people are told the number of."""
        least = SEVERITY_ORDER[self.show]
        return (each for each in self.findings if not each.suppressed and SEVERITY_ORDER[each.severity] < least)

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
    rules: tuple[RuleEntry, ...]
    #: An older report to compare this one with.
    against: Earlier | None = None


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
