"""Fixes in words: what an edit does to the text, and how many findings can be mended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rflint.formatters.prose import shorten
from rflint.model import LANGUAGE_ERRORS, Edit, Fix, Report, SpecReport
from rflint.words import listing

#: Edits of one fix that are told.
_TOLD: Final = 3
#: Columns of a text that is told.
_WIDEST: Final = 60
#: The key before a value.
_KEY: Final = re.compile(r"[\w./-]+: *\Z")


def words(fix: Fix, lines: Sequence[str], shown: int) -> str:
    """What a fix does to the lines of its file; `shown` is the line that the finding points at."""
    told = [_edit(edit, lines, shown) for edit in fix.edits[:_TOLD]]
    return listing([*told, *[""] * (len(fix.edits) - len(told))], _TOLD)


def _edit(edit: Edit, lines: Sequence[str], shown: int) -> str:
    span = edit.span
    if span.end_line > len(lines) + 1 or span.line > len(lines):
        return "change the end of the file"
    first = lines[span.line - 1]
    if span.end_line > span.line:
        return _of_lines(edit, lines)
    old = first[span.column - 1 : span.end_column - 1]
    where = "" if span.line == shown else f" in line {span.line}"
    if not edit.text:
        return f"remove {_quoted(old)}{where}"
    if not old:
        return f"add {_quoted(edit.text)}{where}"
    match = _KEY.search(first, 0, span.column - 1)
    key = match[0] if match else ""
    return f"{_quoted(key + old)} becomes {_quoted(key + edit.text)}{where}"


def _of_lines(edit: Edit, lines: Sequence[str]) -> str:
    """An edit that begins and ends in different lines: at the start of one, or at the end of the line before it."""
    span = edit.span
    first = span.line + (span.column > len(lines[span.line - 1]))
    last = span.end_line - (span.end_column == 1)
    if first == last:
        return f"remove {_quoted(lines[first - 1])}" if not edit.text else f"change line {first}"
    return f"{'change' if edit.text else 'remove'} lines {first} to {last}"


def _quoted(text: str) -> str:
    """A text of the file as code; the comma and the blanks around it are no matter."""
    return f"`{shorten(text.strip(' ,').strip(), _WIDEST).replace('`', chr(39))}`"


def _applicable(spec: SpecReport) -> Iterator[Fix]:
    """Fixes of a spec that can be applied now; before all others those that make it understood."""
    obscure = any(finding.severity == "error" and finding.code in LANGUAGE_ERRORS for finding in spec.findings)
    for finding in spec.findings:
        own = finding.path == spec.path and not finding.suppressed
        if finding.fix is not None and own and (not obscure or finding.code in LANGUAGE_ERRORS):
            yield finding.fix


def tally(report: Report) -> str | None:
    """Say how many findings `--fix` can mend; None: there are none."""
    fixes = [fix.safe for spec in report.specs for fix in _applicable(spec)]
    safe = sum(fixes)
    unsafe = len(fixes) - safe
    if not fixes:
        return None
    if not unsafe:
        return f"{safe} fixable with --fix."
    return f"{safe} fixable with --fix ({unsafe} more with --unsafe-fixes)." if safe else f"{unsafe} fixable with --fix --unsafe-fixes."
