"""The whole manual of a rule: what its author wrote, and how a finding is accepted."""

from __future__ import annotations

from rflint.model import Rule
from rflint.verdict.directives import can_be_suppressed


def manual(rule: Rule) -> str:
    """Return the manual as markdown, without the examples."""
    docs = rule.docs.strip() or rule.summary
    if not can_be_suppressed(rule.code):
        return docs
    accept = f"""
## How to accept it

Where a finding is true and meant, say why: `# rflint: ignore[{rule.code}] why` at the end of the layer's line or on a line
above it, `# rflint: ignore-file[{rule.code}] why` before the first key of the file. `severity = {{{rule.code} = "off"}}` in
rflint.toml switches the rule off, `rflint check --write-baseline` takes all that is there today for known."""
    before, heading, after = docs.partition("\n## References")
    return f"{before.rstrip()}\n{accept}\n{heading}{after}".rstrip()
