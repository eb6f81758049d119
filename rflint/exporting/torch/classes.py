"""Modules that are alike become one class; arguments that differ between them are its parameters."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from rflint.exporting.torch.helpers import HELPERS
from rflint.exporting.torch.scopes import Unit

#: Names at the top of a module that are not those of its own classes.
_RESERVED: Final = (*HELPERS, "F", "DeformConv2d")
#: Parameters that come first, and are written by place.
_FIRST: Final = ("in_channels", "out_channels")
_SHORT: Final = {"kernel_size": "kernel", "num_features": "channels", "num_parameters": "channels", "num_groups": "groups"}
#: What nn.Module itself has under names that a layer could have.
_TAKEN: Final = frozenset(
    (
        *("add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu", "cuda", "double", "dump_patches"),
        *("eval", "extra_repr", "float", "forward", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers"),
        *("named_children", "named_modules", "named_parameters", "parameters", "requires_grad_", "share_memory", "state_dict", "to"),
        *("to_empty", "train", "training", "type", "xpu", "zero_grad", "self", "torch", "nn", "F", "math", "super", *HELPERS),
    )
)


class Class(NamedTuple):
    """A class, as one of its instances has it."""

    name: str
    #: One of its instances: the children of all are alike.
    unit: Unit
    #: Names of parameters, and the column of the arguments that each is.
    parameters: Mapping[str, int]
    #: By column: the parameter, empty where all instances have the same.
    columns: tuple[str, ...]
    #: Paths of its instances.
    paths: tuple[str, ...]


def identifier(name: str) -> str:
    """Make an attribute or variable of a name."""
    text = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "layer"
    if text[0].isdigit():
        text = f"n{text}"
    return f"{text}_" if keyword.iskeyword(text) or text in _TAKEN else text


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Make identifiers of names, no two alike."""
    taken: set[str] = set()
    result = []
    for name in names:
        text, number = identifier(name), 1
        while text in taken:
            number += 1
            text = f"{identifier(name)}_{number}"
        taken.add(text)
        result.append(text)
    return tuple(result)


def shape_of(unit: Unit) -> object:
    """Return what two units share that are of one class: all but the values of arguments, and where they stand."""
    if unit.leaf is not None:
        return unit.leaf.call, unit.leaf.module, tuple(arg.name for arg in unit.leaf.args), unit.leaf.comment, unit.leaf.places
    place = {value: f"in {number}" for number, value in enumerate(unit.sources)}
    inside: list[object] = []
    for number, child in enumerate(unit.children):
        inside.append((child.name, shape_of(child), tuple(place[source] for source in child.sources)))
        place |= {value: f"{number}.{output}" for output, value in enumerate(child.outputs)}
    return unit.block, tuple(inside), tuple(place[value] for value in unit.outputs)


def classes(root: Sequence[Unit], name: str) -> Mapping[object, Class]:
    """Return the classes that the modules of a network are of, by their shapes, inner ones first; `name`: that of the network's class."""
    found: dict[object, list[Unit]] = {}
    for unit in _modules(root):
        found.setdefault(shape_of(unit), []).append(unit)
    taken = {name}
    result: dict[object, Class] = {}
    for shape, alike in found.items():
        parts = [part for part in alike[0].path.split("/") if not part.isdigit()]
        text = class_name(alike[0].block or (parts[-1] if parts else "Module"), taken)
        taken.add(text)
        result[shape] = _class(text, alike)
    return result


def _modules(children: Sequence[Unit]) -> Iterator[Unit]:
    for child in children:
        if child.leaf is None:
            yield from _modules(child.children)
            if not child.is_chain:
                yield child


def class_name(name: str, taken: Collection[str] = ()) -> str:
    """Make the name of a class of a name, that nothing else in the module has."""
    words = re.split(r"[^0-9A-Za-z]+", name)
    text = "".join(word[:1].upper() + word[1:] for word in words if word) or "Network"
    text = f"N{text}" if text[0].isdigit() else f"{text}_" if keyword.iskeyword(text) else text
    number = 1
    while (own := text if number == 1 else f"{text}{number}") in taken or own in _RESERVED:
        number += 1
    return own


def _class(name: str, alike: Sequence[Unit]) -> Class:
    rows = [tuple(arg.value for arg in unit.args) for unit in alike]
    columns = list(zip(*rows, strict=True))
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, column in enumerate(columns):
        if any(value != column[0] for value in column):
            groups.setdefault(tuple((type(value), value) for value in column), []).append(number)
    owners = [(owner, arg.name) for owner, arg in _owned(alike[0])]
    names: dict[str, int] = {}
    by_column = [""] * len(columns)
    for members in groups.values():
        text = _parameter([owners[number] for number in members], members[0] == 0, set(names))
        names[text] = members[0]
        for number in members:
            by_column[number] = text
    ordered = sorted(names, key=lambda text: (_FIRST.index(text) if text in _FIRST else len(_FIRST), names[text]))
    return Class(name, alike[0], {text: names[text] for text in ordered}, tuple(by_column), tuple(unit.path for unit in alike))


def _owned(unit: Unit) -> Iterator[tuple[str, Any]]:
    """Yield the arguments of a unit, each with the name of its layer below the unit."""
    for child in unit.children:
        if child.leaf is not None:
            yield from ((child.name, arg) for arg in child.leaf.args)
        else:
            yield from ((f"{child.name}/{owner}", arg) for owner, arg in _owned(child))


def _parameter(owners: Sequence[tuple[str, str]], first: bool, taken: set[str]) -> str:
    """Name a parameter after what it is an argument of."""
    kinds = [_SHORT.get(kind, kind) for _, kind in owners]
    made = next((owner for owner, kind in owners if kind == "out_channels"), owners[0][0])
    if first and kinds[0] == "in_channels":
        wanted = ["in_channels"] if "out_channels" not in kinds else ["channels"]
    elif "out_channels" in kinds:
        wanted = [f"{made}_channels"]
    else:
        wanted = [kinds[0]]
    wanted += [f"{made}_{kinds[0]}"]
    for text in map(identifier, wanted):
        if text not in taken:
            return text
    number = 2
    while (text := f"{identifier(wanted[-1])}_{number}") in taken:
        number += 1
    return text
