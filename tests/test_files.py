"""Finding, reading, importing and writing files."""

from __future__ import annotations

import errno
import io
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rflint.model import UsageError
from rflint.project import files
from rflint.project.files import SpecFile, Surroundings, display_path, find, import_root, surroundings
from rflint.project.imports import ImportOpener
from rflint.project.recognition import is_nearly_spec, is_spec
from rflint.project.writing import write

SPEC = b"rflint: 1\nname: a\nlayers: [{op: relu}]\n"

posix_only = pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def put(path: str, data: bytes = SPEC) -> Path:
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


def found(*paths: str, excluded: set[str] | None = None, force: bool = False, stdin_name: str | None = None) -> list[str]:
    names = excluded or set()
    return [
        file.display
        for file in find(paths, excluded=lambda path: bool(names & set(Path(path).parts)), force_exclude=force, stdin_name=stdin_name)
    ]


# What a spec is


@pytest.mark.parametrize(
    "data",
    [
        b"rflint: 1\n",
        b"\xef\xbb\xbfrflint: 1",
        b"# comment\n\nname: x\nrflint : 1\n",
        b"'rflint': 1",
        b'"rflint": 1',
        b'{"rflint": 1, "layers": []}',
        b"{ rflint: 1}",
        b"{\n  rflint: 1}",
        b"a: 1\r\nrflint: 1\r\n",
    ],
)
def test_recognised(data: bytes) -> None:
    assert is_spec(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"rflint", b"# rflint: 1", b"  rflint: 1", b"a: {rflint: 1}", b"rflint-x: 1", b"- rflint: 1", b"tool.rflint: 1", b"\xff\xfe\x00"],
)
def test_not_recognised(data: bytes) -> None:
    assert not is_spec(data)


@pytest.mark.parametrize(
    ("data", "nearly"),
    [
        (b"layers:\n  - {op: conv, kernel: 3}\n", True),
        (b"name: x\nlayers: [{name: a, op: relu}]\n", True),
        (b"blocks:\n  b:\n    layers:\n    - op: relu\n", True),
        (b"rfLint: 1\nlayers:\n  - conv: {kernel: 3}\n", True),
        (b"rflnt: 1\nlayers: []\n", False),
        (b"layers:\n  base: {path: layer, description: AWS Lambda}\n", False),
        (b"services:\n  layers:\n    - op: conv\n", False),
        (b"op: conv\n", False),
    ],
)
def test_what_was_meant_as_a_spec(data: bytes, nearly: bool) -> None:
    assert is_nearly_spec(data) is nearly


# Finding


def test_folders_are_searched_in_order_for_yaml_files() -> None:
    for path in ("b/z.yaml", "b/a.yml", "a.yaml", "b/c/deep.yaml", "b/notes.txt", "b.YAML"):
        put(path)
    assert found(".") == ["a.yaml", "b/a.yml", "b/c/deep.yaml", "b/z.yaml"]
    assert found("b") == ["b/a.yml", "b/c/deep.yaml", "b/z.yaml"]


def test_foreign_folders_are_skipped_unless_named() -> None:
    for path in (".git/a.yaml", ".venv/a.yaml", "node_modules/x/a.yaml", "__pycache__/a.yaml", ".hidden/a.yaml", "own/a.yaml"):
        put(path)
    assert found(".") == ["own/a.yaml"]
    assert found(".hidden") == [".hidden/a.yaml"]


def test_each_file_once_and_named_wins() -> None:
    put("specs/a.yaml")
    files_found = find(["specs", "specs/a.yaml", "./specs/../specs/a.yaml"], excluded=lambda _: False, force_exclude=False, stdin_name=None)
    assert files_found == [SpecFile("specs/a.yaml", "specs/a.yaml", named=True)]


@posix_only
def test_links_are_followed_to_files_but_not_to_folders() -> None:
    put("real/a.yaml")
    Path("specs").mkdir()
    Path("specs/loop").symlink_to("..", target_is_directory=True)
    Path("specs/link.yaml").symlink_to("../real/a.yaml")
    Path("specs/dangling.yaml").symlink_to("nowhere")
    os.mkfifo("specs/pipe.yaml")
    assert found("specs") == ["specs/link.yaml"]
    assert found(".") == ["real/a.yaml"]


