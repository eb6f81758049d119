"""The mathematics: grids, supports, sizes, alignment; pure, exact, one axis at a time."""

from rflint.engine.analysis import Analysis, AxisAnalysis, Case, analyze, stands_in
from rflint.engine.causality import frame_center, newest_samples, reads_past
from rflint.engine.centers import Centers
from rflint.engine.lookahead import Ahead, Moments
from rflint.engine.partners import Partners, partners
from rflint.engine.program import COPY, GATE, JOIN, MERGE, OPAQUE, STEP, Addition, Program, kind_of
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
    "Addition",
    "Ahead",
    "Analysis",
    "AxisAnalysis",
    "Case",
    "Centers",
    "InputSizes",
    "Memo",
    "Moments",
    "Partners",
    "Program",
    "SizeProblem",
    "Sizing",
    "Trace",
    "Violation",
    "analyze",
    "frame_center",
    "kind_of",
    "newest_samples",
    "partners",
    "reads_past",
    "size_up",
    "size_up_by_stride",
    "stands_in",
    "trace",
]
