"""What the operators of `${…}` do to values: as in Python, on fewer types, and never more than a bounded amount of work."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from rflint.model import LIMITS

#: All that can be called.
FUNCTIONS: Final = ("min", "max", "len")
#: Digits, in bits, of an integer.
LARGEST_INTEGER: Final = 1_024
#: Weight that is handled in one step, as a power of two: lists and strings are handled by C.
_SPEED: Final = 5
#: Lists inside one another.
DEEPEST_LIST: Final = 8

#: Called with the number of steps done; raises to stop the evaluation.
Spend = Callable[[int], None]


class Meter(NamedTuple):
    """What bounds an evaluation."""

    spend: Spend
    #: Characters of a string, entries of a list with all that is in them.
    largest: int = LIMITS["result"].default


class Refusal(Exception):  # noqa: N818 - becomes an ExpressionError where the offset is known
    """Operands that an operator cannot take: why, in words for the user."""


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a number with a fraction"
    return "a string" if isinstance(value, str) else "a list"


def _weight(value: Any, largest: int, depth: int = 1) -> int:
    """Size of a value with all that is in it; something above `largest` for what is larger."""
    if isinstance(value, str):
        return len(value)
    if not isinstance(value, list):
        return 1
    if depth > DEEPEST_LIST:
        raise Refusal(f"lists may be nested {DEEPEST_LIST} deep")
    total = 0
    for entry in value:
        total += 1 if type(entry) is int else 1 + _weight(entry, largest, depth + 1)
        if total > largest:
            break
    return total


def check_size(value: Any, largest: int) -> int:
    """Return the weight of a value; raise Refusal for what is too large."""
    if isinstance(value, int):
        if value.bit_length() > LARGEST_INTEGER:
            raise Refusal(f"an integer may have {LARGEST_INTEGER:,} bits")
        return 1
    weight = _weight(value, largest)
    if weight > largest:
        raise Refusal(f"a {'string' if isinstance(value, str) else 'list'} may have a length of {largest:,}")
    return weight


def bounded(value: Any, meter: Meter) -> Any:
    """Return the value itself, its size checked and accounted for; raise Refusal for what is too large."""
    if type(value) is not int or value.bit_length() > LARGEST_INTEGER:
        meter.spend(check_size(value, meter.largest) >> _SPEED)
    return value


def _integers(symbol: str, left: Any, right: Any) -> None:
    if not (isinstance(left, int) and isinstance(right, int)):
        raise Refusal(f"`{symbol}` takes two integers, not {_kind(left)} and {_kind(right)}")


def add(left: Any, right: Any, meter: Meter) -> Any:
    """`left + right`: of integers, strings or lists."""
    if any(isinstance(left, kind) and isinstance(right, kind) for kind in (int, str, list)):
        return bounded(left + right, meter)
    raise Refusal(f"`+` takes two integers, two strings or two lists, not {_kind(left)} and {_kind(right)}")


def subtract(left: Any, right: Any, meter: Meter) -> Any:
    """`left - right`."""
    _integers("-", left, right)
    return bounded(left - right, meter)


def multiply(left: Any, right: Any, meter: Meter) -> Any:
    """`left * right`: of integers, or a string or list repeated."""
    if isinstance(left, int) and isinstance(right, int):
        return bounded(left * right, meter)
    if isinstance(left, int) and isinstance(right, (str, list)):
        left, right = right, left
    if not (isinstance(left, (str, list)) and isinstance(right, int)):
        raise Refusal(f"`*` takes two integers, or a string or list and how often it is repeated, not {_kind(left)} and {_kind(right)}")
    if max(_weight(left, meter.largest), 1) * right > meter.largest:
        raise Refusal(f"a {'string' if isinstance(left, str) else 'list'} may have a length of {meter.largest:,}")
    # Python refuses counts that no machine word holds, even below zero.
    return bounded(left * max(right, 0), meter)


def floor_divide(left: Any, right: Any, _meter: Meter) -> Any:
    """`left // right`."""
    _integers("//", left, right)
    if right == 0:
        raise Refusal("`//` divides by zero")
    return left // right


def modulo(left: Any, right: Any, _meter: Meter) -> Any:
    """`left % right`."""
    _integers("%", left, right)
    if right == 0:
        raise Refusal("`%` divides by zero")
    return left % right


def power(left: Any, right: Any, meter: Meter) -> Any:
    """`left ** right`."""
    _integers("**", left, right)
    if right < 0:
        raise Refusal("`**` takes an exponent of 0 or more: numbers in an expression are whole")
    # A lower bound of the result's bits, asked before it is computed; the result has at most twice as many.
    if (abs(left).bit_length() - 1) * right > LARGEST_INTEGER:
        raise Refusal(f"an integer may have {LARGEST_INTEGER:,} bits")
    return bounded(left**right, meter)


def negate(operand: Any) -> Any:
    """`-operand`."""
    if not isinstance(operand, int):
        raise Refusal(f"`-` takes an integer, not {_kind(operand)}")
    return -operand


def posit(operand: Any) -> Any:
    """`+operand`."""
    if not isinstance(operand, int):
        raise Refusal(f"`+` takes an integer, not {_kind(operand)}")
    return +operand


def item(value: Any, index: Any) -> Any:
    """`value[index]`."""
    if not isinstance(value, (str, list)):
        raise Refusal(f"`[i]` picks from a list or a string, not from {_kind(value)}")
    if not isinstance(index, int):
        raise Refusal(f"`[i]` takes an integer, not {_kind(index)}")
    if not -len(value) <= index < len(value):
        what = "string" if isinstance(value, str) else "list"
        raise Refusal(f"`[{index}]` is past the end of a {what} of {len(value)}" if value else f"`[{index}]` picks from an empty {what}")
    return value[index]


def call(function: str, arguments: list[Any], meter: Meter) -> Any:
    """`min`, `max` or `len` of the arguments."""
    if function == "len":
        if len(arguments) != 1 or not isinstance(arguments[0], (str, list)):
            raise Refusal("`len` takes one list or string")
        return len(arguments[0])
    values: Any = arguments
    if len(arguments) == 1:
        values = arguments[0]
        if not isinstance(values, (str, list)):
            raise Refusal(f"`{function}` takes a list or several values, not {_kind(values)}")
    if not values:
        raise Refusal(f"`{function}` of nothing")
    meter.spend(_weight(values, meter.largest) >> _SPEED)
    try:
        return min(values) if function == "min" else max(values)
    except TypeError:
        raise Refusal(f"`{function}` takes values of one kind") from None


def _ordered(symbol: str, compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Meter], bool]:
    def holds(left: Any, right: Any, meter: Meter) -> bool:
        meter.spend(min(_weight(left, meter.largest), _weight(right, meter.largest)) >> _SPEED)
        try:
            return bool(compare(left, right))
        except TypeError:
            raise Refusal(f"`{symbol}` cannot compare {_kind(left)} and {_kind(right)}") from None

    return holds


def contains(left: Any, right: Any, meter: Meter) -> bool:
    """`left in right`."""
    if not isinstance(right, list) and not (isinstance(right, str) and isinstance(left, str)):
        raise Refusal(f"`in` looks in a list, or for a string in a string, not for {_kind(left)} in {_kind(right)}")
    meter.spend(_weight(right, meter.largest) >> _SPEED)
    return left in right


def lacks(left: Any, right: Any, meter: Meter) -> bool:
    """`left not in right`."""
    return not contains(left, right, meter)


equal = _ordered("==", operator.eq)
unequal = _ordered("!=", operator.ne)
less = _ordered("<", operator.lt)
less_or_equal = _ordered("<=", operator.le)
greater = _ordered(">", operator.gt)
greater_or_equal = _ordered(">=", operator.ge)


class ExpressionError(Exception):
    """A `${…}` that cannot be read or evaluated: why, in words for the user, and where in the scalar (from 0)."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Unknown:
    """The type of `UNKNOWN`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


#: Stands for a parameter that has no value yet (a block looked at by itself); whatever depends on it is UNKNOWN too.
UNKNOWN: Final = Unknown()


class UnknownValue(Exception):  # noqa: N818 - no error: the way out of a half-evaluated expression
    """A name that is UNKNOWN was read."""


class Env(NamedTuple):
    """What an expression is evaluated with."""

    names: Mapping[str, Any]
    meter: Meter


#: A compiled expression.
Thunk = Callable[[Env], Any]
