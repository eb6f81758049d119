"""What was done to the network: layers that came and went, what they are and read, inputs and outputs, what it costs in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rflint.comparing.facts import NAMED, signed
from rflint.comparing.matching import Matching, Pair
from rflint.comparing.values import Change, Effect, Move
from rflint.model import Graph, InputReport, Layer
from rflint.words import amount, counted, per_axis, quoted

#: Texts of values of fields are cut here.
_LONGEST = 60


def changes(pair: Pair) -> Iterator[Change]:
    """Yield all changes of this kind."""
    before, after = pair.before.graph, pair.after.graph
    if before.axes != after.axes:
        yield _changed("axes", "axes", ", ".join(before.axes), ", ".join(after.axes))
    yield from _inputs(pair)
    yield from _outputs(before, after, pair.matching)
    yield from _come_and_gone(before, after, pair.matching)
    yield from _ops(pair)
    yield from _fields(pair)
    yield from _wiring(pair)
    yield from _totals(pair)


def _changed(kind: Any, what: str, before: str, after: str, layers: tuple[str, ...] = ()) -> Change:
    return Change(kind, "info", "neutral", what, f"{what}: {after} instead of {before}", before, after, layers=layers)


def _inputs(pair: Pair) -> Iterator[Change]:
    matching = pair.matching
    before, after = ({item.name: item for item in report.inputs} for report in (pair.old, pair.new))
    for name, item in before.items():
        if (renamed := matching.inputs.get(name)) is None:
            yield Change("input", "info", "neutral", f"input `{name}`", f"input `{name}` is gone", _input(item), "")
            continue
        now = after[renamed]
        if name != renamed:
            what, said = f"name of input `{name}`", f"input `{name}` is called `{renamed}` now"
            yield Change("input", "info", "neutral", what, said, name, renamed, input=renamed)
        was = _input(item)
        if len(matching.axes) == len(item.size) == len(now.size):
            was = _input(item._replace(size=tuple(item.size[here] for here, _ in matching.axes)))
        if was != _input(now):
            yield _changed("input", f"input `{renamed}`", was, _input(now))
    known = set(matching.inputs.values())
    for name, item in after.items():
        if name not in known:
            yield Change("input", "info", "neutral", f"input `{name}`", f"input `{name}` is new", "", _input(item))


def _input(item: InputReport) -> str:
    size = per_axis(item.size, lambda value: "?" if value is None else str(value))
    return size + (f", {counted(item.channels, 'channel')}" if item.channels is not None else "")


def _outputs(before: Graph, after: Graph, matching: Matching) -> Iterator[Change]:
    carried = {matching.new_of[node] for node in before.outputs if node in matching.new_of}
    now = frozenset(after.outputs)
    if gone := [before.node_name(node) for node in before.outputs if matching.new_of.get(node) not in now]:
        what = f"{'output' if len(gone) == 1 else 'outputs'} {quoted(gone, NAMED)}"
        verb = "is no output" if len(gone) == 1 else "are no outputs"
        yield Change("outputs", "warning", "loss", what, f"{quoted(gone, NAMED)} {verb} any more", "output", "", layers=tuple(gone))
    if come := [after.node_name(node) for node in after.outputs if node not in carried]:
        what = f"{'output' if len(come) == 1 else 'outputs'} {quoted(come, NAMED)}"
        verb = "is an output" if len(come) == 1 else "are outputs"
        yield Change("outputs", "info", "gain", what, f"{quoted(come, NAMED)} {verb} now", "", "output", layers=tuple(come))


def _come_and_gone(before: Graph, after: Graph, matching: Matching) -> Iterator[Change]:
    gone = [layer for node, layer in enumerate(before.layers, len(before.inputs)) if node not in matching.new_of]
    come = [layer for node, layer in enumerate(after.layers, len(after.inputs)) if node not in matching.old_of]
    for layers, effect, said in ((gone, "left out", "layers left out"), (come, "new", "new layers")):
        if layers:
            names = tuple(layer.name for layer in layers)
            what = f"{said}: {quoted(names, NAMED)}" if len(names) > 1 else f"{said.replace('layers', 'layer')}: {quoted(names)}"
            ops = _counted_ops(layers)
            message = f"{counted(len(names), 'layer')} {'are' if len(names) > 1 else 'is'} {effect}: {quoted(names, NAMED)} ({ops})"
            sides = (ops, "") if effect == "left out" else ("", ops)
            yield Change("layers", "info", "neutral", what, message, *sides, layers=names)


def _counted_ops(layers: Sequence[Layer]) -> str:
    counts = Counter(layer.op for layer in layers).most_common()
    shown = [f"{count}× {op}" if count > 1 else op for op, count in counts[:NAMED]]
    return ", ".join([*shown, *(["…"] if len(counts) > NAMED else [])])


def _ops(pair: Pair) -> Iterator[Change]:
    groups: dict[tuple[str, str], list[str]] = {}
    for _, layer, _, other in pair.same():
        if layer.op != other.op:
            groups.setdefault((layer.op, other.op), []).append(other.name)
    for (op, now), names in groups.items():
        yield _changed("op", f"op of {quoted(names, NAMED)}", op, now, tuple(names))


def _fields(pair: Pair) -> Iterator[Change]:
    """Yield fields that are written otherwise, where that means something else."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for node, layer, other, now in pair.same():
        if layer.op != now.op or layer.fields == now.fields or _means_the_same(pair, node, other):
            continue
        for name in dict.fromkeys((*layer.fields, *now.fields)):
            before, after = _written(layer.fields.get(name)), _written(now.fields.get(name))
            if name != "channels" and before != after:
                groups.setdefault((name, before, after), []).append(now.name)
    for (field, before, after), names in groups.items():
        yield _changed("field", f"`{field}` of {quoted(names, NAMED)}", before, after, tuple(names))


