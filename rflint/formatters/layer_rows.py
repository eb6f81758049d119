"""Rows of the tables of layers: which there are, what is folded into one, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from rflint.formatters import cells
from rflint.formatters.columns import BY_NAME, Plain, Row
from rflint.model import SpecReport
from rflint.words import Choice, covers, did_you_mean, quoted
from rflint.words.paths import coarsest, copies

if TYPE_CHECKING:
    from rflint.model.layers import LayerReport, ReceptiveField

#: A table of more layers has its blocks folded, unless asked otherwise.
FOLDED_ABOVE: Final = 60


class Rows(NamedTuple):
    """Rows of one spec, and what is not among them."""

    rows: Sequence[Row]
    #: Parts of a name that are told apart; None: all.
    depth: int | None = None
    #: Pointwise layers without a row.
    left_out: int = 0


def selected(spec: SpecReport, choice: Choice) -> SpecReport:
    """Keep the layers that a choice picks."""
    if not choice.picks:
        return spec
    wanted = {*spec.outputs, *(target.layer for target in spec.targets)}
    return spec._replace(
        layers=tuple(
            layer
            for layer in spec.layers
            if (not choice.only or any(covers(glob, layer.name) for glob in choice.only))
            and (not choice.ops or layer.op in choice.ops)
            and (not choice.outputs or layer.name in wanted)
        )
    )


def nothing_selected(specs: Iterable[SpecReport], choice: Choice) -> str:
    """Say which of the choices no layer meets."""
    layers = [layer for spec in specs for layer in spec.layers]
    ops = {layer.op for layer in layers}
    for op in choice.ops:
        if op not in ops:
            return f"--op: no layer is a `{op}`{did_you_mean(op, ops)}"
    if choice.only:
        names = [name for spec in specs for name in (*spec.instances, *(layer.name for layer in spec.layers))]
        hint = did_you_mean(choice.only[0], names) if len(choice.only) == 1 else ""
        return f"--only: no layer is called {quoted(choice.only)}{f', and is a {quoted(choice.ops)}' if choice.ops else ''}{hint}"
    return "no layer is what is asked for"


def rows_of(spec: SpecReport, choice: Choice, *, for_people: bool = True) -> Rows:
    """Return the rows of a table; that for people is folded, and has no pointwise layers, where nothing else is asked for."""
    depth = choice.depth
    short = for_people and not choice.every and not choice.picks
    if short and depth is None and sum(not layer.pointwise for layer in spec.layers) > FOLDED_ABOVE:
        depth = coarsest([layer.name for layer in spec.layers])
    rows = _folded(spec, depth) if depth is not None else [_row(layer) for layer in spec.layers]
    kept = rows
    if short:
        marked = {*spec.outputs, *(target.layer for target in spec.targets)}
        kept = [row for row in rows if not row.layer.pointwise or row.layers > 1 or row.name in marked] or rows
    if choice.sort:
        kept = _sorted(kept, choice.sort)
    is_folded = any(row.layers > 1 for row in kept)
    return Rows(kept, depth if is_folded else None, len(rows) - len(kept))


def _row(layer: LayerReport) -> Row:
    return Row(layer.name, layer.op, layer, layer.params, layer.macs)


def _folded(spec: SpecReport, depth: int) -> list[Row]:
    groups: dict[str, list[LayerReport]] = {}
    for layer in spec.layers:
        groups.setdefault("/".join(layer.name.split("/")[:depth]), []).append(layer)
    return [_group(key, members, spec.instances.get(key, key), depth) for key, members in groups.items()]


def _group(key: str, members: Sequence[LayerReport], stands_for: str, depth: int) -> Row:
    if len(members) == 1:
        return _row(members[0])
    layer = next((member for member in members if member.name == stands_for), members[-1])
    repeated = copies([member.name.split("/")[depth:] for member in members if member.name != key])
    params, macs = cells.total([member.params for member in members]), cells.total([member.macs for member in members])
    return Row(f"{key} ×{repeated}" if repeated else key, f"{len(members):,} layers", layer, params, macs, len(members))


def _sorted(rows: Sequence[Row], name: str) -> list[Row]:
    """Put the largest first, and last what has no value; names in the order of the alphabet."""
    column = BY_NAME[name]

    def key(row: Row) -> tuple[bool, float, str]:
        fields: Sequence[ReceptiveField | None] = [*row.layer.receptive_field.values()] or [None]
        plain = [column.plain(row, "", field, axis) for field in fields for axis in range(len(row.layer.size))]
        values = [each for each in plain if each is not None]
        if not values or not column.number:
            return not values, 0, str(values)
        return False, -max(map(_fraction, values)), ""

    return sorted(rows, key=key)


def _fraction(value: Plain) -> float:
    """Read a number, or a ratio as the grid writes it: `31/2`."""
    above, _, below = str(value).partition("/")
    return float(above) / float(below or 1)
