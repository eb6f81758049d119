"""All specs of a report in one table, and what became of them since an older report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json import JSONDecodeError, loads
from typing import Any, Final

from rflint.formatters import cells
from rflint.model import Report, Severity, SpecReport
from rflint.model.figures import Earlier, Figures
from rflint.words import amount, counted, listing, quoted

#: Columns; those of `NUMBERS` are aligned to the right.
HEAD: Final = ("spec", "input", "layers", "largest receptive field", "findings", "targets", "parameters", "multiply-adds")
NUMBERS: Final = ("layers", "largest receptive field", "parameters", "multiply-adds")
_SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
_SCHEMA: Final = "rflint-report.v1"
_UP, _DOWN = "▲", "▼"


def figures(spec: SpecReport) -> Figures:
    """What a spec comes to now; layers are asked for."""
    fields = [field.size for layer in spec.layers for field in layer.receptive_field.values()]
    counts = Counter(each.severity for each in spec.findings if not each.suppressed)
    return Figures(
        tuple(item.size for item in spec.inputs),
        len(spec.layers),
        _largest(fields, len(spec.axes)),
        tuple((severity, counts[severity]) for severity in _SEVERITIES if counts[severity]),
        sum(target.verdict == "guaranteed" for target in spec.targets),
        len(spec.targets),
        cells.total([layer.params for layer in spec.layers]),
        cells.total([layer.macs for layer in spec.layers]),
    )


def earlier(text: str, path: str) -> Earlier:
    """Read an older report, the text of `rflint report --format json`; raises ValueError, with the reason, for what is none."""
    try:
        data = loads(text)
    except (JSONDecodeError, RecursionError):
        raise ValueError("is no JSON") from None
    if not isinstance(data, dict) or data.get("schema") != _SCHEMA:
        raise ValueError(f'is no report of rflint: it has no `"schema": "{_SCHEMA}"`')
    try:
        return Earlier(path, {spec["path"]: _figures_of(spec) for spec in data["specs"]})
    except (LookupError, TypeError, AttributeError, ValueError):
        raise ValueError(f"does not follow the schema {_SCHEMA} that it names") from None


def _figures_of(spec: Mapping[str, Any]) -> Figures:
    layers = spec.get("layers")
    fields = [_counts(field["size"]) for layer in layers or () for field in layer["receptive_field"].values()]
    counts = Counter(each["severity"] for each in spec["findings"] if not each["suppressed"])
    return Figures(
        tuple(_counts(item["size"]) for item in spec["inputs"].values()),
        None if layers is None else len(layers),
        _largest(fields, len(spec["axes"])),
        tuple((severity, counts[severity]) for severity in _SEVERITIES if counts[severity]),
        sum(target["verdict"] == "guaranteed" for target in spec["targets"]),
        len(spec["targets"]),
        None if layers is None else cells.total(_counts(layer["params"] for layer in layers)),
        None if layers is None else cells.total(_counts(layer["macs"] for layer in layers)),
    )


def _counts(values: Iterable[Any]) -> tuple[int | None, ...]:
    """Whole numbers, None for unknown ones; raises TypeError for anything else."""
    counts = tuple(values)
    if not all(each is None or type(each) is int for each in counts):
        raise TypeError
    return counts


def _largest(sizes: Sequence[Sequence[int | None]], axes: int) -> tuple[int | None, ...]:
    return tuple(max((each for size in sizes if (each := size[axis]) is not None), default=None) for axis in range(axes))


def rows(report: Report) -> Iterator[tuple[str, ...]]:
    """One row for each spec, in the order of HEAD; with an older report, what there was is told where it was another thing."""
    known = report.against.specs if report.against is not None else {}
    for spec in report.specs:
        if spec.internal_error is not None:
            yield (f"`{spec.path}`", "", "", "", "rflint itself failed", "", "", "")
            continue
        now, before = figures(spec), known.get(spec.path)
        texts = _texts(now)
        if report.against is None:
            yield (f"`{spec.path}`", *texts)
        elif before is None:
            yield (f"`{spec.path}` (new)", *texts)
        else:
            yield (f"`{spec.path}`", *map(_since, texts, _texts(before), _weights(now), _weights(before)))


def _texts(each: Figures) -> tuple[str, ...]:
    return (
        ", ".join(cells.extent(size) for size in each.size),
        "" if each.layers is None else str(each.layers),
        "" if not any(each.receptive_field) else cells.extent(each.receptive_field),
        listing([counted(number, severity) for severity, number in each.findings] or ["none"]),
        f"{each.guaranteed} of {each.targets} guaranteed" if each.targets else "",
        amount(each.params),
        amount(each.macs),
    )


def _weights(each: Figures) -> tuple[Any, ...]:
    """What says which of two is more, column by column; None: neither."""
    findings = dict(each.findings)
    return (
        None,
        each.layers,
        tuple(size or 0 for size in each.receptive_field) if any(each.receptive_field) else None,
        tuple(findings.get(severity, 0) for severity in _SEVERITIES),
        each.guaranteed - each.targets,
        each.params,
        each.macs,
    )


def _since(now: str, before: str, more: Any, less: Any) -> str:
    """A cell, with the older one behind it where that was another: `483 (▼ was 515)`."""
    if now == before or not before:
        return now
    arrow = "" if more is None or less is None or more == less else f"{_UP if more > less else _DOWN} "
    return f"{now} ({arrow}was {before})".strip()


def since(report: Report) -> str:
    """What became of the specs since the older report, in a sentence; empty without one."""
    if report.against is None:
        return ""
    known = report.against.specs
    here = {spec.path: figures(spec) for spec in report.specs if spec.internal_error is None}
    # Of those that rflint itself failed on nothing is known, and they are not gone.
    looked_at = {spec.path for spec in report.specs}
    changed = sum(path in known and each != known[path] for path, each in here.items())
    new, gone = [path for path in here if path not in known], [path for path in known if path not in looked_at]
    parts = [f"{counted(changed, 'spec')} changed"] if changed else []
    parts += [f"{counted(len(new), 'spec')} new ({quoted(new)})"] if new else []
    parts += [f"{counted(len(gone), 'spec')} gone ({quoted(gone)})"] if gone else []
    before = _found(each for path, each in known.items() if path in here or path not in looked_at)
    now = _found(here.values())
    told = [
        f"{now[key] - before[key]:+,} {key}{'' if abs(now[key] - before[key]) == 1 else 's'}"
        for key in _SEVERITIES
        if now[key] != before[key]
    ]
    return f"Since `{report.against.path}`: {', '.join(parts) or 'no spec changed'}; {', '.join(told) or 'as many findings'}."


def _found(specs: Iterable[Figures]) -> Counter[str]:
    counts = Counter[str]()
    for each in specs:
        counts.update(dict(each.findings))
    return counts
