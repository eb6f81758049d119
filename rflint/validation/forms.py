"""Values in the shape that another format gives them: the form that is meant here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rflint.model import DataPath
from rflint.words import fold

#: As many channels an image has; what stands for channels in a shape of three numbers is one of these.
_OF_IMAGES: Final = frozenset((1, 2, 3, 4))
INPUTS: Final = "inputs have names: `inputs: {image: {size: [224, 224], channels: 3}}`"
_LINES: Final = "a line such as `- {op: conv, kernel: 3, channels: 64}` for each layer"
_LAYERS: Final = f"write {_LINES}"
_SPEC: Final = f"a spec is data: `rflint: 1`, then `layers:`, and below it {_LINES}"
_NO_SIDES: Final = "[height, width]"
_SIDES: Final = (("height", "width"), ("h", "w"), ("rows", "cols"))


def form(path: DataPath, value: object, axes: int) -> str | None:
    """Show how a value is written here that is not in the right shape; None where there is nothing to show."""
    field = next((key for key in reversed(path) if isinstance(key, str)), "")
    return _of_many(path, field, value, axes) or _of_names(path, field, value) or _of_numbers(path, field, value, axes)


def _of_many(path: DataPath, field: str, value: object, axes: int) -> str | None:
    """Of the spec, and of what has many entries: lists that are written as mappings, and mappings as lists."""
    if not path:
        return "put the list under `layers:`, behind a first line `rflint: 1`" if isinstance(value, list) else _SPEC
    own = field == path[-1]
    if own and field == "layers":
        return f"write a list, with the name in the item: `- {_item(value)}`" if isinstance(value, dict) else _LAYERS
    if path == ("inputs",):
        return INPUTS
    if path[:1] == ("inputs",) and len(path) == 2:
        return f"write `{field}: {{{sized(value, axes) or 'size: [224, 224], channels: 3'}}}`"
    if path == ("targets",) and isinstance(value, dict):
        return f"write a list, with the name in the item: `- {{name: {next(iter(value), 'car')}, size: [96, 40], layer: …}}`"
    if path == ("outputs",) and isinstance(value, dict):
        names = [name for name in value.values() if isinstance(name, str)] or list(value)
        return f"write the names of the layers as a list: `[{', '.join(names[:2])}]`" if names else None
    if own and field == "branches" and isinstance(value, list):
        return "each branch has a name: `branches: {a: […], b: […]}`"
    if path[-2:-1] == ("branches",) and isinstance(value, dict):
        return f"write a list, even of one layer: `{field}: [{{op: …}}]`"
    return None


def _of_names(path: DataPath, field: str, value: object) -> str | None:
    """Of what names a layer or an axis, and is written as a number, or as several names."""
    if path[:1] == ("targets",) and field == "layer" and isinstance(value, list) and len(value) > 1:
        return "a target is about one layer: write one for each"
    if field == "from" and type(value) is int:
        before = "without `from`, a layer reads the one before it"
        return f"layers are named, not counted: {before if value < 0 else 'a name of digits stands in quotes'}"
    if field == "axis" and type(value) is int:
        return "an axis is named, not counted: `channels`, or one of the `axes` of the spec"
    return None


def _of_numbers(path: DataPath, field: str, value: object, axes: int) -> str | None:
    """Of one number for each axis."""
    pairs = ", ".join(["[low, high]"] * axes)
    if field == "padding" and (isinstance(value, dict) or _are_numbers(value, 2 * axes)):
        return f"write one pair before and after for each axis, in the order of the axes: `padding: [{pairs}]`"
    if isinstance(value, dict) and (field == "size" or (axes == 2 and sides(value) != _NO_SIDES)):
        return f"write `{field}: {sides(value)}`, in the order of the axes"
    if isinstance(value, str) and value.startswith("(") and ")" not in value:
        return "lists are written in square brackets: `[3, 3]`"
    if path[:1] == ("inputs",) and field == "size" and _are_numbers(value, axes + 2) and (shape := sized(value, axes)) is not None:
        return f"channels stand beside it, and a batch nowhere: `{shape}`"
    return None


def _are_numbers(value: object, count: int) -> bool:
    return isinstance(value, list) and len(value) == count > 2 and all(type(each) is int for each in value)


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


def sides(value: Mapping[str, Any]) -> str:
    """Write the lengths of the sides as a list: `[96, 40]`, or `[height, width]` where they are not both there."""
    by_name = {fold(key): size for key, size in value.items()}
    for names in _SIDES:
        if by_name.keys() == set(names) and all(type(size) is int for size in by_name.values()):
            return f"[{', '.join(str(by_name[name]) for name in names)}]"
    return _NO_SIDES
