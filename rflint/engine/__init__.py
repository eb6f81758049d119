"""The mathematics: grids, supports, sizes, alignment; pure, exact, one axis at a time."""

from rflint.engine.analysis import Analysis, AxisAnalysis, Case, analyze, stands_in
from rflint.engine.centers import Centers
from rflint.engine.program import COPY, GATE, JOIN, MERGE, OPAQUE, STEP, Program, kind_of
from rflint.engine.sizing import InputSizes, Memo, SizeProblem, Sizing, size_up
from rflint.engine.strides import size_up_by_stride
from rflint.engine.tracing import Trace, Violation, trace

__all__ = [
    "COPY",
    "GATE",
    "JOIN",
    "MERGE",
    "OPAQUE",
    "STEP",
    "Analysis",
    "AxisAnalysis",
    "Case",
    "Centers",
    "InputSizes",
    "Memo",
    "Program",
    "SizeProblem",
    "Sizing",
    "Trace",
    "Violation",
    "analyze",
    "kind_of",
    "size_up",
    "size_up_by_stride",
    "stands_in",
    "trace",
]
