"""RF902: a rule or a plug-in that failed itself."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF902",
    name="rule-crashed",
    severity="error",
    summary="a rule or plug-in that raised an exception",
    docs="""
A rule, built in or from a plug-in, that raised an exception instead of giving its findings. The message names the rule
and the exception; the findings of all other rules are reported as usual. Of plug-ins also: one that cannot be loaded, or
whose rule or op is none or has a name that is taken; an op that fails, which then counts as unknown; findings that
cannot be used, because they point at nothing, or of which there is no end.

## Why it matters

What that rule would have found is not known, so the gate cannot pass, whatever `--select` chooses.

## How to mend it

For a plug-in, tell its author, and take the rule out meanwhile (`--ignore CODE`), or run without plug-ins
(`RFLINT_PLUGINS=off`). For a rule of rflint this is a bug: please report it with the spec, or the smallest part of it
that still fails.

## When it is fine

Never, but `--ignore CODE` of the rule that fails lets the others go on.
""",
    # No spec makes a sound rule fail.
    example=Example("", ""),
)
