"""The two sides of `rflint diff`: what the words on the command line mean, and all specs of a side."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from rflint.cli.commands import Arguments
from rflint.cli.options import parse_sizes, settings_of
from rflint.cli.streams import Streams
from rflint.cli.working import Outcome, Task, Worker
from rflint.comparing import WORKING_TREE, Side
from rflint.model import SpecReport, UsageError
from rflint.project import files, revisions

# os.path throughout, as in `rflint.project.files`.
# ruff: noqa: PTH118


class Wanted(NamedTuple):
    """One side, as it was asked for."""

    #: What it is called.
    name: str
    #: The commit, in full; None: what lies here.
    commit: str | None
    #: Files, folders and models: of a commit from the root of the repository, with `/`; else as written.
    paths: tuple[str, ...]
    #: The same as they stand on the command line.
    words: tuple[str, ...]
    #: Whether it was named by itself: its files go by what they are called in it.
    alone: bool


class Opened(NamedTuple):
    """The specs of one side, by the path that each is known by on both."""

    specs: Mapping[str, Side]
    #: Paths of those that others extend.
    bases: frozenset[str]
    #: Whether rflint itself failed on one.
    failed: bool
    #: Whether it is one file.
    single: bool
    #: Of the words that were asked for, those that mean something on this side.
    words: frozenset[str]


def wanted(words: Sequence[str]) -> tuple[Wanted, Wanted]:
    """Tell what `OLD NEW`, `REV`, `REV PATHS` and `REV REV PATHS` mean; raises UsageError for a word that means nothing."""
    root = revisions.repository()
    first, *rest = words
    commit = _commit(root, first)
    if commit is None:
        alone = _alone(root, first)
        if len(rest) != 1:
            raise UsageError(
                f"`{first}` is no revision: name what to compare it with" if not rest else f"OLD and NEW are two: what is `{rest[1]}`?"
            )
        second = _commit(root, rest[0])
        if second is None:
            return alone, _alone(root, rest[0])
        return _here((first,), first), _at(root, rest[0], second, (first,))
    second = _commit(root, rest[0]) if rest else None
    paths = tuple(rest[1:] if second is not None else rest) or (".",)
    old = _at(root, first, commit, paths)
    if second is not None:
        return old, _at(root, rest[0], second, paths)
    return old, _here(paths, WORKING_TREE)


def _commit(root: str | None, word: str) -> str | None:
    """Return the commit that a word names; None for a path, which wins, and for what names none."""
    return None if root is None or _is_path(word) else revisions.commit_of(root, word)


def _is_path(word: str) -> bool:
    from rflint.importing import format_of_text  # noqa: PLC0415 - start-up

    return files.exists(word) or format_of_text(word) is not None


def _alone(root: str | None, word: str) -> Wanted:
    """Tell what a word means that is a side by itself: a path here, or `REV:path`."""
    if _is_path(word):
        return Wanted(word, None, (word,), (word,), alone=True)
    name, colon, path = word.partition(":")
    if not colon:
        known = "nor a revision of git" if root is not None else "and this is no git repository"
        raise UsageError(f"no such file or folder, {known}: `{word}`{_shallow(root)}")
    if root is None:
        raise UsageError(f"`{word}`: this is no git repository")
    if (commit := revisions.commit_of(root, name)) is None:
        raise UsageError(f"`{word}`: git knows no revision `{name}` here{_shallow(root)}")
    # As git has it: from the root of the repository, but from here where it begins with `./` or `../`.
    below = _from_root(root, path) if path.split("/")[0] in (".", "..") else path.strip("/")
    return Wanted(word, commit, (below,), (word,), alone=True)


def _shallow(root: str | None) -> str:
    """End of a sentence about a revision that is missing."""
    if root is not None and revisions.without_git():
        return " (there is no program `git` to ask)"
    shallow = root is not None and files.exists(os.path.join(root, ".git", "shallow"))
    return " (the clone is shallow: `fetch-depth: 0` brings all of it)" if shallow else ""


def _at(root: str | None, name: str, commit: str, paths: Sequence[str]) -> Wanted:
    assert root is not None  # it has the commit
    return Wanted(name, commit, tuple(_from_root(root, path) for path in paths), tuple(paths), alone=False)


def _here(paths: Sequence[str], name: str) -> Wanted:
    return Wanted(name, None, tuple(paths), tuple(paths), alone=False)


def _from_root(root: str, path: str) -> str:
    """Path from the root of the repository, with `/`; raises UsageError for one outside of it."""
    real = files.absolute(path)
    if not files.inside(real, root):
        raise UsageError(f"`{path}` is outside of the repository `{files.display_path(root)}`")
    name = files.relative(real, root)
    return "" if name == "." else name


def opened(side: Wanted, arguments: Arguments, streams: Streams) -> Opened:
    """Lint the specs of a side; raises UsageError, which names the side, where it cannot be opened."""
    try:
        if side.commit is None:
            # What was deleted may be on the other side.
            present = [path for path in side.paths if side.alone or files.exists(path)]
            return _linted(side, present, arguments, streams)._replace(words=frozenset(present))
        root = revisions.repository()
        assert root is not None
        with closing(revisions.Revision(root, side.commit)) as revision:
            # What is new is on the other side only.
            there = {word: path for word, path in zip(side.words, side.paths, strict=True) if revision.has(path)}
            places = [revision.take(path) for path in there.values()]
            if side.alone and not places:
                raise UsageError("there is no such file or folder")
            below = files.relative(files.working_folder(), root)
            given = {key: files.absolute(value) for key in ("config", "baseline") if (value := _given(arguments, key))}
            with revisions.standing_in(os.path.normpath(os.path.join(revision.folder, below))):
                paths = [files.relative(place, files.working_folder()) for place in places]
                linted = _linted(side, paths, arguments.with_values(**given), streams, revision)
            return linted._replace(words=frozenset(there))
    except UsageError as error:
        raise UsageError(f"`{side.name}` cannot be compared: {error}") from None


def _given(arguments: Arguments, key: str) -> str | None:
    return arguments.optional(key) if key in arguments.values else None


def _linted(
    side: Wanted, paths: Sequence[str], arguments: Arguments, streams: Streams, revision: revisions.Revision | None = None
) -> Opened:
    settings = settings_of(arguments)
    task = Task(sizes=parse_sizes(arguments.texts("size")), layers=True, debug=arguments.flag("debug"), keep=True)
    found = files.find(paths, excluded=settings.excludes, force_exclude=False, stdin_name=None) if paths else []
    worker = Worker(task, settings, streams.stdin, None if revision is None else revision.fetch)
    specs: dict[str, Side] = {}
    bases: set[str] = set()
    failed = False
    single = side.alone and len(found) == 1 and found[0].named
    for outcome in map(worker.outcome, found):
        if outcome.spec is None:
            continue
        if outcome.complaint:
            streams.tell(outcome.complaint)
        _refuse_unopened(outcome)
        specs[_known_as(outcome, side, paths, single=single)] = Side(outcome.spec, outcome.analysis, outcome.rules)
        bases.update(outcome.spec.bases)
        failed = failed or outcome.spec.internal_error is not None
    names = {each.report.path: name for name, each in specs.items()}
    return Opened(specs, frozenset(names[path] for path in bases if path in names), failed, single, frozenset())


def _refuse_unopened(outcome: Outcome) -> None:
    """Raise UsageError for a file that was named and could not be opened: that must not pass for a spec without layers."""
    spec: SpecReport | None = outcome.spec
    if outcome.file.named and not outcome.opened and spec is not None:
        raise UsageError(spec.findings[0].message)


def _known_as(outcome: Outcome, side: Wanted, paths: Sequence[str], *, single: bool) -> str:
    """Path by which a spec is known on both sides: below a folder that is a side, else from here; of single files nothing."""
    if single:
        return ""
    if side.alone and len(paths) == 1 and files.is_folder(paths[0]):
        return files.relative(outcome.file.display, files.absolute(paths[0]))
    return outcome.file.display
