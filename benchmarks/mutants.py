"""How many small faults the tests notice: mutants of the parts that compute and judge, each run against the tests.

    python benchmarks/mutants.py [--count 400] [--seed 1] [--jobs 2] [--only TEXT] [PATH …]

Changes one operator, number, comparison, `min`/`max`, condition or branch at a time.  The tests are collected and run
once without a change, which says how long each takes and which functions it calls; those that fail are named and left
out.  Every mutant is then a forked process in which the code of one function is another, and which runs the tests that
call that function, the quick ones first, until one fails.  What is changed outside of functions is imported and
collected anew.

Not changed: annotations, assertions and what only type checkers see.  `mutants_explained.md`, beside this file, lists
mutants that nothing could notice, each with the reason; survivors that are listed there are counted apart.  Tests that
start other processes see no mutant, so they do not count.  Nothing is written.  Not part of the suite.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import functools
import gc
import importlib.abc
import importlib.util
import os
import random
import re
import resource
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import FrameType, ModuleType

ROOT = Path(__file__).resolve().parent.parent
EXPLAINED = Path(__file__).with_name("mutants_explained.md")
MUTATED = ("algebra", "engine", "questions", "search", "rules")
#: The tests of what is computed and judged, and of words about it; those of the language, of files and of servers would see little more.
TESTS = (
    *("algebra", "rules", "alignment", "conflicts", "analysis", "meta_ops", "zoo_more", "zoo_slim", "formatters", "suppress", "brute"),
    *("search", "figures", "fixing", "api", "declared_ops", "layer_reports", "tiles", "tiles_command"),
    *("offsets", "borders", "size_mends", "every_size", "edits", "answers", "readers", "positions", "expectations"),
    *("plugins", "plugins_at_work", "sizes", "bounds", "design", "machine_formats", "check_options", "meta_rules", "cli"),
)
#: Seconds of processor time that a test may take beyond ten times what it took without a mutant: it would hang.
PATIENCE = 3
#: Bytes of memory that a mutant may take.
MEMORY = 4 << 30

_COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
_REVERSED = {ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}
_COMPUTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Div: ast.Mult}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any", "ceil": "floor", "floor": "ceil", "sorted": "list"}

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


class Mutant(NamedTuple):
    path: Path
    line: int
    #: The first line of the outermost function that is changed, decorators included; 0 outside of functions.
    function: int
    #: Names the mutant for as long as its line is as it is: module and function, the line, the change.
    key: tuple[str, str, str]
    number: int

    def __str__(self) -> str:
        place, line, change = self.key
        return f"{place} (line {self.line}) | {line} | {change}"


# --- changes ---------------------------------------------------------------------------------------------------------


def sites(tree: ast.AST) -> Iterator[tuple[ast.AST, int]]:
    """Nodes that can be changed, and which of several ways."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Assert) or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            continue
        if isinstance(node, ast.If | ast.IfExp):
            yield node, 0
            yield node, 1
        elif _has_another(node):
            yield node, 0
        if isinstance(node, ast.AnnAssign | ast.arg):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        yield from sites(node)


def _has_another(node: ast.AST) -> bool:
    """Whether `change` knows something else to put in the place of a node."""
    match node:
        case ast.Compare(ops=[operator]):
            return type(operator) in {**_COMPARED, **_REVERSED}
        case ast.BinOp(left=left, op=operator):
            return type(operator) in _COMPUTED and not isinstance(left, ast.Constant | ast.JoinedStr)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            return not isinstance(operand, ast.Constant)
        case ast.Constant(value=value):
            return type(value) is int and value in (0, 1, 2)
        case ast.Call(func=ast.Name(id=name)):
            return name in _CALLED
    return isinstance(node, ast.BoolOp)


