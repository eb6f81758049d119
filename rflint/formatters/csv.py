"""`csv`: one row per layer, input and axis, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rflint.formatters.columns import BY_NAME, Column, Plain, Row
from rflint.formatters.layer_rows import rows_of
from rflint.model import Report, SpecReport
from rflint.words import Choice, Style, safe

if TYPE_CHECKING:
    from rflint.model.layers import ReceptiveField

#: What a row is about; these are always there.
_KEYS: Final = ("path", "layer", "input", "axis")
_HEAD: Final = (
    "path", "spec", "line", "layer", "op", "from", "input", "axis", "size", "channels", "params", "macs",
    "receptive_field", "receptive_field_min", "stride", "padding", "center", "aligned", "global", "drift", "lookahead", "exact", "why",
)  # fmt: skip
#: A spreadsheet takes a text that begins with one of these for a formula.
_FORMULA: Final = ("=", "+", "-", "@")


def render(report: Report, style: Style) -> str:
    """Write every layer of every spec; empty cells are values that do not exist, `why` says why."""
    asked = style.choice.columns
    head = tuple(dict.fromkeys((*_KEYS, *asked))) if asked else _HEAD
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    columns = [BY_NAME.get(name, name) for name in head]
    for spec in report.specs:
        for row in rows_of(spec, style.choice, for_people=False).rows:
            writer.writerows([_cell(value) for value in values] for values in _rows(spec, row, columns))
    return stream.getvalue()


def rows(spec: SpecReport) -> Iterator[dict[str, Plain]]:
    """Yield one mapping per layer, input and axis, of all layers and columns; None is a value that does not exist."""
    columns = [BY_NAME.get(name, name) for name in _HEAD]
    for row in rows_of(spec, Choice(), for_people=False).rows:
        yield from (dict(zip(_HEAD, values, strict=True)) for values in _rows(spec, row, columns))


def _rows(spec: SpecReport, row: Row, columns: Sequence[Column | str]) -> Iterator[list[Plain]]:
    fields: Sequence[tuple[str, ReceptiveField | None]] = [*row.layer.receptive_field.items()] or [("", None)]
    for axis, name in enumerate(spec.axes):
        of_spec = {"path": spec.path, "spec": spec.name, "axis": name}
        for source, field in fields:
            yield [of_spec[each] if isinstance(each, str) else each.plain(row, source, field, axis) for each in columns]


def _cell(value: Plain) -> str:
    if isinstance(value, str):
        text = safe(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
