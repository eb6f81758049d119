"""Values of an item in a scope: `${}` evaluated, checked where the schema could not, each mistake a finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rflint.language.budget import Budget
from rflint.language.collector import Collector
from rflint.language.items import Item, Listed, Scalar
from rflint.language.layer_fields import FieldChecker
from rflint.language.library import Block
from rflint.language.operators import UNKNOWN, ExpressionError
from rflint.language.phrases import listed, respelled
from rflint.language.pruning import LOST
from rflint.language.wiring import Scope
from rflint.model import Note, Site
from rflint.words import certain, clip, shown, suggest

#: Refused values of one item that are looked at; after that the item is broken, whatever its values.
_MOST_REFUSED: Final = 3
#: Steps that it takes to find words for a refused value.
_COST_OF_REFUSAL: Final = 2_000


class Evaluator:
    """Evaluates what items say; `name` is always the full name of the item, for messages."""

    def __init__(self, collector: Collector, budget: Budget, checker: FieldChecker) -> None:
        self._collector = collector
        self._budget = budget
        self._checker = checker
        #: How often values of an item have been refused.
        self._refused: dict[Item, int] = {}

    def value(self, compiled: Any, scope: Scope, name: str) -> Any:
        """Return the value of something compiled; UNKNOWN where it cannot be told."""
        if type(compiled) is Scalar:
            try:
                return compiled.template.evaluate(scope.values, self._budget.spend, self._budget.limits.result)
            except ExpressionError as error:
                self._collector.add("RF007", error.message, compiled.site, layer=name, uses=scope.uses)
                return UNKNOWN
        if type(compiled) is Listed:
            entries = [self.value(entry, scope, name) for entry in compiled.entries]
            return UNKNOWN if any(entry is UNKNOWN for entry in entries) else entries
        return compiled

    def label(self, item: Item, scope: Scope) -> str | None:
        """Return the name of an item in its list; None where it cannot be told."""
        if type(item.label) is str:
            return item.label
        default = item.default_label
        label = self.value(item.label, scope, scope.prefix + default)
        if label is UNKNOWN:
            return None
        if isinstance(label, str) and label and label.isprintable() and label == label.strip() and "*" not in label:
            return label
        if isinstance(label, int) and not isinstance(label, bool):
            return str(label)
        message = f"`name` must be printable text without `*` and without spaces at its ends, not {shown(label)}"
        self._collector.add("RF002", message, item.at("name"), layer=scope.prefix + default, uses=scope.uses)
        return None

    def present(self, item: Item, scope: Scope, name: str) -> bool | None:
        """Whether an item is there; None where it cannot be told."""
        value = self.value(item.when, scope, name)
        if isinstance(value, bool):
            return value
        if value is not UNKNOWN:
            message = f"`when` must be `true` or `false`, not {shown(value)}"
            help_ = "write a comparison, such as `${stride > 1}`"
            self._collector.add("RF002", message, item.at("when"), layer=name, uses=scope.uses, help=help_)
        return None

    def chosen(self, item: Item, scope: Scope, name: str) -> Item:
        """Return a use with the block that its expression names; the item itself where that cannot be told, or is of no use."""
        if item.choice is None or self.present(item, scope, name) is False:
            return item
        block = self.value(item.choice, scope, name)
        if isinstance(block, str):
            return item.using(block)
        if block is not UNKNOWN:
            message = f"`use` must be the name of a block, not {shown(block)}"
            self._collector.add("RF002", message, item.head, layer=name, uses=scope.uses)
        return item

    def count(self, item: Item, scope: Scope, name: str) -> int | None:
        """Return the number of copies of an item that repeats; None where it cannot be told."""
        if item.rows is not None:
            return len(item.rows)
        value = self.value(item.repeat, scope, name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        if value is not UNKNOWN:
            message = f"`repeat` must be a whole number of at least 0, not {shown(value)}"
            self._collector.add("RF002", message, item.at("repeat"), layer=name, uses=scope.uses)
        return None

    def fields(self, item: Item, scope: Scope, name: str) -> tuple[Mapping[str, Any], bool]:
        """Return the fields of a layer that can be used, and whether something is wrong with it."""
        if not item.dynamic:
            return item.fields, item.broken
        fields = {}
        unknown = set()
        for key, value in item.fields.items():
            evaluated = self.value(value, scope, name) if key in item.dynamic else value
            if evaluated is UNKNOWN:
                unknown.add(key)
            else:
                fields[key] = evaluated
        if item.lost or self._refused.get(item, 0) == _MOST_REFUSED:
            return fields, True
        checked = self._checker.check(item.target, fields, item.dynamic, frozenset(unknown))
        if checked.problems:
            self._refused[item] = self._refused.get(item, 0) + 1
            self._budget.spend(_COST_OF_REFUSAL)
        for problem in checked.problems:
            where = item.field_site(problem.field)
            self._collector.add(problem.code, problem.message, where, layer=name, uses=scope.uses, aspect=problem.aspect)
        return checked.fields, item.broken or bool(checked.problems or unknown)

    def sources(self, item: Item, scope: Scope, name: str) -> list[tuple[Any, int]]:
        """Return the names in the `from` of an item, LOST and UNKNOWN among them, each with its place."""
        names: list[tuple[Any, int]] = []
        for place, source in enumerate(item.sources or ()):
            value = self.value(source, scope, name)
            for entry in value if isinstance(value, list) else [value]:
                if isinstance(entry, str) or entry is LOST or entry is UNKNOWN:
                    names.append((entry, place))
                    continue
                names.append((UNKNOWN, place))
                message = f"`from` must be the name of a layer or input, not {shown(entry)}"
                self._collector.add("RF002", message, item.source_site(place), layer=name, uses=scope.uses)
        return names

    def parameters(self, item: Item, block: Block, scope: Scope, name: str, copy: int | None) -> dict[str, Any]:
        """Return the values of a block's parameters in one instance; UNKNOWN for those that are missing."""
        arguments, where = item.arguments_of(copy)
        self._budget.spend(len(block.params) // 8 + len(arguments))
        values: dict[str, Any] = dict(block.params)
        for key, argument in arguments.items():
            value = self.value(argument, scope, name)
            if key not in values:
                self._surplus(key, block, scope, name, Site(where.file, (*where.path, key), key=True))
            elif value is not None and value is not LOST:
                values[key] = value
        if missing := [key for key, value in values.items() if value is None]:
            values.update(dict.fromkeys(missing, UNKNOWN))
            if not item.lost:
                message = f"block `{clip(block.name)}` needs {listed(missing, 'and')}"
                help_ = "give a value in `with`" if len(missing) == 1 else "give values in `with`"
                self._collector.add("RF012", message, where, layer=name, related=(_defined(block),), uses=scope.uses, help=help_)
        return values

    def _surplus(self, key: str, block: Block, scope: Scope, name: str, where: Site) -> None:
        near = suggest(key, block.params)
        message = f"block `{clip(block.name)}` has no parameter `{clip(key)}`" + (f"; did you mean `{near}`?" if near else "")
        help_ = None if near else f"its parameters: {listed(list(block.params), 'and')}" if block.params else "it has none"
        remedy = respelled(where, near) if near and certain(key, block.params) else None
        self._collector.add("RF012", message, where, layer=name, related=(_defined(block),), uses=scope.uses, remedy=remedy, help=help_)


def _defined(block: Block) -> Note:
    return Note(f"`{clip(block.name)}` is defined here", block.site)
