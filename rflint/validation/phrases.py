"""What a value must be and what it is, in the words of a person."""

from __future__ import annotations

from collections import Counter
from typing import Final

from rflint.validation.referee import Refusal
from rflint.words import clip
from rflint.words import shown as words_shown

_LONGEST_SHOWN: Final = 40


def value_message(error: Refusal, field: str = "") -> str:
    """Say in a sentence what a value must be and what it is."""
    value, limit = error.value, error.limit
    entry = with_article(error.schema["title"]) if error.path and isinstance(error.path[-1], int) and "title" in error.schema else None
    expected: str = error.schema.get("errorMessage", f"{entry or (quoted(field) if field else 'a spec')} must be a mapping")
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
    return words_shown(value, _printable)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in clip(text, _LONGEST_SHOWN))


def quoted(name: str) -> str:
    """Name a key or a word of the document."""
    return f"`{_printable(name)}`"


def with_article(title: str) -> str:
    """Put `a` or `an` before a noun."""
    return f"a{'n' if title[0] in 'aeio' else ''} {title}"
