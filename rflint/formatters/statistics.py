"""`--statistics`: how often each rule spoke, for teams that decide where to begin."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from rflint.formatters.full import summary
from rflint.model import Report
from rflint.words import Style


def counts(report: Report, style: Style) -> str:
    """Write one line per rule, the most frequent first, and what they come to."""
    from rflint.formatters.table import table  # noqa: PLC0415 - start-up

    rows = [(str(row["count"]), str(row["code"]), str(row["severity"]), str(row["name"]), _fixes(row)) for row in _rows(report)]
    listed = table(("count", "code", "severity", "name", "fixes"), rows, {"count"}, style) if rows else ()
    return "".join(f"{line}\n" for line in (*listed, *([""] if rows and not style.quiet else []))) + (
        "" if style.quiet else summary(report, [], style)
    )


def _fixes(row: Mapping[str, str | int]) -> str:
    counted = ((row["fixable"], "--fix"), (row["fixable_unsafe"], "--unsafe-fixes"))
    return ", ".join(f"{number} {option}" for number, option in counted if number)


def counts_json(report: Report) -> str:
    """Write the same as a list of objects."""
    return json.dumps(_rows(report), indent=1) + "\n"


def _rows(report: Report) -> list[dict[str, str | int]]:
    found = [each for spec in report.specs for each in spec.findings if not each.suppressed]
    counts = Counter((each.code, each.name, each.severity) for each in found)
    fixable = Counter((each.code, each.name, each.severity) for each in found if each.fix is not None)
    safe = Counter((each.code, each.name, each.severity) for each in found if each.fix is not None and each.fix.safe)
    return [
        {
            "code": key[0],
            "name": key[1],
            "severity": key[2],
            "count": count,
            "fixable": safe[key],
            "fixable_unsafe": fixable[key] - safe[key],
        }
        for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
