"""The text of a spec, in the order and with the abbreviations of one written by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rflint.importing.blocks import Block, Entry, Plan
from rflint.importing.draft import Network
from rflint.importing.parameters import ANY, Expression
from rflint.importing.scopes import is_default
from rflint.words import safe

_DEFAULT_AXES: Final = ("y", "x")
#: Text that YAML, of either version, reads as itself.
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off", "none", "nan", "inf"))
#: Modules that a comment names.
_NAMED: Final = 3
#: Layers of an op from which on a field that they share is written once, for all.
_MANY: Final = 3


def write(network: Network, plan: Plan, heading: Sequence[str], source: Mapping[str, Any]) -> str:
    """Write a spec; the same network and plan give the same text.

    `heading`: lines of comment at the top; `source`: where it came from, empty: nothing is said.
    """
    shared = _shared(plan)
    params = {block.name: block.params for block in plan.blocks}
    lines = [*(f"# {safe(line)}" for line in heading), "rflint: 1", f"name: {_scalar(network.name)}"]
    if source:
        lines.append(f"source: {_flow({**source, 'digest': ''})}")
    if network.axes != _DEFAULT_AXES:
        lines.append(f"axes: {_flow(network.axes)}")
    inputs = {each.name: _input(each.size, each.channels) for each in network.inputs}
    lines += ["", f"inputs: {_flow(inputs)}"]
    if shared:
        lines += ["", "defaults:", *(f"  {op}: {_flow(fields)}" for op, fields in shared.items())]
    if plan.blocks:
        lines += ["", "blocks:"]
        for block in plan.blocks:
            lines += _block(block, shared, params)
    lines += ["", "layers:", *_entries(plan.entries, next(iter(inputs)), shared, params, "  ")]
    if plan.outputs != (plan.entries[-1].name if plan.entries else "",):
        lines += ["", f"outputs: {_flow(plan.outputs)}"]
    return "\n".join([*lines, ""])


def _input(size: Sequence[int | None], channels: int | None) -> Mapping[str, Any]:
    shown = {} if set(size) == {None} else {"size": size}
    return shown if channels is None else {**shown, "channels": channels}


def _shared(plan: Plan) -> Mapping[str, Mapping[str, Any]]:
    """Fields that differ from their default, in the same way, in all layers of an op."""
    entries = [*plan.entries, *(entry for block in plan.blocks for entry in block.entries)]
    found: dict[str, dict[str, Any]] = {}
    for op in sorted({entry.op for entry in entries if entry.op is not None}):
        own = [entry.fields for entry in entries if entry.op == op]
        if len(own) >= _MANY and all(fields.get("bias") is False for fields in own):
            found[op] = {"bias": False}
    return found


def _block(block: Block, shared: Mapping[str, Mapping[str, Any]], params: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    more = f", and {len(block.found) - _NAMED} more" if len(block.found) > _NAMED else ""
    yield f"  # {safe(', '.join(block.found[:_NAMED]))}{more}"
    yield f"  {_scalar(block.name)}:"
    if block.params:
        yield f"    params: {_flow(block.params)}"
    if block.inputs != ("input",):
        yield f"    inputs: {_flow(block.inputs)}"
    if block.outputs != (block.entries[-1].name,):
        yield f"    outputs: {_flow(block.outputs)}"
    yield "    layers:"
    yield from _entries(block.entries, block.inputs[0], shared, params, "      ")


def _entries(
    entries: Sequence[Entry],
    before: str,
    shared: Mapping[str, Mapping[str, Any]],
    params: Mapping[str, Mapping[str, Any]],
    indent: str,
) -> Iterable[str]:
    for entry in entries:
        item: dict[str, Any] = {"name": entry.name}
        if entry.op is not None:
            item["op"] = entry.op
            common = shared.get(entry.op, {})
            item |= {
                key: value
                for key, value in entry.fields.items()
                if not (key in common and common[key] == value)
                and not (key not in common and not isinstance(value, Expression) and is_default(entry.op, key, value))
            }
        else:
            item["use"] = entry.use
            item |= _arguments(entry, params.get(entry.use or "", {}))
        if entry.sources != (before,):
            item["from"] = entry.sources[0] if len(entry.sources) == 1 else entry.sources
        if entry.when is not None:
            item["when"] = entry.when
        before = entry.name
        comment = f"   # {safe(entry.origin)}" if entry.origin and (entry.use is not None or entry.op == "unknown") else ""
        rows = item.get("with")
        if isinstance(rows, list):
            head = {key: value for key, value in item.items() if key not in {"name", "with"}}
            yield f"{indent}- name: {_scalar(entry.name)}{comment}"
            yield from (f"{indent}  {key}: {_flow(value)}" for key, value in head.items())
            yield f"{indent}  with:"
            yield from (f"{indent}    - {_flow(row)}" for row in rows)
        else:
            yield f"{indent}- {_flow(item)}{comment}"


def _arguments(entry: Entry, defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write the arguments of a use, those of a chain as `repeat` where that says it."""
    rows = entry.rows
    different = [row for row in rows[1:] if row != rows[0]]
    once = len(different) == len(rows) - 1 and all(row == different[0] for row in different)
    alternating = len(rows) > 3 and all(row == rows[number % 2] for number, row in enumerate(rows))
    if not different or ((once or alternating) and _is_short(rows)):
        condition = "index == 0" if once else "index % 2 == 0"
        given = {key: _either(value, rows[1 % len(rows)][key], condition) for key, value in rows[0].items()}
        written = _without_defaults(given, defaults)
        return {**({"repeat": len(rows)} if entry.chained else {}), **({"with": written} if written else {})}
    return {"with": [_without_defaults(row, defaults) for row in rows]}


def _is_short(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the first copy differs in few of its arguments, for its number."""
    return sum(1 for key, value in rows[0].items() if value != rows[1][key]) <= len(rows)


def _without_defaults(row: Mapping[str, Any], defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        key: value
        for key, value in row.items()
        if value is not ANY and not (defaults.get(key) is not None and type(value) is type(defaults[key]) and value == defaults[key])
    }


def _either(first: Any, rest: Any, condition: str) -> Any:
    """Write the values of an argument, of the copies of an index for which a condition holds, and of the others."""
    if rest is ANY:
        return first
    if first is ANY or (type(first) is type(rest) and first == rest):
        return rest
    if first is True and rest is False:
        return Expression(condition)
    if first is False and rest is True:
        return Expression("index > 0" if condition == "index == 0" else "index % 2 == 1")
    return Expression(f"{_operand(first)} if {condition} else {_operand(rest)}")


def _operand(value: Any) -> str:
    """Write a value as an operand of an expression."""
    if isinstance(value, Expression):
        return str(value)
    return repr(list(value) if isinstance(value, tuple) else value)


def _flow(value: Any) -> str:
    """Write a value on one line."""
    if isinstance(value, Expression):
        return f'"${{{value}}}"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(each)}" for key, each in value.items() if each is not ANY) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and (not _PLAIN.fullmatch(value) or value.lower() in _WORDS):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
