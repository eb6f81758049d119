"""The report: what a run found out, as plain frozen values; every formatter is a function of it.

Field names follow the published schema `schemas/rflint-report.v1.schema.json`; lists have one entry per axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rflint.diagnostics import Diagnostic

#: Why a value does not exist (closed list of the JSON contract).
Why = Literal["global", "position-dependent", "size-dependent", "unknown-op", "empty-phase", "misaligned"]


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What a layer sees of one input; tuples have one entry per axis, None where a value does not exist (`why` says)."""

    #: Largest over the phases, in input samples; and the smallest.
    size: tuple[int | None, ...]
    size_min: tuple[int | None, ...]
    #: Effective stride in input samples: int where it is one, else an exact fraction as float (`grid` is exact).
    stride: tuple[int | float | None, ...]
    #: Effective padding in input samples: `-low(0)`.
    padding: tuple[int | None, ...]
    #: Centre of feature 0 in input coordinates.
    center: tuple[float | None, ...]
    #: Exact rationals as text: `31/2`.
    grid_stride: tuple[str | None, ...]
    grid_center: tuple[str | None, ...]
    aligned: tuple[bool | None, ...]
    is_global: bool
    period: tuple[int | None, ...]
    #: Input samples that one period advances.
    advance: tuple[int | None, ...]
    #: Per axis, per phase `(low, high)` or None for a phase that sees nothing; None above 64 phases.
    phases: tuple[tuple[tuple[int, int] | None, ...] | None, ...]
    density: tuple[float | None, ...]
    effective: tuple[float | None, ...]
    drift: tuple[float | None, ...]
    exact: bool
    #: Field name -> reason.
    why: Mapping[str, Why] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayerReport:
    """One layer: what was written and what follows from it."""

    name: str
    op: str
    sources: tuple[str, ...]
    line: int
    #: Where it was brought in: lines of the `use` and `branches` items, outermost first.
    origin: tuple[tuple[str, int], ...]
    size: tuple[int | None, ...]
    channels: int | None
    params: int | None
    macs: int | None
    receptive_field: Mapping[str, ReceptiveField]


@dataclass(frozen=True, slots=True)
class InputReport:
    """One input as analysed (after `--size`)."""

    name: str
    size: tuple[int | None, ...]
    channels: int | None


@dataclass(frozen=True, slots=True)
class TargetReport:
    """One target and whether it is seen; see DESIGN 4.5 for the verdicts."""

    name: str
    layer: str
    input: str
    size: tuple[int, ...]
    guaranteed: tuple[int | None, ...]
    verdict: Literal["guaranteed", "not-guaranteed", "too-large", "unknown"]


@dataclass(frozen=True, slots=True)
class SpecReport:
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
    sources: Mapping[str, str] = field(default_factory=dict)
    #: What went wrong inside rflint (exit code 3); None normally.
    internal_error: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over all specs; suppressed findings are counted apart."""

    specs: int
    errors: int
    warnings: int
    infos: int
    suppressed: int


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    version: str
    specs: tuple[SpecReport, ...]
    summary: Summary


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


