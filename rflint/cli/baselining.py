"""Baselines written anew, and what is stale in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rflint.cli.streams import Streams
from rflint.model import SpecReport, UsageError
from rflint.project import baselines, files, writing
from rflint.verdict import baseline
from rflint.words import counted

if TYPE_CHECKING:
    from rflint.verdict.baseline import Baseline

_WithAllImporters = Callable[[Iterable[str]], Collection[str]]


def write(
    specs: Sequence[SpecReport],
    by_path: Mapping[str | None, Sequence[int]],
    configured: Collection[str | None],
    with_all_importers: _WithAllImporters,
    streams: Streams,
) -> tuple[SpecReport, ...]:
    """Take all findings of specs into their baselines, what is stale out, and return the specs with their findings marked.

    `by_path` says which specs have which baseline, `configured` which of these hold for every run.  What a baseline says of
    other files stays.  Raises UsageError where one cannot be read or written.
    """
    settled = list(specs)
    for path, places in by_path.items():
        if path is None:
            continue
        relative = baselines.relative_to(path)
        linted = [specs[place] for place in places]
        before = baselines.Baselines(merging=True).at(path) if files.exists(path) else {}
        kept = baseline.without(before, _surplus(before, path, linted, with_all_importers))
        known = baseline.joined(kept, baseline.collect(linted, relative))
        writing.write(path, baseline.dump(known))
        for place in places:
            settled[place] = baseline.apply(specs[place], known, relative)
        streams.say(_written(path, [settled[place] for place in places]))
        if path not in configured:
            streams.say(f'every run uses it with `baseline = "{files.display_path(path)}"` in rflint.toml')
    return tuple(settled)


def _surplus(known: Baseline, path: str, linted: Sequence[SpecReport], with_all_importers: _WithAllImporters) -> Baseline:
    """Return what is stale in the baseline at `path`."""

    def whole(names: set[str]) -> set[str]:
        by_path = {files.beside(path, name): name for name in names}
        return {by_path[each] for each in with_all_importers(by_path)}

    return baseline.stale(known, linted, baselines.relative_to(path), partial(files.exists_beside, path), whole)


def tell_stale(
    specs: Sequence[SpecReport],
    by_path: Mapping[str | None, Sequence[int]],
    with_all_importers: _WithAllImporters,
    streams: Streams,
    *,
    prune: bool,
) -> None:
    """Tell what baselines know that is not there any more; `prune`: take it out.

    `by_path` says which specs have which baseline.  Raises UsageError where one cannot be read or written.
    """
    if prune and not any(by_path):
        raise UsageError("there is no baseline to prune: name one with --baseline FILE, or as `baseline` in the configuration")
    stored = baselines.Baselines(merging=prune)
    for path, places in by_path.items():
        if path is None:
            continue
        known = stored.at(path)
        surplus = _surplus(known, path, [specs[place] for place in places], with_all_importers)
        if prune:
            writing.write(path, baseline.dump(baseline.without(known, surplus)))
        if surplus or prune:
            streams.say(_stale(path, surplus, pruned=prune))


def _written(path: str, specs: Iterable[SpecReport]) -> str:
    count = sum(each.baselined for spec in specs for each in spec.findings)
    return f"`{files.display_path(path)}` knows {counted(count, 'finding')} of the files linted now; from now on only others are reported"


def _stale(path: str, surplus: Baseline, *, pruned: bool) -> str:
    count = len(surplus)
    shown = files.display_path(path)
    if pruned:
        return f"took {counted(count, 'finding')} out of `{shown}`" if count else f"`{shown}` has nothing that is not needed"
    verb, them = ("is", "it") if count == 1 else ("are", "them")
    return f"{counted(count, 'finding')} of the baseline `{shown}` {verb} not there any more; --prune-baseline takes {them} out"
