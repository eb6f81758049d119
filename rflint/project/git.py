"""The one who asks git: about a repository, in words that nothing a user or a repository says can turn into options."""

from __future__ import annotations

import os
from typing import Final

from rflint.project import files

# Start-up: as in `files`.
# ruff: noqa: PTH113, PTH117, PTH118

#: What a git hook says of its own repository, and must not be taken to say of another one.
_PLACES: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX")


def is_there() -> bool:
    """Whether there is a git to ask."""
    return _program("git") is not None


def output(root: str, *argv: str, given: bytes = b"") -> bytes | None:
    """Run git in a folder, and return what it says; None where it has no answer, or is not there."""
    if (program := _program("git")) is None:
        return None
    from subprocess import DEVNULL, PIPE, run  # noqa: PLC0415 - start-up

    foreign = () if os.path.realpath(root) == os.path.realpath(files.working_folder()) else _PLACES
    environ = {name: value for name, value in os.environ.items() if name not in foreign}
    # The monitor of a repository is a program of its own choice.
    command = (program, "-c", "core.fsmonitor=false", *argv)
    try:
        done = run(command, cwd=root, env=environ, input=given, stdout=PIPE, stderr=DEVNULL, check=False)  # noqa: S603 - fixed words
    except OSError:
        return None
    return None if done.returncode else done.stdout


def paths(root: str, *argv: str) -> list[str] | None:
    """Ask git for paths, and make them absolute; None where it has no answer."""
    if (said := output(root, *argv)) is None:
        return None
    return [os.path.join(root, *name.split("/")) for name in os.fsdecode(said).split("\0") if name]


def _program(name: str) -> str | None:
    """Find a program, but not in the working directory, where a pull request may have put one (Windows looks there first)."""
    suffix = ".exe" if os.name == "nt" else ""
    for folder in os.get_exec_path():
        path = os.path.join(folder, name + suffix)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None
