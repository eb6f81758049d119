"""`text`: a table of the layers, the targets and the findings, for people."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.formatters import cells
from rflint.formatters.columns import BY_NAME, LAST_RANK_OF_EXTRAS, Column
from rflint.formatters.concise import line as concise_line
from rflint.formatters.full import summary, summed_up
from rflint.formatters.layer_table import layer_table, notes, role, target_rows
from rflint.formatters.prose import wrap
from rflint.formatters.table import Lane, fitted
from rflint.model import Report, SpecReport
from rflint.words import Choice, Style, safe


def render(report: Report, style: Style) -> str:
    """Write one section per spec, and what the findings come to; no row is wider than the terminal."""
    sections = ["".join(f"{row}\n" for row in _section(spec, style)) for spec in report.specs]
    return "\n".join([*sections, *([] if style.quiet else [summed_up(report, style) + summary(report, [], style)])])


def _section(spec: SpecReport, style: Style) -> Iterator[str]:
    yield f"{style.paint('strong', safe(spec.name))}  {safe(spec.path)}"
    for item in spec.inputs:
        yield f"input {safe(item.name)}: {cells.input_text(item)}" + (f" ({', '.join(map(safe, spec.axes))})" if len(spec.axes) > 1 else "")
    if spec.layers:
        yield ""
        yield from _layers(spec, style)
    if spec.targets:
        yield ""
        yield from fitted(*target_rows(spec), style, role=role).lines
    if findings := list(spec.shown()):
        yield ""
    plain = Style(style.width)
    for finding in findings:
        first, *rest = wrap(concise_line(finding, plain), style.width - 2)
        yield from (style.paint(finding.severity, row) for row in (first, *(f"  {row}" for row in rest)))


def _layers(spec: SpecReport, style: Style) -> Iterator[str]:
    table = layer_table(spec, style.choice)
    lanes = [Lane(column.heading, column.number, _rank(column, place, style.choice)) for place, column in enumerate(table.columns)]
    shown = fitted(lanes, table.cells, style, LAST_RANK_OF_EXTRAS, role)
    yield from shown.lines
    if style.quiet:
        return
    said = list(notes(spec, table, style.choice))
    if missed := [lane.heading for lane in lanes if lane.heading in shown.dropped and lane.rank > LAST_RANK_OF_EXTRAS]:
        said.append(f"no room for: {', '.join(missed)}; --columns chooses")
    yield from (row for note in said for row in wrap(note, style.width))
    fields = (field for row in table.rows.rows for field in row.layer.receptive_field.values())
    names = {column.name for column in table.columns if column.heading not in shown.dropped}
    yield from (style.paint("faint", row) for note in cells.legend(fields, names) for row in wrap(note, style.width))


def _rank(column: Column, place: int, choice: Choice) -> int:
    """Rank of a column; of those that somebody asked for, the first ones stay longest."""
    if column.name == choice.sort:
        return BY_NAME["layer"].rank
    return BY_NAME["layer"].rank - place if choice.columns else column.rank
