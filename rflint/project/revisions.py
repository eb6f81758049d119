"""Files of a commit: written into a temporary folder as they are asked for, from git's own objects.

Nothing is checked out, no filter or hook of the repository runs, and links lead to files of the commit, or are left out.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from rflint.model import UsageError
from rflint.project import files, git

# os.path throughout, as in `rflint.project.files`.
# ruff: noqa: PTH100, PTH102, PTH103, PTH109, PTH118, PTH120, PTH123, PTH211

#: Bytes of one file that are written; what is larger is no spec, and no model that is read at a revision.
_LARGEST: Final = 256 << 20
_LINK: Final = "120000"
_FILE: Final = re.compile(r"100[0-7]{3}")
#: Links to links that are followed.
_HOPS: Final = 10


class _Entry(NamedTuple):
    mode: str
    blob: str
    size: int


def repository() -> str | None:
    """Folder of the repository that the working directory is in."""
    return files.surroundings(files.working_folder(), {}).repository


def without_git() -> bool:
    """Whether there is no git that could be asked."""
    return not git.is_there()


def commit_of(root: str, name: str) -> str | None:
    """Return the commit that a revision names, in full; None where it names none, or could be taken for an option."""
    if not name or name.startswith("-") or ":" in name:
        return None
    said = git.output(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    commit = (said or b"").decode("ascii", "replace").strip()
    return commit if re.fullmatch("[0-9a-f]{40,64}", commit) else None


class Revision:
    """The files of one commit, below `folder` as far as they were asked for; to be closed."""

    def __init__(self, root: str, commit: str) -> None:
        """Raises UsageError where git cannot list the files."""
        listed = git.output(root, "ls-tree", "-r", "-z", "-l", "--full-tree", commit)
        if listed is None:
            raise UsageError(f"git cannot list the files of {commit[:12]}")
        self._root = root
        self._entries = dict(_entries(os.fsdecode(listed)))
        self._folders = {""} | {folder for path in self._entries for folder in _above(path)}
        self._written: set[str] = set()
        self._temporary = tempfile.TemporaryDirectory(prefix="rflint-")
        self.folder = os.path.realpath(self._temporary.name)
        # What imports may not leave, and where settings are no longer looked for.
        os.mkdir(os.path.join(self.folder, ".git"))
        self._write(path for path in self._entries if path.rpartition("/")[2] in files.CONFIG_NAMES or path.endswith(".toml"))

    def close(self) -> None:
        """Remove what was written."""
        self._temporary.cleanup()

    def has(self, path: str) -> bool:
        """Whether there is a file or a folder at a path from the root of the repository, with `/`; empty: the root."""
        return path in self._entries or path in self._folders

    def take(self, path: str) -> str:
        """Write a file, or all YAML files of a folder, and return where that is."""
        if path in self._entries:
            self._write((path,))
        else:
            below = f"{path}/" if path else ""
            self._write(each for each in self._entries if each.startswith(below) and each.endswith(files.SUFFIXES))
        place = os.path.join(self.folder, *path.split("/")) if path else self.folder
        if path in self._folders:
            os.makedirs(place, exist_ok=True)
        return place

    def fetch(self, path: str) -> None:
        """Write the file that belongs at a path below `folder`, if the commit has it."""
        name = os.path.relpath(os.path.abspath(path), self.folder).replace(os.sep, "/")
        if name in self._entries:
            self._write((name,))

    def _write(self, paths: Iterable[str]) -> None:
        targets = {path: target for path in dict.fromkeys(paths) if path not in self._written and (target := self._followed(path))}
        regular = {target: self._entries[target].blob for target in targets.values() if target not in self._written}
        self._written.update(targets, regular)
        contents = self._read(list(dict.fromkeys(regular.values())))
        for path, blob in regular.items():
            with open(self._place(path), "wb") as stream:
                stream.write(contents[blob])
        for path, target in targets.items():
            if path != target:
                self._link(path, target)

    def _place(self, path: str) -> str:
        """Where a file of the commit is written, in a folder that there is."""
        place = os.path.join(self.folder, *path.split("/"))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        return place

    def _link(self, path: str, target: str) -> None:
        """Make a link to a file that was written: one file at two paths is one spec, as it is in the working tree."""
        place, source = self._place(path), self._place(target)
        try:
            os.symlink(source, place)
        except (OSError, NotImplementedError):  # Windows asks for a privilege
            shutil.copyfile(source, place)

    def _followed(self, path: str) -> str | None:
        """Return the path of the file that a path leads to within the commit."""
        for _ in range(_HOPS):
            entry = self._entries.get(path)
            if entry is None or entry.mode != _LINK:
                return path if entry is not None and entry.size <= _LARGEST else None
            target = os.fsdecode(self._read([entry.blob])[entry.blob])
            path = os.path.normpath(os.path.join(os.path.dirname(path), target)).replace(os.sep, "/")
        return None

    def _read(self, blobs: list[str]) -> dict[str, bytes]:
        """Read objects; raises UsageError for one that is missing."""
        if not blobs:
            return {}
        said = git.output(self._root, "cat-file", "--batch", given="".join(f"{blob}\n" for blob in blobs).encode())
        contents, at = {}, 0
        for blob in blobs:
            end = -1 if said is None else said.find(b"\n", at)
            head = [] if said is None or end < 0 else said[at:end].split(b" ")
            if said is None or len(head) != 3 or head[1] != b"blob":
                raise UsageError(f"git cannot read the object {blob[:12]} (a partial clone?)")
            size = int(head[2])
            contents[blob] = said[end + 1 : end + 1 + size]
            at = end + 1 + size + 1
        return contents


def _entries(listed: str) -> Iterator[tuple[str, _Entry]]:
    """Files and links of a listing, by path; whatever would be written elsewhere than below a folder is left out."""
    for line in listed.split("\0"):
        about, _, path = line.partition("\t")
        fields = about.split()
        if (
            len(fields) == 4
            and fields[3].isdigit()
            and fields[1] == "blob"
            and (fields[0] == _LINK or _FILE.fullmatch(fields[0]))
            and _lies_below(path)
        ):
            yield path, _Entry(fields[0], fields[2], int(fields[3]))


def _lies_below(path: str) -> bool:
    parts = path.split("/")
    odd = os.name == "nt" and any(character in path for character in '\\:*?"<>|')
    return not odd and not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)


def _above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


@contextmanager
def standing_in(folder: str) -> Iterator[None]:
    """Make a folder the working directory for a while: paths are shown, and found, as they would be from there."""
    before = os.getcwd()
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
