"""All rules.

A new rule is one module with a `RULE`, one line here, and its cases under `tests/cases/`: CONTRIBUTING.md walks through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from rflint.model import Rule

#: Modules of this package, sorted; each is named like its rule.
_MODULES: Final = (
    "bad_expression",
    "beyond_limits",
    "center_mismatch",
    "channel_mismatch",
    "checkerboard",
    "cycle",
    "drift",
    "dropped_border",
    "duplicate_name",
    "expectation_failed",
    "global_context",
    "gridding",
    "growing_map",
    "invalid_input_size",
    "look_ahead",
    "off_center_even_kernel",
    "off_center_padding",
    "padding_only_window",
    "rule_crashed",
    "schema_violation",
    "size_dependent_alignment",
    "size_dependent_padding",
    "size_mismatch",
    "skipped_input",
    "stride_mismatch",
    "target_effective",
    "target_not_guaranteed",
    "target_too_large",
    "target_too_small",
    "target_undecided",
    "uneven_border",
    "unknown_op",
    "unknown_reference",
    "unproductive_layer",
    "unused_layer",
    "unused_suppression",
    "wrong_inputs",
    "yaml_error",
)

#: In the order of their codes.
RULES: Final[tuple[Rule, ...]] = tuple(
    sorted((import_module(f"rflint.rules.{name}").RULE for name in _MODULES), key=lambda rule: rule.code)
)

__all__ = ["RULES", "RULE_BY", "rule_by"]

#: By code and by name; the keys are the vocabulary for did-you-mean.
RULE_BY: Final[Mapping[str, Rule]] = {key: rule for rule in RULES for key in (rule.code, rule.name)}


def rule_by(key: str) -> Rule:
    """Return the rule with this code (`RF102`) or name (`center-mismatch`); raise KeyError if there is none."""
    return RULE_BY[key]
