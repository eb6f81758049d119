"""Compile a JSON Schema into closures that say yes or no: the clean path of `rflint.validation.schema`.

Only the keywords that the published schemas use are known; any other is an error at compile time, so that the two
verdicts cannot drift apart in silence.  Each part is compiled when a value first needs it: a spec with four ops pays
for four.  Plain data only: `dict`, `list`, `str`, `int`, `float`, `bool`, None, keys that are strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

Check = Callable[[Any], bool]
Schema = Mapping[str, Any]

#: Keywords that say nothing about validity.
_ANNOTATIONS: Final = frozenset(
    (
        *("$schema", "$id", "$comment", "$defs", "title", "description", "default", "examples"),
        # What editors add to JSON Schema.
        *("errorMessage", "markdownEnumDescriptions", "defaultSnippets"),
    )
)
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    # JSON has one kind of number; a spec that says 1.0 where a count belongs is told so.
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_OF_TYPE: Final[Mapping[type, frozenset[str]]] = {
    dict: frozenset(("properties", "required", "additionalProperties", "propertyNames", "minProperties")),
    list: frozenset(("items", "minItems", "maxItems", "uniqueItems")),
    str: frozenset(("pattern", "minLength", "maxLength")),
    int: frozenset(("minimum", "maximum", "exclusiveMinimum")),
}
_GENERAL: Final = frozenset(("type", "enum", "const", "$ref", "if", "then", "else", "allOf"))
_KNOWN: Final = _ANNOTATIONS.union(_GENERAL, *_OF_TYPE.values())
#: What a schema whose value may be a list has its `items` under.
_A_LIST: Final = {"type": "array"}
#: Texts remembered per pattern: names repeat, but not for ever.
_REMEMBERED: Final = 4_096


def _always(_value: object) -> bool:
    return True


def _never(_value: object) -> bool:
    return False


class Compiled:
    """A schema, compiled as far as it was needed."""

    def __init__(self, schema: Schema) -> None:
        self.schema: Final = schema
        self._definitions: Schema = schema.get("$defs", {})
        self._ready: dict[str, Check] = {}
        #: By identity of the part: the schema outlives its compilation.
        self._parts: dict[int, Check] = {}
        #: The verdict of the whole schema.
        self.accepts: Check = self.compile(schema)

    def definition(self, name: str) -> Check:
        """Return the check of `#/$defs/name`."""
        if (ready := self._ready.get(name)) is None:
            ready = self._ready[name] = self.compile(self._definitions[name])
        return ready

    def part(self, schema: Schema | bool) -> Check:
        """Return the check of a part of the schema (the very object, not a copy)."""
        if (ready := self._parts.get(id(schema))) is None:
            ready = self._parts[id(schema)] = self.compile(schema)
        return ready

    def compile(self, schema: Schema | bool) -> Check:
        """Compile a schema, resolving references in the whole one.  Raises ValueError for a keyword that it does not know."""
        if isinstance(schema, bool):
            return _always if schema else _never
        if unknown := schema.keys() - _KNOWN:
            raise ValueError(f"schema keywords without a fast check: {', '.join(sorted(unknown))}")
        if schema.keys() == {"$ref"}:
            return self.definition(_target(schema))
        table = self._by_type(schema)
        checks = self._general(schema)
        if "type" not in schema and all(check is _always for check in table.values()):
            return _all_of(checks)
        return _all_of([_dispatched(table), *checks])

    def _later(self, schema: Schema | bool) -> Check:
        """Compile at the first call; also what lets definitions contain themselves."""
        ready: Check | None = None

        def check(value: Any) -> bool:
            nonlocal ready
            if ready is None:
                ready = self.compile(schema)
            return ready(value)

        return self.compile(schema) if isinstance(schema, bool) else check

    def _by_type(self, schema: Schema) -> dict[type, Check]:
        """Tell the allowed types, and what a value of each must satisfy besides."""
        named = schema.get("type", list(_TYPES))
        allowed = {kind for name in ([named] if isinstance(named, str) else named) for kind in _TYPES[name]}
        table: dict[type, Check] = dict.fromkeys(allowed, _always)
        if "number" in named:
            table[float] = isfinite
        present = schema.keys()
        if dict in allowed and present & _OF_TYPE[dict]:
            table[dict] = self._object(schema)
        if list in allowed and (present & _OF_TYPE[list] or schema.get("if") == _A_LIST):
            table[list] = self._array({**schema, **schema["then"]} if schema.get("if") == _A_LIST else schema)
        if str in allowed and present & _OF_TYPE[str]:
            table[str] = _string(schema)
        if int in allowed and present & _OF_TYPE[int]:
            table[int] = _number(schema)
            if float in allowed:
                table[float] = _all_of([isfinite, table[int]])
        if "enum" in present or "const" in present:
            _restrict(table, schema["enum"] if "enum" in present else [schema["const"]])
        return table

    def _general(self, schema: Schema) -> list[Check]:
        """Compile what does not depend on the type of the value."""
        checks = []
        if "$ref" in schema:
            checks.append(self._later({"$ref": schema["$ref"]}))
        if "allOf" in schema:
            checks.append(self._chosen_by_key(schema["allOf"]))
        if "if" in schema and schema["if"] != _A_LIST:
            checks.append(self._conditional(schema["if"], self._later(schema.get("then", True)), self._later(schema.get("else", True))))
        return checks

    def _conditional(self, condition: Schema, then: Check, otherwise: Check) -> Check:
        if condition.keys() == {"type", "required"} and condition["type"] == "object" and len(condition["required"]) == 1:
            key = condition["required"][0]
            return lambda value: (then if type(value) is dict and key in value else otherwise)(value)
        holds = self.compile(condition)
        return lambda value: (then if holds(value) else otherwise)(value)

    def _chosen_by_key(self, parts: list[Schema]) -> Check:
        """Compile an `allOf` of if/then branches that one key chooses between: a look-up instead of a search."""
        key: str = parts[0]["if"]["required"][0]
        names: dict[str, str] = {}
        for part in parts:
            values = part["if"]["properties"][key]["enum"]
            if part.keys() != {"if", "then"} or part["if"] != {"required": [key], "properties": {key: {"enum": values}}}:
                raise ValueError("an allOf whose parts one key does not choose between")
            names.update(dict.fromkeys(values, _target(part["then"])))
        ready: dict[str, Check] = {}

        def check(value: Any) -> bool:
            chosen = value.get(key) if type(value) is dict else None
            if type(chosen) is not str or chosen not in names:
                return True
            if (branch := ready.get(chosen)) is None:
                branch = ready[chosen] = self.definition(names[chosen])
            return branch(value)

        return check

    def _object(self, schema: Schema) -> Check:
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        checks: list[Check] = [_has(key) for key in schema.get("required", ())]
        if least := schema.get("minProperties", 0):
            checks.append(lambda value: len(value) >= least)
        if others is True:
            checks += [_where_given(key, self._later(part)) for key, part in properties.items() if part is not True]
        else:
            checks.append(self._closed(properties, self._later(others)))
        if "propertyNames" in schema:
            name = self._later(schema["propertyNames"])
            checks.append(lambda value: all(map(name, value)))
        return _all_of(checks)

    def _closed(self, properties: Schema, others: Check) -> Check:
        ready: dict[str, Check] = {}
        get = ready.get

        def check(value: dict[str, Any]) -> bool:
            for key, item in value.items():
                if (known := get(key)) is None:
                    if key not in properties:
                        if others(item):
                            continue
                        return False
                    known = ready[key] = self.compile(properties[key])
                if not known(item):
                    return False
            return True

        return check

    def _array(self, schema: Schema) -> Check:
        item = self._later(schema.get("items", True))
        least, most = schema.get("minItems", 0), schema.get("maxItems", float("inf"))
        unique = schema.get("uniqueItems", False)
        if unique and schema["items"].get("type") != "string":
            raise ValueError("`uniqueItems` has a fast check for text only")

        def check(value: list[Any]) -> bool:
            return least <= len(value) <= most and all(map(item, value)) and (not unique or len(set(value)) == len(value))

        return check


def _target(schema: Schema) -> str:
    name: str = schema["$ref"]
    return name.removeprefix("#/$defs/")


def _has(key: str) -> Check:
    return lambda value: key in value


def _where_given(key: str, check: Check) -> Check:
    return lambda value: key not in value or check(value[key])


def _all_of(checks: list[Check]) -> Check:
    if not checks:
        return _always
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda value: first(value) and second(value)
    return lambda value: all(check(value) for check in checks)


def _dispatched(table: dict[type, Check]) -> Check:
    get = table.get
    if len(table) == 1:
        ((only, check),) = table.items()
        return lambda value: type(value) is only and check(value)
    return lambda value: get(type(value), _never)(value)


def _restrict(table: dict[type, Check], values: list[Any]) -> None:
    """Keep of each type the listed values; types are told apart, `False` is not 0."""
    for kind in list(table):
        if listed := frozenset(value for value in values if type(value) is kind):
            table[kind] = listed.__contains__
        else:
            del table[kind]


def _string(schema: Schema) -> Check:
    least, most = schema.get("minLength", 0), schema.get("maxLength", float("inf"))
    if "pattern" not in schema:
        return lambda value: least <= len(value) <= most
    pattern = schema["pattern"]
    # `re` keeps compiled patterns itself, but looking there takes longer than most matches.
    search: Callable[[str], object] | None = None
    seen: set[str] = set()

    def check(value: str) -> bool:
        nonlocal search
        if value in seen:
            return True
        if search is None:
            search = re.compile(pattern).search
        if not least <= len(value) <= most or not search(value):
            return False
        if len(seen) < _REMEMBERED:
            seen.add(value)
        return True

    return check


def _number(schema: Schema) -> Check:
    low, high = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))
    if (above := schema.get("exclusiveMinimum")) is None:
        return lambda value: low <= value <= high
    return lambda value: above < value <= high and low <= value


def field_part(schema: Mapping[str, Any], op: str, field: str) -> Mapping[str, Any]:
    """Find the part of the schema of a spec that says what a field of an op may be."""
    definitions = schema["$defs"]
    (branch,) = (part["then"] for part in definitions["layer"]["allOf"] if op in part["if"]["properties"]["op"]["enum"])
    part: Mapping[str, Any] = definitions[branch["$ref"].removeprefix("#/$defs/")]["properties"][field]
    return definitions[part["$ref"].removeprefix("#/$defs/")] if "$ref" in part else part
