"""The only reader of the user's files: finding specs and reading them (`rflint.project.imports`: what they import)."""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Final, NamedTuple

from rflint.model import UsageError

# Start-up: pathlib would cost more than all of this module, hence os.path throughout.
# ruff: noqa: PTH100, PTH109, PTH110, PTH112, PTH113, PTH116, PTH118, PTH120, PTH123, PTH207

STDIN: Final = "-"
SUFFIXES: Final = (".yaml", ".yml")
#: Folders that never hold a project's own specs; hidden ones are skipped as well.
_FOREIGN: Final = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
#: Bytes of a file of rflint's own: a configuration, which may come with a pull request, can name a device as the baseline.
_LARGEST_OWN: Final = 64 << 20
#: How `open_import` answers where nothing forbids it: the display path and the bytes, or why not.
Opened = tuple[str, bytes] | str


class SpecFile(NamedTuple):
    """A file to lint, before it is read."""

    #: As it is printed: relative to the working directory where it lies inside, with `/`.
    display: str
    #: As it is opened; `-` for standard input.
    path: str
    #: Named by the user; found in a folder otherwise, and then a spec only if it is recognised as one.
    named: bool

    @property
    def absolute(self) -> str:
        """Absolute path; of standard input, that of its stated name."""
        return os.path.abspath(self.display if self.path == STDIN else self.path)

    @property
    def folder(self) -> str:
        """Absolute path of the folder it stands in."""
        return os.path.dirname(self.absolute)


def working_folder() -> str:
    """Absolute path of the working directory."""
    return os.getcwd()


def absolute(path: str) -> str:
    """Absolute path of a path from the working directory."""
    return os.path.abspath(path)


def folder_of(path: str) -> str:
    """Absolute path of the folder that a path stands in."""
    return os.path.dirname(os.path.abspath(path))


def real(path: str) -> str:
    """Absolute path of what a path leads to, links followed."""
    return os.path.realpath(path)


def same(first: str, second: str) -> bool:
    """Whether two paths lead to one file."""
    return os.path.realpath(first) == os.path.realpath(second)


def display_path(path: str) -> str:
    """Print form of a path: relative and with `/` inside the working directory, else as given."""
    absolute, here = os.path.abspath(path), os.getcwd()
    inside = absolute.startswith(here if here.endswith(os.sep) else here + os.sep)
    shown = absolute[len(here) :].lstrip(os.sep) if inside else os.path.normpath(path)
    return shown.replace(os.sep, "/")


def find(paths: Sequence[str], *, excluded: Callable[[str], bool], force_exclude: bool, stdin_name: str | None) -> list[SpecFile]:
    """Turn arguments into the files they mean: sorted by display path, each file once, however it is reached.

    `excluded` says of an absolute path whether the configuration leaves it out; a named file, or standard input of a stated
    name, is left out only under `force_exclude`.  Raises UsageError for paths that do not exist and folders that cannot be
    listed.
    """
    named: list[str] = []
    searched: list[str] = []
    missing: list[str] = []
    for path in paths:
        meant = [path] if path == STDIN or _may_exist(path) else _glob(path) or _model(path)
        for each in meant:
            (searched if each != STDIN and os.path.isdir(each) else named).append(each)
        if not meant:
            missing.append(path)
    if missing:
        raise UsageError(f"no such file or folder: {', '.join(f'`{path}`' for path in missing)}{_slashed(missing)}")
    found: dict[str, SpecFile] = {}
    for path in named:
        if path == STDIN:
            if not (stdin_name and force_exclude and excluded(os.path.abspath(stdin_name))):
                found.setdefault(STDIN, SpecFile(display_path(stdin_name) if stdin_name else "<stdin>", STDIN, named=True))
        elif not (force_exclude and excluded(os.path.abspath(path))):
            found.setdefault(os.path.realpath(path), SpecFile(display_path(path), path, named=True))
    for folder in searched:
        for path in _walk(folder, excluded):
            found.setdefault(os.path.realpath(path), SpecFile(display_path(path), path, named=False))
    return sorted(found.values(), key=lambda file: (file.display, file.path))


