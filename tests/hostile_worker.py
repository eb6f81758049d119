"""Runs hostile cases for the tests: each in a process of its own that is forked from this one, which has rflint imported.

Reads names of cases from standard input; answers each with one JSON line: exit code, CPU seconds,
peak memory in MiB, standard output and standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hostile import CASES, build

import rflint
from rflint.cli.dispatch import run

#: Characters of an answer that are handed on.
_SHOWN = 4_000


def main() -> None:
    """Answer until standard input ends."""
    for package in ("reading", "validation", "language", "engine", "rules", "cli", "formatters"):
        for module in pkgutil.walk_packages([f"{rflint.__path__[0]}/{package}"], f"rflint.{package}."):
            importlib.import_module(module.name)
    for line in sys.stdin:
        print(json.dumps(answer(line.strip())), flush=True)


def answer(name: str) -> dict[str, Any]:
    """Run one case."""
    where = Path(tempfile.mkdtemp(prefix="hostile"))
    try:
        (where / "files").mkdir()
        if os.waitstatus_to_exitcode(os.waitpid(_fork(_build, name, where), 0)[1]):
            return {"error": f"`{name}` cannot be made"}
        _, status, used = os.wait4(_fork(_run, name, where), 0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "seconds": used.ru_utime + used.ru_stime,
            "mib": used.ru_maxrss // 1024,
            "out": _text(where / "out"),
            "err": _text(where / "err"),
        }
    finally:
        subprocess.run(["rm", "-rf", "--", where], check=True)  # shutil gives up on deep folders


def _fork(does: Any, name: str, where: Path) -> int:
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        code = does(name, where)
    finally:
        os._exit(code)


def _build(name: str, where: Path) -> int:
    build(name, where / "files")
    return 0


def _run(name: str, where: Path) -> int:
    os.chdir(where / "files")
    # Whatever goes wrong, the machine goes on.
    resource.setrlimit(resource.RLIMIT_CPU, (20, 25))
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for descriptor, path, flags in (
        (0, CASES[name].stdin or os.devnull, os.O_RDONLY),
        (1, where / "out", os.O_WRONLY | os.O_CREAT),
        (2, where / "err", os.O_WRONLY | os.O_CREAT),
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    code = run(CASES[name].argv)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="backslashreplace", newline="") as stream:
        return stream.read(_SHOWN)


if __name__ == "__main__":
    main()
