"""`markdown`: of `report`, the tables of `text` for wikis; of `check`, the findings for a comment on a pull request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from rflint.formatters import cells, overview
from rflint.formatters.annotations import failures, headline, reported
from rflint.formatters.columns import COLUMNS, LAST_RANK_OF_EXTRAS
from rflint.formatters.layer_table import TARGET_LANES, layer_table, notes, target_rows
from rflint.formatters.prose import silenced
from rflint.model import NOWHERE, SEVERITY_ORDER, Diagnostic, Report, SpecReport
from rflint.words import Style, counted, listing, safe

#: Characters of a comment; GitHub takes at most 65,536.
_ROOM: Final = 60_000

_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>#~&$]")
_PIPE: Final = re.compile(r"(\\*)\|")
_CODE: Final = re.compile(r"`[^`]+`")
_NUMBERS: Final = {each.heading for each in COLUMNS if each.number} | {lane.heading for lane in TARGET_LANES if lane.number}
_OVERVIEW_NUMBERS: Final = frozenset(overview.NUMBERS)
_NAMES: Final = frozenset({"layer", "op", "from", "input", "target", "always from", "at best from"})


def render(report: Report, style: Style) -> str:
    """Write one section per spec, and the counts; where no layers are asked for, the findings only."""
    return _tables(report, style) if style.layers else _comment(report)


def _tables(report: Report, style: Style) -> str:
    rows = ["# Receptive fields", ""]
    if len(report.specs) > 1 or report.against is not None:
        rows += [*_overview(report)]
    for spec in report.specs:
        rows.extend(_section(spec, style))
    total = report.summary
    kinds = ((total.errors, "error"), (total.warnings, "warning"), (total.infos, "info"), (total.suppressed, "suppressed finding"))
    found = [counted(number, noun) for number, noun in kinds if number]
    if not style.quiet:
        rows.append(f"{counted(total.specs, 'spec')}: {listing(found) if found else 'no findings'}.")
    return "".join(f"{row}\n" for row in rows)


def _overview(report: Report) -> Iterator[str]:
    """All specs in one table, and what became of them since an older report."""
    yield from _laid_out(overview.HEAD, overview.rows(report), _OVERVIEW_NUMBERS, ())
    if told := overview.since(report):
        yield prose(told)
        yield ""


def _comment(report: Report) -> str:
    """Say what was found, then list it, the gravest first, as far as a comment has room."""
    failed = len(list(failures(report)))
    found_at_all = reported(report)
    findings = sorted(reported(report, shown=True), key=lambda each: -SEVERITY_ORDER[each.severity])
    severities = [each.severity for each in found_at_all]
    errors, warnings, infos = severities.count("error") - failed, severities.count("warning"), severities.count("info")
    kinds = ((errors, "error"), (warnings, "warning"), (infos, "info"))
    found = listing([counted(number, noun) for number, noun in kinds if number] or ["no findings"])
    crashed = f" {counted(failed, 'spec')} could not be checked: rflint itself failed." if failed else ""
    rows = [f"**rflint:** {found} in {counted(report.summary.specs, 'spec')}{silenced(report)}.{crashed}"]
    room = _ROOM
    for place, finding in enumerate(findings):
        item = _item(finding)
        room -= len(item) + 1
        if room < 0:
            rows += ["", f"{counted(len(findings) - place, 'more finding')} would not fit here: `rflint check` lists all of them."]
            break
        rows += [item] if place else ["", item]
    if hidden := _summed_up(found_at_all, findings):
        rows += ["", hidden]
    return "".join(f"{row}\n" for row in rows)


def _summed_up(found: Sequence[Diagnostic], listed: Sequence[Diagnostic]) -> str:
    """Say how many findings are not listed, by rule; empty where all are."""
    counts = Counter((each.severity, each.code) for each in found)
    counts.subtract((each.severity, each.code) for each in listed)
    rules = sorted((-count, code, severity) for (severity, code), count in counts.items() if count > 0)
    if not rules:
        return ""
    least = min((severity for _, _, severity in rules), key=SEVERITY_ORDER.__getitem__)
    return f"Not listed: {', '.join(f'{code} ×{-count}' for count, code, _ in rules)} (`rflint check --show {least}` lists them)."


def _item(finding: Diagnostic) -> str:
    where = code(f"{finding.path}{finding.position}")
    shared = f" ({len(finding.instances)} layers share this)" if len(finding.instances) > 1 else ""
    item = f"- **{finding.severity}** {prose(headline(finding))}, {where}: {prose(finding.message)}{shared}"
    return f"{item}\n  *help:* {prose(finding.help)}" if finding.help else item


def _section(spec: SpecReport, style: Style) -> Iterator[str]:
    yield f"## {prose(spec.name)}"
    yield ""
    axes = f" ({', '.join(map(code, spec.axes))})" if len(spec.axes) > 1 else ""
    yield f"{code(spec.path)}" + "".join(f", input {code(item.name)}: {cells.input_text(item)}{axes}" for item in spec.inputs)
    yield ""
    if spec.layers:
        laid_out = layer_table(spec, style.choice)
        asked = style.choice.columns
        kept = [place for place, column in enumerate(laid_out.columns) if asked or column.rank > LAST_RANK_OF_EXTRAS]
        head = [laid_out.columns[place].heading for place in kept]
        yield from table(head, [[line[place] for place in kept] for line in laid_out.cells])
        if not style.quiet:
            yield prose(" ".join(f"{note[0].upper()}{note[1:]}." for note in notes(spec, laid_out, style.choice)))
            yield ""
        if legend := cells.legend(
            (field for row in laid_out.rows.rows for field in row.layer.receptive_field.values()),
            {laid_out.columns[place].name for place in kept},
        ):
            yield prose(f"{'; '.join(legend)}.")
            yield ""
    if spec.targets:
        lanes, rows = target_rows(spec)
        yield from table([lane.heading for lane in lanes], rows)
    findings = list(spec.shown())
    for finding in findings:
        where = code(f"{finding.path}{finding.position}" if finding.span == NOWHERE else f"{finding.path}:{finding.span.line}")
        yield f"- **{finding.severity}** {finding.code} ({where}): {prose(finding.message)}" + (
            f" *{prose(finding.help)}*" if finding.help else ""
        )
    if findings:
        yield ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Write a table in the dialect of GitHub and GitLab; names stand in code spans."""
    return _laid_out(head, rows, _NUMBERS, _NAMES)


