"""A report on a spec that nobody has seen, as a report on the model that it was made from."""

from __future__ import annotations

from rflint.model import NOWHERE, SpecReport


def of_model(report: SpecReport) -> SpecReport:
    """Return a report whose findings name layers of the model: there is no text to point into, or to edit."""
    findings = tuple(each._replace(span=NOWHERE, related=(), fix=None) for each in report.findings)
    if not report.layers:
        return report._replace(findings=findings, sources={})
    from dataclasses import replace  # noqa: PLC0415 - start-up

    layers = tuple(replace(each, line=0, origin=()) for each in report.layers)
    geometry = report.geometry and report.geometry._replace(lines={})
    return report._replace(findings=findings, layers=layers, sources={}, geometry=geometry)
