"""Tables on a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from rflint.formatters.prose import columns, shorten, wrap
from rflint.words import Style, safe

#: Cells are cut in the middle past this.
_WIDEST_CELL: Final = 72
#: A last column of prose gets at least this many columns.
_NARROWEST_PROSE: Final = 24


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