def _laid_out(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[str], names: Collection[str]) -> Iterator[str]:
    yield f"| {' | '.join(name.replace('RF', 'receptive field') for name in head)} |"
    yield f"|{'|'.join('---:' if name in numbers else '---' for name in head)}|"
    for row in rows:
        shown = [code(cell) if name in names and " layer" not in cell else prose(cell) for name, cell in zip(head, row, strict=True)]
        yield f"| {' | '.join(_PIPE.sub(_escape_pipe, cell) for cell in shown)} |"
    yield ""


def _escape_pipe(match: re.Match[str]) -> str:
    """Keep a pipe inside its cell: it is escaped by an odd number of backslashes, in code spans too."""
    return match[1] + ("\\|" if len(match[1]) % 2 == 0 else "\\\\|")


def code(text: str) -> str:
    """Write a code span that shows the text as it is, whatever is in it."""
    if not (text := safe(text)):
        return ""
    ticks = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in (text[0], text[-1]) else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def prose(text: str) -> str:
    """Write a text as nothing but itself: no markup, no links, nobody notified; its code spans stay."""
    pieces, place = [], 0
    for span in _CODE.finditer(text):
        pieces += [_escaped(text[place : span.start()]), code(span[0][1:-1])]
        place = span.end()
    return "".join([*pieces, _escaped(text[place:])])


def _escaped(text: str) -> str:
    escaped = _SPECIAL.sub(lambda match: f"\\{match[0]}", safe(text))
    return escaped.replace("@", "@<!-- -->").replace("://", "&#58;//").replace("www.", "www&#46;")
