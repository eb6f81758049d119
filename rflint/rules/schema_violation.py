"""RF002: a value or field that the spec language does not have."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF002",
    name="schema-violation",
    severity="error",
    summary="a field or value that the spec language does not have",
    docs="""
A field that its layer cannot have, a value of the wrong kind or out of range, a required field that is missing:
anything that the published JSON Schema (`rflint schema`) rejects. Which fields are legal depends on the op, and they
are checked after `defaults` are laid under.

## Why it matters

A misspelt field that is ignored leaves its default in force: a convolution with `strides: 2` would be analysed at
stride 1, and every receptive field after it would be about half of the true one.

## How to mend it

The message says what is expected and proposes the nearest known spelling. `rflint schema` prints the schema; with the
header line

    # yaml-language-server: $schema=…/rflint-spec.v1.schema.json

an editor shows the same errors, and each field's meaning, while you type.

## When it is fine

Never: this cannot be suppressed or switched off.

## References

JSON Schema, draft 2020-12, https://json-schema.org/draft/2020-12
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 7, strides: 2, padding: 3}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 7, stride: 2, padding: 3}
""",
    ),
)
