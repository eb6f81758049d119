"""All rules.

A new rule is one module with a `RULE`, one line here, and its cases under `tests/cases/`: CONTRIBUTING.md walks through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

from rflint.model import Rule, RuleEntry, Topic

#: Module of this package, named like its rule -> the rule's code, and the topics of which a network must have one for the rule
#: to find anything; none: reading, checking, expanding or the linter itself reports it.  Other rules need not be imported.
_MODULES: Final[Mapping[str, tuple[str, tuple[Topic, ...]]]] = {
    "yaml_error": ("RF001", ()),
    "schema_violation": ("RF002", ()),
    "unknown_op": ("RF003", ("unknown ops",)),
    "unknown_reference": ("RF004", ()),
    "cycle": ("RF005", ()),
    "unused_layer": ("RF006", ("network",)),
    "bad_expression": ("RF007", ()),
    "size_mismatch": ("RF008", ("conflicts",)),
    "channel_mismatch": ("RF009", ("refused channels",)),
    "invalid_input_size": ("RF010", ("open sizes",)),
    "duplicate_name": ("RF011", ()),
    "wrong_inputs": ("RF012", ()),
    "beyond_limits": ("RF013", ("large numbers",)),
    "stride_mismatch": ("RF101", ("misalignments",)),
    "center_mismatch": ("RF102", ("misalignments",)),
    "size_dependent_alignment": ("RF103", ("open sizes",)),
    "drift": ("RF104", ("shifts",)),
    "target_too_large": ("RF201", ("targets",)),
    "target_not_guaranteed": ("RF202", ("targets",)),
    "target_effective": ("RF203", ("targets",)),
    "unproductive_layer": ("RF204", ("whole views",)),
    "target_too_small": ("RF205", ("targets",)),
    "target_undecided": ("RF206", ("targets",)),
    "off_center_even_kernel": ("RF301", ("off-center windows",)),
    "off_center_padding": ("RF302", ("off-center windows",)),
    "size_dependent_padding": ("RF303", ("open sizes",)),
    "padding_only_window": ("RF304", ("off-center windows",)),
    "uneven_border": ("RF305", ("off-center windows",)),
    "look_ahead": ("RF306", ("causal axes",)),
    "growing_map": ("RF307", ("even kernels",)),
    "skipped_input": ("RF401", ("gaps",)),
    "gridding": ("RF402", ("dilations",)),
    "checkerboard": ("RF403", ("transposed windows",)),
    "dropped_border": ("RF404", ("gaps",)),
    "global_context": ("RF501", ("global reach",)),
    "expectation_failed": ("RF601", ("expectations",)),
    "model_differs": ("RF701", ()),
    "not_measured": ("RF702", ()),
    "unused_suppression": ("RF901", ()),
    "rule_crashed": ("RF902", ()),
}


if TYPE_CHECKING:
    #: Made by `__getattr__`.
    RULES: tuple[Rule, ...]
    RULE_BY: Mapping[str, Rule]


@cache
def _load(module: str) -> Rule:
    rule: Rule = import_module(f"rflint.rules.{module}").RULE
    return rule


#: In the order of their codes.
ENTRIES: Final = tuple([RuleEntry(code, name.replace("_", "-"), topics, partial(_load, name)) for name, (code, topics) in _MODULES.items()])

#: By code and by name; the keys are the vocabulary for did-you-mean.
ENTRY_BY: Final[Mapping[str, RuleEntry]] = {key: entry for entry in ENTRIES for key in (entry.code, entry.name)}

__all__ = ["ENTRIES", "ENTRY_BY", "RULES", "RULE_BY", "rule_by"]


def rule_by(key: str) -> Rule:
    """Return the rule with this code (`RF102`) or name (`center-mismatch`); raise KeyError if there is none."""
    return ENTRY_BY[key].load()


def __getattr__(name: str) -> object:
    """Make `RULES`, all rules in the order of their codes, and `RULE_BY`, them by code and by name, once somebody asks for all."""
    if name not in ("RULES", "RULE_BY"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    rules = tuple([entry.load() for entry in ENTRIES])
    globals().update(RULES=rules, RULE_BY={key: rule for rule in rules for key in (rule.code, rule.name)})
    return globals()[name]