def test_exclusion() -> None:
    for path in ("specs/a.yaml", "drafts/b.yaml", "specs/drafts/c.yaml"):
        put(path)
    assert found(".", excluded={"drafts"}) == ["specs/a.yaml"]
    assert found("drafts/b.yaml", excluded={"drafts"}) == ["drafts/b.yaml"]
    assert found("drafts/b.yaml", "specs/a.yaml", excluded={"drafts"}, force=True) == ["specs/a.yaml"]


def test_missing_paths_are_all_named() -> None:
    put("a.yaml")
    with pytest.raises(UsageError) as refused:
        found("a.yaml", "b.yaml", "c/")
    assert str(refused.value) == "no such file or folder: `b.yaml`, `c/`"


def test_patterns_that_the_shell_left_alone() -> None:
    for path in ("specs/a.yaml", "specs/b/c.yaml", "[x].yaml"):
        put(path)
    assert found("specs/**/*.yaml") == ["specs/a.yaml", "specs/b/c.yaml"]
    assert found("[x].yaml") == ["[x].yaml"]
    assert found("spec?") == ["specs/a.yaml", "specs/b/c.yaml"]
    with pytest.raises(UsageError):
        found("none/*.yaml")


def test_folder_that_cannot_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def scandir(folder: str) -> object:
        raise PermissionError(errno.EACCES, "Permission denied", folder)

    monkeypatch.setattr(files.os, "scandir", scandir)
    Path("locked").mkdir()
    with pytest.raises(UsageError, match="cannot list folder `locked`: permission denied"):
        found("locked")


def test_standard_input() -> None:
    assert found("-") == ["<stdin>"]
    assert found("-", "-", stdin_name="./specs/new.yaml") == ["specs/new.yaml"]
    assert SpecFile("specs/new.yaml", "-", named=True).folder == str(Path("specs").absolute())


def test_display_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert display_path(str(tmp_path / "a" / "b.yaml")) == "a/b.yaml"
    assert display_path("./a/../b.yaml") == "b.yaml"
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert display_path("../b.yaml") == "../b.yaml"
    assert display_path(str(tmp_path / "b.yaml")) == str(tmp_path / "b.yaml").replace(os.sep, "/")
    assert display_path(f"{tmp_path}/sub-other/b.yaml").endswith("/sub-other/b.yaml")


# Reading


def test_reading_stops_one_byte_past_the_limit() -> None:
    put("a.yaml", b"0123456789")
    assert files.read(SpecFile("a.yaml", "a.yaml", named=True), io.BytesIO(), 4) == b"01234"
    assert files.read(SpecFile("<stdin>", "-", named=True), io.BytesIO(b"0123456789"), 4) == b"01234"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_endless_files_end() -> None:
    assert len(files.read(SpecFile("zero", "/dev/zero", named=True), io.BytesIO(), 1_000)) == 1_001


# Surroundings


def test_surroundings_stop_at_the_repository(tmp_path: Path) -> None:
    put("rflint.toml", b"")
    put("repo/.git/HEAD", b"")
    put("repo/pyproject.toml", b"")
    put("repo/a/.rflint.toml", b"")
    put("repo/a/rflint.toml", b"")
    put("repo/a/b/c/x.yaml")
    repo = tmp_path / "repo"
    known: dict[str, Surroundings] = {}
    expected = Surroundings((str(repo / "a/rflint.toml"), str(repo / "a/.rflint.toml"), str(repo / "pyproject.toml")), str(repo))
    assert surroundings(str(repo / "a/b/c"), known) == expected
    assert surroundings(str(repo / "a"), known) == expected
    assert surroundings(str(repo), known) == Surroundings((str(repo / "pyproject.toml"),), str(repo))
    outside = surroundings(str(tmp_path / "elsewhere"), known)
    assert outside.configs[0] == str(tmp_path / "rflint.toml")


