"""`badge`: what a run came to, as a small image for a README."""

from __future__ import annotations

from typing import Final

from rflint.drawing import COLORS, number, words
from rflint.model import Report
from rflint.words import Style, counted

_LABEL: Final = "receptive fields"
_HEIGHT: Final = 20
_GROUND: Final = "#3d444d"
_TEXT: Final = "#ffffff"


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format takes both
    """Draw the counts: the gravest severity that there is, else how many specs are sound."""
    value, role = _told(report)
    left, right = _room(_LABEL), _room(value)
    whole = left + right
    texts = "".join(
        f'<text x="{number(start + room / 2)}" y="14" textLength="{number(room - 12)}" lengthAdjust="spacingAndGlyphs">{words(text)}</text>'
        for start, room, text in ((0, left, _LABEL), (left, right, value))
    )
    told = words(f"{_LABEL}: {value}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(whole)}" height="{_HEIGHT}" role="img" aria-label="{told}">\n'
        f"<title>{told}</title>\n"
        f'<clipPath id="r"><rect width="{number(whole)}" height="{_HEIGHT}" rx="3"/></clipPath>\n'
        f'<g clip-path="url(#r)"><rect width="{number(left)}" height="{_HEIGHT}" fill="{_GROUND}"/>'
        f'<rect x="{number(left)}" width="{number(right)}" height="{_HEIGHT}" fill="{COLORS[role][0]}"/></g>\n'
        f'<g fill="{_TEXT}" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">{texts}</g>\n'
        "</svg>\n"
    )


def _told(report: Report) -> tuple[str, str]:
    """What a badge says, and the role of its colour."""
    total = report.summary
    failed = sum(spec.internal_error is not None for spec in report.specs)
    if failed:
        return f"{failed} failed", "bad"
    if total.errors:
        return counted(total.errors, "error"), "bad"
    if total.warnings:
        return counted(total.warnings, "warning"), "two"
    return "sound" if total.specs == 1 else f"{total.specs:,} sound", "good"


def _room(text: str) -> float:
    """Pixels that a text takes in Verdana, about, with what is left free at its sides."""
    return round(sum(3.9 if character in "fijlrt,. " else 6.9 for character in text) + 12)
