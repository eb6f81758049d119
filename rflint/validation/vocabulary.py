"""What a run knows: ops and rules, rflint's own and those that plug-ins and configurations add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rflint.model import EMPTY, Op, Rule, RuleEntry, entry_of
from rflint.validation.schema import SpecSchema


class Vocabulary(NamedTuple):
    """Ops and rules; two specs of one run may be read with different ones."""

    #: The ops, and what a spec may look like with them.
    schema: SpecSchema
    #: In the order of their codes, those of plug-ins last.
    entries: tuple[RuleEntry, ...]
    #: Rules by code and by name.
    entry_by: Mapping[str, RuleEntry]
    #: Codes of rules and names of ops that plug-ins bring -> the plug-in, in words.
    providers: Mapping[str, str] = EMPTY
    #: What is wrong with plug-ins, one sentence each: what they would have found is not known.
    failures: tuple[str, ...] = ()

    @property
    def ops(self) -> Mapping[str, Op]:
        """Ops by name."""
        return self.schema.ops

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules themselves, words and all."""
        return tuple([entry.load() for entry in self.entries])

    @property
    def rule_names(self) -> dict[str, str]:
        """Names of the rules by code."""
        return {entry.code: entry.name for entry in self.entries}

    def with_rules(self, rules: Iterable[Rule]) -> Vocabulary:
        """Return the vocabulary with more rules, last; one of the code of a known one takes its place."""
        entries = {entry.code: entry for entry in (*self.entries, *map(entry_of, rules))}
        by = {key: entry for entry in entries.values() for key in (entry.code, entry.name)}
        return self._replace(entries=tuple(entries.values()), entry_by=by)

    def with_ops(self, ops: Iterable[Op]) -> Vocabulary:
        """Return the vocabulary with more ops; of those that have a name already, the known one stays."""
        known = self.ops
        more = {op.name: op for op in ops if op.name not in known}
        return self._replace(schema=SpecSchema({**known, **more}, self.entries)) if more else self
