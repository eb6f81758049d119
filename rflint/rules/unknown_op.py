"""RF003: an op that rflint does not know, or that an importer could not express."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Example, Finding, Rule


def _check(analysis: Analysis) -> Iterator[Finding]:
    """Warn of each `unknown`; ops that are not in the table are found before the graph is built."""
    for layer in analysis.graph.layers:
        if layer.broken or analysis.graph.kind(layer) != "unknown":
            continue
        original = layer.fields.get("original")
        what = f"stands for `{original}`, which rflint cannot express" if original else "is of an unknown kind"
        yield Finding(
            "RF003",
            f"`{layer.name}` {what}: sizes, receptive fields and alignment of all that depends on it are unknown",
            layer.field_site("original", "op"),
            severity="warning",
            help="say what it reads with `op: window` (its kernel, stride, padding), or `op: identity` where output i reads input i alone",
            layer=layer.name,
            data={"original": original},
        )


RULE = Rule(
    code="RF003",
    name="unknown-op",
    severity="error",
    summary="an op that rflint does not know; a warning for `unknown` itself",
    docs="""
A layer whose `op` is not in the ops table: an error. Also, as a warning, each layer of op `unknown`: what an importer
writes for an operator that it cannot express. The warning names the original operator.

## Why it matters

Where the geometry of one layer is not known, receptive field, stride and centre of every layer after it are not known
either. A tool that takes an unknown layer for the identity reports numbers that are too small and looks certain; rflint
says `unknown` and analyses what does not depend on it.

## How to mend it

For a misspelling, take the proposed name. For an operator that rflint does not have, `window` describes anything that
reads a fixed window: give it the `kernel`, `stride`, `dilation` and `padding` of the operator. For one that works on
each sample alone, whatever it computes, use `identity`.

## When it is fine

`unknown` is honest where nobody needs the numbers behind it, in an auxiliary head for instance: `rules: {RF003: info}`
keeps the warning from failing a gate. An op that does not exist is always an error.

## References

`rflint schema` lists all ops with their fields.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv2d, kernel: 3, padding: 1}
  - {name: pool, op: max_pool, kernel: 2}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: pool, op: max_pool, kernel: 2}
""",
    ),
    check=_check,
)
