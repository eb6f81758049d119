"""The documents that are open in an editor, and what holds for each: configuration, baseline, imports, unsaved ones included.

Everything but the protocol, and the only module of this package that reads files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from itertools import count
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from rflint.cli import Arguments
from rflint.cli import options as command_options
from rflint.language.expand import OpenImport
from rflint.lsp.completion import Completions, complete
from rflint.lsp.marks import Mark, marks
from rflint.lsp.positions import Encoding, Positions
from rflint.lsp.snapshot import Marker, Snapshot, encoded
from rflint.model import UsageError
from rflint.project import Place, Settings, baselines, files
from rflint.verdict import Options, baseline

# os.path throughout, as in `rflint.project.files`.
# ruff: noqa: PTH100, PTH118, PTH123

_UNSAVED: Final = "is not read: this document is not saved yet, and imports are relative to its folder"


class Buffer(NamedTuple):
    """One version of an open document."""

    uri: str
    #: Absolute path; None of a document that is in no file.
    path: str | None
    text: str
    version: int | None
    #: Differs from that of every other version of any document; also a document that stays as it is gets a new one when
    #: something changes that it depends on.
    stamp: int


class Taken(NamedTuple):
    """What has become of a buffer: all that requests are answered from."""

    buffer: Buffer
    snapshot: Snapshot
    marks: tuple[Mark, ...]
    positions: Positions
    #: Folder that the paths of the snapshot are relative to.
    base: str
    #: URIs of all open documents by real path.
    uris: Mapping[str, str]
    #: What is wrong with the configuration or the baseline.
    problem: str | None

    def absolute(self, path: str) -> str:
        """Absolute path of a file of the snapshot."""
        return os.path.normpath(os.path.join(self.base, path))


class Session:
    """Open documents by URI.

    Buffers change in one thread; `take`, which may take its time, is called in another, one call at a time.
    """

    def __init__(self, arguments: Arguments, encoding: Encoding = "utf-16") -> None:
        """Begin; raises UsageError where the command line or the environment asks for what does not exist."""
        self.encoding: Encoding = encoding
        self._arguments = arguments
        self._settings: Settings | None = command_options.settings_of(arguments)
        self.vocabulary: Final = self._settings.vocabulary
        self._buffers: dict[str, Buffer] = {}
        self._last_read: dict[str, Snapshot] = {}
        self._stamps = count()
        #: Where pages lie that a browser shows; gone when the editor leaves.
        self._pages: TemporaryDirectory[str] | None = None

    # Buffers

    def put(self, uri: str, path: str | None, text: str, version: int | None) -> Buffer:
        """Open a document, or give it a new text."""
        absolute = None if path is None else os.path.abspath(path)
        self._buffers[uri] = buffer = Buffer(uri, absolute, text, version, next(self._stamps))
        return buffer

    def close(self, uri: str) -> None:
        """Forget a document."""
        self._buffers.pop(uri, None)
        self._last_read.pop(uri, None)

    def get(self, uri: str) -> Buffer | None:
        """Return the newest version of a document."""
        return self._buffers.get(uri)

    def renew(self, uri: str) -> None:
        """Something that a document depends on has changed."""
        if uri in self._buffers:
            self._buffers[uri] = self._buffers[uri]._replace(stamp=next(self._stamps))

    def renew_all(self) -> tuple[str, ...]:
        """Anything may have changed, the configuration as well; return all documents."""
        self._settings = None
        for uri in self._buffers:
            self.renew(uri)
        return tuple(self._buffers)

    def complete(self, buffer: Buffer, text: str, offset: int) -> Completions:
        """Suggest what may stand at an offset of a buffer's text, going by the newest version that was YAML for what is elsewhere."""
        known = self._last_read.get(buffer.uri)
        path, vocabulary = (buffer.uri, self.vocabulary) if known is None else (known.path, known.options.vocabulary)
        return complete(text, offset, path, vocabulary, known)

    # Versions

    def take(self, buffer: Buffer, folder: str | None = None) -> Taken:
        """Look at a buffer; `folder`: what an unsaved document is taken to stand in."""
        positions = Positions(buffer.text, self.encoding)
        place, problem = self._place(folder or files.working_folder() if buffer.path is None else files.folder_of(buffer.path))
        shown = buffer.uri if buffer.path is None else files.relative(buffer.path, place.root)
        options = place.options(files.SpecFile(shown, buffer.path or os.path.join(place.root, "unsaved"), named=True), Options())
        held = {os.path.realpath(each.path): each for each in tuple(self._buffers.values()) if each.path is not None}
        options = options._replace(open_import=_Opener(options.open_import, place.root, held, saved=buffer.path is not None))
        mark, flaw = _marker(place)
        snapshot = Snapshot(positions.text, shown, options, mark)
        excluded = buffer.path is not None and place.config.excludes(buffer.path)
        found = () if excluded else tuple(marks(snapshot))
        if snapshot.is_spec and snapshot.document(shown) is not None and buffer.uri in self._buffers:
            self._last_read[buffer.uri] = snapshot
        uris = {path: each.uri for path, each in held.items()}
        return Taken(buffer, snapshot, found, positions, place.root, uris, problem or flaw)

    def write_page(self, uri: str, page: str) -> str:
        """Put the page of a document where a browser finds it, in the place of the one before; its absolute path."""
        if self._pages is None:
            self._pages = TemporaryDirectory(prefix="rflint-")
        path = os.path.join(self._pages.name, f"{sha256(uri.encode()).hexdigest()[:16]}.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
        return path

    def leave(self) -> None:
        """Remove the pages."""
        if self._pages is not None:
            self._pages.cleanup()

    def depends(self, taken: Taken, path: str) -> bool:
        """Whether a version was made with the file at an absolute path."""
        return taken.snapshot.is_spec and any(
            os.path.realpath(taken.absolute(each)) == os.path.realpath(path) for each in taken.snapshot.report.files
        )

    def _place(self, folder: str) -> tuple[Place, str | None]:
        """Return what holds in a folder; where its configuration is broken, the defaults, and what is wrong."""
        # Whoever else lets go of the settings meanwhile does so for the next time.
        settings = self._settings = self._settings or command_options.settings_of(self._arguments)
        try:
            return settings.of(folder), None
        except UsageError as error:
            isolated = Arguments({**self._arguments.values, "isolated": True})
            return command_options.settings_of(isolated).of(folder), str(error)


def _marker(place: Place) -> tuple[Marker | None, str | None]:
    """Return what marks the findings that the baseline of a place knows, if it has one; and what is wrong with that."""
    if (path := place.config.baseline) is None:
        return None, None
    folder = files.folder_of(path)
    try:
        known = baselines.Baselines().at(path)
    except UsageError as error:
        return None, str(error)

    def relative(shown: str) -> str:
        return files.relative(os.path.join(place.root, shown), folder)

    return (lambda report: baseline.apply(report, known, relative)), None


class _Opener:
    """Opens imports: as the editor has them where it does, else from disk; by paths relative to one folder."""

    def __init__(self, inner: OpenImport, base: str, held: Mapping[str, Buffer], *, saved: bool) -> None:
        self._inner = inner
        self._base = base
        self._held = held
        self._saved = saved

    def __call__(self, importing: str, target: str) -> tuple[str, bytes] | str:
        if not self._saved:
            return _UNSAVED
        opened = self._inner(os.path.join(self._base, importing), target)
        if isinstance(opened, str):
            return opened
        shown, data = opened
        held = self._held.get(os.path.realpath(shown))
        return files.relative(shown, self._base), data if held is None else encoded(held.text)
