"""`csv`: one row per layer, input and axis, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rflint.model import Report, SpecReport
from rflint.words import Style, safe

if TYPE_CHECKING:
    from rflint.model.layers import LayerReport

_HEAD: Final = (
    "path", "spec", "line", "layer", "op", "from", "input", "axis", "size", "channels", "params", "macs",
    "receptive_field", "receptive_field_min", "stride", "padding", "center", "aligned", "global", "drift", "exact", "why",
)  # fmt: skip
#: A spreadsheet takes a text that begins with one of these for a formula.
_FORMULA: Final = ("=", "+", "-", "@")

Cell = str | int | float | bool | None


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Write every layer of every spec; empty cells are values that do not exist, `why` says why."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_HEAD)
    for spec in report.specs:
        for layer in spec.layers:
            writer.writerows([_cell(value) for value in row] for row in _rows(spec, layer))
    return stream.getvalue()


def _rows(spec: SpecReport, layer: LayerReport) -> Iterator[list[Cell]]:
    own: list[Cell] = [spec.path, spec.name, layer.line or None, layer.name, layer.op, " ".join(layer.sources)]
    counts: list[Cell] = [layer.channels, layer.params, layer.macs]
    for axis, name in enumerate(spec.axes):
        if not layer.receptive_field:
            yield [*own, None, name, layer.size[axis], *counts, *[None] * (len(_HEAD) - 12)]
        for source, field in layer.receptive_field.items():
            why = " ".join(f"{value}={reason}" for value, reason in sorted(field.why.items()))
            seen: list[Cell] = [field.size[axis], field.size_min[axis], field.grid_stride[axis], field.padding[axis], field.center[axis]]
            judged: list[Cell] = [field.aligned[axis], field.is_global, field.drift[axis], field.exact, why]
            yield [*own, source, name, layer.size[axis], *counts, *seen, *judged]


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        text = safe(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
