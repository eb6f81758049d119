"""What is told of the thing under the pointer, as markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from rflint.formatters import cells, markdown
from rflint.lsp.keys import Key, field_key
from rflint.lsp.names import Place, item_around
from rflint.lsp.navigation import meant
from rflint.lsp.pictures import picture
from rflint.lsp.reach import describe, hint
from rflint.lsp.snapshot import Seen, Snapshot
from rflint.lsp.tree import Found, Node, find
from rflint.model import DataPath, InputReport, Op, Rule

#: Of an item with more instances, so many of the first and of the last are looked at.
_ENDS: Final = 32
_DIRECTIVE: Final = re.compile(r"#[ \t]*rflint:[ \t]*ignore(?:-file)?[ \t]*\[([^\]\n]*)")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")


class Hover(NamedTuple):
    """Markdown, and the stretch of text it is about, in offsets."""

    markdown: str
    start: int
    end: int


class Hint(NamedTuple):
    """A few characters that an editor shows at an offset, and what it tells when one points at them."""

    offset: int
    label: str
    markdown: str


def hover(snapshot: Snapshot, offset: int, *, pictures: bool = False) -> Hover | None:
    """Tell about what stands at an offset, with images if `pictures`; None where there is nothing to tell."""
    if not snapshot.is_spec:
        return None
    if (named := _rule_in_comment(snapshot, offset)) is not None:
        return named
    found = find(snapshot.tree, offset)
    parts = [part for part in (_about(snapshot, found), _network(snapshot, found, pictures=pictures)) if part]
    return Hover("\n\n---\n\n".join(parts), found.start, found.end) if parts else None


def _rule_in_comment(snapshot: Snapshot, offset: int) -> Hover | None:
    """Tell about the rule that a suppression names."""
    text = snapshot.text
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    for directive in _DIRECTIVE.finditer(text, start, min(len(text), offset + 1_000)):
        if directive.start(1) <= offset <= directive.end(1):
            for word in _WORD.finditer(text, *directive.span(1)):
                rule = snapshot.options.vocabulary.entry_by.get(word[0])
                if word.start() <= offset <= word.end() and rule is not None:
                    return Hover(_rule(rule.load()), word.start(), word.end())
    return None


def _rule(rule: Rule) -> str:
    return f"**{rule.code} {rule.name}** ({rule.severity})\n\n{markdown.prose(rule.summary)}"


def _about(snapshot: Snapshot, found: Found) -> str:
    """Tell what the key or the word at a place means."""
    path, keys = found.path, snapshot.keys
    if not path or not (found.is_key or found.node.kind == "scalar"):
        return ""
    item = item_around(path)
    text = found.node.text or ""
    if not found.is_key:
        if path[-1] in ("op", "join") and item == path[:-1] and (op := keys.vocabulary.ops.get(text)) is not None:
            return _op(op)
        if path[-1] == "use" and item == path[:-1] and (block := snapshot.names.block(snapshot.path, text)) is not None:
            return _block(snapshot, block, text)
        if item is not None and path[len(item) :][:1] == ("ignore",) and text in keys.vocabulary.entry_by:
            return _rule(keys.vocabulary.entry_by[text].load())
    elif path[0] == "rules" and len(path) == 2:
        rule = keys.vocabulary.entry_by.get(str(path[1]))
        return "" if rule is None else _rule(rule.load())
    elif path[0] == "blocks" and len(path) == 2:
        return _block(snapshot, Place(snapshot.path, path), str(path[1]))
    key = _key(snapshot, path)
    return (
        ""
        if key is None
        else f"**{markdown.code(key.name)}**{f' ({markdown.prose(key.detail)})' if key.detail else ''}\n\n{markdown.prose(key.doc)}"
    )


def _key(snapshot: Snapshot, path: DataPath) -> Key | None:
    """Return the key that a place belongs to."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return snapshot.keys.of(path[:-1], snapshot.tree).get(str(path[-1])) if path else None


def _op(op: Op) -> str:
    lines = [f"**{markdown.code(op.name)}**: {markdown.prose(op.doc)}"]
    if listed := [field_key(field, op) for field in op.fields]:
        lines.append("")
        lines += [
            f"- {markdown.code(key.name)}{f' ({markdown.prose(key.detail)})' if key.detail else ''}: {markdown.prose(key.doc)}"
            for key in listed
        ]
    return "\n".join(lines)


def _block(snapshot: Snapshot, place: Place, name: str) -> str:
    """Tell what a block takes and gives."""
    node = snapshot.names.node(place.file, place.path)
    lines = [f"**{markdown.code(name)}**, a block" + (f" of {markdown.code(place.file)}" if place.file != snapshot.path else ""), ""]
    for key in ("description", "params", "inputs", "outputs", "output"):
        told = _listed(node.get(key) if node is not None else None)
        if told:
            lines.append(f"- {key}: {told}" if key != "description" else f"- {told}")
    return "\n".join(lines).rstrip()


def _listed(node: Node | None) -> str:
    if node is None:
        return ""
    if node.kind == "scalar":
        return markdown.prose(str(node.value))
    return ", ".join(
        markdown.code(str(entry.key)) + (f" = {markdown.code(entry.node.shown)}" if entry.node.shown else "")
        if node.kind == "map"
        else markdown.code(str(entry.node.value))
        for entry in node.entries
    )


def _network(snapshot: Snapshot, found: Found, *, pictures: bool) -> str:
    """Tell what the layer sees that a name stands for, or else the one that it stands in."""
    analysis, place = snapshot.analysis, meant(snapshot, found)
    if analysis is None:
        return ""
    if place is not None and place.path[:1] == ("inputs",):
        item = next((each for each in analysis.graph.inputs if each.name == place.path[1]), None)
        return (
            "" if item is None else f"**{markdown.code(item.name)}**, an input: {markdown.prose(cells.input_text(InputReport(*item[:3])))}"
        )
    if place is None or item_around(place.path) != place.path:
        if (path := item_around(found.path)) is None:
            return ""
        place = Place(snapshot.path, path)
    seen, total = _instances(snapshot, place.file, place.path)
    if not seen:
        return ""
    first = snapshot.instances(place.file, place.path)[0]
    image = picture(analysis, first.name, first.node) if pictures else ""
    return "\n\n".join(filter(None, (describe(seen, total, analysis.graph.axes), image)))


def _instances(snapshot: Snapshot, file: str, item: DataPath) -> tuple[Sequence[Seen], int]:
    """Return what the instances of an item see, and how many there are; of very many, the first and the last."""
    found = snapshot.instances(file, item)
    sample = found if len(found) <= 2 * _ENDS else found[:_ENDS] + found[-_ENDS:]
    return [snapshot.seen(each) for each in sample], len(found)


def hints(snapshot: Snapshot, start: int, end: int) -> list[Hint]:
    """Return the receptive field of each item that begins between two offsets, at the end of its first line.

    Where several items share a line, at the end of each.
    """
    analysis = snapshot.analysis if snapshot.is_spec else None
    if analysis is None:
        return []
    lines = snapshot.lines
    items = [(path, node, lines.number(node.start)) for path, node in snapshot.names.items(snapshot.path) if start <= node.start <= end]
    on_line = Counter(line for _, _, line in items)
    found = []
    for path, node, line in items:
        seen, total = _instances(snapshot, snapshot.path, path)
        if label := hint(seen):
            stop = lines.offset(line, 1) + len(lines.text(line).rstrip())
            found.append(Hint(node.end if on_line[line] > 1 else stop, label, describe(seen, total, analysis.graph.axes)))
    return sorted(found)
