"""What is another of layers that are the same: everything that the report says of them, a row for all that changed alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rflint.comparing.matching import Pair
from rflint.comparing.values import Change, Effect, Kind, Value
from rflint.model import Severity, SpecReport
from rflint.words import axes_text, per_axis, quoted, readable

if TYPE_CHECKING:
    from rflint.model.layers import LayerReport, ReceptiveField

#: Layers that a row names.
NAMED: Final = 3


class Fact(NamedTuple):
    """Something that the report says of a layer."""

    kind: Kind
    noun: str
    #: One value per axis, or a single one.
    values: Callable[[LayerReport, ReceptiveField], tuple[Value, ...] | Value]
    #: What of a value counts: more of it is better, or less, or neither.
    better: int = 0
    show: Callable[[Any], str] = str
    #: Said of each output, target or expectation by itself, where it differs there.
    each: bool = False


def _number(value: Value) -> str:
    if isinstance(value, str):
        return readable(Fraction(value))
    return "none" if value is None else readable(Fraction(str(value)) if isinstance(value, float) else value)


def _yes(value: Value) -> str:
    return "unknown" if value is None else "yes" if value else "no"


FACTS: Final[Sequence[Fact]] = (
    Fact("receptive_field", "receptive field", lambda _, field: field.size, 1, _number, each=True),
    Fact("receptive_field_min", "least receptive field", lambda _, field: field.size_min, 1, _number),
    Fact("lookahead", "look-ahead", lambda _, field: field.lookahead, -1, _number, each=True),
    Fact(
        "alignment",
        "alignment",
        lambda _, field: field.aligned,
        1,
        lambda value: "unknown" if value is None else "aligned" if value else "not aligned",
    ),
    Fact("stride", "effective stride", lambda _, field: field.grid_stride, 0, _number, each=True),
    Fact("center", "centre of feature 0", lambda _, field: field.center, 0, _number),
    Fact("padding", "effective padding", lambda _, field: field.padding, 0, _number),
    Fact("global", "global reach", lambda _, field: field.is_global, 0, _yes),
    Fact("density", "share of the receptive field that is seen", lambda _, field: field.density, 1, _number),
    Fact("effective", "effective receptive field", lambda _, field: field.effective, 1, _number),
    Fact("drift", "drift", lambda _, field: field.drift, -1, _number),
    Fact("exact", "exactness", lambda _, field: field.exact, 1, _yes),
)
OWN: Final[Sequence[Fact]] = (
    Fact("size", "map size", lambda layer, _: layer.size, 0, _number, each=True),
    Fact("channels", "channels", lambda layer, _: layer.channels, 0, _number),
)


class Difference(NamedTuple):
    """A fact that is another at one layer, on the axes where that is as good or bad."""

    fact: Fact
    #: Node of the new spec.
    node: int
    input: str | None
    #: None: it has one value.
    axes: tuple[str, ...] | None
    old: tuple[Value, ...]
    new: tuple[Value, ...]
    effect: Effect


class Watched(NamedTuple):
    """Nodes of the new spec that somebody cares for by name."""

    outputs: frozenset[int]
    targets: frozenset[int]
    #: With expectations.
    stated: frozenset[int]
    #: With a target that is lost: that says more than that they see less.
    lost: frozenset[int]

    @property
    def all(self) -> frozenset[int]:
        """All of them."""
        return self.outputs | self.targets | self.stated


def differences(pair: Pair) -> Iterator[Difference]:
    """Yield what differs, layer by layer in the order of the new spec."""
    old, new, matching = pair.old, pair.new, pair.matching
    before, after = len(old.inputs), len(new.inputs)
    names = [(new.axes[there], here, there) for here, there in matching.axes]
    # Nobody waits for the future of an image.
    causal = [
        (name, here, there) for name, here, there in names if pair.before.axes[here].program.causal or pair.after.axes[there].program.causal
    ]
    for node, _, other, _ in pair.same():
        was, layer = old.layers[node - before], new.layers[other - after]
        for name, renamed in matching.inputs.items():
            mine, theirs = was.receptive_field.get(name), layer.receptive_field.get(renamed)
            if mine is not None and theirs is not None and mine != theirs:
                for fact in FACTS:
                    among = causal if fact.kind == "lookahead" else names
                    yield from _of(fact, other, renamed, fact.values(was, mine), fact.values(layer, theirs), among)
            elif (mine is None) != (theirs is None):
                # It depends on this input only now, or no longer.
                sizes = (None,) * len(old.axes) if mine is None else mine.size, (None,) * len(new.axes) if theirs is None else theirs.size
                yield from _of(FACTS[0], other, renamed, *sizes, names)
        if (was.size, was.channels) != (layer.size, layer.channels):
            # Values of the layer itself: what it sees plays no part.
            anything: Any = None
            for fact in OWN:
                yield from _of(fact, other, None, fact.values(was, anything), fact.values(layer, anything), names)


def _of(
    fact: Fact,
    node: int,
    source: str | None,
    old: tuple[Value, ...] | Value,
    new: tuple[Value, ...] | Value,
    axes: Sequence[tuple[str, int, int]],
) -> Iterator[Difference]:
    if not isinstance(old, tuple) or not isinstance(new, tuple):
        if old != new and not isinstance(old, tuple) and not isinstance(new, tuple):
            yield Difference(fact, node, source, None, (old,), (new,), _effect(fact, old, new))
        return
    by_effect: dict[Effect, list[tuple[str, Value, Value]]] = {}
    for name, here, there in axes:
        if old[here] != new[there]:
            by_effect.setdefault(_effect(fact, old[here], new[there]), []).append((name, old[here], new[there]))
    for effect, values in by_effect.items():
        names, befores, afters = zip(*values, strict=True)
        yield Difference(fact, node, source, names, befores, afters, effect)


def _effect(fact: Fact, old: Value, new: Value) -> Effect:
    # What is not known any more, or behind a global operation, is neither better nor worse.
    if not fact.better or old is None or new is None or isinstance(old, str) or isinstance(new, str):
        return "neutral"
    more = abs(new) - abs(old) if fact.kind == "drift" else new - old
    return "gain" if more * fact.better > 0 else "loss" if more else "neutral"


def changes(pair: Pair, found: Sequence[Difference], watched: Watched) -> Iterator[Change]:
    """Yield the changes of facts: those of outputs and the like by themselves, the others of one kind at once."""
    # Where the largest is another, the least follows.
    larger = {(each.node, each.input) for each in found if each.fact.kind == "receptive_field"}
    groups: dict[tuple[object, ...], list[Difference]] = {}
    for each in found:
        if each.fact.kind == "receptive_field_min" and (each.node, each.input) in larger:
            continue
        alike: tuple[object, ...] = (each.fact.kind, each.input, each.effect, each.fact.each and each.node in watched.all)
        if each.fact.each and each.node in watched.all:
            alike = (*alike, each.axes, each.old, each.new, _severity(each, watched))
        groups.setdefault(alike, []).append(each)
    for group in groups.values():
        if group[0].fact.kind != "alignment":
            yield _change(group, pair.new, watched)


def lost_alignment(pair: Pair, found: Sequence[Difference]) -> Iterator[tuple[Effect, tuple[int, ...], tuple[int, ...]]]:
    """Yield, for what is no longer aligned and for what is now, the nodes where that begins and all that it spreads to."""
    by_effect: dict[Effect, set[int]] = {}
    for each in found:
        if each.fact.kind == "alignment" and each.effect != "neutral":
            by_effect.setdefault(each.effect, set()).add(each.node)
    inputs, layers = len(pair.new.inputs), pair.new.layers
    number = {layer.name: node for node, layer in enumerate(layers, inputs)}
    for effect, nodes in by_effect.items():
        roots = tuple(node for node in sorted(nodes) if not any(number.get(source) in nodes for source in layers[node - inputs].sources))
        yield effect, roots, tuple(sorted(nodes))


def _severity(each: Difference, watched: Watched) -> Severity:
    if each.fact.kind == "size" and each.node in watched.outputs and None not in each.old:
        return "warning"
    if each.fact.kind == "receptive_field" and each.effect == "loss" and each.node in watched.targets - watched.lost:
        return "warning"
    return "info"


def _change(group: Sequence[Difference], new: SpecReport, watched: Watched) -> Change:
    """Make one row of what changed alike; what changed most, or is watched, speaks for all."""
    order = sorted(group, key=lambda each: (each.node not in watched.all, -_much(each), each.node))
    first = order[0]
    inputs, layers = len(new.inputs), new.layers
    names = list(dict.fromkeys(layers[each.node - inputs].name for each in order))
    alike = all((each.old, each.new, each.axes) == (first.old, first.new, first.axes) for each in group)
    before, after = (per_axis(values, first.fact.show) for values in (first.old, first.new))
    where = _where(first, new)
    what = f"{first.fact.noun} of {quoted(names, NAMED)}{where}"
    at = "" if alike else f" at `{names[0]}`"
    message = f"{what}: {after} instead of {before}{at}"
    if first.fact.kind == "receptive_field" and None not in (*first.old, *first.new):
        message = _sees(names, first, before, after, where, alike=alike, axes=new.axes)
    severity = max((_severity(each, watched) for each in group), key=("info", "warning", "error").index)
    return Change(
        kind=first.fact.kind,
        severity=severity,
        effect=first.effect,
        what=what,
        message=message,
        before=before,
        after=after,
        difference=_by(first),
        old=first.old,
        new=first.new,
        axes=first.axes,
        input=first.input,
        layers=tuple(names),
    )


def _sees(names: Sequence[str], first: Difference, before: str, after: str, where: str, *, alike: bool, axes: Collection[str]) -> str:
    said = f"{after} {unit(axes)} instead of {before}{where}"
    if alike:
        return f"{quoted(names, NAMED)} {'sees' if len(names) == 1 else 'see'} {said}"
    less = {"loss": "less", "gain": "more"}.get(first.effect, "something else")
    return f"{len(names)} layers see {less}: `{names[0]}` {said}"


def unit(axes: Collection[str]) -> str:
    """What samples of an input are called: those of an image are pixels."""
    return "px" if set(axes) == {"y", "x"} else "samples"


def _where(each: Difference, new: SpecReport) -> str:
    axes = f" on {axes_text(each.axes)}" if each.axes and len(each.axes) < len(new.axes) else ""
    of = f" of `{each.input}`" if each.input and len(new.inputs) > 1 else ""
    return f"{axes}{of}"


def _numbers(each: Difference) -> Iterator[tuple[Fraction, Fraction]]:
    for old, new in zip(each.old, each.new, strict=True):
        if not isinstance(old, bool) and old is not None and new is not None:
            yield Fraction(str(old)), Fraction(str(new))


def _much(each: Difference) -> Fraction:
    """How large a change is, in parts of what it was or became."""
    return max((abs(new - old) / max(abs(old), abs(new)) for old, new in _numbers(each)), default=Fraction(0))


def _by(each: Difference) -> str:
    pairs = list(_numbers(each))
    return per_axis([new - old for old, new in pairs], signed, ", ") if len(pairs) == len(each.old) else ""


def signed(value: Fraction | int) -> str:
    """`+3`, `-32`."""
    return f"{'+' if value > 0 else ''}{readable(value)}"
