"""How many small faults the tests notice: mutants of the parts that compute and judge, each run against the tests.

    python benchmarks/mutants.py [--count 400] [--seed 1] [--jobs 2] [--only TEXT] [PATH …]

Changes one operator, number, comparison, `min`/`max`, condition or branch at a time, in a process of its own, and runs
the tests that follow from the code (those that start other processes would not see the mutant).  Prints the survivors
and their share.  Nothing is written.  Not part of the suite: 400 mutants take about half an hour on two processors.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
MUTATED = ("algebra", "engine", "questions", "search", "rules")
#: Those that end soon and see much come first.
TESTS = (
    "test_algebra.py",
    "test_rules.py",
    "test_alignment.py",
    "test_conflicts.py",
    "test_analysis.py",
    "test_meta_ops.py",
    "test_zoo_more.py",
    "test_zoo_slim.py",
    "test_formatters.py",
    "test_suppress.py",
    "test_api.py",
    "test_tiles.py",
    "test_tiles_command.py",
    "test_brute.py",
)
#: Seconds after which a mutant counts as noticed: the suite would hang.
PATIENCE = 240

_COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
_REVERSED = {ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}
_COMPUTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Div: ast.Mult}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any", "ceil": "floor", "floor": "ceil", "sorted": "list"}


class Mutant(NamedTuple):
    path: Path
    line: int
    what: str
    source: str


def sites(tree: ast.Module) -> Iterator[tuple[ast.AST, str, int]]:
    """Nodes that can be changed, how, and which of several ways."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in {**_COMPARED, **_REVERSED}:
            yield node, "comparison", 0
        elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED and not isinstance(node.left, ast.Constant | ast.JoinedStr):
            yield node, "operator", 0
        elif isinstance(node, ast.BoolOp):
            yield node, "and/or", 0
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub) and not isinstance(node.operand, ast.Constant):
            yield node, "sign", 0
        elif isinstance(node, ast.Constant) and type(node.value) is int and node.value in (0, 1, 2):
            yield node, "number", 0
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLED:
            yield node, "call", 0
        elif isinstance(node, ast.If | ast.IfExp):
            yield node, "condition", 0
            yield node, "condition", 1


def change(node: ast.AST, what: str, way: int) -> str:
    """Change a node in place; say how."""
    if isinstance(node, ast.Compare):
        before = type(node.ops[0])
        node.ops = [{**_COMPARED, **_REVERSED}[before]()]
        return f"{before.__name__} becomes {type(node.ops[0]).__name__}"
    if isinstance(node, ast.BinOp):
        before = type(node.op)
        node.op = _COMPUTED[before]()
        return f"{before.__name__} becomes {type(node.op).__name__}"
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return f"becomes {type(node.op).__name__}"
    if isinstance(node, ast.UnaryOp):
        name = type(node.op).__name__
        node.op = ast.UAdd()
        if name == "Not":
            node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
        return f"without {name}"
    if isinstance(node, ast.Constant):
        node.value += 1
        return f"{node.value - 1} becomes {node.value}"
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        before_name, node.func.id = node.func.id, _CALLED[node.func.id]
        return f"{before_name} becomes {node.func.id}"
    assert isinstance(node, ast.If | ast.IfExp)
    node.test = ast.Constant(bool(way))
    return f"{what} always {bool(way)}"


def mutants(path: Path) -> Iterator[Mutant]:
    source = path.read_text(encoding="utf-8")
    for number in range(len(list(sites(ast.parse(source))))):
        tree = ast.parse(source)
        node, what, way = list(sites(tree))[number]
        line = getattr(node, "lineno", 0)
        if "TYPE_CHECKING" in source.splitlines()[line - 1]:
            continue
        how = change(node, what, way)
        yield Mutant(path, line, how, ast.unparse(ast.fix_missing_locations(tree)))


class Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module from the source of a mutant."""

    def __init__(self, mutant: Mutant) -> None:
        parts = mutant.path.relative_to(ROOT).with_suffix("").parts
        self._package = parts[-1] == "__init__"
        self._name = ".".join(parts[:-1] if self._package else parts)
        self._mutant = mutant

    def find_spec(self, name: str, _path: object = None, _target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(
            name, self._mutant.path, loader=self, submodule_search_locations=[str(self._mutant.path.parent)] if self._package else None
        )

    def get_source(self, _name: str) -> str:
        return self._mutant.source

    def is_package(self, _name: str) -> bool:
        return self._package


def noticed(mutant: Mutant, tests: Sequence[str]) -> bool:
    """Run the tests on a mutant, in this process, which ends with it."""
    import pytest

    sys.meta_path.insert(0, Changed(mutant))
    sys.path.insert(0, str(ROOT))
    sys.dont_write_bytecode = True
    os.environ.setdefault("RFLINT_CASES", "60")
    paths = [str(ROOT / "tests" / name) for name in tests if (ROOT / "tests" / name).exists()]
    return pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *paths]) != 0


def start(mutant: Mutant, tests: Sequence[str]) -> int:
    """Start a process for a mutant; its exit code is 1 where the tests notice."""
    child = os.fork()
    if child:
        return child
    os.chdir(ROOT)
    sink = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(sink, stream)
    os.setsid()
    try:
        code = int(noticed(mutant, tests))
    except BaseException:  # a mutant may do anything
        code = 1
    os._exit(code)


def run(chosen: Sequence[Mutant], jobs: int, tests: Sequence[str]) -> list[Mutant]:
    """Run all; the survivors."""
    waiting, running, survivors, done = list(chosen), {}, [], 0
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[start(mutant, tests)] = (mutant, time.monotonic())
        time.sleep(0.02)
        for child, (mutant, began) in list(running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended and time.monotonic() - began > PATIENCE:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                ended, status = child, 256
            if ended:
                del running[child]
                done += 1
                if status == 0:
                    survivors.append(mutant)
                    print(f"{done}/{len(chosen)} survived: {mutant.path.relative_to(ROOT)}:{mutant.line} {mutant.what}", flush=True)
    return survivors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="modules or folders; default: those that compute and judge")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="mutants whose `path:line what` holds this text")
    parser.add_argument("--tests", nargs="*", default=TESTS)
    arguments = parser.parse_args()
    places = [Path(name).resolve() for name in arguments.paths] or [ROOT / "rflint" / room for room in MUTATED]
    files = sorted({file for place in places for file in (place.rglob("*.py") if place.is_dir() else [place])})
    found = [mutant for file in files for mutant in mutants(file) if arguments.only in f"{mutant.path}:{mutant.line} {mutant.what}"]
    random.Random(arguments.seed).shuffle(found)
    chosen = found[: arguments.count]
    began = time.monotonic()
    if start(Mutant(files[0], 0, "nothing changed", files[0].read_text(encoding="utf-8")), arguments.tests) and os.wait()[1]:
        raise SystemExit("the tests fail without a mutant")
    print(
        f"{len(found)} mutants of {len(files)} modules, {len(chosen)} of them are run; once without any: {time.monotonic() - began:.0f} s",
        flush=True,
    )
    survivors = len(run(chosen, arguments.jobs, arguments.tests))
    share = 100 * survivors / max(len(chosen), 1)
    print(f"{survivors} of {len(chosen)} survived: {share:.1f} %, in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
