"""What may be written at the cursor, in a text that is as a rule not YAML at that moment.

A mark goes in at the cursor, the text becomes an outline, and where the mark comes out is what is being written: a key, a value,
or, where a collection has not begun yet, either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from rflint.formatters import markdown
from rflint.lsp.keys import Key, Keys
from rflint.lsp.names import Files, Names, item_around, lists_around, scope_of
from rflint.lsp.outline import outline
from rflint.lsp.snapshot import Snapshot
from rflint.lsp.tree import Node
from rflint.model import DataPath
from rflint.validation.vocabulary import Vocabulary
from rflint.verdict.directives import can_be_suppressed

Kind = Literal["key", "op", "value", "layer", "block", "parameter", "rule", "function"]

#: Longest text that is looked at while somebody types.
LONGEST: Final = 1 << 20
#: Suggestions that are sent.
MOST: Final = 500

#: A character of private use: no spec holds it, and it is part of any word.
_MARK: Final = "\ue0f5"
_DIRECTIVE: Final = re.compile(r"#[ \t]*rflint:[ \t]*ignore(?:-file)?[ \t]*\[[^\]]*\Z")
_CODE: Final = re.compile(r"[A-Za-z0-9-]*\Z")
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_]*\Z")
#: Text that needs no quotes.
_PLAIN: Final = re.compile(r"[A-Za-z_](?:[\w ./+-]*[\w./+-])?")
_NOT_TEXT: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
_FUNCTIONS: Final = ("min", "max", "len")


class Completion(NamedTuple):
    """One suggestion."""

    label: str
    kind: Kind
    #: What goes into the place of the text from `Completions.start` to the cursor.
    text: str
    #: Few words.
    detail: str = ""
    #: Markdown.
    doc: str = ""


class Completions(NamedTuple):
    """All suggestions, the likeliest first."""

    #: Where the word begins that is being written.
    start: int
    items: tuple[Completion, ...]
    #: There are others, for other words.
    incomplete: bool = False


NOTHING: Final = Completions(0, ())


class _Cursor(NamedTuple):
    """Where the mark came out of the outline."""

    path: DataPath
    #: It is, or may become, a key of the mapping at `path[:-1]`.
    is_key: bool
    #: What is written of the word before the cursor.
    typed: str
    quoted: bool


def complete(text: str, offset: int, path: str, vocabulary: Vocabulary, known: Snapshot | None = None) -> Completions:
    """Suggest what may stand at an offset of a text; `known` is an earlier version that could be read: it knows the imports."""
    if len(text) > LONGEST:
        return NOTHING
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    line = text[start:offset]
    if _DIRECTIVE.search(line):
        return _cut(_rules(vocabulary), _match(_CODE, line), offset)
    # A colon or dash needs a blank behind it to be one.
    blank = " " if line.endswith(":") or (line.endswith("-") and not line.strip("- ")) else ""
    root = outline(f"{text[:offset]}{blank}{_MARK}{text[offset:]}")
    if (cursor := _find(root)) is None:
        return NOTHING

    def root_of(file: str) -> Node | None:
        return root if file == path else known.root(file) if known is not None else None

    names = Names(Files(root_of, known.imports if known is not None else lambda _: ()))
    found = _Suggestions(root, path, cursor, Keys(vocabulary), names, known, colon=not text[offset:].lstrip(" \t").startswith(":"))
    suggested, typed = found.suggest()
    return _cut(suggested, typed, offset, blank)


def _cut(found: Iterable[Completion], typed: str, offset: int, blank: str = "") -> Completions:
    """Choose what goes out: where there is much, what the word can still become."""
    items = list({each.label: each for each in found}.values())
    incomplete = len(items) > MOST
    if incomplete:
        items = [each for each in items if typed.lower() in each.label.lower()]
    if blank:
        items = [each._replace(text=blank + each.text) for each in items]
    return Completions(offset - len(typed), tuple(items[:MOST]), incomplete)


def _match(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[0] if match else ""


def _rules(vocabulary: Vocabulary) -> Iterator[Completion]:
    """Suggest the rules that a suppression can name."""
    yield from (
        Completion(rule.code, "rule", rule.code, rule.name, markdown.prose(rule.summary))
        for rule in vocabulary.rules
        if can_be_suppressed(rule.code)
    )


def _find(root: Node) -> _Cursor | None:
    """Look for the mark."""
    waiting: list[tuple[DataPath, Node]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        if node.text is not None and _MARK in node.text:
            typed = node.text.partition(_MARK)[0]
            # Quotes are no part of the text.
            return _Cursor(path, False, typed, quoted=node.end - node.start > len(node.text))
        for entry in node.entries:
            if isinstance(entry.key, str) and _MARK in entry.key:
                typed = entry.key.partition(_MARK)[0].lstrip("\"'")
                return _Cursor((*path, entry.key), True, typed, quoted=entry.end - entry.start > len(entry.key))
            waiting.append(((*path, entry.key), entry.node))
    return None


class _Suggestions:
    def __init__(self, root: Node, file: str, cursor: _Cursor, keys: Keys, names: Names, known: Snapshot | None, *, colon: bool) -> None:
        self._root = root
        self._file = file
        self._cursor = cursor
        self._keys = keys
        self._names = names
        self._known = known
        #: A key needs its colon.
        self._colon = colon

    def suggest(self) -> tuple[list[Completion], str]:
        """Return the suggestions, and what is written already of the word that they complete."""
        cursor = self._cursor
        if cursor.is_key:
            return list(self._in_mapping(cursor.path[:-1])), cursor.typed
        expression = cursor.typed.rpartition("${")
        if expression[1] and "}" not in expression[2]:
            return list(self._in_expression()), _match(_IDENTIFIER, expression[2])
        # A value that has hardly begun may be the first key of a mapping.
        return [*self._in_mapping(cursor.path), *self._value(cursor.path)], cursor.typed

    def _in_mapping(self, path: DataPath) -> Iterator[Completion]:
        """Suggest keys that the mapping at a path has not got."""
        holder = self._root.at(path)
        present = {entry.key for entry in holder.pairs} if holder is not None else set()
        if not path and not (present - {key for key in present if _MARK in str(key)}) and not self._is_spec():
            yield self._key(self._keys.of((), self._root)["rflint"], " 1")
            return
        if not self._is_spec():
            return
        for key in self._keys.of(path, self._root).values():
            if key.name not in present:
                kind: Kind = "op" if path == ("defaults",) else "rule" if path == ("rules",) else "key"
                yield self._key(key, kind=kind)
        item = item_around(path)
        if item is not None and path[len(item) :][:1] == ("with",) and len(path) <= len(item) + 2:
            yield from (each for each in self._parameters(item) if each.label not in present)
        if path == ("expect",):
            yield from (
                name._replace(text=f"{name.text}{': ' if self._colon else ''}") for name in self._layers() if name.label not in present
            )

    def _is_spec(self) -> bool:
        return self._root.get("rflint") is not None

    def _key(self, key: Key, value: str = " ", kind: Kind = "key") -> Completion:
        return Completion(key.name, kind, f"{key.name}:{value}" if self._colon else key.name, key.detail, markdown.prose(key.doc))

    def _parameters(self, item: DataPath) -> Iterator[Completion]:
        """Suggest the parameters of the block that an item uses."""
        used = self._names.node(self._file, (*item, "use"))
        block = self._names.block(self._file, used.text) if used is not None and used.text else None
        params = self._names.node(block.file, (*block.path, "params")) if block is not None else None
        for entry in params.pairs if params is not None else ():
            default = entry.node.shown
            detail = f"default: {default}" if default else "required"
            yield Completion(str(entry.key), "parameter", f"{entry.key}{': ' if self._colon else ''}", detail)

    def _value(self, path: DataPath) -> Iterator[Completion]:
        """Suggest values."""
        if not self._is_spec() or not path:
            return
        item = item_around(path)
        match path[len(item) :] if item is not None else path:
            case ("from" | "like" | "weights", *_) if item is not None:
                yield from (self._name(each.name, "layer", each.what) for each in self._names.visible(self._file, lists_around(path)))
            case ("use",) if item is not None:
                yield from (
                    self._name(name, "block", place.file if place.file != self._file else "")
                    for name, place in self._names.blocks(self._file)
                )
            case ("ignore", *_) if item is not None:
                yield from _rules(self._keys.vocabulary)
            case ("op" | "join",) if item is not None:
                ops = self._keys.vocabulary.ops
                for word in self._keys.words(path, self._root):
                    yield Completion(word, "op", word, ops[word].group, markdown.prose(ops[word].doc))
            case ("outputs", *_) | ("targets", _, "layer"):
                yield from self._layers()
            case ("targets", _, "input") | ("expect", _, "input"):
                yield from (self._name(name, "layer", "input") for name, _ in self._names.inputs(self._file, scope_of(())))
            case ("blocks", _, "output" | "outputs", *_):
                yield from (self._name(each.name, "layer", each.what) for each in self._names.visible(self._file, scope_of(path)))
            case _:
                yield from (Completion(word, "value", word) for word in self._keys.words(path, self._root))

    def _layers(self) -> Iterator[Completion]:
        """Suggest what the spec as a whole can speak of: the items of `layers`, and what an earlier version expanded to."""
        yield from (self._name(each.name, "layer", each.what) for each in self._names.visible(self._file, scope_of(())))
        graph = self._known.loaded.graph if self._known is not None else None
        yield from (self._name(layer.name, "layer", layer.op) for layer in (graph.layers if graph is not None else ()))

    def _name(self, name: str, kind: Kind, detail: str) -> Completion:
        """Suggest a name, in quotes where it needs them."""
        plain = self._cursor.quoted or (_PLAIN.fullmatch(name) and name.lower() not in _NOT_TEXT)
        quoted = "'" + name.replace("'", "''") + "'"
        return Completion(name, kind, name if plain else quoted, detail)

    def _in_expression(self) -> Iterator[Completion]:
        """Suggest what an expression can speak of: the parameters of the block, and the copy that it stands in."""
        path = self._cursor.path
        if path[:1] == ("blocks",) and len(path) > 1:
            params = self._names.node(self._file, (*path[:2], "params"))
            for entry in params.pairs if params is not None else ():
                yield Completion(str(entry.key), "parameter", str(entry.key), "parameter")
        for at in lists_around(path):
            node = self._root.at((*at.path, at.number))
            arguments = node.get("with") if node is not None else None
            if node is not None and (node.get("repeat") is not None or (arguments is not None and arguments.kind == "list")):
                yield Completion("index", "parameter", "index", "number of this copy, from 0")
                yield Completion("count", "parameter", "count", "number of copies")
        yield from (Completion(name, "function", name, "function") for name in _FUNCTIONS)
