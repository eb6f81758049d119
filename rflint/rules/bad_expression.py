"""RF007: an expression without a value."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF007",
    name="bad-expression",
    severity="error",
    summary="a `${…}` that cannot be evaluated",
    docs="""
A `${…}` that is not an expression of the language, that uses a name which is not a parameter here, that divides by
zero, mixes types, or grows past the limits. A value that does not suit its field is RF002, as if it had been written
out.

## Why it matters

The field has no value, so the geometry of its layer, and of all layers behind it, is unknown.

## How to mend it

Known names are the parameters of the block around the layer and, in the fields of a repeated item, `index` and `count`.
Expressions have integers, booleans, texts, lists, `+ - * // % **`, comparisons, `and or not`, `a if c else b`,
indexing, and `min`, `max`, `len`. There is no `/`: whole numbers are divided with `//`. Quote the value, or YAML may
read `{` and `:` as its own.

## When it is fine

Never: this cannot be suppressed or switched off.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
blocks:
  unit:
    params: {width: null}
    layers:
      - {name: squeeze, op: conv, kernel: 1, channels: "${width}"}
      - {name: expand, op: conv, kernel: 3, padding: 1, channels: "${4 * widht}"}
layers:
  - {name: fire, use: unit, with: {width: 16}}
""",
        passing="""\
rflint: 1
name: toy
blocks:
  unit:
    params: {width: null}
    layers:
      - {name: squeeze, op: conv, kernel: 1, channels: "${width}"}
      - {name: expand, op: conv, kernel: 3, padding: 1, channels: "${4 * width}"}
layers:
  - {name: fire, use: unit, with: {width: 16}}
""",
    ),
)
