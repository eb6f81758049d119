"""Whether a layer sees an object: guaranteed, at some positions only, or never (design.md#targets)."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Literal, NamedTuple

from rflint.model.report import TargetReport
from rflint.questions.view import AxisView, view

if TYPE_CHECKING:
    from rflint.engine.analysis import Analysis
    from rflint.model.graph import Target
    from rflint.questions.view import Phases

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
    # Reduced to one stretch [base, base + advance): a feature with low l stands for all l + m * advance.
    base = min(low for low, _ in regions)
    events = sorted({base + (low - base) % advance for low, _ in regions})
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


def judge_targets(analysis: Analysis) -> tuple[TargetVerdict, ...]:
    """Every target against every input that its layer depends on (or the one it names)."""
    verdicts: list[TargetVerdict] = []
    # Targets by the thousand are at a few layers.
    seen: dict[tuple[int, str], tuple[tuple[AxisView, int | None], ...]] = {}
    for target in analysis.graph.targets:
        for item in analysis.graph.inputs:
            if target.input not in (None, item.name):
                continue
            at = (target.node, item.name)
            if at not in seen:
                views = [view(axis, item.name, target.node) for axis in analysis.axes]
                known = [(each, _guaranteed(each)) for each in views if each is not None]
                seen[at] = tuple(known) if len(known) == len(views) else ()
            if not seen[at]:
                continue
            axes = tuple(
                _judge(name, ceil(size * _fraction(target.coverage)), each, guaranteed)
                for name, size, (each, guaranteed) in zip(analysis.graph.axes, target.size, seen[at], strict=True)
            )
            worst = max((axis.verdict for axis in axes), key=_SEVERITY.__getitem__)
            verdicts.append(TargetVerdict(target, item.name, axes, worst))
    return tuple(verdicts)


@lru_cache(maxsize=256)
def _fraction(coverage: float) -> Fraction:
    """The decimal as written: 0.1 is one tenth."""
    return Fraction(str(coverage))


def _guaranteed(each: AxisView) -> int | None:
    """Largest object that some feature sees whole wherever it stands."""
    if each.size is None or each.advance is None:
        return None
    if each.phases is not None:
        return guaranteed_size(each.advance, each.phases)
    # The offset is unknown, which changes nothing here.
    return max(each.size - each.advance + 1, 0) if each.period == 1 else None


def _judge(axis: str, needed: int, each: AxisView, guaranteed: int | None) -> AxisVerdict:
    verdict: Verdict = "unknown"
    if each.is_global and each.size is None:
        verdict = "guaranteed"
    elif each.size is not None:
        # A gate that sees everything does not count: the local receptive field is what people design with (design.md#global-reach).
        if needed > each.size:
            verdict = "too-large"
        elif guaranteed is not None:
            verdict = "guaranteed" if needed <= guaranteed else "not-guaranteed"
    return AxisVerdict(axis, needed, each.size, guaranteed, each.stride, verdict)


def target_reports(analysis: Analysis) -> tuple[TargetReport, ...]:
    """All targets with their verdicts, per input."""
    return tuple(
        TargetReport(
            verdict.target.name,
            analysis.graph.node_name(verdict.target.node),
            verdict.input,
            verdict.target.size,
            tuple(axis.guaranteed for axis in verdict.axes),
            verdict.verdict,
        )
        for verdict in judge_targets(analysis)
    )
