"""Value schemas: what one field may hold, as JSON Schema and in words.

Alternatives (an integer, one of some words, a list) are told apart by their JSON type, so that one flat schema says
all of them: `minimum` speaks of numbers only, `pattern` of text, `items` of lists.  An `anyOf` would say the same, and
every validator would answer "not valid under any of the given schemas".  `errorMessage` carries the expectation in words;
editors show it, and `rflint.validation.findings` builds its messages on it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rflint.algebra import LARGEST
from rflint.model import FieldSpec

JsonSchema = dict[str, Any]

BASE: Final = "https://rflint.dev/schemas/"
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

#: Text that holds an expression; its value is checked after evaluation.
EXPRESSION: Final = r"\$\{"
LONGEST_TEXT: Final = 10_000
#: `$` of Python also matches before a final newline, that of ECMA-262 does not.
END: Final = r"$(?!\n)"
_UNPRINTABLE: Final = r"\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
#: Printable, no `*`, no space at either end.
NAME: Final = rf"^(?!\s)[^*{_UNPRINTABLE}]+(?<!\s){END}"


class Value(NamedTuple):
    """What a value may be; the alternatives add up."""

    #: Least and largest integer; None: any.
    integer: tuple[int, int] | None = None
    #: Numbers above the first, up to the second; takes the integers in.
    number: tuple[float, float] | None = None
    boolean: bool = False
    null: bool = False
    words: tuple[str, ...] = ()
    #: Any text that is not empty, up to this length.
    text: int = 0
    #: Other text: a pattern and what it stands for.
    pattern: tuple[str, str] | None = None
    #: Text with `${…}` in it.
    expression: bool = False
    #: A list of two of these, `[low, high]`.
    pair: Value | None = None

    def phrases(self) -> list[str]:
        """Each alternative in words; expressions go without saying."""
        found = []
        if self.number:
            above, most = self.number
            found.append("a number" + (f" above {above:g}" if above > -LARGEST else "") + (f", at most {most:g}" if most < LARGEST else ""))
        elif self.integer:
            low, high = self.integer
            bounded = abs(low) < LARGEST and high < LARGEST
            found.append("a whole number" + (f" from {low} to {high}" if bounded else f" of at least {low}" if low > -LARGEST else ""))
        if self.boolean:
            found.append("`true` or `false`")
        if self.words:
            found.append(("one of " if len(self.words) > 1 else "") + ", ".join(f"`{word}`" for word in self.words))
        if self.pattern:
            found.append(self.pattern[1])
        if self.text:
            found.append("text")
        if self.pair:
            found.append("a pair `[low, high]`")
        if self.null:
            found.append("null")
        return found

    def flat(self) -> JsonSchema:
        """Write the schema without words."""
        kinds: list[str] = []
        rest: JsonSchema = {}
        if self.number:
            kinds.append("number")
            above, most = self.number
            rest |= {"exclusiveMinimum": above} if above > -LARGEST else {"minimum": above}
            rest["maximum"] = most
        elif self.integer:
            kinds.append("integer")
            rest |= {"minimum": self.integer[0], "maximum": self.integer[1]}
        if self.boolean:
            kinds.append("boolean")
        patterns = [f"^(?:{'|'.join(self.words)}){END}"] if self.words else []
        if self.pattern:
            patterns.append(self.pattern[0])
        if self.text:
            kinds.append("string")
            rest |= {"minLength": 1, "maxLength": self.text}
        elif patterns or self.expression:
            kinds.append("string")
            rest["pattern"] = "|".join([*patterns, EXPRESSION] if self.expression else patterns)
        if self.words:
            # What editors offer; they cannot read the words from the pattern.
            rest["defaultSnippets"] = [{"label": word, "body": word} for word in self.words]
        if self.null:
            kinds.append("null")
        if self.pair:
            kinds.append("array")
            rest |= {"minItems": 2, "maxItems": 2, "items": self.pair.flat()}
        return {"type": kinds if len(kinds) > 1 else kinds[0], **rest}

    def schema(self, subject: str) -> JsonSchema:
        """Write the schema of one value; `subject` begins the sentence that says what is expected: "`stride`"."""
        flat = self.flat()
        if self.pair:
            flat["items"]["errorMessage"] = (
                f"each number of a pair of {subject.removeprefix('each entry of ')} must be {_either(self.pair.phrases())}"
            )
        return {**flat, "errorMessage": f"{subject} must be {_either(self.phrases())}"}

    def per_axis_schema(self, subject: str) -> JsonSchema:
        """Write the schema of one value for all axes, or a list with one per axis; pairs stand in the list only."""
        scalar = self._replace(pair=None)
        flat = scalar.flat()
        kind = flat.pop("type")
        listed = f"a list with one entry{' or one pair `[low, high]`' if self.pair else ''} per axis"
        return {
            "type": [*([kind] if isinstance(kind, str) else kind), "array"],
            **flat,
            "minItems": 1,
            "maxItems": 3,
            **entries(self.schema(f"each entry of {subject}")),
            "errorMessage": f"{subject} must be {_either([*scalar.phrases(), listed])}",
        }


def entries(items: JsonSchema) -> JsonSchema:
    """Say what the entries are where the value may be a list; `items` outright makes editors begin a list."""
    return {"if": {"type": "array"}, "then": {"items": items}}


def _either(phrases: list[str]) -> str:
    return " or ".join(phrases) if len(phrases) < 3 else f"{', '.join(phrases[:-1])}, or {phrases[-1]}"


def read_value(schema: Mapping[str, Any]) -> Value:
    """Read the JSON Schema of a field in the ops table; raise ValueError for what cannot be told apart by its type."""
    value = Value()
    for part in schema.get("anyOf", [schema]):
        kind = part.get("type", "string" if "enum" in part else None)
        if kind == "integer":
            value = value._replace(integer=(part.get("minimum", -LARGEST), part.get("maximum", LARGEST)))
        elif kind == "number":
            value = value._replace(number=(part.get("exclusiveMinimum", -LARGEST), part.get("maximum", LARGEST)))
        elif kind == "boolean":
            value = value._replace(boolean=True)
        elif kind == "null":
            value = value._replace(null=True)
        elif "enum" in part and all(isinstance(word, str) for word in part["enum"]):
            value = value._replace(words=tuple(part["enum"]))
        elif kind == "string" and "pattern" in part:
            value = value._replace(pattern=(part["pattern"].removesuffix("$") + END, part.get("description", "a fraction such as `3/2`")))
        elif kind == "string":
            value = value._replace(text=part.get("maxLength", LONGEST_TEXT))
        elif kind == "array" and len(part.get("prefixItems", ())) == 2 and part["prefixItems"][0] == part["prefixItems"][1]:
            value = value._replace(pair=read_value(part["prefixItems"][0]))
        else:
            raise ValueError(f"a field schema that the published schema cannot say flatly: {json.dumps(part)}")
    if value.number and value.integer and not value.number[0] < value.integer[0] <= value.integer[1] <= value.number[1]:
        raise ValueError("integers of a field that are no numbers of it")
    return value


def with_expressions(value: Value) -> Value:
    """Allow `${…}` for the value and inside a pair."""
    return value._replace(expression=value.text == 0, pair=with_expressions(value.pair) if value.pair else None)


def field_schema(field: FieldSpec) -> JsonSchema:
    """Write the published schema of a field of an op."""
    value = with_expressions(read_value(field.schema))
    subject = f"`{field.name}`"
    default = ""
    if field.default:
        default = f" Default: {field.default}." if " " in field.default else f" Default: `{field.default}`."
    schema: JsonSchema = {"title": field.name, "description": field.doc + default}
    schema |= value.per_axis_schema(subject) if field.per_axis else value.schema(subject)
    if field.default and (literal := _literal(field.default, value)) is not None:
        schema["default"] = literal
    if field.examples:
        schema["examples"] = list(field.examples)
    return schema


def _literal(text: str, value: Value) -> object:
    """Read the default as a value, None where its words only describe it."""
    if text in value.words:
        return text
    try:
        found: object = json.loads(text)
    except ValueError:
        return None
    return found
