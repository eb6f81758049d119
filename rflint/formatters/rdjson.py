"""`rdjson`: the Reviewdog Diagnostic Format, https://github.com/reviewdog/reviewdog/tree/master/proto/rdf.

Its columns count bytes of UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rflint.formatters.annotations import encodable, json_list, paragraphs, reported
from rflint.formatters.frames import split_lines
from rflint.model import NOWHERE, Diagnostic, Fix, Report, Span
from rflint.words import Style

#: Characters whose bytes are counted at once.
_PIECE: Final = 1 << 12


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Write one diagnostic per finding, with its fix as a suggestion: a reviewer decides on it."""
    texts = _Texts({path: text for spec in report.specs for path, text in spec.sources.items()})
    diagnostics = json_list(_diagnostic(finding, texts) for finding in reported(report))
    return f'{{"source": {{"name": "rflint"}}, "diagnostics": {diagnostics}}}\n'


def _diagnostic(finding: Diagnostic, texts: _Texts) -> dict[str, Any]:
    suggestion = None if finding.fix is None else _suggestion(finding, finding.fix, texts)
    return {
        "message": "\n".join(paragraphs(finding)),
        "location": {
            "path": encodable(finding.path),
            **({} if finding.span == NOWHERE else {"range": texts.range(finding.path, finding.span)}),
        },
        "severity": finding.severity.upper(),
        "code": {"value": finding.code},
        **({} if suggestion is None else {"suggestions": [suggestion]}),
    }


def _suggestion(finding: Diagnostic, fix: Fix, texts: _Texts) -> dict[str, Any] | None:
    """All edits as one text, since a reviewer takes suggestions one by one.

    None where an edit leaves the lines of the finding: reviewdog answers such a one with an error in the comment.
    """
    path, span = finding.path, finding.span
    edits = sorted(fix.edits)
    if not edits or edits[0].span.line < span.line or edits[-1].span.end_line > span.end_line or not texts.lines(path):
        return None
    start, end = edits[0].span[:2], edits[-1].span[2:]
    start = start if start[0] == span.line else span[:2]
    end = end if end[0] == span.end_line else span[2:]
    pieces, place = [], start
    for edit in edits:
        pieces += [texts.between(path, Span(*place, *edit.span[:2])), edit.text]
        place = edit.span[2:]
    pieces.append(texts.between(path, Span(*place, *end)))
    return {"range": texts.range(path, Span(*start, *end)), "text": encodable("".join(pieces))}


class _Texts:
    """Texts of the files that findings point into, by line; a file without one has no lines."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._lines: dict[str, list[str]] = {}
        #: Bytes before each piece of a line that is not ASCII: a hostile one has millions of characters.
        self._sums: dict[tuple[str, int], list[int]] = {}

    def lines(self, path: str) -> list[str]:
        if path not in self._lines:
            self._lines[path] = split_lines(self._texts[path]) if path in self._texts else []
        return self._lines[path]

    def between(self, path: str, span: Span) -> str:
        """Text of a span."""
        if lines := self.lines(path)[span.line - 1 : span.end_line]:
            lines[-1] = lines[-1][: span.end_column - 1]
            lines[0] = lines[0][span.column - 1 :]
        return "\n".join(lines)

    def range(self, path: str, span: Span) -> dict[str, dict[str, int]]:
        """Lines of a span, and its columns in bytes; what is not in the text counts as if it were ASCII."""
        return {
            "start": {"line": span.line, "column": self._column(path, span.line, span.column)},
            "end": {"line": span.end_line, "column": self._column(path, span.end_line, span.end_column)},
        }

    def _column(self, path: str, line: int, column: int) -> int:
        lines = self.lines(path)
        text = lines[line - 1] if line <= len(lines) else ""
        if text.isascii():
            return column
        if (path, line) not in self._sums:
            sums = self._sums[path, line] = [0]
            for start in range(0, len(text), _PIECE):
                sums.append(sums[-1] + _size(text[start : start + _PIECE]))
        before = min(column - 1, len(text))
        pieces = before // _PIECE
        return self._sums[path, line][pieces] + _size(text[pieces * _PIECE : before]) + (column - before)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
