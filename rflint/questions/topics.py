"""What there is in a network that could be wrong: rules about other topics need not be asked, nor imported.

A topic may be there and nothing be wrong; what has no topic is not wrong in that way.  Each is found in one look at the ops and
at what the analysis holds anyway.
"""

from __future__ import annotations

from collections.abc import Iterator

from rflint.algebra import BEYOND, Transposed, Window
from rflint.engine import OPAQUE, STEP, Analysis, AxisAnalysis
from rflint.model import Topic


def topics(analysis: Analysis) -> frozenset[Topic]:
    """All topics of a network."""
    graph, parts = analysis.graph, [part for part, _ in analysis.distinct]
    found: set[Topic] = {"network", *(topic for part in parts for topic in _of_axis(part))}
    stated: dict[Topic, object] = {
        "targets": graph.targets,
        "expectations": graph.expectations,
        "refused channels": analysis.costs.problems,
        "large numbers": analysis.costs.beyond,
    }
    found |= {topic for topic, there in stated.items() if there}
    if "shifts" in found:
        from rflint.questions.borders import lopsided_windows  # noqa: PLC0415 - start-up

        if lopsided_windows(analysis):
            found.add("off-center windows")
    return frozenset(found)


def _of_axis(axis: AxisAnalysis) -> Iterator[Topic]:
    if axis.program.causal:
        yield "causal axes"
    if OPAQUE in axis.program.kinds:
        yield "unknown ops"
    # Layers that are written alike share one op.
    for op in {id(op): op for op, kind in zip(axis.program.ops, axis.program.kinds, strict=True) if kind == STEP}.values():
        if isinstance(op, Window):
            yield from _of_window(op)
        else:
            yield "shifts"
            if isinstance(op, Transposed):
                yield "transposed windows"
    if not axis.known:
        yield "open sizes"
    if any(sizing.problems for sizing in axis.sizings):
        yield "conflicts"
    traces = [trace for case in axis.cases for trace in case.traces.values()]
    if any(trace.violations for trace in traces):
        yield "misalignments"
    if any(field is not None and field.is_global for trace in traces for field in trace.fields):
        yield "global reach"
    if any(sizing.beyond for sizing in axis.sizings) or any(field is BEYOND for trace in traces for field in trace.fields):
        yield "large numbers"
    if axis.known and any(_sees_all(axis, size, source) for source, size in enumerate(axis.sizings[0].inputs) if size is not None):
        yield "whole views"


def _of_window(op: Window) -> Iterator[Topic]:
    padding = op.padding(None)
    if op.stride > 1 or padding is None or min(padding) < 0:
        yield "gaps"
    if op.stride > 1 or padding is None or padding[0] != padding[1] or padding[0] >= op.effective_kernel:
        yield "shifts"
    if op.dilation > 1:
        yield "dilations"
    if op.kernel % 2 == 0:
        yield "even kernels"


def _sees_all(axis: AxisAnalysis, size: int, source: int) -> bool:
    """Whether the first feature of some map sees an input to its end."""
    trace = list(axis.cases[0].traces.values())[source]
    families = [field.family for field in trace.fields if field is not None and field.family is not None]
    return any(high is not None and high >= size - 1 for family in families for high in family.high[:1])
