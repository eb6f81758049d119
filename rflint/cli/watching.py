"""`--watch`: lint again whenever something changes that had a say in the last run.

    def once() -> tuple[int, Iterable[str]]: ...    # lint, print the report; the exit code, and the paths it depends on
    return watch(once, streams)

The paths are those of files and folders.  Of a file its content counts, told by times, size and identity; of a folder, which
YAML files and folders it holds, so that new specs are seen and an editor's swap files are not.  Paths that do not exist may
be among them (an import that leads nowhere) and count once they do.  Configuration files need not be: every place above a
path is watched where one could stand.  `Searched` collects what a search of folders came upon.

Standard output gets the reports and nothing else; it is cleared before each where it is a terminal.  What the watcher says
goes to standard error.  Ctrl-C ends it with exit code 130, as it does every run; so does the end of whoever reads its
output, with the exit code of the last run.  Wrong usage is an end at the first run; later it is told and watching goes on,
because configuration files are saved half-finished, too.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TextIO

from rflint.cli.streams import Streams
from rflint.model import UsageError
from rflint.project import files
from rflint.words import counted

Probe = Callable[[str], "Sign | None"]

# Start-up: as in `files`.
# ruff: noqa: PTH100, PTH110, PTH112, PTH116, PTH118, PTH120

#: Seconds between two looks.
INTERVAL: Final = 0.3
#: Seconds for which all has to be at rest before it is linted: a file is often saved in several steps.
SETTLE: Final = 0.1
#: Looks after which what never rests is linted all the same.
PATIENCE: Final = 20
#: The clock that stamps files may be this many nanoseconds behind the other one.
_CLOCK_STEP: Final = 20_000_000
#: Files that a message names.
_NAMED: Final = 3
_CLEAR: Final = "\x1b[2J\x1b[H"


class Sign(NamedTuple):
    """What a path is like at one moment."""

    #: Equal for two moments as long as nothing changed that matters.
    state: tuple[object, ...]
    #: When it last changed in any way, in nanoseconds.
    touched: int
    is_folder: bool = False


class Searched:
    """An `excluded` for `files.find` that remembers the folders and YAML files which were looked at."""

    def __init__(self, excluded: Callable[[str], bool]) -> None:
        self.paths: list[str] = []
        self._excluded = excluded

    def __call__(self, path: str) -> bool:
        """Whether the configuration leaves out a path."""
        if self._excluded(path):
            return True
        self.paths.append(path)
        return False


class Signs:
    """Looks at the disk: one call to the system a path, and a folder is listed only when something happened in it."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[tuple[int, int], frozenset[str]]] = {}

    def __call__(self, path: str) -> Sign | None:
        """Look at an absolute path."""
        try:
            found = os.stat(path)
        except (OSError, ValueError):
            return None
        touched = max(found.st_mtime_ns, found.st_ctime_ns)
        if stat.S_ISDIR(found.st_mode):
            return Sign((found.st_ino, self._listed(path, (found.st_ino, found.st_mtime_ns))), touched, is_folder=True)
        return Sign((found.st_ino, found.st_mtime_ns, found.st_size), touched)

    def _listed(self, folder: str, version: tuple[int, int]) -> frozenset[str]:
        known = self._entries.get(folder)
        if known is None or known[0] != version:
            known = self._entries[folder] = version, _entries(folder)
        return known[1]


def _entries(folder: str) -> frozenset[str]:
    """YAML files and folders that a search would come upon."""
    try:
        with os.scandir(folder) as entries:
            return frozenset(
                entry.name
                for entry in entries
                if entry.name.endswith(files.SUFFIXES) or (entry.name[:1] != "." and entry.is_dir(follow_symlinks=False))
            )
    except OSError:
        return frozenset()


def watch(
    once: Callable[[], tuple[int, Iterable[str]]],
    streams: Streams,
    *,
    written: Iterable[str] = (),
    probe: Probe | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], int] = time.time_ns,
    abandoned: Callable[[], bool] | None = None,
) -> int:
    """Run `once` now and after every change.

    `written` are files that the runs themselves write, which do not count; `abandoned` says whether nobody reads the output
    any more.

    Raises UsageError from the first run, and KeyboardInterrupt.
    """
    watcher = _Watcher(
        streams, {os.path.abspath(path) for path in written}, probe or Signs(), sleep, clock, abandoned or _Reader(streams.stdout).left
    )
    try:
        return watcher.run(once)
    except KeyboardInterrupt:
        # The terminal has printed `^C`.
        if streams.stderr.isatty():
            streams.stderr.write("\n")
        raise


