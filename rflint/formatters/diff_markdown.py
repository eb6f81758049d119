"""What `rflint diff` found, as the comment on a pull request that somebody wants to receive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rflint.comparing import WORKING_TREE, Change, Diff, SpecDiff, tally, verdict, word
from rflint.formatters.diff import OPEN, beside_values, headed, moved, place, rest, title
from rflint.formatters.markdown import code, prose, table
from rflint.words import counted

#: By which whoever posts the comment finds it again, to write it anew.
MARKER: Final = "<!-- rflint diff -->"
#: Characters of a comment; GitHub takes at most 65,536.
ROOM: Final = 60_000
#: Kept for what stands behind the rows that had to be left out.
_FOOT: Final = 600
_HEAD: Final = ("", "change", "old", "new", "difference")
_LONGEST_CELL: Final = 2_000


def as_markdown(diff: Diff, *, summary_only: bool = False) -> str:
    """Write the verdict, the gravest changes, and the others folded, as far as a comment has room for them.

    `summary_only`: without what is folded, for hosts that show it all the same.
    """
    rows = list(diff.changes)
    lines = [MARKER, f"**rflint:** {prose(verdict(diff))}"]
    if not rows:
        return _text(lines)
    several = len(diff.specs) > 1
    lines += ["", *table(_HEAD, [_row(change, spec if several else None) for spec, change in rows[:OPEN]])]
    foot = [
        *_moves(diff),
        *([rest(diff)] if rest(diff) else []),
        f"Compared {code(diff.old)} with {diff.new if diff.new == WORKING_TREE else code(diff.new)}.",
    ]
    hidden = rows[OPEN:]
    if hidden and summary_only:
        foot.insert(0, f"{_also(hidden)}: `rflint diff` lists all of them.")
    elif hidden:
        lines += _folded(diff, hidden, ROOM - len(_text([*lines, *foot])) - _FOOT)
    return _text([*lines, *_spread(foot)])


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _spread(lines: Sequence[str]) -> Iterator[str]:
    """Make each line a paragraph."""
    for place_, line in enumerate(lines):
        yield from ([line] if not place_ else ["", line])


def _also(hidden: Sequence[tuple[SpecDiff, Change]]) -> str:
    return f"{counted(len(hidden), 'more change')} ({tally([change for _, change in hidden])})"


def _folded(diff: Diff, hidden: Sequence[tuple[SpecDiff, Change]], room: int) -> Iterator[str]:
    """Write what is folded, spec by spec; of what has no room, the number."""
    yield from ("<details>", f"<summary>{_also(hidden)}</summary>", "")
    left_out = 0
    for spec in diff.specs:
        rows = [_row(change, None) for owner, change in hidden if owner is spec]
        if not rows:
            continue
        kept: list[tuple[str, ...]] = []
        heading = [f"**{prose(title(spec))}**", ""] if len(diff.specs) > 1 else []
        room -= len(_text([*heading, *table(_HEAD, [])]))
        for row in rows:
            room -= len(_text(list(table(_HEAD, [row])))) - len(_text(list(table(_HEAD, []))))
            if room < 0:
                break
            kept.append(row)
        if kept:
            yield from heading
            yield from table(_HEAD, kept)
        left_out += len(rows) - len(kept)
    if left_out:
        yield from (f"{counted(left_out, 'more change')} would not fit here: `rflint diff` lists all of them.", "")
    yield from ("</details>", "")


def _row(change: Change, spec: SpecDiff | None) -> tuple[str, ...]:
    shown = beside_values(change)
    where = place(change)
    text = headed(spec, shown) if spec is not None else f"{shown.message} (`{where}`)" if where else shown.message
    text = text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
    return (word(change), text, change.before, change.after, change.difference)


def _moves(diff: Diff) -> Iterator[str]:
    for spec in diff.specs:
        if said := moved(spec):
            yield prose(f"`{spec.path}`: {said}.")
