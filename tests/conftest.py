"""`pytest --update`: expected texts and generated pages are written anew where they differ, to be read before they are committed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterable

# How long an example takes says more of the machine than of the code; and a change is judged by examples that the next run has, too.
# `RFLINT_EXPLORE=1` looks at others each time.
settings.register_profile("suite", deadline=None, derandomize="RFLINT_EXPLORE" not in os.environ)
settings.load_profile("suite")

ROOT = Path(__file__).resolve().parent.parent


class Golden(Protocol):
    """Asserts that a file holds a text; under `--update` the file is written where it does not.

    With None the file must not exist; under `--update` it is removed.
    """

    def __call__(self, path: Path, made: str | bytes | None, /) -> None: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write expected texts and generated pages anew where they differ")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    command = f"pytest --update {request.path.relative_to(ROOT).as_posix()} renews it"

    def compare(path: Path, made: str | bytes | None, /) -> None:
        wanted = made.encode() if isinstance(made, str) else made
        held = path.read_bytes() if path.is_file() else None
        name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()
        if wanted != held and request.config.getoption("--update"):
            renew(path, wanted)
            request.node.user_properties.append(("renewed", name))
        elif made is None or held is None:
            assert wanted == held, f"{name} {'has nothing that it belongs to' if made is None else 'is missing'}: {command}"
        else:
            # Texts, where they are: pytest shows their difference.
            assert made == (held.decode() if isinstance(made, str) else held), f"{name} differs: {command}"

    return compare


def renew(path: Path, data: bytes | None) -> None:
    """Put the file in its place in one move: tests that run beside this one read it."""
    if data is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f".{path.name}.{os.getpid()}")
    written.write_bytes(data)
    written.replace(path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports: Iterable[pytest.TestReport] = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    for name in sorted({str(value) for report in reports for key, value in report.user_properties if key == "renewed"}):
        terminalreporter.write_line(f"renewed: {name}")
