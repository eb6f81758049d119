"""What a spec promises beside its targets: expectations, causal axes, and the rules that watch over the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from rflint.comparing.matching import Pair
from rflint.comparing.values import Change, Effect, Side
from rflint.engine import Analysis
from rflint.model import SEVERITIES, Severity
from rflint.questions.expectations import failed_facts
from rflint.words import axes_text, per_axis, quoted

#: Rules that a row names.
_NAMED: Final = 4


class _Stated(NamedTuple):
    """An expected fact."""

    value: object
    #: As the spec names the layer.
    layer: str
    fact: str
    #: Expanded name of the layer.
    name: str
    holds: bool


def expectations(pair: Pair) -> Iterator[Change]:
    """Yield what became of the facts that the specs expect, those of one layer at once."""
    before, after = _stated(pair.before), _stated(pair.after)
    carried = {(pair.matching.new_of.get(node, -1 - node), fact): each for (node, fact), each in before.items()}
    groups: dict[tuple[str, str], list[_Stated]] = {}
    for key, then in carried.items():
        now = after.get(key)
        if now is None:
            groups.setdefault(("gone" if key[0] < 0 else "deleted", then.layer), []).append(then._replace(name=_name(pair, key[0])))
        elif not _same(then.value, now.value):
            yield _other(then, now)
        elif then.holds != now.holds:
            groups.setdefault(("fails" if then.holds else "holds", now.layer), []).append(now)
    for key, now in after.items():
        if key not in carried:
            groups.setdefault(("added", now.layer), []).append(now)
    for (what, _), those in groups.items():
        yield _listed(those, what)


def _name(pair: Pair, node: int) -> str:
    """Name of a new node, or, below 0, of an old one that is gone."""
    return pair.name(node) if node >= 0 else pair.was(-1 - node)


def _stated(analysis: Analysis) -> dict[tuple[int, str], _Stated]:
    """All expected facts, those of outputs first: others are mostly steps on the way to these."""
    outputs = frozenset(analysis.graph.outputs)
    failed = {(each.expectation.node, each.expectation.layer, each.fact) for each in failed_facts(analysis)}
    return {
        (each.node, fact): _Stated(
            value, each.layer, fact, analysis.graph.node_name(each.node), (each.node, each.layer, fact) not in failed
        )
        for each in sorted(analysis.graph.expectations, key=lambda each: each.node not in outputs)
        for fact, value in each.facts.items()
    }


def _same(one: object, other: object) -> bool:
    return _written(one) == _written(other)


def _written(value: object) -> str:
    """Write a value as specs have it; a list of equal values as one."""
    if isinstance(value, (list, tuple)):
        return per_axis([_written(each) for each in value], str) if value else "[]"
    return {None: "null", True: "true", False: "false"}.get(value, str(value)) if value is None or isinstance(value, bool) else str(value)


def _other(then: _Stated, now: _Stated) -> Change:
    what = f"expected `{now.fact}` of `{now.layer}`"
    old, new = _written(then.value), _written(now.value)
    effect = _asks(now.fact, then.value, now.value) if now.holds else "loss"
    severity: Severity = "info" if effect != "loss" else "warning" if now.holds else "error"
    more = (
        {"loss": ", which asks for less", "gain": ", which asks for more", "neutral": ""}[effect] if now.holds else ", which does not hold"
    )
    return Change("expectation", severity, effect, what, f"{what}: {new} instead of {old}{more}", old, new, layers=(now.name,))


def _asks(fact: str, old: object, new: object) -> Effect:
    """Whether a restated fact promises less; of most facts neither more nor less is better."""
    better = {"receptive_field": 1, "receptive_field_min": 1, "aligned": 1, "lookahead": -1}.get(fact, 0)
    pairs = [(old, new)] if not isinstance(old, list) or not isinstance(new, list) else list(zip(old, new, strict=False))
    steps = [(there - here) * better for here, there in pairs if isinstance(here, (int, float)) and isinstance(there, (int, float))]
    if min(steps, default=0) < 0 < max(steps, default=0):
        return "neutral"
    return "loss" if min(steps, default=0) < 0 else "gain" if max(steps, default=0) > 0 else "neutral"


#: What became of expectations -> effect, what is said of one and of several, before and after.
_BECAME: Final[Mapping[str, tuple[Effect, str, str, str, str]]] = {
    "fails": ("loss", "does not hold any more", "do not hold any more", "holds", "does not hold"),
    "deleted": ("loss", "is not stated any more", "are not stated any more", "stated", "not stated"),
    "gone": ("loss", "is gone with the layer", "are gone with the layer", "stated", "not stated"),
    "holds": ("gain", "holds now", "hold now", "does not hold", "holds"),
    "added": ("gain", "is stated now", "are stated now", "not stated", "stated"),
}


def _listed(those: Sequence[_Stated], became: str) -> Change:
    effect, of_one, of_several, before, after = _BECAME[became]
    facts = quoted([f"{each.fact}: {_written(each.value)}" for each in those], None)
    what = f"{'expectation' if len(those) == 1 else 'expectations'} {facts} of `{those[0].layer}`"
    severity: Severity = "error" if effect == "loss" else "info"
    said = of_one if len(those) == 1 else of_several
    return Change("expectation", severity, effect, what, f"{what} {said}", before, after, layers=(those[0].name,))


# Rules and causal axes


def causal(pair: Pair) -> Iterator[Change]:
    """Yield the axes on which looking ahead is allowed now, or forbidden."""
    names = pair.axes
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
