"""An order of boxes that does not depend on the order in which they are written."""

import re
from collections.abc import Mapping, Sequence


def rank(items: Sequence[int], edges: Sequence[tuple[int, int]], names: Mapping[int, str]) -> tuple[dict[int, int], list[int]]:
    """Rank boxes and edges by a walk from the ends of the network up, in the order in which each box reads.

    Whatever leads to a box by its first edge ranks before what does by the second.  Ends are taken by name, `b2` before `b10`.
    Raises ValueError where the edges run in a circle.
    """
    reads: dict[int, list[int]] = {item: [] for item in items}
    read = set()
    for place, (source, target) in enumerate(edges):
        reads[target].append(place)
        read.add(source)
    ranks: dict[int, int] = {}
    edge_ranks = [0] * len(edges)
    clock = 0
    begun = set[int]()
    for end in sorted((item for item in items if item not in read), key=lambda item: (_natural(names[item]), item)):
        walk = [(end, iter(reads[end]))]
        while walk:
            item, ahead = walk[-1]
            for place in ahead:
                if (source := edges[place][0]) not in ranks:
                    if source in begun:
                        raise ValueError("what is drawn runs in a circle")
                    begun.add(source)
                    walk.append((source, iter(reads[source])))
                    break
            else:
                walk.pop()
                for place in reads[item]:
                    clock += 1
                    edge_ranks[place] = clock
                clock += 1
                ranks[item] = clock
    if len(ranks) < len(items):
        raise ValueError("what is drawn runs in a circle")
    return ranks, edge_ranks


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name))