def test_surroundings_of_a_worktree(tmp_path: Path) -> None:
    put("tree/.git", b"gitdir: elsewhere")
    assert surroundings(str(tmp_path / "tree"), {}).repository == str(tmp_path / "tree")


def test_import_root(tmp_path: Path) -> None:
    here = str(tmp_path)
    inside = str(tmp_path / "specs")
    assert import_root(inside, here, None) == here
    assert import_root(inside, None, str(tmp_path / "specs" / "rflint.toml")) == inside
    assert import_root(inside, None, None) == here
    assert import_root(str(tmp_path.parent / "other"), None, None) == str(tmp_path.parent / "other")


# Imports


def test_imports_are_relative_to_the_importing_file(tmp_path: Path) -> None:
    put("specs/common/blocks.yaml", b"blocks")
    opened = ImportOpener(str(tmp_path), 100)
    assert opened("specs/net.yaml", "common/blocks.yaml") == ("specs/common/blocks.yaml", b"blocks")
    assert opened("specs/common/x.yaml", "../common/blocks.yaml") == ("specs/common/blocks.yaml", b"blocks")
    assert opened("<stdin>", "specs/common/blocks.yaml") == ("specs/common/blocks.yaml", b"blocks")
    assert ImportOpener(str(tmp_path), 3)("specs/net.yaml", "common/blocks.yaml") == ("specs/common/blocks.yaml", b"bloc")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("/etc/passwd", "is an absolute path; imports are relative to this file"),
        ("C:/x.yaml", "is an absolute path; imports are relative to this file"),
        ("..\\x.yaml", "is not a path: imports are written with `/`, relative to this file"),
        ("a\0b", "is not a path: imports are written with `/`, relative to this file"),
        ("", "is not a path: imports are written with `/`, relative to this file"),
        ("../../outside.yaml", "leads outside of the repository; only files inside can be imported"),
        ("sub/../../../outside.yaml", "leads outside of the repository; only files inside can be imported"),
        ("missing.yaml", "does not exist"),
        ("missing.yaml/", "does not exist"),
        (".", "is not a file"),
        ("x" * 5_000, "cannot be read: file name too long"),
    ],
)
def test_refused_imports(tmp_path: Path, name: str, answer: str) -> None:
    put("repo/specs/net.yaml")
    put("outside.yaml")
    assert ImportOpener(str(tmp_path / "repo"), 100)("repo/specs/net.yaml", name) == answer


@posix_only
def test_links_do_not_lead_imports_outside(tmp_path: Path) -> None:
    put("outside.yaml", b"secret")
    put("repo/real.yaml", b"fine")
    Path("repo/link.yaml").symlink_to(tmp_path / "outside.yaml")
    Path("repo/folder").symlink_to(tmp_path, target_is_directory=True)
    Path("repo/inside.yaml").symlink_to("real.yaml")
    os.mkfifo("repo/pipe.yaml")
    opened = ImportOpener(str(tmp_path / "repo"), 100)
    assert opened("repo/net.yaml", "link.yaml") == "leads outside of the repository; only files inside can be imported"
    assert opened("repo/net.yaml", "folder/outside.yaml") == "leads outside of the repository; only files inside can be imported"
    assert opened("repo/net.yaml", "inside.yaml") == ("repo/inside.yaml", b"fine")
    assert opened("repo/net.yaml", "pipe.yaml") == "is not a file"


# Writing


def test_written_as_it_is() -> None:
    write("out.txt", "a\r\nb\nü\ud800")
    assert Path("out.txt").read_bytes() == "a\r\nb\nü\\ud800".encode()
    assert [path.name for path in Path().iterdir()] == ["out.txt"]


