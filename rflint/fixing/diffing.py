"""Two versions of a text as a unified diff: for `patch` and `git apply`, and for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rflint.words import Style, safe

_CONTEXT: Final = 3
#: Pairs of equal lines that are looked at in search of the shortest diff; past it what differs is one hunk.
_MOST_PAIRS: Final = 1_000_000
#: Characters of a path that a header must not hold as they are, and what git writes for some of them.
_QUOTED: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_NO_NEWLINE: Final = "\\ No newline at end of file\n"


def unified_diff(old: str, new: str, path: str) -> str:
    r"""Write what `patch -p1` and `git apply` need to turn the old text into the new; empty where they are equal.

    Lines end at `\n` only, as those programs have it, and stand in it as they are, carriage returns, byte-order mark and
    control characters included: `painted` makes a diff fit for a terminal.
    """
    before, after = _lines(old), _lines(new)
    hunks = "".join(_hunks(before, after))
    return f"--- {_name('a', path)}\n+++ {_name('b', path)}\n{hunks}" if hunks else ""


def painted(diff: str, style: Style) -> str:
    """Make a diff fit for a terminal: coloured, and with nothing in it that could do more than be read."""
    return "".join(f"{_painted(line, style)}\n" for line in diff.split("\n")[:-1])


def _painted(line: str, style: Style) -> str:
    shown = "\t".join(map(safe, line.removesuffix("\r").split("\t")))
    if line.startswith(("--- ", "+++ ")):
        return style.paint("strong", shown)
    role = {"+": "good", "-": "error", "@": "frame"}.get(line[:1])
    return style.paint(role, shown) if role else shown


def _lines(text: str) -> list[str]:
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def _name(side: str, path: str) -> str:
    """Name a file as git does: quoted where it must be, and ended by a tab where it holds spaces."""
    name = f"{side}/{path}"
    if any(character < " " or character in '\x7f"\\' for character in name):
        return f'"{"".join(map(_escaped, name))}"'
    return f"{name}\t" if " " in name else name


def _escaped(character: str) -> str:
    if character in _QUOTED:
        return _QUOTED[character]
    if " " <= character < "\x7f":
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    group: list[tuple[int, int, int, int]] = []
    for change in _changes(before, after):
        if group and change[0] - group[-1][1] > 2 * _CONTEXT:
            yield from _hunk(before, after, group)
            group = []
        group.append(change)
    if group:
        yield from _hunk(before, after, group)


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of lines that differ: first and end in the old text, first and end in the new one."""
    shorter = min(len(before), len(after))
    head = next((place for place in range(shorter) if before[place] != after[place]), shorter)
    tail = next((place for place in range(shorter - head) if before[-1 - place] != after[-1 - place]), shorter - head)
    one, other = before[head : len(before) - tail], after[head : len(after) - tail]
    counts = Counter(other)
    if sum(counts[line] for line in one) > _MOST_PAIRS:
        yield head, head + len(one), head, head + len(other)
        return
    from difflib import SequenceMatcher  # noqa: PLC0415 - start-up

    yield from (
        (head + first, head + end, head + new_first, head + new_end)
        for kind, first, end, new_first, new_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
        if kind != "equal"
    )


def _hunk(before: Sequence[str], after: Sequence[str], changes: Sequence[tuple[int, int, int, int]]) -> Iterator[str]:
    """Write changes that stand near each other, with the lines around them."""
    start, stop = max(changes[0][0] - _CONTEXT, 0), min(changes[-1][1] + _CONTEXT, len(before))
    new_start = changes[0][2] - (changes[0][0] - start)
    new_stop = changes[-1][3] + (stop - changes[-1][1])
    yield f"@@ -{_range(start, stop)} +{_range(new_start, new_stop)} @@\n"
    at = start
    for first, end, new_first, new_end in changes:
        yield from _marked(" ", before[at:first])
        yield from _marked("-", before[first:end])
        yield from _marked("+", after[new_first:new_end])
        at = end
    yield from _marked(" ", before[at:stop])


def _range(start: int, stop: int) -> str:
    """Lines of a hunk as `first,count`; an empty one names the line before it."""
    count = stop - start
    return f"{start + 1}" if count == 1 else f"{start + 1 if count else start},{count}"


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    yield from (f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n{_NO_NEWLINE}" for line in lines)