def change(node: ast.AST, way: int) -> str:
    """Change a node in place; say how."""
    before = ast.unparse(node.test if isinstance(node, ast.If | ast.IfExp) else node)
    if isinstance(node, ast.Compare):
        node.ops = [{**_COMPARED, **_REVERSED}[type(node.ops[0])]()]
    elif isinstance(node, ast.BinOp):
        node.op = _COMPUTED[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
        node.op = ast.UAdd()
    elif isinstance(node, ast.Constant):
        node.value += 1
    elif isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        node.func.id = _CALLED[node.func.id]
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.Constant(bool(way))
        return f"`{before}` is {bool(way)}"
    return f"`{before}` becomes `{ast.unparse(ast.fix_missing_locations(node))}`"


class Span(NamedTuple):
    first: int
    last: int
    name: str


def functions(tree: ast.AST, within: str = "") -> Iterator[Span]:
    """The outermost functions of a module and the methods of its classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _FUNCTIONS):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield Span(first, node.end_lineno or node.lineno, f"{within}{node.name}")
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{within}{node.name}.")


def outside(tree: ast.AST) -> set[int]:
    """Ids of the nodes of decorators and defaults, which are computed where a function is defined."""
    found = [node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]
    heads = [part for node in found for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults))]
    return {id(part) for head in heads for part in ast.walk(head)}


def mutants(path: Path) -> Iterator[Mutant]:
    source = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(source), source.splitlines()
    spans, heads = list(functions(tree)), outside(tree)
    place = path.relative_to(ROOT / "rflint").as_posix()
    seen: Counter[tuple[str, str, str]] = Counter()
    for number, (node, way) in enumerate(list(sites(tree))):
        line = getattr(node, "lineno", 0)
        span = next((span for span in spans if span.first <= line <= span.last and id(node) not in heads), Span(0, 0, ""))
        key = (f"{place}:{span.name}" if span.name else place, lines[line - 1].strip(), change(copy.deepcopy(node), way))
        seen[key] += 1
        if seen[key] > 1:
            key = (*key[:2], f"{key[2]} ({seen[key]})")
        yield Mutant(path, line, span.first, key, number)


def changed(mutant: Mutant) -> CodeType:
    """The code of the module of a mutant, with the lines of the original."""
    tree = ast.parse(mutant.path.read_text(encoding="utf-8"))
    node, way = list(sites(tree))[mutant.number]
    change(node, way)
    return compile(ast.fix_missing_locations(tree), str(mutant.path), "exec")


#: Whether a limit is meant with or without itself: nobody counts on either.
BOUNDARY_OF_A_LIMIT = re.compile(r"`[^`]* [<>]=? _?[A-Z][A-Z_]+` becomes `[^`]*`( \(\d+\))?")
#: How many answers a cache remembers: more or fewer take time, and no answer is another.
SIZE_OF_A_CACHE = re.compile(r"@lru_cache\(maxsize=\d+\).*")
#: Which round number a limit on work is.
LIMIT_ITSELF = re.compile(r"_?[A-Z]+(_[A-Z]+)*_CAP(: Final)? = [\d_<* ]+")


def is_explained(mutant: Mutant) -> bool:
    _, line, change = mutant.key
    return mutant.key in explained() or bool(
        BOUNDARY_OF_A_LIMIT.fullmatch(change) or LIMIT_ITSELF.fullmatch(line) or SIZE_OF_A_CACHE.fullmatch(line)
    )


@functools.lru_cache
def explained() -> set[tuple[str, str, str]]:
    """Keys of the mutants that the table says nothing can notice."""
    rows = re.findall(
        r"^\| `(.+?)` \| `(.+?)` \| (`.+`(?: is \w+)?(?: \(\d+\))?) \| .+ \|$", EXPLAINED.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {(place, line.replace(r"\|", "|"), change.replace(r"\|", "|")) for place, line, change in rows}


# --- a mutant in its process -----------------------------------------------------------------------------------------


class Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module from the code of a mutant."""

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

    def get_code(self, _name: str) -> CodeType:
        return changed(self._mutant)

    def get_source(self, _name: str) -> str:
        return self._mutant.path.read_text(encoding="utf-8")

    def is_package(self, _name: str) -> bool:
        return self._package


def codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from codes(part)


def exchange(mutant: Mutant, live: dict[tuple[str, int], list[FunctionType]]) -> None:
    """Give the functions that there are the code of the mutant."""
    for code in codes(changed(mutant)):
        for function in live.get((code.co_filename, code.co_firstlineno), ()):
            if function.__code__.co_name == code.co_name:
                with contextlib.suppress(ValueError):  # an inner function that lost a variable: its outer function makes it anew
                    function.__code__ = code


class Result:
    """Reports of the tests of one process."""

    def __init__(self) -> None:
        self.failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.failed |= report.failed


def anew(mutant: Mutant, paths: Sequence[str]) -> bool:
    """Import all with the mutant, collect and run; whether a test fails."""
    ours = {path.stem for path in (ROOT / "tests").glob("*.py")}
    for name in [name for name in sys.modules if name.partition(".")[0] in {"rflint", *ours}]:
        del sys.modules[name]
    sys.meta_path.insert(0, Changed(mutant))
    # The hook that rewrites assertions would import our modules before `Changed` does: rflint is a plug-in of pytest.
    return pytest.main([*OPTIONS, "--assert=plain", "-x", *paths]) != 0


OPTIONS = (
    *("-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:faulthandler"),
    *("--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), "--deselect", "tests/test_api.py::test_fifty_specs_in_a_process_pool"),
)
FAILED, PASSED = 1, 0


class Run:
    """A pytest plug-in that runs mutants in place of the tests."""

    def __init__(self, chosen: Sequence[Mutant], files: Sequence[Path], jobs: int, tests: Sequence[str]) -> None:
        self.chosen, self.files, self.jobs, self.tests = chosen, files, jobs, tests
        self.spans = {str(file): list(functions(ast.parse(file.read_text(encoding="utf-8")))) for file in files}
        self.survivors: list[Mutant] = []
        #: Why no mutant was run.
        self.trouble = "the tests could not be collected"
        self.result = Result()
        self.began = time.monotonic()
        self.killers: Counter[tuple[Path, int]] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        session.config.pluginmanager.register(self.result)
        self.items = session.items
        self.trouble = ""
        self.first_run()
        self.run()
        return True

    def first_run(self) -> None:
        """Run every test once, unchanged: its seconds, and the functions it calls; say which fails."""
        self.left_out: list[str] = []
        self.callers: dict[tuple[str, int], list[int]] = {}
        self.seconds: list[float] = []
        for number, item in enumerate(self.items):
            seen: set[tuple[str, int]] = set()

            def call(frame: FrameType, _event: str, _argument: object, seen: set[tuple[str, int]] = seen) -> None:
                code = frame.f_code
                if code.co_filename in self.spans:
                    seen.add((code.co_filename, code.co_firstlineno))

            began = time.process_time()
            sys.settrace(call)
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            finally:
                sys.settrace(None)
            self.seconds.append(time.process_time() - began)
            if self.result.failed:
                say(f"left out, for it fails without a mutant: {item.nodeid}")
                self.left_out += ["--deselect", item.nodeid]
                self.result.failed = False
                continue
            for called in {(path, span.first) for path, line in seen for span in self.spans[path] if span.first <= line <= span.last}:
                self.callers.setdefault(called, []).append(number)
        self.live: dict[tuple[str, int], list[FunctionType]] = {}
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename in self.spans:
                self.live.setdefault((thing.__code__.co_filename, thing.__code__.co_firstlineno), []).append(thing)
            elif isinstance(thing, type(explained)):
                thing.cache_clear()
        say(f"{len(self.items)} tests, {sum(self.seconds):.0f} s of processor time, traced; {time.monotonic() - self.began:.0f} s")

    def order(self, mutant: Mutant) -> list[int]:
        """The tests that call the function: those that noticed mutants of the module, then the quick ones."""
        callers = self.callers.get((str(mutant.path), mutant.function), [])
        return sorted(callers, key=lambda number: self.seconds[number] / (1 + 4 * self.killers[mutant.path, number]))

    def start(self, mutant: Mutant) -> tuple[int, int]:
        reading, writing = os.pipe()
        child = os.fork()
        if child:
            os.close(writing)
            return child, reading
        os.setsid()
        sink = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(sink, stream)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os.write(writing, b"%d" % -1)
        try:
            if not mutant.function:
                signal.setitimer(signal.ITIMER_PROF, 120)
                signal.signal(signal.SIGPROF, signal.SIG_DFL)
                os._exit(FAILED if anew(mutant, [*self.left_out, *self.tests]) else PASSED)
            exchange(mutant, self.live)
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            for number in self.order(mutant):
                os.write(writing, b" %d" % number)
                signal.setitimer(signal.ITIMER_PROF, PATIENCE + 10 * self.seconds[number])
                item = self.items[number]
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
                if self.result.failed:
                    os._exit(FAILED)
            os._exit(PASSED)
        except BaseException:  # a mutant may do anything
            os._exit(FAILED)

    def run(self) -> None:
        waiting, running, done = list(self.chosen), {}, 0
        while waiting or running:
            while waiting and len(running) < self.jobs:
                mutant = waiting.pop()
                child, reading = self.start(mutant)
                running[child] = (mutant, reading)
            child, status = os.wait()
            mutant, reading = running.pop(child)
            with os.fdopen(reading, encoding="ascii") as tests:
                last = int(tests.read().split()[-1])
            done += 1
            if status == 0:
                self.survivors.append(mutant)
                say(f"{done}/{len(self.chosen)} survived{' (explained)' if is_explained(mutant) else ''}: {mutant}")
            elif last >= 0:
                self.killers[mutant.path, last] += 1
                if VERBOSE:
                    say(f"{done}/{len(self.chosen)} noticed: {mutant} by {self.items[last].nodeid}")


VERBOSE = False


def say(text: str) -> None:
    os.write(2, f"{text}\n".encode())


def main() -> None:
    global VERBOSE  # noqa: PLW0603 (a script)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="modules or folders; default: those that compute and judge")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="mutants whose `module:function (line N) | line | change` holds this text")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="names of files in tests, without test_ and .py")
    parser.add_argument("--again", type=Path, help="only those mutants that this output of an earlier run names as survivors")
    parser.add_argument("--verbose", action="store_true", help="name the test that notices")
    parser.add_argument("--list", action="store_true", help="name the mutants, run none")
    arguments = parser.parse_args()
    VERBOSE = arguments.verbose
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    sys.dont_write_bytecode = True
    os.environ.setdefault("RFLINT_CASES", "60")
    places = [Path(name).resolve() for name in arguments.paths] or [ROOT / "rflint" / room for room in MUTATED]
    files = sorted({file for place in places for file in (place.rglob("*.py") if place.is_dir() else [place])})
    found = [mutant for file in files for mutant in mutants(file) if arguments.only in str(mutant)]
    if not arguments.paths and not arguments.only:
        for row in sorted(explained().difference(mutant.key for mutant in found)):
            say(f"explained, but there is no such mutant: {' | '.join(row)}")
    random.Random(arguments.seed).shuffle(found)
    chosen = found[: arguments.count]
    if arguments.again:
        again = set(re.findall(r"survived[^:]*: (.*?) \(line \d+\)( \| .*)", arguments.again.read_text(encoding="utf-8")))
        chosen = [mutant for mutant in found if (mutant.key[0], f" | {mutant.key[1]} | {mutant.key[2]}") in again]
    say(f"{len(found)} mutants of {len(files)} modules, {len(chosen)} of them are run")
    if arguments.list:
        say("\n".join(str(mutant) for mutant in chosen))
        return
    began = time.monotonic()
    tests = [str(ROOT / "tests" / f"test_{name}.py") for name in arguments.tests]
    run = Run(chosen, files, arguments.jobs, tests)
    said = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    pytest.main([*OPTIONS, *tests], plugins=[run])
    os.dup2(said, 1)
    if run.trouble:
        raise SystemExit(run.trouble)
    reasoned = [mutant for mutant in run.survivors if is_explained(mutant)]
    left = len(run.survivors) - len(reasoned)
    print(
        f"run {len(chosen)}, noticed {len(chosen) - len(run.survivors)}, survived {left}, explained {len(reasoned)}: "
        f"{100 * left / max(len(chosen) - len(reasoned), 1):.1f} % survive, in {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
