"""Baselines on disk: finding them, laying them over reports, writing them anew."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rflint import baseline, files
from rflint.cli.commands import NARROWING
from rflint.terminal import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from rflint.baseline import Baseline
    from rflint.cli.commands import Arguments
    from rflint.cli.linting import Request
    from rflint.report import SpecReport
    from rflint.terminal import Streams


class Baselines:
    """Baselines by path, each read once."""

    def __init__(self) -> None:
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
            self._known[path] = baseline.load(data, shown)
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


def write(path: str, specs: Sequence[SpecReport]) -> tuple[SpecReport, ...]:
    """Take all findings of these specs into the baseline at `path`, and return the specs with them marked.

    What it says of other files stays.  Raises UsageError where it cannot be read or written.
    """
    relative = relative_to(path)
    fresh = baseline.collect(specs, relative)
    linted = {relative(spec.path) for spec in specs}
    kept = _others(path, linted)
    known = {**kept, **fresh}
    files.write(path, baseline.dump(known))
    return tuple(baseline.apply(spec, known, relative) for spec in specs)


def _others(path: str, linted: set[str]) -> Baseline:
    """Return the entries of a baseline that speak of files which are not linted now, and are still there."""
    if not files.exists(path):
        return {}
    return {key: count for key, count in Baselines().at(path).items() if key.path not in linted and files.exists_beside(path, key.path)}


def settle(
    specs: Sequence[SpecReport],
    by_path: Mapping[str | None, Sequence[int]],
    configured: Collection[str | None],
    arguments: Arguments,
    request: Request,
    streams: Streams,
) -> tuple[SpecReport, ...]:
    """Write or prune baselines where that is asked for, tell what is stale, and return the reports in their order.

    `by_path` says which specs have which baseline, `configured` which of these hold for every run.  Raises UsageError
    where one cannot be read or written.
    """
    settled = list(specs)
    if request.prune_baseline and not any(by_path):
        raise UsageError("there is no baseline to prune: name one with --baseline FILE, or as `baseline` in the configuration")
    narrowed = any(arguments.texts(key) for key in NARROWING)
    known = Baselines()
    for path, places in by_path.items():
        if path is None:
            continue
        linted = [specs[place] for place in places]
        if request.write_baseline:
            for place, spec in zip(places, write(path, linted), strict=True):
                settled[place] = spec
            streams.say(_written(path, [settled[place] for place in places]))
            if path not in configured:
                streams.say(f'every run uses it with `baseline = "{files.display_path(path)}"` in rflint.toml')
        elif not narrowed:
            surplus = baseline.stale(known.at(path), linted, relative_to(path), partial(files.exists_beside, path))
            if request.prune_baseline:
                files.write(path, baseline.dump(baseline.without(known.at(path), surplus)))
            if surplus or request.prune_baseline:
                streams.say(_stale(path, surplus, pruned=request.prune_baseline))
    return tuple(settled)


def _written(path: str, specs: Iterable[SpecReport]) -> str:
    count = sum(each.baselined for spec in specs for each in spec.findings)
    return f"`{files.display_path(path)}` knows {_findings(count)} of the files linted now; from now on only others are reported"


def _stale(path: str, surplus: Baseline, *, pruned: bool) -> str:
    count = sum(surplus.values())
    shown = files.display_path(path)
    if pruned:
        return f"took {_findings(count)} out of `{shown}`" if count else f"`{shown}` has nothing that is not needed"
    verb, them = ("is", "it") if count == 1 else ("are", "them")
    return f"{_findings(count)} of the baseline `{shown}` {verb} not there any more; --prune-baseline takes {them} out"


def _findings(count: int) -> str:
    return f"{count:,} finding{'' if count == 1 else 's'}"
