"""`full`: every finding with the lines it speaks of, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rflint.formatters.prose import cut, silenced, wrap
from rflint.model import SEVERITY_ORDER, Report, Severity
from rflint.words import Style, counted, listing


def render(report: Report, style: Style) -> str:
    """Write the findings of all specs, and what they come to."""
    codes = {finding.code for spec in report.specs for finding in spec.shown()}
    blocks = _blocks(report, style) if codes else ()
    return "\n".join([*blocks, *([] if style.quiet else [summed_up(report, style) + summary(report, sorted(codes), style)])])


def _blocks(report: Report, style: Style) -> Iterator[str]:
    from rflint.formatters.block import block  # noqa: PLC0415 - start-up: a clean run draws nothing
    from rflint.formatters.frames import split_lines  # noqa: PLC0415 - start-up

    for spec in report.specs:
        findings = list(spec.shown())
        sources = {path: split_lines(text) for path, text in spec.sources.items()} if findings else {}
        yield from ("".join(f"{row}\n" for row in block(finding, sources, style)) for finding in findings)


def summed_up(report: Report, style: Style) -> str:
    """Tell, a line for each rule, how many findings are not shown, the gravest and most frequent first; empty where all are."""
    counts: dict[tuple[Severity, str, str], int] = {}
    for spec in report.specs:
        for each in spec.summed_up():
            key = (each.severity, each.code, each.name)
            counts[key] = counts.get(key, 0) + 1
    if not counts:
        return ""
    codes = {code for _, code, _ in counts}
    about = {entry.code: entry.load().summary for entry in report.rules if entry.code in codes}
    heads = {key: counted(count, key[0]) for key, count in counts.items()}
    widest, longest = max(map(len, heads.values())), max(len(f"{code} {name}") for _, code, name in counts)
    keys = sorted(counts, key=lambda key: (-SEVERITY_ORDER[key[0]], -counts[key], key[1]))
    lines = []
    for key in keys:
        severity, code, name = key
        head = f"{' ' * (widest - len(heads[key]))}{style.paint(severity, heads[key])}  {f'{code} {name}':<{longest}}  "
        lines.append(f"{head}{cut(about.get(code, ''), style.width - widest - longest - 4)}".rstrip())
    lines += wrap(f"--show {keys[-1][0]} shows where; rflint explain {keys[0][1]} says why.", style.width)
    return "".join(f"{line}\n" for line in [*lines, ""])


def summary(report: Report, codes: Sequence[str], style: Style) -> str:
    """Say what the findings come to, and where to read on."""
    failed = sum(spec.internal_error is not None for spec in report.specs)
    hit = sum(any(not finding.suppressed for finding in spec.findings) for spec in report.specs)
    lines = [_verdict(report, hit, style)]
    if failed:
        lines.append(f"{counted(failed, 'spec')} could not be checked: rflint itself failed.")
    if codes:
        from rflint.formatters.fixes import tally  # noqa: PLC0415 - start-up

        fixable = tally(report)
        lines += [fixable] if fixable else []
        others = f" (or {', '.join(codes[1:])})" if len(codes) > 1 else ""
        lines += wrap(f"Why it matters, how to mend or accept it: rflint explain {codes[0]}{others}", style.width)
    lines += [line for advice in _advice(report) for line in wrap(advice, style.width)]
    return "".join(f"{line}\n" for line in lines)


def _advice(report: Report) -> Iterator[str]:
    """What somebody should know who sees rflint for the first time."""
    if hiding := {each.code for spec in report.specs for each in spec.findings if each.hides_others and not each.suppressed}:
        verb = "keeps" if len(hiding) == 1 else "keep"
        yield f"{listing(sorted(hiding))} {verb} rflint from judging everything: mend that first, then other findings may come or go."
    total = report.summary
    if total.infos and not total.errors and not total.warnings:
        yield "Infos do not fail a run, unless --fail-on or the configuration says so."


def _verdict(report: Report, hit: int, style: Style) -> str:
    total = report.summary
    kinds = (("error", total.errors), ("warning", total.warnings), ("info", total.infos))
    found = [style.paint(kind, counted(number, kind)) for kind, number in kinds if number]
    suppressed = silenced(report)
    if not found:
        return f"{style.paint('good', 'No findings')} in {counted(total.specs, 'spec')}{suppressed}."
    where = f"{hit:,} of {counted(total.specs, 'spec')}" if total.specs > 1 else "1 spec"
    return f"Found {listing(found)} in {where}{suppressed}."
