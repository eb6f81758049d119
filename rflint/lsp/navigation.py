"""From a name to what it stands for, and back."""

from __future__ import annotations

from rflint.lsp.names import ListAt, Place, item_around, scope_of
from rflint.lsp.snapshot import Snapshot, Spot
from rflint.lsp.tree import Found, find


def meant(snapshot: Snapshot, found: Found) -> Place | None:
    """Return what a name in this document stands for: an item, an input, a block or a parameter, or a file; its own name, for itself."""
    path, file, names = found.path, snapshot.path, snapshot.names
    item = item_around(path)
    text = found.node.text or ""
    match path[len(item) :] if item is not None else path:
        case ("from", *_) | ("like",) | ("weights",) if item is not None and not found.is_key and text:
            return names.resolve(file, text, scope_of(path))
        case ("use",) if item is not None and not found.is_key and text:
            return names.block(file, text)
        case ("with", *_, str() as parameter) if item is not None and found.is_key:
            return _parameter(snapshot, (*item, "use"), parameter)
        case ("name",) if item is not None and not found.is_key:
            return Place(file, item)
        case ("expect", str() as name) if found.is_key:
            return names.resolve(snapshot.network, name, scope_of(()))
        case ("outputs", int()) | ("targets", int(), "layer" | "input") | ("expect", _, "input") if not found.is_key and text:
            return names.resolve(snapshot.network, text, scope_of(()))
        case ("blocks", _, "output") | ("blocks", _, "outputs", int()) if not found.is_key and text:
            return names.resolve(file, text, (ListAt((*path[:2], "layers"), -1),))
        case ("import", int()) | ("extends",) if not found.is_key:
            imported = next((to for at, to in snapshot.import_entries(file) if at == path), None)
            return None if imported is None else Place(imported, ())
        case ("blocks" | "inputs", _) if found.is_key:
            return Place(file, path, is_key=True)
        case ("blocks", _, "inputs", int()) if text:
            return Place(file, path)
        case ("blocks", _, "params", str()) if found.is_key:
            return Place(file, path, is_key=True)
    return None


def _parameter(snapshot: Snapshot, use: tuple[str | int, ...], parameter: str) -> Place | None:
    used = snapshot.names.node(snapshot.path, use)
    block = None if used is None or not used.text else snapshot.names.block(snapshot.path, used.text)
    if block is None:
        return None
    path = (*block.path, "params", parameter)
    return Place(block.file, path, is_key=True) if snapshot.names.node(block.file, path) is not None else None


def definition(snapshot: Snapshot, offset: int) -> Spot | None:
    """Return where that is defined which the name at an offset stands for."""
    place = meant(snapshot, find(snapshot.tree, offset)) if snapshot.is_spec else None
    return None if place is None else _defined(snapshot, place)


def _defined(snapshot: Snapshot, place: Place) -> Spot:
    """Return where a thing is called by its name."""
    path = place.path
    if item_around(path) == path and path:
        path = snapshot.names.head(place.file, path)
    if not path:
        return snapshot.place(place.file, ())._replace(start=0, end=0)
    return snapshot.place(place.file, path, is_key=place.is_key)


def references(snapshot: Snapshot, offset: int, *, declaration: bool) -> list[Spot]:
    """Return everything in this document that reads the layer or input at an offset, or uses the block; anywhere in an item: that item."""
    if not snapshot.is_spec:
        return []
    found = find(snapshot.tree, offset)
    place = meant(snapshot, found)
    if place is None and (item := item_around(found.path)) is not None:
        place = Place(snapshot.path, item)
    if place is None:
        return []
    spots = [_defined(snapshot, place)] if declaration else []
    if place.path[:1] == ("blocks",) and len(place.path) == 2:
        spots += [snapshot.place(snapshot.path, path) for path in _uses(snapshot, place)]
    elif place.file == snapshot.path:
        spots += [snapshot.place(each.file, each.path, is_key=each.is_key) for each in snapshot.names.readers(place)]
    return sorted(dict.fromkeys(spots))


def _uses(snapshot: Snapshot, block: Place) -> list[tuple[str | int, ...]]:
    names, found = snapshot.names, []
    for item, node in names.items(snapshot.path):
        used = node.get("use")
        if used is not None and used.text and names.block(snapshot.path, used.text) == block:
            found.append((*item, "use"))
    return found
