"""RF012: too few or too many inputs or parameters."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF012",
    name="wrong-inputs",
    severity="error",
    summary="wrong number of inputs for an op or block; missing or surplus parameters",
    docs="""
A layer that is given fewer or more inputs than its op takes (`add` with one, a convolution with two), a use of a block
with the wrong number of inputs, one that leaves out a parameter without default, or gives one that the block does not
have.

## Why it matters

A merge that lost a branch is not the network that was meant: its receptive field and alignment are those of the branch
that is left. A surplus parameter is mostly a misspelt one whose default is in force.

## How to mend it

Merging ops (`add`, `concat`, …) need two or more names in `from`: without `from`, a layer reads the item before it and
nothing else. Blocks bind `from: [a, b]` to their `inputs` by position. Parameters declared `null` must be given in
`with`.

## When it is fine

Never: this cannot be suppressed or switched off.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: conv, op: conv, kernel: 3, padding: 1}
  - {name: add, op: add}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: conv, op: conv, kernel: 3, padding: 1}
  - {name: add, op: add, from: [conv, stem]}
""",
    ),
)
