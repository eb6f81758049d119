"""Map sizes on one axis: one forward sweep that turns every op into a `Step` (design.md#input-sizes)."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Literal, NamedTuple

from rflint.algebra import LARGEST_COMPUTED, AxisOp, Facts, Step
from rflint.engine.causality import anchored
from rflint.engine.program import COPY, GATE, JOIN, MERGE, STEP, Program
from rflint.model import EMPTY


class SizeProblem(NamedTuple):
    """A node that these input sizes do not suit."""

    node: int
    kind: Literal["mismatch", "empty", "refused"]
    #: Sizes of the inputs of the node, in order.
    sizes: tuple[int | None, ...]
    #: What the op says, for `refused`.
    text: str = ""


class InputSizes(NamedTuple):
    """At what sizes maps are asked for."""

    #: Of each input; stands for its whole residue class where `residues` is set.
    sizes: tuple[int | None, ...]
    #: Per input the residue that the size stands for, None for a declared size; empty: all are declared.
    residues: tuple[int | None, ...] = ()
    #: Read only where sizes stand for classes: nominal ratios of the `like` maps, and which nodes' sizes scale with the input
    #: (sizes that scale and sizes that do not are never compared).
    ratios: Mapping[int, Fraction | None] = EMPTY
    scaling: tuple[bool, ...] = ()


class Sizing(NamedTuple):
    """All maps of one axis at given input sizes; tuples are indexed by node."""

    #: Size of each input; stands for its whole residue class where `residues` is set.
    inputs: tuple[int | None, ...]
    #: Per input the residue that the size stands for; None for a declared size.
    residues: tuple[int | None, ...]
    sizes: tuple[int | None, ...]
    #: None for inputs, pointwise ops and merges.
    steps: tuple[Step | None, ...]
    problems: tuple[SizeProblem, ...]
    #: Whether the sizes stand for residue classes.
    virtual: bool
    #: Nodes whose map is larger than any that is computed with: their size counts as unknown.
    beyond: tuple[int, ...] = ()

    def spreads(self, program: Program, node: int, origin: int) -> bool:
        """Whether the one sample of `origin` is spread over the merged map `node`: seen whole everywhere, no local path."""
        return self.sizes[origin] == 1 and self.sizes[node] != 1 and program.broadcasts(node)


Memo = dict[tuple[type, "AxisOp", Facts], Step]


def size_up(
    program: Program,
    inputs: InputSizes,
    memo: Memo,
    fits: Callable[[int, list[int | None]], bool] | None = None,
    chosen: Mapping[int, int] = EMPTY,
) -> Sizing:
    """One sweep at these input sizes.

    With `fits`, the sweep stops at the first layer that has a problem, or that `fits` refuses, given the node and the
    sizes so far: a search over many sizes need not finish each.

    `chosen` are the branches whose size goes on behind merges of different sizes; behind others the smallest does.
    """
    known, residues, ratios, scaling = inputs
    virtual = any(residue is not None for residue in residues)
    count = program.input_count
    # What an op that is not known makes stays unknown.
    sizes: list[int | None] = list(known) + [None] * (len(program.kinds) - count)
    steps: list[Step | None] = [None] * len(sizes)
    problems: list[SizeProblem] = []
    beyond: list[int] = []
    # What stands for a class of sizes is large by itself.
    largest = LARGEST_COMPUTED * (max(size or 1 for size in known) if virtual else 1)
    kinds, ops, sources, likes = program.kinds, program.ops, program.sources, program.likes
    for node in range(count, len(sizes)):
        kind = kinds[node]
        origins = sources[node]
        if kind in (COPY, GATE):
            sizes[node] = sizes[origins[0]]
            continue
        if kind == STEP:
            op = ops[node]
            assert op is not None
            like = likes[node]
            size = sizes[origins[0]]
            facts = Facts(size, None if like is None else sizes[like], virtual, ratios.get(node) if virtual else None)
            key = (op.__class__, op, facts)
            if (step := memo.get(key)) is None:
                step = memo[key] = op.step(facts)
            steps[node] = step
            out = step.size
            if step.problem is not None:
                problems.append(SizeProblem(node, "refused", (size, facts.like) if like is not None else (size,), step.problem))
            if out is not None and out <= 0:
                if step.problem is None:
                    problems.append(SizeProblem(node, "empty", (size,)))
                out = None
            elif out is not None and out > largest:
                beyond.append(node)
                out = None
            sizes[node] = out
            if fits is not None and (problems or not fits(node, sizes)):
                problems.append(SizeProblem(node, "refused", (size,)))
                break
        elif kind == MERGE:
            sizes[node] = _merged(program, node, sizes, virtual, scaling, problems, chosen)
        elif kind == JOIN:
            parts = [sizes[origin] for origin in origins]
            total = None if None in parts else sum(part for part in parts if part is not None)
            if total is not None and total > largest:
                beyond.append(node)
                total = None
            sizes[node] = total
    read = anchored(program, sizes, steps) if program.causal else tuple(steps)
    return Sizing(known, residues or (None,) * count, tuple(sizes), read, tuple(problems), virtual, tuple(beyond))


def _merged(
    program: Program,
    node: int,
    sizes: list[int | None],
    virtual: bool,
    scaling: tuple[bool, ...],
    problems: list[SizeProblem],
    chosen: Mapping[int, int],
) -> int | None:
    """Size behind a merge; a disagreement is noted."""
    origins = program.sources[node]
    first = sizes[origins[0]]
    if all(sizes[origin] == first for origin in origins):
        return first
    spread = program.broadcasts(node)
    known = [(origin, size) for origin in origins if (size := sizes[origin]) is not None and not (spread and size == 1)]
    if not known:
        return None if None in (sizes[origin] for origin in origins) else 1
    # Sizes that scale with the input and sizes that do not are never compared; the former go on.
    groups = [[size for origin, size in known if not virtual or scaling[origin] == scales] for scales in (True, False)]
    groups = [group for group in (groups if virtual else groups[:1]) if group]
    if any(min(group) != max(group) for group in groups):
        problems.append(SizeProblem(node, "mismatch", tuple(sizes[origin] for origin in origins)))
        branch = chosen.get(node)
        if branch is not None and (size := sizes[branch]) is not None:
            return size
    return min(groups[0])
