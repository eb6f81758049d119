"""Values in the shape that another format gives them: the form that is meant here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rflint.model import DataPath
from rflint.words import fold

#: As many channels an image has; what stands for channels in a shape of three numbers is one of these.
_OF_IMAGES: Final = frozenset((1, 2, 3, 4))
INPUTS: Final = "inputs have names: `inputs: {image: {size: [224, 224], channels: 3}}`"
_SIDES: Final = (("height", "width"), ("h", "w"), ("rows", "cols"))


def form(path: DataPath, value: object, axes: int) -> str | None:
    """Show how a value is written here that is not in the right shape; None where there is nothing to show."""
    field = next((key for key in reversed(path) if isinstance(key, str)), "")
    if not path and isinstance(value, list):
        return "put the list under `layers:`, behind a first line `rflint: 1`"
    if field == "layers" and isinstance(value, dict):
        return f"write a list, with the name in the item: `- {_item(value)}`"
    if path[:1] == ("inputs",) and len(path) == 2 and (size := sized(value, axes)) is not None:
        return f"write `{field}: {{{size}}}`"
    if field == "size" and isinstance(value, dict):
        return f"write `size: {_sides(value)}`, in the order of the axes"
    if isinstance(value, str) and value.startswith("(") and ")" not in value:
        return "lists are written in square brackets: `[3, 3]`"
    if field == "padding" and isinstance(value, list) and len(value) == 2 * axes > 2 and all(type(each) is int for each in value):
        pairs = ", ".join(["[low, high]"] * axes)
        return f"write one pair before and after for each axis, in the order of the axes: `padding: [{pairs}]`"
    return None


def sized(value: object, axes: int) -> str | None:
    """Write a shape as the fields of an input: `size: [224, 224], channels: 3`; None where that is not certain."""
    if type(value) is int:
        return f"size: {value}"
    if not isinstance(value, list) or not all(type(each) is int or each is None for each in value):
        return None
    # A batch comes first.
    value = value[1:] if len(value) == axes + 2 and value[0] in (None, 1) else value
    if len(value) == axes:
        return f"size: {_listed(value)}"
    if len(value) != axes + 1 or (value[0] in _OF_IMAGES) == (value[-1] in _OF_IMAGES):
        return None
    size, channels = (value[1:], value[0]) if value[0] in _OF_IMAGES else (value[:-1], value[-1])
    return f"size: {_listed(size)}, channels: {channels}"


def spaceless(value: Mapping[str, Any]) -> bool:
    """Whether keys of a mapping have a colon and nothing behind it, as `{name:a}` is read."""
    return any(":" in key and text is None for key, text in value.items())


def _listed(size: list[int | None]) -> str:
    return f"[{', '.join('null' if each is None else str(each) for each in size)}]"


def _item(value: Mapping[str, Any]) -> str:
    name, fields = next(iter(value.items()), ("a", None))
    op = fields.get("op") if isinstance(fields, dict) else None
    return f"{{name: {name if str(name).isidentifier() else 'a'}, op: {op if isinstance(op, str) and op.isidentifier() else 'conv'}, …}}"


def _sides(value: Mapping[str, Any]) -> str:
    by_name = {fold(key): size for key, size in value.items()}
    for names in _SIDES:
        if by_name.keys() == set(names) and all(type(size) is int for size in by_name.values()):
            return f"[{', '.join(str(by_name[name]) for name in names)}]"
    return "[height, width]"
