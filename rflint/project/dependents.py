"""Which specs a change touches that nobody named: those that import or extend what was named, directly or through others.

Of the other specs nothing but `import:` and `extends:` is read, and of each file only the stretch that holds one of them is
parsed, where it can be understood on its own.

In a git repository the other specs are those that git tracks: a data set beside them costs nothing, and a draft outside of
a commit cannot stop it.  Elsewhere they are what a search of the folder finds.  Of files that are gone, those count as
changed that git knows to be deleted or renamed in what is staged, or between the commits that pre-commit names; what else
became of a file that is no longer there, nobody can tell from here.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from rflint.model import Limits
from rflint.project import files, git, imports, recognition
from rflint.project.files import SpecFile
from rflint.reading import source

# Start-up: as in `files`.
# ruff: noqa: PTH100, PTH110, PTH113, PTH114, PTH118, PTH120

#: The top-level keys that name other files, of a file that is not one pair of braces.
_IMPORT: Final = re.compile(rb"""(?m)^(?:import|"import"|'import'|extends|"extends"|'extends')[ \t]*:""")
#: The first line after it that is no part of its value: not blank, nor a comment, an item, a bracket or indented.
_NEXT_KEY: Final = re.compile(rb"(?m)^[^\s#\-\]]")
#: The commits between which pre-commit looks for changes, under `--from-ref` and `--to-ref` and before a push.
_RANGE: Final = ("PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF")


def with_dependents(
    found: Sequence[SpecFile],
    excluded: Callable[[str], bool],
    root_of: Callable[[str], str],
    named: Sequence[str] = (),
    folder: str | None = None,
) -> list[SpecFile]:
    """Return the files found and all specs that import them, each once, in the order of `files.find`.

    `excluded` says of an absolute path whether the configuration leaves it out; `root_of` names the folder that imports of
    specs in a folder may not leave, below which importers are looked for; `named` are the paths as the user gave them,
    since an excluded library has importers all the same.  `folder`, an absolute path, is in the repository
    of which files that are gone count as changed even though nothing is found there.

    Dependents count as found in a folder: excluded ones are left out, and what imports through them is not.  A broken file
    is a dependent as far as its import list can be read.  Raises UsageError for a folder that has to be searched and
    cannot be listed.
    """
    real = _RealPaths()
    present = {real(file.absolute) for file in found}
    changed = {real(os.path.abspath(file.path)) for file in found if file.path != files.STDIN}
    changed.update(real(os.path.abspath(path)) for path in named if path != files.STDIN and os.path.isfile(path))
    roots = sorted({root_of(os.path.dirname(path)) for path in changed})
    if folder is not None and any(path.endswith(files.SUFFIXES) for path in _deleted(root_of(folder))):
        roots = sorted({*roots, root_of(folder)})
    others = _others(roots, excluded, real)
    graph = _ImportGraph(root_of, real, known=changed | others.keys())
    for path, file in others.items():
        if path not in changed:
            graph.add(path, file)
    if graph.missing:
        for root in roots:
            changed.update(graph.missing.intersection(map(real, _deleted(root))))
    touched = importers(changed, graph.edges) - present
    return sorted([*found, *(file for path, file in others.items() if path in touched)], key=lambda file: (file.display, file.path))


def with_all_importers(
    paths: Iterable[str], found: Sequence[SpecFile], excluded: Callable[[str], bool], root_of: Callable[[str], str]
) -> set[str]:
    """Return those of some absolute paths whose importers, direct or not, are all among the files found.

    As for `with_dependents`, excluded specs do not count, and a file that cannot be read imports nothing.
    """
    real = _RealPaths()
    wanted = {path: real(path) for path in paths}
    present = {real(file.absolute) for file in found}
    others = _others(sorted({root_of(os.path.dirname(path)) for path in wanted.values()}), excluded, real)
    graph = _ImportGraph(root_of, real, known=others)
    for path, file in others.items():
        graph.add(path, file)
    return {path for path, target in wanted.items() if importers([target], graph.edges) & others.keys() <= present | {target}}


def _others(roots: Iterable[str], excluded: Callable[[str], bool], real: Callable[[str], str]) -> dict[str, SpecFile]:
    """Find the specs below some folders, by real path."""
    others: dict[str, SpecFile] = {}
    for root in roots:
        for file in _specs_below(root, excluded):
            others.setdefault(real(file.absolute), file)
    return others


def importers(changed: Iterable[str], imports: Mapping[str, Iterable[str]]) -> set[str]:
    """Return what imports any of the changed files, directly or not; `imports` may go round in circles."""
    importing: dict[str, list[str]] = {}
    for path, targets in imports.items():
        for target in targets:
            importing.setdefault(target, []).append(path)
    reached: set[str] = set()
    waiting = list(changed)
    while waiting:
        fresh = [path for path in importing.get(waiting.pop(), ()) if path not in reached]
        reached.update(fresh)
        waiting.extend(fresh)
    return reached


def imports_of(data: bytes) -> list[str]:
    """Targets of a file's `import:` and `extends:` as written; nothing where it has none that can be read."""
    if b"import" not in data and b"extends" not in data:
        return []
    keys = list(islice(_IMPORT.finditer(data), 2))
    if len(keys) == 1:
        start = keys[0].start()
        following = _NEXT_KEY.search(data, start + 1)
        alone = source.read(data[start : following.start() if following else None], "")
        if alone.document is not None and not alone.findings:
            return _targets(alone.document.data)
    whole = source.read(data, "").document
    return [] if whole is None else _targets(whole.data)


