"""What one spec comes to, in a few numbers; apart from `rflint.model.report`, as few reports have it."""

from __future__ import annotations

from typing import NamedTuple

from rflint.model.finding import Severity


class Figures(NamedTuple):
    """One spec in numbers; None where that was not looked at."""

    #: Of the inputs, one after the other.
    size: tuple[tuple[int | None, ...], ...]
    layers: int | None
    #: Largest receptive field of all layers and inputs, an entry per axis.
    receptive_field: tuple[int | None, ...]
    #: Findings that count, by severity.
    findings: tuple[tuple[Severity, int], ...]
    #: Targets that are guaranteed, and all.
    guaranteed: int
    targets: int
    params: int | None
    macs: int | None


class Earlier(NamedTuple):
    """An older report, to be compared with."""

    #: The file that has it.
    path: str
    #: By path of the spec.
    specs: dict[str, Figures]
