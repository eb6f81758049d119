"""Fuzzing in small: each target of `fuzzing/` for a moment, and again on everything that fuzzing has ever found.

At length: `python tests/fuzzing/run.py --help`.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fuzzing.mutator import Mutator
from fuzzing.seeds import seeds
from fuzzing.targets import TARGETS, scratch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

#: `<target>-<what it was>`: inputs that made a target fail once.
FOUND = sorted((Path(__file__).parent / "data" / "hostile" / "found").iterdir())
#: Cases of each target.
CASES = {"expressions": 300, "config": 300, "baselines": 200, "fixes": 10, "editors": 20, "linter": 20, "cli": 20}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command line may come upon."""
    scratch(tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", TARGETS)
def test_mutants(name: str) -> None:
    """Other mutants than anybody else's, by a seed that Hypothesis keeps and shrinks."""
    start = seeds(name)[:60]

    @settings(max_examples=CASES.get(name, 80), suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**32))
    def run(seed: int) -> None:
        TARGETS[name](Mutator(start, random.Random(seed), trees=False).draw())

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_bytes(name: str) -> None:
    """Any bytes, and any text."""

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
    def run(data: bytes) -> None:
        TARGETS[name](data)

    run()


@pytest.mark.parametrize("target", [TARGETS[name] for name in ("reader", "expander", "linter", "fixes", "editors", "suppressions")])
@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_was_found(path: Path, target: Callable[[bytes], None]) -> None:
    """Everything found by any target is a spec to all that read specs."""
    target(path.read_bytes())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_was_found_by_its_target(path: Path) -> None:
    TARGETS[path.name.partition("-")[0]](path.read_bytes())
