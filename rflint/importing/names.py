"""Final names: the model's own module paths, made legal, and the names of its outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rflint.importing.draft import DraftInput, Item

_LONGEST: Final = 200
#: What TensorFlow puts behind the name of an operator to name its first output.
_FIRST_OUTPUT: Final = ":0"


def legal(text: str) -> str:
    """Make a segment of a name: printable, without `/`, `*`, `$` and without spaces at its ends; may be empty."""
    cleaned = "".join(letter if letter.isprintable() and letter not in "*/${}" else "_" for letter in text).strip()
    return cleaned[:_LONGEST]


def named(items: Sequence[Item], inputs: Sequence[DraftInput], outputs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Return the final name of each item by its key.

    An item that is alone in its module is called like the module, others by module and label.  An output is called like
    its tensor, if somebody named that.  Names are unique, and none is the beginning of another's path.
    """
    alone = Counter(item.path for item in items)
    modules = {item.path[:depth] for item in items for depth in range(len(item.path))}
    called = {key: name for key, tensor in reversed(outputs) if (name := output_name(tensor))}
    taken = {each.name for each in inputs}
    folders = {"/".join(path) for path in modules} | {"/".join(path) for path, count in alone.items() if count > 1}
    names: dict[str, str] = {}
    #: How often each name was wanted and was not free.
    again: Counter[str] = Counter()
    for item in items:
        own = called.get(item.key, "")
        path = item.path if alone[item.path] == 1 and item.path and item.path not in modules else (*item.path, item.label)
        wanted = own if own and own not in taken | folders else "/".join(filter(None, map(legal, path))) or item.op
        names[item.key] = _free(wanted, taken, folders, again)
        taken.add(names[item.key])
    return names


def output_name(tensor: str) -> str:
    """Return the name that a tensor gives to an output; empty where it is only the path of its operator, or its number."""
    name = tensor.removesuffix(_FIRST_OUTPUT)
    return "" if "/" in name or "::" in name or name.isdigit() else legal(name)


def _free(wanted: str, taken: set[str], folders: set[str], again: Counter[str]) -> str:
    name = wanted
    # Models without names have thousands of one: numbers that were given are not tried again.
    while name in taken or name in folders:
        again[wanted] += 1
        name = f"{wanted}_{again[wanted]}"
    return name


def scoped(parts: Iterable[str]) -> tuple[str, ...]:
    """Make a module path of the scopes that an exporter wrote: a scope that repeats its parent's name loses that.

    `layer1`, `layer1.0`, `conv1` is `layer1/0/conv1`.
    """
    path: list[str] = []
    parent = ""
    for part in parts:
        own = part[len(parent) + 1 :] if parent and part.startswith(f"{parent}.") else part
        path += filter(None, map(legal, own.split(".")))
        parent = part
    return tuple(path)
