"""All rules, in the order of their codes.

A new rule is one module with a `RULE`, one line here, and its cases under `tests/cases/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rflint.rules import (
    bad_expression,
    center_mismatch,
    channel_mismatch,
    checkerboard,
    cycle,
    drift,
    dropped_border,
    duplicate_name,
    expectation_failed,
    global_context,
    gridding,
    invalid_input_size,
    off_center_even_kernel,
    off_center_padding,
    padding_only_window,
    rule_crashed,
    schema_violation,
    size_dependent_alignment,
    size_dependent_padding,
    size_mismatch,
    skipped_input,
    stride_mismatch,
    target_effective,
    target_not_guaranteed,
    target_too_large,
    target_too_small,
    uneven_border,
    unknown_op,
    unknown_reference,
    unproductive_layer,
    unused_layer,
    unused_suppression,
    wrong_inputs,
    yaml_error,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rflint.model.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    yaml_error.RULE,
    schema_violation.RULE,
    unknown_op.RULE,
    unknown_reference.RULE,
    cycle.RULE,
    unused_layer.RULE,
    bad_expression.RULE,
    size_mismatch.RULE,
    channel_mismatch.RULE,
    invalid_input_size.RULE,
    duplicate_name.RULE,
    wrong_inputs.RULE,
    stride_mismatch.RULE,
    center_mismatch.RULE,
    size_dependent_alignment.RULE,
    drift.RULE,
    target_too_large.RULE,
    target_not_guaranteed.RULE,
    target_effective.RULE,
    unproductive_layer.RULE,
    target_too_small.RULE,
    off_center_even_kernel.RULE,
    off_center_padding.RULE,
    size_dependent_padding.RULE,
    padding_only_window.RULE,
    uneven_border.RULE,
    skipped_input.RULE,
    gridding.RULE,
    checkerboard.RULE,
    dropped_border.RULE,
    global_context.RULE,
    expectation_failed.RULE,
    unused_suppression.RULE,
    rule_crashed.RULE,
)

__all__ = ["RULES", "RULE_BY", "rule_by"]

#: By code and by name; the keys are the vocabulary for did-you-mean.
RULE_BY: Final[Mapping[str, Rule]] = {key: rule for rule in RULES for key in (rule.code, rule.name)}


def rule_by(key: str) -> Rule:
    """Return the rule with this code (`RF102`) or name (`center-mismatch`); raise KeyError if there is none."""
    return RULE_BY[key]
