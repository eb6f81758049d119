"""Baselines on disk: each is read once, and laid over reports."""

from __future__ import annotations

from collections.abc import Callable

from rflint.model import SpecReport, UsageError
from rflint.project import files
from rflint.verdict import baseline
from rflint.verdict.baseline import Baseline


class Baselines:
    """Baselines by path, each read once; `merging`: also those with a conflict that git left."""

    def __init__(self, *, merging: bool = False) -> None:
        self._merging = merging
        self._known: dict[str, Baseline] = {}

    def mark(self, spec: SpecReport, path: str | None) -> SpecReport:
        """Mark the findings that the baseline at this absolute path knows; None: there is no baseline.

        Raises UsageError where it cannot be read.
        """
        return spec if path is None else baseline.apply(spec, self.at(path), relative_to(path))

    def at(self, path: str) -> Baseline:
        """Return the baseline at an absolute path; raises UsageError where it cannot be read."""
        if path not in self._known:
            shown = files.display_path(path)
            try:
                data = files.read_bytes(path)
            except FileNotFoundError:
                raise UsageError(f"there is no baseline `{shown}`; `rflint check --write-baseline` writes it") from None
            except OSError as error:
                raise UsageError(f"{shown} {files.why_unreadable(error)}") from None
            self._known[path] = baseline.load(data, shown, merging=self._merging)
        return self._known[path]


def relative_to(path: str) -> Callable[[str], str]:
    """How paths are written in the baseline at `path`: from its folder, with `/`."""
    folder = files.folder_of(path)
    known: dict[str, str] = {}

    def relative(display: str) -> str:
        if display not in known:
            known[display] = files.relative(display, folder)
        return known[display]

    return relative
