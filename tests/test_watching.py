"""Watching: what counts as a change, when it is linted, what is said, and how it ends."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import takes_interrupts

from rflint.cli import watching
from rflint.cli.streams import Streams
from rflint.cli.watching import INTERVAL, PATIENCE, SETTLE, Searched, Sign, Signs, watch
from rflint.model import UsageError
from rflint.project import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

posix_only = pytest.mark.skipif(os.name == "nt", reason="pipes and signals of POSIX")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class World:
    """A disk, a clock and a terminal; time passes only while the watcher sleeps, and things happen only then."""

    def __init__(self, *, terminal: bool = False, environ: dict[str, str] | None = None) -> None:
        self.disk: dict[str, Sign] = {}
        self.now = 1_000_000_000
        self.slept: list[float] = []
        #: What happens during the next sleeps, in order; Ctrl-C when nothing is left.
        self.script: list[Callable[[], None]] = []
        self.out: io.StringIO = Terminal() if terminal else io.StringIO()
        self.err: io.StringIO = Terminal() if terminal else io.StringIO()
        self.environ = environ or {}
        self.runs = 0
        self.gone = False

    def path(self, name: str) -> str:
        return str(Path.cwd() / name)

    def put(self, name: str, content: str = "", *, is_folder: bool = False) -> None:
        self.now += 1_000_000_000
        self.disk[self.path(name)] = Sign((content,), self.now, is_folder)

    def remove(self, name: str) -> None:
        del self.disk[self.path(name)]

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += int(seconds * 1e9)
        if not self.script:
            raise KeyboardInterrupt
        self.script.pop(0)()

    def watch(self, once: Callable[[], tuple[int, Iterable[str]]], written: Iterable[str] = ()) -> int:
        self.now += 1_000_000_000

        def counted() -> tuple[int, Iterable[str]]:
            self.runs += 1
            return once()

        return watch(
            counted,
            Streams(io.BytesIO(), self.out, self.err, self.environ),
            written=written,
            probe=self.disk.get,
            sleep=self.sleep,
            clock=lambda: self.now,
            abandoned=lambda: self.gone,
        )

    def interrupted(self, once: Callable[[], tuple[int, Iterable[str]]], written: Iterable[str] = ()) -> None:
        with pytest.raises(KeyboardInterrupt):
            self.watch(once, written)

    def said(self) -> list[str]:
        """Lines on standard error, without the time of day."""
        return [re.sub(r"^rflint: \d\d:\d\d:\d\d ", "", line) for line in self.err.getvalue().splitlines()]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # No configuration files above it are looked for.
    (tmp_path / ".git").mkdir()


def nothing() -> None:
    pass


# When is linted again


def test_nothing_changes() -> None:
    world = World()
    world.put("a.yaml")
    world.script = [nothing, nothing]
    world.interrupted(lambda: (0, ["a.yaml"]))
    assert world.runs == 1
    assert world.slept == [INTERVAL] * 3
    assert world.said() == ["watching 1 file; Ctrl-C ends"]
    assert world.out.getvalue() == ""


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda world: world.put("a.yaml", "new"), "a.yaml"),
        (lambda world: world.remove("a.yaml"), "a.yaml"),
        (lambda world: world.put("specs", "b.yaml", is_folder=True), "specs"),
        (lambda world: world.put("lib/missing.yaml"), "lib/missing.yaml"),
        (lambda world: world.put("rflint.toml"), "rflint.toml"),
        (lambda world: world.put("specs/pyproject.toml"), "specs/pyproject.toml"),
    ],
    ids=["file", "gone", "folder", "import that led nowhere", "configuration", "configuration of a folder"],
)
def test_what_is_a_change(change: Callable[[World], None], path: str) -> None:
    world = World()
    world.put("a.yaml")
    world.put("specs", is_folder=True)
    (Path.cwd() / "specs").mkdir()
    world.script = [nothing, lambda: change(world), nothing, nothing]
    world.interrupted(lambda: (0, ["a.yaml", "specs", "lib/missing.yaml"]))
    assert world.runs == 2
    # Two looks, the second one sees it; rest for a moment; two more looks.
    assert world.slept == [INTERVAL, INTERVAL, SETTLE, INTERVAL, INTERVAL]
    assert world.said()[1] == f"changed: {path}"


def test_a_file_is_linted_when_it_is_complete() -> None:
    world = World()
    world.put("a.yaml", "old")
    world.script = [
        lambda: world.put("a.yaml", ""),
        lambda: world.remove("a.yaml"),
        lambda: world.put("a.yaml", "ne"),
        lambda: world.put("a.yaml", "new"),
        nothing,
    ]
    seen = []
    world.interrupted(lambda: (seen.append(world.disk[world.path("a.yaml")].state[0]) or 0, ["a.yaml"]))
    assert seen == ["old", "new"]
    assert world.slept == [INTERVAL, *[SETTLE] * 4, INTERVAL]


def test_what_is_as_before_is_not_linted_again() -> None:
    world = World()
    world.put("a.yaml", "old")
    world.script = [lambda: world.put("a.yaml", "new"), lambda: world.put("a.yaml", "old"), nothing, nothing]
    world.interrupted(lambda: (0, ["a.yaml"]))
    assert world.runs == 1


def test_what_never_rests_is_linted_all_the_same() -> None:
    world = World()
    world.put("a.yaml", "0")
    world.script = [(lambda number=number: world.put("a.yaml", f"{number}")) for number in range(1, PATIENCE + 2)]
    world.interrupted(lambda: (0, ["a.yaml"]))
    assert world.runs == 2
    assert world.slept == [INTERVAL, *[SETTLE] * PATIENCE, INTERVAL]


def test_what_changes_during_a_run_is_linted_again() -> None:
    world = World()
    world.put("a.yaml", "old")
    saves = ["saved during the first run", "saved during the second"]

    def once() -> tuple[int, list[str]]:
        if saves:
            world.put("a.yaml", saves.pop(0))
        return 0, ["a.yaml"]

    world.interrupted(once)
    assert world.runs == 3
    assert world.said() == ["changed: a.yaml", "changed: a.yaml", "watching 1 file; Ctrl-C ends"]


def test_times_in_the_future_are_no_change() -> None:
    world = World()
    world.disk[world.path("a.yaml")] = Sign(("",), 10**20)
    world.script = [nothing]
    world.interrupted(lambda: (0, ["a.yaml"]))
    # Once more to be sure, and then it is known.
    assert world.runs == 2


def test_what_a_run_writes_itself_is_no_change() -> None:
    world = World()
    world.put("a.yaml")

    def once() -> tuple[int, list[str]]:
        world.put("out.yaml", str(world.runs))
        return 0, ["a.yaml", "out.yaml"]

    world.script = [nothing]
    world.interrupted(once, written=["./out.yaml"])
    assert world.runs == 1


def test_paths_of_the_last_run_are_watched() -> None:
    world = World()
    world.put("a.yaml")
    world.put("b.yaml")
    paths = [["a.yaml"], ["b.yaml"]]
    world.script = [
        lambda: world.put("b.yaml", "not yet"),
        lambda: world.put("a.yaml", "first"),
        nothing,
        lambda: world.put("a.yaml", "no more"),
        lambda: world.put("b.yaml", "now"),
        nothing,
    ]
    world.interrupted(lambda: (0, paths.pop(0) if paths else ["b.yaml"]))
    assert world.runs == 3
    assert [line for line in world.said() if "changed" in line] == ["changed: a.yaml", "changed: b.yaml"]


# What is said


def test_many_changes_at_once() -> None:
    world = World()
    names = [f"{number}.yaml" for number in range(1_005)]
    for name in names:
        world.put(name)
    world.script = [lambda: [world.put(name, "new") for name in names] and None, nothing]  # type: ignore[func-returns-value]
    world.interrupted(lambda: (0, names))
    assert world.said()[:2] == ["watching 1,005 files; Ctrl-C ends", "changed: 0.yaml, 1.yaml, 2.yaml and 1,002 more"]


def test_names_cannot_speak_to_the_terminal() -> None:
    world = World()
    world.put("a\x1b[2J.yaml")
    world.script = [lambda: world.put("a\x1b[2J.yaml", "new"), nothing]
    world.interrupted(lambda: (0, ["a\x1b[2J.yaml"]))
    assert world.said()[1] == "changed: a\\x1b[2J.yaml"


@pytest.mark.parametrize(("terminal", "environ", "cleared"), [(True, {}, True), (True, {"TERM": "dumb"}, False), (False, {}, False)])
def test_only_a_terminal_is_cleared(terminal: bool, environ: dict[str, str], cleared: bool) -> None:
    world = World(terminal=terminal, environ=environ)
    world.put("a.yaml")

    def once() -> tuple[int, list[str]]:
        world.out.write(f"report {world.runs}\n")
        return 0, ["a.yaml"]

    world.script = [lambda: world.put("a.yaml", "new"), nothing]
    world.interrupted(once)
    assert world.out.getvalue() == f"report 1\n{watching._CLEAR if cleared else ''}report 2\n"
    # The line that `^C` stands in is ended.
    assert world.err.getvalue().endswith("\n\n") == terminal


def test_the_time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching.time, "localtime", time.gmtime)
    world = World()
    world.now = 13 * 3600 * 10**9 + 4 * 10**9
    world.interrupted(lambda: (0, []))
    assert world.err.getvalue() == "rflint: 13:00:05 watching 0 files; Ctrl-C ends\n"


# How it ends


def test_wrong_usage_at_first_is_the_end() -> None:
    def once() -> tuple[int, list[str]]:
        raise UsageError("no such file or folder: `x`")

    with pytest.raises(UsageError, match="no such file"):
        World().watch(once)


def test_wrong_usage_later_is_told_and_can_be_mended() -> None:
    world = World()
    world.put("a.yaml")
    world.put("rflint.toml", "good")

    def once() -> tuple[int, list[str]]:
        if world.disk[world.path("rflint.toml")].state == ("bad",):
            raise UsageError("rflint.toml: unknown key `x`")
        return 0, ["a.yaml"]

    world.script = [lambda: world.put("rflint.toml", "bad"), nothing, lambda: world.put("rflint.toml", "mended"), nothing]
    world.interrupted(once)
    assert world.said() == [
        "watching 2 files; Ctrl-C ends",
        "changed: rflint.toml",
        "rflint: rflint.toml: unknown key `x`",
        "watching 2 files; Ctrl-C ends",
        "changed: rflint.toml",
        "watching 2 files; Ctrl-C ends",
    ]


def test_without_a_reader_it_ends_with_the_code_of_the_last_run() -> None:
    world = World()
    world.put("a.yaml")
    codes = [0, 1]
    world.script = [lambda: world.put("a.yaml", "new"), nothing, lambda: setattr(world, "gone", True)]
    assert world.watch(lambda: (codes.pop(0), ["a.yaml"])) == 1


# The disk


def test_signs_of_files() -> None:
    signs = Signs()
    path = Path("a.yaml").absolute()
    assert signs(str(path)) is None
    path.write_text("one")
    first = signs(str(path))
    assert first is not None
    assert signs(str(path)) == first
    assert not first.is_folder
    path.write_text("three")
    longer = signs(str(path))
    assert longer is not None
    assert longer.state != first.state
    # Saved by renaming another file to it, times and size kept.
    Path("b.yaml").write_text("seven")
    os.utime("b.yaml", ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    Path("b.yaml").replace(path)
    renamed = signs(str(path))
    assert renamed is not None
    assert renamed.state != longer.state
    assert signs("a\0b") is None


def test_signs_of_folders() -> None:
    signs = Signs()
    folder = Path("specs").absolute()
    folder.mkdir()

    def state() -> object:
        sign = signs(str(folder))
        assert sign is not None
        assert sign.is_folder
        # As if time had passed: two changes within one tick of the disk's clock look alike.
        later = folder.stat().st_mtime_ns + 10**9
        os.utime(folder, ns=(later, later))
        return sign.state

    empty = state()
    for name in (".a.yaml.swp", "4913", "notes.txt"):
        (folder / name).write_text("")
    (folder / ".hidden").mkdir()
    assert state() == empty
    (folder / "a.yaml").write_text("")
    with_file = state()
    assert with_file != empty
    (folder / "a.yaml").write_text("changed")
    assert state() == with_file
    (folder / "more").mkdir()
    assert state() not in (empty, with_file)


def test_folders_are_listed_only_when_something_happened_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = []
    monkeypatch.setattr(watching, "_entries", lambda folder: listed.append(folder) or frozenset())
    signs = Signs()
    folder = str(Path.cwd())
    signs(folder)
    signs(folder)
    assert listed == [folder]


def test_a_search_is_remembered() -> None:
    for name in ("specs/a.yaml", "specs/deep/no-spec.yaml", "specs/notes.txt", "specs/old/b.yaml", "specs/.hidden/c.yaml"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("")
    searched = Searched(lambda path: path.endswith("old"))
    files.find(["specs"], excluded=searched, force_exclude=False, stdin_name=None)
    expected = ["specs/a.yaml", "specs/deep", "specs/deep/no-spec.yaml"]
    assert sorted(map(files.display_path, searched.paths)) == expected


def test_places_of_configurations(tmp_path: Path) -> None:
    Path("project/specs").mkdir(parents=True)
    Path("project/.git").write_text("gitdir: elsewhere")
    shown = [files.display_path(path) for path in watching._with_configurations(["project/specs/a.yaml", "project"])]
    names = ("rflint.toml", ".rflint.toml", "pyproject.toml")
    places = [f"{folder}/{name}" for folder in ("project/specs", "project") for name in names]
    assert shown == ["project/specs/a.yaml", "project", *places]


@posix_only
def test_a_pipe_without_an_end() -> None:
    end, start = os.pipe()
    with os.fdopen(start, "w") as stream:
        reader = watching._Reader(stream)
        assert not reader.left()
        os.close(end)
        assert reader.left()


@posix_only
def test_a_stream_that_was_pointed_elsewhere(tmp_path: Path) -> None:
    with Path("out").open("w") as stream, Path(os.devnull).open("w") as null:
        reader = watching._Reader(stream)
        assert not reader.left()
        os.dup2(null.fileno(), stream.fileno())
        assert reader.left()


def test_a_stream_without_a_descriptor_has_a_reader() -> None:
    assert not watching._Reader(io.StringIO()).left()


# All of it

CLEAN = """\
rflint: 1
name: clean
inputs: {image: {size: [33, 33], channels: 3}}
layers:
  - {name: conv1, op: conv, kernel: 3, channels: 8}
