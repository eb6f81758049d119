"""Rules and ops to make plug-ins of, for the tests of plug-ins, and what is known once they are loaded."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rflint.extensions import EntryPoint
from rflint.extensions.loading import extended
from rflint.plugin import KERNEL, Analysis, Example, Op, Rule, same_channels, window
from rflint.verdict.options import BUILTIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rflint.validation.vocabulary import Vocabulary


def rule(check: Callable[[Analysis], Any] = lambda _: [], code: str = "TEAM001", name: str = "some-rule", **more: Any) -> Rule:
    return Rule(code, name, "warning", "something", "Docs.", Example("a", "b"), check)._replace(**more)


def op(lower: Callable[..., Any] = window, cost: Callable[..., Any] = same_channels, **more: Any) -> Op:
    return Op("team_op", "windows", "An op.", (KERNEL,), lower, cost)._replace(**more)


def load(rules: Any = None, ops: Any = None, *, more: Iterable[EntryPoint] = ()) -> Vocabulary:
    """Load what stands in a made-up module `team`, and more, through entry points."""
    module = ModuleType("team")
    module.RULES, module.OPS = rules, ops  # type: ignore[attr-defined]
    sys.modules["team"] = module
    try:
        found = [EntryPoint("pkg", "rflint.rules", "r", "team:RULES")] if rules is not None else []
        found += [EntryPoint("pkg", "rflint.ops", "o", "team:OPS")] if ops is not None else []
        return extended(BUILTIN, [*found, *more])
    finally:
        del sys.modules["team"]
