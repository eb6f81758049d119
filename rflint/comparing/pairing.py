"""Which spec is which: by path, and where files were renamed by name and content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import Final

from rflint.comparing.values import Side

#: Share of the layers that two specs must have in common, by name and op, to be the same spec at another path.
_ALIKE: Final = 0.6
#: Pairs of specs that are looked at for this.
_MOST: Final = 10_000


def paired(old: Mapping[str, Side], new: Mapping[str, Side]) -> Iterator[tuple[str | None, str | None]]:
    """Pair the paths of the specs of two sides; None: the other side has none."""
    gone = {path: side for path, side in old.items() if path not in new}
    come = {path: side for path, side in new.items() if path not in old}
    renamed = _renamed(gone, come)
    for path in old:
        yield path, path if path in new else renamed.get(path)
    for path in sorted(come.keys() - renamed.values()):
        yield None, path


def _renamed(gone: Mapping[str, Side], come: Mapping[str, Side]) -> dict[str, str]:
    """Pair paths: equal layers and equal name, equal layers, equal name, then the most similar."""
    pairs: dict[str, str] = {}
    if not gone or not come:
        return pairs
    layers = {id(side): _layers(side) for side in (*gone.values(), *come.values())}
    for wanted in ("both", "layers", "name"):
        waiting: dict[Hashable, list[str]] = {}
        for path in sorted(come.keys() - pairs.values(), reverse=True):
            waiting.setdefault(_key(come[path], layers[id(come[path])], wanted), []).append(path)
        for path in sorted(gone.keys() - pairs.keys()):
            key = _key(gone[path], layers[id(gone[path])], wanted)
            if layers[id(gone[path])] and (found := waiting.get(key)):
                pairs[path] = found.pop()
    left, others = sorted(gone.keys() - pairs.keys()), sorted(come.keys() - pairs.values())
    if len(left) * len(others) <= _MOST:
        scores = [(_alike(layers[id(gone[path])], layers[id(come[other])]), path, other) for path in left for other in others]
        for score, path, other in sorted(scores, key=lambda each: (-each[0], *each[1:])):
            if score >= _ALIKE and path not in pairs and other not in pairs.values():
                pairs[path] = other
    return pairs


def _layers(side: Side) -> Counter[tuple[str, str]]:
    return Counter((layer.name, layer.op) for layer in side.report.layers)


def _key(side: Side, layers: Counter[tuple[str, str]], wanted: str) -> Hashable:
    content = frozenset(layers.items())
    keys: dict[str, Hashable] = {"both": (side.report.name, content), "layers": content, "name": side.report.name}
    return keys[wanted]


def _alike(one: Counter[tuple[str, str]], other: Counter[tuple[str, str]]) -> float:
    most = max(sum(one.values()), sum(other.values()))
    return sum((one & other).values()) / most if most else 0.0
