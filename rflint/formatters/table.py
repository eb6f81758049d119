"""Tables on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, NamedTuple

from rflint.formatters.prose import columns, shorten, wrap
from rflint.words import Style, safe

#: Cells are cut in the middle past this.
_WIDEST_CELL: Final = 72
#: A last column of prose gets at least this many columns.
_NARROWEST_PROSE: Final = 24
#: Names are cut down to this before columns that matter are left out, and never below that.
_WIDEST_NAME: Final = 32
_NARROWEST_NAME: Final = 8


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[str], style: Style) -> Iterator[str]:
    """Lay out rows under their headings; the columns headed by one of `numbers` line up on the right."""
    shown = [list(head), *([shorten(safe(cell), _WIDEST_CELL) for cell in row] for row in rows)]
    widths = [max(columns(cell) for cell in column) for column in zip(*shown, strict=True)]
    for place, row in enumerate(shown):
        filled = []
        for name, cell, width in zip(head, row, widths, strict=True):
            fill = " " * (width - columns(cell))
            filled.append(fill + cell if name in numbers else cell + fill)
        text = "  ".join(filled).rstrip()
        yield text if place else style.paint("strong", text)


class Lane(NamedTuple):
    """One column of a table that has to fit."""

    heading: str
    number: bool = False
    #: Columns of a higher rank stay longer where there is no room for all.
    rank: int = 0


class Fitted(NamedTuple):
    """A table no wider than it may be."""

    lines: Sequence[str]
    #: Headings of the columns that had no room.
    dropped: Sequence[str]


def fitted(
    lanes: Sequence[Lane], rows: Sequence[Sequence[str]], style: Style, extras: int = 0, role: Callable[[str, str], str] | None = None
) -> Fitted:
    """Lay out rows so that none is wider than the terminal.

    Columns of a rank up to `extras` go first, then long cells lose their middle, then the other columns go, one after the other
    by rank; those come back that fit beside the rest.  `role` says how a cell is
    coloured, by its heading and its text.
    """
    shown = [[lane.heading for lane in lanes], *([safe(cell) for cell in row] for row in rows)]
    widths = [max(map(columns, column)) for column in zip(*shown, strict=True)]
    short = [min(width, _WIDEST_NAME) for width in widths]
    kept = list(range(len(lanes)))
    for place in sorted(kept[1:], key=lambda place: lanes[place].rank):
        needed = widths if lanes[place].rank <= extras else short
        if sum(needed[each] + 2 for each in kept) - 2 <= style.width:
            break
        kept.remove(place)
    # What went for a wide one may have room after all.
    for place in sorted(set(range(len(lanes))).difference(kept), key=lambda place: -lanes[place].rank):
        if sum(short[each] + 2 for each in (*kept, place)) - 2 <= style.width:
            kept = sorted([*kept, place])
    full = [min(width, _WIDEST_CELL) for width in widths]
    room = full if sum(full[each] + 2 for each in kept) - 2 <= style.width else short
    room[0] = min(widths[0], max(style.width - sum(room[each] + 2 for each in kept[1:]), _NARROWEST_NAME))
    lines = []
    for number, row in enumerate(shown):
        text, gap = "", 0
        for place in kept:
            cell = shorten(row[place], room[place])
            fill = room[place] - columns(cell)
            before, after = (fill, 0) if lanes[place].number else (0, fill)
            painted = style.paint("strong" if not number else role(lanes[place].heading, cell) if role else "", cell)
            text, gap = f"{text}{' ' * (gap + before)}{painted}", after + 2
        lines.append(text.rstrip())
    return Fitted(lines, [lane.heading for place, lane in enumerate(lanes) if place not in kept])


def listing_table(head: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> Iterator[str]:
    """Lay out rows whose last column is prose: it is wrapped where it stands."""
    shown = [list(head), *([safe(cell) for cell in row] for row in rows)]
    widths = [max(columns(row[place]) for row in shown) for place in range(len(head) - 1)]
    indent = sum(widths) + 2 * len(widths)
    for place, row in enumerate(shown):
        lead = "".join(cell + " " * (width - columns(cell) + 2) for cell, width in zip(row, widths, strict=False))
        first, *rest = wrap(row[-1], max(style.width - indent, _NARROWEST_PROSE)) or [""]
        text = f"{lead}{first}".rstrip()
        yield text if place else style.paint("strong", text)
        yield from (" " * indent + line for line in rest)
