"""Shapes that the published schemas of what rflint prints are made of."""

from __future__ import annotations

from typing import Final

from rflint.validation.values import BASE, DRAFT, JsonSchema

#: Why a value does not exist.
REASONS: Final = ("global", "position-dependent", "size-dependent", "unknown-op", "empty-phase", "misaligned", "beyond-limits")

TEXT: Final[JsonSchema] = {"type": "string"}
#: Whole numbers; beyond 2^53, which readers that keep numbers as binary64 would round, they are texts.
WHOLE: Final[JsonSchema] = {"type": ["integer", "string"], "pattern": "^-?[0-9]{16,}$"}
INTEGER: Final[JsonSchema] = {**WHOLE, "type": ["integer", "string", "null"]}
#: Whole numbers where they are, and then like those.
STRIDE: Final[JsonSchema] = {**WHOLE, "type": ["number", "string", "null"]}
NUMBER: Final[JsonSchema] = {"type": ["number", "null"]}
BOOLEAN: Final[JsonSchema] = {"type": "boolean"}
COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}
PLACE: Final[JsonSchema] = {"type": "integer", "minimum": 1}
#: A place in the text; null of a model, which has none.
PLACE_OR_NONE: Final[JsonSchema] = {"type": ["integer", "null"], "minimum": 1}
RATIONAL: Final[JsonSchema] = {"type": ["string", "null"], "pattern": "^-?[0-9]+(?:/[1-9][0-9]*)?$"}


def about(description: str, schema: JsonSchema) -> JsonSchema:
    """A schema with a description."""
    return {"description": description, **schema}


def listed(description: str, items: JsonSchema) -> JsonSchema:
    """A list of any length."""
    return {"description": description, "type": "array", "items": items}


def per_axis(description: str, items: JsonSchema) -> JsonSchema:
    """One entry per axis."""
    return {**listed(f"{description} Per axis.", items), "minItems": 1, "maxItems": 3}


def by_name(description: str, values: JsonSchema) -> JsonSchema:
    """An object with names of the user's as keys."""
    return {"description": description, "type": "object", "additionalProperties": values}


def ref(name: str) -> JsonSchema:
    """One of the definitions of this schema."""
    return {"$ref": f"#/$defs/{name}"}


def published(command: str, root: JsonSchema, **definitions: JsonSchema) -> JsonSchema:
    """The published schema of what a command prints as JSON, `rflint-<command>.v1`, with the definitions that it refers to."""
    head = {"$schema": DRAFT, "$id": f"{BASE}rflint-{command}.v1.schema.json", "title": f"rflint {command}"}
    return {**head, **root, **({"$defs": definitions} if definitions else {})}


def record(description: str, properties: JsonSchema, optional: tuple[str, ...] = ()) -> JsonSchema:
    """An object with these properties and no others."""
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
