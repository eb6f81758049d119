"""The one sentence that a reviewer reads first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from rflint.comparing.values import Change, Diff, SpecDiff
from rflint.words import counted, listing

_TOTALS: Final = frozenset({"params", "macs"})
#: What changes the costs, and nothing that is seen.
_OF_COST: Final = _TOTALS | {"channels", "field"}
#: Words for how grave changes are -> how they are counted.
_NOUNS: Final = {"error": "error", "warning": "warning", "info": "other change", "better": "improvement"}


def word(change: Change) -> str:
    """How grave a change is, in a word."""
    return "better" if change.effect == "gain" else change.severity


def tally(changes: Iterable[Change]) -> str:
    """Count changes: `1 error, 3 warnings, 9 other changes and 2 improvements`; empty where there are none."""
    counts = Counter(map(word, changes))
    said = [counted(counts[each], noun) for each, noun in _NOUNS.items() if counts[each]]
    return listing(said) if said else ""


def verdict(diff: Diff) -> str:
    """Say what is worst, and how much more there is; of no change, that there is none."""
    rows = list(diff.changes)
    unclear = sum(spec.status == "unsound" for spec in diff.specs)
    if not rows:
        compared = counted(len(diff.specs), "spec")
        moved = sum(spec.moved for spec in diff.specs)
        paths = sum(spec.old_path is not None for spec in diff.specs)
        renamed = [counted(number, noun) for number, noun in ((moved, "layer"), (paths, "spec")) if number]
        more = f"; {listing(renamed)} moved or renamed, nothing else" if renamed else ""
        if unclear:
            return f"Nothing to tell of {compared}, but {counted(unclear, 'spec')} could not be compared."
        return f"No changes in {compared}{more}."
    spec, worst = rows[0]
    totals = [row for row in rows if row[1].kind in _TOTALS]
    if totals and worst.severity == "info" and all(change.kind in _OF_COST for _, change in rows):
        spec, first = totals[0]
        begin = f"`{spec.name}`: " if len(diff.specs) > 1 else ""
        return f"Only costs change. {_sentence(begin + first.message)}{_rest([row for row in rows if row[1] is not first])}"
    begin = f"`{spec.name}`: " if len(diff.specs) > 1 and not _names(worst, spec) else ""
    if worst.effect == "gain":
        return f"Nothing is worse. {_sentence(begin + worst.message)}{_rest(rows[1:])}"
    if worst.severity == "info":
        # What is seen says more than what is said of it.
        spec, telling = min(rows, key=lambda row: (row[1].kind != "receptive_field", row[1].kind == "finding"))
        begin = f"`{spec.name}`: " if len(diff.specs) > 1 else ""
        others = [row for row in rows if row[1] is not telling]
        return f"No target, expectation or alignment is lost. {_sentence(begin + telling.message)}{_rest(others)}"
    return f"{_sentence(begin + worst.message)}{_rest(rows[1:])}"


def _names(change: Change, spec: SpecDiff) -> bool:
    return spec.path in change.message


def _sentence(text: str) -> str:
    text = f"{text[:1].upper()}{text[1:]}"
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _rest(rows: list[tuple[SpecDiff, Change]]) -> str:
    """Count what else there is."""
    return f" Also {tally(change for _, change in rows)}." if rows else ""
