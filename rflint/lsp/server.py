"""The Language Server Protocol: a server that knows the documents; it, `serving` and `protocol` are the only ones that know pygls.

Whatever takes time runs in one of two threads, one for snapshots and what is asked of them, one for what must not wait for
those (completion); the loop itself only passes messages on, so that typing is never held up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from lsprotocol import types
from pygls.exceptions import FeatureNotificationError, JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method

from rflint import __version__
from rflint.lsp import protocol
from rflint.lsp.session import Buffer, Session, Taken

_T = TypeVar("_T")

#: Seconds of rest after a change before findings are looked for.
DEBOUNCE: Final = 0.2
_SCHEMES: Final = frozenset({"file", "untitled"})

_log: Final = logging.getLogger("rflint.lsp")


class _Protocol(LanguageServerProtocol):
    """The protocol of pygls, but for what happens to documents, and to requests that are none.

    pygls 2.1 keeps the future of each notification that a coroutine or generator hears, for good, and so a piece of every
    keystroke.  It also keeps texts of its own, in which U+0085 and U+2028 end lines; the session has them already.
    """

    _server: Server

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Make a message of what was read; a request that is malformed is answered too."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self._server.opened(params.text_document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        if params.content_changes:
            self._server.edited(params.text_document, params.content_changes[-1].text)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self._server.closed(params.text_document.uri)


class Server(LanguageServer):
    """rflint as a language server; `start_io` runs it."""

    def __init__(self, session: Session) -> None:
        full = types.TextDocumentSyncKind.Full
        super().__init__(
            protocol.SOURCE, __version__, text_document_sync_kind=full, protocol_cls=_Protocol, converter_factory=default_converter
        )
        self.session = session
        #: The editor has asked for the end: leaving is no failure.
        self.asked_to_stop = False
        self._analyst = ThreadPoolExecutor(1, "rflint-analysis")
        self.typist = ThreadPoolExecutor(1, "rflint-typing")
        self._taken: dict[str, tuple[int, asyncio.Future[Taken]]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._told: str | None = None
        #: Held by the one who looks for findings that nobody waits for; who asks something is then second in line at most.
        self._turn = asyncio.Lock()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Tell the log, where pygls does not do so itself; a box that pops up while somebody types helps nobody."""
        if source is FeatureNotificationError:
            _log.error("%s", error, exc_info=error)

    def leave(self) -> None:
        """Wait for nothing, and leave nothing behind."""
        self._analyst.shutdown(wait=False, cancel_futures=True)
        self.typist.shutdown(wait=False, cancel_futures=True)
        self.session.leave()

    # Snapshots

    async def taken(self, uri: str) -> Taken | None:
        """Return what has become of the newest version of a document; None where it is not open."""
        while (buffer := self.session.get(uri)) is not None:
            future = self._future(buffer)
            try:
                return await asyncio.shield(future)
            except asyncio.CancelledError:
                if not future.cancelled():
                    # Nobody waits for the answer any more.
                    raise
                # A newer version has taken its place.
        return None

    def _future(self, buffer: Buffer) -> asyncio.Future[Taken]:
        """Have a version looked at, if that is not done already, instead of the one before."""
        stamp, future = self._taken.get(buffer.uri, (None, None))
        if future is None or stamp != buffer.stamp or future.cancelled():
            if future is not None:
                # One that is being looked at cannot be stopped.
                future.cancel()
            future = asyncio.get_running_loop().run_in_executor(self._analyst, self.session.take, buffer, self._folder())
            self._taken[buffer.uri] = buffer.stamp, future
        return future

    async def ask(self, uri: str, question: Callable[[Taken], _T]) -> _T | None:
        """Answer a question about the newest version of a document."""
        taken = await self.taken(uri)
        return None if taken is None else await asyncio.get_running_loop().run_in_executor(self._analyst, question, taken)

    def _folder(self) -> str | None:
        """Folder of the workspace, for documents that are in none."""
        folders = [protocol.path_of(each.uri) for each in self.workspace.folders.values()]
        return next((each for each in (self.workspace.root_path, *folders) if each), None)

    # Documents

    def opened(self, document: types.TextDocumentItem) -> None:
        """Take a document."""
        if protocol.scheme_of(document.uri) in _SCHEMES:
            self.session.put(document.uri, protocol.path_of(document.uri), document.text, document.version)
            self.anything_changed()

    def edited(self, document: types.VersionedTextDocumentIdentifier, text: str) -> None:
        """Take a new version of a document."""
        if (buffer := self.session.get(document.uri)) is not None:
            self.session.put(document.uri, buffer.path, text, document.version)
            self._changed(document.uri, buffer.path)

    def closed(self, uri: str) -> None:
        """Let go of a document, and take back what was said of it."""
        self.session.close(uri)
        for known in (self._tasks.pop(uri, None), self._taken.pop(uri, (0, None))[1]):
            if known is not None:
                known.cancel()
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
        self.anything_changed()

    # Findings

    def _changed(self, uri: str, path: str | None) -> None:
        """Look for findings in a document soon, and in those that import it."""
        self.schedule(uri, DEBOUNCE)
        for other, (_, future) in tuple(self._taken.items()):
            # One that is not done yet may have read the old text.
            unclear = not future.done() or future.cancelled() or future.exception() is not None
            if other != uri and path is not None and (unclear or self.session.depends(future.result(), path)):
                self.session.renew(other)
                self.schedule(other, DEBOUNCE)

    def anything_changed(self) -> None:
        """Look for findings in all documents."""
        for uri in self.session.renew_all():
            self.schedule(uri, 0)

    def schedule(self, uri: str, delay: float) -> None:
        """Publish the findings of a document after a rest; a later call takes the place of an earlier one."""
        if uri in self._tasks:
            self._tasks[uri].cancel()
        self._tasks[uri] = asyncio.get_running_loop().create_task(self._publish(uri, delay))

    async def _publish(self, uri: str, delay: float) -> None:
        try:
            await asyncio.sleep(delay)
            async with self._turn:
                taken = await self.taken(uri)
            newest = self.session.get(uri)
            if taken is None or newest is None or newest.stamp != taken.buffer.stamp:
                return
            found = [protocol.diagnostic_of(taken, mark) for mark in taken.marks]
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, taken.buffer.version))
            self._tell(taken.problem)
        except asyncio.CancelledError:
            raise
        except Exception:
            # The document keeps the findings it had.
            _log.exception("looking for findings failed")

    def show(self, address: str) -> None:
        """Have the editor open a page in a browser, or say where it is."""
        window = self.client_capabilities.window
        if window is not None and window.show_document is not None and window.show_document.support:
            self.window_show_document(types.ShowDocumentParams(address, external=True))
        else:
            self.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"rflint: {address}"))

    def _tell(self, problem: str | None) -> None:
        """Tell what is wrong with the configuration, once."""
        if problem is not None and problem != self._told:
            text = f"rflint: {problem}; the defaults hold until that is mended"
            self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, text))
        self._told = problem
