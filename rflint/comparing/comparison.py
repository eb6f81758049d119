"""Two versions of a spec, and of a set of specs: all changes, the gravest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from rflint.comparing import facts, findings, network, promises, targets
from rflint.comparing.matching import Pair, match
from rflint.comparing.pairing import paired
from rflint.comparing.values import Change, Diff, Move, Side, SpecDiff, Status
from rflint.model import Diagnostic
from rflint.words import counted, quoted

_NOT_COMPARED: Final = "its layers could not be compared"


def compare(old_name: str, old: Mapping[str, Side], new_name: str, new: Mapping[str, Side]) -> Diff:
    """Compare two sets of specs, each by the path that it has on its side: what has another one there was renamed."""
    specs = [
        _spec(None if before is None else old[before], None if after is None else new[after], renamed=before != after)
        for before, after in paired(old, new)
    ]
    return Diff(old_name, new_name, tuple(sorted(specs, key=lambda spec: (spec.path, spec.old_path or ""))))


def _spec(old: Side | None, new: Side | None, *, renamed: bool) -> SpecDiff:
    if new is None:
        assert old is not None
        return _deleted(old)
    if old is None:
        return _added(new)
    path = new.report.path
    moves: tuple[Move, ...] = ()
    if old.analysis is not None and new.analysis is not None:
        pair = Pair(old.report, new.report, old.analysis, new.analysis, match(old.analysis, new.analysis))
        found, moves = _ordered([*_of_networks(pair, old, new), *promises.rules(old, new)]), network.moves(pair)
    else:
        found = _ordered([*_of_texts(old, new), *promises.rules(old, new)])
    why = _NOT_COMPARED if old.broken or new.broken else ""
    status: Status = "unsound" if why else "changed" if found else "same"
    return SpecDiff(path, old.report.path if renamed else None, new.report.name, status, found, moves, why)


def _ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=Change.sort_key))


def _of_texts(old: Side, new: Side) -> Iterator[Change]:
    """Yield what can be said where one side, or none, has a network."""
    told = {id(_first_error(side)) for side, other in ((old, new), (new, old)) if side.broken and not other.broken}
    yield from (each for each in findings.changes(old, new) if id(each.finding) not in told)
    if new.broken and not old.broken:
        yield _unsound(new)
    elif old.broken and not new.broken:
        yield _sound(old, new)
    elif (old.analysis is None) != (new.analysis is None):
        yield _other_kind(old)


def _of_networks(pair: Pair, old: Side, new: Side) -> Iterator[Change]:
    differences = list(facts.differences(pair))
    roots: dict[str, tuple[str, ...]] = {}
    spread: dict[str, tuple[str, ...]] = {}
    for effect, begun, reached in facts.lost_alignment(pair, differences):
        roots[effect], spread[effect] = (tuple(map(pair.name, nodes)) for nodes in (begun, reached))
    layers = {pair.was(node): pair.name(other) for node, other in pair.matching.new_of.items()}
    names = findings.Names(layers, pair.matching.inputs, pair.axes)
    found = list(findings.changes(old, new, names))
    told = [*targets.changes(pair), *promises.expectations(pair)]
    lost = {name for row in told if row.kind == "target" and row.severity == "error" for name in row.layers}
    yield from findings.without_repeats(found, told, roots)
    yield from _alignment(found, roots, spread)
    yield from promises.causal(pair)
    yield from facts.changes(pair, differences, _watched(pair, lost))
    yield from network.changes(pair)


def _watched(pair: Pair, lost: Collection[str]) -> facts.Watched:
    before, after = pair.before.graph, pair.after.graph
    carried = {pair.matching.new_of[target.node] for target in before.targets if target.node in pair.matching.new_of}
    names = {layer.name: node for node, layer in enumerate(after.layers, len(after.inputs))}
    return facts.Watched(
        frozenset(after.outputs),
        frozenset({target.node for target in after.targets} | carried),
        frozenset(each.node for each in after.expectations),
        frozenset(names[name] for name in lost if name in names),
    )


def _alignment(found: Iterable[Change], roots: Mapping[str, tuple[str, ...]], spread: Mapping[str, tuple[str, ...]]) -> Iterator[Change]:
    """Yield that alignment was lost or won, where no finding says so."""
    said: dict[str, set[str]] = {"loss": set(), "gain": set()}
    for change in found:
        if change.finding is not None and change.finding.code in findings.ALIGNMENT and change.kind == "finding":
            said[change.effect].update(change.layers)
    for effect, names in roots.items():
        untold = tuple(name for name in names if name not in said[effect])
        if not untold:
            continue
        behind = len(spread[effect]) - len(names)
        more = (
            f", {'nor' if effect == 'loss' else 'and so'} {'is' if behind == 1 else 'are'} {counted(behind, 'layer')} behind"
            if behind
            else ""
        )
        verb = "is" if len(untold) == 1 else "are"
        now = "no longer aligned" if effect == "loss" else "aligned now"
        what = f"alignment of {quoted(untold, facts.NAMED)}"
        sides = ("aligned", "not aligned") if effect == "loss" else ("not aligned", "aligned")
        message = f"{quoted(untold, facts.NAMED)} {verb} {now}{more}"
        layers = tuple(dict.fromkeys((*untold, *spread[effect])))
        yield Change(
            "alignment",
            "error" if effect == "loss" else "info",
            "loss" if effect == "loss" else "gain",
            what,
            message,
            *sides,
            layers=layers,
        )


# Specs that one side does not have, or that cannot be analysed


def _first_error(side: Side) -> Diagnostic | None:
    return next((each for each in side.report.findings if each.severity == "error"), None)


def _unsound(new: Side, said: str = "is no longer a spec that can be analysed") -> Change:
    error = _first_error(new)
    why = f"rflint itself failed: {new.report.internal_error}" if error is None else f"{error.code}: {error.message}"
    what = f"`{new.report.path}`"
    return Change("unsound", "error", "loss", what, f"{what} {said}: {why}", "sound", "not sound", finding=error)


def _sound(old: Side, new: Side) -> Change:
    error = _first_error(old)
    what = f"`{new.report.path}`"
    why = "" if error is None else f" (it was not: {error.code}, {error.message})"
    return Change("unsound", "info", "gain", what, f"{what} is a spec that can be analysed now{why}", "not sound", "sound", finding=error)


def _other_kind(old: Side) -> Change:
    kinds = ("library of blocks", "network")
    before, after = kinds if old.analysis is None else kinds[::-1]
    return Change("spec", "info", "neutral", "kind of spec", f"it is a {after} now, and was a {before}", before, after)


def _added(new: Side) -> SpecDiff:
    what = f"`{new.report.path}`"
    size = f", with {counted(len(new.report.layers), 'layer')}" if new.report.layers else ""
    rows = [Change("spec", "info", "gain", what, f"{what} is new{size}", "", "new")]
    if new.broken:
        rows.append(_unsound(new, "is no spec that can be analysed")._replace(before=""))
    nothing = Side(new.report._replace(findings=()), None)
    rows += [each for each in findings.changes(nothing, new) if not new.broken or each.finding is not _first_error(new)]
    return SpecDiff(new.report.path, None, new.report.name, "added", _ordered(rows), (), _NOT_COMPARED if new.broken else "")


def _deleted(old: Side) -> SpecDiff:
    what = f"`{old.report.path}`"
    stated = []
    if old.analysis is not None:
        facts_stated = sum(len(each.facts) for each in old.analysis.graph.expectations)
        stated = [
            counted(number, noun) for number, noun in ((len(old.analysis.graph.targets), "target"), (facts_stated, "expectation")) if number
        ]
    said = f", and with it {' and '.join(stated)}" if stated else ""
    row = Change("spec", "error" if stated else "info", "loss", what, f"{what} is deleted{said}", ", ".join(stated), "deleted")
    nothing = Side(old.report._replace(findings=()), None)
    return SpecDiff(old.report.path, None, old.report.name, "deleted", _ordered([row, *findings.changes(old, nothing)]))
