"""Layers that a model writes out and the language has a word for: gates, attention with its projections, dense concatenations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import takewhile

from rflint.importing.draft import Item
from rflint.ops import OPS

#: Pointwise, and the map behind them has other channels.
_RECHANNELLED = frozenset(("glu", "select_channels"))


def moves_nothing(item: Item) -> bool:
    """Whether a layer may be left out: pointwise, and the map behind it has the channels of the one before."""
    op = OPS.get(item.op)
    quiet = op is not None and op.group == "pointwise" and item.op not in _RECHANNELLED
    return quiet and len(item.sources) == 1 and not item.fields.get("training")


def _readers(items: Sequence[Item]) -> Mapping[str, list[str]]:
    readers: dict[str, list[str]] = defaultdict(list)
    for item in items:
        for source in item.sources:
            readers[source].append(item.key)
    return readers


def attentions(items: Sequence[Item]) -> list[Item]:
    """Let attention include its projections, as the op has them: queries, keys, values before it, one of its channels behind.

    Vaswani et al., NeurIPS 2017.
    """
    by_key = {item.key: item for item in items}
    readers = _readers(items)
    changed: dict[str, Item] = {}
    dropped: set[str] = set()
    for item in items:
        if item.op != "attention":
            continue
        found = _projected(item, by_key)
        behind = by_key[readers[item.key][0]] if len(readers[item.key]) == 1 else None
        if found is None or behind is None or not _projects(behind) or behind.fields.get("channels") != found[2]:
            continue
        source, before, _ = found
        if not all(set(readers[key]) <= {*before, item.key} for key in before):
            continue
        changed[behind.key] = behind._replace(op="attention", sources=(source,), fields=item.fields, path=_common([item.path, behind.path]))
        dropped.update((*before, item.key))
    return [changed.get(item.key, item) for item in items if item.key not in dropped]


def _projects(item: Item) -> bool:
    return item.op in {"conv", "dense"} and is_pointwise(item) and len(item.sources) == 1


def _projected(item: Item, by_key: Mapping[str, Item]) -> tuple[str, tuple[str, ...], int] | None:
    """Return what an attention reads before its projections, these, and the channels of each; None where it has none."""
    first = by_key.get(item.sources[0])
    if first is None:
        return None
    ends = [by_key.get(key) for key in first.sources] if first.op == "add" else [first]
    # Parts of one wide projection, or three narrow ones.
    parts = [each for each in ends if each is not None and each.op == "select_channels"]
    projections = list({key: by_key.get(key) for each in parts for key in each.sources}.values()) if parts else ends
    known = [each for each in projections if each is not None and _projects(each)]
    if len(known) != len(projections) or len(parts) not in (0, len(ends)) or len({each.sources for each in known}) != 1:
        return None
    total = sum(each.fields.get("channels") or 0 for each in known)
    if total % 3 or (not parts and len(known) != 3):
        return None
    before = dict.fromkeys([first.key, *first.sources] if first.op == "add" else [first.key])
    return known[0].sources[0], tuple(before | dict.fromkeys(each.key for each in known)), total // 3


def gates(items: Sequence[Item]) -> list[Item]:
    """Write a gate computed from the whole map as what it is: pooling, two 1x1 convolutions, a product (Hu et al., CVPR 2018)."""
    by_key = {item.key: item for item in items}
    readers = _readers(items)
    silent = _silent(items)
    gates: dict[str, Item] = {}
    dropped: set[str] = set()
    for item in items:
        found = _gate(item, by_key, readers, silent) if item.op == "mul" and len(item.sources) == 2 else None
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


def _gate(
    product: Item, by_key: Mapping[str, Item], readers: Mapping[str, list[str]], silent: Mapping[str, str]
) -> tuple[str, tuple[str, ...], int | None] | None:
    """Return what is gated, the layers that compute the gate from the pooling on, and the squeezed channels."""
    for gate, map_ in (product.sources, product.sources[::-1]):
        chain: list[str] = []
        channels: list[int | None] = []
        at = gate
        while (item := by_key.get(at)) is not None and len(item.sources) == 1 and len(readers[at]) == 1:
            chain.append(at)
            at = item.sources[0]
            if item.op == "global_avg_pool":
                if len(channels) == 2 and silent.get(at, at) == silent.get(map_, map_):
                    return map_, tuple(chain[::-1]), channels[1]
                break
            if item.op in {"conv", "dense"} and is_pointwise(item):
                channels.append(item.fields.get("channels"))
            elif not moves_nothing(item):
                break
    return None


def _silent(items: Sequence[Item]) -> Mapping[str, str]:
    """Return what each item is but for layers that move nothing: these stand for what they read."""
    silent: dict[str, str] = {}
    for item in items:
        read = [silent.get(each, each) for each in item.sources]
        quiet = moves_nothing(item) or (item.op == "mul" and len(set(read)) == 1)
        silent[item.key] = read[0] if quiet else item.key
    return silent


def is_pointwise(item: Item) -> bool:
    """Whether a convolution looks at one sample."""
    kernel = item.fields.get("kernel", 1)
    return kernel == 1 or (isinstance(kernel, list) and set(kernel) == {1})


def nested(items: Sequence[Item]) -> list[Item]:
    """Let a concatenation begin with the earlier one that it repeats: dense blocks then are a chain of equal units.

    Each of these stands in the module of the layers that it adds, wherever the model's code has it (Huang et al., DenseNet, CVPR 2017).
    """
    known: dict[tuple[str, ...], str] = {}
    dense: set[str] = set()
    result = []
    for item in items:
        if item.op == "concat" and item.fields.get("axis", "channels") == "channels":
            whole = item.sources
            if len(whole) > 2 and (begun := known.get(whole[:-1])) is not None:
                item = item._replace(sources=(begun, whole[-1]))  # noqa: PLW2901 - the same layer, in other words
                dense.update((begun, item.key))
            known.setdefault(whole, item.key)
        result.append(item)
    return [_in_unit(result, place) if item.key in dense else item for place, item in enumerate(result)]


def _in_unit(items: Sequence[Item], place: int) -> Item:
    """Return a concatenation as part of the module of the layer before it, where that module adds to what it read itself."""
    item = items[place]
    unit = items[place - 1].path[:-1]
    if not unit or place == 0 or item.sources[1:] != (items[place - 1].key,):
        return item
    before = takewhile(lambda each: each.path[: len(unit)] == unit, reversed(items[:place]))
    return item._replace(path=unit) if any(each.sources == item.sources[:1] for each in before) else item
