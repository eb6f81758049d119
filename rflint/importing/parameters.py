"""The values of one field over all instances of a block, as what stands in the block: a value, or a parameter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, count, islice
from keyword import iskeyword
from typing import Any, Final

#: Parameters of a block that are compared with a field: nobody reads a block of more.
_MOST_COMPARED: Final = 64
#: The value of a field of a layer that is left out: any will do.
ANY: Final = object()
#: What else a name means in an expression.
_RESERVED: Final = frozenset(("index", "count", "min", "max", "len", "true", "false", "null"))


class Expression(str):
    """The text of an expression, without `${` and `}`."""

    __slots__ = ()


class Parameters:
    """Parameters of one block, found while its layers are written."""

    def __init__(self) -> None:
        #: Name -> value for each instance.
        self.values: dict[str, list[Any]] = {}

    def write(self, values: Sequence[Any], field: str, layer: str) -> Any:
        """Return what stands in the block for a field with these values: a value, or an Expression of parameters."""
        known = [value for value in values if value is not ANY]
        if not known:
            return ANY
        if all(_same(value, known[0]) for value in known):
            return known[0]
        for name, other in islice(self.values.items(), _MOST_COMPARED):
            if _agree(values, other):
                self.values[name] = [one if two is ANY else two for one, two in zip(values, other, strict=True)]
                return Expression(name)
        if all(isinstance(value, int) and not isinstance(value, bool) for value in known):
            for name, other in islice(self.values.items(), _MOST_COMPARED):
                if (text := _derived(values, other, name, field)) is not None:
                    return Expression(text)
        name = self._name(field, layer)
        self.values[name] = list(values)
        return Expression(name)

    def _name(self, field: str, layer: str) -> str:
        parts = layer.split("/")
        words = [place for place, part in enumerate(parts) if not part[:1].isdigit()]
        last = "_".join(parts[words[-1] :]) if words else layer
        whole = f"{layer}_{field}"
        wanted = [parts[words[-1]] if words else layer, last] if field == "when" else [field, f"{last}_{field}", whole]
        numbered = (f"{whole}_{number}" for number in count(2))
        return next(name for text in chain(wanted, numbered) if (name := identifier(text)) not in self.values)


def identifier(text: str) -> str:
    """Make a name that expressions can use."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_") or "value"
    return f"p_{name}" if name[0].isdigit() or iskeyword(name) or name in _RESERVED else name


def _same(one: Any, two: Any) -> bool:
    return type(one) is type(two) and bool(one == two)


def _agree(one: Sequence[Any], two: Sequence[Any]) -> bool:
    return all(a is ANY or b is ANY or _same(a, b) for a, b in zip(one, two, strict=True))


def _derived(values: Sequence[Any], other: Sequence[Any], name: str, field: str) -> str | None:
    """Tell whether a field is a multiple of a parameter, or the padding that keeps the size under a kernel."""
    pairs = [(one, two) for one, two in zip(values, other, strict=True) if one is not ANY]
    if any(two is ANY or isinstance(two, bool) or not isinstance(two, int) or two < 1 for _, two in pairs):
        return None
    if field == "padding" and name.endswith("kernel") and all(one == two // 2 for one, two in pairs):
        return f"{name} // 2"
    factor, rest = divmod(pairs[0][0], pairs[0][1])
    if factor > 1 and not rest and all(one == factor * two for one, two in pairs):
        return f"{factor} * {name}"
    return None
