"""Columns of the tables of layers: one entry each, for text, markdown and CSV alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from rflint.formatters import cells
from rflint.words import amount, per_axis

if TYPE_CHECKING:
    from rflint.model.layers import LayerReport, ReceptiveField

Plain = str | int | float | bool | None


class Row(NamedTuple):
    """One layer, or several that are folded into one row."""

    name: str
    op: str
    #: The layer itself; of several, the one whose features the others make.
    layer: LayerReport
    params: int | None
    macs: int | None
    #: How many layers it stands for.
    layers: int = 1


class Column(NamedTuple):
    """One thing to say of a layer."""

    #: As `--columns`, CSV and JSON call it.
    name: str
    #: Over tables for people.
    heading: str
    #: Its text in a table.
    text: Callable[[Row, str, ReceptiveField | None], str]
    #: Its value on one axis, for CSV.
    plain: Callable[[Row, str, ReceptiveField | None, int], Plain]
    #: Columns of a higher rank stay longer where there is no room for all; 0: the table has it where it is asked for.
    rank: int
    number: bool = True
    #: About the layer, not about what it sees: said once, whatever the number of inputs.
    own: bool = False


def _of_row(name: str, heading: str, value: Callable[[Row], Plain], rank: int, *, number: bool = False, large: bool = False) -> Column:
    def text(row: Row, _source: str, _field: ReceptiveField | None) -> str:
        found = value(row)
        return amount(found) if large and (found is None or isinstance(found, int)) else "" if found is None else str(found)

    return Column(name, heading, text, lambda row, _source, _field, _axis: value(row), rank, number, own=True)


def _of_field(name: str, heading: str, text: Callable[[ReceptiveField], str], values: str, rank: int, *, number: bool = True) -> Column:
    def plain(_row: Row, _source: str, field: ReceptiveField | None, axis: int) -> Plain:
        value = None if field is None else getattr(field, values)
        return value[axis] if isinstance(value, tuple) else value

    return Column(name, heading, lambda _row, _source, field: "" if field is None else text(field), plain, rank, number)


def _numbers(name: str) -> Callable[[ReceptiveField], str]:
    return lambda field: per_axis(getattr(field, name), lambda value: "-" if value is None else cells.number(value), "/")


def _why(field: ReceptiveField) -> str:
    return " ".join(f"{value}={reason}" for value, reason in sorted(field.why.items()))


#: In the order in which tables have them.
COLUMNS: Final[Sequence[Column]] = (
    _of_row("line", "line", lambda row: row.layer.line or None, 0, number=True),
    _of_row("layer", "layer", lambda row: row.name, 100),
    _of_row("op", "op", lambda row: row.op, 13),
    _of_row("from", "from", lambda row: " ".join(row.layer.sources), 0),
    Column("input", "input", lambda _row, source, _field: source, lambda _row, source, _field, _axis: source or None, 99, number=False),
    Column(
        "size",
        "size",
        lambda row, _source, _field: cells.extent(row.layer.size),
        lambda row, _source, _field, axis: row.layer.size[axis],
        14,
        own=True,
    ),
    _of_row("channels", "channels", lambda row: row.layer.channels, 8, number=True),
    _of_row("params", "params", lambda row: row.params, 6, number=True, large=True),
    _of_row("macs", "macs", lambda row: row.macs, 7, number=True, large=True),
    _of_field("receptive_field", "RF", cells.receptive_field, "size", 98),
    _of_field("receptive_field_min", "least RF", _numbers("size_min"), "size_min", 0),
    _of_field("stride", "stride", cells.stride, "grid_stride", 15),
    _of_field("padding", "padding", cells.padding, "padding", 5),
    _of_field("center", "centre", cells.center, "center", 10),
    _of_field("aligned", "aligned", cells.aligned, "aligned", 12, number=False),
    _of_field("global", "global", lambda field: "yes" if field.is_global else "no", "is_global", 0, number=False),
    _of_field("drift", "drift", _numbers("drift"), "drift", 3),
    _of_field("lookahead", "look-ahead", _numbers("lookahead"), "lookahead", 1),
    _of_field("effective", "effective", _numbers("effective"), "effective", 2),
    _of_field("density", "density", _numbers("density"), "density", 0),
    _of_field("exact", "exact", lambda field: "yes" if field.exact else "no", "exact", 0, number=False),
    Column(
        "why",
        "why",
        lambda _row, _source, field: "" if field is None else _why(field),
        lambda _row, _source, field, _axis: None if field is None else _why(field),
        0,
        number=False,
    ),
)

#: The first to go where there is no room: a table can do without them.
LAST_RANK_OF_EXTRAS: Final = 3
#: Columns that a table for people leaves out where no row has anything there.
CAN_BE_SILENT: Final = frozenset({"channels", "params", "macs", "drift", "lookahead", "effective"})
#: Order of the columns for people: what was written, what it sees, what it costs.
_FOR_PEOPLE: Final = (
    "line", "layer", "op", "from", "size", "input", "receptive_field", "receptive_field_min", "stride", "padding", "center", "aligned",
    "global", "drift", "lookahead", "effective", "density", "exact", "why", "channels", "params", "macs",
)  # fmt: skip
BY_NAME: Final = {column.name: column for column in COLUMNS}


def for_people(asked: Sequence[str]) -> Sequence[Column]:
    """Columns of a table for people: those that are asked for, in that order and behind the layer, or those of any rank."""
    if asked:
        return [BY_NAME[name] for name in dict.fromkeys(("layer", *asked))]
    return [BY_NAME[name] for name in _FOR_PEOPLE if BY_NAME[name].rank]


def called(word: str) -> str | None:
    """Name of the column that somebody calls so, by name or heading, in any case; None where there is none."""
    word = word.lower()
    return next((column.name for column in COLUMNS if word in {column.name, column.heading.lower()}), None)
