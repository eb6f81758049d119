"""Source frames: the lines that a finding speaks of, with what it says of them drawn underneath.

  --> specs/net.yaml:12:5
   |
 8 |   - {name: conv1, op: conv, kernel: 7}
   |            ----- paths fork here
...
12 |   - {name: add, op: add, from: [a, b]}
   |            ^^^ center-mismatch
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from rflint.formatters.prose import columns, wrap
from rflint.model import Span
from rflint.reading.lines import BREAK
from rflint.words import Style, safe

_TAB: Final = 4
#: A span of more lines than this is shown by its beginning and its end.
_MOST_LINES: Final = 6
_FIRST_LINES: Final = 3
#: Lines looked back for the item that a line belongs to.
_LOOK_BACK: Final = 200
#: A label gets at least this many columns, even where its mark stands further right.
_LABEL_WIDTH: Final = 28


class Mark(NamedTuple):
    """A stretch of a file, and what is to be said of it."""

    span: Span
    label: str
    primary: bool = False


def split_lines(text: str) -> list[str]:
    """Lines of a file as YAML counts them, without their ends."""
    return BREAK.split(text)


def gutter_width(marks: Iterable[Mark]) -> int:
    """Columns that line numbers take."""
    return max(len(str(mark.span.end_line)) for mark in marks)


def frame(lines: Sequence[str], marks: Sequence[Mark], gutter: int, role: str, style: Style) -> list[str]:
    """Draw the marked lines of one file: numbers in a gutter, elisions between, marks and labels underneath.

    `role` colours the primary mark.
    """
    marks = [_within(mark, lines) for mark in marks]
    block = next((mark for mark in marks if mark.primary and mark.span.end_line > mark.span.line), None)
    room = style.width - gutter - 3
    marks = [mark if mark is block else _on_one_line(mark, lines, room) for mark in marks]
    canvas = _Canvas(style, gutter, role, block)
    by_line: dict[int, list[Mark]] = {number: [] for number in _shown(lines, marks, block)}
    for mark in marks:
        if mark is not block:
            by_line[mark.span.line].append(mark)
    drawn = [canvas.row("")]
    before = None
    for number, here in sorted(by_line.items()):
        if before is not None and number > before + 1:
            # One hidden line takes no more room than the dots that would stand for it.
            single = number == before + 2
            drawn.extend(canvas.line(number - 1, lines[number - 2], []) if single else [canvas.gap(number)])
        drawn.extend(canvas.line(number, lines[number - 1], here))
        before = number
    return drawn


def _within(mark: Mark, lines: Sequence[str]) -> Mark:
    """Keep a span inside the text, and let it end where its last text ends."""
    line = min(max(mark.span.line, 1), len(lines))
    end_line = min(max(mark.span.end_line, line), len(lines))
    column, end_column = mark.span.column, mark.span.end_column
    while end_line > line and not lines[end_line - 1][: end_column - 1].strip():
        end_line -= 1
        end_column = len(lines[end_line - 1].rstrip()) + 1
    column = min(max(column, 1), len(lines[line - 1]) + 1)
    least = column + 1 if end_line == line else 2
    return Mark(Span(line, column, end_line, max(end_column, least)), mark.label, mark.primary)


def _on_one_line(mark: Mark, lines: Sequence[str], room: int) -> Mark:
    """Cut a mark to its first line; over a whole flow mapping to its first entry, which names it and leaves room for the label."""
    span = mark.span
    text = lines[span.line - 1].rstrip()
    end = span.end_column if span.end_line == span.line else max(len(text) + 1, span.column + 1)
    entry = text.find(",", span.column, end - 1)
    if text.startswith("{", span.column - 1) and entry > 0 and (not mark.primary or end + columns(mark.label) > room):
        end = entry + 1
    return mark._replace(span=Span(span.line, span.column, span.line, end))


def _shown(lines: Sequence[str], marks: Sequence[Mark], block: Mark | None) -> set[int]:
    """Numbers of the lines to show: the marked ones, and the first line of the item that the primary one is in."""
    numbers = {mark.span.line for mark in marks}
    for mark in marks:
        if mark.primary and (head := _item(lines, mark.span.line)):
            numbers.add(head)
    if block:
        first, last = block.span.line, block.span.end_line
        few = last - first < _MOST_LINES
        numbers.update(range(first, last + 1) if few else [*range(first, first + _FIRST_LINES), last])
    return numbers


def _item(lines: Sequence[str], number: int) -> int | None:
    """Line where the list item, or the section, starts that a line of a block-style document belongs to."""
    text = lines[number - 1]
    indent = len(text) - len(text.lstrip(" "))
    if not indent or text.lstrip(" ").startswith("- "):
        return None
    for above in range(number - 1, max(0, number - _LOOK_BACK), -1):
        text = lines[above - 1]
        content = text.lstrip(" ")
        depth = len(text) - len(content)
        if not content.strip() or content.startswith("#") or depth >= indent:
            continue
        if content.startswith("- ") or not depth:
            return above
        indent = depth
    return None


class _Placed(NamedTuple):
    """A mark in columns of the printed line."""

    start: int
    end: int
    label: str
    primary: bool


class _Canvas(NamedTuple):
    """Draws rows of one frame."""

    style: Style
    gutter: int
    role: str
    block: Mark | None

    def row(self, text: str, number: str = "") -> str:
        """Draw one row: gutter, bar, text."""
        head = self.style.paint("frame", f"{number:>{self.gutter}} |")
        return f"{head} {text}" if text else head

    def gap(self, number: int) -> str:
        """Draw what stands for lines left out before this one."""
        dots = self.style.paint("frame", "...")
        if self._inside(number) and self._inside(number - 1):
            return f"{dots}{' ' * self.gutter}{self.style.paint(self.role, '|')}"
        return dots

    def line(self, number: int, text: str, marks: Sequence[Mark]) -> Iterator[str]:
        """Draw a source line, its marks and their labels."""
        room = self.style.width - self.gutter - 3 - (2 if self.block else 0)
        shown = _clip(text, room, [mark for mark in marks if mark.primary] or marks)
        yield self.row((self._rail(number) + shown.text).rstrip(), str(number))
        rail = self._rail(number, below=True)
        placed = [_Placed(*shown.place(mark.span), safe(mark.label).strip(), mark.primary) for mark in marks]
        yield from (self.row(f"{rail}{row}".rstrip()) for row in self._marks(placed, room))
        if self.block and number == self.block.span.end_line:
            yield from self._close(self.block, shown.column(self.block.span.end_column - 1), room)

    def _close(self, block: Mark, column: int, room: int) -> Iterator[str]:
        """End the stroke of a span of several lines under its last character."""
        label = safe(block.label).strip()
        stroke = f"|{'_' * (column + 1)}^"
        if column + 2 + columns(label) <= room:
            yield self.row(self.style.paint(self.role, f"{stroke} {label}".rstrip()))
            return
        yield self.row(self.style.paint(self.role, stroke))
        left = max(0, min(column, room - columns(label)))
        yield from (self.row(" " * (left + 2) + self.style.paint(self.role, text)) for text in wrap(label, room - left))

    def _inside(self, number: int) -> bool:
        return self.block is not None and self.block.span.line <= number <= self.block.span.end_line

    def _rail(self, number: int, *, below: bool = False) -> str:
        """Draw the stroke at the left of a span of several lines."""
        if self.block is None:
            return ""
        if not self._inside(number):
            return "  "
        return self.style.paint(self.role, "/" if number == self.block.span.line and not below else "|") + " "

    def _marks(self, placed: Sequence[_Placed], room: int) -> Iterator[str]:
        """Underline the marks; the last label stands beside its mark if it fits, the others hang below theirs."""
        if not placed:
            return
        placed = sorted(placed, key=lambda mark: (mark.start, mark.primary))
        last = placed[-1]
        alone = all(mark.end <= last.start for mark in placed[:-1])
        beside = alone and last.end + 1 + columns(last.label) <= room
        yield self._underline(placed, last if beside else None)
        if hanging := [mark for mark in (placed[:-1] if beside else placed) if mark.label]:
            yield self._bars(hanging)
        while hanging:
            mark = hanging.pop()
            column = max(0, min(mark.start, room - min(columns(mark.label), _LABEL_WIDTH)))
            for text in wrap(mark.label, room - column):
                bars = self._bars([other for other in hanging if other.start < column], column)
                yield bars + self.style.paint(self._role(mark), text)

    def _underline(self, placed: Sequence[_Placed], beside: _Placed | None) -> str:
        cells: dict[int, tuple[str, str]] = {}
        for mark in sorted(placed, key=lambda mark: mark.primary):
            cells.update(dict.fromkeys(range(mark.start, mark.end), ("^" if mark.primary else "-", self._role(mark))))
        label = f" {self.style.paint(self._role(beside), beside.label)}" if beside and beside.label else ""
        return self._draw(cells) + label

    def _bars(self, marks: Sequence[_Placed], width: int = 0) -> str:
        return self._draw({mark.start: ("|", self._role(mark)) for mark in marks}, width)

    def _draw(self, cells: Mapping[int, tuple[str, str]], width: int = 0) -> str:
        """Put characters into their columns, neighbours of one colour in one run, and fill up to `width`."""
        row, column = "", 0
        for start, end, role in _runs(cells):
            row += " " * (start - column) + self.style.paint(role, "".join(cells[place][0] for place in range(start, end)))
            column = end
        return row + " " * (width - column)

    def _role(self, mark: _Placed) -> str:
        return self.role if mark.primary else "frame"


def _runs(cells: Mapping[int, tuple[str, str]]) -> list[tuple[int, int, str]]:
    """Runs of neighbouring columns that have one colour: first column, the one after the last, role of the colour."""
    runs: list[tuple[int, int, str]] = []
    for column in sorted(cells):
        role, start = cells[column][1], column
        if runs and runs[-1][1:] == (column, role):
            start = runs.pop()[0]
        runs.append((start, column + 1, role))
    return runs


class _Shown(NamedTuple):
    """A source line as printed, and where its characters stand."""

    text: str
    #: Index of the first character that `starts` speaks of.
    first: int
    #: Column of each character from there on, and of the end.
    starts: list[int]
    room: int

    def column(self, index: int) -> int:
        """Column of the character with this 1-based index, clamped to what is shown."""
        place = min(max(index - 1 - self.first, 0), len(self.starts) - 1)
        return min(max(self.starts[place], 0), self.room - 1)

    def place(self, span: Span) -> tuple[int, int]:
        """Columns where a span on this line starts and ends."""
        start = self.column(span.column)
        return start, max(self.column(span.end_column), start + 1)


def _clip(line: str, room: int, focus: Sequence[Mark]) -> _Shown:
    """Print a line within `room` columns, around the marks where it is longer."""
    start = min((mark.span.column for mark in focus), default=1) - 1
    end = max((mark.span.end_column for mark in focus), default=1) - 1
    line = line.rstrip()
    first = max(0, start - 2 * room) if len(line) > 8 * room else 0
    cells, starts = _cells(line[first : start + 4 * room] if len(line) > 8 * room else line)
    whole = first == 0 and len(cells) == len(line)
    if whole and starts[-1] <= room:
        return _Shown("".join(cells), 0, starts, room)
    return _window(cells, starts, first, (start - first, end - first), room, cut=first + len(cells) < len(line))


def _window(cells: list[str], starts: list[int], first: int, focus: tuple[int, int], room: int, *, cut: bool) -> _Shown:
    """Show the part of a long line around a focus, with dots where something is left out."""
    low = starts[min(focus[0], len(cells))]
    high = starts[min(focus[1], len(cells))]
    if first == 0 and high + 2 <= room:
        left = 0
    else:
        spare = max(room - (high - low), room // 2)
        left = max(0, min(low - spare // 2, starts[-1] - room + 2))
    begin = bisect_left(starts, left)
    before = "…" if begin > 0 or first > 0 else ""
    end = bisect_right(starts, starts[begin] + room - len(before) - 1) - 1
    after = "…" if end < len(cells) or cut else ""
    offset = len(before) - starts[begin]
    text = before + "".join(cells[begin:end]) + after
    return _Shown(text, first, [start + offset for start in starts], min(room, columns(text) + 1))


def _cells(line: str) -> tuple[list[str], list[int]]:
    """Print each character: tabs as spaces, what must not reach a terminal escaped; and the columns they start at."""
    if line.isascii() and line.isprintable():
        return list(line), list(range(len(line) + 1))
    cells, starts, column = [], [], 0
    for character in line:
        cell = " " * (_TAB - column % _TAB) if character == "\t" else safe(character)
        cells.append(cell)
        starts.append(column)
        column += columns(cell)
    return cells, [*starts, column]
