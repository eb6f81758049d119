"""Imported specs and their models: whether they still agree, and bringing them up to date."""

from __future__ import annotations

from collections.abc import Sequence

from rflint.cli.commands import FINDINGS, Arguments
from rflint.cli.streams import Streams
from rflint.fixing.mending import unified_diff
from rflint.importing import ImportFailure
from rflint.model import Limits, UsageError
from rflint.project import files, sources, writing
from rflint.words import counted


def renew(arguments: Arguments, streams: Streams) -> int:
    """Import the models of some specs anew, and show or write what differs; 1 where something does, or cannot be renewed.

    Raises UsageError for what names no source, unless that is allowed.
    """
    named = arguments.texts("model")
    found = files.find(named, excluded=lambda _: False, force_exclude=False, stdin_name=None)
    known = [(file, data, source) for file in found if (source := sources.source_of(file, data := _read(file))) is not None]
    if not known and not arguments.flag("allow_empty"):
        raise UsageError(f"no `source` in {', '.join(f'`{name}`' for name in named)}: nothing says which model they come from")
    updating = arguments.flag("update")
    unread, kept = 0, False
    stale: list[files.SpecFile] = []
    for file, data, source in known:
        try:
            text = sources.convert(file, source, runs_code=arguments.flag("run_source")).encode()
        except ImportFailure as failure:
            streams.say(f"{file.display}: its source `{source.file.display}` {failure}")
            unread += 1
            continue
        if text == data:
            continue
        stale.append(file)
        if not updating:
            streams.put(unified_diff(data, text, file.display, streams.style("auto")))
        elif not source.untouched and not arguments.flag("force"):
            streams.say(f"{file.display} was changed since it was imported, and is left as it is: --force discards that")
            kept = True
        else:
            writing.write_bytes(file.path, text)
    if known:
        streams.say(_summary(stale, len(known), unread, updating=updating))
    return FINDINGS if unread or kept or (stale and not updating) else 0


def _summary(stale: Sequence[files.SpecFile], known: int, unread: int, *, updating: bool) -> str:
    if not stale:
        return f"{counted(known - unread, 'spec')}{f' of {known}' if unread else ''} as imported"
    share = counted(known, "spec") if len(stale) == known else f"{len(stale)} of {counted(known, 'spec')}"
    if updating:
        return f"{share} differed from what the model gives now"
    are, them = ("is", "it") if len(stale) == 1 else ("are", "them")
    return f"{share} {are} no longer what the model gives: `rflint import --update` renews {them}"


def _read(file: files.SpecFile) -> bytes:
    try:
        return files.read_regular(file.path, Limits().file_size) if file.path != files.STDIN else b""
    except OSError as error:
        raise UsageError(f"`{file.display}` {files.why_unreadable(error)}") from None
