"""RF004: a name that stands for nothing."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF004",
    name="unknown-reference",
    severity="error",
    summary="`from`, `outputs`, `targets`, `expect`, `use` or `import` of what does not exist",
    docs="""
A name that nothing bears: a layer in `from`, `like`, `outputs`, `targets` or `expect`, an input, a block in `use`, an
output of a block (`name/out`), a file in `import`.

## Why it matters

A path of the network that is not connected is not analysed: the receptive field of the layers behind it would be that
of another network. A `target` or `expect` on a layer that was renamed would never be checked again.

## How to mend it

The message proposes the nearest name. A name is looked up among the layers of its own list, then among the inputs of
its block, then as a path from the top (`block1/0/conv3`, `stages/1`). Blocks are closed: they see their parameters and
inputs only, so what a block needs from outside is one of its `inputs`. Layers inside a repeat carry an index:
`stages/0/conv`, or `stages/*/conv` for all.

## When it is fine

Never: this cannot be suppressed or switched off.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: refine, op: conv, kernel: 3, padding: 1}
  - {name: add, op: add, from: [refine, steam]}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: refine, op: conv, kernel: 3, padding: 1}
  - {name: add, op: add, from: [refine, stem]}
""",
    ),
)
