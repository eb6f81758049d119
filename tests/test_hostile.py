"""The hostile corpus (`hostile.py`): each case ends soon and small, in the right exit code, and says where."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hostile import CASES
from soon import SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

#: MiB that one case may take.
MEMORY = 200

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="cases are forked, and their memory is counted as Linux counts it")


@pytest.fixture(scope="module")
def worker() -> Iterator[subprocess.Popen[str]]:
    """One process that forks all cases: importing rflint takes longer than most of them."""
    script = Path(__file__).with_name("hostile_worker.py")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("RFLINT_", "COV"))}
    with subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def run(worker: subprocess.Popen[str], name: str) -> dict[str, Any]:
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(f"{name}\n")
    worker.stdin.flush()
    answer: dict[str, Any] = json.loads(worker.stdout.readline())
    return answer


HAS_TOML = any(map(find_spec, ("tomllib", "tomli")))


@pytest.mark.parametrize("name", [name for name in CASES if HAS_TOML or not name.startswith(("config_", "baseline_"))])
def test_case(worker: subprocess.Popen[str], name: str) -> None:
    case = CASES[name]
    answer = run(worker, name)
    assert "error" not in answer, answer
    said = answer["err"] if case.code == 2 else answer["out"]
    assert (answer["code"], said[: len(case.answer)]) == (case.code, case.answer), answer
    # Wrong usage says one line and reports nothing; everything else reports, and says little or nothing.
    if case.code == 2:
        assert (answer["out"], answer["err"].count("\n")) == ("", 1)
    else:
        assert answer["err"].startswith(case.note) if case.note else not answer["err"]
    assert "\x1b" not in answer["out"] + answer["err"]
    assert answer["seconds"] < SECONDS
    assert answer["mib"] < MEMORY