@posix_only
def test_mode_and_links_are_kept(tmp_path: Path) -> None:
    put("real.txt", b"old").chmod(0o640)
    Path("link.txt").symlink_to("real.txt")
    write("link.txt", "new")
    assert Path("link.txt").is_symlink()
    assert Path("real.txt").read_text() == "new"
    assert stat.S_IMODE(Path("real.txt").stat().st_mode) == 0o640
    old = os.umask(0o027)
    try:
        write("fresh.txt", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE(Path("fresh.txt").stat().st_mode) == 0o640


@posix_only
def test_nobody_reads_on_the_way_who_may_not_read_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    put("secret.txt", b"old").chmod(0o600)
    real, seen = os.open, []

    def opening(path: str, *rest: int) -> int:
        descriptor = real(path, *rest)
        seen.append(stat.S_IMODE(Path(path).stat().st_mode))
        return descriptor

    monkeypatch.setattr(files.os, "open", opening)
    write("secret.txt", "new")
    assert seen == [0o600]


@posix_only
@pytest.mark.parametrize("call", ["fdopen", "chmod", "replace"])
def test_a_run_that_the_system_ends_leaves_nothing_half_written(call: str) -> None:
    """At any point between the first byte and the last rename; the process ends as by the signal."""
    put("out.txt", b"old")
    script = (
        "import os, signal; from rflint.project import writing\n"
        f"real = os.{call}\n"
        "def ended(*rest):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return real(*rest)\n"
        f"os.{call} = ended\n"
        "writing.write('out.txt', 'new')\n"
        "print('went on')"
    )
    outcome = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (-signal.SIGTERM, "", "")
    assert Path("out.txt").read_text() == "old"
    assert [path.name for path in Path().iterdir()] == ["out.txt"]


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no names for descriptors here")
def test_what_is_open_already_is_added_to() -> None:
    """As by `-o /dev/stdout >> log`: a new file in the place of the log would take what others write to it away."""
    with put("log", b"old\n").open("ab") as stream:
        write(f"/dev/fd/{stream.fileno()}", "new\n")
        stream.write(b"more\n")
    assert Path("log").read_bytes() == b"old\nnew\nmore\n"


def test_what_a_killed_run_left_is_not_in_the_way() -> None:
    put(f".out.txt.{os.getpid()}.tmp")
    write("out.txt", "new")
    assert Path("out.txt").read_text() == "new"


@pytest.mark.parametrize(("path", "why"), [("no/such/out.txt", "no such file or directory"), (".", "is a directory")])
def test_cannot_write(path: str, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        write(path, "x")
    assert str(refused.value) == f"cannot write `{path}`: {why}"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_full_disk() -> None:
    with pytest.raises(UsageError, match="cannot write `/dev/full`: no space left on device"):
        write("/dev/full", "x")


def test_failure_leaves_the_old_file_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    put("out.txt", b"old")

    def replace(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "replace", replace)
    with pytest.raises(UsageError, match=r"cannot write `out\.txt`: no space left on device"):
        write("out.txt", "new")
    assert Path("out.txt").read_text() == "old"
    assert [path.name for path in Path().iterdir()] == ["out.txt"]


def test_read_only_file_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    put("out.txt", b"old")
    monkeypatch.setattr(files.os, "access", lambda *_: False)  # as it is for everyone but root
    with pytest.raises(UsageError, match=r"cannot write `out\.txt`: permission denied"):
        write("out.txt", "new")
    assert Path("out.txt").read_text() == "old"


def test_what_cannot_be_looked_at_may_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def stat(path: str) -> os.stat_result:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(files.os, "stat", stat)  # as it is for everyone but root
    assert found("locked/net.yaml") == ["locked/net.yaml"]


@posix_only
def test_a_link_that_leads_nowhere_is_a_configuration(tmp_path: Path) -> None:
    Path("rflint.toml").symlink_to("nowhere")
    Path("pyproject.toml").mkdir()
    assert surroundings(str(tmp_path), {}).configs[0] == str(tmp_path / "rflint.toml")
    assert str(tmp_path / "pyproject.toml") not in surroundings(str(tmp_path), {}).configs
    with pytest.raises(UsageError, match=r"`rflint\.toml` cannot be read: no such file or directory"):
        files.read_config("rflint.toml")


@pytest.mark.skipif(sys.platform == "win32", reason="no such names")
def test_names_that_are_not_text() -> None:
    name = os.fsdecode(b"bad\xff.yaml")
    put(name)
    assert found(".") == [name]
