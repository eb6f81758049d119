"""From entry points to a vocabulary: what they lead to is imported and checked, and what is wrong is told, never raised."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from importlib import import_module
from itertools import islice
from typing import Any, Final

from rflint.extensions import EntryPoint
from rflint.extensions.contract import described, op_problem, rule_problem
from rflint.extensions.guard import GuardedCost, GuardedLower
from rflint.model import Op, Rule, RuleEntry, entry_of
from rflint.validation.schema import SpecSchema
from rflint.validation.vocabulary import Vocabulary

#: Rules or ops of one entry point; one more is taken for a generator that never ends.
_MOST: Final = 1_000


def extended(known: Vocabulary, entry_points: Iterable[EntryPoint]) -> Vocabulary:
    """Add what entry points lead to, in their order: of two things with one name the first wins."""
    gathered = _Gathered(known)
    for entry_point in entry_points:
        gathered.take(entry_point)
    return gathered.vocabulary()


class _Gathered:
    """Rules and ops as they come in."""

    def __init__(self, known: Vocabulary) -> None:
        self._known = known
        self._ops = dict(known.ops)
        self._entries: list[RuleEntry] = []
        self._entry_by = dict(known.entry_by)
        self._providers: dict[str, str] = {}
        self._failures: list[str] = []

    def take(self, entry_point: EntryPoint) -> None:
        """Load an entry point and add what can be used of it."""
        try:
            # Standard output is the report's.
            with redirect_stdout(sys.stderr):
                loaded = _load(entry_point.target)
                things = [loaded] if isinstance(loaded, (Rule, Op)) or not isinstance(loaded, Iterable) else list(islice(loaded, _MOST + 1))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._failures.append(f"{entry_point} cannot be loaded: {described(error)}")
            return
        add = self._add_rule if entry_point.group == "rflint.rules" else self._add_op
        problems = [problem for thing in things[:_MOST] if (problem := add(thing, entry_point))]
        if len(things) > _MOST:
            problems.append(f"has more than {_MOST:,} rules or ops; the rest are left out")
        if problems:
            more = f" (and {len(problems) - 1:,} more like this)" if len(problems) > 1 else ""
            self._failures.append(f"{entry_point}: {problems[0]}{more}")

    def _add_rule(self, rule: Any, entry_point: EntryPoint) -> str | None:
        """Add a rule; say why not where that cannot be."""
        if problem := rule_problem(rule):
            return problem
        for key in (rule.code, rule.name):
            if key in self._entry_by:
                return f"a rule is called `{key}` already ({self._owner(self._entry_by[key].code)})"
        entry = entry_of(rule)
        self._entries.append(entry)
        self._entry_by.update({rule.code: entry, rule.name: entry})
        self._providers[rule.code] = str(entry_point)
        return None

    def _add_op(self, op: Any, entry_point: EntryPoint) -> str | None:
        """Add an op, guarded; say why not where that cannot be."""
        if problem := op_problem(op):
            return problem
        if op.name in self._ops:
            return f"an op is called `{op.name}` already ({self._owner(op.name)})"
        if op.preset:
            schema = SpecSchema({**self._ops, op.name: op}, ())
            for field, value in op.preset.items():
                if problem := schema.check_field(op.name, field, value):
                    return f"op `{op.name}`: {problem}"
        takes_several = op.inputs != (1, 1)
        lower = GuardedLower(op.name, str(entry_point), takes_several, op.lower)
        self._ops[op.name] = op._replace(lower=lower, cost=GuardedCost(op.name, str(entry_point), op.cost))
        self._providers[op.name] = str(entry_point)
        return None

    def _owner(self, key: str) -> str:
        return self._providers.get(key, "rflint's own")

    def vocabulary(self) -> Vocabulary:
        """What has come together."""
        entries = (*self._known.entries, *sorted(self._entries, key=lambda entry: entry.code))
        more_ops = len(self._ops) > len(self._known.ops)
        schema = SpecSchema(self._ops, entries) if more_ops else self._known.schema
        return Vocabulary(schema, entries, self._entry_by, self._providers, tuple(self._failures))


def _load(target: str) -> Any:
    module, _, attribute = target.partition(":")
    loaded: Any = import_module(module.strip())
    for name in filter(None, attribute.strip().split(".")):
        loaded = getattr(loaded, name)
    return loaded
