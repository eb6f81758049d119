"""RF001: the file cannot be read."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF001",
    name="yaml-error",
    severity="error",
    summary="the file cannot be read: syntax, encoding, duplicate key, or past a limit",
    docs="""
A spec that is not readable YAML: wrong syntax or indentation, bytes that are not UTF-8, a key written twice in one
mapping, a second document, an alias without anchor, a custom tag; and files past the limits on size, depth and number
of nodes (aliases that multiply count at their full size).

## Why it matters

Nothing in an unreadable file was checked, so the gate cannot pass it. A duplicate key is legal to many YAML readers,
which silently keep the last value: of `padding: 1, padding: 3` one is not what the author believes it to be.

## How to mend it

The message names the place where reading stopped; the cause is often just before it: an unclosed bracket or quote, a
tab in the indentation, a text with `: ` or ` #` in it that needs quotes. Keep one of two equal keys. Use `blocks` and
`repeat` in place of deep or multiplied aliases. The limits are configuration keys under `limits`, for files that are
large for a good reason.

## When it is fine

Never: this cannot be suppressed or switched off.

## References

YAML 1.2.2, https://yaml.org/spec/1.2.2/ (3.2.1.3: keys of a mapping are unique).
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 7, stride: 2, padding: 1, padding: 3}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 7, stride: 2, padding: 3}
""",
    ),
)
