"""Whether a document has the structure of a spec: the published schema, compiled, and words for what it refuses.

A document that is as it should be costs a pass of closures (`rflint.validation.fastcheck`).  One that is not is handed to
jsonschema, whose verdict counts and whose errors become findings (`rflint.validation.findings`).
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from rflint.ops import OPS
from rflint.resources import folder
from rflint.validation.fastcheck import Check, Compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rflint.diagnostics import DataPath, Finding
    from rflint.reading.document import Document

#: The published schemas: `schemas/rflint-<kind>.v1.schema.json`.
Kind = Literal["spec", "report", "config"]
KINDS: Final[tuple[Kind, ...]] = ("spec", "report", "config")


class SchemaResult(NamedTuple):
    """The verdict on one document; no findings: it is a spec as far as the schema can tell."""

    findings: tuple[Finding, ...]
    #: Paths of the values that cannot be used: of a wrong type, beyond their bounds, under an unknown key.  Where
    #: something is missing, the path of the mapping that lacks it.  What has no such path above or below it is sound.
    bad: frozenset[DataPath]


_CLEAN: Final = SchemaResult((), frozenset())


def schema_text(kind: Kind) -> str:
    """Return a published schema, as the text of its file."""
    with open(os.path.join(folder("schemas"), f"rflint-{kind}.v1.schema.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123 - start-up
        return file.read()


def check(document: Document) -> SchemaResult:
    """Check the structure of a document: findings RF002 and RF003, and what must not be used."""
    compiled = _spec()
    if compiled.accepts(document.data):
        return _CLEAN
    from rflint.validation.findings import explain  # noqa: PLC0415 - start-up: brings jsonschema

    findings, bad = explain(document, compiled)
    return SchemaResult(tuple(findings), frozenset(bad))


def check_field(op: str, field: str, value: object, axes: tuple[str, ...]) -> str | None:
    """Say what is wrong with a field's value once `${…}` is evaluated and the axes are known; None: nothing.

    `op` and `field` are names that the schema knows.
    """
    accepts, per_axis, may_be_text = _field(op, field)
    if not accepts(value) or (not may_be_text and _holds_expression(value)):
        from rflint.validation.findings import explain_field  # noqa: PLC0415 - start-up: brings jsonschema

        if message := explain_field(op, field, value, _spec()):
            return message
    if per_axis and type(value) is list and len(value) != len(axes):
        return _wrong_length(field, len(value), axes)
    return None


def _wrong_length(field: str, length: int, axes: tuple[str, ...]) -> str:
    entries = f"{length} entr{'y' if length == 1 else 'ies'}"
    return f"`{field}` has {entries}, but the spec has {len(axes)} ax{'is' if len(axes) == 1 else 'es'} ({', '.join(axes)})"


def _holds_expression(value: object) -> bool:
    if type(value) is list:
        return any(map(_holds_expression, value))
    return type(value) is str and "${" in value


@lru_cache(maxsize=1_024)
def _field(op: str, field: str) -> tuple[Check, bool, bool]:
    """Check of a field; whether it may be a list per axis; whether it may be any text, so that a `${` is but a `${`."""
    compiled = _spec()
    part = field_part(compiled.schema, op, field)
    per_axis = any(known.per_axis for known in OPS[op].fields if known.name == field)
    return compiled.part(part), per_axis, "pattern" not in part


def field_part(schema: Mapping[str, Any], op: str, field: str) -> Mapping[str, Any]:
    """Find the part of the schema of a spec that says what a field of an op may be."""
    definitions = schema["$defs"]
    (branch,) = (part["then"] for part in definitions["layer"]["allOf"] if op in part["if"]["properties"]["op"]["enum"])
    part: Mapping[str, Any] = definitions[branch["$ref"].removeprefix("#/$defs/")]["properties"][field]
    return definitions[part["$ref"].removeprefix("#/$defs/")] if "$ref" in part else part


@lru_cache(maxsize=1)
def _spec() -> Compiled:
    return Compiled(json.loads(schema_text("spec")))
