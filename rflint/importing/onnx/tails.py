"""What stands behind the maps of a model and only arranges their numbers: boxes of all scales in one list, the best of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Final, NamedTuple

from rflint.importing.draft import Item
from rflint.importing.patterns import moves_nothing

#: Operators that choose and arrange numbers; none of them looks at neighbours.
_ARRANGING: Final = frozenset(
    """Concat Reshape Transpose Flatten Squeeze Unsqueeze Split Slice Gather GatherND GatherElements ScatterND ScatterElements Expand Tile
    Shape Cast Identity Softmax ArgMax ReduceMax Where Range TopK NonMaxSuppression NonZero Mul Add Sub Div Exp Sigmoid Equal Greater Less
    And""".split()  # noqa: SIM905 - a list that is read as one
)
_MERGING: Final = frozenset(("add", "sub", "mul", "div", "max", "min", "concat", "select_channels", "identity", "slice"))


class Ends(NamedTuple):
    """Outputs of a model, as its last maps."""

    #: Keys of items and what the model calls them, as in a draft.
    outputs: tuple[tuple[str, str], ...]
    #: One sentence for each output that became the maps it is made of.
    notes: tuple[str, ...] = ()


def ends(items: Sequence[Item], outputs: Sequence[tuple[str, str]], absorbed: Mapping[str, Set[str]]) -> Ends:
    """Replace outputs that only arrange the numbers of several maps by these maps; `absorbed`: what follows an unknown item.

    Notes say which outputs those are.
    """
    by_key = {item.key: item for item in items}
    lost: set[str] = set()
    for item in items:
        if item.op == "unknown" or any(source in lost for source in item.sources):
            lost.add(item.key)
    found: list[tuple[str, str]] = []
    notes = []
    for key, name in outputs:
        maps = _behind(key, by_key, lost, absorbed) if key in lost else None
        if maps is None:
            found.append((key, name))
            continue
        found += [(each, name if len(maps) == 1 else "") for each in maps]
        what = "one map" if len(maps) == 1 else f"{len(maps)} maps"
        notes.append(f"`{name}` only arranges the numbers of {what}: outputs are these, and what is behind them is left out")
    return Ends(tuple(dict.fromkeys(found)), tuple(notes))


def _behind(output: str, by_key: Mapping[str, Item], lost: Set[str], absorbed: Mapping[str, Set[str]]) -> list[str] | None:
    """Return the maps that an output arranges; None where more is done to them on the way."""
    maps: dict[str, None] = {}
    seen: set[str] = set()
    todo = [output]
    while todo:
        key = todo.pop()
        if key in seen:
            continue
        seen.add(key)
        item = by_key.get(key)
        if item is None:
            return None
        if key not in lost:
            maps[key] = None
        elif _arranges(item, absorbed.get(key, frozenset())):
            todo += reversed(item.sources)
        else:
            return None
    # In the order of the model.
    return sorted(maps, key=int)


def _arranges(item: Item, absorbed: Set[str]) -> bool:
    if item.op == "unknown":
        return item.fields.get("original") in _ARRANGING and absorbed <= _ARRANGING
    # Distances to the sides of a box are means over bins (Li et al., Generalized Focal Loss, NeurIPS 2020): weights of one channel.
    is_mean = item.op == "conv" and item.fields.get("kernel") == 1 and item.fields.get("channels") == 1
    return is_mean or item.op in _MERGING or moves_nothing(item)
