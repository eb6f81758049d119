"""What a value must be and what it is, in the words of a person."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rflint.words.wording import counted

if TYPE_CHECKING:
    from rflint.validation.referee import Refusal

_LONGEST_SHOWN: Final = 40


def value_message(error: Refusal, field: str = "") -> str:
    """Say in a sentence what a value must be and what it is."""
    value, limit = error.value, error.limit
    expected: str = error.schema.get("errorMessage", f"{quoted(field) if field else 'a spec'} must be a mapping")
    subject, must, _ = expected.partition(" must be ")
    if not must:
        return expected
    if error.keyword == "minimum":
        return f"{subject} must be at least {limit:,}, not {shown(value)}"
    if error.keyword == "exclusiveMinimum":
        return f"{subject} must be above {limit:,}, not {shown(value)}"
    if error.keyword == "maximum":
        return f"{subject} must be at most {limit:,}, not {shown(value)}"
    if error.keyword == "maxLength":
        return f"{subject} must have at most {limit:,} characters, not {len(value):,}"
    if error.keyword in {"minItems", "minProperties", "minLength"} and not value:
        return f"{subject} must not be empty"
    if error.keyword == "uniqueItems":
        return f"{subject} has {Counter(map(shown, value)).most_common(1)[0][0]} more than once"
    return f"{expected}, not {shown(value)}"


def of_op(message: str, field: str, op: str) -> str:
    """Say in a message about a field whose field it is."""
    return message.replace(f"`{field}`", f"`{field}` of `{op}`", 1)


def shown(value: object) -> str:
    """Name a value in a sentence: `the text "two"`, `3`, `a list with 2 entries`."""
    if isinstance(value, str):
        return f'the text "{_printable(value)}"' if value else "empty text"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 128 else "a number of many digits"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (list, dict)):
        kind = "list" if isinstance(value, list) else "mapping"
        return f"a {kind} with {counted(len(value), 'entry', 'entries')}" if value else f"an empty {kind}"
    return "empty (null)"


def _printable(text: str) -> str:
    cut = text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in cut)


def quoted(name: str) -> str:
    """Name a key or a word of the document."""
    return f"`{_printable(name)}`"


def with_article(title: str) -> str:
    """Put `a` or `an` before a noun."""
    return f"a{'n' if title[0] in 'aeio' else ''} {title}"
