"""`pytest --rflint`: each spec among the files that pytest collects is a test, which passes where `rflint check` does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from rflint.testing import assert_clean

if TYPE_CHECKING:
    from pathlib import Path


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the switch."""
    parser.getgroup("rflint").addoption("--rflint", action="store_true", help="lint the specs among the collected files, a test each")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SpecFile | None:
    """Take a YAML file with a top-level `rflint:` key that the configuration does not exclude."""
    if not parent.config.getoption("rflint") or file_path.suffix not in {".yaml", ".yml"}:
        return None
    from rflint.model import UsageError  # noqa: PLC0415 - start-up
    from rflint.project import Settings, recognition  # noqa: PLC0415 - start-up

    path = os.fspath(file_path)
    if not recognition.holds_spec(path):
        return None
    try:
        excluded = Settings().excludes(path)
    except UsageError:  # the test says so
        excluded = False
    return None if excluded else SpecFile.from_parent(parent, path=file_path)


class SpecFile(pytest.File):
    """A spec."""

    def collect(self) -> list[SpecTest]:
        """Make its one test."""
        return [SpecTest.from_parent(self, name="rflint")]


class SpecTest(pytest.Item):
    """Whether `rflint check` passes a spec."""

    def runtest(self) -> None:
        """Lint it."""
        assert_clean(self.path)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002 - pytest's
        """Return what `rflint check` prints, or what keeps it from that."""
        from rflint.model import UsageError  # noqa: PLC0415 - start-up

        if isinstance(excinfo.value, (AssertionError, UsageError)):
            return str(excinfo.value).strip()
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name it in reports."""
        return self.path, None, "rflint"
