"""What an editor asks about a text in the middle of being written: answers lie within it, whatever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.lsp import actions, completion, hover, marks, navigation, symbols
from rflint.lsp.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rflint.verdict import Options

#: Offsets of one text that are asked about.
_ASKED = 6


def ask(text: str, path: str, options: Options) -> None:
    """Ask everything about a text, at a few places."""
    snapshot = Snapshot(text, path, options)
    size = len(text)
    found = marks.marks(snapshot)
    _check([(mark.start, mark.end) for mark in found], size)
    for symbol in _all(symbols.symbols(snapshot)):
        _check([(symbol.start, symbol.end), (symbol.name_start, symbol.name_end)], size)
    for hint in hover.hints(snapshot, 0, size):
        _check([(hint.offset, hint.offset)], size)
    for offset in _offsets(text, [mark.start for mark in found]):
        told = hover.hover(snapshot, offset)
        if told is not None:
            _check([(told.start, told.end)], size)
        spots = navigation.references(snapshot, offset, declaration=True)
        defined = navigation.definition(snapshot, offset)
        for spot in (*spots, defined) if defined else spots:
            _check([(spot.start, spot.end)], len(snapshot.text_of(spot.path) or ""))
        completed = completion.complete(text, offset, path, options.vocabulary, snapshot)
        assert not completed.items or completed.start <= offset
        for action in actions.quick_fixes(snapshot, offset, offset):
            for change in action.changes:
                _check([(change.spot.start, change.spot.end)], len(snapshot.text_of(change.spot.path) or ""))


def _offsets(text: str, starts: list[int]) -> list[int]:
    """Both ends, where findings are, and places that depend on the text."""
    spread = [hash((place, len(text))) % (len(text) + 1) for place in range(_ASKED)]
    return [0, len(text), *starts[:_ASKED], *spread]


def _all(found: Iterable[symbols.Symbol]) -> Iterator[symbols.Symbol]:
    for symbol in found:
        yield symbol
        yield from _all(symbol.inner)


def _check(places: Iterable[tuple[int, int]], size: int) -> None:
    for start, end in places:
        assert 0 <= start <= end <= size, f"{start} to {end} of {size}"
