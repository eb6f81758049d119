"""Findings by what they are about: introduced, mended, suppressed; what stayed is not told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from rflint.comparing.values import Change, Side
from rflint.model import EMPTY, SEVERITY_ORDER, Diagnostic, Severity
from rflint.words import quoted

#: Layers that a row names.
_NAMED: Final = 3
#: Rules whose findings are about what is compared by itself -> what tells it there, and what names it in the data of a finding.
TOLD: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("RF201", "RF202", "RF206"), ("target", "target")),
    "RF203": ("target", ""),
    "RF601": ("expectation", "kind"),
}
ALIGNMENT: Final = frozenset({"RF101", "RF102"})

_Key = tuple[object, ...]


class Names(NamedTuple):
    """What the layers, inputs and axes of the old side are called now; those that are not in it, as they were."""

    layers: Mapping[str, str] = EMPTY
    inputs: Mapping[str, str] = EMPTY
    axes: Mapping[str, str] = EMPTY


_AS_THEY_ARE: Final = Names()


class _About(NamedTuple):
    """One layer that a finding is about."""

    finding: Diagnostic
    layer: str | None


def changes(old: Side, new: Side, names: Names = _AS_THEY_ARE) -> Iterator[Change]:
    """Yield what was introduced and mended."""
    before, after = _by_key(old, names), _by_key(new, _AS_THEY_ARE)
    known, now = _counts(before), _counts(after)
    introduced: dict[int, list[_About]] = {}
    louder: dict[int, tuple[_About, Severity]] = {}
    hidden: dict[int, list[_About]] = {}
    for key, those in after.items():
        for place, each in enumerate(those):
            then = before[key][place].finding if place < known[key] else None
            if each.finding.suppressed:
                if then is None or not then.suppressed:
                    hidden.setdefault(id(each.finding), []).append(each)
            elif then is None:
                introduced.setdefault(id(each.finding), []).append(each)
            elif not then.suppressed and then.severity != each.finding.severity:
                louder.setdefault(id(each.finding), (each, then.severity))
    # Where something keeps rules from speaking, nobody knows what is mended.
    complete = new.report.internal_error is None and not any(each.hides_others for each in new.report.findings)
    shown: dict[int, list[_About]] = {}
    mended: dict[int, list[_About]] = {}
    for key, those in before.items():
        for place, each in enumerate(those):
            then = after[key][place].finding if place < now[key] else None
            if then is None:
                if not complete and not each.finding.hides_others:
                    continue
                mended.setdefault(id(each.finding), []).append(each)
            elif each.finding.suppressed and not then.suppressed:
                shown.setdefault(id(then), []).append(after[key][place])
    yield from (_introduced(those) for those in introduced.values())
    yield from (_suppressed(those) for those in hidden.values())
    left = {layer.name for layer in new.report.layers}
    yield from (_mended(those, left) for those in mended.values())
    for those in shown.values():
        yield _row(those, "suppression", "info", "gain", "is not suppressed any more", "suppressed", "shown")
    yield from (_at_another_severity(each, then) for each, then in louder.values())


def _by_key(side: Side, names: Names) -> dict[_Key, list[_About]]:
    found: dict[_Key, list[_About]] = {}
    for each in side.report.findings:
        for layer in dict.fromkeys(each.instances or (each.layer,)):
            called = None if layer is None else names.layers.get(layer, layer)
            # What is about no layer is told apart by what it says.
            about = (each.subject, each.message) if layer is None else ()
            source = None if each.input is None else names.inputs.get(each.input, each.input)
            axes = frozenset(names.axes.get(axis, axis) for axis in each.axes or ())
            more = tuple(str(each.data.get(name, "")) for name in ("kind", "target"))
            key = (each.code, called, source, axes, *about, *more)
            found.setdefault(key, []).append(_About(each, called))
    return found


def _counts(found: Mapping[_Key, Sequence[_About]]) -> Counter[_Key]:
    return Counter({key: len(those) for key, those in found.items()})


def _row(those: Sequence[_About], kind: str, severity: Severity, effect: str, said: str, before: str, after: str) -> Change:
    finding = those[0].finding
    layers = tuple(dict.fromkeys(each.layer for each in those if each.layer is not None))
    at = f" at {quoted(layers, _NAMED)}" if layers else ""
    what = f"{finding.code} {finding.name}{at}"
    return Change(
        "suppression" if kind == "suppression" else "finding",
        severity,
        "loss" if effect == "loss" else "gain",
        what,
        f"{what} {said}",
        before,
        after,
        axes=finding.axes,
        input=finding.input,
        layers=layers,
        finding=finding,
    )


def _introduced(those: Sequence[_About]) -> Change:
    finding = those[0].finding
    row = _row(those, "finding", finding.severity, "loss", "", "", "introduced")
    others = len(set(finding.instances)) - len(those)
    more = f" (new at {quoted(row.layers, _NAMED)})" if others > 0 else ""
    return row._replace(message=f"{finding.code}: {finding.message}{more}")


def _mended(those: Sequence[_About], left: Collection[str]) -> Change:
    """Tell that a finding is gone; `left`: names of the layers that there are."""
    if all(each.layer is not None and each.layer not in left for each in those):
        return _row(
            those, "finding", "info", "gain", "is gone with its layer" if len(those) == 1 else "is gone with its layers", "found", "gone"
        )
    if those[0].finding.suppressed:
        return _row(those, "suppression", "info", "gain", "is mended, and was suppressed", "suppressed", "mended")
    return _row(those, "finding", "info", "gain", "is mended", those[0].finding.severity, "mended")


def _suppressed(those: Sequence[_About]) -> Change:
    reason = f": {those[0].finding.reason}" if those[0].finding.reason else ""
    how = "in the baseline now" if those[0].finding.baselined else "suppressed now"
    return _row(those, "suppression", "warning", "loss", f"is {how}{reason}", "", "suppressed")


def _at_another_severity(each: _About, then: Severity) -> Change:
    now = each.finding.severity
    if SEVERITY_ORDER[now] > SEVERITY_ORDER[then]:
        return _row([each], "finding", now, "loss", f"is of severity {now} instead of {then}: {each.finding.message}", then, now)
    return _row([each], "finding", "info", "gain", f"is of severity {now} instead of {then}", then, now)


def without_repeats(found: Collection[Change], told: Collection[Change], roots: Mapping[str, Collection[str]]) -> list[Change]:
    """Merge what is told twice: a target that is lost has a finding, too.

    The change of the promise stays, with the finding at its side.  Of alignment the finding stays, which says why; it is an error
    where alignment was lost.  `roots`: `loss` or `gain` -> names of the layers where that begins.
    """
    rows: list[Change] = list(told)
    places: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        for layer in row.layers[:1]:
            places.setdefault((row.kind, layer), []).append(place)
    begun = set(roots.get("loss", ()))
    for change in found:
        finding = change.finding
        if finding is None or change.kind != "finding":
            rows.append(change)
            continue
        kind, name = TOLD.get(finding.code, ("", ""))
        about = f"`{finding.data.get(name)}" if name else ""
        same = [place for place in places.get((kind, finding.layer or ""), ()) if about in rows[place].what]
        for place in same:
            if rows[place].effect == change.effect:
                rows[place] = rows[place]._replace(finding=rows[place].finding or finding)
        # A new finding is told with what says the same; one that is mended is not, where its subject is gone, or worse.
        if not any(rows[place].effect == change.effect or change.effect == "gain" for place in same):
            lost = finding.code in ALIGNMENT and change.effect == "loss" and not begun.isdisjoint(change.layers)
            rows.append(change._replace(severity="error") if lost else change)
    return rows
