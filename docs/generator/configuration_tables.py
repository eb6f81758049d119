"""Tables of the configuration: keys and limits, from its published schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.language_tables import values
from generator.markdown import alternatives, sentences, table
from rflint.validation.config_schema import config_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def config_table() -> Iterator[str]:
    """Yield a row for each key of the configuration."""
    return table("Key", "Value", "Default", "Meaning", "Example", rows=(_row(name, each) for name, each in _properties().items()))


def limits_table() -> Iterator[str]:
    """Yield a row for each key of `limits`."""
    limits = _properties()["limits"]["properties"]
    rows = (
        # The description repeats the default for those who only see it.
        [f"`{name}`", f"{each['default']:,}", f"{each['maximum']:,}", each["description"].partition(" Default:")[0]]
        for name, each in limits.items()
    )
    return table("Key", "Default", "At most", "What it bounds", rows=rows)


def _properties() -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = config_schema()["properties"]
    return properties


def _row(name: str, schema: Mapping[str, Any]) -> list[str]:
    default = f"`{_toml(schema['default'])}`" if schema.get("default") not in (None, {}, []) else ""
    example = f"`{name} = {_toml(schema['examples'][0])}`" if "examples" in schema else ""
    return [f"`{name}`", alternatives(_values(schema)), default, sentences(schema["description"]), example]


def _values(schema: Mapping[str, Any]) -> list[str]:
    if schema.get("type") == "array":
        return ["list of texts"]
    return ["table"] if schema.get("type") == "object" else values(schema)


def _toml(value: object) -> str:
    """Write a value as TOML, tables on one line; keys of letters, digits, `_` and `-` stand bare."""
    if isinstance(value, dict):
        pairs = (f"{key if key.replace('-', '').replace('_', '').isalnum() else _toml(key)} = {_toml(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
