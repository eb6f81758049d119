"""Baselines: findings that were there before the gate was, counted by file, rule and subject, never by line.

A finding is known as long as there are no more of its kind than the baseline counts; when one is mended, its entry is
stale, and is told, since it would let the same mistake in again.  Pure: the file is the caller's to read and write.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from rflint.model import Diagnostic, SpecReport, UsageError

SCHEMA: Final = "rflint-baseline.v1"


class Key(NamedTuple):
    """What findings are counted by."""

    #: The file that a finding points into, relative to the baseline's folder, with `/`.
    path: str
    code: str
    #: One of `Diagnostic.subjects`.
    subject: str


#: How many findings of each kind are known.
Baseline = dict[Key, int]


def can_be_known(finding: Diagnostic) -> bool:
    """Whether a finding may stand in a baseline.

    A spec that cannot be understood was not checked, and a rule that crashed did not check: no past excuses that.
    """
    return not finding.hides_others


def collect(specs: Iterable[SpecReport], relative: Callable[[str], str]) -> Baseline:
    """Count the findings of these reports; `relative` turns the path of a report into that of a key.

    What two specs say of one library is one finding: the spec that says most counts.
    """
    known: Baseline = {}
    for spec in specs:
        for key, count in _counted(spec, relative).items():
            known[key] = max(known.get(key, 0), count)
    return known


def _counted(spec: SpecReport, relative: Callable[[str], str]) -> Counter[Key]:
    counted = (each for each in spec.findings if can_be_known(each) and (each.baselined or not each.suppressed))
    return Counter(key for each in counted for key in _keys(each, relative))


def _keys(finding: Diagnostic, relative: Callable[[str], str]) -> Iterator[Key]:
    """Keys of a finding: one for each layer that it is about, so that it cannot grow unnoticed."""
    path = relative(finding.path)
    return (Key(path, finding.code, subject) for subject in finding.subjects)


def apply(spec: SpecReport, baseline: Mapping[Key, int], relative: Callable[[str], str]) -> SpecReport:
    """Mark the findings that are known, with all layers that they are about; of more than are counted, the first ones."""
    left = Counter(baseline)
    findings = []
    for finding in spec.findings:
        wanted = Counter(_keys(finding, relative))
        if not finding.suppressed and can_be_known(finding) and wanted <= left:
            left -= wanted
            finding = finding._replace(suppressed=True, baselined=True, reason="in the baseline")  # noqa: PLW2901
        findings.append(finding)
    return spec._replace(findings=tuple(findings))


def is_complete(spec: SpecReport) -> bool:
    """Whether all rules ran: a finding that is missing has then been mended."""
    return spec.internal_error is None and not any(each.hides_others for each in spec.findings)


def stale(
    baseline: Mapping[Key, int],
    specs: Iterable[SpecReport],
    relative: Callable[[str], str],
    is_there: Callable[[str], bool],
    with_all_importers: Callable[[set[str]], set[str]],
) -> Baseline:
    """Return the entries that count more than there is, with the surplus: of files that were linted, and of files that are gone.

    What blocks come to is known where they are used: a file that others import is judged if all of these were linted, as
    `with_all_importers` says of paths as they are written in keys.
    """
    judged: set[str] = set()
    unjudged: set[str] = set()
    found: Baseline = {}
    for spec in specs:
        # On its own a library says nothing of what its blocks come to.
        reached = {relative(path) for path in spec.files if spec.axes or path != spec.path}
        (judged if is_complete(spec) else unjudged).update(reached)
        for key, count in _counted(spec, relative).items():
            found[key] = max(found.get(key, 0), count)
    judged -= unjudged
    surplus = {key: count - found.get(key, 0) for key, count in baseline.items() if count > found.get(key, 0)}
    gone = {key.path for key in surplus if not is_there(key.path)}
    judged &= {key.path for key in surplus} - gone
    settled = gone | with_all_importers(judged) if judged else gone
    return {key: count for key, count in surplus.items() if key.path in settled}


def joined(one: Mapping[Key, int], other: Mapping[Key, int]) -> Baseline:
    """Return the findings of two baselines, of each the larger count."""
    return {key: max(one.get(key, 0), other.get(key, 0)) for key in {**one, **other}}


def without(baseline: Mapping[Key, int], surplus: Mapping[Key, int]) -> Baseline:
    """Return a baseline without its stale entries."""
    left = {key: count - surplus.get(key, 0) for key, count in baseline.items()}
    return {key: count for key, count in left.items() if count > 0}


def dump(baseline: Mapping[Key, int]) -> str:
    """Write a baseline, one entry a line and sorted, so that versions of it merge well."""
    import json  # noqa: PLC0415 - start-up

    entries = [
        json.dumps({"path": key.path, "code": key.code, "subject": key.subject, "count": count}) for key, count in sorted(baseline.items())
    ]
    listed = ",\n".join(f"  {entry}" for entry in entries)
    return f'{{\n "schema": "{SCHEMA}",\n "findings": [{f"{chr(10)}{listed}{chr(10)} " if entries else ""}]\n}}\n'


def load(data: bytes, where: str, *, merging: bool = False) -> Baseline:
    """Read a baseline; raises UsageError, naming the entry, for what is none.

    `merging`: of one that git could not merge, read what either side knows.
    """
    import json  # noqa: PLC0415 - start-up

    try:
        text = data.decode("utf-8")
        if re.search(r"(?m)^<<<<<<< ", text):
            if not merging:
                way_out = "`rflint check --prune-baseline` keeps what is still there of both sides"
                raise UsageError(f"{where}: git could not merge it; {way_out}")
            text = _both_sides(text)
        content = json.loads(text)
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        why = str(error) if isinstance(error, json.JSONDecodeError) else "it is not JSON, or no reasonable one"
        raise UsageError(f"{where}: is no baseline of rflint: {why}") from None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA or not isinstance(content.get("findings"), list):
        raise UsageError(f'{where}: is no baseline of rflint: it must be {{"schema": "{SCHEMA}", "findings": […]}}')
    known: Baseline = {}
    for number, entry in enumerate(content["findings"], start=1):
        key, count = _entry(entry, f"{where}: entry {number}")
        if key in known and not merging:
            raise UsageError(f"{where}: entry {number} stands there twice; the two belong together (a merge gone wrong?)")
        known[key] = max(count, known.get(key, 0))
    return known


def _both_sides(text: str) -> str:
    """Put the entries of both sides of a conflict together: each has a line of its own, see `dump`."""
    entries = [line.strip().rstrip(",") for line in text.splitlines() if line.lstrip().startswith('{"path"')]
    return f'{{"schema": "{SCHEMA}", "findings": [{", ".join(entries)}]}}'


def _entry(entry: Any, where: str) -> tuple[Key, int]:
    if not isinstance(entry, dict) or set(entry) != {*Key._fields, "count"}:
        raise UsageError(f"{where} must have `path`, `code`, `subject` and `count`, and nothing else")
    texts = [entry[field] for field in Key._fields]
    if not all(isinstance(text, str) for text in texts):
        raise UsageError(f"{where}: `path`, `code` and `subject` must be texts")
    count = entry["count"]
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise UsageError(f"{where}: `count` must be a whole number from 1")
    return Key(*texts), count
