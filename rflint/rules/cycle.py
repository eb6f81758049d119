"""RF005: layers that feed themselves."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF005",
    name="cycle",
    severity="error",
    summary="layers that feed themselves",
    docs="""
A chain of layers that leads back to where it began, printed whole. Blocks that use themselves without an end belong
here too.

## Why it matters

A receptive field is defined along paths from the input. With a cycle there is no longest path: each turn around it adds
to the receptive field, which has no size.

## How to mend it

Usually one `from` names the wrong layer. Remember that a layer without `from` reads the item before it, in the order of
the list. For a network that is recurrent by design, write out as many steps as are run (`repeat`), or use `rnn`, which
knows its reach.

## When it is fine

Never: this cannot be suppressed or switched off.

## References

Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, doi
10.23915/distill.00021 (arbitrary acyclic graphs).
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: refine, op: add, from: [input, smooth]}
  - {name: smooth, op: conv, kernel: 3, padding: 1}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: smooth, op: conv, kernel: 3, padding: 1}
  - {name: refine, op: add, from: [input, smooth]}
""",
    ),
)
