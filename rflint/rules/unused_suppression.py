"""RF901: a suppression without a finding."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF901",
    name="unused-suppression",
    severity="warning",
    summary="a suppression that suppresses nothing",
    docs="""
A `# rflint: ignore[…]` or `ignore-file[…]` comment, or an entry of an `ignore` field, that no finding answers to; one
that names no rule or an unknown one; and a suppression of an RF0xx error, which cannot be suppressed.

## Why it matters

A suppression outlives its reason: the layer is mended, the comment stays, and the next mistake at this place is silent.

## How to mend it

Remove it, or the codes in it that the finding names. If it should have matched, see that it stands on a line of the
layer it means or on the line above it, or, for `ignore-file`, before the first key.

## When it is fine

Where one spec is checked at several input sizes (`--size`), a suppression can be needed at one of them only: set
`RF901: info` in the spec's `rules`.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  # rflint: ignore[RF301] even kernel, as published
  - {name: stem, op: conv, kernel: 3, padding: same}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, padding: same}
""",
    ),
)
