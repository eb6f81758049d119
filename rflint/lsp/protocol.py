"""Our values as those of the protocol: offsets become lines and characters, paths become URIs."""

from __future__ import annotations

import os
from typing import Final

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path, uri_scheme

from rflint.lsp.actions import Action
from rflint.lsp.completion import Completions
from rflint.lsp.hover import Hint, Hover
from rflint.lsp.marks import Mark
from rflint.lsp.positions import Positions
from rflint.lsp.session import Taken
from rflint.lsp.snapshot import Spot
from rflint.lsp.symbols import Symbol

SOURCE: Final = "rflint"

#: The command that shows the page of a document, given its URI and the name of a layer; and what kind of action it is.
SHOW_PAGE: Final = "rflint.showPage"
PAGE: Final = "source.page.rflint"

_SEVERITIES: Final = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
_SYMBOLS: Final = {
    "section": types.SymbolKind.Namespace,
    "input": types.SymbolKind.Variable,
    "layer": types.SymbolKind.Function,
    "use": types.SymbolKind.Object,
    "branches": types.SymbolKind.Array,
    "branch": types.SymbolKind.Field,
    "block": types.SymbolKind.Class,
}
_COMPLETIONS: Final = {
    "key": types.CompletionItemKind.Property,
    "op": types.CompletionItemKind.Function,
    "value": types.CompletionItemKind.EnumMember,
    "layer": types.CompletionItemKind.Variable,
    "block": types.CompletionItemKind.Class,
    "parameter": types.CompletionItemKind.Field,
    "rule": types.CompletionItemKind.Constant,
    "function": types.CompletionItemKind.Method,
}


def offset_of(positions: Positions, position: types.Position) -> int:
    """Offset of a position."""
    return positions.offset(position.line, position.character)


def position_of(positions: Positions, offset: int) -> types.Position:
    """Position of an offset."""
    return types.Position(*positions.position(offset))


def range_of(positions: Positions, start: int, end: int) -> types.Range:
    """Range between two offsets."""
    return types.Range(position_of(positions, start), position_of(positions, end))


def location_of(taken: Taken, spot: Spot) -> types.Location:
    """Place in a document or in one that it imports, which keeps the URI that the editor has for it."""
    if spot.path == taken.snapshot.path:
        return types.Location(taken.buffer.uri, range_of(taken.positions, spot.start, spot.end))
    path = taken.absolute(spot.path)
    uri = taken.uris.get(os.path.realpath(path)) or from_fs_path(path) or spot.path
    positions = Positions(taken.snapshot.text_of(spot.path) or "", taken.positions.encoding)
    return types.Location(uri, range_of(positions, spot.start, spot.end))


def markdown(text: str) -> types.MarkupContent:
    """Text with markup."""
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def diagnostic_of(taken: Taken, mark: Mark) -> types.Diagnostic:
    """One finding."""
    finding = mark.diagnostic
    related = [types.DiagnosticRelatedInformation(location_of(taken, each.spot), each.message) for each in mark.related]
    return types.Diagnostic(
        range_of(taken.positions, mark.start, mark.end),
        mark.message,
        severity=_SEVERITIES[mark.severity],
        code=finding.code,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if mark.unnecessary else None,
        related_information=related or None,
        data={"name": finding.name, "layer": finding.layer, "fingerprint": finding.fingerprint},
    )


def action_of(taken: Taken, action: Action) -> types.CodeAction:
    """Something to choose."""
    changes: dict[str, list[types.TextEdit]] = {}
    for change in action.changes:
        place = location_of(taken, change.spot)
        changes.setdefault(place.uri, []).append(types.TextEdit(place.range, change.text))
    return types.CodeAction(
        action.title,
        kind=action.kind,
        diagnostics=[diagnostic_of(taken, mark) for mark in action.marks] or None,
        is_preferred=action.preferred or None,
        edit=types.WorkspaceEdit(changes),
    )


def page_action(uri: str, layer: str) -> types.CodeAction:
    """The page with pictures, to choose where the cursor is."""
    title = f"Show what `{layer}` sees"
    return types.CodeAction(title, kind=PAGE, command=types.Command(title, SHOW_PAGE, arguments=[uri, layer]))


def page_address(path: str, fragment: str) -> str:
    """Address of a file that was written, at a place in it."""
    return f"{from_fs_path(path)}{fragment}"


def hover_of(taken: Taken, hover: Hover) -> types.Hover:
    """What is told of a thing."""
    return types.Hover(markdown(hover.markdown), range_of(taken.positions, hover.start, hover.end))


def shows_images(capabilities: types.ClientCapabilities) -> bool:
    """Whether a hover may hold an image.

    Many editors take markdown and show it as text; those that lay it out with a library name that library, or the tags they allow.
    """
    document, general = capabilities.text_document, capabilities.general
    hover = None if document is None else document.hover
    library = None if general is None else general.markdown
    if hover is None or library is None or types.MarkupKind.Markdown not in (hover.content_format or ()):
        return False
    return library.parser == "marked" or "img" in (library.allowed_tags or ())


def hint_of(taken: Taken, hint: Hint) -> types.InlayHint:
    """What is shown behind a line."""
    return types.InlayHint(position_of(taken.positions, hint.offset), hint.label, tooltip=markdown(hint.markdown), padding_left=True)


def symbol_of(positions: Positions, symbol: Symbol) -> types.DocumentSymbol:
    """A named thing, and what is in it."""
    return types.DocumentSymbol(
        symbol.name or "?",
        _SYMBOLS[symbol.kind],
        range_of(positions, symbol.start, symbol.end),
        range_of(positions, symbol.name_start, symbol.name_end),
        detail=symbol.detail or None,
        children=[symbol_of(positions, each) for each in symbol.inner],
    )


def completion_list_of(positions: Positions, offset: int, found: Completions) -> types.CompletionList:
    """Suggestions for what stands before an offset."""
    place = range_of(positions, found.start, offset)
    items = [
        types.CompletionItem(
            each.label,
            kind=_COMPLETIONS[each.kind],
            detail=each.detail or None,
            documentation=markdown(each.doc) if each.doc else None,
            sort_text=f"{number:04}",
            insert_text_format=types.InsertTextFormat.PlainText,
            text_edit=types.TextEdit(place, each.text),
        )
        for number, each in enumerate(found.items)
    ]
    return types.CompletionList(found.incomplete, items)


def asked_about(positions: Positions, params: types.CodeActionParams) -> tuple[int, int]:
    """Offsets between which actions are asked for: some editors name findings of the line that the cursor does not touch."""
    ranges = [params.range, *(each.range for each in params.context.diagnostics if each.source == SOURCE)]
    return min(offset_of(positions, each.start) for each in ranges), max(offset_of(positions, each.end) for each in ranges)


def wants(context: types.CodeActionContext, kind: str) -> bool:
    """Whether an editor asks for a kind of actions, or for a kind of kinds that it is one of."""
    return context.only is None or any(not each or kind == each or kind.startswith(f"{each}.") for each in context.only)


def scheme_of(uri: str) -> str | None:
    """`file`, `untitled`; None where it is no URI."""
    try:
        scheme: str | None = uri_scheme(uri)
    except ValueError:
        return None
    return scheme


def path_of(uri: str) -> str | None:
    """Path of a file by its URI; None for a document that is in none."""
    try:
        path = to_fs_path(uri)
    except ValueError:
        return None
    return path if path and "\0" not in path else None
