"""Imports point one way: a module knows of what lies below it, and of its own room."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import rflint

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(rflint.__file__).parent

#: From the ground up; rooms of one floor know nothing of each other.
FLOORS = (
    ("diagnostics", "layers", "spelling", "wording"),
    ("graph", "identity", "ops._fields", "ops._op", "reading", "report", "terminal"),
    ("resources",),
    ("baseline", "diffing", "engine", "files"),
    ("build_report", "ops", "rules"),
    ("plugin", "validation"),
    ("config", "language", "vocabulary"),
    ("dependents", "extensions", "loading"),
    ("settings", "settling"),
    ("lint",),
    ("api", "fixing"),
    ("formatters",),
    ("cli",),
    ("lsp",),
    ("__init__", "__main__", "cli.lsp"),
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

#: Who may read and write files; everything else is given what it works on.
READERS = {"api", "cli", "dependents", "lsp", "settings"}


def imports(node: ast.AST) -> Iterator[str]:
    """Yield the modules of rflint that are imported when the code runs, also inside of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.ImportFrom) and child.module == "rflint":
            yield from (name.name for name in child.names if (PACKAGE / name.name).is_dir() or (PACKAGE / f"{name.name}.py").exists())
        elif isinstance(child, ast.ImportFrom) and child.module and child.module.startswith("rflint."):
            yield child.module.removeprefix("rflint.")
        else:
            yield from imports(child)


def room_of(module: str) -> str:
    """The longest name of a room that a module lies in."""
    parts = module.split(".")
    return next(room for end in range(len(parts), 0, -1) if (room := ".".join(parts[:end])) in FLOOR_OF)


def arrows() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for imported in imports(ast.parse(path.read_text(encoding="utf-8"))):
            yield module, imported


def test_imports_point_down() -> None:
    up = [
        f"{module} -> {imported}"
        for module, imported in arrows()
        if (here := room_of(module)) != (there := room_of(imported)) and FLOOR_OF[there] >= FLOOR_OF[here]
    ]
    assert up == []


def test_few_modules_know_files() -> None:
    knowing = {room_of(module) for module, imported in arrows() if imported == "files"}
    assert knowing == READERS


def test_private_names_stay_in_their_module() -> None:
    taken = [
        f"{path.relative_to(PACKAGE)}: {node.module}.{name.name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "rflint"
        for name in node.names
        # A leading `_` of a module says that it is none of the things that its room is a list of.
        if name.name.startswith("_") and not name.name.startswith("__") and not (path.parent / f"{name.name}.py").exists()
    ]
    assert taken == []
