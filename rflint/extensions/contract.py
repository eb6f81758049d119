"""What rules and ops of plug-ins must be: checked when they are loaded, so that nothing else has to doubt them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final, get_args

from rflint.model import ITEM_KEYS, LONGEST_NAME, NAME, PLUGIN_CODE, SEVERITY_ORDER, Example, FieldSpec, Group, Op, Rule
from rflint.ops import OPS
from rflint.validation.values import field_schema
from rflint.words import error_text

_RULE_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST_ERROR: Final = 300
_KNOWN_FIELDS: Final = tuple(field for op in OPS.values() for field in op.fields)


def described(error: BaseException) -> str:
    """Name an exception and what it says, in one line; its own words may be endless, or fail."""
    text = " ".join(error_text(error, _LONGEST_ERROR).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def rule_problem(rule: Any) -> str | None:
    """Say what keeps something from being a rule of a plug-in; None: nothing."""
    if not isinstance(rule, Rule):
        return f"`{type(rule).__name__}` is not a Rule"
    code = rule.code
    if not _matches(PLUGIN_CODE, code):
        return f"{_shown(code)} is not a code for a rule: it takes 2 to 8 capital letters, not beginning with RF, and three digits"
    if not _matches(_RULE_NAME, rule.name):
        return f"rule {code}: {_shown(rule.name)} is not a name for a rule: it takes lower-case words with hyphens between them"
    if not isinstance(rule.severity, str) or rule.severity not in {*SEVERITY_ORDER, "graded"}:
        return f"rule {code}: `severity` must be one of {', '.join(f'`{word}`' for word in SEVERITY_ORDER)}, or `graded`"
    for field in ("summary", "docs"):
        if not isinstance(getattr(rule, field), str) or not getattr(rule, field).strip():
            return f"rule {code}: `{field}` must be text"
    if not isinstance(rule.example, Example) or not all(isinstance(text, str) for text in rule.example):
        return f"rule {code}: `example` must be an Example of two texts"
    return None if callable(rule.check) else f"rule {code}: `check` must be a function that takes an Analysis"


def op_problem(op: Any) -> str | None:
    """Say what keeps something from being an op of a plug-in; None: nothing."""
    if not isinstance(op, Op):
        return f"`{type(op).__name__}` is not an Op"
    if not _matches(NAME, op.name):
        return f"{_shown(op.name)} is not a name for an op: it takes lower-case words with `_` or `-` between them"
    where = f"op `{op.name}`"
    if not isinstance(op.group, str) or op.group not in get_args(Group):
        return f"{where}: `group` must be one of {', '.join(f'`{word}`' for word in get_args(Group))}"
    if not isinstance(op.doc, str) or not op.doc.strip():
        return f"{where}: `doc` must be text"
    if not callable(op.lower) or not callable(op.cost):
        return f"{where}: `lower` and `cost` must be functions"
    if problem := _fields_problem(op.fields):
        return f"{where}: {problem}"
    names = {field.name for field in op.fields}
    for key in ("required", "one_of"):
        if not _all_of(getattr(op, key), names):
            return f"{where}: `{key}` must be a tuple of names of its fields"
    if not isinstance(op.preset, dict) or not _all_of(tuple(op.preset), names):
        return f"{where}: `preset` must be a dict from names of its fields to values"
    if not isinstance(op.like, str):
        return f"{where}: `like` must be the name of an op"
    if not _is_range(op.inputs):
        return f"{where}: `inputs` must be a tuple of the least and the largest number of inputs (None: no limit)"
    return None if isinstance(op.sized_by_input, bool) else f"{where}: `sized_by_input` must be True or False"


def _fields_problem(fields: Any) -> str | None:
    if not isinstance(fields, tuple) or not all(isinstance(field, FieldSpec) for field in fields):
        return "`fields` must be a tuple of FieldSpec"
    seen: set[str] = set()
    for field in fields:
        if not _matches(_FIELD_NAME, field.name):
            return f"{_shown(field.name)} is not a name for a field: it takes lower-case letters, digits and `_`"
        if field.name in ITEM_KEYS:
            return f"a field cannot be called `{field.name}`: that is a key of every item"
        if field.name in seen:
            return f"two fields are called `{field.name}`"
        seen.add(field.name)
        known = [ours for ours in _KNOWN_FIELDS if ours.name == field.name]
        if known and all((ours.schema, ours.per_axis) != (field.schema, field.per_axis) for ours in known):
            return f"a field called `{field.name}` must be as rflint's ops have it: rules rely on what it means"
        if not isinstance(field.doc, str) or not isinstance(field.default, (str, type(None))) or not isinstance(field.examples, tuple):
            return f"field `{field.name}`: `doc` and `default` must be text, `examples` a tuple"
        try:
            field_schema(field)
        except Exception as error:
            return f"field `{field.name}`: its schema cannot be read: {described(error)}"
    return None


def _all_of(value: object, names: Collection[str]) -> bool:
    return isinstance(value, tuple) and all(isinstance(name, str) and name in names for name in value)


def _is_range(value: object) -> bool:
    if not isinstance(value, tuple) or len(value) != 2 or type(value[0]) is not int or value[0] < 1:
        return False
    return value[1] is None or (type(value[1]) is int and value[1] >= value[0])


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_NAME and pattern.fullmatch(value) is not None


def _shown(value: object) -> str:
    return f"`{value[:LONGEST_NAME]}`" if isinstance(value, str) else f"`{type(value).__name__}`"
