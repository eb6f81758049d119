"""Fingerprints by which a service knows a finding again: stable while lines move, and none twice in one report."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from rflint.formatters.annotations import encodable
from rflint.model import Diagnostic


def unique_fingerprints(findings: Iterable[Diagnostic]) -> list[str]:
    """Return one fingerprint per finding, in their order.

    Two findings may be about the same thing, and services drop the second of two equal fingerprints.  The first keeps
    its own, the others are told apart by counting: neither lines nor other findings have a part in it.
    """
    seen: dict[str, int] = {}
    fingerprints = []
    for finding in findings:
        number = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        fingerprints.append(encodable(finding.fingerprint) if number == 1 else _counted(finding.fingerprint, number))
    return fingerprints


def _counted(fingerprint: str, number: int) -> str:
    return sha256(f"{fingerprint}\0{number}".encode("utf-8", "backslashreplace")).hexdigest()[:32]
