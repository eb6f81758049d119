"""`pytest --update` itself: what a mismatch says, and that nothing is written but what differs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TEST = """\
from pathlib import Path
import pytest

HERE = Path(__file__).parent

@pytest.mark.parametrize("name, made", [("same.txt", "one\\n"), ("other.txt", "two\\n"), ("new/raw.bin", b"\\xff"), ("gone.txt", None)])
def test_text(golden, name, made):
    golden(HERE / name, made)
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    tests = tmp_path / "tests"
    tests.mkdir()
    shutil.copy(Path(__file__).parent / "conftest.py", tests)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tests / "test_it.py").write_text(TEST)
    for name in ("same.txt", "other.txt", "gone.txt"):
        (tests / name).write_text("one\n")
    return tmp_path


def run(suite: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments, "tests/test_it.py"]
    done = subprocess.run(command, cwd=suite, capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout


def test_a_mismatch_says_what_renews_it(suite: Path) -> None:
    code, out = run(suite, "-n0")
    assert code == 1
    assert "1 passed" in out
    renews = "pytest --update tests/test_it.py renews it"
    for told in ("other.txt differs", "new/raw.bin is missing", "gone.txt has nothing that it belongs to"):
        assert f"AssertionError: tests/{told}: {renews}" in out
    assert "+ two" in out
    assert not (suite / "tests/new").exists()


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_only_what_differs_is_written(suite: Path, workers: str) -> None:
    before = (suite / "tests/same.txt").stat()
    code, out = run(suite, workers, "--update")
    assert code == 0
    assert [line for line in out.splitlines() if line.startswith("renewed: ")] == [
        "renewed: tests/gone.txt",
        "renewed: tests/new/raw.bin",
        "renewed: tests/other.txt",
    ]
    after = (suite / "tests/same.txt").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (suite / "tests/new/raw.bin").read_bytes() == b"\xff"
    assert (suite / "tests/other.txt").read_text() == "two\n"
    assert not (suite / "tests/gone.txt").exists()
    assert run(suite, workers)[0] == 0
