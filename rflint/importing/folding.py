"""What a draft says in more layers than it needs: layers that move nothing, gates written out, concatenations of concatenations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Final

from rflint.importing.draft import Draft, Item, Layer, Network
from rflint.importing.names import named
from rflint.ops import OPS

#: Pointwise, and the map behind them has other channels.
_RECHANNELLED: Final = frozenset(("glu", "select_channels"))
#: Merges that are their input where all their inputs are one.
_IDEMPOTENT: Final = frozenset(("add", "sub", "mul", "div", "max", "min", "mean"))
#: Merges whose inputs can stand in any order.
_COMMUTATIVE: Final = frozenset(("add", "mul", "max", "min", "mean"))


def settled(draft: Draft, *, keep_pointwise: bool) -> Network:
    """Fold what moves nothing, drop what no output needs, and give the rest its final names."""
    kept, outputs = _folded(_reachable(draft.items, [key for key, _ in draft.outputs]), draft.outputs, keep_pointwise=keep_pointwise)
    kept = _nested(_reachable(_gates(kept), [key for key, _ in outputs]))
    names = {**{each.name: each.name for each in draft.inputs}, **named(kept, draft.inputs, outputs)}
    layers = tuple(
        Layer(names[item.key], item.op, tuple(names[source] for source in item.sources), item.fields, item.origin) for item in kept
    )
    ends = tuple(dict.fromkeys(names[key] for key, _ in outputs))
    return Network(draft.name, draft.axes, draft.inputs, layers, ends, len(draft.items) - len(kept), draft.notes)


def _folded(items: Sequence[Item], outputs: Sequence[tuple[str, str]], *, keep_pointwise: bool) -> tuple[list[Item], list[tuple[str, str]]]:
    """Leave out what moves nothing, and merges of one input; what they gave is what they read."""
    alias: dict[str, str] = {}
    depth: dict[str, int] = {}
    #: What was reduced to some of its channels, or a mean of them -> what that was of.
    reduced: dict[str, str] = {}
    kept: list[Item] = []
    for item in items:
        sources = tuple(alias.get(source, source) for source in item.sources)
        if _moves_nothing(item) and not keep_pointwise:
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


def _moves_nothing(item: Item) -> bool:
    op = OPS.get(item.op)
    quiet = op is not None and op.group == "pointwise" and item.op not in _RECHANNELLED
    return quiet and len(item.sources) == 1 and not item.fields.get("training")


def _reachable(items: Sequence[Item], outputs: Iterable[str]) -> list[Item]:
    needed = set(outputs)
    kept = []
    for item in reversed(items):
        if item.key in needed:
            needed.update(item.sources)
            kept.append(item)
    return kept[::-1]


def _gates(items: Sequence[Item]) -> list[Item]:
    """Write a gate computed from the whole map as what it is: pooling, two 1x1 convolutions, a product (Hu et al., CVPR 2018)."""
    by_key = {item.key: item for item in items}
    readers: dict[str, list[str]] = defaultdict(list)
    for item in items:
        for source in item.sources:
            readers[source].append(item.key)
    gates: dict[str, Item] = {}
    dropped: set[str] = set()
    for item in items:
        found = _gate(item, by_key, readers) if item.op == "mul" and len(item.sources) == 2 else None
        if found is not None:
            first, chain, hidden = found
            fields = {"channels": hidden} if hidden else {}
            gates[item.key] = item._replace(
                op="squeeze_excite",
                sources=(first,),
                fields=fields,
                path=_common([by_key[key].path for key in chain]),
                label="squeeze_excite",
            )
            dropped.update(chain)
    return [gates.get(item.key, item) for item in items if item.key not in dropped]


def _common(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the module that all of some modules are in."""
    first, last = min(paths), max(paths)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return tuple(part for part, _ in same)


def _gate(product: Item, by_key: Mapping[str, Item], readers: Mapping[str, list[str]]) -> tuple[str, tuple[str, ...], int | None] | None:
    """Return what is gated, the layers that compute the gate from the pooling on, and the squeezed channels."""
    silent = _through(by_key)
    for gate, map_ in (product.sources, product.sources[::-1]):
        chain: list[str] = []
        channels: list[int | None] = []
        at = gate
        while (item := by_key.get(at)) is not None and len(item.sources) == 1 and len(readers[at]) == 1:
            chain.append(at)
            at = item.sources[0]
            if item.op == "global_avg_pool":
                if len(channels) == 2 and silent(at) == silent(map_):
                    return map_, tuple(chain[::-1]), channels[1]
                break
            if item.op in {"conv", "dense"} and _is_pointwise(item):
                channels.append(item.fields.get("channels"))
            elif not _moves_nothing(item):
                break
    return None


def _through(by_key: Mapping[str, Item]) -> Callable[[str], str]:
    """Return a look-up of what an item is, but for layers that move nothing."""

    def silent(key: str) -> str:
        while (item := by_key.get(key)) is not None:
            if not (_moves_nothing(item) or (item.op == "mul" and len({silent(each) for each in item.sources}) == 1)):
                break
            key = item.sources[0]
        return key

    return silent


def _is_pointwise(item: Item) -> bool:
    kernel = item.fields.get("kernel", 1)
    return kernel == 1 or (isinstance(kernel, list) and set(kernel) == {1})


def _nested(items: Sequence[Item]) -> list[Item]:
    """Let a concatenation begin with the earlier one that it repeats: dense blocks then are a chain of equal units."""
    known: dict[tuple[str, ...], str] = {}
    result = []
    for item in items:
        if item.op == "concat" and item.fields.get("axis", "channels") == "channels":
            whole = item.sources
            if len(whole) > 2 and (begun := known.get(whole[:-1])) is not None:
                item = item._replace(sources=(begun, whole[-1]))  # noqa: PLW2901 - the same layer, in other words
            known.setdefault(whole, item.key)
        result.append(item)
    return result
