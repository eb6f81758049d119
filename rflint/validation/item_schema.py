"""Schemas of what may stand in a list of layers, from the ops table.

The shape serves editors and messages: what an item may hold depends on a key that is there (`op`, `use`, `branches`,
`join`), by if/then, and each branch lists its fields in full, so that a misspelt field of `conv` is an unknown field
of `conv` and completion offers the fields of `conv`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from rflint.algebra import LARGEST
from rflint.model import KIND_KEYS, FieldSpec, Op
from rflint.validation.parts import IDENTIFIER, key_of, listed, mapping, named, ref, reference, remark, rule
from rflint.validation.values import END, EXPRESSION, LONGEST_TEXT, NAME, JsonSchema, Value, entries, field_schema

#: Words that an expression reads as its own, and the two that it is given, as a pattern.
_RESERVED: Final = (
    "False|None|True|and|as|assert|async|await|break|class|continue|count|def|del|elif|else|except|false|finally|for|from|global|if|import|in|"
    "index|is|lambda|len|max|min|nonlocal|not|null|or|pass|raise|return|true|try|while|with|yield"
)


class _Fields:
    """Definitions of the ops' fields, each written once; fields of one name that differ are told apart by their first op."""

    def __init__(self) -> None:
        self.definitions: dict[str, JsonSchema] = {}
        #: By identity of the field: many ops share one.
        self._schemas: dict[int, tuple[JsonSchema, str]] = {}

    def properties(self, op: Op) -> JsonSchema:
        """Refer to the definitions of an op's fields."""
        return {field.name: ref(self._define(field, op.name)) for field in op.fields}

    def grouped(self, ops: Iterable[Op], prefix: str) -> dict[str, list[Op]]:
        """Let ops with the same fields share a branch, named after the first."""
        found: dict[str, list[Op]] = {}
        by_fields: dict[tuple[str, ...], str] = {}
        for op in ops:
            fields = tuple(self._schema(field)[1] for field in op.fields)
            found.setdefault(by_fields.setdefault(fields, f"{prefix}-{op.name}"), []).append(op)
        return found

    def _schema(self, field: FieldSpec) -> tuple[JsonSchema, str]:
        """Schema of a field, and its text to compare by."""
        if (known := self._schemas.get(id(field))) is None:
            schema = field_schema(field)
            known = self._schemas[id(field)] = schema, json.dumps(schema)
        return known

    def _define(self, field: FieldSpec, op: str) -> str:
        schema, _ = self._schema(field)
        if alike := [name for name, known in self.definitions.items() if known is schema or known == schema]:
            return alike[0]
        name = f"field-{field.name}" if f"field-{field.name}" not in self.definitions else f"field-{field.name}-{op}"
        self.definitions[name] = schema
        return name


def _chosen_by(key: str, branches: Mapping[str, list[str]]) -> list[JsonSchema]:
    """One if/then for each branch: definition name -> values of the key that choose it."""
    return [{"if": {"required": [key], "properties": {key: {"enum": values}}}, "then": ref(name)} for name, values in branches.items()]


def _op_names(subject: str, description: str, ops: Iterable[Op]) -> JsonSchema:
    ops = list(ops)
    return {
        "description": description,
        "type": "string",
        "enum": [op.name for op in ops],
        "markdownEnumDescriptions": [op.doc for op in ops],
        "errorMessage": f"{subject} must be the name of an op",
    }


