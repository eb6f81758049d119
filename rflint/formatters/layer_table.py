"""The tables of a report, for text and markdown: layers, targets, what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from rflint.formatters import cells
from rflint.formatters.columns import CAN_BE_SILENT, Column, Row, for_people
from rflint.formatters.layer_rows import Rows, rows_of
from rflint.formatters.table import Lane
from rflint.model import FirstToSee, SpecReport, TargetReport
from rflint.words import Choice, amount, counted

if TYPE_CHECKING:
    from rflint.model.layers import ReceptiveField

#: Columns of the table of targets; the numbers say which go first where there is no room.
TARGET_LANES: Final = (
    Lane("target", rank=9),
    Lane("layer", rank=8),
    Lane("input", rank=3),
    Lane("size", number=True, rank=6),
    Lane("guaranteed", number=True, rank=2),
    Lane("seen whole", rank=7),
    Lane("always from", rank=5),
    Lane("at best from", rank=4),
)


class LayerTable(NamedTuple):
    """The table of the layers of one spec."""

    columns: Sequence[Column]
    cells: Sequence[Sequence[str]]
    rows: Rows


def layer_table(spec: SpecReport, choice: Choice) -> LayerTable:
    """Lay out one row per layer (or block) and input; columns that say nothing are left out, unless they are asked for."""
    rows = rows_of(spec, choice)
    columns = for_people(choice.columns)
    table = [line for row in rows.rows for line in _lines(row, columns)]
    silent = {"", "0", "-"}
    kept = [
        place
        for place, column in enumerate(columns)
        if choice.columns
        or (len(spec.inputs) > 1 if column.name == "input" else column.name not in CAN_BE_SILENT)
        or (column.name in CAN_BE_SILENT and any(line[place] not in silent for line in table))
    ]
    return LayerTable([columns[place] for place in kept], [[line[place] for place in kept] for line in table], rows)


def _lines(row: Row, columns: Sequence[Column]) -> Iterator[Sequence[str]]:
    fields: Sequence[tuple[str, ReceptiveField | None]] = [*row.layer.receptive_field.items()] or [("", None)]
    for place, (source, field) in enumerate(fields):
        yield [column.text(row, source, field) if not (place and column.own) else "" for column in columns]


def role(heading: str, cell: str) -> str:
    """How a cell is coloured: what is wrong stands out."""
    if heading == "aligned" and "no" in cell.replace("/", " ").split():
        return "error"
    return _VERDICT_ROLES.get(cell, "") if heading == "seen whole" else ""


_VERDICT_ROLES: Final = {
    cells.VERDICTS["guaranteed"]: "good",
    cells.VERDICTS["not-guaranteed"]: "warning",
    cells.VERDICTS["too-large"]: "error",
    cells.VERDICTS["unknown"]: "warning",
}


def notes(spec: SpecReport, table: LayerTable, choice: Choice) -> Iterator[str]:
    """Say what stands under the table: sums, and what is not in it."""
    params, macs = cells.total([layer.params for layer in spec.layers]), cells.total([layer.macs for layer in spec.layers])
    said = [counted(len(spec.layers), "layer")]
    said += [counted(params, "parameter")] if params else []
    said += [f"{amount(macs)} multiply-adds"] if macs else []
    yield f"{'picked' if choice.picks else 'total'}: {', '.join(said)}"
    rows, depth, left_out = table.rows
    if depth is not None:
        blocks = [row for row in rows if row.layers > 1]
        yield (
            f"folded: {counted(sum(row.layers for row in blocks), 'layer')} in {counted(len(blocks), 'row')}; "
            f"--depth {depth + 1} unfolds a level, --all everything"
        )
    if left_out:
        yield f"left out: {counted(left_out, 'pointwise layer')}" + ("; --all shows every layer" if depth is None else "")


def target_rows(spec: SpecReport) -> tuple[Sequence[Lane], Sequence[Sequence[str]]]:
    """Head and rows of the table of targets."""
    rows = [_target(target) for target in spec.targets]
    kept = [place for place, lane in enumerate(TARGET_LANES) if lane.heading != "input" or len(spec.inputs) > 1]
    return [TARGET_LANES[place] for place in kept], [[row[place] for place in kept] for row in rows]


def _target(target: TargetReport) -> Sequence[str]:
    first = target.first or FirstToSee(None, complete=False)
    nobody = "no layer" if first.complete else "?"
    return (
        target.name,
        target.layer,
        target.input,
        cells.extent(target.size),
        cells.extent(target.guaranteed),
        cells.VERDICTS[target.verdict],
        first.layer or nobody,
        first.at_best or nobody,
    )
