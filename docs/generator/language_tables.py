"""Tables of the language: ops, fields, and the keys of the published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from generator.markdown import alternatives, table
from rflint import resources
from rflint.ops import OPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rflint.model import FieldSpec, Op

#: Headings of the op table, in its order.
_GROUPS: Final = {
    "windows": "Windows",
    "resampling": "Resampling",
    "borders": "Borders",
    "merging": "Merging",
    "pointwise": "Pointwise",
    "gated": "Global, with a local identity path",
    "global": "Global",
    "honest": "What cannot be expressed",
}
_TYPES: Final = {
    "integer": "whole number",
    "boolean": "`true` or `false`",
    "number": "number",
    "string": "text",
    "array": "list",
    "object": "mapping",
}


def op_table() -> Iterator[str]:
    """Yield the table of ops, one part for each group."""
    for number, (group, title) in enumerate(_GROUPS.items()):
        alike: dict[tuple[str, str, str], list[str]] = {}  # twenty activations are one row
        for op in OPS.values():
            if op.group == group:
                alike.setdefault((op.doc.replace(f" `{op.name}`", ""), _op_fields(op), _op_inputs(op)), []).append(f"`{op.name}`")
        rows = ([", ".join(names), *cells] for cells, names in alike.items())
        yield from ([""] if number else [])
        yield from (f"### {title}", "", *table("Op", "What it is", "Fields", "Inputs", rows=rows))


def _op_fields(op: Op) -> str:
    names = [
        f"**`{field.name}`**" if field.name in op.required else f"`{field.name}`" for field in op.fields if field.name not in op.one_of
    ]
    if op.one_of:
        names.insert(0, f"{'one of' if op.preset else '**one of**'} ({alternatives([f'`{name}`' for name in op.one_of])})")
    return ", ".join(names)


def _op_inputs(op: Op) -> str:
    least, most = op.inputs
    if op.sized_by_input:
        return "1, and one that gives the size"
    return f"{least} or more" if most is None else f"{least}" if least == most else f"{least} to {most}"


def field_table() -> Iterator[str]:
    """Yield one row for each meaning of a field, with the ops that share it unless all that have the name do."""
    meanings: dict[str, list[tuple[FieldSpec, list[str]]]] = {}
    for op in OPS.values():
        for field in op.fields:
            known = meanings.setdefault(field.name, [])
            ops = next((names for same, names in known if same == field), None)
            if ops is None:
                known.append((field, ops := []))
            ops.append(op.name)
    rows = (
        [
            f"`{name}`",
            ", ".join(f"`{op}`" for op in ops),
            alternatives(values(field.schema)) + ("; or a list with one per axis" if field.per_axis else ""),
            field.default or "",
            field.doc,
        ]
        for name, known in sorted(meanings.items())
        for field, ops in known
    )
    return table("Field", "Of", "Value", "Default", "Meaning", rows=rows)


def values(schema: Mapping[str, Any]) -> list[str]:
    """Words for each kind of value that a schema takes."""
    if "anyOf" in schema:
        return [words for each in schema["anyOf"] for words in values(each)]
    if "const" in schema:
        return [f"`{schema['const']}`"]
    if "enum" in schema:
        return [f"`{word}`" for word in schema["enum"] if isinstance(word, str)]
    if "prefixItems" in schema:
        return ["`[low, high]`"]
    types = schema["type"]
    return [_type(each, schema) for each in ([types] if isinstance(types, str) else types)]


def _type(name: str, schema: Mapping[str, Any]) -> str:
    if name == "string" and "/" in schema.get("pattern", ""):
        return "fraction such as `3/2`"
    if name == "string" and schema.get("pattern") == "\\$\\{":
        return "expression"
    words = _TYPES.get(name, f"`{name}`")
    if name in {"integer", "number"}:
        least, most = schema.get("minimum", -1), schema.get("maximum", 1_000_000)
        words += f" of at least {least}" if least >= 0 else f" above {schema['exclusiveMinimum']}" if "exclusiveMinimum" in schema else ""
        words += f", at most {most}" if most == 1 else ""
    return words


def key_table(title: str) -> Iterator[str]:
    """Yield the keys of an object of the published schema: the spec itself, an item, or another of its definitions."""
    spec = spec_schema()
    if title == "item":  # its kinds share definitions by key
        holder = {"properties": {name.removeprefix("item-"): each for name, each in spec["$defs"].items() if name.startswith("item-")}}
    else:
        holder = spec if title == "spec" else spec["$defs"][title]
    rows = []
    for name, schema in holder["properties"].items():
        resolved = {**spec["$defs"][schema["$ref"].rpartition("/")[2]], **schema} if "$ref" in schema else schema
        key = f"**`{name}`**" if name in holder.get("required", ()) else f"`{name}`"
        value = "name of an op" if name in {"op", "join"} else alternatives(values(resolved))
        rows.append([key, value, resolved.get("description", "")])
    return table("Key", "Value", "Meaning", rows=rows)


def spec_schema() -> dict[str, Any]:
    """Read the published schema of specs."""
    schema: dict[str, Any] = json.loads(Path(resources.folder("schemas"), "rflint-spec.v1.schema.json").read_text(encoding="utf-8"))
    return schema
