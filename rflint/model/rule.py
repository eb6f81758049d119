"""What a rule is: its identity, its words, its check."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, NamedTuple

from rflint.model.finding import Finding, Severity

#: What the codes of plug-ins' rules look like.
PLUGIN_CODE: Final = re.compile(r"(?!RF)[A-Z]{2,8}[0-9]{3}")


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