class _Watcher:
    def __init__(
        self,
        streams: Streams,
        written: set[str],
        probe: Probe,
        sleep: Callable[[float], None],
        clock: Callable[[], int],
        abandoned: Callable[[], bool],
    ) -> None:
        self._streams = streams
        self._written = written
        self._probe = probe
        self._sleep = sleep
        self._clock = clock
        self._abandoned = abandoned
        #: What the last run depended on, as it was then.
        self._seen: Mapping[str, Sign | None] = {}

    def run(self, once: Callable[[], tuple[int, Iterable[str]]]) -> int:
        started = self._clock()
        code, paths = once()
        changed = self._see(paths, started)
        while True:
            if not changed:
                self._say_watching()
                if not (changed := self._wait()):
                    return code
            self._say_changed(changed)
            started = self._clock()
            try:
                code, paths = once()
            except UsageError as error:
                self._streams.say(str(error))
                # What the run would have depended on is not known; what mends it is among this.
                paths = self._seen
            changed = self._see(paths, started)

    def _see(self, paths: Iterable[str], started: int) -> list[str]:
        """Look at what a run depended on; what changed while it ran has to be linted again."""
        before = self._seen
        self._seen = {path: self._probe(path) for path in _with_configurations(paths) if path not in self._written}
        return [
            path
            for path, sign in self._seen.items()
            if (_differ(before[path], sign) if path in before else sign is not None and sign.touched > started - _CLOCK_STEP)
        ]

    def _wait(self) -> list[str]:
        """Wait for a change and until it is complete; nothing where nobody waits for its report."""
        while True:
            self._sleep(INTERVAL)
            if self._abandoned():
                return []
            now = self._look()
            if not _changed(self._seen, now):
                continue
            for _ in range(PATIENCE):
                self._sleep(SETTLE)
                before, now = now, self._look()
                if not _changed(before, now):
                    break
            if changed := _changed(self._seen, now):
                self._seen = now
                return changed

    def _look(self) -> dict[str, Sign | None]:
        return {path: self._probe(path) for path in self._seen}

    def _say_watching(self) -> None:
        watched = sum(sign is not None and not sign.is_folder for sign in self._seen.values())
        self._streams.say(f"{self._time()} watching {counted(watched, 'file')}; Ctrl-C ends")

    def _say_changed(self, paths: Sequence[str]) -> None:
        names = ", ".join(files.display_path(path) for path in paths[:_NAMED])
        more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
        if self._streams.stdout.isatty() and self._streams.environ.get("TERM") != "dumb":
            self._streams.put(_CLEAR)
        self._streams.say(f"{self._time()} changed: {names}{more}")

    def _time(self) -> str:
        return time.strftime("%H:%M:%S", time.localtime(self._clock() // 1_000_000_000))


def _differ(before: Sign | None, after: Sign | None) -> bool:
    return (before and before.state) != (after and after.state)


def _changed(before: Mapping[str, Sign | None], after: Mapping[str, Sign | None]) -> list[str]:
    return [path for path, sign in before.items() if _differ(sign, after[path])]


def _with_configurations(paths: Iterable[str]) -> list[str]:
    """Absolute paths, and the places of configuration files in the folders above them, up to a repository or the top."""
    absolute = dict.fromkeys(os.path.abspath(path) for path in paths)
    folders: dict[str, None] = {}
    for path in absolute:
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        while folder not in folders:
            folders[folder] = None
            if not os.path.exists(os.path.join(folder, ".git")):
                folder = os.path.dirname(folder)
    places = (os.path.join(folder, name) for folder in folders for name in files.CONFIG_NAMES)
    return list(dict.fromkeys((*absolute, *places)))


class _Reader:
    """Whoever reads a stream of this process."""

    def __init__(self, stream: TextIO) -> None:
        try:
            self._descriptor = stream.fileno()
            self._identity = self._identify()
        except (OSError, ValueError):
            self._descriptor = -1

    def left(self) -> bool:
        """Whether the stream is a pipe without an end, or was one: `Streams.put` points a broken one at nothing."""
        if self._descriptor < 0:
            return False
        try:
            if self._identify() != self._identity:
                return True
        except OSError:
            return True
        if not stat.S_ISFIFO(self._identity[0]):
            return False
        import select  # noqa: PLC0415 - start-up

        if not hasattr(select, "poll"):  # Windows: told by the next report
            return False
        poll = select.poll()
        poll.register(self._descriptor, 0)
        return bool(poll.poll(0))

    def _identify(self) -> tuple[int, int, int]:
        found = os.fstat(self._descriptor)
        return found.st_mode, found.st_dev, found.st_ino
