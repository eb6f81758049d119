"""What the schema refuses, in the words of a person.

jsonschema finds the errors (`rflint.validation.referee`); the `errorMessage` of the part of the schema that refuses a value
says what was expected.  Only imported when the fast check has refused a document.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from rflint.algebra import LARGEST
from rflint.model import ITEM_KEYS, ITEM_KINDS, KIND_KEYS, LONGEST_NAME, NAME, DataPath, Finding, Remedy, Site, SiteEdit
from rflint.reading.document import Document
from rflint.reading.scalars import plain
from rflint.validation.fastcheck import Compiled, field_part
from rflint.validation.phrases import of_op, quoted, shown, value_message, with_article
from rflint.validation.referee import ITEM, Referee, Refusal, Schema
from rflint.words import certain, misspelt, suggest

#: Findings of one file; more help nobody.
_MOST_FINDINGS: Final = 100
#: Items and findings looked at: jsonschema takes its time for each, and so do suggestions.
_MOST_WORK: Final = 3_000
#: Lists whose entries stand for themselves: one that is refused does not take the others with it.
_LISTS_OF_THINGS: Final = frozenset(("layers", "outputs", "targets", "import", "from", "ignore", "inputs", "with"))
#: Keywords that speak of what is in a mapping, not of the mapping.
_OF_MAPPINGS: Final = frozenset(("required", "additionalProperties"))
_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,8}")


class _Flaw(NamedTuple):
    """One finding in the making."""

    path: DataPath
    message: str
    key: bool = False
    code: str = "RF002"
    help: str | None = None
    #: Text that mends it, at the same place; and whether it is certain to.
    mend: str | None = None
    safe: bool = False
    #: The scalar may look like a number or a truth value and be none.
    trap: bool = False


def explain(document: Document, compiled: Compiled) -> tuple[list[Finding], set[DataPath]]:
    """Find words for all that the schema refuses in a document, in its order, and the paths of what cannot be used.

    None at all where jsonschema accepts what the fast check refused: its verdict counts.
    """
    version = document.data.get("rflint") if isinstance(document.data, dict) else None
    if type(version) is int and version != 1:
        message = f"this spec is written in version {shown(version)} of the language; this rflint reads version 1"
        site = Site(document.path, ("rflint",))
        return [Finding("RF002", message, site, help="use a newer rflint, or write the spec in version 1")], {
            (key,) for key in document.data
        }
    survey = _Survey(document.data, compiled)
    survey.run()
    order = _Order(document.data)
    # Of what could not be read a finding has told already.
    flaws = [flaw for flaw in dict.fromkeys(survey.flaws) if flaw.path not in document.holes]
    flaws.sort(key=lambda flaw: (order(flaw.path), flaw.message))
    findings = [_finding(flaw, document) for flaw in flaws[:_MOST_FINDINGS]]
    left = len(flaws) - _MOST_FINDINGS
    if survey.unseen or left > 0:
        more = f"more than {max(left, 0):,}" if survey.unseen else f"{left:,}"
        at = flaws[min(_MOST_FINDINGS, len(flaws) - 1)].path if flaws else ()
        findings.append(Finding("RF002", f"… and {more} more mistakes like these: mend these first", Site(document.path, at)))
    return findings, survey.bad


def explain_field(op: str, field: str, value: object, compiled: Compiled) -> str | None:
    """Say why the evaluated value of a field is refused; None where jsonschema accepts it."""
    part = field_part(compiled.schema, op, field)
    for refusal in Referee(compiled).refusals(value, part):
        return of_op(value_message(refusal), field, op)
    expected: str = part.get("errorMessage", f"`{field}` must be a value")
    # The schema has only the `${` to tell an expression by.
    return of_op(f"{expected}, not {shown(value)}", field, op) if part.get("pattern", "").endswith(r"\$\{") else None


class _Unit(NamedTuple):
    """The document without its items, or an item without the items in it, while it is looked at."""

    place: DataPath
    value: Any
    refusals: Iterator[Refusal]
    #: Values with a finding.
    refused: set[DataPath]


class _Survey:
    """Collects the flaws of a document, item by item."""

    def __init__(self, data: Any, compiled: Compiled) -> None:
        self._data = data
        self._schema = compiled.schema
        self._referee = Referee(compiled)
        self._ops: Collection[str] = compiled.schema["$defs"]["item-op"]["enum"]
        self._left = _MOST_WORK
        self.flaws: list[_Flaw] = []
        self.bad: set[DataPath] = set()
        #: Something was refused and not looked at.
        self.unseen = False

    def run(self) -> None:
        """Look at the document, and at each item that is refused when the document leads there: in the order of the text."""
        units = [self._unit((), self._data, self._schema)]
        while units and self._left > 0:
            unit = units[-1]
            if (error := next(unit.refusals, None)) is None:
                units.pop()
            elif error.keyword == ITEM:
                units.append(self._unit(error.path, error.value, error.schema))
            else:
                self._add(error, unit)
        for unit in units:
            # There is more than anybody will mend at once: nothing in it is used.
            self.unseen = True
            self.bad.update((*unit.place, key) for key in unit.value) if isinstance(unit.value, dict) else self.bad.add(unit.place)

    def _unit(self, place: DataPath, value: Any, schema: Schema) -> _Unit:
        self._left -= 1
        return _Unit(place, value, self._referee.refusals(value, schema, place), set())

    def _add(self, error: Refusal, unit: _Unit) -> None:
        about = (*error.path, error.value) if error.of_key else error.path
        # Of several things that are wrong with one value (its type, its pattern) the first says enough.
        if about in unit.refused and error.keyword not in _OF_MAPPINGS:
            return
        unit.refused.add(about)
        for flaw in islice(self._flaws(error, unit.place, unit.value), self._left):
            self._left -= 1
            self.flaws.append(flaw)
            self.bad.add(_unusable(flaw.path))

    def _flaws(self, error: Refusal, place: DataPath, unit: Any) -> Iterator[_Flaw]:
        item = unit if place and isinstance(unit, dict) else {}
        path = error.path
        if error.of_key:
            yield _Flaw((*path, error.value), f"{error.schema['errorMessage']}, not {shown(error.value)}", key=True)
        elif error.keyword == "additionalProperties":
            yield from self._unknown_keys(error, item if path == place else {})
        elif error.keyword == "required":
            # The part that requires a key does not always list the others.
            yield from _missing(error, error.schema.get("properties") or self._schema["properties"])
        elif error.keyword == "enum" and item and path in {(*place, "op"), (*place, "join")} and isinstance(error.value, str):
            yield self._unknown_op(error.value, path, error.limit)
        else:
            yield _wrong_value(error, self._op_of(item, place, path))

    def _op_of(self, item: Mapping[str, Any], place: DataPath, path: DataPath) -> str | None:
        """Name of the op whose field a path leads to."""
        if path[:1] == ("defaults",) and len(path) > 2:
            return str(path[1])
        op = item.get("op", item.get("join"))
        own = len(path) > len(place) > 0 and path[len(place)] not in ITEM_KEYS
        return op if own and isinstance(op, str) and op in self._ops else None

    def _unknown_op(self, op: str, path: DataPath, candidates: Collection[str], key: bool = False) -> _Flaw:
        name = quoted(op)
        if op in self._ops:
            return _Flaw(path, f"{name} does not merge: `join` is one of {', '.join(f'`{each}`' for each in candidates)}", key)
        near = suggest(op, candidates)
        if near is None and "${" in op:
            return _Flaw(
                path,
                f"{name} is not an op that rflint knows",
                key,
                "RF003",
                "`op` cannot hold an expression: give the layers a `when` each",
            )
        if near is None:
            ways = "`rflint schema` lists the ops; `window` is anything with a kernel, `unknown` says honestly that an op is not known"
            return _Flaw(path, f"{name} is not an op that rflint knows", key, "RF003", f"{ways}; {_own_op(op)}")
        message = f"{name} is not an op that rflint knows; did you mean `{near}`?"
        flaw = _respelled(_Flaw(path, message, key, "RF003"), op, candidates)
        return flaw if flaw.mend else flaw._replace(help=_own_op(op))

    def _unknown_keys(self, error: Refusal, item: Mapping[str, Any]) -> Iterator[_Flaw]:
        known: Mapping[str, Any] = error.schema["properties"]
        unknown = [key for key in error.value if key not in known]
        kinds = [key for key in ITEM_KINDS if key in item]
        if len(kinds) > 1:
            listed = f"{', '.join(f'`{key}`' for key in kinds[:-1])} and `{kinds[-1]}`"
            yield _Flaw((*error.path, kinds[-1]), f"an item is exactly one of `op`, `use` and `branches`; this one has {listed}", key=True)
            self.bad.update((*error.path, key) for key in unknown)
            unknown = [key for key in unknown if key not in KIND_KEYS]
        for key in unknown:
            if error.path == ("defaults",):
                yield self._unknown_op(key, (*error.path, key), known, key=True)
            else:
                yield self._unknown_key(key, error, item)

    def _unknown_key(self, key: str, error: Refusal, item: Mapping[str, Any]) -> _Flaw:
        known: Mapping[str, Any] = error.schema["properties"]
        own = [name for name in known if name not in ITEM_KEYS]
        if item:
            owner = f"`{item['op']}`" if "op" in item else "a use of a block" if "use" in item else f"`{item['join']}`"
        elif error.path[:1] == ("defaults",):
            owner = f"`{error.path[1]}`"
        else:
            owner, own = with_article(error.schema["title"]), list(known)
        absent = [name for name in known if name not in error.value]
        # A field of other ops is no typing mistake.
        near = None if f"field-{key}" in self._schema["$defs"] else suggest(key, absent)
        message = f"{quoted(key)} is not a field of {owner}"
        path = (*error.path, key)
        if near is not None:
            flaw = _Flaw(path, f"{message}; did you mean `{near}`?", key=True)
            others = (other for other in islice(error.value, _MOST_FINDINGS) if other != key and other not in known)
            # Two fields cannot become one.
            rivals = any(_is_meant(near, other) and suggest(other, absent) == near for other in others)
            return _respelled(flaw, key, absent) if _is_meant(near, key) and not rivals else flaw
        fields = ", ".join(f"`{name}`" for name in own)
        help_ = f"its fields are {fields}" if fields else "it has no fields of its own"
        return _Flaw(path, message, key=True, help="parameters of the block stand in `with`" if "use" in item else help_)


def _is_meant(field: str, key: str) -> bool:
    """Whether a key that looks like a field may mean it: `in_channels` are not what we call `channels`."""
    return field != "channels" or not key.lower().startswith("in")


def _own_op(op: str) -> str:
    """Say how to make an op known that may be somebody's own."""
    name = op if NAME.fullmatch(op) and len(op) <= LONGEST_NAME else "my_op"
    return f'an op of your own is declared in the configuration, as `[tool.rflint.ops.{name}]` with `like = "conv"`'


