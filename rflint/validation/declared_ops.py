"""Ops that a configuration declares: `[tool.rflint.ops.my_blur]`, `like = "conv"`, `kernel = 3`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rflint.model import LONGEST_NAME, NAME, Op, UsageError, derive
from rflint.validation.schema import SpecSchema
from rflint.words import did_you_mean

#: Keys of a declaration beside the fields of the op that it is like.
_OWN: Final = ("like", "doc")


def declared_ops(given: Mapping[str, object], where: str, schema: SpecSchema) -> dict[str, Op]:
    """Make the ops of the table `ops` of a configuration, each a variant of one that `schema` knows.

    Raises UsageError, naming file (`where`) and key, for what cannot be understood.
    """
    return {name: _declared(name, table, f"{where}: `ops.{name}", schema) for name, table in given.items()}


def _declared(name: str, table: object, where: str, schema: SpecSchema) -> Op:
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise UsageError(f"{where}` is not a name for an op: it takes lower-case words with `_` or `-` between them")
    if name in schema.ops:
        raise UsageError(f"{where}`: there is an op of that name already; choose another one")
    if not isinstance(table, dict):
        raise UsageError(f'{where}` must be a table, like {{like = "conv", kernel = 3}}')
    like, doc = table.get("like"), table.get("doc", "")
    if not isinstance(like, str):
        raise UsageError(f"{where}.like` must be the name of the op that this one is a variant of")
    if like not in schema.ops:
        raise UsageError(f"{where}.like`: no op is called `{like}`{did_you_mean(like, schema.ops)}")
    if not isinstance(doc, str):
        raise UsageError(f"{where}.doc` must be text")
    preset = {key: value for key, value in table.items() if key not in _OWN}
    _check_preset(preset, schema.ops[like], where, schema)
    return derive(schema.ops[like], name, preset, doc)


def _check_preset(preset: Mapping[str, Any], op: Op, where: str, schema: SpecSchema) -> None:
    known = [field.name for field in op.fields if field.name not in _OWN]
    for key, value in preset.items():
        if key not in known:
            near = did_you_mean(key, known) or f" (its fields are {', '.join(known)})"
            raise UsageError(f"{where}.{key}`: `{op.name}` has no such field{near if known else ''}")
        if problem := schema.check_field(op.name, key, value):
            raise UsageError(f"{where}.{key}`: {problem}")
    chosen = [key for key in op.one_of if key in preset]
    if len(chosen) > 1:
        raise UsageError(f"{where}`: {' and '.join(f'`{key}`' for key in chosen)} exclude each other")
