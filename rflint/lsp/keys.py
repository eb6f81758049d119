"""What may stand in the mappings of a spec: their keys, what these mean, and the words that they take.

All of it is read from the ops table and from the schema, so that an op of a plug-in is known here as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rflint.lsp.names import item_around
from rflint.lsp.tree import Node
from rflint.model import COMMON_KEYS, ITEM_KINDS, SEVERITIES, DataPath, FieldSpec, Op
from rflint.validation.vocabulary import Vocabulary

_TRUTH: Final = ("true", "false")


class Key(NamedTuple):
    """A key that a mapping may have."""

    name: str
    #: Sentences with code spans.
    doc: str
    #: Few words beside the name: `required`, the default.
    detail: str = ""
    #: Words that its value, or an entry of its value, may be.
    words: tuple[str, ...] = ()


class Keys:
    """The keys of specs in one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary: Final = vocabulary
        self._schema: Mapping[str, Any] = vocabulary.schema.compiled.schema

    def of(self, path: DataPath, root: Node) -> Mapping[str, Key]:
        """Return the keys that the mapping at a path may have; of one whose keys the user chooses, none."""
        if item_around(path) == path:
            node = root.at(path)
            return self._item(node)
        match path:
            case ():
                return self._properties(self._schema)
            case ("inputs" | "blocks" as section, _):
                return self._properties(self._definition(section[:-1]))
            case ("targets", int()):
                return self._properties(self._definition("target"))
            case ("expect", _):
                return self._properties(self._definition("facts"))
            case ("defaults",):
                return {op.name: Key(op.name, op.doc, op.group) for op in self.vocabulary.ops.values()}
            case ("defaults", str() as name) if name in self.vocabulary.ops:
                return {field.name: field_key(field) for field in self.vocabulary.ops[name].fields}
            case ("rules",):
                settable = self._schema["properties"]["rules"]["properties"]
                rules = (rule for rule in self.vocabulary.rules if rule.code in settable)
                return {rule.code: Key(rule.code, rule.summary, rule.name, SEVERITIES) for rule in rules}
        return {}

    def words(self, path: DataPath, root: Node) -> tuple[str, ...]:
        """Return the words that the value at a path may be."""
        while path and isinstance(path[-1], int):
            path = path[:-1]
        key = self.of(path[:-1], root).get(str(path[-1])) if path else None
        return key.words if key is not None else ()

    def _item(self, node: Node | None) -> Mapping[str, Key]:
        """Keys of an item of layers, as far as it is known what it is."""
        own = [key for key in ITEM_KINDS if node is not None and node.get(key) is not None]
        kinds = own[:1] or list(ITEM_KINDS)
        keys = {"name": self._item_key("name"), **{kind: self._item_key(kind) for kind in kinds}}
        if kinds == ["use"]:
            keys["with"] = self._item_key("with")
        if kinds == ["branches"]:
            keys["join"] = self._item_key("join", "required")
        chosen = node.get("op" if kinds == ["op"] else "join") if node is not None and kinds != ["use"] else None
        op = self.vocabulary.ops.get(chosen.text or "") if chosen is not None else None
        if op is not None:
            keys |= {field.name: field_key(field, op) for field in sorted(op.fields, key=lambda field: field.name not in op.required)}
        return keys | {name: self._item_key(name) for name in COMMON_KEYS}

    def _item_key(self, name: str, detail: str = "") -> Key:
        return self._key(name, self._definition(f"item-{name}"), detail)

    def _definition(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._schema["$defs"][name]
        return found

    def _properties(self, schema: Mapping[str, Any]) -> Mapping[str, Key]:
        required = schema.get("required", ())
        return {name: self._key(name, each, "required" if name in required else "") for name, each in schema["properties"].items()}

    def _key(self, name: str, schema: Mapping[str, Any], detail: str) -> Key:
        if (reference := schema.get("$ref")) is not None:
            schema = {**self._definition(reference.removeprefix("#/$defs/")), **schema}
        return Key(name, schema.get("description", ""), detail, _words(schema))


def field_key(field: FieldSpec, op: Op | None = None) -> Key:
    """Describe a field of an op."""
    detail = f"default: {field.default}" if field.default else ""
    if op is not None and field.name in op.required:
        detail = "required"
    elif op is not None and field.name in op.one_of:
        detail = f"one of {', '.join(op.one_of)}"
    return Key(field.name, field.doc, detail, _words(field.schema))


def _words(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Collect the words that a schema takes."""
    found = [word for part in schema.get("anyOf", ()) for word in _words(part)]
    found += [word for word in schema.get("enum", ()) if isinstance(word, str)]
    kinds = schema.get("type", ())
    if "boolean" in ([kinds] if isinstance(kinds, str) else kinds):
        found += _TRUTH
    return tuple(dict.fromkeys(found)) + ((str(schema["const"]),) if "const" in schema else ())
