"""Whether a document has the structure of a spec: the published schema, compiled, and words for what it refuses.

A document that is as it should be costs a pass of closures (`rflint.fastcheck`).  One that is not is handed to
jsonschema, whose verdict counts and whose errors become findings (`rflint.schema_findings`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from rflint.fastcheck import Check, Compiled
from rflint.ops import OPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rflint.diagnostics import DataPath, Finding
    from rflint.document import Document

#: The published schemas: `schemas/rflint-<kind>.v1.schema.json`.
Kind = Literal["spec", "report", "config"]
KINDS: Final[tuple[Kind, ...]] = ("spec", "report", "config")


@dataclass(frozen=True, slots=True)
class SchemaResult:
    """The verdict on one document; no findings: it is a spec as far as the schema can tell."""

    findings: tuple[Finding, ...]
    #: Paths of the values that cannot be used: of a wrong type, beyond their bounds, under an unknown key.  Where
    #: something is missing, the path of the mapping that lacks it.  What has no such path above or below it is sound.
    bad: frozenset[DataPath]


class Loaded(NamedTuple):
    """The schema of a spec, as data and compiled."""

    schema: Mapping[str, Any]
    compiled: Compiled


_CLEAN: Final = SchemaResult((), frozenset())


def schema_text(kind: Kind) -> str:
    """Return a published schema, as the text of its file."""
    # A package of data without a place in this source tree: the build maps the folder `schemas` to it.
    return (Path(import_module("rflint.schemas").__path__[0]) / f"rflint-{kind}.v1.schema.json").read_text("utf-8")


def check(document: Document) -> SchemaResult:
    """Check the structure of a document: findings RF002 and RF003, and what must not be used."""
    loaded = _spec()
    if loaded.compiled.accepts(document.data):
        return _CLEAN
    from rflint.schema_findings import explain  # noqa: PLC0415 - start-up: brings jsonschema

    findings, bad = explain(document, loaded.schema, loaded.compiled)
    return SchemaResult(tuple(findings), frozenset(bad))


def check_field(op: str, field: str, value: object, axes: tuple[str, ...]) -> str | None:
    """Say what is wrong with a field's value once `${…}` is evaluated and the axes are known; None: nothing.

    `op` and `field` are names that the schema knows.
    """
    accepts, per_axis, may_be_text = _field(op, field)
    if not accepts(value) or (not may_be_text and _holds_expression(value)):
        from rflint.schema_findings import explain_field  # noqa: PLC0415 - start-up: brings jsonschema

        loaded = _spec()
        if message := explain_field(op, field, value, loaded.schema, loaded.compiled):
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


class _Field(NamedTuple):
    accepts: Check
    per_axis: bool
    #: Any text is a value of it: a `${` in it after evaluation is a `${`.
    may_be_text: bool


@lru_cache(maxsize=1_024)
def _field(op: str, field: str) -> _Field:
    loaded = _spec()
    part = field_part(loaded.schema, op, field)
    per_axis = any(known.per_axis for known in OPS[op].fields if known.name == field)
    return _Field(loaded.compiled.part(part), per_axis, "pattern" not in part)


def field_part(schema: Mapping[str, Any], op: str, field: str) -> Mapping[str, Any]:
    """Find the part of the schema of a spec that says what a field of an op may be."""
    definitions = schema["$defs"]
    (branch,) = (part["then"] for part in definitions["layer"]["allOf"] if op in part["if"]["properties"]["op"]["enum"])
    part: Mapping[str, Any] = definitions[branch["$ref"].removeprefix("#/$defs/")]["properties"][field]
    return definitions[part["$ref"].removeprefix("#/$defs/")] if "$ref" in part else part


@lru_cache(maxsize=1)
def _spec() -> Loaded:
    schema = json.loads(schema_text("spec"))
    return Loaded(schema, Compiled(schema))