def item_definitions(ops: Iterable[Op]) -> JsonSchema:
    """Define what may stand in a list of layers."""
    ops = list(ops)
    merging = [op for op in ops if op.merges]
    fields = _Fields()
    common = {name: ref(f"item-{name}") for name in ("name", "from", "repeat", "when", "ignore", "description")}
    layers = fields.grouped(ops, "layer")
    joins = fields.grouped(merging, "join")
    branches_own = {"branches": ref("item-branches"), "join": ref("item-join")}
    definitions: JsonSchema = {
        "item": {
            "description": "One layer (`op`), a use of a block (`use`), or parallel paths (`branches`).",
            "type": "object",
            # With its type, or an editor takes an item that is still empty for all of the branches at once.
            "if": {"type": "object", "required": ["op"]},
            "then": ref("layer"),
            "else": {
                "if": {"type": "object", "required": ["use"]},
                "then": ref("use"),
                "else": {"if": {"type": "object", "required": ["branches"]}, "then": ref("branches"), "else": ref("undecided")},
            },
            "errorMessage": "an item of `layers` must be a mapping such as `{op: conv, kernel: 3}`",
        },
        "undecided": {
            "title": "item",
            "properties": {"op": ref("item-op"), "use": ref("item-use"), "branches": ref("item-branches"), **common},
            "required": ["op"],
            "errorMessage": "an item must have one of `op`, `use` and `branches`",
        },
        "layer": {
            "properties": {"op": ref("item-op")},
            "allOf": _chosen_by("op", {name: [op.name for op in group] for name, group in layers.items()}),
        },
        **{
            name: {"properties": {"op": True, **common, **fields.properties(group[0])}, "additionalProperties": False}
            for name, group in layers.items()
        },
        "use": {"properties": {"use": ref("item-use"), "with": ref("item-with"), **common}, "additionalProperties": False},
        "branches": {
            "properties": branches_own,
            "required": ["join"],
            "errorMessage": "an item with `branches` must have `join`, the op that merges them",
            "allOf": _chosen_by("join", {name: [op.name for op in group] for name, group in joins.items()}),
        },
        **{
            name: {
                "properties": {**dict.fromkeys(branches_own, True), **common, **fields.properties(group[0])},
                "additionalProperties": False,
            }
            for name, group in joins.items()
        },
        "item-op": _op_names("`op`", "What the layer computes.", ops),
        "item-use": reference("`use`", "Name of a block of this file or of an imported one."),
        "item-with": {
            "description": "Parameters of the block: a mapping, or a list of mappings for a chain of instances, one each.",
            "type": ["object", "array"],
            "propertyNames": ref("parameter-name"),
            "additionalProperties": ref("argument"),
            "minItems": 1,
            **entries(
                {
                    "type": "object",
                    "propertyNames": ref("parameter-name"),
                    "additionalProperties": ref("argument"),
                    "errorMessage": "each row of `with` must be a mapping of parameters",
                }
            ),
            "errorMessage": "`with` must be a mapping of parameters, or a list of such mappings",
        },
        "item-branches": named(
            "`branches`",
            "Parallel paths by name, each a list of layers that starts at this item's input; an empty list is the identity.",
            key_of("branch", "the name of a branch"),
            listed("a branch", "Layers of one path.", ref("item"), "layers", least=0),
        ),
        "item-join": _op_names("`join`", "The op that merges the branches; its fields stand beside it.", merging),
        "item-name": {
            "description": "Name of the layer; by default its op (or block) and place, `relu_2`.",
            "type": "string",
            "pattern": f"{NAME}|{EXPRESSION}",
            "errorMessage": "`name` must be printable text without `*` and without spaces at its ends",
        },
        "item-from": {
            "description": "What it reads: a layer, an input, or several. Default: the item before. `stack/*/skip` names all copies.",
            "type": ["string", "array"],
            "minLength": 1,
            "maxLength": LONGEST_TEXT,
            "minItems": 1,
            **entries(reference("each entry of `from`", "Name of a layer or input.")),
            "errorMessage": "`from` must be the name of a layer or input, or a list of such names",
        },
        "item-repeat": {
            "description": "How many copies, one feeding the next. `index` and `count` can stand in the expressions of the item.",
            **Value(integer=(0, LARGEST), expression=True).schema("`repeat`"),
            "examples": [2],
        },
        "item-when": {
            "description": "Whether the item is there; if not, it passes its first input on.",
            **Value(boolean=True, expression=True).schema("`when`"),
        },
        "item-ignore": _ignore("`ignore`", "Rules, by code or name, that are not reported here."),
        "item-description": remark(),
        "parameter-name": {
            "title": "parameter",
            "pattern": f"^(?!(?:{_RESERVED}){END}){IDENTIFIER}{END}",
            "errorMessage": "the name of a parameter must be an identifier such as `mid`, and none that expressions reserve",
        },
        "argument": {
            "description": "A number, a truth value, text, or a list of such.",
            "type": ["boolean", "number", "string", "array", "null"],
            "minimum": -(10**15),
            "maximum": 10**15,
            "maxLength": LONGEST_TEXT,
            "items": ref("argument"),
            "errorMessage": "a parameter must be a number, `true` or `false`, text, null, or a list of such",
        },
    }
    shared = fields.grouped(ops, "defaults")
    for name, group in shared.items():
        definitions[name] = mapping(
            "defaults of an op", "Fields laid under every layer of the op in this file.", fields.properties(group[0])
        )
    by_op = {op.name: ref(name) for name, group in shared.items() for op in group}
    definitions["defaults"] = mapping("defaults", "Fields laid under every layer of an op in this file, by op.", by_op)
    for name in (*common, *KIND_KEYS):
        definitions[f"item-{name}"] = {"title": name, **definitions[f"item-{name}"]}
    return {**definitions, **dict(sorted(fields.definitions.items()))}


def _ignore(subject: str, description: str) -> JsonSchema:
    return listed(subject, description, rule(f"each entry of {subject}"), "rules, such as `[RF301]`", unique=True)