def _model(path: str) -> list[str]:
    """Take what names a model and no file: `torch:package.module:factory`."""
    from rflint.importing.formats import format_of_text  # noqa: PLC0415 - start-up

    return [path] if format_of_text(path) is not None else []


def _may_exist(path: str) -> bool:
    """Whether there is a file or folder, or a folder that cannot be looked into: reading it will tell what is the matter."""
    try:
        os.stat(path)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _slashed(missing: Sequence[str]) -> str:
    """End of a sentence about missing paths, where one would be there if it were not written for Windows."""
    for path in missing:
        meant = path.replace("\\", "/")
        if meant != path and os.path.exists(meant):
            return f"; did you mean `{meant}`?"
    return ""


def _glob(pattern: str) -> list[str]:
    """Expand a pattern that the shell left alone (Windows, quotes)."""
    if not any(character in pattern for character in "*?["):
        return []
    from glob import glob  # noqa: PLC0415 - start-up

    return sorted(glob(pattern, recursive=True))


def _walk(top: str, excluded: Callable[[str], bool]) -> Iterator[str]:
    """Yield the YAML files under a folder; links to folders are not followed, so a loop of them ends, nor those that lead out."""
    # Not `os.walk`, which recurses before Python 3.12: a thousand folders in one another are no more than a long path.
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            way_out = "" if folder == top else "; --exclude leaves it out"
            raise UsageError(f"cannot list folder `{display_path(folder)}`: {reason(error)}{way_out}") from None
        folders = []
        for entry in entries:
            path = os.path.join(folder, entry.name)
            if entry.is_dir(follow_symlinks=False):
                if _own(entry.name) and not excluded(os.path.abspath(path)):
                    folders.append(path)
            elif (
                entry.name.endswith(SUFFIXES)
                and os.path.isfile(path)
                and not (entry.is_symlink() and leads_out(path))
                and not excluded(os.path.abspath(path))
            ):
                yield path
        waiting.extend(reversed(folders))


def _own(folder: str) -> bool:
    return not folder.startswith(".") and folder not in _FOREIGN


def read(file: SpecFile, stdin: BinaryIO, limit: int) -> bytes:
    """Read a file, at most one byte more than the limit: enough for the reader to see that it is too large.

    Raises OSError.
    """
    return stdin.read(limit + 1) if file.path == STDIN else _read(file.path, limit)


def read_bytes(path: str) -> bytes:
    """Read a whole file that rflint has written or read before; raises OSError, also for one that cannot be that."""
    data = read_regular(path, _LARGEST_OWN)
    if len(data) > _LARGEST_OWN:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return data


def relative(display: str, folder: str) -> str:
    """Path from an absolute folder to a file by its print form, with `/`; the absolute one where there is no way (drives)."""
    absolute = os.path.abspath(display)
    try:
        return os.path.relpath(absolute, folder).replace(os.sep, "/")
    except ValueError:
        return absolute.replace(os.sep, "/")


def patch_names(files: Sequence[SpecFile]) -> tuple[str, list[str]]:
    """Folder in which a patch of these files can be applied, and what it is to call them.

    Patches go neither up (`..`) nor through links: the folder is the working one, or the innermost around it that holds
    all of the files; they are called by what links lead to.
    """
    here = os.path.realpath(os.getcwd())
    targets = [os.path.realpath(file.absolute) for file in files]
    try:
        base = os.path.commonpath([here, *targets])
    except ValueError:  # different drives
        return here, [file.display for file in files]
    return base, [os.path.relpath(target, base).replace(os.sep, "/") for target in targets]


def exists(path: str) -> bool:
    """Whether there is a file or folder."""
    return os.path.exists(path)


