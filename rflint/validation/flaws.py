"""One mistake in the making: what the schema refuses, in words, and the text that mends it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from rflint.algebra import LARGEST
from rflint.model import ITEM_KINDS, DataPath, Finding, Remedy, Site, SiteEdit
from rflint.reading.document import Document
from rflint.reading.scalars import plain
from rflint.validation import foreign, forms, synonyms
from rflint.validation.phrases import of_op, quoted, value_message, with_article
from rflint.validation.referee import Refusal
from rflint.words import certain, fold, misspelt, suggest

#: Unknown keys of one mapping that are looked at.
_MOST_KEYS: Final = 100
_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,8}")


class Flaw(NamedTuple):
    """One finding in the making."""

    path: DataPath
    message: str
    key: bool = False
    code: str = "RF002"
    help: str | None = None
    #: Text that mends it, at the same place; and whether it is certain to.
    mend: str | None = None
    safe: bool = False
    #: Edits that mend it, where it takes more than that text.
    edits: foreign.Edits = ()
    #: The scalar may look like a number or a truth value and be none.
    trap: bool = False


def missing(error: Refusal, known: Collection[str]) -> Iterator[Flaw]:
    """Say what a mapping lacks, unless an unknown key of it (which has its own finding) is meant to be that."""
    unknown = list(islice((key for key in error.value if key not in known), _MOST_KEYS))
    lacking = [name for name in error.limit if name not in error.value]
    meant = {meant_key(key, known) for key in unknown} | {"size" for key in unknown if fold(key) in synonyms.SIDES}
    wanted = [name for name in lacking if name not in meant]
    if "errorMessage" not in error.schema:
        if wanted:
            listed = " and ".join(f"`{name}`" for name in wanted)
            told = "begin it with the line `rflint: 1`" if wanted == ["rflint"] else None
            yield Flaw(error.path, f"{with_article(error.schema['title'])} must have {listed}", help=told)
        return
    expected: str = error.schema["errorMessage"]
    if lacking == ["op"]:
        # An item that is nothing yet: one of its keys may be meant to say what it is.
        for key in unknown:
            if (near := meant_key(key, ITEM_KINDS)) is not None:
                message = f"{expected}; is {quoted(key)} meant to be `{near}`?"
                flaw = Flaw((*error.path, key), message, key=True)
                yield flaw._replace(mend=near) if synonyms.field_word(key, ITEM_KINDS) else respelled(flaw, key, ITEM_KINDS)
                return
    if not any(meant_key(key, known) in {*lacking, "layers"} for key in unknown):
        # `- conv: {kernel: 3}`, `- max_pool: 2`
        alone = len(unknown) == 1 and (len(error.value) == 1 or isinstance(error.value[unknown[0]], (dict, type(None))))
        named = lacking == ["op"] and alone
        yield Flaw(error.path, expected, help=_HELP["op"] if named else _HELP["space"] if forms.spaceless(error.value) else None)


_HELP: Final = {
    "op": "the op is a field like the others: `{op: conv, kernel: 3}`",
    "space": "in YAML a space follows the colon: `{name: a, op: conv}`",
}


def meant_key(key: str, known: Collection[str]) -> str | None:
    """The key that an unknown one stands for, by the table or by its looks."""
    word = synonyms.field_word(key, known)
    return word[0] if word else suggest(key, known)


def wrong_value(error: Refusal, op: str | None, axes: int) -> Flaw:
    """Say what is wrong with a value of one of our fields; `op` is whose field it is, `axes` how many the spec has."""
    field = next((key for key in reversed(error.path) if isinstance(key, str)), "")
    message = value_message(error, field)
    if op:
        message = of_op(message, field, op)
    flaw = Flaw(error.path, message, trap=error.keyword != "enum")
    if error.path[:1] == ("inputs",) and len(error.path) == 2 and fold(field) in synonyms.OF_INPUTS:
        return flaw._replace(help=forms.INPUTS)
    if (shape := forms.form(error.path, error.value, axes)) is not None:
        flaw = flaw._replace(help=shape)
        equal = isinstance(error.value, list) and len(set(map(str, error.value))) == 1 and field == "padding"
        return flaw._replace(mend=str(error.value[0]), safe=True) if equal else flaw
    value, expects = error.value, error.schema.get("type", ())
    words = [word for word in error.schema.get("enum", ()) if isinstance(word, str)]
    words += [snippet["body"] for snippet in error.schema.get("defaultSnippets", ())]
    if isinstance(value, str):
        if (mend := foreign.meant_value(field, value, axes)) is not None:
            return flaw._replace(message=f"{message}; did you mean `{mend}`?", mend=mend, safe=True)
        if near := suggest(value, words):
            return respelled(flaw._replace(message=f"{message}; did you mean `{near}`?"), value, words)
        if ("integer" in expects or "number" in expects) and _NUMBER.fullmatch(value):
            return flaw._replace(help=f"write {value} without quotes", mend=value, safe=True)
        if expects == "array" and error.schema["items"].get("type") == "string" and plain(value) == value:
            return flaw._replace(help=f"write `[{value}]`", mend=f"[{value}]", safe=True)
        if (numbers := foreign.numbers(field, value, axes)) is not None:
            return flaw._replace(help=f"write a list, in the order of the axes: `{numbers}`")
        if error.keyword == "pattern" and ("$" in value or "{" in value):
            return flaw._replace(help="an expression is written `${…}`")
        if field == "padding" and foreign.is_filling(value):
            return flaw._replace(help="what borders are filled with plays no part here: say with how many samples")
    elif type(value) is float and value.is_integer() and abs(value) <= LARGEST and "integer" in expects:
        return flaw._replace(help=f"write {int(value)}", mend=str(int(value)), safe=True)
    elif expects == "string" and isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) and plain(value[0]) == value[0]:
        return flaw._replace(help=f"write `{value[0]}`", mend=value[0], safe=True)
    elif expects == "string" and isinstance(value, (int, float)) and not words:
        return flaw._replace(help="put it in quotes")
    return flaw


def respelled(flaw: Flaw, word: str, candidates: Collection[str]) -> Flaw:
    """A flaw with the word that was meant, if that is certain; to put it there unasked, the mistake must be one of typing."""
    meant = certain(word, candidates)
    return flaw._replace(mend=meant, safe=meant is not None and meant == misspelt(word, candidates))


class Order:
    """Places of data paths in a document: keys in the order in which they are written."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._places: dict[DataPath, dict[str, int]] = {}

    def __call__(self, path: DataPath) -> tuple[int, ...]:
        """Return what paths are to be sorted by."""
        places = []
        value = self._data
        for depth, key in enumerate(path):
            if isinstance(value, dict):
                known = self._places.get(path[:depth])
                if known is None:
                    known = self._places[path[:depth]] = {name: place for place, name in enumerate(value)}
                places.append(known.get(str(key), len(known)))
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int):
                places.append(key)
                value = value[key]
        return tuple(places)


def finding(flaw: Flaw, document: Document) -> Finding:
    """Make a finding of it."""
    site = Site(document.path, flaw.path, flaw.key)
    # What looks like a number or a truth value and is none has its own explanation.
    trap = document.trap(flaw.path) if flaw.trap else None
    edits = flaw.edits or ((SiteEdit(site, flaw.mend),) if flaw.mend else ())
    remedy = Remedy(edits, flaw.safe) if edits else None
    return Finding(flaw.code, flaw.message, site, help=flaw.help or trap, remedy=remedy)
