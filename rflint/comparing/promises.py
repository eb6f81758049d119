"""What a spec promises beside its targets: expectations, causal axes, and the rules that watch over the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rflint.comparing.matching import Pair
from rflint.comparing.values import Change, Effect, Side
from rflint.engine import Analysis
from rflint.model import SEVERITIES, Severity
from rflint.questions.expectations import failed_facts
from rflint.words import axes_text, counted, per_axis, quoted

#: Rules, or facts, that a row names.
_NAMED: Final = 4


class _Stated(NamedTuple):
    """An expected fact."""

    value: object
    #: As the spec names the layer.
    layer: str
    fact: str
    node: int
    holds: bool


def expectations(pair: Pair) -> Iterator[Change]:
    """Yield what became of the facts that the specs expect."""
    before, after = _stated(pair.before), _stated(pair.after)
    carried = {(pair.matching.new_of.get(node, -1 - node), fact): each for (node, fact), each in before.items()}
    deleted: dict[tuple[str, bool], list[_Stated]] = {}
    for key, then in carried.items():
        now = after.get(key)
        if now is None:
            deleted.setdefault((then.layer, key[0] < 0), []).append(then)
        elif _same(then.value, now.value):
            yield from _still(then, now)
        else:
            yield _other(then, now)
    for (layer, gone), those in deleted.items():
        yield _listed(those, layer, "error", "loss", "not expected any more" + (": the layer is gone" if gone else ""))
    added: dict[str, list[_Stated]] = {}
    for key, now in after.items():
        if key not in carried:
            added.setdefault(now.layer, []).append(now)
    for layer, those in added.items():
        yield _listed(those, layer, "info", "gain", "expected now")


def _stated(analysis: Analysis) -> dict[tuple[int, str], _Stated]:
    failed = {(each.expectation.node, each.expectation.layer, each.fact) for each in failed_facts(analysis)}
    return {
        (each.node, fact): _Stated(value, each.layer, fact, each.node, (each.node, each.layer, fact) not in failed)
        for each in analysis.graph.expectations
        for fact, value in each.facts.items()
    }


def _same(one: object, other: object) -> bool:
    return _written(one) == _written(other)


def _written(value: object) -> str:
    """Write a value as specs have it; a list of equal values as one."""
    if isinstance(value, (list, tuple)):
        return per_axis([_written(each) for each in value], str) if value else "[]"
    return {None: "null", True: "true", False: "false"}.get(value, str(value)) if value is None or isinstance(value, bool) else str(value)


def _still(then: _Stated, now: _Stated) -> Iterator[Change]:
    if then.holds == now.holds:
        return
    what = f"expectation `{now.fact}: {_written(now.value)}` of `{now.layer}`"
    if then.holds:
        yield Change("expectation", "error", "loss", what, f"{what} does not hold any more", "holds", "does not hold", layers=(now.layer,))
    else:
        yield Change("expectation", "info", "gain", what, f"{what} holds now", "did not hold", "holds", layers=(now.layer,))


def _other(then: _Stated, now: _Stated) -> Change:
    what = f"expected `{now.fact}` of `{now.layer}`"
    old, new = _written(then.value), _written(now.value)
    effect = _asks(now.fact, then.value, now.value)
    severity: Severity = "warning" if effect == "loss" else "info"
    more = {"loss": ", which asks for less", "gain": ", which asks for more", "neutral": ""}[effect]
    fails = "; it does not hold" if not now.holds else ""
    message = f"{what}: {new} instead of {old}{more}{fails}"
    return Change("expectation", severity, effect, what, message, old, new, layers=(now.layer,))


def _asks(fact: str, old: object, new: object) -> Effect:
    """Whether a restated fact promises less; of most facts neither more nor less is better."""
    better = {"receptive_field": 1, "receptive_field_min": 1, "aligned": 1, "lookahead": -1}.get(fact, 0)
    pairs = [(old, new)] if not isinstance(old, list) or not isinstance(new, list) else list(zip(old, new, strict=False))
    steps = [(there - here) * better for here, there in pairs if isinstance(here, (int, float)) and isinstance(there, (int, float))]
    if min(steps, default=0) < 0 < max(steps, default=0):
        return "neutral"
    return "loss" if min(steps, default=0) < 0 else "gain" if max(steps, default=0) > 0 else "neutral"


def _listed(those: Sequence[_Stated], layer: str, severity: Severity, effect: Effect, said: str) -> Change:
    facts = quoted([f"{each.fact}: {_written(each.value)}" for each in those], _NAMED)
    what = f"{counted(len(those), 'expectation')} of `{layer}`" if len(those) > 1 else f"expectation of `{layer}`"
    sides = (facts, "") if effect == "loss" else ("", facts)
    return Change(
        "expectation", severity, effect, what, f"{facts} of `{layer}` {'is' if len(those) == 1 else 'are'} {said}", *sides, layers=(layer,)
    )


# Rules and causal axes


def causal(pair: Pair) -> Iterator[Change]:
    """Yield the axes on which looking ahead is allowed now, or forbidden."""
    names = {pair.old.axes[here]: pair.new.axes[there] for here, there in pair.matching.axes}
    before = {names.get(axis, axis) for axis in pair.before.graph.causal}
    after = set(pair.after.graph.causal)
    if gone := sorted(before - after):
        what = f"`causal` on {axes_text(gone)}"
        yield Change("causal", "warning", "loss", what, f"{what} is not stated any more: layers may look ahead", "stated", "not stated")
    if come := sorted(after - before):
        what = f"`causal` on {axes_text(come)}"
        yield Change("causal", "info", "gain", what, f"{what} is stated now", "not stated", "stated")


def rules(old: Side, new: Side) -> Iterator[Change]:
    """Yield the rules that were switched off, or speak in another voice."""
    groups: dict[tuple[str, str], list[str]] = {}
    for code, severity in new.rules.items():
        if (before := old.rules.get(code, severity)) != severity:
            groups.setdefault((before, severity), []).append(code)
    for (before, after), codes in groups.items():
        less = SEVERITIES.index(after) < SEVERITIES.index(before)
        severity = "error" if after == "off" else "warning" if less else "info"
        what = f"{'rule' if len(codes) == 1 else 'rules'} {quoted(codes, _NAMED)}"
        said = (
            "switched off" if after == "off" else f"switched on, as {after}" if before == "off" else f"set to {after} instead of {before}"
        )
        verb = "is" if len(codes) == 1 else "are"
        yield Change("rule", _known(severity), "loss" if less else "gain", what, f"{what} {verb} {said}", before, after)


def _known(severity: str) -> Severity:
    return "error" if severity == "error" else "warning" if severity == "warning" else "info"
