"""What a report says of a layer, a target or a number, in the few characters of a table's cell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rflint.model import InputReport
from rflint.words import counted, per_axis, readable

if TYPE_CHECKING:
    from rflint.model.layers import ReceptiveField

#: Reason of a missing value -> what its cell says, and what that means.
REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "global": ("all", "the whole input, through a global operation"),
    "position-dependent": ("varies", "differs from feature to feature"),
    "size-dependent": ("by size", "depends on the input size"),
    "unknown-op": ("?", "depends on an operation that is not known"),
    "beyond-limits": ("too large", "beyond the numbers that rflint computes with"),
    "empty-phase": ("none", "some features see nothing"),
    "misaligned": ("misaligned", "paths of different alignment meet"),
}
#: Marks of receptive fields -> what they mean.
BESIDES: Final = "*"
AT_MOST: Final = "≤"
MARKS: Final[Mapping[str, str]] = {
    BESIDES: "and, through a global operation, the whole input",
    AT_MOST: "an outer bound",
}

#: Values whose reason stands in the cell.
_EXPLAINED: Final = frozenset({"size", "stride", "padding", "center", "aligned"})

#: Verdict on a target -> where it is seen whole.
VERDICTS: Final[Mapping[str, str]] = {
    "guaranteed": "everywhere",
    "not-guaranteed": "at some positions",
    "too-large": "nowhere",
    "unknown": "cannot be judged",
}


def number(value: float) -> str:
    """Write a number with as many decimals as it has, at most three."""
    return str(value) if isinstance(value, int) else f"{value:.3f}".rstrip("0").rstrip(".")


def extent(size: Sequence[int | None]) -> str:
    """Write a size in samples: `224`, `321x224`, `?` where unknown."""
    return per_axis(size, lambda value: "?" if value is None else str(value))


def _missing(field: ReceptiveField, name: str) -> str:
    reason = field.why.get(name)
    if reason == "global" and name != "size":  # said once, in the column of the size
        return "-"
    return REASONS[reason][0] if reason else "?"


def receptive_field(field: ReceptiveField) -> str:
    """Its size: `63`, `188..204` over the phases, with a mark where it is a bound or global besides."""

    def one(sizes: tuple[int | None, int | None]) -> str:
        size, least = sizes
        if size is None:
            return _missing(field, "size")
        return f"{least}..{size}" if least is not None and least != size else str(size)

    text = per_axis(list(zip(field.size, field.size_min, strict=True)), one)
    has_local_part = any(size is not None for size in field.size)
    return f"{'' if field.exact else AT_MOST}{text}{BESIDES if field.is_global and has_local_part else ''}"


def stride(field: ReceptiveField) -> str:
    """Effective stride; a fraction as one, where it can be read."""
    return per_axis(field.grid_stride, lambda value: _missing(field, "stride") if value is None else readable(Fraction(value)))


def padding(field: ReceptiveField) -> str:
    """Effective padding."""
    return per_axis(field.padding, lambda value: _missing(field, "padding") if value is None else str(value), "/")


def center(field: ReceptiveField) -> str:
    """Centre of the first feature."""
    return per_axis(field.center, lambda value: _missing(field, "center") if value is None else number(value), "/")


def lookahead(field: ReceptiveField) -> str:
    """How much of the future a feature reads."""
    return per_axis(field.lookahead, lambda value: _missing(field, "lookahead") if value is None else str(value), "/")


def aligned(field: ReceptiveField) -> str:
    """Whether all paths agree."""
    return per_axis(field.aligned, lambda value: _missing(field, "aligned") if value is None else "yes" if value else "no", "/")


def legend(
    fields: Iterable[ReceptiveField], columns: Collection[str] = ("receptive_field", "stride", "padding", "center", "aligned")
) -> list[str]:
    """Meaning of the words and marks that stand in the cells of these fields, in these columns."""
    explained = {"size" if name == "receptive_field" else name for name in columns if name != "size"} & _EXPLAINED
    reasons: set[str] = set()
    marked: set[str] = set()
    for field in fields:
        reasons.update(reason for name, reason in field.why.items() if name in explained)
        if field.is_global or not field.exact:
            text = receptive_field(field)
            marked.update(mark for mark in MARKS if mark in text)
    marks = [f"{mark} {meaning}" for mark, meaning in MARKS.items() if mark in marked]
    return [f"{word}: {meaning}" for reason, (word, meaning) in REASONS.items() if reason in reasons] + marks


def total(values: Sequence[int | None]) -> int | None:
    """Sum, None where a term is unknown."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def input_text(item: InputReport) -> str:
    """Size and channels of an input: `224x224, 3 channels`."""
    size = "size unknown" if all(size is None for size in item.size) else "x".join("?" if size is None else str(size) for size in item.size)
    return size + (f", {counted(item.channels, 'channel')}" if item.channels is not None else "")
