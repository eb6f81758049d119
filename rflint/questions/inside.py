"""Beyond the hull, map by map: the exact set of input samples that features see, and how path weight spreads over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rflint.algebra.moments import Spread, mix_spreads, through_spread
from rflint.algebra.support import SOURCE_SET, SupportSet, merge_sets, through_set
from rflint.engine import JOIN, OPAQUE, STEP, Program, Sizing


def support_sets(
    program: Program, sizing: Sizing, source: int, begins: Callable[[int], SupportSet | None] | None = None
) -> list[SupportSet | None]:
    """Exact supports of all maps with respect to an input.

    With `begins`, a node for which it has a support counts as the start of a new run: what follows is seen as if it had that one.
    """
    sets: list[SupportSet | None] = [None] * len(program.kinds)
    sets[source] = SOURCE_SET
    for node, origins in _reached(program, sizing, source):
        known = [found for origin in origins if (found := sets[origin]) is not None]
        if begins is not None and (begun := begins(node)) is not None:
            sets[node] = begun
        elif len(known) < len(origins):
            continue
        elif program.kinds[node] == STEP:
            step = sizing.steps[node]
            sets[node] = None if step is None else through_set(step, known[0])
        else:
            first = known[0]
            sets[node] = first if all(each is first for each in known) else merge_sets(known)
    return sets


def _reached(program: Program, sizing: Sizing, source: int) -> Iterator[tuple[int, list[int]]]:
    """Nodes on local paths from `source`, each with its inputs on such paths; an unknown op or a joined axis ends a path."""
    reached = [False] * len(program.kinds)
    reached[source] = True
    for node in range(max(program.input_count, source + 1), len(program.kinds)):
        origins = [origin for origin in program.sources[node] if reached[origin] and not sizing.spreads(program, node, origin)]
        step = sizing.steps[node]
        if not origins or (step is not None and step.why == "global"):
            continue
        reached[node] = True
        if program.kinds[node] not in (OPAQUE, JOIN):
            yield node, origins


def spreads(program: Program, sizing: Sizing, source: int) -> list[Spread | None]:
    """How path weight spreads, for every map: taps of a window weigh the same, merging branches mix equally."""
    found: list[Spread | None] = [None] * len(program.kinds)
    found[source] = Spread(1, 1, ((0.0, 0.0),))
    for node, origins in _reached(program, sizing, source):
        known = [spread for origin in origins if (spread := found[origin]) is not None]
        if len(known) < len(origins):
            continue
        if program.kinds[node] == STEP:
            step = sizing.steps[node]
            found[node] = None if step is None or step.why or not step.taps else through_spread(step, known[0])
        else:
            found[node] = known[0] if len(known) == 1 else mix_spreads(known)
    return found