"""


class Process:
    """`rflint check --watch` as a process."""

    def __init__(self, *argv: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rflint", "check", "--watch", "--format", "concise", *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        # What never says what it is waited for must not hang the tests.
        self.guard = threading.Timer(60, self.process.kill)
        self.guard.start()

    def wait_for(self, text: str) -> str:
        """Read standard error up to a line with a text."""
        assert self.process.stderr is not None
        read = []
        for line in self.process.stderr:
            read.append(line)
            if text in line:
                return "".join(read)
        pytest.fail(f"no line with {text!r} among {read}")

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.guard.cancel()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.communicate()


@posix_only
@takes_interrupts
def test_a_session() -> None:
    Path("specs").mkdir()
    net = Path("specs/net.yaml")
    net.write_text(CLEAN)
    with Process("specs") as watcher:
        watcher.wait_for("watching")
        net.write_text(CLEAN.replace("op: conv,", "op: cnov,"))
        watcher.wait_for("changed: specs/net.yaml")
        watcher.wait_for("watching")
        Path("specs/new").mkdir()
        watcher.wait_for("watching")
        Path("specs/new/second.yaml").write_text("rflint: 1\nlayers: [{op: rleu}]\n")
        watcher.wait_for("changed: specs/new")
        watcher.wait_for("watching")
        Path("rflint.toml").write_text("selct = []\n")
        watcher.wait_for("unknown key `selct`")
        Path("rflint.toml").unlink()
        watcher.wait_for("changed: rflint.toml")
        watcher.wait_for("watching")
        watcher.process.send_signal(signal.SIGINT)
        out, err = watcher.process.communicate()
    assert watcher.process.returncode == 130
    assert err == ""
    assert "\x1b" not in out
    net_alone, both = ["specs/net.yaml:5:23:"], ["specs/net.yaml:5:23:", "specs/new/second.yaml:2:15:"]
    assert [line.split(" ")[0] for line in out.splitlines() if "RF003" in line] == [*net_alone * 2, *both * 2]


@posix_only
def test_a_reader_that_left() -> None:
    net = Path("net.yaml")
    net.write_text(CLEAN)
    with Process("net.yaml") as watcher:
        watcher.wait_for("watching")
        assert watcher.process.stdout is not None
        watcher.process.stdout.close()
        assert watcher.process.wait() == 0
