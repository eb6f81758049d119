"""Load and rough surroundings: thousands of specs, runs beside one another, full disks, other systems' newlines and paths, signals."""

from __future__ import annotations

import json
import ntpath
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from command_line import CLEAN, INFO, MISALIGNED, rflint, takes_interrupts

from rflint.pipeline import lint_bytes
from rflint.project import files, imports
from rflint.verdict import Options

if TYPE_CHECKING:
    from rflint.model import SpecReport

TESTS = Path(__file__).parent
CASES = sorted((TESTS / "cases").glob("*/*.yaml"))
RFLINT = (sys.executable, "-m", "rflint")
on_posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two specs."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "clean.yaml").write_text(CLEAN)
    (tmp_path / "misaligned.yaml").write_text(MISALIGNED)
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RFLINT_")]:
        monkeypatch.delenv(name)
    return tmp_path


def many(folder: Path, count: int) -> None:
    """Specs of several kinds in folders of a hundred; some are broken."""
    kinds = (CLEAN, MISALIGNED, INFO, CLEAN, CLEAN.replace("conv,", "cnv,"), "rflint: 1\nlayers: [\n", "apiVersion: v1\n", CLEAN)
    for index in range(count):
        inside = folder / f"group{index // 100:02}"
        inside.mkdir(exist_ok=True)
        (inside / f"spec{index:04}.yaml").write_text(kinds[index % len(kinds)])


def test_two_thousand_specs_in_one_run(here: Path) -> None:
    many(here, 2_000)
    script = (
        "import resource, subprocess, sys\n"
        f"run = subprocess.run([*{RFLINT!r}, 'check', '--format', 'json', '.'], stdout=subprocess.PIPE)\n"
        "print(run.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)\n"
        "sys.stdout.flush(); sys.stdout.buffer.write(run.stdout)\n"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    head, _, body = answer.stdout.partition(b"\n")
    code, mebibytes = map(int, head.split())
    specs = json.loads(body)["specs"]
    # A file without the key is no spec of a folder; it was an eighth.
    assert (code, len(specs)) == (1, 2_000 * 7 // 8 + 2)
    assert [spec["path"] for spec in specs] == sorted(spec["path"] for spec in specs)
    assert mebibytes < 200
    assert answer.stderr == b""


def test_runs_beside_one_another(here: Path) -> None:
    """Eight processes on one tree: all answer the same."""
    many(here, 60)
    commands = [(*RFLINT, "check", ".", "--format", "json"), (*RFLINT, "check", ".", "--format", "json", "--jobs", "2")]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for command in commands * 4]
    answers = {(*run.communicate(), run.returncode) for run in runs}
    assert len(answers) == 1
    assert next(iter(answers))[1:] == (b"", 1)


def test_writers_beside_one_another(here: Path) -> None:
    """Eight processes that write one report: it is one of theirs, whole, and nothing else is left."""
    command = (*RFLINT, "check", "misaligned.yaml", "-o", "report.txt")
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
    assert {(*run.communicate(), run.returncode) for run in runs} == {(b"", b"", 1)}
    assert (here / "report.txt").read_text() == rflint("check", "misaligned.yaml").out
    assert sorted(path.name for path in here.iterdir()) == [".git", "clean.yaml", "misaligned.yaml", "report.txt"]


# Disks


@on_posix
@pytest.mark.parametrize("before", [None, "what was there\n"])
def test_full_disk_leaves_the_target_alone(here: Path, before: str | None) -> None:
    if before is not None:
        (here / "report.txt").write_text(before)

    def fill() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40))

    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    answer = subprocess.run(
        [*RFLINT, "check", "misaligned.yaml", "-o", "report.txt"], preexec_fn=fill, capture_output=True, check=False, env=environ
    )
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert answer.stderr == b"rflint: cannot write `report.txt`: file too large\n"
    left = {path.name: path.read_text() for path in here.iterdir() if path.name not in {".git", "clean.yaml", "misaligned.yaml"}}
    assert left == ({} if before is None else {"report.txt": before})


@on_posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is read-only to root")
def test_read_only_folder(here: Path) -> None:
    here.chmod(0o555)
    try:
        assert rflint("check", "misaligned.yaml").code == 1
        outcome = rflint("check", "misaligned.yaml", "-o", "report.txt")
    finally:
        here.chmod(0o755)
    assert outcome == (2, "", "rflint: cannot write `report.txt`: permission denied\n")


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="no read-only file system here")
def test_read_only_file_system(here: Path) -> None:
    """Not even root writes there."""
    outcome = rflint("check", "misaligned.yaml", "-o", "/proc/report.txt")
    assert (outcome.code, outcome.out) == (2, "")
    assert re.fullmatch(r"rflint: cannot write `/proc/report\.txt`: [a-z ]+\n", outcome.err)


def test_folder_in_place_of_the_report(here: Path) -> None:
    (here / "out").mkdir()
    assert rflint("check", "clean.yaml", "-o", "out") == (2, "", "rflint: cannot write `out`: is a directory\n")


# Newlines