def _missing(error: Refusal, known: Collection[str]) -> Iterator[_Flaw]:
    """Say what a mapping lacks, unless an unknown key of it (which has its own finding) is meant to be that."""
    unknown = list(islice((key for key in error.value if key not in known), _MOST_FINDINGS))
    missing = [name for name in error.limit if name not in error.value]
    wanted = [name for name in missing if not any(suggest(key, known) == name for key in unknown)]
    if "errorMessage" not in error.schema:
        if wanted:
            listed = " and ".join(f"`{name}`" for name in wanted)
            yield _Flaw(error.path, f"{with_article(error.schema['title'])} must have {listed}")
        return
    expected: str = error.schema["errorMessage"]
    if missing == ["op"]:
        # An item that is nothing yet: one of its keys may be meant to say what it is.
        for key in unknown:
            if (near := suggest(key, ITEM_KINDS)) is not None:
                message = f"{expected}; is {quoted(key)} meant to be `{near}`?"
                yield _respelled(_Flaw((*error.path, key), message, key=True), key, ITEM_KINDS)
                return
    if not any(suggest(key, known) in {*missing, "layers"} for key in unknown):
        yield _Flaw(error.path, expected)


def _wrong_value(error: Refusal, op: str | None) -> _Flaw:
    field = next((key for key in reversed(error.path) if isinstance(key, str)), "")
    message = value_message(error, field)
    if op:
        message = of_op(message, field, op)
    flaw = _Flaw(error.path, message, trap=error.keyword != "enum")
    value, expects = error.value, error.schema.get("type", ())
    words = [word for word in error.schema.get("enum", ()) if isinstance(word, str)]
    words += [snippet["body"] for snippet in error.schema.get("defaultSnippets", ())]
    if isinstance(value, str):
        if near := suggest(value, words):
            return _respelled(flaw._replace(message=f"{message}; did you mean `{near}`?"), value, words)
        if ("integer" in expects or "number" in expects) and _NUMBER.fullmatch(value):
            return flaw._replace(help=f"write {value} without quotes", mend=value, safe=True)
        if expects == "array" and error.schema["items"].get("type") == "string" and plain(value) == value:
            return flaw._replace(help=f"write `[{value}]`", mend=f"[{value}]", safe=True)
        if error.keyword == "pattern" and ("$" in value or "{" in value):
            return flaw._replace(help="an expression is written `${…}`")
    elif type(value) is float and value.is_integer() and abs(value) <= LARGEST and "integer" in expects:
        return flaw._replace(help=f"write {int(value)}", mend=str(int(value)), safe=True)
    elif expects == "string" and isinstance(value, (int, float)) and not words:
        return flaw._replace(help="put it in quotes")
    return flaw


