"""Whether a layer sees an object: guaranteed, at some positions only, or never (design.md#targets)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache, partial
from math import ceil
from typing import TYPE_CHECKING, Literal, NamedTuple

from rflint.engine import Analysis, AxisAnalysis
from rflint.model import FirstToSee, Graph, Target, TargetReport
from rflint.questions.axes import per_axis
from rflint.questions.view import AxisView, Phases, extents_of, view
from rflint.search import TARGET_LAYERS, Budget, UsedUpError

if TYPE_CHECKING:
    from rflint.model.layers import Why

Verdict = Literal["guaranteed", "not-guaranteed", "too-large", "unknown"]
_SEVERITY: dict[Verdict, int] = {"guaranteed": 0, "unknown": 1, "not-guaranteed": 2, "too-large": 3}


class AxisVerdict(NamedTuple):
    """One target on one axis; sizes in input samples."""

    axis: str
    #: `t`: what must be seen.
    needed: int
    #: `r`: receptive field size; None where unknown.
    receptive_field: int | None
    #: `g`: size seen whole wherever the object stands; None where unknown.
    guaranteed: int | None
    stride: Fraction | None
    verdict: Verdict
    #: Of what is unknown: the reason.
    why: Why | Literal["no-path"] | None = None


class TargetVerdict(NamedTuple):
    """One target with respect to one input; the verdict is the worst over the axes."""

    target: Target
    input: str
    axes: tuple[AxisVerdict, ...]
    verdict: Verdict


def guaranteed_size(advance: int, phases: Phases) -> int:
    """`g` = min over x of max{high - x + 1 : low <= x} over one period of features; 0 where some x is seen by none.

    Between two successive lows the best reach only shrinks as x grows, so x just before each next low decides.
    """
    regions = [region for region in phases if region is not None]
    if not regions or advance == 0:
        return 0
    # Reduced to one stretch [0, advance): a feature with low l stands for all l + m * advance.
    events = sorted({low % advance for low, _ in regions})
    worst: int | None = None
    for position in range(len(events)):
        following = events[position + 1] if position + 1 < len(events) else events[0] + advance
        last = following - 1
        best = 0
        for low, high in regions:
            # The furthest shift of this feature with low <= last; since high - low is fixed, further is better.
            moved = (last - low) // advance * advance
            best = max(best, high + moved - last + 1)
        worst = best if worst is None else min(worst, best)
    return max(worst or 0, 0)


@lru_cache(maxsize=1)  # five rules and the report ask it
def judge_targets(analysis: Analysis) -> tuple[TargetVerdict, ...]:
    """Every target against every input that its layer depends on (or the one it names)."""
    verdicts: list[TargetVerdict] = []
    # Targets by the thousand are at a few layers.
    seen: dict[tuple[int, str], tuple[tuple[AxisView, int | None] | None, ...]] = {}
    for target in analysis.graph.targets:
        for item in analysis.graph.inputs:
            if target.input not in (None, item.name):
                continue
            at = (target.node, item.name)
            if at not in seen:
                seen[at] = per_axis(analysis, partial(_seen, source=item.name, node=target.node))
            views = [pair for pair in seen[at] if pair is not None]
            if len(views) < len(seen[at]):
                if target.input is not None:
                    verdicts.append(_unreached(analysis.graph, target, item.name))
                continue
            axes = tuple(
                _judge(name, ceil(size * _fraction(target.coverage)), at_layer, guaranteed)
                for name, size, (at_layer, guaranteed) in zip(analysis.graph.axes, target.size, views, strict=True)
            )
            worst = max((axis.verdict for axis in axes), key=_SEVERITY.__getitem__)
            verdicts.append(TargetVerdict(target, item.name, axes, worst))
    return tuple(verdicts)


def _unreached(graph: Graph, target: Target, source: str) -> TargetVerdict:
    """The verdict on a target at a layer that does not depend on the input that is named."""
    axes = zip(graph.axes, target.size, strict=True)
    return TargetVerdict(target, source, tuple(AxisVerdict(*axis, None, None, None, "unknown", "no-path") for axis in axes), "unknown")


@lru_cache(maxsize=256)
def _fraction(coverage: float) -> Fraction:
    """The decimal as written: 0.1 is one tenth."""
    return Fraction(str(coverage))


def _seen(axis: AxisAnalysis, source: str, node: int, *, walk: bool = True) -> tuple[AxisView, int | None] | None:
    """What a layer sees of an input, and the largest object that some feature sees whole wherever it stands.

    What depends on the position is followed position by position, if `walk`.
    """
    spans = extents_of(axis, source, (node,)) if walk else {}
    seen = view(axis, source, node, spans)
    if seen is None:
        return None
    if node in spans:
        return seen, spans[node].guaranteed
    if seen.size is None or seen.advance is None:
        return seen, None
    if seen.phases is not None:
        return seen, guaranteed_size(seen.advance, seen.phases)
    # The offset is unknown, which changes nothing here.
    return seen, max(seen.size - seen.advance + 1, 0) if seen.period == 1 else None


def _judge(axis: str, needed: int, seen: AxisView, guaranteed: int | None) -> AxisVerdict:
    verdict: Verdict = "unknown"
    if seen.is_global and seen.size is None:
        verdict = "guaranteed"
    elif seen.size is not None:
        # A gate that sees everything does not count: the local receptive field is what people design with (design.md#global-reach).
        if needed > seen.size:
            verdict = "too-large"
        elif guaranteed is not None:
            verdict = "guaranteed" if needed <= guaranteed else "not-guaranteed"
    why = seen.why.get("size", "size-dependent") if verdict == "unknown" else None
    return AxisVerdict(axis, needed, seen.size, guaranteed, seen.stride, verdict, why)


def judged(analysis: Analysis, wanted: Verdict) -> Iterator[tuple[TargetVerdict, str | None]]:
    """Targets whose worst verdict is this one, each with the first layer that is sure to see it, where one is known."""
    if verdicts := [verdict for verdict in judge_targets(analysis) if verdict.verdict == wanted]:
        yield from zip(verdicts, (first.layer for first in first_to_see(analysis, verdicts)), strict=True)


def first_to_see(analysis: Analysis, verdicts: Iterable[TargetVerdict]) -> tuple[FirstToSee, ...]:
    """For each target, the first layer that is sure to see it, and the first that may; all from one budget."""
    budget = Budget(TARGET_LAYERS)
    seen: dict[tuple[str, int], tuple[tuple[int, ...], tuple[int, ...]]] = {}

    def sees(verdict: TargetVerdict, node: int) -> tuple[bool, bool]:
        """Whether the layer sees it at best, and wherever it stands."""
        at = (verdict.input, node)
        if at not in seen:
            budget.spend(sum(len(part.cases) for part in analysis.axes))
            answers = per_axis(analysis, partial(_seen, source=verdict.input, node=node, walk=False))
            at_best = tuple(0 if answer is None else answer[0].size or 0 for answer in answers)
            seen[at] = at_best, tuple(0 if answer is None else answer[1] or 0 for answer in answers)
        budget.spend(1)
        best, sure = (all(size >= axis.needed for size, axis in zip(sizes, verdict.axes, strict=True)) for sizes in seen[at])
        return best, sure

    def first(verdict: TargetVerdict) -> FirstToSee:
        at_best = None
        try:
            for node, layer in enumerate(analysis.graph.layers, len(analysis.graph.inputs)):
                best, sure = sees(verdict, node)
                at_best = layer.name if at_best is None and best else at_best
                if sure:
                    return FirstToSee(layer.name, complete=True, at_best=at_best)
        except UsedUpError:
            return FirstToSee(None, complete=False, at_best=at_best)
        return FirstToSee(None, complete=True, at_best=at_best)

    return tuple(map(first, verdicts))


def target_reports(analysis: Analysis, *, first: bool = False) -> tuple[TargetReport, ...]:
    """All targets with their verdicts, per input; with the first layers to see them, if asked for."""
    verdicts = judge_targets(analysis)
    answers = first_to_see(analysis, verdicts) if first else [None] * len(verdicts)
    return tuple(
        TargetReport(
            verdict.target.name,
            analysis.graph.node_name(verdict.target.node),
            verdict.input,
            verdict.target.size,
            tuple(axis.guaranteed for axis in verdict.axes),
            verdict.verdict,
            answer,
            tuple(axis.needed for axis in verdict.axes),
        )
        for verdict, answer in zip(verdicts, answers, strict=True)
    )