def findings(text: str, path: str) -> list[object]:
    """What is said of a text, with places; not of the text itself."""
    report: SpecReport = lint_bytes(text.encode(), path, Options())
    return [each._replace(fix=None) for each in report.findings]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_newlines_of_other_systems(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    if "\r" in text or (not text.isprintable() and "\udc80" <= max(text) <= "\udcff"):
        pytest.skip("is about bytes or newlines itself")
    expected = findings(text, path.name)
    assert findings(text.replace("\n", "\r\n"), path.name) == expected
    assert findings(text.replace("\n", "\r"), path.name) == expected


# Paths of Windows


def test_windows_paths_are_told_apart(here: Path) -> None:
    (here / "specs").mkdir()
    (here / "specs" / "a.yaml").write_text(CLEAN)
    for path, hint in (("specs\\a.yaml", "; did you mean `specs/a.yaml`?"), ("C:\\specs\\a.yaml", ""), ("\\\\server\\share\\a.yaml", "")):
        assert rflint("check", path) == (2, "", f"rflint: no such file or folder: `{path}`{hint}\n")


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """`rflint.project.files` as if it ran on Windows, in C:\\repo."""

    def absolute(path: str) -> str:
        return ntpath.normpath(ntpath.join("C:\\repo", path))

    path = SimpleNamespace(**{name: getattr(ntpath, name) for name in ("join", "dirname", "normpath", "normcase", "commonpath", "relpath")})
    path.abspath = path.realpath = absolute
    for module in (files, imports):
        monkeypatch.setattr(module, "os", SimpleNamespace(path=path, sep="\\", getcwd=lambda: "C:\\repo", stat=no_file))


def no_file(path: str) -> object:
    raise FileNotFoundError(path)


@pytest.mark.usefixtures("windows")
def test_display_paths_of_windows() -> None:
    assert files.display_path("C:\\repo\\specs\\a.yaml") == "specs/a.yaml"
    assert files.display_path("specs\\a.yaml") == "specs/a.yaml"
    assert files.display_path("specs/a.yaml") == "specs/a.yaml"
    assert files.display_path("D:\\other\\a.yaml") == "D:/other/a.yaml"
    assert files.display_path("C:\\repository\\a.yaml") == "C:/repository/a.yaml"
    assert files.display_path("\\\\server\\share\\a.yaml") == "//server/share/a.yaml"


@pytest.mark.usefixtures("windows")
def test_imports_on_windows() -> None:
    opener = imports.ImportOpener("C:\\repo", 100)
    outside = "leads outside of the repository; only files inside can be imported"
    assert opener("specs/a.yaml", "../common/b.yaml") == "does not exist"
    assert opener("specs/a.yaml", "../../b.yaml") == outside
    assert opener("D:/elsewhere/a.yaml", "b.yaml") == outside
    assert opener("c:/REPO/specs/a.yaml", "b.yaml") == "does not exist"
    for absolute in ("C:/repo/b.yaml", "c:b.yaml", "/repo/b.yaml", "//server/share/b.yaml"):
        assert opener("specs/a.yaml", absolute) == "is an absolute path; imports are relative to this file"
    for written in ("common\\b.yaml", "\\\\server\\share\\b.yaml", "C:\\repo\\b.yaml"):
        assert opener("specs/a.yaml", written) == "is not a path: imports are written with `/`, relative to this file"


# Signals and streams of a real process


def shell(command: str) -> subprocess.CompletedProcess[bytes]:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    return subprocess.run([bash, "-c", command.replace("RFLINT", f"{sys.executable} -m rflint")], capture_output=True, check=False)


@on_posix
@pytest.mark.parametrize("form", ["full", "concise", "json"])
def test_reader_that_goes_away(here: Path, form: str) -> None:
    """More than a pipe holds, of which one line is read."""
    many(here, 400)
    answer = shell(f"RFLINT check --format {form} . | head -n 1; echo ${{PIPESTATUS[0]}}")
    assert answer.stderr == b""
    assert answer.stdout.count(b"\n") == 2
    # The findings are what they are, whoever reads them.
    assert answer.stdout.endswith(b"\n1\n")


@takes_interrupts
@on_posix
def test_interrupt(here: Path) -> None:
    """Ctrl-C while a run waits for standard input."""
    with subprocess.Popen([*RFLINT, "check", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(1.5)
        run.send_signal(signal.SIGINT)
        assert run.wait(10) == 130
        assert run.communicate() == (b"", b"")


@on_posix
@pytest.mark.parametrize(
    ("streams", "code"),
    [("<&-", 1), (">&-", 1), ("2>&-", 1), ("<&- >&- 2>&-", 1), ("> /dev/full", 2), ("2> /dev/full", 1), ("> /dev/full 2>&1", 2)],
)
def test_streams_that_are_not_there(here: Path, streams: str, code: int) -> None:
    answer = shell(f"RFLINT check misaligned.yaml {streams}")
    assert answer.returncode == code
    assert b"Traceback" not in answer.stderr + answer.stdout
    assert answer.stderr in (b"", b"rflint: cannot write to standard output: No space left on device\n")


@on_posix
def test_standard_input_that_is_closed(here: Path) -> None:
    answer = shell("RFLINT check - --format concise <&-")
    assert (answer.returncode, answer.stderr) == (1, b"")
    assert answer.stdout == b"<stdin>:1:1: RF001 error: the file is empty: a spec begins with `rflint: 1`\n"
