"""RF011: two layers of one name."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF011",
    name="duplicate-name",
    severity="error",
    summary="two expanded layers with one name",
    docs="""
Two layers that have the same name after blocks, repeats and branches are written out, wherever each was written; also a
layer named like an input.

## Why it matters

`from`, `targets` and `expect` speak of layers by name. With two of one name they would mean one of them by chance, and
a check would pass on the wrong one.

## How to mend it

Rename one of them. Unnamed layers are called by their op and place in their list (`relu_2`); give a name to the layer
that is meant to be called that. A name with `/` in it can meet the path of a layer inside a block: `block1/conv`.

## When it is fine

Never: this cannot be suppressed or switched off.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: conv1, op: conv, kernel: 3, padding: 1}
  - {op: relu}
  - {name: conv1, op: conv, kernel: 3, padding: 1}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: conv1, op: conv, kernel: 3, padding: 1}
  - {op: relu}
  - {name: conv2, op: conv, kernel: 3, padding: 1}
""",
    ),
)
