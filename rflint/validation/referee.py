"""jsonschema as the referee: which values the published schema refuses, and by which keyword.

Only values that the fast check refuses are shown to jsonschema, which takes some hundred times as long.
For the keywords that `rflint.validation.fastcheck` knows only: there are no `patternProperties`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any, Final, NamedTuple

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from rflint.model import DataPath
from rflint.validation.fastcheck import Compiled

Schema = Mapping[str, Any]

#: Keyword of the refusal of an item of `layers`, which is to be looked at on its own: nesting costs no recursion.
ITEM: Final = "item"


class Refusal(NamedTuple):
    """What jsonschema says of one value."""

    keyword: str
    #: What the keyword demands.
    limit: Any
    value: Any
    #: The part of the schema that the keyword stands in; of an item, the schema of items.
    schema: Schema
    #: Where the value is; of a key, where its mapping is.
    path: DataPath
    #: The value is a key.
    of_key: bool = False


class _ItemError(ValidationError):
    """An item of `layers` that is refused."""


class Referee:
    """Asks jsonschema about the parts of one schema."""

    def __init__(self, compiled: Compiled) -> None:
        self._schema = compiled.schema
        self._compiled = compiled
        keywords: dict[str, Callable[..., Iterator[ValidationError]]] = {
            "$ref": self._ref,
            "properties": self._properties,
            "items": self._items,
            "additionalProperties": self._additional_properties,
            "propertyNames": self._property_names,
        }
        types = Draft202012Validator.TYPE_CHECKER.redefine_many(
            {
                # To jsonschema 1.0 is an integer; NaN compares with nothing.
                "integer": lambda _, value: type(value) is int,
                "number": lambda _, value: type(value) is int or (type(value) is float and isfinite(value)),
            }
        )
        # Without any `$schema`, by which it would choose another class of validators.
        self._validator: Any = extend(Draft202012Validator, keywords, type_checker=types)({})  # type: ignore[no-untyped-call] # untyped in the stubs

    def refusals(self, value: object, part: Schema, place: DataPath = ()) -> Iterator[Refusal]:
        """Yield what a part of the schema refuses in the value at `place`."""
        bare = {key: keyword for key, keyword in part.items() if key != "$schema"}
        for error in self._validator.evolve(schema=bare).iter_errors(value):
            path = (*place, *error.absolute_path)
            if isinstance(error, _ItemError):
                yield Refusal(ITEM, None, error.instance, self._schema["$defs"]["item"], path)
            else:
                of_key = "propertyNames" in error.absolute_schema_path
                yield Refusal(error.validator, error.validator_value, error.instance, error.schema, path, of_key)

    def _refused(self, validator: Any, value: Any, part: Any, **where: Any) -> Iterator[ValidationError]:
        if not self._compiled.part(part)(value):
            yield from validator.descend(value, part, **where)

    def _ref(self, validator: Any, target: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
        name = target.removeprefix("#/$defs/")
        if name != "item":
            yield from self._refused(validator, value, self._schema["$defs"][name])
        elif not self._compiled.definition(name)(value):
            yield _ItemError("item")

    def _properties(self, validator: Any, parts: Schema, value: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(value, dict):
            for key, part in parts.items():
                if key in value:
                    yield from self._refused(validator, value[key], part, path=key, schema_path=key)

    def _items(self, validator: Any, part: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(value, list):
            for place, entry in enumerate(value):
                yield from self._refused(validator, entry, part, path=place)

    def _additional_properties(self, validator: Any, part: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        if part is False:
            yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, part, value, schema)
        elif isinstance(value, dict):
            known = schema.get("properties", {})
            for key, entry in value.items():
                if key not in known:
                    yield from self._refused(validator, entry, part, path=key)

    def _property_names(self, validator: Any, part: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(value, dict):
            for key in value:
                yield from self._refused(validator, key, part)
