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
#: Characters of a sentence, and of a value or a name of a side: what is longer is nothing that anybody reads here.
_LONGEST: Final = 2_000
_LONGEST_VALUE: Final = 400
#: Specs of which it is told which layers go by another name.
_NAMED: Final = 10


def as_markdown(diff: Diff, *, summary_only: bool = False) -> str:
    """Write the verdict, the gravest changes, and the others folded, as far as a comment has room for them.

    `summary_only`: without what is folded, for hosts that show it all the same.
    """
    rows = list(diff.changes)
    lines = [MARKER, f"**rflint:** {prose(_cut(verdict(diff), _LONGEST))}"]
    if not rows:
        return _text(lines)
    several = len(diff.specs) > 1
    lines += ["", *table(_HEAD, [_row(change, spec if several else None) for spec, change in rows[:OPEN]])]
    foot = [
        *_moves(diff),
        *([rest(diff)] if rest(diff) else []),
        f"Compared {_side(diff.old)} with {_side(diff.new)}.",
    ]
    hidden = rows[OPEN:]
    if hidden and summary_only:
        foot.insert(0, f"{_also(hidden)}: `rflint diff` lists all of them.")
    elif hidden:
        lines += _folded(diff, hidden, ROOM - len(_text([*lines, *foot])) - _FOOT)
    return _text([*lines, *_spread(foot)])


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _side(name: str) -> str:
    return name if name == WORKING_TREE else code(_cut(name, _LONGEST_VALUE))


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
    by_spec: dict[int, list[Change]] = {}
    for spec, change in hidden:
        by_spec.setdefault(id(spec), []).append(change)
    for spec in diff.specs:
        rows = [_row(change, None) for change in by_spec.get(id(spec), ())]
        if not rows:
            continue
        kept: list[tuple[str, ...]] = []
        heading = [f"**{prose(_cut(title(spec), _LONGEST))}**", ""] if len(diff.specs) > 1 else []
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
    values = (_cut(value, _LONGEST_VALUE) for value in (change.before, change.after, change.difference))
    return (word(change), _cut(text, _LONGEST), *values)


def _moves(diff: Diff) -> Iterator[str]:
    specs = [spec for spec in diff.specs if spec.moves]
    for spec in specs[:_NAMED]:
        yield prose(f"{_cut(f'`{spec.path}`: {moved(spec)}', _LONGEST // 2)}.")
    if more := specs[_NAMED:]:
        yield f"{counted(len(more), 'more spec')}: {counted(sum(spec.moved for spec in more), 'layer')} moved or renamed, nothing changed."
