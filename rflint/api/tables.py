"""Rows for data frames, and tables for notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from html import escape
from typing import Any, Final

from rflint.formatters import cells, csv
from rflint.model import SpecReport
from rflint.words import amount, safe

#: Rows of a table in a notebook; of more, as many from both ends.
_MOST: Final = 60

LAYER_HEAD: Final = ("layer", "op", "size", "input", "RF", "stride", "padding", "centre", "aligned", "channels", "params", "macs")
FINDING_HEAD: Final = ("rule", "severity", "line", "layer", "message")


def parsed(text: str) -> dict[str, Any]:
    """Return what a format for machines says, as plain data."""
    document: dict[str, Any] = json.loads(text)
    return document


def number(value: Fraction | float | None) -> int | float | None:
    """An integer where it is one."""
    return None if value is None else int(value) if value == int(value) else float(value)


def extent(size: Sequence[int | None]) -> str:
    """Write a size as tables do."""
    return cells.extent(size)


def layer_rows(spec: SpecReport) -> list[dict[str, Any]]:
    """One flat mapping per layer, input and axis."""
    rows: list[dict[str, Any]] = list(csv.rows(spec))
    for row in rows:
        row["stride"] = number(None if row["stride"] is None else Fraction(row["stride"]))
    return rows


def finding_rows(spec: SpecReport) -> list[dict[str, Any]]:
    """One flat mapping per finding."""
    return [
        {
            "code": each.code,
            "name": each.name,
            "severity": each.severity,
            "message": each.message,
            "help": each.help,
            "path": each.path,
            "line": each.span.line,
            "column": each.span.column,
            "layer": each.layer,
            "input": each.input,
            "axes": None if each.axes is None else " ".join(each.axes),
            "suppressed": each.suppressed,
        }
        for each in spec.findings
    ]


def finding_cells(spec: SpecReport) -> list[Sequence[str]]:
    """Rows under FINDING_HEAD, of findings that nothing suppresses."""
    return [
        (f"{each.code} {each.name}", each.severity, str(each.span.line), each.layer or "", each.message)
        for each in spec.findings
        if not each.suppressed
    ]


def layer_cells(spec: SpecReport) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Head and rows of the table of layers; columns that say nothing are left out."""
    rows: list[Sequence[str]] = []
    for layer in spec.layers:
        own = (layer.name, layer.op, cells.extent(layer.size))
        counts = ("" if layer.channels is None else str(layer.channels), amount(layer.params), amount(layer.macs))
        seen = [
            (name, cells.receptive_field(each), cells.stride(each), cells.padding(each), cells.center(each), cells.aligned(each))
            for name, each in layer.receptive_field.items()
        ]
        rows += [(*own, *each, *counts) for each in seen or [("",) * 6]]
    always = set(LAYER_HEAD) - {"input", "channels", "params", "macs"}
    several = len(spec.inputs) > 1
    kept = [
        place
        for place, name in enumerate(LAYER_HEAD)
        if name in always or (several if name == "input" else any(row[place] not in {"", "0"} for row in rows))
    ]
    return [LAYER_HEAD[place] for place in kept], [[row[place] for place in kept] for row in rows]


def of_rows(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Show flat mappings as a table."""
    head = list(dict.fromkeys(key for row in rows for key in row if any(each.get(key) is not None for each in rows)))
    return html(title, head, [[_shown(row.get(key)) for key in head] for row in rows])


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else cells.number(value) if isinstance(value, (int, float)) else str(value)


def html(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table; names are a stranger's text, and escaped."""
    return "".join(_html(title, head, rows))


def _html(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    left_out = max(0, len(rows) - _MOST)
    yield f"<table><caption>{_text(title)}</caption>"
    if not rows:
        yield "<tr><td>nothing</td></tr></table>"
        return
    yield f"<thead><tr>{''.join(f'<th>{_text(name)}</th>' for name in head)}</tr></thead><tbody>"
    shown = [*rows[: _MOST // 2], *rows[-_MOST // 2 :]] if left_out else rows
    for place, row in enumerate(shown):
        if left_out and place == _MOST // 2:
            yield f'<tr><td colspan="{len(head)}">… {left_out} more rows …</td></tr>'
        yield f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>"
    yield "</tbody></table>"


def _text(text: str) -> str:
    return escape(safe(text))
