"""What the schema refuses, in the words of a person.

jsonschema finds the errors (`rflint.validation.referee`); the `errorMessage` of the part of the schema that refuses a value
says what was expected.  Only imported when the fast check has refused a document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from rflint.model import ITEM_KEYS, ITEM_KINDS, KIND_KEYS, LONGEST_NAME, NAME, DataPath, Finding, Site
from rflint.reading.document import Document
from rflint.validation import foreign, synonyms
from rflint.validation.fastcheck import Compiled, field_part
from rflint.validation.flaws import Flaw, Order, finding, missing, respelled, wrong_value
from rflint.validation.phrases import of_op, quoted, shown, value_message, with_article
from rflint.validation.referee import ITEM, Referee, Refusal, Schema
from rflint.words import certain, fold, suggest

#: Findings of one file; more help nobody.
_MOST_FINDINGS: Final = 100
#: Items and findings looked at: jsonschema takes its time for each, and so do suggestions.
_MOST_WORK: Final = 3_000
#: Lists whose entries stand for themselves: one that is refused does not take the others with it.
_LISTS_OF_THINGS: Final = frozenset(("layers", "outputs", "targets", "import", "from", "ignore", "inputs", "with"))
#: Keywords that speak of what is in a mapping, not of the mapping.
_OF_MAPPINGS: Final = frozenset(("required", "additionalProperties"))


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
    survey = _Survey(document, compiled)
    survey.run()
    order = Order(document.data)
    # Of what could not be read a finding has told already.
    flaws = [flaw for flaw in dict.fromkeys(survey.flaws) if flaw.path not in document.holes]
    flaws.sort(key=lambda flaw: (order(flaw.path), flaw.message))
    findings = [finding(flaw, document) for flaw in flaws[:_MOST_FINDINGS]]
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

    def __init__(self, document: Document, compiled: Compiled) -> None:
        self._document = document
        self._data = document.data
        self._compiled = compiled
        self._schema = compiled.schema
        self._referee = Referee(compiled)
        self._ops: Collection[str] = compiled.schema["$defs"]["item-op"]["enum"]
        self._left = _MOST_WORK
        #: What is looked at again, with the op that is meant.
        self._again: list[_Unit] = []
        #: The op that is meant, by the place of its `defaults`.
        self._meant: dict[DataPath, str] = {}
        self.flaws: list[Flaw] = []
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
                units += self._again
                self._again.clear()
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

    def _flaws(self, error: Refusal, place: DataPath, unit: Any) -> Iterator[Flaw]:
        item = unit if place and place[0] != "defaults" and isinstance(unit, dict) else {}
        path = error.path
        if error.of_key:
            yield Flaw((*path, error.value), f"{error.schema['errorMessage']}, not {shown(error.value)}", key=True)
        elif error.keyword == "additionalProperties":
            yield from self._unknown_keys(error, item if path == place else {})
        elif error.keyword == "required":
            # The part that requires a key does not always list the others.
            for flaw in missing(error, error.schema.get("properties") or self._schema["properties"]):
                op = error.value[flaw.path[-1]] if flaw.mend == "op" else None
                known = isinstance(op, str) and (op in self._ops or synonyms.op_meaning(op, self._ops) is not None)
                yield flaw._replace(safe=flaw.safe or known)
                if known and op is not None:
                    yield from self._meant_as_op(op, flaw.path, error.value)
        elif error.keyword == "enum" and item and path in {(*place, "op"), (*place, "join")} and isinstance(error.value, str):
            yield self._unknown_op(error.value, path, error.limit, item)
        else:
            yield wrong_value(error, self._op_of(item, place, path), foreign.axes_of(self._document))

    def _op_of(self, item: Mapping[str, Any], place: DataPath, path: DataPath) -> str | None:
        """Name of the op whose field a path leads to."""
        if path[:1] == ("defaults",) and len(path) > 2:
            return str(path[1])
        op = item.get("op", item.get("join"))
        own = len(path) > len(place) > 0 and path[len(place)] not in ITEM_KEYS
        return op if own and isinstance(op, str) and op in self._ops else None

    def _unknown_op(self, op: str, path: DataPath, candidates: Collection[str], item: Mapping[str, Any]) -> Flaw:
        name, key = quoted(op), not item
        if op in self._ops:
            return Flaw(path, f"{name} does not merge: `join` is one of {', '.join(f'`{each}`' for each in candidates)}", key)
        flaw = Flaw(path, f"{name} is not an op that rflint knows", key, "RF003")
        word = foreign.op_word(self._document, path, op, candidates, item)
        alike = () if word else synonyms.comparable(op, candidates)
        meant = word.meant if word else synonyms.near_ops(op, alike)
        sure = word is not None or certain(op, alike) is not None
        if len(meant) == 1 and sure:
            taken = foreign.fields_taken(op, item, candidates)
            self._look_again(meant[0], path, {field: value for field, value in item.items() if field not in taken})
        if meant:
            flaw = flaw._replace(message=f"{flaw.message}; did you mean {_either(meant)}?")
        if word:
            return flaw._replace(help=word.help, edits=word.edits, safe=word.safe)
        if meant:
            flaw = respelled(flaw, op, alike) if len(meant) == 1 else flaw
            return flaw if flaw.mend else flaw._replace(help=_own_op(op))
        if "${" in op:
            return flaw._replace(help="`op` cannot hold an expression: give the layers a `when` each")
        ways = "`rflint schema` lists the ops; `window` is anything with a kernel, `unknown` says honestly that an op is not known"
        return flaw._replace(help=f"{ways}; {_own_op(op)}")

    def _meant_as_op(self, op: str, path: DataPath, item: Mapping[str, Any]) -> Iterator[Flaw]:
        """What would be said of an item if a key of it were `op`: its other mistakes are mended with that one."""
        item = {"op": op, **{key: value for key, value in item.items() if key != path[-1]}}
        if op in self._ops:
            self._look_again(op, (*path[:-1], "op"), item)
        else:
            yield self._unknown_op(op, path, self._ops, item)

    def _look_again(self, op: str, path: DataPath, item: Mapping[str, Any]) -> None:
        """Look at the fields of an item, or of `defaults`, as those of the op that is meant: its mistakes are mended with it."""
        definitions = self._schema["$defs"]
        if not item:
            part, value = definitions["defaults"]["properties"][op], self._document.value(path)
            self._again.append(self._unit(path, value, definitions[part["$ref"].removeprefix("#/$defs/")]))
            self._meant[path] = op
            return
        kind, key = ("branches", "join") if path[-1] == "join" else ("layer", "op")
        (part,) = (part["then"] for part in definitions[kind]["allOf"] if op in part["if"]["properties"][key]["enum"])
        self._again.append(self._unit(path[:-1], {**item, key: op}, definitions[part["$ref"].removeprefix("#/$defs/")]))

    def _unknown_keys(self, error: Refusal, item: Mapping[str, Any]) -> Iterator[Flaw]:
        known: Mapping[str, Any] = error.schema["properties"]
        unknown = [key for key in error.value if key not in known]
        kinds = [key for key in ITEM_KINDS if key in item]
        if len(kinds) > 1:
            listed = f"{', '.join(f'`{key}`' for key in kinds[:-1])} and `{kinds[-1]}`"
            yield Flaw((*error.path, kinds[-1]), f"an item is exactly one of `op`, `use` and `branches`; this one has {listed}", key=True)
            self.bad.update((*error.path, key) for key in unknown)
            unknown = [key for key in unknown if key not in KIND_KEYS]
        for key in unknown:
            if error.path == ("defaults",):
                yield self._unknown_op(key, (*error.path, key), known, {})
            else:
                yield self._unknown_key(key, error, item)

    def _unknown_key(self, key: str, error: Refusal, item: Mapping[str, Any]) -> Flaw:
        known: Mapping[str, Any] = error.schema["properties"]
        own = [name for name in known if name not in ITEM_KEYS]
        if item:
            owner = f"`{item['op']}`" if "op" in item else "a use of a block" if "use" in item else f"`{item['join']}`"
        elif error.path[:1] == ("defaults",):
            owner = f"`{self._meant.get(error.path[:2], error.path[1])}`"
        else:
            owner, own = with_article(error.schema["title"]), list(known)
        flaw = Flaw((*error.path, key), f"{quoted(key)} is not a field of {owner}", key=True)
        if key.endswith(")") and key[:-1].strip().isdecimal():
            return flaw._replace(help="it belongs to the value before it; lists are written in square brackets: `[3, 3]`")
        if not error.path and fold(key) in synonyms.PARTS:
            return flaw._replace(help="all layers stand in `layers`, one list; a part that is used again is a block, in `blocks`")
        place = foreign.Owner(self._document, error.path, error.value, known, self._accepts(known), self._ops)
        if "use" in item and suggest(key, known) in (None, *(() if isinstance(error.value[key], (dict, list)) else ("with",))):
            return _argument(flaw, place)
        # A field of other ops is no typing mistake; but the `mode` of a `pad` is no `mode` of ours.
        if f"field-{key}" not in self._schema["$defs"] or foreign.is_filling(error.value[key]):
            if (word := foreign.field_word(place, key)) is not None:
                return _in_words(flaw, word)
            if (near := _nearest(key, place)) is not None:
                flaw = flaw._replace(message=f"{flaw.message}; did you mean `{near}`?")
                # Two fields cannot become one.
                rivals = any(
                    other != key and other not in known and _nearest(other, place) == near for other in islice(error.value, _MOST_FINDINGS)
                )
                absent = [name for name in known if name not in error.value]
                flaw = respelled(flaw, key, absent) if not rivals else flaw
                return flaw._replace(mend=None, edits=foreign.renamed(place, key, flaw.mend)) if flaw.mend else flaw
        fields = ", ".join(f"`{name}`" for name in own)
        listed = f"its only field is {fields}" if len(own) == 1 else f"its fields are {fields}"
        return flaw._replace(help=listed if fields else "it has no fields of its own")

    def _accepts(self, known: Mapping[str, Any]) -> foreign.Accepts:
        return lambda field, value: self._compiled.part(known[field])(value)


def _argument(flaw: Flaw, place: foreign.Owner) -> Flaw:
    """A parameter of a block beside its use."""
    edits, sure = foreign.arguments(place, [each for each in place.written if each not in place.known])
    return flaw._replace(help="parameters of the block stand in `with`", edits=edits, safe=sure)


def _nearest(key: str, place: foreign.Owner) -> str | None:
    """The field that a key is a misspelling of; a word of the table is none, where what it means has no place."""
    if fold(key) in synonyms.SWITCHES or fold(key) in synonyms.SIDES:
        return None
    near = suggest(key, [name for name in place.known if name not in place.written])
    # `in_planes` are not what we call `channels`.
    return None if near == "channels" and key.lower().startswith("in") else near


def _in_words(flaw: Flaw, word: foreign.Word) -> Flaw:
    """What the table has to say of a word."""
    hint = f"; did you mean {_either(word.meant)}?" if word.meant else f": {word.because}"
    return flaw._replace(message=f"{flaw.message}{hint}", help=word.help, edits=word.edits, safe=word.safe)


def _either(words: Collection[str]) -> str:
    return " or ".join(f"`{word}`" for word in words)


def _own_op(op: str) -> str:
    """Say how to make an op known that may be somebody's own."""
    name = op if NAME.fullmatch(op) and len(op) <= LONGEST_NAME else "my_op"
    return f'an op of your own is declared in the configuration, as `[tool.rflint.ops.{name}]` with `like = "conv"`'


def _unusable(path: DataPath) -> DataPath:
    """Path of what cannot be used where a value is refused: of a list with a number per axis, the whole list."""
    end = len(path)
    while end and isinstance(path[end - 1], int):
        end -= 1
    if end == len(path) or end == 0 or path[end - 1] in _LISTS_OF_THINGS or path[end - 2 : end - 1] == ("branches",):
        return path
    return path[:end]
