"""What an axis op and its steps must be, so that the engine need not doubt them: rflint's own, and those of plug-ins."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from math import gcd
from types import UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from rflint.algebra.axis import LARGEST, AxisOp, NoSupport, Step, Whole
from rflint.algebra.grid import Grid
from rflint.algebra.periodic import PERIOD_CAP

#: Bits of a size and of the numbers of a grid.
_LONGEST_NUMBER: Final = 256
_LONGEST_PROBLEM: Final = 300
_REASONS: Final = get_args(NoSupport)


class Allowed(NamedTuple):
    """Values that a field may have: in words, and as a test."""

    words: str
    holds: Callable[[Any], bool]


def op_problem(op: AxisOp) -> str | None:
    """Say which number of one of `AXIS_OPS` is out of its range; None: none is."""
    wrong = ((name, allowed.words) for name, allowed in allowed_values(type(op)).items() if not allowed.holds(getattr(op, name)))
    return next((f"`{name}` of a {type(op).__name__} must be {words}" for name, words in wrong), None)


@cache
def allowed_values(kind: type) -> Mapping[str, Allowed]:
    """By the fields of an axis op, what their annotations allow."""
    hints = {name: hint for name, hint in get_type_hints(kind, include_extras=True).items() if name in kind.__annotations__}
    return {name: _allowed(hint) for name, hint in hints.items()}


def _allowed(hint: Any) -> Allowed:
    if get_origin(hint) in (Union, UnionType):
        inner = _allowed(next(each for each in get_args(hint) if each is not type(None)))
        return Allowed(f"{inner.words} or None", lambda value: value is None or inner.holds(value))
    if get_origin(hint) is Annotated:
        kind, whole = get_args(hint)
        if kind is Fraction:
            return Allowed("a positive Fraction", lambda value: type(value) is Fraction and all(map(_in(whole), value.as_integer_ratio())))
        return Allowed(f"a whole number from {whole.low:,} to {whole.high:,}", _in(whole))
    words = (False, True) if hint is bool else get_args(hint) if get_origin(hint) is Literal else None
    if words is None:
        raise TypeError(f"a field of an axis op takes a bool, a Literal, or a number with its range (rflint/algebra/axis.py), not {hint}")
    return Allowed(
        f"one of {', '.join(map(repr, words))}", lambda value: any(type(value) is type(word) and value == word for word in words)
    )


def _in(whole: Whole) -> Callable[[object], bool]:
    return lambda value: type(value) is int and whole.low <= value <= whole.high


def step_problem(step: Any) -> str | None:
    """Say why something is not a step that the engine can work with; None: it is."""
    if type(step) is not Step:
        return f"`step` must give a Step, not a value of type `{type(step).__name__}`"
    return next((f"a Step must have {words}" for words, holds in _STEP if not holds(step)), None)


def _is_number(value: object, low: int | None = None) -> bool:
    return type(value) is int and value.bit_length() <= _LONGEST_NUMBER and (low is None or value >= low)


def _is_grid(grid: object) -> bool:
    if type(grid) is not Grid or not all(map(_is_number, grid)):
        return False
    return grid.s >= 0 and grid.d > 0 and gcd(grid.s, grid.c, grid.d) == 1


def _are_taps(taps: object) -> bool:
    """Ascending ranges of indexes of a reasonable size; empty ones are the phases that read nothing."""
    if type(taps) is not tuple or not all(type(phase) is range and phase.step > 0 for phase in taps):
        return False
    return all(-LARGEST <= end <= LARGEST for phase in taps if phase for end in (phase[0], phase[-1])) and all(
        len(phase) <= LARGEST and phase.step <= LARGEST for phase in taps
    )


def _is_padding(padding: object) -> bool:
    return padding is None or (type(padding) is tuple and len(padding) == 2 and all(map(_is_number, padding)))


#: In this order: what stands further down relies on what stands above.
_STEP: Final[tuple[tuple[str, Callable[[Step], bool]], ...]] = (
    ("as `size` a whole number or None", lambda step: step.size is None or _is_number(step.size)),
    (
        "as `grid` what `grid(s, c, d)` gives for `s` of at least 0 and `d` of at least 1, or None",
        lambda step: step.grid is None or _is_grid(step.grid),
    ),
    (f"as `period` a whole number from 1 to {PERIOD_CAP:,}", lambda step: _is_number(step.period, 1) and step.period <= PERIOD_CAP),
    (f"as `advance` a whole number from 0 to {LARGEST:,}", lambda step: _is_number(step.advance, 0) and step.advance <= LARGEST),
    (f"as `taps` a tuple of ascending ranges within ±{LARGEST:,}", lambda step: _are_taps(step.taps)),
    (f"as `why` one of {', '.join(map(repr, _REASONS))}", lambda step: type(step.why) is str and step.why in _REASONS),
    ("either `taps` or, in `why`, the reason that there are none", lambda step: bool(step.taps) != bool(step.why)),
    ("as many `taps` as its `period`", lambda step: not step.taps or len(step.taps) == step.period),
    (
        "beside `taps` a `grid`, of stride `advance / period`",
        lambda step: not step.taps or (step.grid is not None and step.grid.s * step.period == step.grid.d * step.advance),
    ),
    (
        "True or False as `gated`, `floating` and `sized`",
        lambda step: all(type(flag) is bool for flag in (step.gated, step.floating, step.sized)),
    ),
    ("as `padding` a pair of whole numbers or None", lambda step: _is_padding(step.padding)),
    (
        f"as `problem` and `crash` text of at most {_LONGEST_PROBLEM} characters or None",
        lambda step: all(text is None or (type(text) is str and len(text) <= _LONGEST_PROBLEM) for text in (step.problem, step.crash)),
    ),
)
