"""Whether a document has the structure of a spec: the published schema, compiled, and words for what it refuses.

A document that is as it should be costs a pass of closures (`rflint.validation.fastcheck`).  One that is not is handed to
jsonschema, whose verdict counts and whose errors become findings (`rflint.validation.findings`).
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rflint.model import DataPath, Finding, Op, RuleEntry
from rflint.ops import OPS
from rflint.reading.document import Document
from rflint.resources import schema_text
from rflint.validation.fastcheck import Check, Compiled, field_part
from rflint.words import counted


class SchemaResult(NamedTuple):
    """The verdict on one document; no findings: it is a spec as far as the schema can tell."""

    findings: tuple[Finding, ...]
    #: Paths of the values that cannot be used: of a wrong type, beyond their bounds, under an unknown key.  Where
    #: something is missing, the path of the mapping that lacks it.  What has no such path above or below it is sound.
    bad: frozenset[DataPath]


_CLEAN: Final = SchemaResult((), frozenset())


class SpecSchema:
    """A table of ops, and the schema of the specs that use them.

    It is the published one for the ops of rflint, and made in the same way for others; `rules` (None: published) are those
    whose names it offers to editors.
    """

    def __init__(self, ops: Mapping[str, Op], rules: tuple[RuleEntry, ...] | None = None) -> None:
        self.ops: Final = ops
        self._rules = rules
        self._compiled: Compiled | None = None
        self._fields: dict[tuple[str, str], tuple[Check, bool, bool]] = {}

    def __reduce__(self) -> str | tuple[object, ...]:
        """Pickle what it is made of, not what is compiled; the published one by its name."""
        return "PUBLISHED" if self._rules is None else (SpecSchema, (self.ops, self._rules))

    @property
    def compiled(self) -> Compiled:
        """The schema, compiled; made when it is first needed."""
        if self._compiled is None:
            self._compiled = Compiled(json.loads(schema_text("spec")) if self._rules is None else self._built(self._rules))
        return self._compiled

    def _built(self, rules: tuple[RuleEntry, ...]) -> Mapping[str, Any]:
        from rflint.validation.build import spec_schema  # noqa: PLC0415 - start-up: only where there are more ops than those of rflint

        return spec_schema(self.ops.values(), [rule.load() for rule in rules])

    def check(self, document: Document) -> SchemaResult:
        """Check the structure of a document: findings RF002 and RF003, and what must not be used."""
        compiled = self.compiled
        if compiled.accepts(document.data):
            return _CLEAN
        from rflint.validation.findings import explain  # noqa: PLC0415 - start-up: brings jsonschema

        findings, bad = explain(document, compiled)
        return SchemaResult(tuple(findings), frozenset(bad))

    def check_field(self, op: str, field: str, value: object, axes: tuple[str, ...] = ()) -> str | None:
        """Say what is wrong with a field's value once `${…}` is evaluated and the axes are known; None: nothing.

        `op` and `field` are names that the schema knows; without `axes` lists may be of any length that it allows.
        """
        if (known := self._fields.get((op, field))) is None:
            known = self._fields[op, field] = self._field(op, field)
        accepts, per_axis, may_be_text = known
        if not accepts(value) or (not may_be_text and _holds_expression(value)):
            from rflint.validation.findings import explain_field  # noqa: PLC0415 - start-up: brings jsonschema

            if message := explain_field(op, field, value, self.compiled):
                return message
        if axes and per_axis and type(value) is list and len(value) != len(axes):
            return wrong_length(field, len(value), axes)
        return None

    def _field(self, op: str, field: str) -> tuple[Check, bool, bool]:
        """Check of a field; whether it may be a list per axis; whether it may be any text, so that a `${` is but a `${`."""
        compiled = self.compiled
        part = field_part(compiled.schema, op, field)
        per_axis = any(known.per_axis for known in self.ops[op].fields if known.name == field)
        return compiled.part(part), per_axis, "pattern" not in part


#: The ops of rflint and the schema that is published for them.
PUBLISHED: Final = SpecSchema(OPS)


def check(document: Document) -> SchemaResult:
    """Check the structure of a document against the published schema."""
    return PUBLISHED.check(document)


def wrong_length(field: str, length: int, axes: tuple[str, ...]) -> str:
    """Say that a list has not one entry for each axis."""
    has, wanted = counted(length, "entry", "entries"), counted(len(axes), "axis", "axes")
    return f"`{field}` has {has}, but the spec has {wanted} ({', '.join(axes)})"


def _holds_expression(value: object) -> bool:
    return any(map(_holds_expression, value)) if type(value) is list else type(value) is str and "${" in value