def _respelled(flaw: _Flaw, word: str, candidates: Collection[str]) -> _Flaw:
    """A flaw with the word that was meant, if that is certain; to put it there unasked, the mistake must be one of typing."""
    meant = certain(word, candidates)
    return flaw._replace(mend=meant, safe=meant is not None and meant == misspelt(word, candidates))


def _unusable(path: DataPath) -> DataPath:
    """Path of what cannot be used where a value is refused: of a list with a number per axis, the whole list."""
    end = len(path)
    while end and isinstance(path[end - 1], int):
        end -= 1
    if end == len(path) or end == 0 or path[end - 1] in _LISTS_OF_THINGS or path[end - 2 : end - 1] == ("branches",):
        return path
    return path[:end]


class _Order:
    """Places of data paths in a document: keys in the order in which they are written."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._places: dict[DataPath, dict[str, int]] = {}

    def __call__(self, path: DataPath) -> tuple[int, ...]:
        places = []
        value = self._data
        for depth, key in enumerate(path):
            if isinstance(value, dict):
                if (known := self._places.get(path[:depth])) is None:
                    known = self._places[path[:depth]] = {name: place for place, name in enumerate(value)}
                places.append(known.get(str(key), len(known)))
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int):
                places.append(key)
                value = value[key]
        return tuple(places)


def _finding(flaw: _Flaw, document: Document) -> Finding:
    site = Site(document.path, flaw.path, flaw.key)
    # What looks like a number or a truth value and is none has its own explanation.
    trap = document.trap(flaw.path) if flaw.trap else None
    remedy = Remedy((SiteEdit(site, flaw.mend),), flaw.safe) if flaw.mend else None
    return Finding(flaw.code, flaw.message, site, help=flaw.help or trap, remedy=remedy)
