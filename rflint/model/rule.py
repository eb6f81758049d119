"""What a rule is: its identity, its words, its check."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Literal, NamedTuple

from rflint.model.finding import Finding, Severity

#: What the codes of plug-ins' rules look like.
PLUGIN_CODE: Final = re.compile(r"(?!RF)[A-Z]{2,8}[0-9]{3}")


#: What a network can have that is worth a look: `rflint.questions.topics` finds out.
Topic = Literal[
    "network",
    "causal axes",
    "conflicts",
    "dilations",
    "even kernels",
    "expectations",
    "gaps",
    "global reach",
    "large numbers",
    "misalignments",
    "off-center windows",
    "open sizes",
    "refused channels",
    "shifts",
    "targets",
    "transposed windows",
    "unknown ops",
    "whole views",
]


class Example(NamedTuple):
    """A spec that fails the rule, and its mended form; both are run by the tests."""

    #: The rule fires on this one.
    failing: str
    #: The rule is silent on this one.
    passing: str


class Rule(NamedTuple):
    """One rule: its identity, its words, its check."""

    #: `RF` and three digits, never reused; rules of plug-ins have another prefix.
    code: str
    #: kebab-case; names the bad pattern.
    name: str
    #: Default severity; "graded" where each finding brings its own.
    severity: Severity | Literal["graded"]
    #: One line for tables: what it finds.
    summary: str
    #: Markdown: what it finds, why it matters, how to mend it, references.  Examples are added from `example`.
    docs: str
    example: Example
    #: None for what the front end (reading, schema, expansion) or the linter itself reports.
    check: Callable[[Any], Iterable[Finding]] | None = None


class RuleEntry(NamedTuple):
    """What is known of a rule without its module: most specs need few of them."""

    code: str
    name: str
    #: It finds something only where the network has one of these; none: no analysis is asked.
    topics: tuple[Topic, ...]
    load: Callable[[], Rule]


def entry_of(rule: Rule) -> RuleEntry:
    """Return the entry of a rule that is there, and asked whatever the network has."""
    return RuleEntry(rule.code, rule.name, () if rule.check is None else ("network",), partial(_itself, rule))


def _itself(rule: Rule) -> Rule:
    return rule
