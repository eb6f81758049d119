"""`rflint lsp` at work: the server over standard input and output, and what it answers to each request."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
import threading
from typing import Any, BinaryIO, Final, cast

from lsprotocol import types

from rflint.cli import Arguments
from rflint.lsp import actions, hover, navigation, page, protocol, symbols
from rflint.lsp.positions import Encoding, Positions
from rflint.lsp.server import Server
from rflint.lsp.session import Session, Taken

_STACK: Final = 1 << 24
_GARBAGE: Final = (2_000, 10, 10)

#: What else findings depend on; editors that can watch files tell of their changes.
_WATCHED: Final = ("**/*.yaml", "**/*.yml", "**/rflint.toml", "**/.rflint.toml", "**/pyproject.toml", "**/*baseline*.json")
_TRIGGERS: Final = (" ", ":", "[", "{", ",", "-", '"', "'", "/")


def serve(arguments: Arguments, stdin: BinaryIO, stdout: BinaryIO) -> int:
    """Serve one editor until it leaves; 0 where it took its leave as the protocol has it, else 1.

    Raises UsageError where the command line or the environment asks for what does not exist.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(levelname)s: %(message)s")
    # Editors also cancel what is answered already, and tell of things that nobody asked for.
    logging.getLogger("pygls").setLevel(logging.ERROR)
    # A run of the command line hardly looks for garbage; this one lasts for days, and every version leaves some.
    gc.set_threshold(*_GARBAGE)
    server = build(Session(arguments))
    # pygls would wait for its thread that reads the input, which goes on until there is some.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Blocks in blocks are followed by recursion, and on some systems the stacks of threads are small.
    threading.stack_size(_STACK)
    server.start_io(stdin, stdout)
    server.leave()
    return 0 if server.asked_to_stop else 1


def build(session: Session) -> Server:
    """Make a server that answers from a session."""
    server = Server(session)

    @server.feature(types.INITIALIZE)
    def initialize(_: types.InitializeParams) -> None:
        session.encoding = cast("Encoding", getattr(server.workspace.position_encoding, "value", server.workspace.position_encoding))

    @server.feature(types.INITIALIZED)
    def initialized(_: types.InitializedParams) -> None:
        workspace = server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching is not None and watching.dynamic_registration:
            watchers = [types.FileSystemWatcher(glob) for glob in _WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = types.Registration("rflint-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            server.client_register_capability(types.RegistrationParams([registration]))

    @server.feature(types.SHUTDOWN)
    def shutdown(_: Any) -> None:
        server.asked_to_stop = True

    _bind_changes(server)
    _bind_questions(server)
    return server


def _bind_changes(server: Server) -> None:
    # No coroutines: see `_Protocol`.
    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(_: types.DidSaveTextDocumentParams) -> None:
        server.anything_changed()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(_: types.DidChangeWatchedFilesParams) -> None:
        server.anything_changed()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def did_change_configuration(_: types.DidChangeConfigurationParams) -> None:
        server.anything_changed()


def _bind_questions(server: Server) -> None:
    session = server.session

    def pictures() -> bool:
        return protocol.shows_images(server.client_capabilities)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        def answer(taken: Taken) -> types.Hover | None:
            found = hover.hover(taken.snapshot, protocol.offset_of(taken.positions, params.position), pictures=pictures())
            return None if found is None else protocol.hover_of(taken, found)

        return await server.ask(params.text_document.uri, answer)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> types.Location | None:
        def answer(taken: Taken) -> types.Location | None:
            found = navigation.definition(taken.snapshot, protocol.offset_of(taken.positions, params.position))
            return None if found is None else protocol.location_of(taken, found)

        return await server.ask(params.text_document.uri, answer)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(params: types.ReferenceParams) -> list[types.Location] | None:
        def answer(taken: Taken) -> list[types.Location]:
            offset = protocol.offset_of(taken.positions, params.position)
            found = navigation.references(taken.snapshot, offset, declaration=params.context.include_declaration)
            return [protocol.location_of(taken, spot) for spot in found]

        return await server.ask(params.text_document.uri, answer)

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def inlay_hints(params: types.InlayHintParams) -> list[types.InlayHint] | None:
        def answer(taken: Taken) -> list[types.InlayHint]:
            start, end = (protocol.offset_of(taken.positions, each) for each in (params.range.start, params.range.end))
            return [protocol.hint_of(taken, each) for each in hover.hints(taken.snapshot, start, end)]

        return await server.ask(params.text_document.uri, answer)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix, actions.FIX_ALL, protocol.PAGE])
    )
    async def code_actions(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        def answer(taken: Taken) -> list[types.CodeAction]:
            context = params.context
            start, end = protocol.asked_about(taken.positions, params)
            found = actions.quick_fixes(taken.snapshot, start, end) if protocol.wants(context, types.CodeActionKind.QuickFix) else []
            # It takes several lints: not for a cursor that merely moves.
            asked = context.only is not None or context.trigger_kind != types.CodeActionTriggerKind.Automatic
            if asked and protocol.wants(context, actions.FIX_ALL) and (every := actions.fix_all(taken.snapshot)) is not None:
                found.append(every)
            made = [protocol.action_of(taken, each) for each in found]
            chosen = context.only is not None or context.trigger_kind == types.CodeActionTriggerKind.Invoked
            if chosen and protocol.wants(context, protocol.PAGE) and (layer := page.layer_at(taken.snapshot, start)) is not None:
                made.append(protocol.page_action(params.text_document.uri, layer))
            return made

        return await server.ask(params.text_document.uri, answer)

    @server.command(protocol.SHOW_PAGE)
    async def show_page(uri: str, layer: str | None) -> str | None:
        """Show the page of a document; its address, None where there is no such document."""

        def answer(taken: Taken) -> str:
            return protocol.page_address(session.write_page(uri, page.page(taken.snapshot)), page.fragment(layer))

        if (address := await server.ask(uri, answer)) is not None:
            server.show(address)
        return address

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def document_symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        def answer(taken: Taken) -> list[types.DocumentSymbol]:
            return [protocol.symbol_of(taken.positions, each) for each in symbols.symbols(taken.snapshot)]

        return await server.ask(params.text_document.uri, answer)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=list(_TRIGGERS)))
    async def complete(params: types.CompletionParams) -> types.CompletionList | None:
        if (buffer := session.get(params.text_document.uri)) is None:
            return None

        def answer() -> types.CompletionList:
            positions = Positions(buffer.text, session.encoding)
            offset = protocol.offset_of(positions, params.position)
            return protocol.completion_list_of(positions, offset, session.complete(buffer, positions.text, offset))

        return await asyncio.get_running_loop().run_in_executor(server.typist, answer)
