"""`--jobs` when something ends a process: a run that is given up ends at once, and leaves none behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from command_line import CLEAN, rflint, takes_interrupts

from rflint.cli import working

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes and signals of POSIX")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "clean.yaml").write_text(CLEAN)
    os.mkfifo(tmp_path / "slow.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def busy(here: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A run of two processes, one of which waits for more of a spec; and the pipe that it reads that from."""
    argv = [sys.executable, "-m", "rflint", "check", "--jobs", "2", "clean.yaml", "slow.yaml"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as child:
        pipe = os.open(here / "slow.yaml", os.O_WRONLY)  # waits for the reader
        try:
            yield child, pipe
        finally:
            os.close(pipe)
            child.kill()


def is_read(pipe: int) -> bool:
    try:
        os.write(pipe, b"#")
    except BrokenPipeError:
        return False
    return True


@takes_interrupts
@pytest.mark.parametrize("whom", [os.kill, os.killpg])
def test_interruption_is_quiet_and_ends_all(here: Path, whom: object) -> None:
    with busy(here) as (child, pipe):
        assert is_read(pipe)
        whom(child.pid, signal.SIGINT)  # type: ignore[operator] # either of two functions of the system
        assert child.communicate(timeout=20) == (b"", b"")
        assert child.returncode == 130
        assert not is_read(pipe)


def test_no_process_outlives_the_first(here: Path) -> None:
    with busy(here) as (child, pipe):
        child.kill()
        # The others hold the ends of these pipes: reading to the end is waiting for them.
        assert child.communicate(timeout=20) == (b"", b"")
        for _ in range(200):
            if not is_read(pipe):
                break
            time.sleep(0.05)
        assert not is_read(pipe)


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="the other processes know nothing of the patch")
def test_a_process_that_the_system_ends(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "other.yaml").write_text(CLEAN)
    monkeypatch.setattr(working.Worker, "outcome", lambda *_: os._exit(9))
    outcome = rflint("check", "--jobs", "2", "clean.yaml", "other.yaml")
    assert outcome == (2, "", "rflint: the system ended one of the processes, for want of memory perhaps: use fewer --jobs\n")
