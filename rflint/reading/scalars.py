"""Plain scalars as YAML 1.2 core reads them, and words for those that another reader takes for something else.

What readers disagree about (`off`, `1:30`, `010`, `1_000`, dates) stays text: a schema then refuses it where a number
or a boolean is needed, and `trap` says why.
"""

from __future__ import annotations

import math
import re
from typing import Final

#: Longest number that is read, in characters: far above any use, far below where Python's own limit (4,300) begins.
MAX_NUMBER: Final = 100

#: YAML 1.2.2, 10.3.2 (core schema), as are the numbers below; but decimal integers have no leading zeros here.
CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER: Final = re.compile(
    r"(?P<integer>[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+))"
    r"|(?P<endless>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
#: Text that needs no quotes, in a list in brackets either, unless it is another value.
_SAFE: Final = r"[A-Za-z_][A-Za-z0-9_./-]*"
#: First characters of what is not simply text, apart from `CONSTANTS`; empty text is null.
SPECIAL: Final = frozenset(("", *"+-.0123456789~"))

# What YAML 1.1 (https://yaml.org/type/) makes of plain scalars, as PyYAML implements it; compiled when needed.
_WORD: Final = r"yes|Yes|YES|on|On|ON|(no|No|NO|off|Off|OFF)"
_SEXAGESIMAL: Final = r"([-+]?)([0-9]+(?::[0-5]?[0-9])+)(\.[0-9]*)?"
_LEADING_ZERO: Final = r"([-+]?)0+([0-9]+)"
_BINARY: Final = r"([-+]?)0b([01]+)"
_UNDERSCORES: Final = r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?"
_DATE: Final = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"
#: A float to YAML 1.2, text to YAML 1.1, which wants a point and a sign.
_EXPONENT: Final = r"[-+]?(?:[0-9]+[eE]\+?|[0-9]+\.[0-9]*[eE])[0-9]+"


class ScalarError(ValueError):
    """A scalar that has no usable value; its text is a message for people."""


def resolve(text: str) -> str | int | float | bool | None:
    """Value of an untagged plain scalar; ScalarError for numbers that are not finite or too long."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if text[:1] not in SPECIAL or (match := _NUMBER.fullmatch(text)) is None:
        return text
    if len(text) > MAX_NUMBER:
        raise ScalarError(f"a number of {len(text):,} characters; at most {MAX_NUMBER} are read")
    if match.lastgroup == "integer":
        return int(text, 0)
    if match.lastgroup == "endless":
        raise ScalarError(f"`{text}` is not a finite number")
    number = float(text)
    if math.isinf(number):
        raise ScalarError(f"`{text}` is too large for a number")
    return number


def plain(text: str) -> str:
    """Text as it can stand for itself anywhere in a file: in quotes where it needs them."""
    if re.fullmatch(_SAFE, text) and resolve(text) == text and trap(text) is None:
        return text
    import json  # noqa: PLC0415 - start-up

    # What JSON has for text, YAML has, too.
    return json.dumps(text, ensure_ascii=False)


def trap(text: str) -> str | None:
    """Why a plain scalar is not what its writer may take it for, and what to write; None: there is nothing to say."""
    if len(text) > MAX_NUMBER:
        return None
    if match := re.fullmatch(_WORD, text):
        return f"`{text}` is text here, as in YAML 1.2; for a boolean write `{'false' if match[1] else 'true'}`"
    if text in ("None", "none"):
        return f"`{text}` is text in YAML; write `null`"
    if match := re.fullmatch(_SEXAGESIMAL, text):
        return _sexagesimal(text, match[1], match[2].split(":"), match[3] or "")
    if match := re.fullmatch(_LEADING_ZERO, text):
        return _leading_zero(text, match[1], match[2])
    if match := re.fullmatch(_BINARY, text):
        return f"`{text}` is text here, as in YAML 1.2; write `{match[1]}{int(match[2], 2)}`"
    if "_" in text and re.fullmatch(_UNDERSCORES, text):
        return f"`{text}` is text here, as in YAML 1.2; write `{text.replace('_', '')}`"
    if re.fullmatch(_DATE, text):
        return f"`{text}` is text here, not a date"
    if re.fullmatch(_EXPONENT, text) and (number := float(text)).is_integer() and abs(number) < 1e15:
        return f"`{text}` is a float here, and text to a YAML 1.1 reader; write `{int(number)}`"
    return None


def _sexagesimal(text: str, sign: str, parts: list[str], rest: str) -> str:
    """`1:30`: minutes and seconds to YAML 1.1."""
    value = 0
    for part in parts:
        value = value * 60 + int(part)
    listed = ", ".join(str(int(part)) for part in parts)
    return f"`{text}` is text here, and {sign}{value}{rest} to a YAML 1.1 reader; for a list write `[{listed}]`"


def _leading_zero(text: str, sign: str, digits: str) -> str:
    """`010`: octal to YAML 1.1, decimal to YAML 1.2."""
    decimal = int(digits)
    if decimal < 8 or "8" in digits or "9" in digits:
        return f"`{text}` is text here; write `{sign}{decimal}`"
    octal = int(digits, 8)
    return f"`{text}` is text here: YAML 1.1 reads {sign}{octal}, YAML 1.2 {sign}{decimal}; write `{sign}{decimal}` or `{sign}{octal}`"
