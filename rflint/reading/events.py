"""YAML events to plain data and positions: one pass without recursion, so that no nesting and no alias can hurt.

Events, unlike PyYAML's nodes and values, come one at a time: what is too deep, too many or no business of a spec stops
here, before anything is built of it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from rflint.model import DataPath, Limits, Note, Site
from rflint.reading.document import COLLECTION, SHIFT
from rflint.reading.flaws import Flaws, Stop, cut
from rflint.reading.scalars import CONSTANTS, SPECIAL, ScalarError, resolve

#: Events between two looks at the number of nodes.
_BATCH: Final = 4_096
#: Spellings whose value is remembered; the same few stand in every layer.
_REMEMBERED: Final = 4_096
#: The key that pairs without a usable key go under until the end.  No document has it: a lone surrogate cannot be
#: written in UTF-8, and its escape is refused.
_DROPPED: Final = "\ud800"
_UNSEEN: Final = object()

_STANDARD: Final = "tag:yaml.org,2002:"
#: Tags of the core schema for scalars: types that may bear them, and what to call those.
_TYPES: Final[dict[str, tuple[tuple[type, ...], str]]] = {
    "int": ((int,), "an integer"),
    "float": ((int, float), "a number"),
    "bool": ((bool,), "a boolean"),
    "null": ((type(None),), "null"),
}


class _Anchor:
    """A named node; open until its size is known."""

    __slots__ = (
        "before",
        "height",
        "size",
        "value",
    )

    def __init__(self, value: Any, size: int = 0, before: int = 0, height: int = 0) -> None:
        self.value = value
        #: Nodes in it, its aliases expanded; 0 while it is open, and then `before` are the nodes read before it.
        self.size = size
        self.before = before
        #: Levels of collections in it.
        self.height = height


#: What is put aside while a collection inside it is read: the container, its key that waits for the collection, the
#: collection's first word, levels of collections in the container so far, the collection's anchor.
_Frame = tuple[Any, "str | None", int, int, "_Anchor | None"]


class Builder:
    """Builds the first document of an event stream, and reports its flaws on the way."""

    def __init__(self, path: str, flaws: Flaws, limits: Limits) -> None:
        #: The document's value; empty where the stream has none.
        self.root: list[Any] = []
        #: As in `Document`.
        self.nodes: array[int] = array("Q")
        self.dropped: set[int] = set()
        self.holes: set[DataPath] = set()
        #: Offset at which the document ends.
        self.end = -1
        self._path = path
        self._flaws = flaws
        self._limits = limits
        self._anchors: dict[str, _Anchor] = {}
        self._collections = 0
        #: Nodes that aliases stand for.
        self._aliased = 0
        self._keys: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        #: Mappings with dropped pairs.
        self._unclean: list[dict[str, Any]] = []

    def anew(self) -> Builder:
        """Return a builder for the same file that has read nothing yet."""
        return Builder(self._path, self._flaws, self._limits)

    def build(self, events: Iterator[Any]) -> None:
        """Read the first document; raises Stop, after a finding, where it cannot or may not be read on."""
        self._build(events)
        for mapping in self._unclean:
            mapping.pop(_DROPPED, None)

    def _build(self, events: Iterator[Any]) -> None:
        # The hot loop of reading: what is rare is a method, and what every event needs is a local name.
        nodes, keys, values = self.nodes, self._keys, self._values
        put = nodes.append
        stack: list[_Frame] = []
        container: Any = self.root
        in_mapping = False
        key: str | None = None
        value: Any
        #: Levels of collections in what the container holds so far; end of the last node.
        height = end = 0
        while True:
            for event in islice(events, _BATCH):
                kind = type(event)
                if kind is ScalarEvent:
                    end = event.end_mark.index
                    put(event.start_mark.index << SHIFT | end)
                    if in_mapping and key is None:
                        if event.implicit[0] and event.anchor is None:
                            key = keys.get(event.value)
                        if key is None:
                            key = self._key(event, stack, container)
                        if key in container:
                            key = self._duplicate(event, key, stack, container)
                        continue
                    if event.implicit[0]:
                        value = values.get(event.value, _UNSEEN)
                        if value is _UNSEEN:
                            value = self._plain(event, stack, container, key)
                    else:
                        value = event.value if event.tag is None else self._tagged(event, stack, container, key)
                    if event.anchor is not None:
                        self._anchors[event.anchor] = _Anchor(value, size=1)
                elif kind is MappingStartEvent or kind is SequenceStartEvent:
                    outer, outer_key = container, key
                    container = {} if kind is MappingStartEvent else []
                    anchor = self._open(event, stack, outer, in_mapping and key is None, container)
                    stack.append((outer, outer_key, len(nodes), height, anchor))
                    word = COLLECTION | event.start_mark.index << SHIFT
                    put(word)
                    put(word)
                    in_mapping = kind is MappingStartEvent
                    key = None
                    height = 0
                    continue
                elif kind is MappingEndEvent or kind is SequenceEndEvent:
                    # A block collection ends with its last node; its end mark stands wherever the next one begins.
                    if event.start_mark.index != event.end_mark.index:
                        end = event.end_mark.index
                    value = container
                    inner = height + 1
                    container, key, at, height, anchor = stack.pop()
                    in_mapping = type(container) is dict
                    nodes[at] |= end
                    nodes[at + 1] |= len(nodes)
                    height = max(height, inner)
                    if anchor is not None:
                        anchor.size = self._count() - anchor.before
                        anchor.height = inner
                    if in_mapping and key is None:
                        # It was a key; `_open` has told.
                        key = _DROPPED
                        continue
                elif kind is AliasEvent:
                    end = event.end_mark.index
                    put(event.start_mark.index << SHIFT | end)
                    if in_mapping and key is None:
                        message = f"alias {_shown('*', event.anchor)} cannot be a key"
                        key = self._drop(event, stack, container, message, "write the key out")
                        continue
                    target = self._alias(event, stack, container, key)
                    value = target.value
                    height = max(height, target.height)
                elif kind is DocumentEndEvent or kind is StreamEndEvent:
                    self.end = event.end_mark.index
                    return
                else:
                    continue
                if in_mapping:
                    container[key] = value
                    key = None
                else:
                    container.append(value)
            self._check_count(event)

    def _report(self, event: Any, message: str, help: str | None = None, related: tuple[Note, ...] = ()) -> None:  # noqa: A002 - the field's name
        self._flaws.report(event.start_mark.index, event.end_mark.index, message, help, related)

    def _count(self) -> int:
        """Nodes so far, aliases expanded."""
        return len(self.nodes) - self._collections + self._aliased

    def _check_count(self, event: Any) -> None:
        if self._count() > self._limits.nodes:
            self._report(event, f"the file has more than {self._limits.nodes:,} values once its aliases are expanded")
            raise Stop

    def _key(self, scalar: Any, stack: Sequence[_Frame], container: Any) -> str:
        """Check a key; keys that need no quotes are remembered."""
        text: str = scalar.value
        if scalar.anchor is not None:
            self._anchors[scalar.anchor] = _Anchor(text, size=1)
        if scalar.tag not in (None, "!", f"{_STANDARD}str"):
            self._refuse_tag(scalar, scalar.tag)
        elif scalar.implicit[0]:
            if text == "<<":
                message = "merge key `<<` is not read: what a layer says must stand in it"
                return self._drop(scalar, stack, container, message, "write the fields out, or share them through `defaults` or a block")
            try:
                other = resolve(text) if text[:1] in SPECIAL or text in CONSTANTS else text
            except ScalarError:
                other = 0
            if not isinstance(other, str):
                what = "null" if other is None else "a boolean" if isinstance(other, bool) else "a number"
                if text:
                    self._report(scalar, f"key `{cut(text)}` is {what}, and keys are text", f'quote it: `"{cut(text)}"`')
                else:
                    self._report(scalar, "a key is missing here", "write one before the `:`")
            elif len(self._keys) < _REMEMBERED and scalar.anchor is None:
                self._keys[text] = text
        return text

    def _duplicate(self, scalar: Any, key: str, stack: Sequence[_Frame], container: Any) -> str:
        """Drop the second of two equal keys."""
        if key is _DROPPED:
            return key
        self.dropped.add(len(self.nodes) - 1)
        self._unclean.append(container)
        path = _path(stack)
        related = () if path is None else (Note(f"`{cut(key)}` is first given here", Site(self._path, (*path, key), key=True)),)
        self._report(scalar, f"key `{cut(key)}` is given twice in one mapping", "keep one of the two", related)
        return _DROPPED

    def _drop(self, event: Any, stack: Sequence[_Frame], container: Any, message: str, help: str | None = None) -> str:  # noqa: A002 - the field's name
        """Report a key that is none, and leave its pair out."""
        self.dropped.add(len(self.nodes) - 1)
        self._unclean.append(container)
        self._hole(_path(stack))
        self._report(event, message, help)
        return _DROPPED

    def _hole(self, path: DataPath | None) -> None:
        if path is not None:
            self.holes.add(path)

    def _plain(self, scalar: Any, stack: Sequence[_Frame], container: Any, key: str | None) -> Any:
        """Value of an untagged plain scalar; the first few thousand spellings are remembered."""
        try:
            text: str = scalar.value
            value = resolve(text) if text[:1] in SPECIAL or text in CONSTANTS else text
        except ScalarError as error:
            self._hole(_path(stack, container, key))
            self._report(scalar, str(error))
            return None
        if len(self._values) < _REMEMBERED:
            self._values[scalar.value] = value
        return value

    def _tagged(self, scalar: Any, stack: Sequence[_Frame], container: Any, key: str | None) -> Any:
        """Value of a scalar with a tag."""
        tag: str = scalar.tag
        if tag == f"{_STANDARD}str":
            return scalar.value
        types = _TYPES.get(tag.removeprefix(_STANDARD)) if tag.startswith(_STANDARD) else None
        if types is None:
            if tag != "!":
                self._refuse_tag(scalar, tag)
            return scalar.value if scalar.style else self._plain(scalar, stack, container, key)
        value = self._plain(scalar, stack, container, key)
        if type(value) not in types[0] and _path(stack, container, key) not in self.holes:
            self._hole(_path(stack, container, key))
            self._report(scalar, f"`{cut(scalar.value)}` is not {types[1]}, though its tag says so", "remove the tag")
            return None
        return value

    def _refuse_tag(self, event: Any, tag: str) -> None:
        shown = f"!!{tag.removeprefix(_STANDARD)}" if tag.startswith(_STANDARD) else tag
        self._report(event, f"tag `{cut(shown)}` is not read: a spec is plain data", "remove the tag")

    def _open(self, event: Any, stack: Sequence[_Frame], outer: Any, is_key: bool, container: Any) -> _Anchor | None:
        """Check the start of a collection."""
        self._collections += 1
        mapping = isinstance(container, dict)
        if len(stack) >= self._limits.nesting:
            self._report(event, f"nested deeper than {self._limits.nesting} levels")
            raise Stop
        if is_key:
            self.dropped.add(len(self.nodes))
            self._unclean.append(outer)
            self._hole(_path(stack))
            self._report(event, f"a {'mapping' if mapping else 'list'} cannot be a key; keys are text")
        if event.tag not in (None, "!", f"{_STANDARD}{'map' if mapping else 'seq'}"):
            self._refuse_tag(event, event.tag)
        if event.anchor is None:
            return None
        self._anchors[event.anchor] = anchor = _Anchor(container, before=self._count() + 1)
        return anchor

    def _alias(self, alias: Any, stack: Sequence[_Frame], container: Any, key: str | None) -> _Anchor:
        """Find the node that an alias stands for, and count it in."""
        name = _shown("*", alias.anchor)
        anchor = self._anchors.get(alias.anchor)
        if anchor is None or not anchor.size:
            self._hole(_path(stack, container, key))
            if anchor is None:
                self._report(alias, f"alias {name} stands for nothing: no anchor {_shown('&', alias.anchor)} comes before it")
            else:
                self._report(alias, f"alias {name} stands inside the value that it names; a value cannot contain itself")
            return _Anchor(None, size=1)
        self._aliased += anchor.size - 1
        if self._count() > self._limits.nodes:
            self._report(alias, f"the file has more than {self._limits.nodes:,} values once its aliases are expanded")
            raise Stop
        if len(stack) + anchor.height > self._limits.nesting:
            self._report(alias, f"nested deeper than {self._limits.nesting} levels once alias {name} is expanded")
            raise Stop
        return anchor


def _path(stack: Sequence[_Frame], container: Any = None, key: str | None = None) -> DataPath | None:
    """Return the data path that the frames lead to; None inside a dropped pair."""
    frames = [(frame[0], frame[1]) for frame in stack]
    if container is not None:
        frames.append((container, key))
    steps: list[str | int] = []
    for each, at in frames[1:]:
        if isinstance(each, dict):
            if at is None or at is _DROPPED:
                return None
            steps.append(at)
        else:
            steps.append(len(each))
    return tuple(steps)


def _shown(sigil: str, name: str) -> str:
    return f"`{sigil}{cut(name)}`"
