"""Values that the schema refused are removed before expansion: all that remain have the types that the language wants."""

from __future__ import annotations

from typing import Any, Final

from rflint.model import DataPath


class Lost:
    """The type of `LOST`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "LOST"


#: Stands in a list or mapping for an entry that the schema refused; its place still counts.
LOST: Final = Lost()


def owner(path: DataPath) -> DataPath | None:
    """Path of the item (of `layers`, or of a branch) that a path leads into; None where it leads into none."""
    if path[:1] == ("layers",):
        end = 1
    elif path[:1] == ("blocks",) and path[2:3] == ("layers",):
        end = 3
    else:
        return None
    if not isinstance(path[end] if end < len(path) else None, int):
        return None
    while path[end + 1 : end + 2] == ("branches",) and end + 3 < len(path) and isinstance(path[end + 3], int):
        end += 3
    return path[: end + 1]


def _is_known_mapping(path: DataPath) -> bool:
    """Whether the language has a mapping here: then what is wrong with it (a key too few) leaves the rest usable."""
    if owner(path) == path:
        return True
    match path:
        case () | ("inputs" | "blocks" | "defaults" | "expect",) | ("inputs" | "blocks" | "defaults" | "expect" | "targets", _):
            return True
        case ("blocks", _, "params"):
            return True
    # `with`, one of its rows, and `branches`, of an item.
    item = owner(path)
    return item is not None and (path[len(item) :] in {("with",), ("branches",)} or path[len(item) : -1] == ("with",))


def prune(data: Any, bad: frozenset[DataPath]) -> tuple[Any, frozenset[DataPath]]:
    """Return a copy of the data without the values at `bad`, and the paths of the items that lost something.

    Fields go; entries of lists, and of mappings whose keys the user chose, become LOST, so that places and names stay.
    Where a mapping is expected and found, only what is in it can go.
    """
    if not bad:
        return data, frozenset()
    lost = frozenset(item for path in bad if (item := owner(path)) is not None)
    copies: dict[DataPath, Any] = {}

    def own(path: DataPath) -> Any:
        """Copy the container at a path, once, and those around it; None where there is none any more."""
        if path in copies:
            return copies[path]
        if path:
            parent = own(path[:-1])
            value = _entry(parent, path[-1])
        else:
            value = data
        copied = copies[path] = dict(value) if isinstance(value, dict) else list(value) if isinstance(value, list) else None
        if path and copied is not None:
            own(path[:-1])[path[-1]] = copied
        return copied

    for path in sorted(bad, key=lambda path: (len(path), str(path))):
        if not path:
            continue
        container = own(path[:-1])
        value = _entry(container, path[-1])
        if (value is None and not _holds(container, path[-1])) or (isinstance(value, dict) and _is_known_mapping(path)):
            continue
        if isinstance(container, list) or _keeps_names(path[:-1]):
            container[path[-1]] = LOST
        else:
            del container[path[-1]]
    return own(()), lost


def _holds(container: Any, key: str | int) -> bool:
    """Whether an entry is there, be it null."""
    if isinstance(container, dict):
        return key in container
    return isinstance(container, list) and isinstance(key, int) and key < len(container)


def _keeps_names(path: DataPath) -> bool:
    item = owner(path)
    named = path in {("inputs",), ("blocks",)} or (path[:1] == ("blocks",) and path[2:] == ("params",))
    return named or (item is not None and path[len(item) :] == ("branches",))


def _entry(container: Any, key: str | int) -> Any:
    if isinstance(container, dict):
        return container.get(key)
    return container[key] if isinstance(container, list) and isinstance(key, int) and 0 <= key < len(container) else None