def is_folder(path: str) -> bool:
    """Whether there is a folder."""
    return os.path.isdir(path)


def beside(path: str, name: str) -> str:
    """Path of the file of a name beside the one at an absolute path (or where the name leads from there)."""
    return os.path.normpath(os.path.join(os.path.dirname(path), name))


def exists_beside(path: str, name: str) -> bool:
    """Whether there is a file of this name beside the one at `path`."""
    return os.path.exists(beside(path, name))


def processors() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _read(path: str, limit: int) -> bytes:
    with open(path, "rb") as stream:
        return stream.read(limit + 1)


def read_regular(path: str, limit: int) -> bytes:
    """Read a file, at most one byte more than the limit; raises OSError, also for a pipe or a device: they may never end."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return stream.read(limit + 1)


def contents(path: str) -> bytes:
    """All bytes of a file; raises OSError where it cannot be read."""
    with open(path, "rb") as stream:
        return stream.read()


def why_unreadable(error: OSError) -> str:
    """Say in words why a file could not be read."""
    return f"cannot be read: {reason(error)}"


def reason(error: OSError) -> str:
    """Say in a few words what an error of the system is."""
    return (error.strerror or str(error)).lower()


# Configuration files


class Surroundings(NamedTuple):
    """What lies around a folder, upwards."""

    #: Configuration files, nearest first, up to the repository root.
    configs: tuple[str, ...]
    #: Folder that holds `.git`, None outside of repositories.
    repository: str | None


_LARGEST_CONFIG: Final = 1 << 20
CONFIG_NAMES: Final = ("rflint.toml", ".rflint.toml", "pyproject.toml")


def surroundings(folder: str, known: dict[str, Surroundings]) -> Surroundings:
    """Look from a folder upwards for configuration files and for the repository root; `known` spares the next search."""
    climbed = []
    while folder not in known:
        climbed.append(folder)
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            break
        folder = parent
    for below in reversed(climbed):
        found = known.get(os.path.dirname(below), Surroundings((), None))
        # A link that leads nowhere counts: that the settings are missing must be told.
        places = (os.path.join(below, name) for name in CONFIG_NAMES)
        own = tuple(path for path in places if os.path.lexists(path) and not os.path.isdir(path))
        is_root = os.path.exists(os.path.join(below, ".git"))
        known[below] = Surroundings(own, below) if is_root else Surroundings(own + found.configs, found.repository)
    return known[climbed[0] if climbed else folder]


def read_config(path: str) -> bytes:
    """Read a configuration file; raises UsageError where that fails, and for one that is larger than any should be."""
    try:
        data = read_regular(path, _LARGEST_CONFIG)
    except OSError as error:
        raise UsageError(f"`{display_path(path)}` {why_unreadable(error)}") from None
    if len(data) > _LARGEST_CONFIG:
        raise UsageError(f"{display_path(path)}: the file has more than {_LARGEST_CONFIG:,} bytes, the largest configuration that is read")
    return data


# Where specs may lead


def leads_out(path: str) -> bool:
    """Whether a file, by a link, stands outside of the repository that its path is in; outside of all, of what stands for one."""
    folder = os.path.realpath(folder_of(path))
    root = import_root(folder, surroundings(folder, {}).repository, None)
    return not inside(os.path.realpath(path), os.path.realpath(root))


def import_root(folder: str, repository: str | None, config: str | None) -> str:
    """Folder that imports may not leave: the repository, else the configuration's, else the working directory.

    A spec outside of all of them may import from its own folder.
    """
    candidates = (repository, folder_of(config) if config else None, os.getcwd())
    return next((root for root in candidates if root and inside(folder, root)), folder)


def inside(path: str, folder: str) -> bool:
    """Whether an absolute path is that of a folder, or of something in it."""
    try:
        return os.path.normcase(os.path.commonpath([path, folder])) == os.path.normcase(folder)
    except ValueError:  # different drives
        return False
