"""One finding for people: headline, source frames, notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rflint.formatters.fixes import words
from rflint.formatters.frames import Mark, frame, gutter_width
from rflint.formatters.prose import shared, wrap
from rflint.model import NOWHERE, Diagnostic
from rflint.words import Style, safe

#: Wider prose is hard to read, however wide the terminal.
_WIDEST_PROSE: Final = 120


def block(finding: Diagnostic, sources: Mapping[str, Sequence[str]], style: Style) -> Iterator[str]:
    """Write one finding: what is wrong, where, how to mend it."""
    yield from _headline(finding, style)
    files: dict[str, list[Mark]] = {finding.path: [Mark(finding.span, finding.name, primary=True)]}
    for note in finding.related:
        files.setdefault(note.path, []).append(Mark(note.span, note.message))
    gutter = max(gutter_width(marks) for marks in files.values())
    for path, marks in files.items():
        arrow = "-->" if path == finding.path else ":::"
        place = marks[0].span
        where = f"{safe(path)}{safe(finding.position) if place == NOWHERE else f':{place.line}:{place.column}'}"
        yield f"{' ' * gutter}{style.paint('frame', arrow)} {where}"
        if sources.get(path):
            yield from frame(sources[path], marks, gutter, finding.severity, style)
    notes = list(_notes(finding, sources.get(finding.path, ())))
    if notes and any(sources.get(path) for path in files):
        yield f"{' ' * gutter} {style.paint('frame', '|')}"
    for kind, text in notes:
        yield from _note(kind, text, gutter, style)


def _headline(finding: Diagnostic, style: Style) -> Iterator[str]:
    head = f"{finding.severity}[{finding.code}]"
    indent = len(head) + 2
    first, *rest = wrap(safe(finding.message), _prose_width(style) - indent) or [""]
    yield f"{style.paint(finding.severity, head)}: {style.paint('strong', first)}"
    yield from (f"{' ' * indent}{style.paint('strong', line)}" for line in rest)


def _notes(finding: Diagnostic, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(finding.instances) > 1:
        yield "note", shared(finding.instances)
    if finding.help:
        yield "help", finding.help
    if finding.fix is not None and lines:
        yield "fix" if finding.fix.safe else "unsafe fix", words(finding.fix, lines, finding.span.line)


def _note(kind: str, text: str, gutter: int, style: Style) -> Iterator[str]:
    indent = gutter + len(f" = {kind}: ")
    first, *rest = wrap(safe(text), _prose_width(style) - indent) or [""]
    yield f"{' ' * gutter} {style.paint('frame', '=')} {style.paint('strong', kind)}: {first}"
    yield from (f"{' ' * indent}{line}" for line in rest)


def _prose_width(style: Style) -> int:
    return min(style.width, _WIDEST_PROSE)
