"""A file as data with positions: which stretch of the text holds the key and the value of every data path.

Positions are kept as one machine word a node, in the order of the text (`nodes`), because a spec may have millions:

    scalar, alias   one word    start << 30 | end
    collection      two words   FLAG | start << 30 | end,  FLAG | start << 30 | index of the first word after its content

with code-point offsets into the text, `end` exclusive.  A mapping's content alternates keys and values.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from rflint.model import DataPath, Span
from rflint.reading.lines import BLANK, REST_OF_LINE, Lines
from rflint.reading.scalars import MAX_NUMBER, trap

SHIFT: Final = 30
MASK: Final = (1 << SHIFT) - 1
COLLECTION: Final = 1 << 2 * SHIFT

#: Children are looked up again and again in long collections only.
_LONG: Final = 16
_BLOCK_HEADER: Final = re.compile(r"[|>][-+1-9]*")
_COMMENT: Final = re.compile("#")


class Comment(NamedTuple):
    """A comment: where it starts, and its text from the `#` to the end of the line."""

    line: int
    column: int
    text: str


class _Place(NamedTuple):
    """Where a data path leads: words of its last key (-1: none) and value, the value, and how far it could be followed."""

    key: int
    value: int
    data: Any
    #: The whole path exists.
    whole: bool
    #: The rest of the path lies behind an alias, in a node that is written elsewhere.
    behind_alias: bool


class Document:
    """One file: its text, its plain data (dict, list, str, int, float, bool, None), its positions.

    Nodes used through aliases are shared objects in `data`; nobody may change them.
    """

    __slots__ = (
        "_children",
        "_orders",
        "data",
        "dropped",
        "holes",
        "lines",
        "nodes",
        "path",
        "text",
    )

    def __init__(
        self,
        path: str,
        text: str,
        data: Any,
        lines: Lines,
        nodes: array[int],
        dropped: frozenset[int] = frozenset(),
        holes: frozenset[DataPath] = frozenset(),
    ) -> None:
        #: As it is to be printed.
        self.path = path
        #: Without a byte-order mark; positions count its code points.
        self.text = text
        self.data = data
        self.lines = lines
        self.nodes = nodes
        #: Words of the keys that are not in the data (duplicates and such), whose values are not either.
        self.dropped = dropped
        #: Values that could not be read, and mappings that miss some of their pairs: findings say so, and nobody need
        #: complain about them again.
        self.holes = holes
        self._children: dict[int, dict[str, int] | list[int]] = {}
        self._orders: dict[int, tuple[list[str], dict[str, int]]] = {}

    def span(self, path: DataPath, key: bool = False) -> Span:
        """Where to point for a data path: on one line, and small.

        A key, or a value on one line, is all of it; a collection of several lines is its key, and in a list (or at the
        top) its first line.  A path that does not exist points at the key of its nearest ancestor that does, one that
        leads through an alias at the alias.
        """
        place = self._locate(path)
        if place.key >= 0 and not place.behind_alias and (key or not place.whole or not self._is_small(place.value)):
            return self._first_line(place.key)
        return self._first_line(place.value)

    def value_span(self, path: DataPath, key: bool = False) -> Span | None:
        """Exact extent of a value (or a key), to be replaced by other text.

        None where replacing it would be wrong: the path does not exist or leads through an alias, the value is empty,
        has an anchor or a tag, or is a block scalar.
        """
        place = self._locate(path)
        if not place.whole or (key and place.key < 0):
            return None
        start, end = self.node_offsets(place.key if key else place.value)
        return None if start == end or self.text[start] in "&!|>" else self.lines.span(start, end)

    def offsets(self, path: DataPath, key: bool = False) -> tuple[int, int] | None:
        """Offsets of a value (or a key), its anchor and its tag included; None where it is not written here."""
        place = self._locate(path)
        return self.node_offsets(place.key if key else place.value) if place.whole and not (key and place.key < 0) else None

    def place(self, path: DataPath) -> int:
        """Which entry of its collection a path leads to, counted from 0."""
        return path[-1] if isinstance(path[-1], int) else self._order(path[:-1])[1][path[-1]]

    def entry(self, path: DataPath, place: int) -> tuple[int, int]:
        """Offsets of an entry of the collection at `path`: of the value, or from the key to the end of the value."""
        found = self._locate(path)
        step = self._order(path)[0][place] if isinstance(found.data, dict) else place
        value = self.offsets((*path, step))
        key = self.offsets((*path, step), key=True)
        assert value
        return value if key is None else (key[0], max(key[1], value[1]))

    def extent(self, path: DataPath) -> tuple[int, int]:
        """First and last line of a value; of its nearest ancestor where the path does not exist."""
        return self._line_extent(self._locate(path).value)

    def extents(self, path: DataPath) -> Iterator[tuple[int, int]]:
        """First and last line of each value in the collection at `path`, in order; nothing where there is none."""
        place = self._locate(path)
        if place.whole and self.nodes[place.value] & COLLECTION:
            children = self._children_of(place.value, place.data)
            words = children if isinstance(children, list) else [word + 1 for word in children.values()]
            yield from map(self._line_extent, words)

    def trap(self, path: DataPath) -> str | None:
        """Why the scalar at `path` is not what its writer may take it for, and what to write; None: nothing to say."""
        place = self._locate(path)
        start, end = self.node_offsets(place.value)
        return trap(self.text[start:end]) if place.whole and end - start <= MAX_NUMBER else None

    def value(self, path: DataPath) -> Any:
        """Return the data at a path that exists."""
        data = self.data
        for step in path:
            data = data[step]
        return data

    def node_offsets(self, word: int) -> tuple[int, int]:
        """Offsets of a node; blank lines that end a block scalar are left out."""
        node = self.nodes[word]
        start, end = node >> SHIFT & MASK, node & MASK
        while end > start and self.text[end - 1] in BLANK:
            end -= 1
        return start, end

    def content(self, collection: int) -> Iterator[int]:
        """Words of the nodes in a collection: of a mapping keys and values in turn, the dropped ones among them."""
        nodes, word, stop = self.nodes, collection + 2, self.nodes[collection + 1] & MASK
        while word < stop:
            yield word
            word = nodes[word + 1] & MASK if nodes[word] & COLLECTION else word + 1

    def keys(self, mapping: int) -> Iterator[int]:
        """Words of the keys of a mapping that are in the data; the word after a key is its value's."""
        words = self.content(mapping)
        for key in words:
            next(words)
            if key not in self.dropped:
                yield key

    def line(self, number: int) -> str:
        """Text of a line without its break."""
        return self.lines.text(number)

    def comments(self, pattern: re.Pattern[str] = _COMMENT) -> Iterator[Comment]:
        """Comments, from where the pattern (which begins with `#`) first matches in each to the end of the line.

        A `#` inside a scalar starts no comment; one outside a scalar does, or stands in one.
        """
        at = 0
        while match := pattern.search(self.text, at):
            start = match.start()
            word = bisect_right(self.nodes, start, key=_start_of) - 1
            begin, end = self.node_offsets(word) if word >= 0 and not self.nodes[word] & COLLECTION else (0, 0)
            header = _BLOCK_HEADER.match(self.text, begin)
            if start < end and not (header and self.lines.break_between(begin, start) < 0):
                at = end
                continue
            line = REST_OF_LINE.match(self.text, start)
            assert line
            at = line.end()
            yield Comment(*self.lines.position(start), line[0])

    def _locate(self, path: DataPath) -> _Place:
        key, value, data = -1, 0, self.data
        for step in path:
            if not self.nodes[value] & COLLECTION:
                return _Place(key, value, data, False, isinstance(data, (dict, list)))
            children = self._children_of(value, data)
            if isinstance(children, dict):
                if not isinstance(step, str) or step not in children:
                    return _Place(key, value, data, False, False)
                key = children[step]
                value = key + 1
            else:
                if not isinstance(step, int) or not 0 <= step < len(children):
                    return _Place(key, value, data, False, False)
                key, value = -1, children[step]
            data = data[step]
        return _Place(key, value, data, True, False)

    def _children_of(self, word: int, data: Any) -> dict[str, int] | list[int]:
        """Words of a collection's content: of the keys by name, or of the items."""
        if (known := self._children.get(word)) is None:
            known = dict(zip(data, self.keys(word), strict=True)) if isinstance(data, dict) else list(self.content(word))
            if len(known) > _LONG:
                self._children[word] = known
        return known

    def _order(self, path: DataPath) -> tuple[list[str], dict[str, int]]:
        """Keys of the mapping at a path in their order, and the place of each."""
        found = self._locate(path)
        if (known := self._orders.get(found.value)) is None:
            names = list(found.data)
            known = names, {name: place for place, name in enumerate(names)}
            if len(names) > _LONG:
                self._orders[found.value] = known
        return known

    def _line_extent(self, word: int) -> tuple[int, int]:
        start, end = self.node_offsets(word)
        return self.lines.number(start), self.lines.number(end)

    def _is_small(self, word: int) -> bool:
        start, end = self.node_offsets(word)
        return start < end and (not self.nodes[word] & COLLECTION or self.lines.break_between(start, end) < 0)

    def _first_line(self, word: int) -> Span:
        """Extent of a node, cut at the end of its first line."""
        start, end = self.node_offsets(word)
        stop = self.lines.break_between(start, end)
        if stop >= 0:
            end = self._last_end(word, start, stop) if self.nodes[word] & COLLECTION else self._scalar_end(start, stop)
        elif start == end:
            # An empty item of a list: its dash.
            start = max(start - 1, 0)
        return self.lines.span(start, end)

    def _last_end(self, collection: int, start: int, stop: int) -> int:
        """Where the last node ends that lies whole between two offsets; after the first character if there is none."""
        nodes, word, after = self.nodes, collection + 2, self.nodes[collection + 1] & MASK
        last = start + 1
        while word < after and _start_of(nodes[word]) < stop:
            end = self.node_offsets(word)[1]
            if last < end <= stop:
                last = end
            word += 2 if nodes[word] & COLLECTION else 1
        return last

    def _scalar_end(self, start: int, stop: int) -> int:
        header = _BLOCK_HEADER.match(self.text, start)
        return header.end() if header else start + len(self.text[start:stop].rstrip())


def _start_of(node: int) -> int:
    return node >> SHIFT & MASK
