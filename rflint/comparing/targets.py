"""What became of the targets: those of both versions are judged on both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from rflint.comparing.facts import signed, unit
from rflint.comparing.matching import Matching, Pair
from rflint.comparing.values import Change, Effect
from rflint.engine import Analysis
from rflint.model import Severity, Target
from rflint.questions.targets import TargetVerdict, judge_targets
from rflint.words import axes_text, per_axis, readable

_RANK: Final[Mapping[str, int]] = {"too-large": 0, "unknown": 1, "not-guaranteed": 2, "guaranteed": 3}
#: What each verdict says of a target.
_SEEN: Final[Mapping[str, str]] = {
    "guaranteed": "guaranteed",
    "not-guaranteed": "seen at some positions",
    "too-large": "too large",
    "unknown": "not to be judged",
}


class Judged(NamedTuple):
    """A target of one side, on both sides: verdicts by input of the side that states it."""

    target: Target
    own: Mapping[str, TargetVerdict]
    other: Mapping[str, TargetVerdict]
    #: Whether it could be asked of the other side at all.
    carried: bool


def changes(pair: Pair) -> Iterator[Change]:
    """Yield what became of the targets of both versions."""
    before, after, matching = pair.before, pair.after, pair.matching
    if not before.graph.targets and not after.graph.targets:
        return
    forth = _judged(before, after, matching.new_of, matching.inputs, matching.axes)
    inputs = {renamed: name for name, renamed in matching.inputs.items()}
    back = _judged(after, before, matching.old_of, inputs, [(there, here) for here, there in matching.axes])
    partners = _partners([each.target for each in forth], [each.target for each in back], matching)
    for place, judged in enumerate(forth):
        if place not in partners:
            yield _deleted(judged, pair)
            continue
        partner = back[partners[place]].target
        yield from _kept(judged, partner, pair)
        yield from _restated(judged.target, partner, pair)
    for place in sorted(set(range(len(back))).difference(partners.values())):
        yield _added(back[place], pair)


def _judged(
    own: Analysis, other: Analysis, nodes: Mapping[int, int], inputs: Mapping[str, str], axes: Sequence[tuple[int, int]]
) -> list[Judged]:
    """Judge the targets of one side on both; where the other side has not their layer, or other axes, on one."""
    graph = own.graph
    carried: dict[int, Target] = {}
    if len(axes) == len(graph.axes) == len(other.graph.axes):
        place_of = {there: here for here, there in axes}
        for place, target in enumerate(graph.targets):
            known = target.input is None or target.input in inputs
            if target.node in nodes and known:
                size = tuple(target.size[place_of[axis]] for axis in range(len(axes)))
                source = None if target.input is None else inputs[target.input]
                carried[place] = target._replace(node=nodes[target.node], size=size, input=source)
    mine = _verdicts(own, graph.targets)
    theirs = _verdicts(other, tuple(carried.values()))
    named_back = {renamed: name for name, renamed in inputs.items()}
    return [
        Judged(
            target,
            mine.get(target, {}),
            {named_back.get(name, name): verdict for name, verdict in theirs.get(carried[place], {}).items()} if place in carried else {},
            place in carried,
        )
        for place, target in enumerate(graph.targets)
    ]


def _verdicts(analysis: Analysis, wanted: tuple[Target, ...]) -> dict[Target, dict[str, TargetVerdict]]:
    """Judge targets, which the spec of the analysis need not state."""
    judged: dict[Target, dict[str, TargetVerdict]] = {}
    asked = analysis if wanted == analysis.graph.targets else analysis._replace(graph=analysis.graph._replace(targets=wanted))
    for verdict in judge_targets(asked):
        judged.setdefault(verdict.target, {})[verdict.input] = verdict
    return judged


def _partners(old: Sequence[Target], new: Sequence[Target], matching: Matching) -> dict[int, int]:
    """Pair targets: by name and layer, by name, then by all but the name."""
    partners: dict[int, int] = {}
    keys = (
        lambda target, node: (target.name, node, target.input),
        lambda target, node: (target.name, node),
        lambda target, _node: target.name,
        lambda target, node: (node, target.size, target.coverage),
    )
    for key in keys:
        waiting: dict[Any, list[int]] = {}
        taken = set(partners.values())
        for place in range(len(new) - 1, -1, -1):
            if place not in taken:
                waiting.setdefault(key(new[place], new[place].node), []).append(place)
        for place, target in enumerate(old):
            if place not in partners and (found := waiting.get(key(target, matching.new_of.get(target.node)))):
                partners[place] = found.pop()
    return partners


def _deleted(judged: Judged, pair: Pair) -> Change:
    target = judged.target
    what, layer = _called(target, pair.was(target.node)), pair.matching.new_of.get(target.node)
    if layer is None:
        more = ", and its layer is gone"
    elif (worst := _worst(judged.other)) is None:
        more = ""
    else:
        more = f"; `{pair.name(layer)}` would " + ("still guarantee it" if worst == "guaranteed" else "not guarantee it any more")
        if worst != "guaranteed" and _worst(judged.own) != "guaranteed":
            more = ""
    layers = (pair.was(target.node) if layer is None else pair.name(layer),)
    return Change("target", "error", "loss", what, f"{what} is not stated any more{more}", _size(target), "not stated", layers=layers)


def _added(judged: Judged, pair: Pair) -> Change:
    target, layer = judged.target, pair.name(judged.target.node)
    what, worst = _called(target, layer), _worst(judged.own)
    node = pair.matching.old_of.get(target.node)
    there = "" if node is None or worst is None else _then(worst, _worst(judged.other), pair.was(node))
    said = f", {_SEEN[worst]}{there}" if worst else ""
    return Change("target", "info", "gain", what, f"{what} is stated now{said}", "not stated", _size(target), layers=(layer,))


def _then(now: str, then: str | None, layer: str) -> str:
    return f"; before, `{layer}` did not guarantee it" if now == "guaranteed" and then in ("not-guaranteed", "too-large") else ""


def _called(target: Target, layer: str) -> str:
    return f"target `{target.name}` ({_size(target)}) at `{layer}`"


def _size(target: Target) -> str:
    covered = "" if target.coverage == 1 else f", {round(target.coverage * 100, 2):g} % of it"
    return f"{per_axis(target.size, str)}{covered}"


def _worst(verdicts: Mapping[str, TargetVerdict]) -> str | None:
    return min((each.verdict for each in verdicts.values()), key=_RANK.__getitem__, default=None)


def _kept(judged: Judged, partner: Target, pair: Pair) -> Iterator[Change]:
    """Yield what became of a target that is still stated, as it was stated."""
    target = judged.target
    if (node := pair.matching.new_of.get(target.node)) is None:
        what = _called(target, pair.was(target.node))
        message = f"{what} has lost its layer: it is stated at `{pair.name(partner.node)}` now"
        yield Change("target", "error", "loss", what, message, layers=(pair.name(partner.node),))
        return
    layer = pair.name(node)
    for source, was in judged.own.items():
        of = f" of `{source}`" if len(pair.old.inputs) > 1 else ""
        now = judged.other.get(source)
        if now is None:
            if judged.carried and source in pair.matching.inputs and _RANK[was.verdict] > _RANK["unknown"]:
                what, renamed = _called(target, layer) + of, pair.matching.inputs[source]
                said = f"`{layer}` does not depend on `{renamed}` any more: target `{target.name}`{of} is not seen"
                yield Change("target", "error", "loss", what, said, _up_to(was), "not seen", input=renamed, layers=(layer,))
            continue
        # As it was stated, with the axes in the order in which they are now.
        target, what = now.target, _called(now.target, layer) + of
        then = was._replace(axes=tuple(was.axes[here] for here, _ in pair.matching.axes))
        seen = _seen(then, now, layer, unit(pair.new.axes))
        guaranteed = tuple(axis.guaranteed for axis in then.axes), tuple(axis.guaranteed for axis in now.axes)
        change = Change(
            "target",
            "error",
            "loss",
            what,
            "",
            _up_to(then),
            _up_to(now),
            _by(*guaranteed),
            *guaranteed,
            axes=pair.new.axes,
            input=now.input,
            layers=(layer,),
        )
        if _RANK[now.verdict] < _RANK[then.verdict]:
            yield change._replace(message=f"{seen}target `{target.name}`{of} {_no_longer(then.verdict, now.verdict)}")
        elif _RANK[now.verdict] > _RANK[then.verdict]:
            yield change._replace(severity="info", effect="gain", message=f"{seen}target `{target.name}`{of} is {_SEEN[now.verdict]} now")
        else:
            yield from _margin(change, target, then, now)


def _up_to(verdict: TargetVerdict) -> str:
    sizes = [axis.guaranteed for axis in verdict.axes]
    return _SEEN[verdict.verdict] if None in sizes else f"guaranteed up to {per_axis(sizes, str)}"


def _no_longer(then: str, now: str) -> str:
    if then == "guaranteed":
        rest = {"not-guaranteed": "", "too-large": ": no feature can see it", "unknown": ": it cannot be judged"}[now]
        return f"is no longer guaranteed{rest}"
    return "is too large now: no feature can see it" if now == "too-large" else "cannot be judged any more"


def _seen(then: TargetVerdict, now: TargetVerdict, layer: str, samples: str) -> str:
    """Begin a sentence with what the layer sees, where that says why."""
    axes = list(zip(then.axes, now.axes, strict=True))
    sizes = _texts([(here.receptive_field, there.receptive_field) for here, there in axes])
    if sizes is not None:
        return f"`{layer}` sees {sizes[1]} {samples} instead of {sizes[0]}: "
    strides = _texts([(here.stride, there.stride) for here, there in axes])
    return "" if strides is None else f"features of `{layer}` lie {strides[1]} {samples} apart instead of {strides[0]}: "


def _texts(pairs: Sequence[tuple[Fraction | int | None, Fraction | int | None]]) -> tuple[str, str] | None:
    """Write values then and now; None where they are not known, or not others on every axis."""
    if any(here is None or there is None or here == there for here, there in pairs):
        return None
    return per_axis([here for here, _ in pairs], readable), per_axis([there for _, there in pairs], readable)


def _margin(change: Change, target: Target, then: TargetVerdict, now: TargetVerdict) -> Iterator[Change]:
    """Yield that a target is as it was, but with less to spare, or more."""
    sizes = [
        (there.axis, here.guaranteed, there.guaranteed)
        for here, there in zip(then.axes, now.axes, strict=True)
        if here.guaranteed is not None and there.guaranteed is not None
    ]
    less, more = [each for each in sizes if each[2] < each[1]], [each for each in sizes if each[2] > each[1]]
    still = {"guaranteed": "still fits", "not-guaranteed": "is still seen at some positions only"}.get(now.verdict, "is still too large")
    groups: tuple[tuple[Effect, Severity, list[tuple[str, int, int]]], ...] = (("loss", "warning", less), ("gain", "info", more))
    for effect, severity, chosen in groups:
        if not chosen:
            continue
        before, after = (per_axis([each[place] for each in chosen], str) for place in (1, 2))
        axes = tuple(axis for axis, _, _ in chosen)
        on = f" on {axes_text(axes)}" if len(axes) < len(now.axes) else ""
        yield change._replace(
            severity=severity,
            effect=effect,
            message=f"`{change.layers[0]}` guarantees {after} instead of {before}{on}: target `{target.name}` ({_size(target)}) {still}",
            before=f"guaranteed up to {before}",
            after=f"guaranteed up to {after}",
            difference=_by([old for _, old, _ in chosen], [new for _, _, new in chosen]),
            old=tuple(old for _, old, _ in chosen),
            new=tuple(new for _, _, new in chosen),
            axes=axes,
        )


def _by(old: Sequence[int | None], new: Sequence[int | None]) -> str:
    pairs = [(here, there) for here, there in zip(old, new, strict=True) if here is not None and there is not None]
    known = len(pairs) == len(old) and any(here != there for here, there in pairs)
    return per_axis([there - here for here, there in pairs], signed, ", ") if known else ""


def _restated(target: Target, partner: Target, pair: Pair) -> Iterator[Change]:
    """Yield that a target asks for something else."""
    layer, matching = pair.name(partner.node), pair.matching
    axes = [(target.size[here], partner.size[there]) for here, there in matching.axes]
    asked = [(size * target.coverage, other * partner.coverage) for size, other in axes]
    if target.node in matching.new_of and matching.new_of[target.node] != partner.node:
        what = f"layer of target `{target.name}`"
        old, new = pair.was(target.node), layer
        yield Change("target", "info", "neutral", what, f"{what}: `{new}` instead of `{old}`", old, new, layers=(layer,))
    if target.name != partner.name:
        what = f"name of target `{target.name}`"
        said = f"target `{target.name}` is called `{partner.name}` now"
        yield Change("target", "info", "neutral", what, said, target.name, partner.name, layers=(layer,))
    less, more = any(new < old for old, new in asked), any(new > old for old, new in asked)
    if not less and not more:
        return
    what = f"size of target `{partner.name}`"
    says = "something else" if less and more else "less" if less else "more"
    message = f"target `{partner.name}` asks for {says}: {_size(partner)} instead of {_size(target)}"
    effect: Effect = "neutral" if less and more else "loss" if less else "gain"
    severity: Severity = "warning" if less else "info"
    yield Change("target", severity, effect, what, message, _size(target), _size(partner), layers=(layer,))
