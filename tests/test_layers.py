"""The house: six floors, and imports that point down; those that only types need count like all others."""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import rflint

PACKAGE = Path(rflint.__file__).parent

#: From the ground up: rooms of a floor know what lies below, and of each other what stands in the `__all__` of a room's door.
FLOORS = (
    ("algebra", "model", "words"),
    ("ops", "reading", "resources"),
    ("engine", "validation"),
    ("language", "questions", "search"),
    ("comparing", "drawing", "exporting", "extensions", "fixing", "importing", "pipeline", "rules", "verdict", "verifying"),
    ("__init__", "__main__", "api", "cli", "formatters", "lsp", "plugin", "project", "testing"),
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS, 1) for room in rooms}

#: Who opens files; `resources` only those that are shipped with rflint.
OPENERS = {"cli", "lsp", "project", "resources"}
#: Calls that open, list or ask about files.
OPENING = {
    "open",
    "read_bytes",
    "read_text",
    "write_bytes",
    "write_text",
    "listdir",
    "scandir",
    "stat",
    "lstat",
    "exists",
    "isdir",
    "isfile",
}


class Arrow(NamedTuple):
    """One imported name."""

    path: Path
    line: int
    #: Modules below `rflint`: `rules.drift`.
    source: str
    target: str
    name: str

    @property
    def rooms(self) -> tuple[str, str]:
        return self.source.split(".")[0], self.target.split(".")[0]

    def __str__(self) -> str:
        return f"{self.path.relative_to(PACKAGE.parent)}:{self.line} imports `{self.name}` from rflint.{self.target}"


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def is_module(*parts: str) -> bool:
    place = PACKAGE.joinpath(*parts)
    return place.is_dir() or place.with_suffix(".py").exists()


@cache
def arrows() -> tuple[Arrow, ...]:
    """Every import of one part of rflint by another, those inside of functions and under TYPE_CHECKING too."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "rflint":
                below = node.module.split(".")[1:]
                for name in node.names:
                    room = below or ([name.name] if is_module(name.name) else ["__init__"])
                    found.append(Arrow(path, node.lineno, module_of(path), ".".join(room), name.name))
            elif isinstance(node, ast.Import):
                found += [
                    Arrow(path, node.lineno, module_of(path), name.name.partition(".")[2] or "__init__", name.name)
                    for name in node.names
                    if name.name.split(".")[0] == "rflint"
                ]
    return tuple(found)


@cache
def door(room: str) -> frozenset[str]:
    """What a room shows to its floor: the `__all__` of its `__init__`."""
    for node in tree(PACKAGE / room / "__init__.py").body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return frozenset(ast.literal_eval(node.value))  # type: ignore[union-attr] # an assignment
    return frozenset()


def test_every_room_has_a_floor() -> None:
    rooms = {
        path.name if path.is_dir() else path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms == set(FLOOR_OF), "give each room of rflint/ a floor in FLOORS (tests/test_layers.py), and no other"


def test_every_room_is_installed() -> None:
    listed = re.findall(r'^  "(rflint[.a-z]*)",$', (PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    rooms = [".".join(path.parent.relative_to(PACKAGE.parent).parts) for path in PACKAGE.glob("*/**/__init__.py")]
    assert listed == sorted(["rflint", "rflint.schemas", "rflint.specs", *rooms]), (
        "list the rooms of rflint/ in `packages` of pyproject.toml"
    )


def test_imports_point_down() -> None:
    up = [
        f"{arrow}: floor {FLOOR_OF[here]} may not know floor {FLOOR_OF[there]}"
        for arrow in arrows()
        if (here := arrow.rooms[0]) != (there := arrow.rooms[1]) and FLOOR_OF[there] > FLOOR_OF[here] and arrow.rooms != ("api", "__init__")
    ]
    assert not up, "\n".join([*up, "move what is needed down, hand it in as a value, or ask from above"])


def test_neighbours_come_in_by_the_door() -> None:
    wrong = [
        f"{arrow}: `{there}` shows {', '.join(sorted(door(there))) or 'nothing'}"
        for arrow in arrows()
        if (here := arrow.rooms[0]) != (there := arrow.rooms[1])
        and FLOOR_OF[here] == FLOOR_OF[there]
        and (PACKAGE / there).is_dir()
        and not (arrow.target == there and (arrow.name == there or arrow.name in door(there)))
    ]
    assert not wrong, "\n".join([*wrong, "import from the package itself what stands in its `__all__`, or put it there"])


def test_no_circles() -> None:
    """Neither between the rooms of a floor nor between the modules of a room, types included."""
    for level in (lambda module: module.split(".")[0], lambda module: module):
        graph: dict[str, set[str]] = {}
        for arrow in arrows():
            target = f"{arrow.target}.{arrow.name}" if is_module(*arrow.target.split("."), arrow.name) else arrow.target
            one, other = level(arrow.source), level(target)
            if other not in (one, "__init__"):
                graph.setdefault(one, set()).add(other)
        try:
            tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            raise AssertionError(f"these import each other: {' -> '.join(error.args[1])}") from None


def test_who_opens_files() -> None:
    opening = [
        f"{path.relative_to(PACKAGE.parent)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and (called := node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else "")
        and called in OPENING
        and module_of(path).split(".")[0] not in OPENERS
    ]
    assert not opening, "\n".join([*opening, f"only {', '.join(sorted(OPENERS))} open files: take bytes, or an open file"])


def test_private_names_stay_in_their_module() -> None:
    taken = [
        str(arrow)
        for arrow in arrows()
        # A leading `_` of a module says that it is none of the things that its room is a list of.
        if arrow.name.startswith("_") and not arrow.name.startswith("__") and not (arrow.path.parent / f"{arrow.name}.py").exists()
    ]
    assert not taken, "\n".join([*taken, "give it a name without `_`, or leave it where it is"])


#: What the engine works with; a rule that touches one of these answers a question itself.
INSIDES = {"cases", "kinds", "program", "sizings", "sources", "steps", "traces", "valid_cases"}


def test_rules_hold_words() -> None:
    """Rules may name the type `Analysis`, and hand it on; what they must know of it is asked of `rflint/questions/`."""
    rules = sorted((PACKAGE / "rules").glob("*.py"))
    asking = [
        str(arrow)
        for arrow in arrows()
        if arrow.path in rules and arrow.rooms[1] in ("algebra", "engine") and (arrow.target, arrow.name) != ("engine", "Analysis")
    ] + [
        f"{path.relative_to(PACKAGE.parent)}:{node.lineno} touches `.{node.attr}`"
        for path in rules
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in INSIDES
    ]
    assert not asking, "\n".join(
        [*asking, "write a question: a function Analysis -> NamedTuple in a file of rflint/questions/; the rule words its answer"]
    )
