"""The plug-ins of a run: rules and ops of installed packages, found by the entry points `rflint.rules` and `rflint.ops`.

`load` is called at the edges (command line, API, editor), never by importing rflint.  Asking `importlib.metadata` would
take longer than linting a small spec, so the folders of installed packages are scanned for the few bytes that matter;
all else is imported where a plug-in is found.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from typing import Final

from rflint.extensions import EntryPoint
from rflint.model import UsageError
from rflint.validation.vocabulary import Vocabulary
from rflint.verdict import BUILTIN
from rflint.words import did_you_mean

# ruff: noqa: PTH109, PTH117, PTH118, PTH208 - start-up: pathlib would cost more than the scan

#: Environment variable that switches plug-ins off.
SWITCH: Final = "RFLINT_PLUGINS"
GROUPS: Final = ("rflint.ops", "rflint.rules")

#: How the folders of installed packages' metadata end, and what their entry points must hold to be of interest.
_METADATA: Final = (".dist-info", ".egg-info")
_MARK: Final = b"[rflint."
#: Bytes of a file of entry points.
_LARGEST: Final = 1 << 20


def load() -> Vocabulary:
    """Return what rflint knows, plug-ins included; they are loaded once in a process.

    Raises UsageError where `RFLINT_PLUGINS` is neither `on` nor `off`.
    """
    switch = os.environ.get(SWITCH) or "on"
    if switch not in {"on", "off"}:
        raise UsageError(f"{SWITCH} is `on` or `off`, not `{switch}`{did_you_mean(switch, ('on', 'off'))}")
    return _load(_folders()) if switch == "on" else BUILTIN


def _folders() -> tuple[str, ...]:
    """Folders that hold installed packages.

    `python -m` and `PYTHONPATH=.` put the working folder, or one around it, among them: that is where the specs are, and they
    may be a stranger's.
    """
    here = os.path.join(os.getcwd(), "")
    return tuple([path for path in dict.fromkeys(sys.path) if os.path.isabs(path) and not here.startswith(os.path.join(path, ""))])


@lru_cache(maxsize=1)
def _load(folders: tuple[str, ...]) -> Vocabulary:
    if not (found := entry_points(folders)):
        return BUILTIN
    from rflint.extensions import loading  # noqa: PLC0415 - start-up: only where there are plug-ins

    return loading.extended(BUILTIN, found)


def entry_points(folders: tuple[str, ...]) -> list[EntryPoint]:
    """Find the entry points for rflint of the packages installed in folders, by package and name."""
    found: list[EntryPoint] = []
    seen: set[str] = set()
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in sorted(names):
            if not name.endswith(_METADATA):
                continue
            package = name.rpartition(".")[0].partition("-")[0]
            key = package.lower().replace("-", "_").replace(".", "_")
            # The first of two installations is the one that is imported.
            if key not in seen:
                seen.add(key)
                found += _declared(os.path.join(folder, name, "entry_points.txt"), package)
    return sorted(found)


def _declared(path: str, package: str) -> list[EntryPoint]:
    """Read the entry points for rflint in a file that may not be there."""
    try:
        # Sixty packages are asked at every start: without the layers of a file object that takes half as long.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return []
    try:
        data = os.read(descriptor, _LARGEST)
    except OSError:
        data = b""
    finally:
        os.close(descriptor)
    if _MARK not in data:
        return []
    found = []
    group = ""
    for line in data.decode("utf-8", "replace").splitlines():
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            group = text[1:-1].strip()
        elif group in GROUPS and text and not text.startswith(("#", ";")):
            name, _, target = text.partition("=")
            # Extras after the target (`module:attribute [extra]`) are of no use any more.
            found.append(EntryPoint(package, group, name.strip(), target.partition("[")[0].strip()))
    return found
