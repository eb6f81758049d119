"""What `rflint diff` found, as text and as JSON (`schemas/rflint-diff.v1.schema.json`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from rflint import __version__
from rflint.comparing import KINDS, Change, Diff, Move, SpecDiff, verdict, word
from rflint.formatters.exact import dumps
from rflint.formatters.json import finding
from rflint.formatters.prose import wrap
from rflint.words import Style, counted, listing, safe

#: Rows that are open where others are folded.
OPEN: Final = 5
#: Moves that are named.
_NAMED: Final = 4
#: Kinds of which the sentence says no more than a phrase and the values beside it.
_IN_COLUMNS: Final = frozenset(KINDS).difference(
    ("unsound", "spec", "target", "expectation", "alignment", "finding", "rule", "suppression", "causal", "outputs", "wiring")
)
#: What every row begins with.
WORDS: Final = ("error", "warning", "info", "better")


def moved(spec: SpecDiff) -> str:
    """Say which layers go by another name; empty where none does."""
    if not spec.moves:
        return ""
    order = sorted(spec.moves, key=lambda move: -move.layers)
    named = [_move(move) for move in order[:_NAMED]]
    rest = sum(move.layers for move in order[_NAMED:])
    more = f" and {rest:,} more" if rest else ""
    return f"{counted(spec.moved, 'layer')} moved or renamed, nothing changed: {', '.join(named)}{more}"


def _move(move: Move) -> str:
    count = f" ({move.layers:,})" if move.layers > 1 else ""
    return f"`{move.old}` → `{move.new}`{count}"


def rest(diff: Diff) -> str:
    """Say what became of the specs that have no changes; empty where all have some."""
    same = [spec for spec in diff.specs if not spec.changes]
    moves = sum(bool(spec.moves) or spec.old_path is not None for spec in same)
    unclear = sum(bool(spec.not_compared) for spec in same)
    kinds = ((len(same) - moves - unclear, "unchanged"), (moves, "unchanged but for names"), (unclear, "not compared"))
    said = [f"{number:,} {what}" for number, what in kinds if number]
    return f"{counted(len(same), 'other spec')}: {listing(said)}." if said and len(same) < len(diff.specs) else ""


def title(spec: SpecDiff) -> str:
    """Path of a spec, and what is special about it."""
    was = f", was {spec.old_path}" if spec.old_path is not None else ""
    why = f" ({spec.not_compared})" if spec.not_compared else ""
    return f"{spec.path}{was}{why}"


def place(change: Change) -> str:
    """Where the finding of a change points: `specs/net.yaml:12:5`; empty where it has none."""
    return "" if change.finding is None or change.effect == "gain" else f"{change.finding.path}{change.finding.position}"


def beside_values(change: Change) -> Change:
    """The same with a sentence that says not again what the columns of values say."""
    return change._replace(message=change.what) if change.kind in _IN_COLUMNS else change


def headed(spec: SpecDiff, change: Change) -> str:
    """What a change says, with its place, among those of other specs."""
    where = place(change)
    if spec.path in change.message:
        return f"{change.message} (`{where}`)" if where else change.message
    return f"`{where or spec.path}`: {change.message}"


def as_text(diff: Diff, style: Style, *, summary_only: bool = False) -> str:
    """For a terminal: the verdict, and all changes; of those, with `summary_only`, the gravest."""
    lines = list(wrap(safe(verdict(diff)), style.width))
    if not any(spec.changes for spec in diff.specs):
        return "".join(f"{line}\n" for line in lines)
    if summary_only:
        rows = list(diff.changes)
        several = len(diff.specs) > 1
        lines.append("")
        for spec, change in rows[:OPEN]:
            lines += _hanging(word(change), headed(spec, change), style) if several else _row(change, style)
    else:
        for spec in diff.specs:
            lines += _section(spec, style)
    if said := rest(diff):
        lines += ["", said]
    return "".join(f"{line}\n" for line in lines)


def _section(spec: SpecDiff, style: Style) -> Iterator[str]:
    if not spec.changes:
        return
    yield ""
    yield from (style.paint("strong", line) for line in wrap(safe(title(spec)), style.width))
    for change in spec.changes:
        yield from _row(change, style)
    if said := moved(spec):
        yield from _hanging("", said, style)


def _row(change: Change, style: Style) -> Iterator[str]:
    where = place(change)
    yield from _hanging(word(change), f"{change.message} ({where})" if where else change.message, style)


def _hanging(head: str, text: str, style: Style) -> Iterator[str]:
    """Lay out a row: a word, and prose beside it."""
    indent = max(map(len, WORDS)) + 4
    first, *more = wrap(safe(text), max(style.width - indent, 20)) or [""]
    role = "good" if head == "better" else head
    yield f"  {style.paint(role, head)}{' ' * (indent - 2 - len(head))}{first}"
    yield from (f"{' ' * indent}{line}" for line in more)


def as_json(diff: Diff) -> str:
    """For programs."""
    rows = [change for _, change in diff.changes]
    counts = Counter(map(word, rows))
    document = {
        "schema": "rflint-diff.v1",
        "version": __version__,
        "old": diff.old,
        "new": diff.new,
        "verdict": verdict(diff),
        "specs": [_spec(spec) for spec in diff.specs],
        "summary": {
            "specs": len(diff.specs),
            "changed": sum(bool(spec.changes) for spec in diff.specs),
            "not_compared": sum(bool(spec.not_compared) for spec in diff.specs),
            "errors": counts["error"],
            "warnings": counts["warning"],
            "infos": counts["info"],
            "improvements": counts["better"],
        },
    }
    return f"{dumps(document, indent=1, default=str)}\n"


def _spec(spec: SpecDiff) -> dict[str, Any]:
    return {
        "path": spec.path,
        "old_path": spec.old_path,
        "name": spec.name,
        "status": spec.status,
        "not_compared": spec.not_compared or None,
        "changes": [_change(change) for change in spec.changes],
        "moves": [move._asdict() for move in spec.moves],
    }


def _change(change: Change) -> dict[str, Any]:
    return {**change._asdict(), "finding": None if change.finding is None else finding(change.finding)}
