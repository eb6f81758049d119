"""What a word of another framework comes to in this spec: what is said of it, and the edits that mend it.

`synonyms` knows the words; here they meet a document.  An edit is only made of what keeps its meaning: a value that our
field would refuse, or that would have to be guessed, leaves it with the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from rflint.model import DataPath, FieldEdit, Removal, Site, SiteEdit, SpanEdit
from rflint.reading.document import Document
from rflint.reading.edits import is_computed
from rflint.validation import forms, synonyms
from rflint.words import fold

Edits = tuple[SiteEdit | SpanEdit | FieldEdit | Removal, ...]
#: Whether a value will do for one of our fields.
Accepts = Callable[[str, Any], bool]

#: Ops that leave a map of one sample one sample, and those that make it one.
_KEEPING: Final = frozenset(("relu", "dropout", "batch_norm", "sigmoid", "softmax", "gelu", "silu", "tanh", "identity", "layer_norm"))
_COLLAPSING: Final = frozenset(("flatten", "dense", "global_avg_pool", "global_max_pool"))
_TUPLE: Final = re.compile(r"[(\[]?\s*(\d{1,9})((?:\s*[,x×]\s*\d{1,9})+)\s*,?\s*[)\]]?")
_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,8}")
_NUMBERED: Final = re.compile(r"_[0-9]+")


class Word(NamedTuple):
    """What is said of a foreign word, and the edits that mend it; none: the words have to do."""

    #: Ours; several where only the author knows.
    meant: tuple[str, ...] = ()
    #: What is the matter with it, where it is not that it has another name.
    because: str = ""
    help: str | None = None
    edits: Edits = ()
    safe: bool = False


# Ops


def op_word(document: Document, path: DataPath, name: str, known: Collection[str], item: Mapping[str, Any]) -> Word | None:
    """Look up the op of an item (or of `defaults`, without one) whose name stands at `path`."""
    meaning = synonyms.op_meaning(name, known)
    if meaning is None:
        return None if fold(name) not in synonyms.ACTIVATION else _activation_op(document, path, known, item)
    word, axes = meaning
    if len(word.ops) > 1:
        return Word(word.ops, help=word.help)
    op = word.ops[0]
    wanted = axes_of(document)
    if axes not in (None, wanted):
        works = "along one axis" if axes == 1 else f"along {axes} axes"
        return Word(word.ops, help=f"it works {works}, and this spec has {wanted}")
    key = path[-1:] == (name,)
    edits: Edits = (SiteEdit(Site(document.path, path, key), op),)
    for field, value in item.items():
        if (ours := word.fields.get(fold(field))) is not None and ours not in item and not is_computed(value):
            edits += (SiteEdit(Site(document.path, (*path[:-1], field), key=True), ours),)
    collapsed = not word.collapsed or _is_collapsed(document, path, known)
    safe = word.safe and collapsed
    return Word(word.ops, help=None if safe else word.help, edits=edits if "(" not in name else (), safe=safe)


def fields_taken(name: str, item: Mapping[str, Any], known: Collection[str]) -> Collection[str]:
    """Fields of an item that the edit of its op renames, or takes."""
    if fold(name) in synonyms.ACTIVATION:
        return [field for field in item if fold(field) in synonyms.ACTIVATION]
    meaning = synonyms.op_meaning(name, known)
    return [field for field in item if meaning and fold(field) in meaning.word.fields]


def axes_of(document: Document) -> int:
    """Count the axes of a document, as far as it says."""
    axes = document.data.get("axes") if isinstance(document.data, dict) else None
    return len(axes) if isinstance(axes, list) and axes else 2


def _activation_op(document: Document, path: DataPath, known: Collection[str], item: Mapping[str, Any]) -> Word | None:
    """`{op: Activation, activation: relu}`: the op is in the field."""
    named = [(field, value) for field, value in item.items() if fold(field) in synonyms.ACTIVATION and isinstance(value, str)]
    if len(named) != 1 or (op := _activation(named[0][1], known)) is None:
        return Word(help="each activation is an op of its own, such as `relu`")
    edits = (SiteEdit(Site(document.path, path), op), Removal(Site(document.path, (*path[:-1], named[0][0]))))
    return Word((op,), edits=edits, safe=True)


def _activation(name: str, known: Collection[str]) -> str | None:
    if name in known:
        return name
    meaning = synonyms.op_meaning(name, known)
    if meaning is not None:
        return meaning.word.ops[0] if meaning.word.safe and len(meaning.word.ops) == 1 else None
    return next((op for op in known if fold(op) == fold(name)), None)


def _is_collapsed(document: Document, path: DataPath, known: Collection[str]) -> bool:
    """Whether the layers before an item of a list surely have made the map one sample."""
    if len(path) < 2 or not isinstance(path[-2], int) or "from" in document.value(path[:-1]):
        return False
    for place in range(path[-2] - 1, -1, -1):
        item = document.value((*path[:-2], place))
        name = item.get("op") if isinstance(item, dict) else None
        if not isinstance(name, str) or "when" in item:
            return False
        meaning = synonyms.op_meaning(name, known)
        op = name if name in known else meaning.word.ops[0] if meaning else _activation(name, known)
        if op in _COLLAPSING:
            return True
        if op not in _KEEPING or "from" in item:
            return False
    return False


# Fields


class Owner(NamedTuple):
    """What an unknown key stands in."""

    document: Document
    path: DataPath
    #: Keys and values as they are written.
    written: Mapping[str, Any]
    known: Collection[str]
    accepts: Accepts
    #: Names of all ops.
    ops: Collection[str]

    def site(self, key: str, *, of_key: bool = False) -> Site:
        """Place of a field, or of its key."""
        return Site(self.document.path, (*self.path, key), of_key)


def field_word(owner: Owner, key: str) -> Word | None:
    """Say what a foreign field means where it stands; None where it is not in the table."""
    folded, value = fold(key), owner.written[key]
    if folded in synonyms.SWITCHES:
        switch = synonyms.SWITCHES[folded]
        if isinstance(value, (str, int)) and value in switch:
            return _switched(owner, key, switch[value])
    if (
        folded == "shape"
        and "size" in owner.known - owner.written.keys()
        and isinstance(value, list)
        and len(value) != axes_of(owner.document)
    ):
        fields = forms.sized(value, axes_of(owner.document))
        taken = fields is None or ("channels" in fields and "channels" in owner.written)
        shown = "write the size axis by axis, and the channels beside it: `size: [224, 224], channels: 3`"
        return Word(("size",), help=shown if taken else None, edits=() if taken or fields is None else _pair(owner, key, fields))
    named = synonyms.field_word(key, [field for field in owner.known if field not in owner.written])
    if named is not None:
        others = (other for other in owner.written if other != key and other not in owner.known)
        # Two fields cannot become one.
        rivals = any(synonyms.field_word(other, owner.known) == named for other in others)
        edits = () if rivals else renamed(owner, key, named[0])
        many = isinstance(owner.written[key], list) and not edits and named[0] == "layer"
        told = "a target is about one layer: write one for each" if many else None
        return Word((named[0],), help=told if edits or named[0] != "inputs" else forms.INPUTS, edits=edits, safe=named[1])
    if folded in synonyms.SIDES and "size" in owner.known:
        given = {each: length for each, length in owner.written.items() if fold(each) in synonyms.SIDES}
        return Word(because="a size is one list", help=f"write `size: {forms.sides(given)}`, in the order of the axes")
    if folded in synonyms.ACTIVATION and "op" in owner.known | owner.written.keys():
        return _with_activation(owner, key)
    needless = synonyms.NEEDLESS.get("paddingmode" if is_filling(value) else folded)
    if needless is not None:
        return Word(because=needless.why, help="remove it", edits=(Removal(owner.site(key)),), safe=needless.safe)
    return None


def is_filling(value: object) -> bool:
    """Whether a value says what borders are filled with."""
    return isinstance(value, str) and fold(value) in synonyms.FILLINGS


def _switched(owner: Owner, key: str, meant: tuple[str, str] | None) -> Word | None:
    if meant is None:
        return Word(because="that is the default", help="remove it", edits=(Removal(owner.site(key)),), safe=True)
    field, text = meant
    if field not in owner.known or field in owner.written:
        return None
    return Word((f"{field}: {text}",), edits=_pair(owner, key, f"{field}: {text}"), safe=True)


def renamed(owner: Owner, key: str, field: str) -> Edits:
    """Give a pair the name of our field; none where that would refuse the value, and no other text surely means it."""
    value, axes = owner.written[key], axes_of(owner.document)
    if is_computed(value) or (owner.accepts(field, value) and not (isinstance(value, list) and len(value) == 2 * axes > 2)):
        return (SiteEdit(owner.site(key, of_key=True), field),)
    text = meant_value(field, value, axes)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) and owner.accepts(field, value[0]):
        text = _source(owner.document, (*owner.path, key, 0))
    elif fold(key) == "pads" and isinstance(value, list) and len(value) == 2 * axes and all(type(entry) is int for entry in value):
        # ONNX has all that is before, axis by axis, and then all that is after; other orders have other names.
        text = f"[{', '.join(f'[{low}, {high}]' for low, high in zip(value[:axes], value[axes:], strict=True))}]"
    elif isinstance(value, str) and _NUMBER.fullmatch(value) and owner.accepts(field, int(value)):
        text = value
    elif isinstance(value, float) and value.is_integer() and owner.accepts(field, int(value)):
        text = str(int(value))
    elif text is None and not isinstance(value, (list, dict)):
        return (SiteEdit(owner.site(key, of_key=True), field),)
    return () if text is None else _pair(owner, key, f"{field}: {text}")


def _pair(owner: Owner, key: str, text: str) -> Edits:
    """Write another pair in the place of one; none where its value is more than can be seen there."""
    at, value = owner.document.offsets((*owner.path, key), key=True), owner.document.offsets((*owner.path, key))
    if at is None or value is None or value[0] == value[1] or owner.document.text[value[0]] in "&*!|>":
        return ()
    if "#" in owner.document.text[at[0] : value[1]]:
        return ()
    return (SpanEdit(owner.document.lines.span(at[0], value[1]), text),)


def meant_value(field: str, value: object, axes: int) -> str | None:
    """Return our text for a foreign value of a field of ours; None where there is none for certain."""
    if not isinstance(value, str):
        return None
    if (word := synonyms.VALUES.get(field, {}).get(fold(value))) is not None:
        return word
    # `3x5` may be the width first or the height.
    written = numbers(field, value, axes)
    return written if "," in value or len(set(re.findall(r"\d+", value))) == 1 else None


def numbers(field: str, value: str, axes: int) -> str | None:
    """Write a text of several numbers, `(3, 3)` or `96x40`, as our list, in its order; None where it has not one for each axis."""
    found = re.findall(r"\d+", value) if field in _NUMBERS and _TUPLE.fullmatch(value) else []
    return f"[{', '.join(found)}]" if len(found) == axes else None


_NUMBERS: Final = frozenset(("kernel", "stride", "dilation", "padding", "size", "scale", "block", "output_padding", "window", "crop"))


def _source(document: Document, path: DataPath) -> str | None:
    place = document.offsets(path)
    return None if place is None else document.text[place[0] : place[1]]


# Activations that stand in a layer


def _with_activation(owner: Owner, key: str) -> Word:
    value = owner.written[key]
    if value is None or value in ("linear", "none", "identity"):
        return Word(because="that is the default", help="remove it", edits=(Removal(owner.site(key)),), safe=True)
    op = _activation(value, owner.ops) if isinstance(value, str) else None
    word = Word(because="an activation is a layer of its own", help=f"put `{{op: {op or 'relu'}}}` behind the layer")
    edits = _behind(owner, key, op) if op is not None else ()
    return word._replace(edits=edits, safe=bool(edits))


def _behind(owner: Owner, key: str, op: str) -> Edits:
    """Edits that put an activation behind its layer; none where another layer would then read something else."""
    document, path, written = owner.document, owner.path, owner.written
    if not path or not isinstance(path[-1], int) or "repeat" in written or "when" in written:
        return ()
    names = set(_names(document.data))
    # Unnamed layers are called by their place, which moves.
    if written.get("name") in names or any(_NUMBERED.search(name) for name in names):
        return ()
    whole = document.offsets(path[:-1])
    if whole is None or document.dropped:
        return ()
    start, end = document.entry(path[:-1], path[-1])
    line, column = document.lines.position(start)
    indent = document.line(line)[: column - 1]
    if document.text[whole[0]] == "[":
        return Removal(owner.site(key)), SpanEdit(document.lines.span(end, end), f", {{op: {op}}}")
    if indent.strip() not in ("", "-") or len(written) < 2:
        return ()
    dash = indent if "-" in indent else f"{indent}- "
    at = document.offsets((*path, key), key=True)
    value = document.offsets((*path, key))
    assert at
    assert value
    own = document.line(document.lines.number(at[0]))
    if list(written)[-1] == key and own.lstrip(" ").startswith(key):
        # The last line of the layer becomes the next one.
        left = document.lines.offset(document.lines.number(at[0]), 1)
        return (SpanEdit(document.lines.span(left, value[1]), f"{dash}{{op: {op}}}"),)
    after = document.lines.end(end)
    return Removal(owner.site(key)), SpanEdit(document.lines.span(after, after), f"\n{dash}{{op: {op}}}")


def _names(data: Any) -> Iterator[str]:
    """Every name by which something in a document may refer to a layer."""
    waiting = [("", data)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.items())
            if key == "expect":
                yield from value
        elif isinstance(value, list):
            waiting.extend((key, entry) for entry in value)
        elif isinstance(value, str) and key not in ("name", "op", "use", "join", "description"):
            yield value


# Parameters that stand beside the use of a block


def arguments(owner: Owner, keys: Collection[str]) -> tuple[Edits, bool]:
    """Edits that move parameters from beside `use` into `with`, and whether the block surely takes them."""
    document, path, written = owner.document, owner.path, owner.written
    given = written.get("with")
    texts = {key: _source(document, (*path, key)) for key in keys}
    if (given is not None and not (isinstance(given, dict) and given)) or not all(texts.values()):
        return (), False
    if any(isinstance(written[key], dict) or "\n" in (texts[key] or "") for key in keys):
        return (), False
    blocks = document.data.get("blocks")
    block = blocks.get(written["use"]) if isinstance(blocks, dict) and isinstance(written["use"], str) else None
    params = block.get("params") if isinstance(block, dict) else None
    sure = isinstance(params, dict) and all(key in params for key in keys)
    pairs = [f"{key}: {text}" for key, text in texts.items()]
    if given is None:
        first, *rest = keys
        moved: Edits = (
            *_pair(owner, first, f"with: {{{', '.join(pairs)}}}"),
            *(Removal(owner.site(key)) for key in rest),
        )
        return moved if isinstance(moved[0], SpanEdit) else (), sure
    if len(keys) > 1 or any(key in given for key in keys):
        return (), False
    site = owner.site("with")
    (key,) = keys
    return (FieldEdit(site, key, texts[key] or "", tuple(given)), Removal(owner.site(key))), sure
