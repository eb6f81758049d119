"""One axis of a network, at some input sizes, as it is or with some ops changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cached_property

from rflint.algebra import GRID, AxisOp
from rflint.engine import (
    Addition,
    Ahead,
    AxisAnalysis,
    Case,
    InputSizes,
    Memo,
    Program,
    Sizing,
    Trace,
    kind_of,
    reads_past,
    size_up,
    size_up_by_stride,
    trace,
)
from rflint.search.budget import Budget

Fits = Callable[[int, list[int | None]], bool]


class Trial:
    """A network as it would be: its map sizes and what they see, worked out once asked for, and paid for from a budget.

    Trials are made from the analysis of an axis, and from each other; none changes once it is made.
    """

    def __init__(
        self,
        program: Program,
        inputs: tuple[int | None, ...],
        residues: tuple[int | None, ...],
        names: tuple[str, ...],
        budget: Budget,
        memo: Memo,
        alike: Trial | None = None,
        axis: str = "",
    ) -> None:
        self.program = program
        #: Name of the axis.
        self.axis = axis
        self._inputs = inputs
        self._residues = residues
        self.names = names
        self._budget = budget
        #: Steps that other trials have worked out.
        self._memo = memo
        #: A trial whose maps have the same nominal scales.
        self._alike = alike
        self._traces: dict[str, Trace] = {}
        #: The same with regions: for look-ahead only.
        self._seen: dict[str, Trace] = {}
        self._numbers: tuple[int, ...] | None = None

    @classmethod
    def of(cls, part: AxisAnalysis, budget: Budget, case: Case | None = None, sizing: Sizing | None = None) -> Trial:
        """The axis as it is, in one case and sizing of its analysis (the first unless given); what is known costs nothing."""
        case = case or part.cases[0]
        sizing = sizing or case.sizings[0]
        trial = cls(part.program, sizing.inputs, sizing.residues, tuple(case.traces), budget, {}, axis=part.name)
        trial.sizing = sizing
        trial._traces.update(case.traces)
        return trial

    def with_layers(self, additions: Iterable[Addition]) -> Trial:
        """The same with more layers; the others have other numbers there (`now`)."""
        self._budget.spend(self.program.work)
        program, numbers = self.program.with_layers(additions)
        changed = Trial(program, self._inputs, self._residues, self.names, self._budget, self._memo, axis=self.axis)
        changed._numbers = numbers
        return changed

    def now(self, node: int) -> int:
        """The number that a node of the network as it is has in this one."""
        return node if self._numbers is None else self._numbers[node]

    def with_ops(self, ops: Mapping[int, AxisOp], *, scaled: bool = False) -> Trial:
        """The same with other ops, by node; `scaled`: the nominal scales of the maps are worked out anew."""
        old = self.program
        own, kinds = list(old.ops), list(old.kinds)
        for node, op in ops.items():
            own[node], kinds[node] = op, kind_of(op)
        sensitive = {node for node in old.sensitive if node not in ops} | {node for node, op in ops.items() if op.sensitive}
        program = old._replace(ops=tuple(own), kinds=tuple(kinds), sensitive=tuple(sorted(sensitive)))
        changed = Trial(program, self._inputs, self._residues, self.names, self._budget, self._memo, axis=self.axis)
        if not scaled:
            # At open sizes, what depends on nominal scales floats.
            changed.nominal = {}, (True,) * len(own)
        return changed

    def at(self, sizes: tuple[int | None, ...], residues: tuple[int | None, ...] | None = None) -> Trial:
        """The same at other input sizes; they stand for classes of sizes where `residues` says so (as before unless given)."""
        standing = self._residues if residues is None else residues
        return Trial(self.program, sizes, standing, self.names, self._budget, self._memo, self, self.axis)

    @cached_property
    def sizing(self) -> Sizing:
        """All map sizes; raises UsedUpError."""
        return self._size_up(None)

    def suits(self) -> bool:
        """Whether the sizes suit every layer; looks no further than the first that they do not; raises UsedUpError."""
        return not self._size_up(lambda _node, _sizes: True).problems

    def trace(self, name: str) -> Trace:
        """Where features sit on an input, their regions left out; raises UsedUpError."""
        if (known := self._traces.get(name)) is None:
            sizing = self.sizing
            self._budget.spend(self.program.work)
            known = self._traces[name] = trace(self.program, sizing, self.names.index(name), GRID)
        return known

    def looks_no_further(self, before: Trial) -> bool:
        """Whether no output reads more of the future than before, where nothing is to look ahead; raises UsedUpError.

        That is on causal axes, and where some window is padded as causal ones are and no output reads ahead so far.
        """
        if not self.program.causal and not reads_past(before.program, before.sizing.sizes, before.sizing.steps):
            return True
        pairs = [pair for name in self.names for pair in zip(self._lookaheads(name), before._lookaheads(name), strict=True)]
        if not self.program.causal and any(old.samples is None or old.samples > 0 for _, old in pairs):
            return True
        return all(_is_no_further(own, old, self.program.causal) for own, old in pairs)

    def _lookaheads(self, name: str) -> list[Ahead]:
        """Look-ahead of each output that depends on the input."""
        if name not in self._seen:
            sizing = self.sizing
            self._budget.spend(2 * self.program.work)
            self._seen[name] = trace(self.program, sizing, self.names.index(name))
        ahead = self._seen[name].ahead
        return [own for output in self.program.outputs if (own := ahead[output]) is not None]

    def _size_up(self, fits: Fits | None) -> Sizing:
        self._budget.spend(self.program.work)
        inputs = InputSizes(self._inputs, self._residues, *self.nominal)
        return size_up_by_stride(self.program, inputs, self._memo) if fits is None else size_up(self.program, inputs, self._memo, fits)

    @cached_property
    def nominal(self) -> tuple[dict[int, Fraction | None], tuple[bool, ...]]:
        """Nominal ratios of the `like` maps, and whose sizes scale with an input: of interest where sizes stand for classes.

        Raises UsedUpError.
        """
        if self._alike is not None:
            return self._alike.nominal
        if not (unknown := [position for position, residue in enumerate(self._residues) if residue is not None]):
            return {}, ()
        self._budget.spend(len(unknown) * self.program.work)
        scales = [self.program.scales(position) for position in unknown]
        return self.program.ratios(scales[0]), tuple(any(scale is not None for scale in each) for each in zip(*scales, strict=True))


def _is_no_further(own: Ahead, old: Ahead, causal: bool) -> bool:
    """Of what differs from feature to feature, or with the size, that is not known."""
    if own.samples is None:
        return own.why == old.why == "global"
    return old.samples is None or own.samples <= (old.samples if causal else max(old.samples, 0))
