"""What a draft says in more layers than it needs: layers that move nothing, gates written out, concatenations of concatenations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rflint.importing.draft import Draft, Item, Layer, Network
from rflint.importing.names import named, output_name
from rflint.importing.patterns import attentions, gates, moves_nothing, nested

#: Merges that are their input where all their inputs are one.
_IDEMPOTENT: Final = frozenset(("add", "sub", "mul", "div", "max", "min", "mean"))
#: Merges whose inputs can stand in any order.
_COMMUTATIVE: Final = frozenset(("add", "mul", "max", "min", "mean"))
#: Modules deeper than this are kept whole, though an output of the network is in them.
_DEEP: Final = 2


def settled(draft: Draft, *, keep_pointwise: bool) -> Network:
    """Fold what moves nothing, drop what no output needs, and give the rest its final names."""
    kept, outputs = _folded(_reachable(draft.items, [key for key, _ in draft.outputs]), draft.outputs, keep_pointwise=keep_pointwise)
    kept = nested(_reachable(attentions(gates(kept)), [key for key, _ in outputs]))
    kept, outputs = _with_ends(kept, outputs)
    names = {**{each.name: each.name for each in draft.inputs}, **named(kept, draft.inputs, outputs)}
    layers = tuple(
        Layer(names[item.key], item.op, tuple(names[source] for source in item.sources), item.fields, item.origin, value=item.value)
        for item in kept
    )
    ends = tuple(dict.fromkeys(names[key] for key, _ in outputs))
    return Network(draft.name, draft.axes, draft.inputs, layers, ends, len(draft.items) - len(kept), draft.notes)


def _with_ends(items: Sequence[Item], outputs: Sequence[tuple[str, str]]) -> tuple[list[Item], list[tuple[str, str]]]:
    """Let outputs that stand deep inside of modules, or are several, be layers of their own, which bear their names."""
    by_key = {item.key: item for item in items}
    kept = list(items)
    ends: list[tuple[str, str]] = []
    taken: set[str] = set()
    for number, (key, tensor) in enumerate(outputs):
        item = by_key.get(key)
        if output_name(tensor) and (item is None or key in taken or len(item.path) > _DEEP):
            end = Item(f"output {number}", "identity", (key,), {}, (), output_name(tensor), tensor)
            kept.append(end)
            ends.append((end.key, tensor))
        else:
            taken.add(key)
            ends.append((key, tensor))
    return kept, ends


def _folded(items: Sequence[Item], outputs: Sequence[tuple[str, str]], *, keep_pointwise: bool) -> tuple[list[Item], list[tuple[str, str]]]:
    """Leave out what moves nothing, and merges of one input; what they gave is what they read."""
    alias: dict[str, str] = {}
    depth: dict[str, int] = {}
    #: What was reduced to some of its channels, or a mean of them -> what that was of.
    reduced: dict[str, str] = {}
    kept: list[Item] = []
    for item in items:
        sources = tuple(alias.get(source, source) for source in item.sources)
        if moves_nothing(item) and not keep_pointwise:
            alias[item.key] = sources[0]
            continue
        if item.op in _IDEMPOTENT and (whole := _same(sources, reduced)) is not None and not (keep_pointwise and len(sources) > 1):
            alias[item.key] = whole
            continue
        if item.op == "select_channels":
            reduced[item.key] = reduced.get(sources[0], sources[0])
        # The long way first, as one writes it; what is left out of a block stands for its first input.
        if item.op in _COMMUTATIVE:
            sources = tuple(sorted(sources, key=lambda key: -depth.get(key, 0)))
        depth[item.key] = 1 + max(depth.get(key, 0) for key in sources)
        kept.append(item._replace(sources=sources))
    return kept, [(alias.get(key, key), tensor) for key, tensor in outputs]


def _same(sources: Sequence[str], reduced: Mapping[str, str]) -> str | None:
    """Return the one map that all sources of a merge are, whole or reduced over channels (a norm that is written out)."""
    whole = {source for source in sources if source not in reduced}
    return next(iter(whole)) if len(whole) == 1 and {reduced.get(source, source) for source in sources} == whole else None


def _reachable(items: Sequence[Item], outputs: Iterable[str]) -> list[Item]:
    needed = set(outputs)
    kept = []
    for item in reversed(items):
        if item.key in needed:
            needed.update(item.sources)
            kept.append(item)
    return kept[::-1]
