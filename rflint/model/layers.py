"""What is reported of one layer: plain frozen values, for formatters and for notebooks.

Apart from `rflint.model.report`, because `rflint check` has no use for them; field names follow the published schema
`schemas/rflint-report.v1.schema.json`, lists have one entry per axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: Why a value does not exist (closed list of the JSON contract).
Why = Literal["global", "position-dependent", "size-dependent", "unknown-op", "empty-phase", "misaligned", "beyond-limits"]


@dataclass(frozen=True, slots=True, repr=False)
class ReceptiveField:
    """What a layer sees of one input; tuples have one entry per axis, None where a value does not exist (`why` says)."""

    #: Largest over the phases, in input samples; and the smallest.
    size: tuple[int | None, ...]
    size_min: tuple[int | None, ...]
    #: Effective stride in input samples: int where it is one, else an exact fraction as float (`grid` is exact).
    stride: tuple[int | float | None, ...]
    #: Effective padding in input samples: `-low(0)`.
    padding: tuple[int | None, ...]
    #: Centre of feature 0 in input coordinates: the mean where paths disagree, and the earliest and latest of them.
    center: tuple[float | None, ...]
    center_range: tuple[tuple[float, float] | None, ...]
    #: Exact rationals as text, `31/2`, of the path that represents all.
    grid_stride: tuple[str | None, ...]
    grid_center: tuple[str | None, ...]
    aligned: tuple[bool | None, ...]
    is_global: bool
    period: tuple[int | None, ...]
    #: Input samples that one period advances.
    advance: tuple[int | None, ...]
    #: Per axis, per phase `(low, high)` or None for a phase that sees nothing; None above 64 phases.
    phases: tuple[tuple[tuple[int, int] | None, ...] | None, ...]
    density: tuple[float | None, ...]
    effective: tuple[float | None, ...]
    drift: tuple[float | None, ...]
    #: How much of the future each feature reads, in input samples; 0: causal, negative: delayed.
    lookahead: tuple[int | None, ...]
    exact: bool
    #: Field name -> reason.
    why: Mapping[str, Why] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<ReceptiveField size {self.size}, stride {self.stride}, padding {self.padding}, center {self.center}>"


@dataclass(frozen=True, slots=True, repr=False)
class LayerReport:
    """One layer: what was written and what follows from it."""

    name: str
    op: str
    sources: tuple[str, ...]
    line: int
    #: Where it was brought in: lines of the `use` and `branches` items, outermost first.
    origin: tuple[tuple[str, int], ...]
    size: tuple[int | None, ...]
    channels: int | None
    params: int | None
    macs: int | None
    receptive_field: Mapping[str, ReceptiveField]
    #: Its features sit where those of its input do, and see the same.
    pointwise: bool = False

    def __repr__(self) -> str:
        seen = ", ".join(f"{each.size} of {name}" for name, each in self.receptive_field.items())
        return f"<LayerReport {self.name}: {self.op}, size {self.size}, sees {seen or 'no input'}>"
