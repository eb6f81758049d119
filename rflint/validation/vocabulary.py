"""What a run knows: ops and rules, rflint's own and those that plug-ins and configurations add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rflint.model import EMPTY, Op, Rule
from rflint.validation.schema import SpecSchema


class Vocabulary(NamedTuple):
    """Ops and rules; two specs of one run may be read with different ones."""

    #: The ops, and what a spec may look like with them.
    schema: SpecSchema
    #: In the order of their codes, those of plug-ins last.
    rules: tuple[Rule, ...]
    #: Rules by code and by name.
    rule_by: Mapping[str, Rule]
    #: Codes of rules and names of ops that plug-ins bring -> the plug-in, in words.
    providers: Mapping[str, str] = EMPTY
    #: What is wrong with plug-ins, one sentence each: what they would have found is not known.
    failures: tuple[str, ...] = ()

    @property
    def ops(self) -> Mapping[str, Op]:
        """Ops by name."""
        return self.schema.ops

    @property
    def rule_names(self) -> dict[str, str]:
        """Names of the rules by code."""
        return {rule.code: rule.name for rule in self.rules}

    def with_ops(self, ops: Iterable[Op]) -> Vocabulary:
        """Return the vocabulary with more ops; of those that have a name already, the known one stays."""
        known = self.ops
        more = {op.name: op for op in ops if op.name not in known}
        return self._replace(schema=SpecSchema({**known, **more}, self.rules)) if more else self
