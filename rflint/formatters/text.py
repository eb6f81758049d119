"""`text`: a table of every layer, the targets and the findings, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rflint.formatters import cells
from rflint.formatters.concise import line as concise_line
from rflint.formatters.full import summary, summed_up
from rflint.formatters.prose import wrap
from rflint.formatters.table import table
from rflint.model import Report, SpecReport
from rflint.words import Style, safe

if TYPE_CHECKING:
    from rflint.model.layers import LayerReport


def render(report: Report, style: Style) -> str:
    """Write one section per spec, and what the findings come to."""
    sections = ["".join(f"{row}\n" for row in _section(spec, style)) for spec in report.specs]
    return "\n".join([*sections, *([] if style.quiet else [summed_up(report, style) + summary(report, [], style)])])


def _section(spec: SpecReport, style: Style) -> Iterator[str]:
    yield f"{style.paint('strong', safe(spec.name))}  {safe(spec.path)}"
    for item in spec.inputs:
        yield f"input {safe(item.name)}: {cells.input_text(item)}" + (f" ({', '.join(map(safe, spec.axes))})" if len(spec.axes) > 1 else "")
    if spec.layers:
        yield ""
        yield from table(*layer_rows(spec), cells.NUMBERS, style)
        yield from _below(spec, style)
    if spec.targets:
        yield ""
        yield from table(cells.TARGET_HEAD, [cells.target_cells(target) for target in spec.targets], cells.NUMBERS, style)
    if findings := list(spec.shown()):
        yield ""
    plain = Style(style.width)
    for finding in findings:
        first, *rest = wrap(concise_line(finding, plain), style.width - 2)
        yield style.paint(finding.severity, first)
        yield from (f"  {row}" for row in rest)


def layer_rows(spec: SpecReport) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Head and rows of the table of layers, one row per layer and input; columns that say nothing are left out."""
    several = len(spec.inputs) > 1
    head = ["layer", "op", "size", "input", "RF", "stride", "padding", "centre", "aligned", "channels", "params", "macs"]
    rows = [row for layer in spec.layers for row in _rows(layer)]
    kept = [
        place for place, name in enumerate(head) if name not in {"input", "channels", "params", "macs"} or _says(name, rows, place, several)
    ]
    return [head[place] for place in kept], [[row[place] for place in kept] for row in rows]


def _says(name: str, rows: Sequence[Sequence[str]], place: int, several: bool) -> bool:
    return several if name == "input" else any(row[place] not in {"", "0"} for row in rows)


def _rows(layer: LayerReport) -> Iterator[Sequence[str]]:
    own = (layer.name, layer.op, cells.extent(layer.size))
    counts = ("" if layer.channels is None else str(layer.channels), cells.amount(layer.params), cells.amount(layer.macs))
    if not layer.receptive_field:
        yield (*own, "", "", "", "", "", "", *counts)
    for place, (name, field) in enumerate(layer.receptive_field.items()):
        seen = (cells.receptive_field(field), cells.stride(field), cells.padding(field), cells.center(field), cells.aligned(field))
        yield (*own, name, *seen, *counts) if not place else ("", "", "", name, *seen, "", "", "")


def _below(spec: SpecReport, style: Style) -> Iterator[str]:
    """Say what is to be said under the table of layers: the sum, and what its words mean."""
    params, macs = cells.total([layer.params for layer in spec.layers]), cells.total([layer.macs for layer in spec.layers])
    said = [f"{params:,} parameters"] if params else []
    said += [f"{cells.amount(macs)} multiply-adds"] if macs else []
    if said:
        yield f"total: {', '.join(said)}"
    for row in cells.legend(field for layer in spec.layers for field in layer.receptive_field.values()):
        yield style.paint("faint", row)
