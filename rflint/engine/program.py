"""The graph as the engine walks it: per axis, one op a node, with its inputs by number."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import lcm
from typing import Final, NamedTuple

from rflint.algebra import LARGEST_COMPUTED, AxisOp, Join, Merge, Opaque, Pointwise, Transposed, Window
from rflint.engine.phases import folded
from rflint.model import MISSING, Graph, Layer, OpCrash

#: How the sweeps treat a node.
INPUT: Final = 0
COPY: Final = 1
GATE: Final = 2
MERGE: Final = 3
JOIN: Final = 4
STEP: Final = 5
OPAQUE: Final = 6


class Addition(NamedTuple):
    """A layer put between a merge and one of its inputs, which takes its size from another of them."""

    merge: int
    #: Places among the sources of the merge.
    branch: int
    reference: int
    op: AxisOp


class Program(NamedTuple):
    """All nodes of a graph on one axis; lists are indexed by node."""

    input_count: int
    kinds: tuple[int, ...]
    #: None for inputs.
    ops: tuple[AxisOp | None, ...]
    sources: tuple[tuple[int, ...], ...]
    likes: tuple[int | None, ...]
    #: Nodes whose taps or grid depend on the input size.
    sensitive: tuple[int, ...]
    #: Nodes that are read from outside.
    outputs: tuple[int, ...] = ()
    #: Whether nothing on this axis is to look ahead: grids are those of the newest samples (design.md#look-ahead-and-causal-axes).
    causal: bool = False

    def with_layers(self, additions: Iterable[Addition]) -> tuple["Program", tuple[int, ...]]:
        """The program with more layers; and the number that each of its nodes has there."""
        by_merge = {addition.merge: addition for addition in additions}
        numbers: list[int] = []
        origins: list[int | Addition] = []
        for node in range(len(self.kinds)):
            if (addition := by_merge.get(node)) is not None:
                origins.append(addition)
            numbers.append(len(origins))
            origins.append(node)
        sources: list[tuple[int, ...]] = []
        for place, origin in enumerate(origins):
            if isinstance(origin, Addition):
                sources.append((numbers[self.sources[origin.merge][origin.branch]],))
                continue
            read = [numbers[source] for source in self.sources[origin]]
            if origin in by_merge:
                read[by_merge[origin].branch] = place - 1
            sources.append(tuple(read))
        ops = tuple(origin.op if isinstance(origin, Addition) else self.ops[origin] for origin in origins)
        likes = tuple(
            numbers[self.sources[origin.merge][origin.reference]]
            if isinstance(origin, Addition)
            else None
            if (like := self.likes[origin]) is None
            else numbers[like]
            for origin in origins
        )
        kinds = tuple(kind_of(origin.op) if isinstance(origin, Addition) else self.kinds[origin] for origin in origins)
        sensitive = tuple(node for node, op in enumerate(ops) if op is not None and op.sensitive)
        outputs = tuple([numbers[output] for output in self.outputs])
        return Program(self.input_count, kinds, ops, tuple(sources), likes, sensitive, outputs, self.causal), tuple(numbers)

    def readers(self) -> list[list[int]]:
        """By node, what reads it, once for each connection; an output is read from outside, too: the node itself stands for that."""
        readers: list[list[int]] = [[] for _ in self.kinds]
        for node, origins in enumerate(self.sources):
            for origin in origins:
                readers[origin].append(node)
        for output in self.outputs:
            readers[output].append(output)
        return readers

    @property
    def work(self) -> int:
        """What one sweep visits: nodes and edges."""
        return len(self.kinds) + sum(map(len, self.sources))

    def scales(self, source: int) -> list[Fraction | None]:
        """Nominal samples of each map per sample of input `source`; None off its paths or where sizes do not scale.

        At a merge of different scales (a stride mismatch) the branch stands for all whose path stays finest.
        """
        scales: list[Fraction | None] = [None] * len(self.kinds)
        #: The least on the way to each map.
        coarsest = [Fraction(1)] * len(self.kinds)
        scales[source] = Fraction(1)
        for node in range(self.input_count, len(self.kinds)):
            kind = self.kinds[node]
            if kind == OPAQUE:
                continue
            if not (known := [(scale, coarsest[origin]) for origin in self.sources[node] if (scale := scales[origin]) is not None]):
                continue
            scale, least = known[0]
            if kind == JOIN:
                scale = sum((own for own, _ in known), Fraction(0))
            elif kind == STEP:
                op = self.ops[node]
                assert op is not None
                if (factor := op.factor(self._ratio(scales, node, scale))) is None:
                    continue
                scale *= factor
            elif len(known) > 1:
                scale, least = max(known, key=lambda each: each[::-1])
            # Past the limits no size is computed (`Sizing.beyond`); before them there are too many classes to try.
            if max(scale.numerator, scale.denominator) <= LARGEST_COMPUTED:
                scales[node], coarsest[node] = scale, min(scale, least)
        return scales

    def ratios(self, scales: list[Fraction | None]) -> dict[int, Fraction | None]:
        """For each node with a `like`, the nominal scale of that map over its own input's."""
        return {
            node: self._ratio(scales, node, scales[self.sources[node][0]])
            for node, like in enumerate(self.likes)
            if like is not None and self.sources[node]
        }

    def _ratio(self, scales: list[Fraction | None], node: int, own: Fraction | None) -> Fraction | None:
        like = self.likes[node]
        other = None if like is None else scales[like]
        return None if other is None or not own else other / own

    def consumption(self, scales: list[Fraction | None]) -> int:
        """A bound of the samples of the input, by which the maps have these scales, that all layers together take from their maps."""
        taken = 0
        for node, origins in enumerate(self.sources):
            scale = scales[origins[0]] if origins else None
            op = self.ops[node]
            if scale and self.kinds[node] == STEP and isinstance(op, tuple):
                own = op.effective_kernel if isinstance(op, Window) else 0
                taken += -(-(own + sum(abs(value) for value in op if type(value) is int)) // scale)
        return taken

    def broadcasts(self, node: int) -> bool:
        """Whether a node lets inputs of one sample spread over its map."""
        op = self.ops[node]
        return isinstance(op, Merge) and op.broadcast

    def modulus(self, scales: list[Fraction | None]) -> int:
        """`M` of design.md#input-sizes: sizes, padding and grids depend on the input size modulo this only."""
        total = 1
        for node, scale in enumerate(scales):
            if scale is not None and scale.denominator != 1:
                total = lcm(total, scale.denominator)
            if self.kinds[node] == MERGE:
                # Branches of different scales: what follows may follow any of them.
                for origin in self.sources[node]:
                    other = scales[origin]
                    if other is not None and scale is not None and other != scale:
                        total = lcm(total, other.denominator * (scale / other).denominator)
            if total > LARGEST_COMPUTED**2:
                break  # too many classes to try, whatever follows
        return total


def kind_of(op: AxisOp) -> int:
    """How the sweeps treat an op."""
    if isinstance(op, Pointwise):
        return GATE if op.gated else COPY
    if isinstance(op, Merge):
        return MERGE
    if isinstance(op, Join):
        return JOIN
    return OPAQUE if isinstance(op, Opaque) else STEP


def lower(graph: Graph) -> tuple[tuple[Program, ...], Mapping[int, str]]:
    """One program per axis; axes on which every op is the same share one object.

    And the nodes whose op failed to say what it does, with how it failed: only ops of plug-ins do.
    """
    count = len(graph.inputs)
    memo: dict[object, tuple[AxisOp, ...]] = {}
    opaque = (Opaque(),) * len(graph.axes)
    crashes: dict[int, str] = {}
    lowered = [_lower_layer(node, layer, graph, memo, opaque, crashes) for node, layer in enumerate(graph.layers, count)]
    sources: list[tuple[int, ...]] = [()] * count
    sources += [tuple(s for s in layer.sources if s != MISSING) for layer in graph.layers]
    for fold in folded(graph, lowered):
        lowered[fold.node - count], sources[fold.node] = fold.ops, (fold.source,)
    likes = (None,) * count + tuple(None if layer.like == MISSING else layer.like for layer in graph.layers)
    programs: list[Program] = []
    for axis, name in enumerate(graph.axes):
        ops = [per_axis[axis] for per_axis in lowered]
        causal = name in graph.causal or any(op.word == "causal" for op in ops if isinstance(op, (Window, Transposed)))
        for earlier in programs:
            if causal == earlier.causal and all(one is other for one, other in zip(earlier.ops[count:], ops, strict=True)):
                programs.append(earlier)
                break
        else:
            kinds = (INPUT,) * count + tuple(kind_of(op) for op in ops)
            sensitive = tuple(node for node, op in enumerate(ops, count) if op.sensitive)
            programs.append(Program(count, kinds, (None,) * count + tuple(ops), tuple(sources), likes, sensitive, graph.outputs, causal))
    return tuple(programs), crashes


def _lower_layer(
    node: int,
    layer: Layer,
    graph: Graph,
    memo: dict[object, tuple[AxisOp, ...]],
    opaque: tuple[AxisOp, ...],
    crashes: dict[int, str],
) -> tuple[AxisOp, ...]:
    op = graph.ops.get(layer.op)
    if op is None or layer.broken or MISSING in layer.sources or layer.like == MISSING:
        return opaque
    fields = layer.fields
    if fields.get("causal") is True and len(graph.axes) > 1 and graph.kind(layer) == "attention":
        fields = {**fields, "causal": [name in graph.causal for name in graph.axes]}
    key: object = (layer.op, *fields.items())
    try:
        known = memo.get(key)
    except TypeError:  # a list among the values
        key = (layer.op, repr(fields))
        known = memo.get(key)
    if known is None:
        try:
            made = [op.lower(fields, axis, graph.axes) for axis in range(len(graph.axes))]
        except OpCrash as crash:
            crashes[node] = str(crash)
            return opaque
        # One object for equal axes, so that equal programs are recognised by identity.
        known = tuple(next(other for other in made if type(other) is type(one) and other == one) for one in made)
        memo[key] = known
    return known
