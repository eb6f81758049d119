"""A rule's manual page as plain text: its markdown, laid out for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rflint.formatters.manual import manual
from rflint.formatters.picture import Extent, strips
from rflint.formatters.prose import wrap
from rflint.model import Rule
from rflint.words import Style, counted, safe

__all__ = ["Extent", "Shown", "layout", "rule_page"]

_WIDEST: Final = 92
_LINK: Final = re.compile(r"\[([^]]+)\]\(([^)\s]+)\)")
_ITEM: Final = re.compile(r"(\s*)([-*]|[0-9]+\.)\s+(.*)")


class Shown(NamedTuple):
    """An example of a rule, run."""

    #: What `check` prints of it.
    findings: Sequence[str] = ()
    #: Features by name, and what they see along the first axis.
    features: Sequence[tuple[str, Extent]] = ()


def rule_page(rule: Rule, style: Style, failing: Shown = Shown(), passing: Shown = Shown()) -> str:  # noqa: B008 - it cannot be changed
    """Lay out everything there is to know of a rule, with what its examples come to."""
    severity = "graded, finding by finding" if rule.severity == "graded" else rule.severity
    rows = [
        f"{style.paint('strong', f'{rule.code} {rule.name}')} ({severity})",
        "",
        *(f"  {row}" for row in wrap(rule.summary, _room(style))),
    ]
    rows += ["", *layout(manual(rule), style)]
    for heading, text, shown in (("Reported", rule.example.failing, failing), ("Not reported", rule.example.passing, passing)):
        if not text:
            continue
        rows += ["", style.paint("strong", heading), "", *(f"    {safe(row)}".rstrip() for row in text.strip("\n").split("\n"))]
        rows += _told(shown, style)
    return "".join(f"{row}\n" for row in rows)


def _told(shown: Shown, style: Style) -> Iterator[str]:
    if shown.findings:
        yield from ("", *(f"  {row}".rstrip() for row in shown.findings))
    if shown.features and style.draws:
        axis, size = shown.features[0][1].axis, shown.features[0][1].size
        about = f"What single features see of the {counted(size, 'sample')} along {axis} (█ seen, + their centre, ░ outside of the map):"
        yield ""
        yield from (f"  {row}" for row in wrap(about, _room(style)))
        yield from ("", *(f"    {row}".rstrip() for row in strips(shown.features, style._replace(width=_room(style) - 4))))


def layout(markdown: str, style: Style) -> Iterator[str]:
    """Lay out headings, paragraphs, lists, code and tables; everything else stands as it is written."""
    lines = markdown.strip("\n").split("\n")
    while lines:
        line = lines.pop(0)
        if line.startswith("```"):
            while lines and not (line := lines.pop(0)).startswith("```"):
                yield f"    {safe(line)}".rstrip()
        elif line.startswith("#"):
            yield style.paint("strong", safe(line.lstrip("# ")))
        elif not line.strip() or line.startswith(("|", "    ")):
            yield f"  {safe(line)}".rstrip()
        else:
            while lines and lines[0].strip() and not lines[0].startswith(("#", "|", "```")) and not _ITEM.match(lines[0]):
                line += f" {lines.pop(0).strip()}"
            yield from _paragraph(line, style)


def _paragraph(text: str, style: Style) -> Iterator[str]:
    indent, bullet = "  ", ""
    if item := _ITEM.match(text):
        indent, bullet, text = f"  {item[1]}", f"{item[2]} ", item[3]
    text = safe(_LINK.sub(r"\1 (\2)", text).replace("**", ""))
    first, *rest = wrap(text, _room(style) - len(indent) + 2 - len(bullet)) or [""]
    yield f"{indent}{bullet}{first}"
    yield from (f"{indent}{' ' * len(bullet)}{row}" for row in rest)


def _room(style: Style) -> int:
    return min(style.width, _WIDEST) - 2