def _targets(data: object) -> list[str]:
    if not isinstance(data, dict):
        return []
    targets, base = data.get("import"), data.get("extends")
    # More than a linter would open are not looked for either.
    imported = [each for each in targets[: Limits().imports] if isinstance(each, str)] if isinstance(targets, list) else []
    return [base, *imported] if isinstance(base, str) else imported


class _RealPaths:
    """Real paths of absolute ones; the folders, which many files share, are followed once."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        if os.path.islink(path):
            return os.path.realpath(path)
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)


class _ImportGraph:
    """Which files import which, by real path."""

    def __init__(self, root_of: Callable[[str], str], real: _RealPaths, known: Iterable[str]) -> None:
        self.edges: dict[str, list[str]] = {}
        #: What is imported and does not exist.
        self.missing: set[str] = set()
        self._root_of = root_of
        self._real = real
        #: Files that are read when it is their turn, or need not be.
        self._known = set(known)
        self._limit = Limits().file_size
        self._openers: dict[str, imports.ImportOpener] = {}

    def add(self, path: str, file: SpecFile) -> None:
        """Add a spec, and of what it imports whatever no search has found: libraries may lie in hidden or excluded folders."""
        try:
            data = files.read(file, io.BytesIO(), self._limit)
        except OSError:
            return
        if not recognition.is_spec(data):
            return
        root = self._root_of(file.folder)
        waiting = [(path, file.display, data)]
        while waiting:
            path, display, data = waiting.pop()
            targets = self.edges[path] = []
            for name in imports_of(data):
                if "\0" in name:
                    continue
                target = self._real(os.path.abspath(os.path.join(os.path.dirname(display), name)))
                targets.append(target)
                if target in self._known:
                    continue
                answer = self._open(root, display, name)
                if not isinstance(answer, str):
                    self._known.add(target)
                    waiting.append((target, *answer))
                elif not os.path.exists(target):
                    self.missing.add(target)

    def _open(self, root: str, importing: str, name: str) -> files.Opened:
        if root not in self._openers:
            self._openers[root] = imports.ImportOpener(root, self._limit)
        return self._openers[root](importing, name)


# Where specs may be


def _specs_below(root: str, excluded: Callable[[str], bool]) -> Iterator[SpecFile]:
    """YAML files of a project that are not excluded: those that git tracks, else those that a search finds."""
    tracked = git.paths(root, "ls-files", "-z", "--", "*.yaml", "*.yml") if os.path.exists(os.path.join(root, ".git")) else None
    if tracked is None:
        yield from files.find((root,), excluded=excluded, force_exclude=False, stdin_name=None)
        return
    searched = {os.path.normpath(root): True}
    for path in tracked:
        folder = os.path.dirname(path)
        above = []
        while folder not in searched:
            above.append(folder)
            folder = os.path.dirname(folder)
        for below in reversed(above):
            searched[below] = searched[os.path.dirname(below)] and not excluded(below)
        if searched[os.path.dirname(path)] and os.path.isfile(path) and not excluded(path):
            yield files.SpecFile(files.display_path(path), path, named=False)


def _deleted(root: str) -> list[str]:
    """Files that are gone with what is staged, or in the range of commits that pre-commit looks at; of renamed ones, the old names."""
    if not os.path.exists(os.path.join(root, ".git")):
        return []
    first, last = map(os.environ.get, _RANGE)
    # Two commits, none of which can be taken for an option.
    changes = (f"{first}...{last}",) if first and last and not first.startswith("-") else ("--cached",)
    return git.paths(root, "diff", *changes, "--name-only", "--no-renames", "--diff-filter=D", "-z", "--") or []
