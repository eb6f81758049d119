"""Parts that the published schemas are put together from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rflint.model import SEVERITIES
from rflint.validation.values import END, LONGEST_TEXT, NAME, JsonSchema, Value

IDENTIFIER: Final = "[A-Za-z_][A-Za-z0-9_]*"


def ref(name: str) -> JsonSchema:
    """Refer to a definition of the same schema."""
    return {"$ref": f"#/$defs/{name}"}


def text(subject: str, description: str, limit: int = LONGEST_TEXT) -> JsonSchema:
    """Text that is not empty."""
    return {"description": description, **Value(text=limit).schema(subject)}


def remark() -> JsonSchema:
    """Free text for the reader."""
    return {"description": "Free text.", "type": "string", "errorMessage": "`description` must be text"}


def reference(subject: str, description: str) -> JsonSchema:
    """Name something that is defined elsewhere; whether it exists is not the schema's business."""
    return text(subject, description, 1_000)


def mapping(title: str, description: str, properties: JsonSchema, required: Iterable[str] = ()) -> JsonSchema:
    """Allow known keys only; `title`, with its article, is what messages call the mapping."""
    # Without a title of its own a field has that of the mapping on hover.
    entitled = {name: part if "$ref" in part else {"title": name, **part} for name, part in properties.items()}
    schema: JsonSchema = {"title": title, "description": description, "type": "object", "properties": entitled}
    if needed := list(required):
        schema["required"] = needed
    return {**schema, "additionalProperties": False}


def named(subject: str, description: str, key: JsonSchema, value: JsonSchema, least: int = 1) -> JsonSchema:
    """Map names that the user chooses."""
    return {
        "description": description,
        "type": "object",
        "minProperties": least,
        "propertyNames": key,
        "additionalProperties": value,
        "errorMessage": f"{subject} must be a mapping from names{' with at least one entry' if least else ''}",
    }


def listed(subject: str, description: str, items: JsonSchema, what: str, *, least: int = 1, unique: bool = False) -> JsonSchema:
    """List `what`."""
    return {
        "description": description,
        "type": "array",
        "items": items,
        **({"minItems": least} if least else {}),
        **({"uniqueItems": True} if unique else {}),
        "errorMessage": f"{subject} must be a list of {what}",
    }


def key_of(title: str, what: str) -> JsonSchema:
    """Name a thing that others refer to."""
    return {"title": title, "pattern": NAME, "errorMessage": f"{what} must be printable text without `*` and without spaces at its ends"}


def one_severity(subject: str) -> JsonSchema:
    """Say how severe findings of a rule are."""
    return {
        "description": "`off`, `info`, `warning` or `error` (`false`, as YAML 1.1 reads `off`, is accepted).",
        "enum": [*SEVERITIES, False],
        "errorMessage": f"{subject} must be one of {', '.join(f'`{word}`' for word in SEVERITIES)}",
    }


def rule(subject: str) -> JsonSchema:
    """Name a rule; plug-ins bring their own, so any code or name will do here."""
    return {
        "description": "Code or name of a rule.",
        "type": "string",
        "pattern": f"^[A-Za-z][A-Za-z0-9_-]*{END}",
        "errorMessage": f"{subject} must be the code or name of a rule, such as `RF301`",
    }