def _means_the_same(pair: Pair, node: int, other: int) -> bool:
    old, new = pair.before, pair.after
    geometry = all(old.axes[here].program.ops[node] == new.axes[there].program.ops[other] for here, there in pair.matching.axes)
    costs = all(
        ours[node] == theirs[other]
        for ours, theirs in (
            (old.costs.channels, new.costs.channels),
            (old.costs.params, new.costs.params),
            (old.costs.macs, new.costs.macs),
        )
    )
    return geometry and costs


def _written(value: object) -> str:
    if value is None:
        return "(as by default)"
    if isinstance(value, (list, tuple)) and value:
        if any(isinstance(each, (list, tuple)) for each in value):
            text = per_axis(
                [f"[{', '.join(map(_written, each))}]" if isinstance(each, (list, tuple)) else _written(each) for each in value], str, ", "
            )
        else:
            text = per_axis([_written(each) for each in value], str, ", ")
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _wiring(pair: Pair) -> Iterator[Change]:
    """Yield what reads other layers now, unless these came or went."""
    matching = pair.matching
    for _, layer, _, now in pair.same():
        mine = Counter(matching.new_of.get(source, -1) for source in layer.sources)
        theirs = Counter(now.sources)
        gone, come = mine - theirs, theirs - mine
        known = [source for source in come if source in matching.old_of]
        if (gone or come) and len(known) == len(come) and -1 not in gone:
            read = quoted([pair.name(source) for source in now.sources if source >= 0], NAMED) if now.sources else ""
            was = quoted([pair.was(source) for source in layer.sources if source >= 0], NAMED) if layer.sources else ""
            name = now.name
            yield Change(
                "wiring", "info", "neutral", f"inputs of `{name}`", f"`{name}` reads {read} instead of {was}", was, read, layers=(name,)
            )


def _totals(pair: Pair) -> Iterator[Change]:
    """Yield what the network costs in all; layers whose cost one side does not know are left out."""
    old, new, matching = pair.old, pair.new, pair.matching
    before, after = len(old.inputs), len(new.inputs)
    for kind, noun in (("params", "parameters"), ("macs", "multiply-adds")):
        was = {node: getattr(layer, kind) for node, layer in enumerate(old.layers, before)}
        now = {node: getattr(layer, kind) for node, layer in enumerate(new.layers, after)}
        pairs = [(was.get(matching.old_of.get(node, -1), 0), cost, node) for node, cost in now.items()]
        known = [(then, cost, node) for then, cost, node in pairs if then is not None and cost is not None]
        gone = sum(cost or 0 for node, cost in was.items() if node not in matching.new_of)
        first, second = gone + sum(then for then, _, _ in known), sum(cost for _, cost, _ in known)
        if first == second:
            continue
        changed = sorted(
            (node for then, cost, node in known if then != cost),
            key=lambda node: -abs((now[node] or 0) - (was.get(matching.old_of.get(node, -1), 0) or 0)),
        )
        names = tuple(new.layers[node - after].name for node in changed)
        effect: Effect = "loss" if second > first else "gain"
        difference = f"{'+' if second > first else '-'}{amount(abs(second - first)) or '0'}{_percent(first, second)}"
        what = f"{noun} in all"
        message = f"{what}: {amount(second)} instead of {amount(first)} ({difference})"
        yield Change(
            "params" if kind == "params" else "macs",
            "info",
            effect,
            what,
            message,
            amount(first),
            amount(second),
            difference,
            (first,),
            (second,),
            layers=names,
        )


def _percent(first: int, second: int) -> str:
    return f", {signed(round((second - first) * 100 / first))} %" if first else ""


def moves(pair: Pair) -> tuple[Move, ...]:
    """Put renamed layers together by what of their names differs: `encoder` to `backbone`, of forty layers."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for _, layer, _, now in pair.same():
        if layer.name != now.name:
            groups.setdefault(_apart(layer.name, now.name), []).append((layer.name, now.name))
    return tuple(Move(old, new, *those[0], len(those)) for (old, new), those in groups.items())


def _apart(old: str, new: str) -> tuple[str, str]:
    """Leave out the parts of paths that two names end with."""
    here, there = old.split("/"), new.split("/")
    while len(here) > 1 and len(there) > 1 and here[-1] == there[-1]:
        here.pop()
        there.pop()
    return "/".join(here), "/".join(there)
